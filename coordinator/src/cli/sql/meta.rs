//! What the conversation knows beside SQL.

/// For `\?`.
pub(super) const HELP: &str = "\
SQL ends with a semicolon and can have several lines.
  \\d             tables
  \\d NAME        columns of a table
  \\df [PATTERN]  functions, all or those whose names are LIKE the pattern
  \\timing        tell how long statements take, or stop telling
  \\q             end (so does Ctrl-D)
  \\?             this text
Ctrl-C stops the statement that is running.";

/// A line that begins with a backslash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Meta {
    /// A query stands for it.
    Query(String),
    /// `\timing`
    Timing,
    /// `\q`
    Quit,
    /// `\?`
    Help,
}

/// There is no such command.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("there is no command `{0}`; \\? tells what there is")]
pub(super) struct UnknownMeta(String);

impl Meta {
    /// Reads a line; none if it is SQL.
    pub(super) fn parse(line: &str) -> Option<Result<Self, UnknownMeta>> {
        let line = line.trim().trim_end_matches(';').trim_end();
        if !line.starts_with('\\') {
            return None;
        }
        let (command, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
        let rest = rest.trim();
        Some(match (command, rest) {
            ("\\d", "") => Ok(Self::Query(
                "SELECT table_schema AS schema, table_name AS name, table_type AS type \
                 FROM information_schema.tables WHERE table_schema <> 'information_schema' ORDER BY 1, 2"
                    .to_owned(),
            )),
            ("\\d", name) => Ok(Self::Query(format!("DESCRIBE {name}"))),
            ("\\df", "") => Ok(Self::Query("SHOW FUNCTIONS".to_owned())),
            ("\\df", pattern) => {
                Ok(Self::Query(format!("SHOW FUNCTIONS LIKE '{}'", pattern.replace('\'', "''"))))
            }
            ("\\timing", "") => Ok(Self::Timing),
            ("\\q", "") => Ok(Self::Quit),
            ("\\?", "") => Ok(Self::Help),
            _ => Err(UnknownMeta(line.to_owned())),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_told_from_sql() {
        assert_eq!(Meta::parse("SELECT '\\d'"), None);
        assert_eq!(Meta::parse(" \\q; "), Some(Ok(Meta::Quit)));
        assert_eq!(
            Meta::parse("\\d t"),
            Some(Ok(Meta::Query("DESCRIBE t".to_owned())))
        );
        assert_eq!(
            Meta::parse("\\df g%"),
            Some(Ok(Meta::Query("SHOW FUNCTIONS LIKE 'g%'".to_owned())))
        );
        assert!(matches!(Meta::parse("\\x"), Some(Err(_))));
    }
}
