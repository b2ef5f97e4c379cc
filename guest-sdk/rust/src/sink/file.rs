use std::fmt;
use std::io::{self, Write};

use super::target::Target;
use crate::Error;

/// What is given to the host at once, in bytes.
const BUFFER: usize = 256 << 10;

/// A file being made.
///
/// It gathers 256 KiB before it gives them to the host; what is as large as that goes there straight. A file
/// that is dropped without [`finish`](Self::finish) is not there.
pub struct File {
    path: String,
    target: Target,
    buffer: Vec<u8>,
}

impl File {
    /// Begins the file at `path`: names with `/` between them that do not begin with a dot, below the location
    /// of the table.
    ///
    /// # Errors
    ///
    /// The path is none, or there is such a file already.
    pub fn create(path: impl Into<String>) -> Result<Self, Error> {
        let path = path.into();
        Ok(Self {
            target: Target::create(&path)?,
            buffer: Vec::new(),
            path,
        })
    }

    /// As in [`create`](Self::create).
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Ends the file and says how many bytes it has.
    ///
    /// # Errors
    ///
    /// The host can not write it.
    pub fn finish(mut self) -> Result<u64, Error> {
        self.drain()?;
        self.target.finish()
    }

    fn drain(&mut self) -> Result<(), Error> {
        if !self.buffer.is_empty() {
            self.target.write(&self.buffer)?;
            self.buffer.clear();
        }
        Ok(())
    }

    #[cold]
    fn write_through(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.drain()?;
        if bytes.len() >= BUFFER {
            return self.target.write(bytes);
        }
        self.buffer.reserve_exact(BUFFER);
        self.buffer.extend_from_slice(bytes);
        Ok(())
    }
}

impl Write for File {
    #[inline]
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if bytes.len() <= self.buffer.capacity() - self.buffer.len() {
            self.buffer.extend_from_slice(bytes);
        } else {
            self.write_through(bytes)
                .map_err(|error| io::Error::other(error.to_string()))?;
        }
        Ok(bytes.len())
    }

    #[inline]
    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.write(bytes).map(drop)
    }

    /// Gives the host what was gathered. There is no need to: nobody sees it before the end.
    fn flush(&mut self) -> io::Result<()> {
        self.drain()
            .map_err(|error| io::Error::other(error.to_string()))
    }
}

impl fmt::Debug for File {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("File")
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::with_sink;

    #[test]
    fn writes_of_any_size_make_the_file() {
        let all: Vec<u8> = (0..3 * BUFFER + 11).map(|i| (i % 251) as u8).collect();
        for size in [1, 1000, BUFFER - 1, BUFFER, BUFFER + 1, 2 * BUFFER] {
            let (length, files) = with_sink(|| {
                let mut file = File::create("dir/file")?;
                for piece in all.chunks(size) {
                    file.write_all(piece)?;
                }
                file.finish()
            });
            assert_eq!(length.unwrap(), all.len() as u64);
            let [(path, bytes)] = files.as_slice() else {
                panic!("there is one file");
            };
            assert_eq!(path, "dir/file");
            assert!(*bytes == all, "writes of {size}");
        }
    }

    #[test]
    fn a_file_that_is_not_finished_is_not_there() {
        let ((), files) = with_sink(|| {
            let mut file = File::create("a").unwrap();
            file.write_all(b"lost").unwrap();
            file.flush().unwrap();
            drop(file);
            assert_eq!(File::create("a").unwrap().finish().unwrap(), 0);
        });
        assert_eq!(files, [("a".to_owned(), Vec::new())]);
    }

    #[test]
    fn paths_are_names_below_the_table_and_new() {
        let (_, files) = with_sink(|| {
            for path in ["", "/a", "a/", "a//b", ".a", "a/../b", "."] {
                let error = File::create(path).unwrap_err();
                assert!(error.to_string().contains("names between `/`"), "{error}");
            }
            let _open = File::create("a/b=c").unwrap();
            let error = File::create("a/b=c").unwrap_err().to_string();
            assert_eq!(error, "a/b=c is there already");
        });
        assert!(files.is_empty());
        assert!(
            File::create("a")
                .unwrap_err()
                .to_string()
                .contains("with_sink")
        );
    }
}
