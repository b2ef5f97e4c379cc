use std::fmt;
use std::io::{self, BufRead, Read, Seek, SeekFrom};

use super::source;
use crate::Error;

/// What the host is asked for at once, in bytes.
pub(super) const BUFFER: usize = 1 << 20;

/// One file, from one end to the other or from anywhere.
///
/// It reads a MiB at a time, so that small reads cost nothing; the host writes the bytes where they are read
/// from. What is as large as that goes straight to where it is wanted.
pub struct File {
    path: String,
    /// Bytes of the file that the host gave and nobody took yet: `buffer[start..end]`.
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    /// Where in the file `end` is.
    offset: u64,
}

impl File {
    /// The file at `path`, that of an [`Entry`](super::Entry). The host looks for it when it is first read.
    pub fn open(path: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            buffer: Vec::new(),
            start: 0,
            end: 0,
            offset: 0,
        }
    }

    /// As in [`open`](Self::open).
    pub fn path(&self) -> &str {
        &self.path
    }

    /// In bytes.
    ///
    /// # Errors
    ///
    /// There is no such file among those that the reader was given.
    pub fn size(&self) -> Result<u64, Error> {
        let entries = source::entries()?;
        match entries.iter().find(|entry| entry.path() == self.path) {
            Some(entry) => Ok(entry.size()),
            None => Err(Error::new(format_args!(
                "{} is none of the files that the reader was given",
                self.path
            ))),
        }
    }

    /// Fills `into` with the bytes from `offset` on and says how many there are: fewer only where the file
    /// ends. It does not matter to reads in order, and they do not matter to it.
    ///
    /// # Errors
    ///
    /// The host can not read the file.
    pub fn read_at(&self, offset: u64, into: &mut [u8]) -> Result<usize, Error> {
        let mut read = 0;
        while read < into.len() {
            match source::read_into(&self.path, offset + read as u64, &mut into[read..])? {
                0 => break,
                more => read += more,
            }
        }
        Ok(read)
    }

    /// Fills `into` with the bytes from `offset` on.
    ///
    /// # Errors
    ///
    /// The host can not read the file, or it ends before.
    pub fn read_exact_at(&self, offset: u64, into: &mut [u8]) -> Result<(), Error> {
        let read = self.read_at(offset, into)?;
        if read < into.len() {
            return Err(Error::new(format_args!(
                "{} ends at byte {}, where {} more are wanted",
                self.path,
                offset + read as u64,
                into.len() - read
            )));
        }
        Ok(())
    }

    fn fetch(&self, into: &mut [u8]) -> io::Result<usize> {
        source::read_into(&self.path, self.offset, into)
            .map_err(|error| io::Error::other(error.to_string()))
    }
}

impl Read for File {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.start == self.end && into.len() >= BUFFER {
            let read = self.fetch(into)?;
            self.offset += read as u64;
            return Ok(read);
        }
        let ready = self.fill_buf()?;
        let length = ready.len().min(into.len());
        into[..length].copy_from_slice(&ready[..length]);
        self.consume(length);
        Ok(length)
    }
}

impl BufRead for File {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.start == self.end {
            let mut buffer = std::mem::take(&mut self.buffer);
            buffer.resize(BUFFER, 0);
            let read = self.fetch(&mut buffer);
            self.buffer = buffer;
            (self.start, self.end) = (0, 0);
            self.end = read?;
            self.offset += self.end as u64;
        }
        Ok(&self.buffer[self.start..self.end])
    }

    fn consume(&mut self, length: usize) {
        self.start = self.end.min(self.start + length);
    }
}

impl Seek for File {
    /// What is in the buffer already stays there.
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let ahead = (self.end - self.start) as u64;
        let position = self.offset - ahead;
        let target = match to {
            SeekFrom::Start(offset) => Some(offset),
            SeekFrom::Current(distance) => position.checked_add_signed(distance),
            SeekFrom::End(distance) => {
                let size = self.size();
                let size = size.map_err(|error| io::Error::other(error.to_string()))?;
                size.checked_add_signed(distance)
            }
        };
        let target = target.ok_or_else(|| {
            let text = format!(
                "there is no position before the first byte of {}",
                self.path
            );
            io::Error::new(io::ErrorKind::InvalidInput, text)
        })?;
        let first = self.offset - self.end as u64;
        if (first..=self.offset).contains(&target) {
            self.start = (target - first) as usize;
        } else {
            (self.start, self.end, self.offset) = (0, 0, target);
        }
        Ok(target)
    }
}

impl fmt::Debug for File {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("File")
            .field("path", &self.path)
            .field("position", &(self.offset - (self.end - self.start) as u64))
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::with_files;

    fn bytes(length: usize) -> Vec<u8> {
        (0..length).map(|i| (i * 31 % 251) as u8).collect()
    }

    #[test]
    fn a_file_is_read_in_pieces_of_any_size() {
        let all = bytes(BUFFER * 2 + 17);
        with_files(&[("a", &all)], || {
            for size in [1000, BUFFER - 1, BUFFER, BUFFER + 1, 5 * BUFFER] {
                let (mut file, mut read) = (File::open("a"), Vec::new());
                let mut piece = vec![0; size];
                loop {
                    let length = file.read(&mut piece).unwrap();
                    if length == 0 {
                        break;
                    }
                    read.extend_from_slice(&piece[..length]);
                }
                assert!(read == all, "pieces of {size}");
            }
        });
    }

    #[test]
    fn a_position_can_be_gone_to() {
        let all = bytes(BUFFER + 100);
        with_files(&[("a", &all)], || {
            let mut file = File::open("a");
            let mut four = [0; 4];
            for (to, position) in [
                (SeekFrom::Start(10), 10),
                (SeekFrom::Current(-4), 10),
                (SeekFrom::End(-4), BUFFER + 96),
                (SeekFrom::Current(-100), BUFFER),
                (SeekFrom::Start(0), 0),
                (SeekFrom::Current(BUFFER as i64 - 6), BUFFER - 2),
            ] {
                assert_eq!(file.seek(to).unwrap(), position as u64);
                file.read_exact(&mut four).unwrap();
                assert_eq!(four, all[position..position + 4]);
            }
            assert!(file.seek(SeekFrom::Current(-(1 << 40))).is_err());
            file.seek(SeekFrom::Start(1 << 40)).unwrap();
            assert_eq!(file.read(&mut four).unwrap(), 0);
        });
    }

    #[test]
    fn bytes_are_read_from_anywhere() {
        with_files(&[("a", b"0123456789")], || {
            let file = File::open("a");
            let mut four = [0; 4];
            assert_eq!(file.read_at(3, &mut four).unwrap(), 4);
            assert_eq!(&four, b"3456");
            assert_eq!(file.read_at(8, &mut four).unwrap(), 2);
            assert_eq!(file.size().unwrap(), 10);
            let error = file.read_exact_at(8, &mut four).unwrap_err();
            assert_eq!(
                error.to_string(),
                "a ends at byte 10, where 2 more are wanted"
            );
        });
    }

    #[test]
    fn what_is_not_there_is_an_error() {
        let mut file = File::open("nowhere");
        let expected = "nowhere is none of the files that the reader was given";
        assert_eq!(file.size().unwrap_err().to_string(), expected);
        assert_eq!(file.read(&mut [0]).unwrap_err().to_string(), expected);
        assert_eq!(file.read_at(0, &mut [0]).unwrap_err().to_string(), expected);
    }
}
