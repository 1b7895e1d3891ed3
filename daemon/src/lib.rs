//! The desktop daemon.

pub mod sites;
pub mod store;
pub mod unlock;
