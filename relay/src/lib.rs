//! Accounts, mailboxes, record log.
