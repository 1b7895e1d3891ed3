//! The daemon's local socket: where it is, who may speak on it, and frames on it ([`crate::native`]).
//!
//! On Unix it is a socket file in a directory of mode 0700, and both ends check the other's user id. On Windows it is a named pipe whose
//! descriptor lets in its owner alone.

use crate::native::{FRAME_LIMIT, Packet};
use etcetera::BaseStrategy as _;
use interprocess::local_socket::{
    GenericFilePath, ListenerOptions, ToFsName as _,
    tokio::{Listener as LocalListener, Stream, prelude::*},
};
use std::{
    env, fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use zeroize::Zeroizing;

/// Names another socket than the default one.
pub const PATH_VARIABLE: &str = "COUNTERSIGN_SOCKET";

/// Why a frame cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The connection broke.
    #[error("the connection broke: {0}")]
    Io(#[from] io::Error),
    /// The frame is empty or larger than [`FRAME_LIMIT`].
    #[error("a frame has {0} bytes")]
    Length(u32),
    /// The frame is no [`Packet`].
    #[error("a frame is no packet")]
    Malformed,
}

/// Where the daemon's socket is: [`PATH_VARIABLE`] if set, else `countersign/daemon.sock` in the runtime directory, or, where the platform has none, in the
/// user's data directory.
///
/// # Errors
/// If the user has no home directory.
pub fn path() -> io::Result<PathBuf> {
    match env::var_os(PATH_VARIABLE) {
        Some(path) if !path.is_empty() => Ok(PathBuf::from(path)),
        _ => default_path(),
    }
}

#[cfg(unix)]
fn default_path() -> io::Result<PathBuf> {
    let base = etcetera::choose_base_strategy().map_err(|_| no_home())?;
    Ok(match base.runtime_dir() {
        Some(runtime) => runtime.join("countersign").join("daemon.sock"),
        None => base.data_dir().join("countersign").join("run").join("daemon.sock"),
    })
}

#[cfg(windows)]
fn default_path() -> io::Result<PathBuf> {
    // Pipe names are one namespace for all users: the profile's folder name keeps two of them apart. Who may connect is the descriptor's matter.
    let base = etcetera::choose_base_strategy().map_err(|_| no_home())?;
    let user = base.home_dir().file_name().unwrap_or_default().to_string_lossy().into_owned();
    Ok(PathBuf::from(format!(r"\\.\pipe\countersign-{user}")))
}

fn no_home() -> io::Error {
    io::Error::new(io::ErrorKind::NotFound, "this user has no home directory")
}

/// The daemon's end.
#[derive(Debug)]
pub struct Listener {
    inner: LocalListener,
}

impl Listener {
    /// Binds `path`, whose directory is made private. A socket file that nobody listens on any more is replaced.
    ///
    /// # Errors
    /// [`io::ErrorKind::AddrInUse`] if another process listens there; whatever the system says otherwise.
    pub async fn bind(path: &Path) -> io::Result<Self> {
        prepare_directory(path)?;
        if connect(path).await.is_ok() {
            return Err(io::ErrorKind::AddrInUse.into());
        }
        let options = ListenerOptions::new().name(path.to_fs_name::<GenericFilePath>()?).try_overwrite(true);
        Ok(Self { inner: owner_only(options)?.create_tokio()? })
    }

    /// The next connection of this very user; those of others are dropped.
    ///
    /// # Errors
    /// Whatever the system says; the listener goes on.
    pub async fn accept(&self) -> io::Result<(Receiver, Sender)> {
        loop {
            let stream = self.inner.accept().await?;
            if is_same_user(&stream) {
                return Ok(split(stream));
            }
        }
    }
}

/// Connects to the daemon.
///
/// # Errors
/// If nobody listens there, or somebody other than this user ([`io::ErrorKind::PermissionDenied`]).
pub async fn connect(path: &Path) -> io::Result<(Receiver, Sender)> {
    let stream = Stream::connect(path.to_fs_name::<GenericFilePath>()?).await?;
    if !is_same_user(&stream) {
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, "the socket belongs to another user"));
    }
    Ok(split(stream))
}

fn split(stream: Stream) -> (Receiver, Sender) {
    let stream = Arc::new(stream);
    (Receiver { stream: Arc::clone(&stream) }, Sender { stream })
}

#[cfg(unix)]
fn is_same_user(stream: &Stream) -> bool {
    stream.peer_creds().is_ok_and(|peer| peer.euid() == Some(rustix::process::geteuid().as_raw()))
}

#[cfg(windows)]
fn is_same_user(_: &Stream) -> bool {
    // The pipe's descriptor has decided.
    true
}

#[cfg(unix)]
fn owner_only(options: ListenerOptions<'_>) -> io::Result<ListenerOptions<'_>> {
    // The directory's mode guards the socket everywhere; Linux can guard the file as well.
    #[cfg(target_os = "linux")]
    let options = interprocess::os::unix::local_socket::ListenerOptionsExt::mode(options, 0o600);
    Ok(options)
}

#[cfg(windows)]
fn owner_only(options: ListenerOptions<'_>) -> io::Result<ListenerOptions<'_>> {
    use interprocess::os::windows::{local_socket::ListenerOptionsExt as _, security_descriptor::SecurityDescriptor};
    // Protected; full access for the owner, for nobody else.
    let descriptor = SecurityDescriptor::deserialize(widestring::u16cstr!("D:P(A;;GA;;;OW)"))?;
    Ok(options.security_descriptor(descriptor))
}

#[cfg(unix)]
fn prepare_directory(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, PermissionsExt as _};
    let directory = path.parent().ok_or(io::ErrorKind::InvalidInput)?;
    fs::DirBuilder::new().recursive(true).mode(0o700).create(directory)?;
    let metadata = fs::symlink_metadata(directory)?;
    if !metadata.is_dir() || metadata.uid() != rustix::process::geteuid().as_raw() {
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, "the socket's directory belongs to another user"));
    }
    if metadata.permissions().mode() & 0o077 != 0 {
        fs::set_permissions(directory, fs::Permissions::from_mode(0o700))?;
    }
    Ok(())
}

#[cfg(windows)]
fn prepare_directory(_: &Path) -> io::Result<()> {
    Ok(())
}

/// What comes in.
#[derive(Debug)]
pub struct Receiver {
    stream: Arc<Stream>,
}

impl Receiver {
    /// The next frame's bytes; `None` at the end. Not cancel-safe: after dropping the future the connection is of no use.
    ///
    /// # Errors
    /// If the connection breaks or the frame's length is out of bounds.
    pub async fn receive_bytes(&mut self) -> Result<Option<Zeroizing<Vec<u8>>>, Error> {
        let mut stream = &*self.stream;
        let length = match stream.read_u32_le().await {
            Ok(length) => length,
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let size = usize::try_from(length).map_err(|_| Error::Length(length))?;
        if size == 0 || size > FRAME_LIMIT {
            return Err(Error::Length(length));
        }
        let mut bytes = Zeroizing::new(vec![0; size]);
        stream.read_exact(&mut bytes).await?;
        Ok(Some(bytes))
    }

    /// The next packet; `None` at the end. Not cancel-safe.
    ///
    /// # Errors
    /// As [`Receiver::receive_bytes`], and if the frame is no packet.
    pub async fn receive(&mut self) -> Result<Option<Packet>, Error> {
        match self.receive_bytes().await? {
            Some(bytes) => Packet::from_json(&bytes).map(Some).ok_or(Error::Malformed),
            None => Ok(None),
        }
    }
}

/// What goes out.
#[derive(Debug)]
pub struct Sender {
    stream: Arc<Stream>,
}

impl Sender {
    /// Sends a frame's bytes. Not cancel-safe.
    ///
    /// # Errors
    /// If the connection breaks or the frame is too large.
    pub async fn send_bytes(&mut self, bytes: &[u8]) -> Result<(), Error> {
        let length = u32::try_from(bytes.len()).map_err(|_| Error::Length(u32::MAX))?;
        if bytes.is_empty() || bytes.len() > FRAME_LIMIT {
            return Err(Error::Length(length));
        }
        // One write a frame: no packet waits for another's acknowledgement.
        let mut frame = Zeroizing::new(Vec::with_capacity(4 + bytes.len()));
        frame.extend_from_slice(&length.to_le_bytes());
        frame.extend_from_slice(bytes);
        let mut stream = &*self.stream;
        stream.write_all(&frame).await?;
        Ok(stream.flush().await?)
    }

    /// Sends a packet. Not cancel-safe.
    ///
    /// # Errors
    /// As [`Sender::send_bytes`].
    pub async fn send(&mut self, packet: &Packet) -> Result<(), Error> {
        self.send_bytes(&packet.to_json()).await
    }
}
