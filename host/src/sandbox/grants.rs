//! What a function is allowed to do beyond computing.

use std::{collections::BTreeSet, fmt, path::PathBuf, str::FromStr};

use serde::{Deserialize, Serialize};

/// One permission.
///
/// Written as in DDL and on the command line: `clock`, `random`, `env HOME`, `net example.org:443`,
/// `dir /srv/models`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Grant {
    /// Read the time.
    Clock,
    /// Get random bytes.
    Random,
    /// Read one environment variable.
    Env(String),
    /// Connect to one host and port.
    Net {
        /// Name or address.
        host: String,
        /// TCP port.
        port: u16,
    },
    /// Read files below a directory.
    Dir(PathBuf),
}

/// A text that is no grant.
#[derive(Debug, thiserror::Error, Clone, PartialEq, Eq)]
#[error(
    "`{0}` is not a grant: write `clock`, `random`, `env NAME`, `net host:port` or `dir /absolute/path`"
)]
pub struct GrantError(String);

impl FromStr for Grant {
    type Err = GrantError;

    fn from_str(text: &str) -> Result<Self, GrantError> {
        let refused = || GrantError(text.to_owned());
        let mut words = text.trim().splitn(2, char::is_whitespace);
        let kind = words.next().unwrap_or_default();
        let rest = words.next().map(str::trim);
        match (kind, rest) {
            ("clock", None) => Ok(Self::Clock),
            ("random", None) => Ok(Self::Random),
            ("env", Some(name)) if is_variable(name) => Ok(Self::Env(name.to_owned())),
            ("net", Some(address)) => {
                let (host, port) = address.rsplit_once(':').ok_or_else(refused)?;
                let port = port.parse().map_err(|_| refused())?;
                if host.is_empty() || host.contains(char::is_whitespace) {
                    return Err(refused());
                }
                Ok(Self::Net {
                    host: host.to_owned(),
                    port,
                })
            }
            ("dir", Some(path)) if path.starts_with('/') => Ok(Self::Dir(PathBuf::from(path))),
            _ => Err(refused()),
        }
    }
}

fn is_variable(name: &str) -> bool {
    !name.is_empty()
        && !name.starts_with(|c: char| c.is_ascii_digit())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

impl fmt::Display for Grant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Clock => f.write_str("clock"),
            Self::Random => f.write_str("random"),
            Self::Env(name) => write!(f, "env {name}"),
            Self::Net { host, port } => write!(f, "net {host}:{port}"),
            Self::Dir(path) => write!(f, "dir {}", path.display()),
        }
    }
}

/// All permissions of a function. Empty unless somebody says otherwise.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Grants(BTreeSet<Grant>);

impl Grants {
    /// Adds a permission.
    pub fn insert(&mut self, grant: Grant) {
        self.0.insert(grant);
    }

    /// Whether exactly this was granted.
    pub fn contains(&self, grant: &Grant) -> bool {
        self.0.contains(grant)
    }

    /// Whether nothing was granted.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// In a fixed order.
    pub fn iter(&self) -> impl Iterator<Item = &Grant> {
        self.0.iter()
    }
}

impl FromIterator<Grant> for Grants {
    fn from_iter<I: IntoIterator<Item = Grant>>(grants: I) -> Self {
        Self(grants.into_iter().collect())
    }
}

impl fmt::Display for Grants {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, grant) in self.0.iter().enumerate() {
            if i > 0 {
                f.write_str(", ")?;
            }
            write!(f, "{grant}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grant_reads_back_as_it_was_written() {
        for text in [
            "clock",
            "random",
            "env HOME",
            "net example.org:443",
            "dir /srv/models",
        ] {
            let grant: Grant = text.parse().expect(text);
            assert_eq!(grant.to_string(), text);
        }
    }

    #[test]
    fn what_is_no_grant_is_refused() {
        for text in [
            "",
            "clocks",
            "clock now",
            "env",
            "env 1A",
            "env A=B",
            "net",
            "net host",
            "net :1",
            "net host:99999",
            "dir",
            "dir relative",
        ] {
            let refused = text.parse::<Grant>().expect_err(text).to_string();
            assert!(refused.contains("is not a grant"), "{refused}");
        }
    }
}
