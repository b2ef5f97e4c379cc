use crate::Error;
use crate::files::{self, Lines, Range};

/// A part of a table that can be read by itself.
///
/// ```
/// use arrowbox_sdk::Split;
///
/// let split = Split::range("a.log", 0, 1 << 20).with_rows(8000);
/// assert_eq!(split.file().unwrap().path(), "a.log");
/// let split = Split::default().with_token(7_u32.to_le_bytes());
/// assert_eq!(split.token(), [7, 0, 0, 0]);
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Split {
    token: Vec<u8>,
    file: Option<Range>,
    rows: Option<u64>,
}

impl Split {
    /// `length` bytes of a file from `offset` on.
    pub fn range(path: impl Into<String>, offset: u64, length: u64) -> Self {
        Range::new(path, offset, length).into()
    }

    pub(crate) fn new(token: Vec<u8>, file: Option<Range>, rows: Option<u64>) -> Self {
        Self { token, file, rows }
    }

    /// Adds what [`read`](crate::Reader::read) needs to find it again, where a range is not all.
    #[must_use]
    pub fn with_token(mut self, token: impl Into<Vec<u8>>) -> Self {
        self.token = token.into();
        self
    }

    /// Adds about how many rows it has, which the optimiser likes to know.
    #[must_use]
    pub fn with_rows(mut self, rows: u64) -> Self {
        self.rows = Some(rows);
        self
    }

    /// As in [`with_token`](Self::with_token); empty if there was none.
    pub fn token(&self) -> &[u8] {
        &self.token
    }

    /// The part of a file that it begins in.
    pub fn file(&self) -> Option<&Range> {
        self.file.as_ref()
    }

    /// About how many rows it has.
    pub fn rows(&self) -> Option<u64> {
        self.rows
    }

    /// The lines of the part of a file, as [`Lines`] says which they are.
    ///
    /// # Errors
    ///
    /// It is no part of a file.
    pub fn lines(&self) -> Result<Lines, Error> {
        match &self.file {
            Some(range) => Ok(Lines::of(range)),
            None => Err(Error::new(
                "the split is no part of a file, and has no lines",
            )),
        }
    }
}

impl From<Range> for Split {
    fn from(range: Range) -> Self {
        Self {
            token: Vec::new(),
            file: Some(range),
            rows: None,
        }
    }
}

/// Cuts all files into parts of nearly the same size, of at most `bytes` each: for [`Reader::plan`] of files
/// that can be read from anywhere, such as lines. With `u64::MAX`, each file is one part. An empty file has
/// none.
///
/// [`Reader::plan`]: crate::Reader::plan
///
/// # Errors
///
/// The host can not list the files.
pub fn split_files(bytes: u64) -> Result<Vec<Split>, Error> {
    let mut splits = Vec::new();
    for entry in files::entries()? {
        let parts = entry.size().div_ceil(bytes.max(1));
        let length = entry.size().div_ceil(parts.max(1));
        for part in 0..parts {
            let offset = part * length;
            if offset < entry.size() {
                let length = length.min(entry.size() - offset);
                splits.push(Split::range(entry.path(), offset, length));
            }
        }
    }
    Ok(splits)
}
