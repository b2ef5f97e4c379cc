//! Running `arrowbox` as a user does.

use std::ffi::OsStr;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::OnceLock;

use crate::workspace::profile;

/// The built command.
///
/// # Panics
///
/// When it was not built: `cargo test --workspace` builds it, `cargo test -p arrowbox-tests` does not.
pub fn program() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        let path = profile().join(format!("arrowbox{}", std::env::consts::EXE_SUFFIX));
        assert!(
            path.is_file(),
            "there is no {}: `cargo build --workspace` builds it",
            path.display()
        );
        path
    })
}

/// One run of `arrowbox`, with a data directory of its own.
pub struct Arrowbox {
    command: Command,
    input: Vec<u8>,
}

impl Arrowbox {
    /// A run with these arguments and this data directory, and nothing of the environment of the tests.
    pub fn new<S: AsRef<OsStr>>(data: &Path, arguments: impl IntoIterator<Item = S>) -> Self {
        let mut command = Command::new(program());
        command.args(arguments).env("ARROWBOX_DATA_DIR", data);
        command.env_remove("RUST_LOG").env_remove("RUST_BACKTRACE");
        Self {
            command,
            input: Vec::new(),
        }
    }

    /// With a variable.
    pub fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// In a folder.
    pub fn folder(mut self, folder: &Path) -> Self {
        self.command.current_dir(folder);
        self
    }

    /// Without the right of a superuser to write where permissions forbid it.
    pub fn unprivileged(self) -> Self {
        use std::os::unix::fs::MetadataExt;
        // Nobody else has it.
        if std::fs::metadata("/proc/self").is_ok_and(|process| process.uid() != 0) {
            return self;
        }
        self.under(
            "setpriv",
            &[
                "--bounding-set=-dac_override,-dac_read_search",
                "--inh-caps=-all",
            ],
        )
    }

    /// On a disk on which no file can grow beyond so many KiB.
    pub fn with_room(self, kibibytes: u32) -> Self {
        let script = format!("trap '' XFSZ; ulimit -f {kibibytes}; exec \"$0\" \"$@\"");
        self.under("bash", &["-c", &script])
    }

    /// At a terminal of its own, which its standard input and output are.
    pub fn at_terminal(mut self) -> Self {
        let words = [self.command.get_program()]
            .into_iter()
            .chain(self.command.get_args());
        let words: Vec<String> = words
            .map(|word| format!("'{}'", word.to_string_lossy()))
            .collect();
        let line = words.join(" ");
        let environment: Vec<_> = self
            .command
            .get_envs()
            .map(|(name, value)| (name.to_owned(), value.map(OsStr::to_owned)))
            .collect();
        self.command = Command::new("script");
        self.command.args([
            "--quiet",
            "--return",
            "--echo",
            "never",
            "--command",
            &line,
            "/dev/null",
        ]);
        for (name, value) in environment {
            match value {
                Some(value) => self.command.env(name, value),
                None => self.command.env_remove(name),
            };
        }
        self
    }

    /// Run by other programs: the first word names one, and each begins what is behind its arguments. Nothing
    /// changes if there are none.
    pub fn under_all<S: AsRef<OsStr>>(self, words: &[S]) -> Self {
        match words {
            [] => self,
            [program, arguments @ ..] => self.under(program, arguments),
        }
    }

    /// Run by another program, with its arguments before ours.
    fn under<S: AsRef<OsStr>>(mut self, program: impl AsRef<OsStr>, arguments: &[S]) -> Self {
        let mut command = Command::new(program);
        command
            .args(arguments)
            .arg(self.command.get_program())
            .args(self.command.get_args());
        for (name, value) in self.command.get_envs() {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        if let Some(folder) = self.command.get_current_dir() {
            command.current_dir(folder);
        }
        self.command = command;
        self
    }

    /// With something on its standard input.
    pub fn input(mut self, text: &str) -> Self {
        self.input = text.as_bytes().to_vec();
        self
    }

    /// Begins it, all three pipes open, its input still to be written.
    ///
    /// # Panics
    ///
    /// When it can not be begun.
    pub fn begin(mut self) -> Child {
        self.command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        self.command
            .spawn()
            .unwrap_or_else(|error| panic!("{}: {error}", program().display()))
    }

    /// Runs it to its end.
    ///
    /// # Panics
    ///
    /// When it can not be run.
    pub fn run(mut self) -> Ran {
        let input = std::mem::take(&mut self.input);
        let mut child = self.begin();
        let mut pipe = child.stdin.take().expect("it was piped");
        // A command that does not read all of its input closes the pipe, which is its right.
        let _ = pipe.write_all(&input);
        drop(pipe);
        let output = child
            .wait_with_output()
            .expect("a child that was begun can be waited for");
        Ran::of(output)
    }
}

/// What a run left.
#[derive(Debug)]
pub struct Ran {
    /// The exit code; none after a signal.
    pub code: Option<i32>,
    /// Its standard output.
    pub stdout: String,
    /// Its standard error.
    pub stderr: String,
}

impl Ran {
    fn of(output: Output) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// Its standard output, of a run that went well.
    ///
    /// # Panics
    ///
    /// When it did not.
    pub fn ok(self) -> String {
        assert_eq!(
            self.code,
            Some(0),
            "stdout:\n{}\nstderr:\n{}",
            self.stdout,
            self.stderr
        );
        self.stdout
    }

    /// Its standard error, of a run that ended with this code and said all of this there.
    ///
    /// # Panics
    ///
    /// When it did not.
    pub fn fails(self, code: i32, said: &[&str]) -> String {
        assert_eq!(
            self.code,
            Some(code),
            "stdout:\n{}\nstderr:\n{}",
            self.stdout,
            self.stderr
        );
        for fragment in said {
            assert!(
                self.stderr.contains(fragment),
                "no {fragment:?} in:\n{}",
                self.stderr
            );
        }
        self.stderr
    }
}
