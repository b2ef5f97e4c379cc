//! A server of a cluster, as a process.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use crate::command::program;
use crate::poll::poll;

/// How long a server on a busy machine has to say where it listens.
const PATIENCE: Duration = Duration::from_secs(60);
/// What stands before the address on the first line.
const ANNOUNCEMENT: &str = "listening on ";

/// A server that runs. It is killed when it is dropped, and ends by itself when this process does.
#[derive(Debug)]
pub struct Process {
    name: String,
    child: Child,
    /// It reads from here, and ends when it can read no more.
    _stdin: ChildStdin,
    url: String,
    log: Log,
}

/// What a process said on its standard error so far.
#[derive(Debug, Clone, Default)]
struct Log(Arc<Mutex<String>>);

impl Log {
    fn follow(&self, from: impl Read + Send + 'static) {
        let log = self.clone();
        thread::spawn(move || {
            let mut lines = BufReader::new(from);
            let mut line = Vec::new();
            while matches!(lines.read_until(b'\n', &mut line), Ok(read) if read > 0) {
                log.text(|text| text.push_str(&String::from_utf8_lossy(&line)));
                line.clear();
            }
        });
    }

    fn text<T>(&self, with: impl FnOnce(&mut String) -> T) -> T {
        with(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// How a server is begun.
#[derive(Debug, Clone, Default)]
pub struct Start {
    /// Programs, with their arguments, that run it: each becomes the next and the last becomes it.
    pub under: Vec<OsString>,
    /// What it is told.
    pub arguments: Vec<OsString>,
    /// Variables.
    pub environment: Vec<(String, OsString)>,
}

impl Start {
    /// With these arguments.
    pub fn with<S: AsRef<OsStr>>(mut self, arguments: impl IntoIterator<Item = S>) -> Self {
        let more = arguments.into_iter();
        self.arguments
            .extend(more.map(|word| word.as_ref().to_owned()));
        self
    }

    /// Begun by another program.
    pub fn under<S: AsRef<OsStr>>(mut self, words: impl IntoIterator<Item = S>) -> Self {
        let words = words.into_iter().map(|word| word.as_ref().to_owned());
        self.under.extend(words);
        self
    }
}

impl Process {
    /// Begins `arrowbox` and waits until it says where it listens.
    ///
    /// # Panics
    ///
    /// When it does not, with what it said instead.
    pub fn start(name: &str, start: &Start) -> Self {
        let mut words = start.under.clone();
        words.push(program().into());
        words.extend(start.arguments.iter().cloned());
        let mut command = Command::new(&words[0]);
        command.args(&words[1..]);
        command.env_remove("RUST_LOG").env_remove("RUST_BACKTRACE");
        for (variable, value) in &start.environment {
            command.env(variable, value);
        }
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command
            .spawn()
            .unwrap_or_else(|error| panic!("{name}: {words:?}: {error}"));
        let stdin = child.stdin.take().expect("it was piped");
        let stdout = child.stdout.take().expect("it was piped");
        let log = Log::default();
        log.follow(child.stderr.take().expect("it was piped"));

        let (said, first) = mpsc::channel();
        let rest = log.clone();
        thread::spawn(move || {
            let mut stdout = BufReader::new(stdout);
            let mut line = String::new();
            let read = stdout.read_line(&mut line);
            // Nobody waits for it any more, or everybody.
            let _ = said.send(read.map(|_| line));
            rest.follow(stdout);
        });
        let first = first.recv_timeout(PATIENCE);
        let url = match &first {
            Ok(Ok(line)) => line.trim().strip_prefix(ANNOUNCEMENT),
            _ => None,
        };
        let Some(url) = url else {
            // What it says on its way out is worth more than that it does not listen.
            let _ = child.kill();
            let _ = child.wait();
            panic!(
                "{name} does not listen: {first:?}\n{}",
                log.text(|text| text.clone())
            );
        };
        Self {
            name: name.to_owned(),
            url: url.to_owned(),
            child,
            _stdin: stdin,
            log,
        }
    }

    /// As the tests call it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Where it listens.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// What it said on its standard error so far.
    pub fn said(&self) -> String {
        self.log.text(|text| text.clone())
    }

    /// Kills it: it can do nothing any more, not even say so to its peers.
    pub fn kill(&mut self) {
        // One that has ended by itself is as dead.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Stops its threads, so that it is there and says nothing.
    ///
    /// # Panics
    ///
    /// When it is gone.
    pub fn pause(&self) {
        self.signal(Signal::STOP);
    }

    /// Lets its threads go on.
    ///
    /// # Panics
    ///
    /// When it is gone.
    pub fn resume(&self) {
        self.signal(Signal::CONT);
    }

    /// Asks it to end.
    ///
    /// # Panics
    ///
    /// When it is gone.
    pub fn terminate(&self) {
        self.signal(Signal::TERM);
    }

    fn signal(&self, signal: Signal) {
        kill_process(self.pid(), signal)
            .unwrap_or_else(|error| panic!("{} is gone: {error}", self.name));
    }

    fn pid(&self) -> Pid {
        Pid::from_child(&self.child)
    }

    /// How it ended, if it does within this time.
    pub fn ended(&mut self, within: Duration) -> Option<ExitStatus> {
        poll(within, || self.child.try_wait().expect("it is ours"))
    }

    /// Bytes of its memory that are resident, and how many at most were.
    ///
    /// # Panics
    ///
    /// When it is gone.
    pub fn resident(&self) -> Resident {
        resident(self.child.id())
    }

    /// How many files and sockets it has open.
    ///
    /// # Panics
    ///
    /// When it is gone.
    pub fn descriptors(&self) -> usize {
        let folder = format!("/proc/{}/fd", self.child.id());
        let entries = fs::read_dir(&folder);
        entries
            .unwrap_or_else(|error| panic!("{}: {folder}: {error}", self.name))
            .count()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Memory of a process.
#[derive(Debug, Clone, Copy)]
pub struct Resident {
    /// Bytes now.
    pub now: u64,
    /// Bytes at most.
    pub peak: u64,
}

/// The memory of a process.
///
/// # Panics
///
/// When it is gone.
pub fn resident(pid: u32) -> Resident {
    let path = format!("/proc/{pid}/status");
    let status = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    let field = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name));
        let kibibytes = line.and_then(|line| line.trim().strip_suffix(" kB"));
        let kibibytes: u64 = kibibytes
            .and_then(|number| number.parse().ok())
            .unwrap_or_else(|| panic!("no {name} in {path}:\n{status}"));
        kibibytes << 10
    };
    Resident {
        now: field("VmRSS:"),
        peak: field("VmHWM:"),
    }
}
