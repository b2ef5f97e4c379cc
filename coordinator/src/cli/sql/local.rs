//! Hosts on this machine, for trying out: child processes that take part as those of other machines do.

use std::collections::VecDeque;
use std::fmt;
use std::io;
use std::io::{BufRead, BufReader};
use std::net::{Ipv4Addr, SocketAddr};
use std::num::NonZeroUsize;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use arrowbox_host::protocol::Role;
use arrowbox_host::{Endpoint, Identity};
use futures::future::select_all;
use tempfile::TempDir;
use tokio::runtime::Handle;
use tokio::select;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use url::Url;

use crate::cli::Failure;
use crate::cli::certs;
use crate::cluster::Cluster;
use crate::quantity::Bytes;
use crate::service::serve_hosts;

/// How long hosts have to come: the first start of a program takes its time on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long hosts have to end by themselves.
const GRACE: Duration = Duration::from_millis(500);
/// How often it is looked whether they did.
const LOOK: Duration = Duration::from_millis(5);
/// Lines of what a host said that are told if it ends early.
const LAST_LINES: usize = 20;

/// Hosts of this process. They end with it, however it ends.
#[derive(Debug)]
pub(super) struct LocalCluster {
    cluster: Arc<Cluster>,
    endpoint: Endpoint,
    accepting: JoinHandle<()>,
    children: Vec<Child>,
    /// Certificates, and what hosts keep. Goes last.
    _folder: TempDir,
}

/// What the hosts are given together.
#[derive(Debug, Clone, Copy)]
pub(super) struct Share {
    pub(super) hosts: NonZeroUsize,
    pub(super) memory: Option<Bytes>,
}

/// Why there are no hosts on this machine.
#[derive(Debug, thiserror::Error)]
pub(super) enum LocalError {
    /// This program can not be started again.
    #[error("the host {number} can not be started")]
    Start {
        /// Which.
        number: usize,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A host ended.
    #[error("the host {number} ended before it took part ({status}){said}")]
    Ended {
        /// Which.
        number: usize,
        /// How.
        status: ExitStatus,
        /// What it said at last.
        said: LastLines,
    },
    /// They did not come.
    #[error("only {came} of {wanted} hosts took part after {} s", PATIENCE.as_secs())]
    TooFew {
        /// Those that came.
        came: usize,
        /// Those that should.
        wanted: usize,
    },
}

/// What a process said at last.
#[derive(Debug, Default)]
pub(super) struct LastLines(VecDeque<String>);

impl fmt::Display for LastLines {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (line, before) in self
            .0
            .iter()
            .zip([": "].into_iter().chain(std::iter::repeat("\n")))
        {
            write!(f, "{before}{line}")?;
        }
        Ok(())
    }
}

impl LocalCluster {
    /// Starts hosts and waits until all take part.
    ///
    /// # Cancellation
    ///
    /// Ends those that were started.
    pub(super) async fn start(share: Share, network: &Handle) -> Result<Self, Failure> {
        let folder = TempDir::with_prefix("arrowbox-cluster-")?;
        let certificates = folder.path().join("certs");
        certs::development(&certificates)?;
        let identity = Identity::load(&certificates, Role::Coordinator)?;
        let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let endpoint = Endpoint::bind(listen, identity, "this process".to_owned(), network)?;
        let cluster = Cluster::new(endpoint.clone(), network);
        let join = Url::parse(&format!("quic://{}", endpoint.local_addr()))?;
        let accepting = network.spawn(serve_hosts(endpoint.clone(), Arc::clone(&cluster)));
        let mut local = Self {
            cluster,
            endpoint,
            accepting,
            children: Vec::new(),
            _folder: folder,
        };
        let mut ends = Vec::new();
        for number in 1..=share.hosts.get() {
            let folder = local._folder.path();
            let mut child = host(number, share, &join, folder)
                .and_then(|mut command| command.spawn())
                .map_err(|source| LocalError::Start { number, source })?;
            ends.push(follow(number, &mut child));
            local.children.push(child);
        }
        let wanted = share.hosts.get();
        select! {
            () = local.cluster.wait_for(wanted) => {}
            (said, number, _) = select_all(ends) => {
                let status = local.children[number].wait();
                let number = number + 1;
                let status = status.map_err(|source| LocalError::Start { number, source })?;
                // The thread has seen the end.
                let said = said.unwrap_or_default();
                return Err(LocalError::Ended { number, status, said }.into());
            }
            () = tokio::time::sleep(PATIENCE) => {
                let came = local.cluster.hosts().len();
                return Err(LocalError::TooFew { came, wanted }.into());
            }
        }
        Ok(local)
    }

    /// The hosts.
    pub(super) fn cluster(&self) -> &Arc<Cluster> {
        &self.cluster
    }
}

impl Drop for LocalCluster {
    fn drop(&mut self) {
        for child in &mut self.children {
            // They take their leave when they can read no more.
            drop(child.stdin.take());
        }
        let end = Instant::now() + GRACE;
        let running = |child: &mut Child| matches!(child.try_wait(), Ok(None));
        while Instant::now() < end && self.children.iter_mut().any(running) {
            thread::sleep(LOOK);
        }
        self.accepting.abort();
        self.endpoint
            .close("the process that started the hosts ends");
        for child in &mut self.children {
            // One that has ended by itself is as well.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// The command that is a host.
fn host(number: usize, share: Share, join: &Url, folder: &Path) -> io::Result<Command> {
    let processors = thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let cores = (processors / share.hosts).max(1);
    let mut command = Command::new(std::env::current_exe()?);
    command
        .arg("host")
        .arg("--attached")
        .args(["--name", &format!("local-{number}")])
        .args(["--listen", "127.0.0.1:0"])
        .args(["--join", join.as_str()])
        .args(["--cores", &cores.to_string()])
        // Nobody waits for what they do once this process is gone.
        .args(["--grace", "500ms"])
        .arg("--certs")
        .arg(folder.join("certs"))
        .arg("--data-dir")
        .arg(folder.join(format!("host-{number}")));
    if let Some(Bytes(memory)) = share.memory {
        let memory = (memory / share.hosts.get() as u64).max(1);
        command.args(["--memory", &memory.to_string()]);
    }
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        // Ctrl-C is for this process, which may want its hosts afterwards.
        .process_group(0);
    Ok(command)
}

/// Follows what a host says. What it said at last comes when it ends.
fn follow(number: usize, child: &mut Child) -> oneshot::Receiver<LastLines> {
    let (ended, end) = oneshot::channel();
    let stderr = child.stderr.take();
    thread::spawn(move || {
        let mut said = LastLines::default();
        let lines = stderr.into_iter().map(BufReader::new);
        for line in lines.flat_map(BufRead::lines).map_while(Result::ok) {
            tracing::debug!(host = number, "{line}");
            if said.0.len() == LAST_LINES {
                said.0.pop_front();
            }
            said.0.push_back(line);
        }
        // Nobody waits for it any more once all take part.
        let _ = ended.send(said);
    });
    end
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_share_what_there_is() {
        let share = Share {
            hosts: NonZeroUsize::new(1000).unwrap(),
            memory: Some(Bytes(5000)),
        };
        let join = Url::parse("quic://127.0.0.1:9").unwrap();
        let command = host(7, share, &join, Path::new("/f")).unwrap();
        let words: Vec<_> = command
            .get_args()
            .map(|word| word.to_string_lossy())
            .collect();
        let after = |flag: &str| {
            let at = words.iter().position(|word| word == flag).unwrap();
            words[at + 1].clone()
        };
        assert_eq!(after("--cores"), "1");
        assert_eq!(after("--memory"), "5");
        assert_eq!(after("--name"), "local-7");
        assert_eq!(after("--data-dir"), "/f/host-7");
    }

    #[test]
    fn last_words_are_told_behind_each_other() {
        assert_eq!(LastLines::default().to_string(), "");
        let said = LastLines(["a".to_owned(), "b".to_owned()].into());
        assert_eq!(said.to_string(), ": a\nb");
    }
}
