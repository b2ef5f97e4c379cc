//! What the line editor knows: where a statement ends, and which words can go on.

use std::collections::BTreeSet;

use datafusion::catalog::TableProvider;
use datafusion::execution::{SessionState, SessionStateBuilder};
use datafusion::sql::sqlparser::dialect::GenericDialect;
use datafusion::sql::sqlparser::tokenizer::{Token, Tokenizer};
use rustyline::completion::Completer;
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::validate::{ValidationContext, ValidationResult, Validator};
use rustyline::{Context, Helper};

use super::engine::Engine;
use crate::session::{Maps, Session};

const KEYWORDS: &[&str] = &[
    "ALL",
    "ANALYZE",
    "AND",
    "AS",
    "ASC",
    "BETWEEN",
    "BY",
    "CASE",
    "CAST",
    "COPY",
    "CREATE",
    "CROSS",
    "DESC",
    "DESCRIBE",
    "DISTINCT",
    "DROP",
    "ELSE",
    "END",
    "EXCEPT",
    "EXISTS",
    "EXPLAIN",
    "EXTERNAL",
    "FALSE",
    "FILTER",
    "FROM",
    "FULL",
    "FUNCTION",
    "FUNCTIONS",
    "GROUP",
    "HAVING",
    "IF",
    "IN",
    "INNER",
    "INSERT",
    "INTERSECT",
    "INTERVAL",
    "INTO",
    "IS",
    "JOIN",
    "LANGUAGE",
    "LATERAL",
    "LEFT",
    "LIKE",
    "LIMIT",
    "LOCATION",
    "NOT",
    "NULL",
    "OFFSET",
    "ON",
    "OPTIONS",
    "OR",
    "ORDER",
    "OVER",
    "PARTITION",
    "REPLACE",
    "RETURNS",
    "RIGHT",
    "SELECT",
    "SET",
    "SHOW",
    "STORED",
    "STRICT",
    "TABLE",
    "TABLES",
    "TEMPORARY",
    "THEN",
    "TRUE",
    "UNION",
    "VALUES",
    "VIEW",
    "VOLATILE",
    "WASM",
    "WHEN",
    "WHERE",
    "WITH",
];

/// The editor's helper: words to complete with, brought up to date between statements.
#[derive(Debug, Default)]
pub(super) struct Words {
    names: BTreeSet<String>,
}

impl Words {
    /// The tables, columns and functions that there are now; of a coordinator, the functions that are built
    /// in.
    pub(super) async fn of(engine: &Engine) -> Self {
        match engine {
            Engine::Here(session) => Self::of_session(session).await,
            Engine::There(..) => {
                let state = SessionStateBuilder::new().with_default_features().build();
                Self {
                    names: built_in(&state),
                }
            }
        }
    }

    async fn of_session(session: &Session) -> Self {
        let context = session.context();
        let mut names = built_in(&context.state());
        // A catalogue that can not be read is no reason to stop completing the rest.
        for function in session.functions().await.unwrap_or_default() {
            names.insert(function.name().to_owned());
        }
        for catalog in context
            .catalog_names()
            .iter()
            .filter_map(|name| context.catalog(name))
        {
            for schema in catalog
                .schema_names()
                .iter()
                .filter_map(|name| catalog.schema(name))
            {
                for table in schema.table_names() {
                    if let Ok(Some(provider)) = schema.table(&table).await {
                        names.extend(columns(provider.as_ref()));
                    }
                    names.insert(table);
                }
            }
        }
        Self { names }
    }

    fn candidates(&self, word: &str) -> Vec<String> {
        let lower = word.to_lowercase();
        let shouts = word.chars().next().is_some_and(char::is_uppercase);
        let keywords = KEYWORDS
            .iter()
            .filter(|keyword| keyword.to_lowercase().starts_with(&lower));
        let keywords = keywords.map(|keyword| {
            if shouts {
                (*keyword).to_owned()
            } else {
                keyword.to_lowercase()
            }
        });
        let names = self
            .names
            .iter()
            .filter(|name| name.to_lowercase().starts_with(&lower))
            .cloned();
        keywords
            .chain(names)
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect()
    }
}

fn built_in(state: &SessionState) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    names.extend(state.scalar_functions().keys().cloned());
    names.extend(state.aggregate_functions().keys().cloned());
    names.extend(state.window_functions().keys().cloned());
    names.extend(state.table_functions().keys().cloned());
    names.extend(Maps::ALL.map(|map| map.name().to_owned()));
    names
}

fn columns(table: &dyn TableProvider) -> Vec<String> {
    table
        .schema()
        .fields()
        .iter()
        .map(|field| field.name().clone())
        .collect()
}

/// Whether `text` is a command, or its last statement ends.
pub(super) fn is_complete(text: &str) -> bool {
    let trimmed = text.trim();
    if trimmed.is_empty() || trimmed.starts_with('\\') {
        return true;
    }
    // What does not tokenise ends within a string or a comment.
    let Ok(tokens) = Tokenizer::new(&GenericDialect {}, text).tokenize() else {
        return false;
    };
    let last = tokens
        .iter()
        .rev()
        .find(|token| !matches!(token, Token::Whitespace(_)));
    last.is_none_or(|token| *token == Token::SemiColon)
}

impl Completer for Words {
    type Candidate = String;

    fn complete(
        &self,
        line: &str,
        position: usize,
        _context: &Context<'_>,
    ) -> rustyline::Result<(usize, Vec<String>)> {
        let before = &line[..position];
        let start = before
            .rfind(|c: char| !c.is_alphanumeric() && c != '_')
            .map_or(0, |at| {
                at + before[at..].chars().next().map_or(1, char::len_utf8)
            });
        let word = &before[start..];
        if word.is_empty() {
            return Ok((position, Vec::new()));
        }
        Ok((start, self.candidates(word)))
    }
}

impl Validator for Words {
    fn validate(&self, context: &mut ValidationContext<'_>) -> rustyline::Result<ValidationResult> {
        Ok(if is_complete(context.input()) {
            ValidationResult::Valid(None)
        } else {
            ValidationResult::Incomplete
        })
    }
}

impl Hinter for Words {
    type Hint = String;
}

impl Highlighter for Words {}

impl Helper for Words {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_ends_with_its_semicolon() {
        for (text, complete) in [
            ("", true),
            ("\\d", true),
            ("SELECT 1", false),
            ("SELECT 1;", true),
            ("SELECT ';", false),
            ("SELECT ';'", false),
            ("SELECT ';';", true),
            ("SELECT 1; -- done", true),
            ("SELECT 1 /* ; ", false),
            ("SELECT 1 -- ;", false),
            ("-- nothing", true),
            ("SELECT 1; SELECT", false),
        ] {
            assert_eq!(is_complete(text), complete, "{text}");
        }
    }

    #[test]
    fn words_go_on_in_the_case_that_they_began_with() {
        let words = Words {
            names: ["l_orderkey", "lower"].map(str::to_owned).into(),
        };
        assert_eq!(words.candidates("lo"), ["location", "lower"]);
        assert_eq!(words.candidates("LOC"), ["LOCATION"]);
        assert_eq!(words.candidates("l_"), ["l_orderkey"]);
    }
}
