//! This computer's clock. Lifetimes are measured by [`std::time::Instant`]; this one only dates what is signed.

use countersign_seal::id::UnixMillis;
use std::time::{SystemTime, UNIX_EPOCH};

/// Now.
#[must_use]
pub(crate) fn now() -> UnixMillis {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    UnixMillis(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}
