//! `countersign-native-host`: see [`countersign_native_host`]. Browsers start it; people do not.

use countersign_native_host::{caller, run, stdio};
use countersign_wire::{process, socket};
use std::process::ExitCode;

fn main() -> ExitCode {
    // What cannot be hardened still bridges: the daemon, which holds what counts, says so in its log.
    let _ = process::harden();
    let Some(extension) = caller::extension(std::env::args().skip(1)) else { return ExitCode::from(2) };
    let Ok(daemon) = socket::path() else { return ExitCode::FAILURE };
    let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else {
        return ExitCode::FAILURE;
    };
    let (incoming, outgoing, flush) = stdio::open(std::io::stdin(), std::io::stdout());
    runtime.block_on(run(extension, &daemon, incoming, outgoing));
    // The way back from the daemon holds a sender until the runtime is gone.
    drop(runtime);
    flush.wait();
    ExitCode::SUCCESS
}
