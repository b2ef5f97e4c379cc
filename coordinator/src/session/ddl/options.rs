use std::collections::BTreeMap;
use std::path::PathBuf;

use arrowbox_host::{Grant, GrantError, Grants, Limits};

use crate::quantity::{Bytes, QuantityError, Span};

/// What can be said about a function beside where it is: what it may do, how much it may take, and what
/// its constructor is told.
///
/// `CREATE FUNCTION … OPTIONS (…)` and the flags of the command line both end here.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct FunctionOptions {
    /// `grant 'clock'`, any number of times.
    pub grants: Grants,
    /// `memory '64 MiB'`: what one instance may take.
    pub memory: Option<Bytes>,
    /// `timeout '5 s'`: what one call may take.
    pub timeout: Option<Span>,
    /// `param.<key> = '<value>'`
    pub parameters: BTreeMap<String, String>,
    /// `data.<name> = '<path or hash>'`
    pub data: BTreeMap<String, PathBuf>,
}

/// Why an option is refused.
#[derive(Debug, thiserror::Error)]
pub enum OptionError {
    /// No such option.
    #[error("there are: grant, memory, timeout, param.<key>, data.<name>")]
    Unknown,
    /// It is there already.
    #[error("it is given twice")]
    Repeated,
    /// Nothing behind the dot.
    #[error("a name is missing behind the dot")]
    NoName,
    /// A memory beyond 32-bit addresses.
    #[error("an instance has at most 4 GiB")]
    TooMuchMemory,
    /// Not a grant.
    #[error(transparent)]
    Grant(#[from] GrantError),
    /// Not an amount.
    #[error("the value is not an amount")]
    Quantity(#[from] QuantityError),
    /// Not a string or a number.
    #[error("the value must be a string in single quotes")]
    Value,
}

const LARGEST_MEMORY: Bytes = Bytes(4 << 30);

impl FunctionOptions {
    /// Takes in one option. The name before a dot is known in any case; what follows is kept as written.
    ///
    /// # Errors
    ///
    /// If there is no such option, it is there already, or its value does not read.
    pub fn set(&mut self, key: &str, value: &str) -> Result<(), OptionError> {
        if let Some((group, name)) = key.split_once('.') {
            if name.is_empty() {
                return Err(OptionError::NoName);
            }
            let repeated = match group.to_ascii_lowercase().as_str() {
                "param" => self
                    .parameters
                    .insert(name.to_owned(), value.to_owned())
                    .is_some(),
                "data" => self
                    .data
                    .insert(name.to_owned(), PathBuf::from(value))
                    .is_some(),
                _ => return Err(OptionError::Unknown),
            };
            return if repeated {
                Err(OptionError::Repeated)
            } else {
                Ok(())
            };
        }
        match key.to_ascii_lowercase().as_str() {
            "grant" => {
                let grant: Grant = value.parse()?;
                if self.grants.contains(&grant) {
                    return Err(OptionError::Repeated);
                }
                self.grants.insert(grant);
                Ok(())
            }
            "memory" => {
                let memory: Bytes = value.parse()?;
                if memory > LARGEST_MEMORY {
                    return Err(OptionError::TooMuchMemory);
                }
                once(&mut self.memory, memory)
            }
            "timeout" => once(&mut self.timeout, value.parse()?),
            _ => Err(OptionError::Unknown),
        }
    }

    /// The limits that are said here, and the defaults of those that are not.
    pub fn limits(&self) -> Limits {
        let defaults = Limits::default();
        Limits {
            memory: self.memory.map_or(defaults.memory, |bytes| bytes.0),
            timeout: self.timeout.map_or(defaults.timeout, |span| span.0),
        }
    }
}

fn once<T>(slot: &mut Option<T>, value: T) -> Result<(), OptionError> {
    match slot.replace(value) {
        None => Ok(()),
        Some(_) => Err(OptionError::Repeated),
    }
}
