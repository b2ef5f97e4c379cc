//! The records of a part of a file.

use std::fmt;
use std::ops::Range;

use arrowbox_sdk::Error;
use memchr::memchr_iter;

use crate::record::{Phred, Record};

/// What is read at once, in bytes.
const BUFFER: usize = 1 << 20;

/// What is read at once behind the end of the range, where only the rest of a record is wanted, in bytes.
const BEHIND: usize = 64 << 10;

/// A file with longer records than this, in bytes, is none of records.
const LONGEST: usize = 64 << 20;

/// Records one by one.
///
/// **Which records.** A range of bytes has the records that begin in it. However a file is cut into ranges, each
/// record is in exactly one.
///
/// **Where a record begins** is not seen by `@` alone: a quality can begin with it, too. But two lines below the
/// first line of a record is one that begins with `+`, and two lines below a quality is a sequence, which does
/// not. That is how the first record of a range is found. Nothing gets lost between two ranges: whoever reads
/// the last record before the end of a range looks whether behind it a record begins in this sense, which is
/// then what the other range finds.
pub struct Records<R> {
    path: String,
    range: Range<u64>,
    phred: Phred,
    read_at: R,
    buffer: Vec<u8>,
    /// Bytes of the file that were not handed out: `buffer[start..end]`. The next record begins at `start`.
    start: usize,
    end: usize,
    /// Where in the file the buffer begins.
    base: u64,
    state: State,
    /// Whether the buffer has the end of the file.
    ended: bool,
    /// [`BUFFER`], or less in tests.
    capacity: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// The first record was not looked for.
    Before,
    /// At least one was handed out, or the file begins here.
    Within,
    Behind,
}

/// A line in the buffer, with neither its newline nor what is before it.
type Line = Range<usize>;

impl<R> Records<R>
where
    R: FnMut(u64, &mut [u8]) -> Result<usize, Error>,
{
    /// The records that begin in `range` of the file at `path`. `read_at` fills a slice from a position in the
    /// file on, and says how many bytes there were: zero at its end.
    pub fn new(path: impl Into<String>, range: Range<u64>, phred: Phred, read_at: R) -> Self {
        Self {
            path: path.into(),
            // The newline before the range says whether a line begins with it.
            base: range.start.saturating_sub(1),
            range,
            phred,
            read_at,
            buffer: Vec::new(),
            start: 0,
            end: 0,
            state: State::Before,
            ended: false,
            capacity: BUFFER,
        }
    }

    /// The next record.
    ///
    /// # Errors
    ///
    /// The file can not be read, or what is in it is not a record.
    #[inline]
    pub fn next_record(&mut self) -> Result<Option<Record<'_>>, Error> {
        if self.state == State::Before {
            self.begin()?;
        }
        if self.position() >= self.range.end {
            self.leave()?;
        }
        if self.state == State::Behind {
            return Ok(None);
        }
        let Some(lines) = self.lines()? else {
            return Ok(None);
        };
        if matches!(self.buffer[self.start], b'\n' | b'\r') {
            return match self.is_blank()? {
                true => Ok(None),
                false => Err(self.no_record()),
            };
        }
        let position = self.position();
        self.start = self.end.min(lines[3].end + 1);
        let lines = lines.map(|line| &self.buffer[line]);
        match Record::parse(lines, self.phred) {
            Ok(record) => Ok(Some(record)),
            Err(malformed) => Err(failure(&self.path, position, lines[0], malformed)),
        }
    }

    /// Where in the file the next record begins.
    fn position(&self) -> u64 {
        self.base + self.start as u64
    }

    /// Goes to the first record of the range.
    fn begin(&mut self) -> Result<(), Error> {
        let found = match self.range.start {
            _ if self.range.is_empty() => false,
            0 => true,
            _ => self.skip_line()? && self.synchronize()?,
        };
        self.state = match found {
            true => State::Within,
            false => State::Behind,
        };
        Ok(())
    }

    /// Goes behind the first newline. Says whether that is still in the range.
    fn skip_line(&mut self) -> Result<bool, Error> {
        loop {
            let newline = memchr_iter(b'\n', &self.buffer[self.start..self.end]).next();
            if let Some(length) = newline {
                self.start += length + 1;
                return Ok(self.position() < self.range.end);
            }
            self.start = self.end;
            if self.ended || self.position() >= self.range.end {
                return Ok(false);
            }
            self.refill()?;
        }
    }

    /// Goes to where a record begins, which is at one of the next four lines. Says whether there is one.
    fn synchronize(&mut self) -> Result<bool, Error> {
        let from = self.position();
        for _ in 0..4 {
            if self.is_blank()? {
                return Ok(false);
            }
            let lines = self.whole_lines::<3>()?;
            // The file ends in the record that the range before has.
            let [Some(first), _, Some(third)] = lines else {
                return Ok(false);
            };
            if self.buffer[first.clone()].starts_with(b"@") && self.buffer[third].starts_with(b"+")
            {
                return Ok(true);
            }
            self.start = first.end + 1;
        }
        Err(Error::new(format_args!(
            "{}: at byte {from} no record begins within four lines: is it FASTQ, with records of four lines?",
            self.path
        )))
    }

    /// Has come to the end of the range: looks whether a record begins there.
    #[cold]
    fn leave(&mut self) -> Result<(), Error> {
        if self.state == State::Within && !self.is_blank()? {
            let lines = self.whole_lines::<3>()?;
            let begins = |line: &Option<Line>, with: u8| {
                let line = line.as_ref().and_then(|line| self.buffer.get(line.clone()));
                line.is_some_and(|line| line.starts_with(&[with]))
            };
            if !begins(&lines[0], b'@') || !begins(&lines[2], b'+') {
                return Err(self.no_record());
            }
        }
        self.state = State::Behind;
        Ok(())
    }

    /// The lines of the next record, if there is one.
    #[inline]
    fn lines(&mut self) -> Result<Option<[Line; 4]>, Error> {
        loop {
            let mut begin = self.start;
            let mut newlines = memchr_iter(b'\n', &self.buffer[self.start..self.end]);
            let lines = [(); 4].map(|()| {
                let end = self.start + newlines.next()?;
                Some(std::mem::replace(&mut begin, end + 1)..end)
            });
            if let [Some(a), Some(b), Some(c), Some(d)] = lines {
                return Ok(Some([a, b, c, d]));
            }
            if self.ended {
                return self.last_lines(lines, begin);
            }
            self.refill()?;
        }
    }

    /// As [`lines`](Self::lines) at the end of the file. The last line can be without a newline, or, if it is
    /// empty, be missing.
    #[cold]
    fn last_lines(
        &mut self,
        lines: [Option<Line>; 4],
        begin: usize,
    ) -> Result<Option<[Line; 4]>, Error> {
        if self.is_blank()? {
            return Ok(None);
        }
        let rest = begin..self.end;
        match lines {
            [Some(a), Some(b), Some(c), None] => Ok(Some([a, b, c, rest])),
            _ => Err(self.no_record()),
        }
    }

    /// The next lines that have newlines, as many as there are.
    fn whole_lines<const N: usize>(&mut self) -> Result<[Option<Line>; N], Error> {
        loop {
            let mut begin = self.start;
            let mut newlines = memchr_iter(b'\n', &self.buffer[self.start..self.end]);
            let lines = [(); N].map(|()| {
                let end = self.start + newlines.next()?;
                Some(std::mem::replace(&mut begin, end + 1)..end)
            });
            if self.ended || lines.iter().all(Option::is_some) {
                return Ok(lines);
            }
            self.refill()?;
        }
    }

    /// Whether nothing but ends of lines is left of the file.
    fn is_blank(&mut self) -> Result<bool, Error> {
        loop {
            let mut rest = self.buffer[self.start..self.end].iter();
            if rest.any(|byte| !matches!(byte, b'\n' | b'\r')) {
                return Ok(false);
            }
            if self.ended {
                return Ok(true);
            }
            self.refill()?;
        }
    }

    /// Reads on behind what is left of the buffer, which moves to the front.
    fn refill(&mut self) -> Result<(), Error> {
        if self.end - self.start > LONGEST {
            return Err(Error::new(format_args!(
                "{}: the record at byte {} is longer than {LONGEST} bytes: is it FASTQ?",
                self.path,
                self.position()
            )));
        }
        self.buffer.copy_within(self.start..self.end, 0);
        self.base += self.start as u64;
        self.end -= self.start;
        self.start = 0;
        let position = self.base + self.end as u64;
        let within = usize::try_from(self.range.end.saturating_sub(position)).unwrap_or(BUFFER);
        // A record longer than the buffer doubles it, so that moving it costs no more than reading it.
        let room = self.capacity.max(2 * self.end) - self.end;
        let wanted = within.saturating_add(BEHIND).min(room);
        if self.buffer.len() < self.end + wanted {
            self.buffer.resize(self.end + wanted, 0);
        }
        let read = (self.read_at)(position, &mut self.buffer[self.end..self.end + wanted])?;
        self.ended = read == 0;
        self.end += read;
        Ok(())
    }

    /// What is next is not a record, or not all of one.
    fn no_record(&self) -> Error {
        let rest = &self.buffer[self.start..self.end];
        let first = rest.split(|byte| *byte == b'\n').next().unwrap_or_default();
        let lines = rest.strip_suffix(b"\n").unwrap_or(rest);
        let count = memchr_iter(b'\n', lines).count() + 1;
        let position = self.position();
        if position == 0 && rest.starts_with(b"\x1f\x8b") {
            return failure(
                &self.path,
                position,
                first,
                "the file is compressed: decompress it",
            );
        }
        if !first.starts_with(b"@") {
            return failure(
                &self.path,
                position,
                first,
                crate::record::Malformed::NoHeader,
            );
        }
        if count < 4 {
            let what = format_args!("the file ends after {count} of its 4 lines");
            return failure(&self.path, position, first, what);
        }
        failure(
            &self.path,
            position,
            first,
            crate::record::Malformed::NoSeparator,
        )
    }
}

impl<R> fmt::Debug for Records<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Records")
            .field("path", &self.path)
            .field("range", &self.range)
            .finish_non_exhaustive()
    }
}

/// Names the file, the byte, and the record as far as it has a name.
fn failure(path: &str, position: u64, header: &[u8], what: impl fmt::Display) -> Error {
    let id = header.strip_prefix(b"@").map(|id| {
        let end = id.iter().position(u8::is_ascii_whitespace);
        String::from_utf8_lossy(&id[..end.unwrap_or(id.len()).min(80)])
    });
    match id {
        Some(id) => Error::new(format_args!(
            "{path}: the record {id} at byte {position}: {what}"
        )),
        None => Error::new(format_args!(
            "{path}: the record at byte {position}: {what}"
        )),
    }
}

#[cfg(test)]
mod tests;
