//! Child processes that cannot outlive their test.

use std::ffi::OsStr;
use std::os::unix::process::ExitStatusExt as _;
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use nix::sys::signal::{Signal, kill, killpg};
use nix::unistd::Pid;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::{Child, ChildStdin, Command};
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use crate::Home;

/// How long is waited for pipes that an ended process's own children hold open.
const HELD_OPEN: Duration = Duration::from_millis(500);

/// How a process is started; kept so that it can be started again.
#[derive(Clone, Debug)]
pub struct Program {
    program: String,
    arguments: Vec<String>,
    environment: Vec<(String, String)>,
}

impl Program {
    /// A program by path or name.
    pub fn new(program: impl AsRef<OsStr>) -> Self {
        let program = program.as_ref().to_string_lossy().into_owned();
        Self { program, arguments: Vec::new(), environment: Vec::new() }
    }

    /// Adds an argument.
    #[must_use]
    pub fn arg(mut self, argument: impl AsRef<OsStr>) -> Self {
        self.arguments.push(argument.as_ref().to_string_lossy().into_owned());
        self
    }

    /// Adds arguments.
    #[must_use]
    pub fn args<A: AsRef<OsStr>>(self, arguments: impl IntoIterator<Item = A>) -> Self {
        arguments.into_iter().fold(self, Self::arg)
    }

    /// Sets a variable.
    #[must_use]
    pub fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.environment.push((name.to_owned(), value.as_ref().to_string_lossy().into_owned()));
        self
    }

    /// Sets variables.
    #[must_use]
    pub fn envs(mut self, variables: impl IntoIterator<Item = (String, String)>) -> Self {
        self.environment.extend(variables);
        self
    }

    /// Makes the program live in `home`.
    #[must_use]
    pub fn home(self, home: &Home) -> Self {
        self.envs(home.environment())
    }

    /// Starts it on another ground.
    #[must_use]
    pub fn on(self, ground: &Ground) -> Self {
        let program = self.envs(ground.environment.iter().cloned());
        let Some((wrapper, rest)) = ground.wrapper.split_first() else { return program };
        let inner = [std::slice::from_ref(&program.program), program.arguments.as_slice()].concat();
        Self { program: wrapper.clone(), arguments: [rest, inner.as_slice()].concat(), ..program }
    }

    /// Starts it in a process group of its own.
    ///
    /// # Errors
    /// If it cannot be started.
    pub fn spawn(&self) -> Result<Process> {
        Process::spawn(self.clone())
    }

    /// Runs it to its end, with `input` on its standard input.
    ///
    /// # Errors
    /// If it cannot be started or runs longer than `limit`.
    pub async fn output(&self, input: &str, limit: Duration) -> Result<Output> {
        let mut process = self.spawn()?;
        process.write(input).await?;
        process.close_input();
        let status = process.wait(limit).await?;
        process.drain().await;
        Ok(Output { status, stdout: process.stdout(), stderr: process.stderr() })
    }
}

/// What lies under programs besides their home: variables, and a program that starts them where another disk is.
#[derive(Clone, Debug, Default)]
pub struct Ground {
    /// The variables.
    pub environment: Vec<(String, String)>,
    /// The program with its arguments, which the program to start and its own arguments follow; empty for none.
    pub wrapper: Vec<String>,
}

/// What a finished program left.
#[derive(Debug)]
pub struct Output {
    /// How it ended.
    pub status: ExitStatus,
    /// Its standard output.
    pub stdout: String,
    /// Its standard error.
    pub stderr: String,
}

impl Output {
    /// The standard output of a program that succeeded.
    ///
    /// # Errors
    /// If it did not; the error shows what it printed.
    pub fn success(self) -> Result<String> {
        if !self.status.success() {
            bail!("{}\n{}{}", self.status, self.stdout, self.stderr);
        }
        Ok(self.stdout)
    }
}

/// A running child process with its whole group: killed on drop.
#[derive(Debug)]
pub struct Process {
    program: Program,
    child: Child,
    group: Pid,
    input: Option<ChildStdin>,
    stdout: Arc<Mutex<Vec<u8>>>,
    stderr: Arc<Mutex<Vec<u8>>>,
    readers: [JoinHandle<()>; 2],
}

impl Process {
    fn spawn(program: Program) -> Result<Self> {
        let mut child = Command::new(&program.program)
            .args(&program.arguments)
            .env_remove("DBUS_SESSION_BUS_ADDRESS")
            .env_remove("DISPLAY")
            .env_remove("WAYLAND_DISPLAY")
            .envs(program.environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("cannot start {}", program.program))?;
        let group = Pid::from_raw(i32::try_from(child.id().context("already gone")?)?);
        let (stdout, out) = collect(child.stdout.take().context("no stdout")?);
        let (stderr, err) = collect(child.stderr.take().context("no stderr")?);
        let input = child.stdin.take();
        Ok(Self { program, child, group, input, stdout, stderr, readers: [out, err] })
    }

    /// The process id.
    pub fn id(&self) -> i32 {
        self.group.as_raw()
    }

    /// What it has printed so far.
    pub fn stdout(&self) -> String {
        locked(&self.stdout)
    }

    /// What it has printed to standard error so far.
    pub fn stderr(&self) -> String {
        locked(&self.stderr)
    }

    /// Writes to its standard input.
    ///
    /// # Errors
    /// If that is closed.
    pub async fn write(&mut self, text: &str) -> Result<()> {
        let input = self.input.as_mut().context("input is closed")?;
        match input.write_all(text.as_bytes()).await {
            // A program that needs no input may be gone already.
            Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
            other => Ok(other?),
        }
    }

    /// Closes its standard input.
    pub fn close_input(&mut self) {
        self.input = None;
    }

    /// Waits until a line of either output contains `text`, and returns that line. An empty `text` waits for the first line of the
    /// standard output.
    ///
    /// # Errors
    /// If the process ends or `limit` passes before; the error shows what it printed.
    pub async fn wait_for_line(&mut self, text: &str, limit: Duration) -> Result<String> {
        let found = timeout(limit, async {
            loop {
                if let Some(line) = self.line_with(text) {
                    return Ok(line);
                }
                if let Some(status) = self.child.try_wait()? {
                    self.drain().await;
                    return self.line_with(text).with_context(|| format!("ended ({status})"));
                }
                sleep(Duration::from_millis(10)).await;
            }
        })
        .await;
        match found {
            Ok(Ok(line)) => Ok(line),
            Ok(Err(error)) => Err(error.context(self.printed(text))),
            Err(_) => bail!("{} within {limit:?}", self.printed(text)),
        }
    }

    /// Waits until its standard output contains `text`, which may be a prompt: no line has to end.
    ///
    /// # Errors
    /// If `limit` passes before; the error shows what it printed.
    pub async fn wait_for_output(&self, text: &str, limit: Duration) -> Result<()> {
        let printed = async {
            while !self.stdout().contains(text) {
                sleep(Duration::from_millis(10)).await;
            }
        };
        timeout(limit, printed).await.with_context(|| self.printed(text))
    }

    fn line_with(&self, text: &str) -> Option<String> {
        let complete = |output: String| {
            output.split_inclusive('\n').find(|line| line.ends_with('\n') && line.contains(text)).map(str::to_owned)
        };
        // An empty text means any line of what the program is asked for, not of what it complains about.
        let complaint = if text.is_empty() { None } else { complete(self.stderr()) };
        complete(self.stdout()).or(complaint).map(|line| line.trim_end().to_owned())
    }

    fn printed(&self, text: &str) -> String {
        format!("{} printed no {text:?}, but:\n{}{}", self.program.program, self.stdout(), self.stderr())
    }

    /// Waits for its end.
    ///
    /// # Errors
    /// If `limit` passes before.
    pub async fn wait(&mut self, limit: Duration) -> Result<ExitStatus> {
        match timeout(limit, self.child.wait()).await {
            Ok(status) => Ok(status?),
            Err(_) => {
                let Program { program, arguments, .. } = &self.program;
                bail!("{program} {arguments:?} still runs after {limit:?}:\n{}{}", self.stdout(), self.stderr())
            }
        }
    }

    /// Waits until all that it printed is read: the ends of its pipes are seen after its exit. What it has started may hold them open.
    pub async fn drain(&mut self) {
        for reader in &mut self.readers {
            if !reader.is_finished() {
                let _ = timeout(HELD_OPEN, reader).await;
            }
        }
    }

    /// Whether it still runs.
    pub fn is_running(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Sends it a signal.
    ///
    /// # Errors
    /// If it is gone.
    pub fn signal(&self, signal: Signal) -> Result<()> {
        Ok(kill(self.group, signal)?)
    }

    /// Stops the group where it is (SIGSTOP); what is sent to it meanwhile waits.
    ///
    /// # Errors
    /// If it is gone.
    pub fn pause(&self) -> Result<()> {
        self.signal(Signal::SIGSTOP)
    }

    /// Lets the group go on (SIGCONT).
    ///
    /// # Errors
    /// If it is gone.
    pub fn resume(&self) -> Result<()> {
        self.signal(Signal::SIGCONT)
    }

    /// Kills the whole group at once, as a crash would (SIGKILL), and waits for the end of its leader.
    ///
    /// # Errors
    /// If it cannot be waited for.
    pub async fn kill(&mut self) -> Result<ExitStatus> {
        let _ = killpg(self.group, Signal::SIGKILL);
        self.wait(Duration::from_secs(40)).await
    }

    /// Asks it to end (SIGTERM), and kills it if it has not by `limit`.
    ///
    /// # Errors
    /// If it cannot be waited for.
    pub async fn stop(&mut self, limit: Duration) -> Result<ExitStatus> {
        let _ = self.signal(Signal::SIGTERM);
        match timeout(limit, self.child.wait()).await {
            Ok(status) => Ok(status?),
            Err(_) => self.kill().await,
        }
    }

    /// Kills it, and starts it again as it was started.
    ///
    /// # Errors
    /// If it cannot be started.
    pub async fn restart(&mut self) -> Result<()> {
        let _ = self.kill().await?;
        *self = Self::spawn(self.program.clone())?;
        Ok(())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = killpg(self.group, Signal::SIGKILL);
        for _ in 0..200 {
            if !self.is_running() {
                return;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

/// Whether a status tells of a death by SIGKILL.
pub fn was_killed(status: ExitStatus) -> bool {
    status.signal() == Some(Signal::SIGKILL as i32)
}

fn collect(mut pipe: impl AsyncRead + Send + Unpin + 'static) -> (Arc<Mutex<Vec<u8>>>, JoinHandle<()>) {
    let printed = Arc::new(Mutex::new(Vec::new()));
    let sink = Arc::clone(&printed);
    let reader = tokio::spawn(async move {
        let mut buffer = [0; 4096];
        while let Ok(read @ 1..) = pipe.read(&mut buffer).await {
            sink.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(&buffer[..read]);
        }
    });
    (printed, reader)
}

fn locked(printed: &Mutex<Vec<u8>>) -> String {
    String::from_utf8_lossy(&printed.lock().unwrap_or_else(PoisonError::into_inner)).into_owned()
}
