use std::fs::File;
use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::{Path, PathBuf};

/// Where results go.
#[derive(Debug)]
pub(in crate::cli) enum Target {
    /// The standard output.
    Standard(BufWriter<io::Stdout>),
    /// A file.
    File(BufWriter<File>),
}

/// The file for results can not be made.
#[derive(Debug, thiserror::Error)]
#[error("the output `{}` can not be written", path.display())]
pub(in crate::cli) struct NoOutput {
    path: PathBuf,
    source: io::Error,
}

impl Target {
    /// `path`, or the standard output.
    pub(in crate::cli) fn open(path: Option<&Path>) -> Result<Self, NoOutput> {
        match path {
            None => Ok(Self::Standard(BufWriter::new(io::stdout()))),
            Some(path) => match File::create(path) {
                Ok(file) => Ok(Self::File(BufWriter::new(file))),
                Err(source) => Err(NoOutput {
                    path: path.to_owned(),
                    source,
                }),
            },
        }
    }

    /// Whether a person reads along.
    pub(in crate::cli) fn is_terminal(&self) -> bool {
        match self {
            Self::Standard(_) => io::stdout().is_terminal(),
            Self::File(_) => false,
        }
    }
}

impl Write for Target {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Standard(writer) => writer.write(bytes),
            Self::File(writer) => writer.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Standard(writer) => writer.flush(),
            Self::File(writer) => writer.flush(),
        }
    }
}
