//! A cluster on this machine: a coordinator and hosts, each a process as a user has it.
//!
//! Nothing here sleeps: a server says when it listens, and the coordinator says when its hosts are there.

mod kinds;
mod namespaces;
mod observer;
mod process;
mod relay;
mod seen;
pub mod stranger;

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use arrowbox::Client;
use arrowbox_host::protocol::Role;
use tempfile::TempDir;

pub use kinds::KINDS;
pub use namespaces::{Network, NoNetwork};
pub use observer::Observer;
pub use process::{Process, Resident, Start, resident};
pub use relay::Relay;
pub use seen::{HostSeen, QuerySeen};

use crate::command::Arrowbox;
use crate::component;
use crate::poll::poll;
use crate::tpch::Table;
use crate::workspace::target;

/// How long a cluster on a busy machine has to become what is expected.
const PATIENCE: Duration = Duration::from_secs(60);

/// A folder for what the clusters of this process leave, and that those of processes before left no more.
fn scratch() -> &'static Path {
    static SCRATCH: OnceLock<PathBuf> = OnceLock::new();
    SCRATCH.get_or_init(|| {
        let all = target().join("test-clusters");
        for entry in fs::read_dir(&all).into_iter().flatten().flatten() {
            let owner = Path::new("/proc").join(entry.file_name());
            if !owner.exists() {
                // Somebody else may do the same.
                let _ = fs::remove_dir_all(entry.path());
            }
        }
        let own = all.join(std::process::id().to_string());
        fs::create_dir_all(&own).unwrap_or_else(|error| panic!("{}: {error}", own.display()));
        own
    })
}

/// A folder that is gone when it is dropped, or soon after this process is.
///
/// # Panics
///
/// When it can not be made.
pub fn folder() -> TempDir {
    TempDir::new_in(scratch()).expect("a folder in the target directory")
}

/// The certificates of all clusters of this process, made by `arrowbox certs init`.
///
/// # Panics
///
/// When they can not be made.
pub fn certificates() -> &'static Path {
    static CERTIFICATES: OnceLock<PathBuf> = OnceLock::new();
    CERTIFICATES.get_or_init(|| {
        let folder = scratch().join("certs");
        issue(&folder);
        folder
    })
}

/// Makes a new authority and certificates in a folder.
///
/// # Panics
///
/// When they can not be made.
pub fn issue(folder: &Path) {
    let words = [OsString::from("certs"), "init".into(), folder.into()];
    Arrowbox::new(scratch(), words).run().ok();
}

/// Has the engine cut even small files into parts for all hosts; to be put before statements.
pub const SPREAD: &str = "SET distributed.file_scan_config_bytes_per_partition = 65536; ";

/// The flags of `arrowbox sql` that make TPC-H's tables in a folder known.
pub fn tables(folder: &Path) -> Vec<String> {
    let table = |table: Table| {
        let (name, path) = (table.name(), folder.join(table.name()));
        ["--table".to_owned(), format!("{name}={}", path.display())]
    };
    Table::ALL.into_iter().flat_map(table).collect()
}

/// The flags of `arrowbox sql` that make the functions of these components known.
pub fn components(names: &[&str]) -> Vec<String> {
    let flags = |name: &&str| {
        let path = component::path(name);
        ["--component".to_owned(), path.display().to_string()]
    };
    names.iter().flat_map(flags).collect()
}

/// What statements give without a cluster, as CSV.
///
/// # Panics
///
/// When they fail.
pub fn embedded(flags: &[String], text: &str) -> String {
    // What is compiled once is compiled for all.
    let data = scratch().join("embedded");
    let fixed = ["sql", "--format", "csv", "--partitions", "2"];
    let flags = flags.iter().map(String::as_str);
    let arguments = fixed.into_iter().chain(flags).chain([text]);
    Arrowbox::new(&data, arguments).run().ok()
}

/// Coordinator and hosts. They are killed when it is dropped, and told about if a test fails meanwhile.
#[derive(Debug)]
pub struct TestCluster {
    coordinator: Process,
    /// By number; none is one that was killed and not begun again.
    hosts: Vec<Member>,
    /// What runs clients.
    under: Vec<OsString>,
    /// Asks again and again; begun when it is first needed.
    watch: OnceLock<(Client, Observer)>,
    /// There until it is dropped.
    data: Option<TempDir>,
}

/// A host, whether it runs or not.
#[derive(Debug)]
struct Member {
    process: Process,
    runs: bool,
    start: Start,
}

impl TestCluster {
    /// A cluster of so many hosts of one processor each, all of which take part. What it has compiled before, in
    /// another test, it need not compile again.
    ///
    /// # Panics
    ///
    /// When they do not.
    pub fn start(hosts: usize) -> Self {
        let data = used().pop().unwrap_or_else(folder);
        let mut cluster = Self::at(data, &Start::default());
        for _ in 0..hosts {
            cluster.begin_host(Start::default());
        }
        cluster.wait_for(hosts);
        cluster
    }

    /// A coordinator without hosts, that knows nothing, nor do hosts that are begun later.
    ///
    /// # Panics
    ///
    /// When it does not begin.
    pub fn alone(start: &Start) -> Self {
        Self::at(folder(), start)
    }

    fn at(data: TempDir, start: &Start) -> Self {
        let start = server("coordinator", &data.path().join("coordinator"), start);
        Self {
            coordinator: Process::start("coordinator", &start),
            hosts: Vec::new(),
            under: Vec::new(),
            watch: OnceLock::new(),
            data: Some(data),
        }
    }

    fn data(&self) -> &Path {
        self.data
            .as_ref()
            .expect("it is there until the end")
            .path()
    }

    /// Clients are run by this.
    pub fn client_under(&mut self, words: impl IntoIterator<Item = String>) {
        self.under = words.into_iter().map(OsString::from).collect();
    }

    /// The coordinator.
    pub fn coordinator(&self) -> &Process {
        &self.coordinator
    }

    /// The coordinator, to be killed.
    pub fn coordinator_mut(&mut self) -> &mut Process {
        &mut self.coordinator
    }

    /// A host, by its number from zero.
    pub fn host(&self, number: usize) -> &Process {
        &self.hosts[number].process
    }

    /// A host, to be killed by other means than [`Self::kill_host`].
    pub fn host_mut(&mut self, number: usize) -> &mut Process {
        &mut self.hosts[number].process
    }

    /// The numbers of the hosts that run.
    pub fn running(&self) -> Vec<usize> {
        let hosts = self.hosts.iter().enumerate();
        hosts
            .filter(|(_, host)| host.runs)
            .map(|(number, _)| number)
            .collect()
    }

    /// Where a host keeps what it keeps.
    pub fn data_of_host(&self, number: usize) -> PathBuf {
        self.data().join(name(number))
    }

    /// Begins one more host and gives its number, once it listens.
    ///
    /// # Panics
    ///
    /// When it does not.
    pub fn begin_host(&mut self, more: Start) -> usize {
        let data = self.data_of_host(self.hosts.len());
        self.begin_host_at(&data, more)
    }

    /// The same, with what it keeps in a folder.
    ///
    /// # Panics
    ///
    /// When it does not listen.
    pub fn begin_host_at(&mut self, data: &Path, more: Start) -> usize {
        let number = self.hosts.len();
        let name = name(number);
        let mut start = server("host", data, &more);
        start = start.with(["--name", &name]);
        let said = |flag: &str| more.arguments.iter().any(|word| word == flag);
        if !said("--join") {
            start = start.with(["--join", self.coordinator.url()]);
        }
        if !said("--cores") {
            start = start.with(["--cores", "1"]);
        }
        self.hosts.push(Member {
            process: Process::start(&name, &start),
            runs: true,
            start,
        });
        number
    }

    /// Begins one more host and gives its number, once it takes part.
    ///
    /// # Panics
    ///
    /// When it does not.
    pub fn add_host(&mut self) -> usize {
        let number = self.begin_host(Start::default());
        self.wait_for(self.running().len());
        number
    }

    /// Kills a host.
    pub fn kill_host(&mut self, number: usize) {
        let host = &mut self.hosts[number];
        host.process.kill();
        host.runs = false;
    }

    /// Begins a host again that was killed, with what it kept, and waits until it takes part.
    ///
    /// # Panics
    ///
    /// When it does not.
    pub fn restart_host(&mut self, number: usize) {
        let host = &mut self.hosts[number];
        host.process = Process::start(&name(number), &host.start);
        host.runs = true;
        self.wait_for(self.running().len());
    }

    /// Waits until exactly so many hosts take part: those that are gone may still be counted for a while.
    ///
    /// # Panics
    ///
    /// When they do not.
    pub fn wait_for(&self, hosts: usize) {
        let exact = poll(PATIENCE, || (self.status().len() == hosts).then_some(()));
        assert!(exact.is_some(), "{:#?}\n{}", self.status(), self.logs());
    }

    /// The hosts that take part.
    ///
    /// # Panics
    ///
    /// When the coordinator does not answer.
    pub fn status(&self) -> Vec<HostSeen> {
        match self.watch() {
            Some((client, observer)) => {
                let hosts = observer
                    .wait(client.hosts(0))
                    .expect("the coordinator answers");
                hosts.into_iter().map(HostSeen::from).collect()
            }
            None => HostSeen::list(&self.told(["cluster", "status", "--format", "json"])),
        }
    }

    /// The queries that run.
    ///
    /// # Panics
    ///
    /// When the coordinator does not answer.
    pub fn queries(&self) -> Vec<QuerySeen> {
        match self.watch() {
            Some((client, observer)) => {
                let queries = observer
                    .wait(client.queries())
                    .expect("the coordinator answers");
                queries.into_iter().map(QuerySeen::from).collect()
            }
            None => QuerySeen::list(&self.told(["cluster", "queries", "--format", "json"])),
        }
    }

    /// A client in this process; none if this process is not where clients are.
    fn watch(&self) -> Option<&(Client, Observer)> {
        self.under.is_empty().then(|| {
            self.watch.get_or_init(|| {
                let observer = Observer::new(Role::Client);
                (observer.client(self.coordinator.url()), observer)
            })
        })
    }

    fn told<const N: usize>(&self, words: [&str; N]) -> serde_json::Value {
        let text = self.command(words).run().ok();
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{words:?}: {error}: {text}"))
    }

    /// `arrowbox` with these arguments, as a client of this cluster.
    pub fn command<const N: usize>(&self, words: [&str; N]) -> Arrowbox {
        let more = ["--coordinator", self.coordinator.url()];
        let words = words.into_iter().chain(more);
        Arrowbox::new(&self.data().join("client"), words)
            .env("ARROWBOX_CERTS", certificates())
            .under_all(&self.under)
    }

    /// Statements for the cluster, with these flags of `arrowbox sql` before them.
    pub fn sql<'a>(&'a self, flags: impl IntoIterator<Item = &'a str>, text: &'a str) -> Arrowbox {
        let fixed = [
            "sql",
            "--format",
            "csv",
            "--coordinator",
            self.coordinator.url(),
        ];
        let words = fixed.into_iter().chain(flags).chain([text]);
        Arrowbox::new(&self.data().join("client"), words)
            .env("ARROWBOX_CERTS", certificates())
            .under_all(&self.under)
    }

    /// What the servers said.
    pub fn logs(&self) -> String {
        let hosts = self.hosts.iter().map(|host| &host.process);
        let all = [&self.coordinator].into_iter().chain(hosts);
        all.map(|process| format!("--- {}:\n{}", process.name(), process.said()))
            .collect()
    }

    /// Tells what the servers say while this is there, if a test fails meanwhile.
    pub fn witness(&self) -> Witness<'_> {
        Witness(self)
    }
}

impl Drop for TestCluster {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("{}", self.logs());
            return;
        }
        self.coordinator.kill();
        for host in &mut self.hosts {
            host.process.kill();
        }
        if let Some(data) = self.data.take() {
            forget(data.path());
            used().push(data);
        }
    }
}

/// Folders of clusters that are gone, with all that they have compiled.
fn used() -> MutexGuard<'static, Vec<TempDir>> {
    static USED: Mutex<Vec<TempDir>> = Mutex::new(Vec::new());
    USED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Removes what is not a store: the next coordinator has a catalogue of its own.
fn forget(data: &Path) {
    let coordinator = fs::read_dir(data.join("coordinator"));
    for entry in coordinator.expect("it had a folder").flatten() {
        if entry.file_name() == "store" {
            continue;
        }
        let path = entry.path();
        let removed = match path.is_dir() {
            true => fs::remove_dir_all(&path),
            false => fs::remove_file(&path),
        };
        removed.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    }
}

/// Sees a test of a cluster that outlives it.
#[derive(Debug)]
pub struct Witness<'a>(&'a TestCluster);

impl Drop for Witness<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("{}", self.0.logs());
        }
    }
}

fn name(number: usize) -> String {
    format!("h{}", number + 1)
}

/// A server that listens on a port of its own and ends when this process does.
fn server(role: &str, data: &Path, more: &Start) -> Start {
    let start = Start {
        under: more.under.clone(),
        arguments: vec![role.into()],
        environment: more.environment.clone(),
    };
    let said = |flag: &str| more.arguments.iter().any(|word| word == flag);
    let start = match said("--listen") {
        true => start,
        false => start.with(["--listen", "127.0.0.1:0"]),
    };
    let start = match said("--certs") {
        true => start,
        false => start.with(["--certs".as_ref(), certificates().as_os_str()]),
    };
    start
        .with(["--attached", "--data-dir"])
        .with([data])
        .with(&more.arguments)
}
