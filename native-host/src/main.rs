//! `countersign-native-host`: see [`countersign_native_host`]. Browsers start it; people do not.

use countersign_native_host::{caller, run, stdio};
use countersign_wire::socket;
use std::process::ExitCode;

fn main() -> ExitCode {
    // What cannot be hardened still bridges: the daemon, which holds what counts, says so in its log.
    let _ = harden();
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

/// Switches core dumps off and, on Linux, lets no other process of this user read the memory: a PIN that is typed in the browser before there is a session
/// passes through here.
#[cfg(unix)]
fn harden() -> std::io::Result<()> {
    use rustix::process::{Resource, Rlimit, setrlimit};
    setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) })?;
    #[cfg(target_os = "linux")]
    rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable)?;
    Ok(())
}

/// Nothing to ask for here.
#[cfg(windows)]
fn harden() -> std::io::Result<()> {
    Ok(())
}
