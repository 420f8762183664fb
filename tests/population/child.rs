//! One run of the binary: what it said, how long it took, and how much memory it needed at most.

use std::fs::{self, File};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// Between two looks at the child.
const PAUSE: Duration = Duration::from_millis(4);
/// No run takes as long, not even of the largest organization under faults.
const PATIENCE: Duration = Duration::from_mins(20);

/// How a run ended.
pub(crate) struct Ended {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    pub(crate) took: Duration,
    /// `VmHWM`, in KiB, as last seen before the end.
    pub(crate) peak_kib: u64,
}

/// Runs a command to its end; what it says goes through files in a directory, so that no pipe fills up.
pub(crate) fn run(command: &mut Command, directory: &Path) -> Ended {
    let (stdout, stderr) = (directory.join("stdout"), directory.join("stderr"));
    let started = Instant::now();
    let mut child = command
        .stdin(Stdio::null())
        .stdout(File::create(&stdout).unwrap())
        .stderr(File::create(&stderr).unwrap())
        .spawn()
        .unwrap();
    let (code, peak_kib) = watch(&mut child, started + PATIENCE);
    Ended {
        code,
        stdout: fs::read_to_string(stdout).unwrap(),
        stderr: fs::read_to_string(stderr).unwrap(),
        took: started.elapsed(),
        peak_kib,
    }
}

fn watch(child: &mut Child, deadline: Instant) -> (i32, u64) {
    let mut peak_kib = 0;
    loop {
        peak_kib = peak_kib.max(peak_of(child.id()).unwrap_or(0));
        if let Some(status) = child.try_wait().unwrap() {
            return (status.code().unwrap_or(-1), peak_kib);
        }
        if Instant::now() > deadline {
            child.kill().unwrap();
            child.wait().unwrap();
            panic!("the command ran for longer than {PATIENCE:?}");
        }
        sleep(PAUSE);
    }
}

/// The greatest resident set so far: <https://man7.org/linux/man-pages/man5/proc_pid_status.5.html>. None once it ended, and
/// where there is no such file.
fn peak_of(process: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}
