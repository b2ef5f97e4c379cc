use crate::Error;
use crate::data::Blob;

/// What the statement that made a function known said to its constructor.
///
/// ```sql
/// CREATE FUNCTION … OPTIONS (param.mode = 'strict', data.lexicon = 'words.csv')
/// ```
///
/// ```
/// use arrowbox_sdk::{Error, Options};
///
/// fn is_strict(options: &Options) -> Result<bool, Error> {
///     options.only(&["mode", "lexicon"])?;
///     match options.param("mode") {
///         None | Some("lenient") => Ok(false),
///         Some("strict") => Ok(true),
///         Some(other) => Err(Error::new(format!("there is no mode {other:?}"))),
///     }
/// }
///
/// let options = Options::default().with_param("mode", "strict");
/// assert!(is_strict(&options).unwrap());
/// let options = Options::default().with_param("mood", "strict");
/// assert!(is_strict(&options).unwrap_err().to_string().contains("mood"));
/// ```
#[derive(Debug, Clone, Default)]
pub struct Options {
    parameters: Vec<(String, String)>,
    data: Vec<Blob>,
}

impl Options {
    pub(crate) fn new(parameters: Vec<(String, String)>, data: Vec<Blob>) -> Self {
        Self { parameters, data }
    }

    /// Adds `param.<key> = '<value>'`, for tests.
    #[must_use]
    pub fn with_param(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.parameters.push((key.into(), value.into()));
        self
    }

    /// Adds a blob, for tests.
    #[must_use]
    pub fn with_data(mut self, name: impl Into<String>, bytes: impl Into<Vec<u8>>) -> Self {
        self.data.push(Blob::of_bytes(name.into(), bytes.into()));
        self
    }

    /// The value of `param.<key>`.
    pub fn param(&self, key: &str) -> Option<&str> {
        let found = self.parameters.iter().find(|(name, _)| name == key);
        found.map(|(_, value)| value.as_str())
    }

    /// The blob `data.<name>`.
    pub fn data(&self, name: &str) -> Option<&Blob> {
        self.data.iter().find(|blob| blob.name() == name)
    }

    /// All parameters, in the order in which they were given.
    pub fn params(&self) -> impl Iterator<Item = (&str, &str)> {
        self.parameters
            .iter()
            .map(|(key, value)| (key.as_str(), value.as_str()))
    }

    /// Refuses every parameter and every blob but these, so that a misspelt one is noticed.
    ///
    /// # Errors
    ///
    /// There is another one.
    pub fn only(&self, known: &[&str]) -> Result<(), Error> {
        let params = self
            .parameters
            .iter()
            .map(|(key, _)| ("param", key.as_str()));
        let data = self.data.iter().map(|blob| ("data", blob.name()));
        match params.chain(data).find(|(_, name)| !known.contains(name)) {
            None => Ok(()),
            Some((kind, name)) if known.is_empty() => Err(Error::new(format_args!(
                "{kind}.{name} is not known: the function takes no options"
            ))),
            Some((kind, name)) => Err(Error::new(format_args!(
                "{kind}.{name} is not known: the function takes {}",
                known.join(", ")
            ))),
        }
    }
}
