//! What both ends of the local socket ask of the operating system for their own processes: PINs and values pass through their memory.

use std::io;

/// Switches core dumps off and, on Linux, lets no other process of this user read the memory or attach a debugger.
///
/// # Errors
/// If the system refuses.
#[cfg(unix)]
pub fn harden() -> io::Result<()> {
    use rustix::process::{Resource, Rlimit, setrlimit};
    setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) })?;
    #[cfg(target_os = "linux")]
    rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable)?;
    Ok(())
}

/// Nothing to ask for here.
///
/// # Errors
/// Never.
#[cfg(windows)]
pub fn harden() -> io::Result<()> {
    Ok(())
}
