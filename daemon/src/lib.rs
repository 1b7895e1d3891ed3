//! The desktop daemon.
