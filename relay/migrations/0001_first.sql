-- Accounts, their device logs, and mailboxes of sealed envelopes. Nothing here can be read by the relay's operator
-- beyond who writes to whom, when, and how much.
CREATE TABLE log (
    account BLOB NOT NULL,
    sequence INTEGER NOT NULL,
    entry BLOB NOT NULL,
    signature BLOB NOT NULL,
    PRIMARY KEY (account, sequence)
) STRICT, WITHOUT ROWID;

CREATE TABLE mail (
    delivery INTEGER PRIMARY KEY AUTOINCREMENT,
    account BLOB NOT NULL,
    recipient BLOB NOT NULL,
    sender BLOB NOT NULL,
    message BLOB NOT NULL,
    expires INTEGER NOT NULL,
    envelope BLOB NOT NULL,
    UNIQUE (account, sender, message)
) STRICT;

CREATE INDEX mail_by_recipient ON mail (account, recipient, delivery);
CREATE INDEX mail_by_expiry ON mail (expires);
