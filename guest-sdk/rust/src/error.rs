use std::error::Error as StdError;
use std::fmt;

/// What a function says when it can not go on. The query ends with it.
///
/// Anything that implements [`std::error::Error`] becomes one with `?`:
///
/// ```
/// fn threshold(text: &str) -> Result<f64, arrowbox_sdk::Error> {
///     let threshold: f64 = text.parse()?;
///     if threshold < 0.0 {
///         return Err(arrowbox_sdk::Error::new("the threshold is negative"));
///     }
///     Ok(threshold)
/// }
///
/// assert_eq!(threshold("x").unwrap_err().to_string(), "invalid float literal");
/// ```
pub struct Error {
    message: String,
    row: Option<u64>,
}

impl Error {
    /// An error with this text.
    pub fn new(message: impl fmt::Display) -> Self {
        Self {
            message: message.to_string(),
            row: None,
        }
    }

    /// Names the row of the batch, counted from zero.
    #[must_use]
    pub fn at_row(mut self, row: u64) -> Self {
        self.row = Some(row);
        self
    }

    /// Names no row.
    pub(crate) fn without_row(mut self) -> Self {
        self.row = None;
        self
    }

    /// The row of the batch, counted from zero, where one was named.
    pub fn row(&self) -> Option<u64> {
        self.row
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        match self.row {
            Some(row) => write!(f, " (row {row})"),
            None => Ok(()),
        }
    }
}

/// The text is that of the error and of all its sources. For the same reason as in `anyhow`, [`Error`]
/// itself does not implement [`std::error::Error`].
impl<E: StdError> From<E> for Error {
    fn from(error: E) -> Self {
        let mut message = error.to_string();
        let mut source = error.source();
        while let Some(cause) = source {
            message.push_str(": ");
            message.push_str(&cause.to_string());
            source = cause.source();
        }
        Self { message, row: None }
    }
}
