//! From errors inside to what pages and commands are told; what happened goes to our log, without any payload.

use countersign_wire::local::Fault;

/// This crate's result where the other side is told.
pub(crate) type Result<T> = core::result::Result<T, Fault>;

/// A store's error.
pub(crate) fn store(error: crate::store::Error) -> Fault {
    let fault = error.fault();
    if fault.is_of_store() || matches!(fault, Fault::Internal | Fault::Keystore) {
        tracing::error!(%error, "store");
    }
    fault
}

/// The other side sent what it must not.
pub(crate) fn foreign(error: countersign_seal::Error) -> Fault {
    tracing::debug!(%error, "foreign bytes");
    match error {
        countersign_seal::Error::NewerVersion { .. } => Fault::Version,
        countersign_seal::Error::Forked => Fault::Forked,
        countersign_seal::Error::UnknownDevice => Fault::NotPaired,
        countersign_seal::Error::NotAllowed(_) => Fault::NotAllowed,
        _ => Fault::Malformed,
    }
}

/// A fault of ours.
pub(crate) fn internal(error: impl core::fmt::Display) -> Fault {
    tracing::error!(%error, "internal");
    Fault::Internal
}
