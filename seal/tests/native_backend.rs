//! The suite for private keys, run on the `rsa` crate. `tests/webcrypto` runs the same one in browsers.
#![allow(clippy::panic, clippy::unwrap_used, reason = "test code")]

mod suite;

use countersign_seal::{
    keys::DeviceKeys,
    native::{NativeApprover, NativeKeys},
};
use std::{
    pin::pin,
    task::{Context, Poll, Waker},
};

/// Runs a future that never waits.
fn run<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("a native future waits for nothing"),
    }
}

#[test]
fn the_native_backend_keeps_the_contract() {
    let [desktop, browser, phone] = [(); 3].map(|()| NativeKeys::make().unwrap());
    assert!(phone.public().wrapping.is_some());
    let approver = NativeApprover::make().unwrap();
    let pkcs8 = approver.to_pkcs8().unwrap();
    run(suite::run(&desktop, &browser, &phone, (&approver, approver.public(), &pkcs8))).unwrap();
}
