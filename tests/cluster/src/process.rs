//! Child processes that never outlive the process that started them.

use std::{
    fs::File,
    io::{Read, Seek, SeekFrom},
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};

/// The shell script between this process and each child; its head says how it works.
const SUPERVISE: &str = include_str!("process/supervise.sh");

/// How much of a log's end an error shows, in bytes.
const LOG_TAIL: u64 = 4096;

/// How long a killed child may take to disappear before its supervisor is killed too.
const STOP_TIMEOUT: Duration = Duration::from_secs(10);

/// One running command. Dropping it kills the command and waits for its end; when this process ends in any other way
/// (return, panic, SIGKILL), the supervising shell kills it.
#[derive(Debug)]
pub struct Process {
    name: String,
    log: PathBuf,
    supervisor: Child,
}

/// What to run, and under which conditions.
#[derive(Debug)]
pub struct Launch<'a> {
    /// What messages call it.
    pub name: &'a str,
    /// The executable.
    pub program: &'a Path,
    /// Its arguments.
    pub arguments: Vec<String>,
    /// Variables set on top of this process's environment.
    pub environment: Vec<(&'static str, String)>,
    /// Where it runs.
    pub working_directory: &'a Path,
    /// The file that takes its standard output and standard error.
    pub log: PathBuf,
    /// Removed when this process has gone without dropping the handle.
    pub scratch: Option<&'a Path>,
}

// === impl Process ===

impl Process {
    /// Starts the command under a supervisor of its own.
    ///
    /// # Errors
    /// When the log file cannot be created or `sh` cannot be started.
    pub fn start(launch: Launch<'_>) -> Result<Self> {
        let Launch {
            name,
            program,
            arguments,
            environment,
            working_directory,
            log,
            scratch,
        } = launch;
        let output = File::create(&log)
            .with_context(|| format!("creating the log {} of {name}", log.display()))?;
        let errors = output
            .try_clone()
            .with_context(|| format!("opening the log of {name}"))?;
        let supervisor = Command::new("sh")
            .args(["-c", SUPERVISE, "supervise"])
            .arg(scratch.map(Path::as_os_str).unwrap_or_default())
            .arg(program)
            .args(arguments)
            .envs(environment)
            .current_dir(working_directory)
            .stdin(Stdio::piped())
            .stdout(output)
            .stderr(errors)
            // A group of its own: Ctrl-C reaches the starting process only, which then stops everything in order.
            .process_group(0)
            .spawn()
            .with_context(|| format!("starting {name} ({})", program.display()))?;
        Ok(Self {
            name: name.to_owned(),
            log,
            supervisor,
        })
    }

    /// The name given at the start.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How the command ended, or `None` while it runs.
    ///
    /// # Errors
    /// When the operating system refuses to tell.
    pub fn exit_status(&mut self) -> Result<Option<ExitStatus>> {
        self.supervisor
            .try_wait()
            .with_context(|| format!("asking whether {} runs", self.name))
    }

    /// Asks the command to end, by SIGTERM, and waits for it to do so by itself.
    ///
    /// # Errors
    /// When it still runs after `patience`.
    pub fn terminate(&mut self, patience: Duration) -> Result<ExitStatus> {
        // The supervisor passes it on. The workspace forbids unsafe code, and a shell can send signals.
        let number = self.supervisor.id().to_string();
        let sent = Command::new("kill").args(["-TERM", &number]).status();
        let sent = sent.with_context(|| format!("sending SIGTERM to {}", self.name))?;
        ensure!(sent.success(), "sending SIGTERM to {}: {sent}", self.name);
        let deadline = Instant::now() + patience;
        loop {
            if let Some(status) = self.exit_status()? {
                return Ok(status);
            }
            ensure!(
                Instant::now() < deadline,
                "{} still runs {patience:?} after SIGTERM",
                self.name
            );
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// The last lines that the command wrote, as text.
    pub fn log_tail(&self) -> String {
        tail(&self.log).unwrap_or_else(|error| format!("(no log: {error})"))
    }

    fn stop(&mut self) {
        // Closing the pipe is what makes the supervisor kill its child and end.
        drop(self.supervisor.stdin.take());
        let deadline = Instant::now() + STOP_TIMEOUT;
        while Instant::now() < deadline {
            match self.supervisor.try_wait() {
                Ok(None) => std::thread::sleep(Duration::from_millis(5)),
                Ok(Some(_)) | Err(_) => return,
            }
        }
        // Nothing is left to tell a caller in a destructor; the supervisor's watcher still kills the child.
        let _ = self.supervisor.kill();
        let _ = self.supervisor.wait();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.stop();
    }
}

fn tail(log: &Path) -> std::io::Result<String> {
    let mut file = File::open(log)?;
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(LOG_TAIL)))?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    let text = String::from_utf8_lossy(&bytes);
    // A cut first line would only confuse.
    let whole = if length > LOG_TAIL {
        text.split_once('\n').map_or("", |(_, rest)| rest)
    } else {
        &text
    };
    Ok(whole.trim_end().to_owned())
}
