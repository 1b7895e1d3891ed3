//! What the daemon asks of the operating system for its own process.

use crate::desk::program;
use std::{
    os::unix::{fs::MetadataExt as _, process::CommandExt as _},
    time::{Duration, Instant},
};

/// The owner of a process's `/proc` files is root once its memory may not be read (proc(5), PR_SET_DUMPABLE); so the process itself must not be root's.
#[test]
fn nobody_dumps_its_core_or_reads_its_memory() {
    let directory = tempfile::tempdir().unwrap();
    let mut program = program(&directory, None);
    if nix::unistd::Uid::effective().is_root() {
        let nobody = 65_534;
        std::os::unix::fs::chown(directory.path(), Some(nobody), Some(nobody)).unwrap();
        // A place that others may enter, wherever the tests were built.
        let copy = directory.path().join("daemon");
        std::fs::copy(program.get_program(), &copy).unwrap();
        let arguments: Vec<_> = program.get_args().map(ToOwned::to_owned).collect();
        program = std::process::Command::new(copy);
        program.args(arguments).uid(nobody).gid(nobody);
    }
    let mut child = program.spawn().unwrap();
    let socket = directory.path().join("run").join("daemon.sock");
    let end = Instant::now() + Duration::from_secs(30);
    while !socket.exists() && Instant::now() < end {
        std::thread::sleep(Duration::from_millis(20));
    }
    let listens = socket.exists();
    let process = std::path::PathBuf::from(format!("/proc/{}", child.id()));
    let limits = std::fs::read_to_string(process.join("limits"));
    let (owner, memory) = (process.metadata().unwrap().uid(), process.join("mem").metadata().unwrap().uid());
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(listens, "the daemon did not start");
    let limits = limits.unwrap();
    let core = limits.lines().find(|line| line.starts_with("Max core file size")).unwrap();
    assert!(core.split_whitespace().filter(|word| *word == "0").count() == 2, "{core}");
    assert_eq!(memory, 0, "its memory belongs to {memory}, the process to {owner}");
}
