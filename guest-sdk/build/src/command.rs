//! Running other programs, in an environment of our choosing and never for ever.

use std::{
    env,
    ffi::{OsStr, OsString},
    io::{self, Read},
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use thiserror::Error;

/// Where programs are looked for, and where a user's files are.
///
/// Everything that this crate wants to know of the process's environment is read once, here.
#[derive(Clone, Debug)]
pub(crate) struct Environment {
    /// The folders of `PATH`.
    pub(crate) search: Vec<PathBuf>,
    /// Where Arrowbox keeps what it made, if the user has a home at all.
    pub(crate) data: Option<PathBuf>,
    /// Where rustup keeps its toolchains.
    pub(crate) rustup: Option<PathBuf>,
}

impl Environment {
    /// The environment of this process.
    pub(crate) fn of_process() -> Self {
        // Programs run in a folder of their own, where a relative path would lead elsewhere.
        let absolute = |path: PathBuf| std::path::absolute(&path).unwrap_or(path);
        let path = |name| {
            env::var_os(name)
                .filter(|value| !value.is_empty())
                .map(|value| absolute(value.into()))
        };
        let home = env::home_dir();
        let shared =
            path("XDG_DATA_HOME").or_else(|| home.as_ref().map(|home| home.join(".local/share")));
        Self {
            search: env::var_os("PATH")
                .map(|path| env::split_paths(&path).map(absolute).collect())
                .unwrap_or_default(),
            data: path("ARROWBOX_DATA_DIR")
                .or_else(|| shared.map(|folder| folder.join("arrowbox"))),
            rustup: path("RUSTUP_HOME").or_else(|| home.map(|home| home.join(".rustup"))),
        }
    }

    /// The first program of that name on the search path.
    pub(crate) fn program(&self, name: &str) -> Option<PathBuf> {
        let file = format!("{name}{}", env::consts::EXE_SUFFIX);
        self.search
            .iter()
            .map(|folder| folder.join(&file))
            .find(|path| is_executable(path))
    }

    /// A command that an outer cargo, rustup or CI does not disturb: their variables are taken out.
    pub(crate) fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        // What a program leaves in its folder by default is nothing that belongs into the caller's.
        command.stdin(Stdio::null()).current_dir(env::temp_dir());
        if let Ok(search) = env::join_paths(&self.search) {
            command.env("PATH", search);
        }
        for (name, _) in env::vars_os() {
            if disturbs(&name) {
                command.env_remove(name);
            }
        }
        command
    }
}

#[cfg(unix)]
fn is_executable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    path.metadata()
        .is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_executable(path: &Path) -> bool {
    path.is_file()
}

/// Whether a variable changes what cargo and rustc build, as against how they reach a registry.
fn disturbs(name: &OsStr) -> bool {
    const CARGO_KEEPS: [&str; 6] = [
        "CARGO_HOME",
        "CARGO_HTTP_",
        "CARGO_NET_",
        "CARGO_REGISTRIES_",
        "CARGO_REGISTRY_",
        "CARGO_TERM_",
    ];
    const OTHERS: [&str; 8] = [
        "MAKEFLAGS",
        "MFLAGS",
        "RUSTC",
        "RUSTDOC",
        "RUSTDOCFLAGS",
        "RUSTFLAGS",
        "RUSTUP_TOOLCHAIN",
        "RUST_RECURSION_COUNT",
    ];
    let name = name.to_string_lossy();
    let cargo = name == "CARGO" || name.starts_with("CARGO_") || name.starts_with("__CARGO");
    (cargo && !CARGO_KEEPS.iter().any(|kept| name.starts_with(kept)))
        || name.starts_with("RUSTC_")
        || OTHERS.contains(&name.as_ref())
}

/// Why running another program failed.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum RunError {
    /// It could not be started, or its output not be read.
    #[error("`{line}` could not be run")]
    Start {
        /// The command line.
        line: String,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// It was still running at its time limit, and was killed.
    #[error("`{line}` was given up after {} s{}", limit.as_secs(), quoted(said))]
    Late {
        /// The command line.
        line: String,
        /// The limit that it passed.
        limit: Duration,
        /// What it had said on its standard error.
        said: String,
    },
    /// It ended with a failure.
    #[error("`{line}` failed ({status}){}", quoted(said))]
    Failed {
        /// The command line.
        line: String,
        /// How it ended.
        status: ExitStatus,
        /// What it said on its standard error.
        said: String,
    },
}

/// A program's own words below a message, without its empty lines.
fn quoted(said: &str) -> String {
    let lines = said.lines().filter(|line| !line.trim().is_empty());
    lines.flat_map(|line| ["\n  | ", line.trim_end()]).collect()
}

/// Runs a command to its end and gives its standard output; kills it when `limit` has passed.
pub(crate) fn run(command: &mut Command, limit: Duration) -> Result<String, RunError> {
    hear(command, limit).map(|(out, _)| out)
}

/// As [`run`], with what it said on its standard error.
pub(crate) fn hear(command: &mut Command, limit: Duration) -> Result<(String, String), RunError> {
    let line = line(command);
    let started = |source| RunError::Start {
        line: line.clone(),
        source,
    };
    let deadline = Instant::now() + limit;
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(started)?;
    let stdout = drain(child.stdout.take());
    let stderr = drain(child.stderr.take());

    let (ended, out) = collect(&stdout, deadline);
    let (ended, said) = match ended {
        true => collect(&stderr, deadline),
        false => (false, collect(&stderr, Instant::now()).1),
    };
    if !ended {
        stop(&mut child);
        return Err(RunError::Late { line, limit, said });
    }
    let status = child.wait().map_err(started)?;
    match status.success() {
        true => Ok((out, said)),
        false => Err(RunError::Failed { line, status, said }),
    }
}

/// The program's name and arguments, as somebody would type them.
pub(crate) fn line(command: &Command) -> String {
    let program = Path::new(command.get_program());
    let name = program
        .file_name()
        .unwrap_or(program.as_os_str())
        .to_owned();
    let words: Vec<OsString> = [name]
        .into_iter()
        .chain(command.get_args().map(OsStr::to_owned))
        .collect();
    words.join(OsStr::new(" ")).to_string_lossy().into_owned()
}

/// Reads a pipe on a thread of its own; the channel closes at the pipe's end.
fn drain(pipe: Option<impl Read + Send + 'static>) -> mpsc::Receiver<Vec<u8>> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let Some(mut pipe) = pipe else { return };
        let mut buffer = [0; 8192];
        while let Ok(read @ 1..) = pipe.read(&mut buffer) {
            if sender.send(buffer[..read].to_vec()).is_err() {
                return;
            }
        }
    });
    receiver
}

/// What came through a pipe until it closed (`true`) or the deadline passed (`false`).
fn collect(pipe: &mpsc::Receiver<Vec<u8>>, deadline: Instant) -> (bool, String) {
    let mut bytes = Vec::new();
    let ended = loop {
        match pipe.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
            Ok(chunk) => bytes.extend(chunk),
            Err(mpsc::RecvTimeoutError::Disconnected) => break true,
            Err(mpsc::RecvTimeoutError::Timeout) => break false,
        }
    };
    (ended, String::from_utf8_lossy(&bytes).into_owned())
}

/// Kills a child and takes its status, so that it does not stay a zombie. One that has ended
/// already can not be killed, which is as good.
fn stop(child: &mut Child) {
    let _ = child.kill();
    let _ = child.wait();
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn output_is_given_and_a_failure_says_what_the_program_said() {
        let limit = Duration::from_secs(60);
        assert_eq!(
            run(&mut shell("echo out; echo err >&2"), limit).unwrap(),
            "out\n"
        );
        let error = run(&mut shell("echo what went wrong >&2; exit 3"), limit).unwrap_err();
        assert!(matches!(&error, RunError::Failed { status, .. } if status.code() == Some(3)));
        assert!(error.to_string().contains("| what went wrong"), "{error}");
    }

    #[test]
    fn a_program_that_does_not_end_is_given_up() {
        let begun = Instant::now();
        let error = run(
            &mut shell("echo waiting >&2; exec sleep 600"),
            Duration::from_millis(300),
        )
        .unwrap_err();
        assert!(
            matches!(&error, RunError::Late { said, .. } if said == "waiting\n"),
            "{error:?}"
        );
        assert!(begun.elapsed() < Duration::from_secs(30));
    }

    #[test]
    fn a_program_that_is_not_there_is_named() {
        let error = run(&mut Command::new("/nowhere/rustc"), Duration::from_secs(1)).unwrap_err();
        assert!(matches!(&error, RunError::Start { line, .. } if line == "rustc"));
    }

    #[test]
    fn variables_that_change_what_is_built_are_told_from_those_that_do_not() {
        for name in [
            "CARGO",
            "CARGO_BUILD_TARGET",
            "CARGO_ENCODED_RUSTFLAGS",
            "CARGO_INCREMENTAL",
            "CARGO_MAKEFLAGS",
            "CARGO_PROFILE_RELEASE_LTO",
            "CARGO_TARGET_DIR",
            "RUSTC",
            "RUSTC_BOOTSTRAP",
            "RUSTC_WORKSPACE_WRAPPER",
            "RUSTC_WRAPPER",
            "RUSTFLAGS",
            "RUSTUP_TOOLCHAIN",
        ] {
            assert!(disturbs(name.as_ref()), "{name}");
        }
        for name in [
            "CARGO_HOME",
            "CARGO_HTTP_PROXY",
            "CARGO_NET_OFFLINE",
            "HOME",
            "PATH",
            "RUSTUP_HOME",
        ] {
            assert!(!disturbs(name.as_ref()), "{name}");
        }
    }
}
