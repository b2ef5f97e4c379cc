//! The lines of a part of a file, as a native reader has them.

use std::{
    fs::File,
    io::{self, Read, Seek, SeekFrom},
    ops::Range,
    path::Path,
};

use memchr::memchr;

/// What is read at once, in bytes.
const CHUNK: usize = 1 << 20;
/// What is read at once behind the end, where only the rest of a line is wanted, in bytes.
const BEHIND: u64 = 16 << 10;

/// Those that begin behind the first byte of a part, up to its end; at the beginning of the file also the first.
pub(super) struct Lines {
    file: File,
    buffer: Vec<u8>,
    /// Bytes that were not handed out: `buffer[start..end]`.
    start: usize,
    end: usize,
    /// Where in the file the buffer begins.
    base: u64,
    /// The last place in the file where a line can begin.
    last: u64,
}

impl Lines {
    pub(super) fn open(path: &Path, part: Range<u64>) -> io::Result<Self> {
        let mut file = File::open(path)?;
        file.seek(SeekFrom::Start(part.start))?;
        let mut lines = Self {
            file,
            buffer: vec![0; CHUNK],
            start: 0,
            end: 0,
            base: part.start,
            last: part.end,
        };
        if part.start > 0 {
            lines.next_line()?;
        }
        Ok(lines)
    }

    /// The next one, without its newline.
    pub(super) fn next_line(&mut self) -> io::Result<Option<&[u8]>> {
        if self.base + self.start as u64 > self.last {
            return Ok(None);
        }
        let mut scanned = 0;
        let (length, newline) = loop {
            let rest = &self.buffer[self.start + scanned..self.end];
            if let Some(length) = memchr(b'\n', rest) {
                break (scanned + length, 1);
            }
            scanned += rest.len();
            if self.refill()? == 0 {
                if scanned == 0 {
                    return Ok(None);
                }
                break (scanned, 0);
            }
        };
        let line = self.start..self.start + length;
        self.start += length + newline;
        Ok(Some(&self.buffer[line]))
    }

    fn refill(&mut self) -> io::Result<usize> {
        self.buffer.copy_within(self.start..self.end, 0);
        self.base += self.start as u64;
        self.end -= self.start;
        self.start = 0;
        let wanted = self.last.saturating_sub(self.base + self.end as u64);
        let wanted = wanted.clamp(BEHIND, CHUNK as u64) as usize;
        if self.buffer.len() < self.end + wanted {
            self.buffer.resize(self.end + wanted, 0);
        }
        let read = self
            .file
            .read(&mut self.buffer[self.end..self.end + wanted])?;
        self.end += read;
        Ok(read)
    }
}
