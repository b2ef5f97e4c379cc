use std::fmt;

use memchr::memchr;

use super::file::BUFFER;
use super::{Range, source};
use crate::Error;

/// What is read at once behind the end of a range, where only the rest of a line is wanted, in bytes.
const BEHIND: usize = 16 << 10;

/// How long a line can be unless [`Lines::longest`] says otherwise, in bytes.
const LONGEST: usize = 16 << 20;

/// The lines of a part of a file.
///
/// A line begins at the first byte of a file or behind a newline (`\n`), and ends before the next newline or
/// with the file. There is no line behind a newline that is the last byte. A carriage return before the
/// newline belongs to the line.
///
/// **Which lines.** A range has the lines that begin behind its first byte, up to its end: with `offset` and
/// `end`, those that begin at `offset < begin <= end`. A range that begins where the file begins has the first
/// line as well. So it skips to behind the first newline, and its last line goes on behind its end. However a
/// file is cut into ranges that follow one another, each line is in exactly one of them; an empty range has
/// none.
///
/// A line that lies whole in the buffer, which is nearly every one, is handed out where it lies.
///
/// ```
/// use arrowbox_sdk::files::Lines;
/// use arrowbox_sdk::testing::with_files;
///
/// # fn main() -> Result<(), arrowbox_sdk::Error> {
/// with_files(&[("a.log", b"one\ntwo\nthree")], || {
///     let mut lines = Lines::new("a.log", 0, 5);
///     assert_eq!(lines.next_line()?, Some(&b"one"[..]));
///     assert_eq!(lines.next_line()?, Some(&b"two"[..]));
///     assert_eq!(lines.next_line()?, None);
///     let mut lines = Lines::new("a.log", 5, 8);
///     assert_eq!(lines.next_line()?, Some(&b"three"[..]));
///     assert_eq!(lines.next_line()?, None);
///     Ok(())
/// })
/// # }
/// ```
pub struct Lines {
    range: Range,
    longest: usize,
    buffer: Vec<u8>,
    /// Bytes of the file that were not handed out: `buffer[start..end]`. The next line begins at `start`.
    start: usize,
    end: usize,
    /// The last place in the buffer where a line of this range can begin.
    last: usize,
    /// Where in the file the line begins that was handed out last.
    line: u64,
    /// Where in the file the buffer begins.
    base: u64,
    /// Whether the first line was looked for.
    begun: bool,
    /// Whether the buffer has the end of the file.
    ended: bool,
    /// [`BUFFER`], or less in tests.
    capacity: usize,
}

impl Lines {
    /// The lines of the `length` bytes from `offset` on.
    pub fn new(path: impl Into<String>, offset: u64, length: u64) -> Self {
        Self::of(&Range::new(path, offset, length))
    }

    /// All lines.
    pub fn whole(path: impl Into<String>) -> Self {
        Self::new(path, 0, u64::MAX)
    }

    /// The lines of `range`.
    pub fn of(range: &Range) -> Self {
        Self {
            longest: LONGEST,
            buffer: Vec::new(),
            start: 0,
            end: 0,
            last: usize::MAX,
            line: 0,
            base: range.offset(),
            begun: false,
            ended: false,
            capacity: BUFFER,
            range: range.clone(),
        }
    }

    /// Bounds the length of a line, without its newline: 16 MiB where nothing is said. It bounds the memory
    /// that a file takes that has no lines at all.
    #[must_use]
    pub fn longest(mut self, bytes: usize) -> Self {
        self.longest = bytes;
        self
    }

    /// The next line, without its newline.
    ///
    /// # Errors
    ///
    /// The host can not read the file, or the line is longer than the bound.
    #[inline]
    pub fn next_line(&mut self) -> Result<Option<&[u8]>, Error> {
        if self.start > self.last {
            return Ok(None);
        }
        match memchr(b'\n', &self.buffer[self.start..self.end]) {
            Some(length) if length <= self.longest => Ok(Some(self.take(length, 1))),
            _ => self.next_across(),
        }
    }

    /// Where in the file the line begins that [`next_line`](Self::next_line) gave last, in bytes.
    pub fn offset(&self) -> u64 {
        self.line
    }

    /// That of the file.
    pub fn path(&self) -> &str {
        self.range.path()
    }

    #[inline]
    fn take(&mut self, length: usize, newline: usize) -> &[u8] {
        let start = self.start;
        self.line = self.base + start as u64;
        self.start = start + length + newline;
        &self.buffer[start..start + length]
    }

    /// The next line where it does not lie whole in the buffer.
    #[cold]
    fn next_across(&mut self) -> Result<Option<&[u8]>, Error> {
        if !self.begun {
            if !self.begin()? {
                return Ok(None);
            }
            return self.next_line();
        }
        let mut scanned = 0;
        loop {
            let rest = &self.buffer[self.start + scanned..self.end];
            let (length, newline) = match memchr(b'\n', rest) {
                Some(length) => (scanned + length, 1),
                None => (scanned + rest.len(), 0),
            };
            if length > self.longest {
                return Err(self.too_long());
            }
            if newline == 1 {
                return Ok(Some(self.take(length, 1)));
            }
            if self.ended {
                return Ok((length > 0).then(|| self.take(length, 0)));
            }
            scanned = length;
            self.refill()?;
        }
    }

    /// Goes to the first line. Says whether there is one, as far as the newline before it tells.
    fn begin(&mut self) -> Result<bool, Error> {
        let found = match (self.range.offset(), self.range.length()) {
            (_, 0) => false,
            (0, _) => true,
            _ => self.skip()?,
        };
        self.begun = true;
        if !found {
            (self.start, self.last) = (1, 0);
            return Ok(false);
        }
        self.aim();
        Ok(self.start <= self.last)
    }

    /// Goes behind the first newline of the range, if there is one.
    fn skip(&mut self) -> Result<bool, Error> {
        while !self.ended && self.base + (self.end as u64) < self.range.end() {
            self.start = self.end;
            self.refill()?;
            if let Some(length) = memchr(b'\n', &self.buffer[self.start..self.end]) {
                self.start += length + 1;
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Reads on behind what is left of the buffer, which moves to the front.
    fn refill(&mut self) -> Result<(), Error> {
        self.buffer.copy_within(self.start..self.end, 0);
        self.base += self.start as u64;
        self.end -= self.start;
        self.start = 0;
        let position = self.base + self.end as u64;
        let within = self.range.end().saturating_sub(position);
        // A line longer than the buffer doubles it, so that moving it costs no more than reading it.
        let room = self.capacity.max(2 * self.end) - self.end;
        let wanted = usize::try_from(within)
            .unwrap_or(usize::MAX)
            .saturating_add(BEHIND)
            .min(room);
        if self.buffer.len() < self.end + wanted {
            self.buffer.resize(self.end + wanted, 0);
        }
        let into = &mut self.buffer[self.end..self.end + wanted];
        let read = source::read_into(self.range.path(), position, into)?;
        self.ended = read == 0;
        self.end += read;
        if self.begun {
            self.aim();
        }
        Ok(())
    }

    /// Finds the end of the range in the buffer as it is now.
    fn aim(&mut self) {
        let last = self.range.end().saturating_sub(self.base);
        self.last = usize::try_from(last).unwrap_or(usize::MAX);
    }

    fn too_long(&self) -> Error {
        Error::new(format_args!(
            "{}: the line at byte {} is longer than {} bytes: is it a file of lines? `Lines::longest` sets the bound",
            self.range.path(),
            self.base + self.start as u64,
            self.longest
        ))
    }
}

impl fmt::Debug for Lines {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lines")
            .field("range", &self.range)
            .field("offset", &self.offset())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
