//! A small disk of a test's own, in a mount namespace that ends with it.

use std::{
    fs::{self, File},
    io::{BufRead as _, BufReader, Write as _},
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

/// A file system of its own. The process that made it keeps it.
pub(crate) struct SmallDisk {
    keeper: Child,
    data: PathBuf,
    is_root: bool,
}

impl SmallDisk {
    /// Mounts one in the place of a directory; `None`, with a word on it, where nobody may mount anything.
    pub(crate) fn mount(data: &Path, size: &str) -> Option<Self> {
        Self::mount_with(data, &format!("mount -t tmpfs -o size={size},mode=0700 none \"$0\""))
    }

    /// The same with a real disk's file system on an image: root's only.
    pub(crate) fn mount_image(data: &Path) -> Option<Self> {
        let image = data.with_extension("image");
        let image = image.display();
        Self::mount_with(
            data,
            &format!(
                "truncate -s 16M {image} && mkfs.ext4 -q {image} && mount -o loop {image} \"$0\" && chmod 700 \"$0\""
            ),
        )
    }

    fn mount_with(data: &Path, mount: &str) -> Option<Self> {
        fs::create_dir_all(data).unwrap();
        let is_root = fs::metadata("/proc/self").unwrap().uid() == 0;
        let mut unshare = Command::new("unshare");
        unshare.arg("--mount").args((!is_root).then_some("--map-root-user"));
        unshare.args(["sh", "-c", &format!("{mount} && echo mounted && exec cat")]).arg(data);
        unshare.env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin").stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut keeper = unshare.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(keeper.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let disk = Self { keeper, data: data.to_owned(), is_root };
        if line.trim() == "mounted" {
            return Some(disk);
        }
        // Not by `println!`, which nobody sees of a test that passes.
        std::io::stderr().write_all(b"SKIPPED: no file system may be mounted here\n").unwrap();
        None
    }

    /// What lets a program live where the disk is. Its standard error is as full as a disk can be.
    pub(crate) fn inside(&self) -> impl Fn(Command) -> Command + Send + Sync + use<> {
        let entrance = self.entrance();
        move |program| {
            let mut inside = command(&entrance);
            inside.arg(program.get_program()).args(program.get_args()).stdin(Stdio::null());
            inside.stderr(File::options().write(true).open("/dev/full").unwrap());
            inside
        }
    }

    /// Mounts it anew with other options.
    pub(crate) fn remount(&self, options: &str) {
        let output = command(&self.entrance())
            .args(["mount", "-o", &format!("remount,{options}")])
            .arg(&self.data)
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }

    /// What starts a program that lives where the disk is: the program follows.
    pub(crate) fn entrance(&self) -> Vec<String> {
        let keeper = self.keeper.id().to_string();
        let user: &[&str] = if self.is_root { &[] } else { &["--user", "--preserve-credentials"] };
        [&["nsenter", "--target", &keeper, "--mount"], user, &["--"]].concat().into_iter().map(str::to_owned).collect()
    }

    /// The disk as seen from outside.
    pub(crate) fn path(&self) -> PathBuf {
        let root = Path::new("/proc").join(self.keeper.id().to_string()).join("root");
        root.join(self.data.strip_prefix("/").unwrap())
    }

    /// Fills it to the last byte.
    pub(crate) fn fill(&self) {
        let mut file = File::create(self.path().join("ballast")).unwrap();
        for size in [64 * 1024, 4096, 1] {
            while file.write_all(&vec![0x5a; size]).is_ok() {}
        }
    }

    /// Makes room again.
    pub(crate) fn make_room(&self) {
        fs::remove_file(self.path().join("ballast")).unwrap();
    }
}

fn command(words: &[String]) -> Command {
    let (program, arguments) = words.split_first().unwrap();
    let mut command = Command::new(program);
    command.args(arguments);
    command
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = self.keeper.kill();
        let _ = self.keeper.wait();
    }
}
