use std::fmt;

use arrowbox_host::NullHandling;
use datafusion::logical_expr::Volatility;
use datafusion::sql::sqlparser::ast::{DataType, Ident};
use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::parser::Parser;
use datafusion::sql::sqlparser::tokenizer::{Location, Token};

use super::statement::{function_name, location, normalise};
use super::{DdlError, FunctionOptions, OptionError};
use crate::catalog::OnExisting;

/// `CREATE [OR REPLACE] [TEMPORARY] FUNCTION [IF NOT EXISTS] name [(…)] [RETURNS …] LANGUAGE WASM …`
#[derive(Debug, Clone, PartialEq)]
pub struct CreateFunction {
    /// As it is called in SQL.
    pub name: String,
    /// What to do if there is one.
    pub existing: OnExisting,
    /// How long it is known.
    pub lifetime: Lifetime,
    /// The types of the arguments, if they are given.
    pub arguments: Option<Vec<Declared>>,
    /// What it returns, if that is given.
    pub returns: Option<Returns>,
    /// `AS '<path or hash>'`
    pub source: String,
    /// What is kept of where the component came from, instead of what the source says.
    pub origin: Option<String>,
    /// `AS …, '<function>'`
    pub function: Option<String>,
    /// Instead of what the component says.
    pub volatility: Option<Volatility>,
    /// Instead of what the component says.
    pub nulls: Option<NullHandling>,
    /// `OPTIONS (…)`
    pub options: FunctionOptions,
}

/// How long a function is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lifetime {
    /// Until it is dropped.
    Catalog,
    /// Until the session ends.
    Session,
}

/// `RETURNS …`
#[derive(Debug, Clone, PartialEq)]
pub enum Returns {
    /// A value of a type.
    Value(DataType),
    /// `TABLE (…)`: rows of these columns.
    Table(Vec<Declared>),
}

/// An argument in `CREATE FUNCTION name (…)`, or a column in `RETURNS TABLE (…)`.
#[derive(Debug, Clone, PartialEq)]
pub struct Declared {
    /// For people.
    pub name: Option<Ident>,
    /// What it must be.
    pub data_type: DataType,
}

impl CreateFunction {
    /// What follows `CREATE [OR REPLACE] [TEMPORARY] FUNCTION`.
    pub(super) fn parse(
        parser: &mut Parser<'_>,
        or_replace: bool,
        lifetime: Lifetime,
    ) -> Result<Self, DdlError> {
        let at = location(parser);
        let if_not_exists = parser.parse_keywords(&[Keyword::IF, Keyword::NOT, Keyword::EXISTS]);
        let existing = match (or_replace, if_not_exists) {
            (true, true) => {
                return Err(DdlError::Form {
                    clause: "IF NOT EXISTS",
                    reason: "it contradicts OR REPLACE",
                    location: at,
                });
            }
            (true, false) => OnExisting::Replace,
            (false, true) => OnExisting::Keep,
            (false, false) => OnExisting::Refuse,
        };
        let name = function_name(parser)?;
        let arguments = if parser.peek_token_ref().token == Token::LParen {
            Some(parse_arguments(parser)?)
        } else {
            None
        };
        let mut clauses = Clauses::default();
        while !matches!(parser.peek_token_ref().token, Token::SemiColon | Token::EOF) {
            clauses.parse_one(parser)?;
        }
        if clauses.language.is_none() {
            return Err(DdlError::Missing {
                name,
                clause: "LANGUAGE WASM",
            });
        }
        let Some((source, function)) = clauses.source else {
            return Err(DdlError::Missing {
                name,
                clause: "AS '<path or hash>'",
            });
        };
        Ok(Self {
            name,
            existing,
            lifetime,
            arguments,
            returns: clauses.returns,
            source,
            origin: None,
            function,
            volatility: clauses.volatility,
            nulls: clauses.nulls,
            options: clauses.options.unwrap_or_default(),
        })
    }
}

fn parse_arguments(parser: &mut Parser<'_>) -> Result<Vec<Declared>, DdlError> {
    parser.expect_token(&Token::LParen)?;
    if parser.consume_token(&Token::RParen) {
        return Ok(Vec::new());
    }
    let mut arguments = Vec::new();
    loop {
        arguments.push(parse_argument(parser)?);
        if !parser.consume_token(&Token::Comma) {
            break;
        }
    }
    parser.expect_token(&Token::RParen)?;
    Ok(arguments)
}

/// `type` or `name type`: a name is there if a further token stands before the comma.
fn parse_argument(parser: &mut Parser<'_>) -> Result<Declared, DdlError> {
    let at = location(parser);
    // What an argument is unless something else is said.
    let _ = parser.parse_keyword(Keyword::IN);
    if let Some(mode) = parser.parse_one_of_keywords(&[Keyword::OUT, Keyword::INOUT]) {
        return Err(DdlError::Form {
            clause: if mode == Keyword::OUT { "OUT" } else { "INOUT" },
            reason: "a function has arguments and one result",
            location: at,
        });
    }
    let first = parser.parse_data_type()?;
    let declared = match (&first, &parser.peek_token_ref().token) {
        (DataType::Custom(name, modifiers), Token::Word(_))
            if modifiers.is_empty()
                && name.0.len() == 1
                && !parser.peek_keyword(Keyword::DEFAULT) =>
        {
            let name = name.0[0].as_ident().cloned();
            Declared {
                name,
                data_type: parser.parse_data_type()?,
            }
        }
        // A name that is also the name of a type (`date date`).
        (_, Token::Word(_)) if !parser.peek_keyword(Keyword::DEFAULT) => {
            let name = Ident::new(first.to_string().to_lowercase());
            Declared {
                name: Some(name),
                data_type: parser.parse_data_type()?,
            }
        }
        _ => Declared {
            name: None,
            data_type: first,
        },
    };
    let at = location(parser);
    if parser.parse_keyword(Keyword::DEFAULT) || parser.consume_token(&Token::Eq) {
        return Err(DdlError::Form {
            clause: "DEFAULT",
            reason: "arguments have no default values",
            location: at,
        });
    }
    Ok(declared)
}

/// The clauses after the head, in whatever order they come.
#[derive(Default)]
struct Clauses {
    language: Option<()>,
    returns: Option<Returns>,
    source: Option<(String, Option<String>)>,
    volatility: Option<Volatility>,
    nulls: Option<NullHandling>,
    options: Option<FunctionOptions>,
}

impl Clauses {
    fn parse_one(&mut self, parser: &mut Parser<'_>) -> Result<(), DdlError> {
        let at = location(parser);
        if parser.parse_keyword(Keyword::LANGUAGE) {
            optional_equals(parser);
            let language = parser.parse_identifier()?;
            if !language.value.eq_ignore_ascii_case("wasm") {
                return Err(DdlError::Language {
                    language: language.value,
                });
            }
            set_once(&mut self.language, (), "LANGUAGE", at)
        } else if parser.parse_keywords(&[
            Keyword::RETURNS,
            Keyword::NULL,
            Keyword::ON,
            Keyword::NULL,
            Keyword::INPUT,
        ]) || parser.parse_keyword(Keyword::STRICT)
        {
            set_once(
                &mut self.nulls,
                NullHandling::Strict,
                "what happens on NULL",
                at,
            )
        } else if parser.parse_keywords(&[
            Keyword::CALLED,
            Keyword::ON,
            Keyword::NULL,
            Keyword::INPUT,
        ]) {
            set_once(
                &mut self.nulls,
                NullHandling::Called,
                "what happens on NULL",
                at,
            )
        } else if parser.parse_keyword(Keyword::RETURNS) {
            self.parse_returns(parser, at)
        } else if parser.parse_keyword(Keyword::AS) {
            optional_equals(parser);
            let path = string(parser)?;
            let function = if parser.consume_token(&Token::Comma) {
                Some(string(parser)?)
            } else {
                None
            };
            set_once(&mut self.source, (path, function), "AS", at)
        } else if let Some(volatility) = parse_volatility(parser) {
            set_once(
                &mut self.volatility,
                volatility,
                "IMMUTABLE, STABLE or VOLATILE",
                at,
            )
        } else if parser.parse_keyword(Keyword::OPTIONS) {
            let options = parse_options(parser)?;
            set_once(&mut self.options, options, "OPTIONS", at)
        } else {
            let clause = parser.next_token().token.to_string();
            Err(DdlError::Clause {
                clause,
                location: at,
            })
        }
    }

    fn parse_returns(&mut self, parser: &mut Parser<'_>, at: Location) -> Result<(), DdlError> {
        if parser.parse_keyword(Keyword::SETOF) {
            return Err(DdlError::Form {
                clause: "RETURNS SETOF",
                reason: "rows are RETURNS TABLE (<name> <type>, …)",
                location: at,
            });
        }
        let returns = if parser.parse_keyword(Keyword::TABLE) {
            let columns = parse_arguments(parser)?;
            if columns.is_empty() || columns.iter().any(|column| column.name.is_none()) {
                return Err(DdlError::Form {
                    clause: "RETURNS TABLE",
                    reason: "each column has a name and a type",
                    location: at,
                });
            }
            Returns::Table(columns)
        } else {
            Returns::Value(parser.parse_data_type()?)
        };
        set_once(&mut self.returns, returns, "RETURNS", at)
    }
}

fn parse_volatility(parser: &mut Parser<'_>) -> Option<Volatility> {
    match parser.parse_one_of_keywords(&[Keyword::IMMUTABLE, Keyword::STABLE, Keyword::VOLATILE])? {
        Keyword::IMMUTABLE => Some(Volatility::Immutable),
        Keyword::STABLE => Some(Volatility::Stable),
        _ => Some(Volatility::Volatile),
    }
}

fn parse_options(parser: &mut Parser<'_>) -> Result<FunctionOptions, DdlError> {
    let mut options = FunctionOptions::default();
    parser.expect_token(&Token::LParen)?;
    if parser.consume_token(&Token::RParen) {
        return Ok(options);
    }
    loop {
        let at = location(parser);
        let key = parse_key(parser)?;
        optional_equals(parser);
        let refused = |source| DdlError::Option {
            key: key.clone(),
            location: at,
            source,
        };
        let value = match parser.next_token().token {
            Token::SingleQuotedString(value) | Token::Number(value, _) => value,
            _ => return Err(refused(OptionError::Value)),
        };
        options.set(&key, &value).map_err(refused)?;
        if !parser.consume_token(&Token::Comma) {
            break;
        }
    }
    parser.expect_token(&Token::RParen)?;
    Ok(options)
}

/// `grant`, `param.precision`, `data.stop_words`, or any of them in quotes.
fn parse_key(parser: &mut Parser<'_>) -> Result<String, DdlError> {
    if let Token::SingleQuotedString(key) = &parser.peek_token_ref().token {
        let key = key.clone();
        parser.next_token();
        return Ok(key);
    }
    let mut key = parser.parse_identifier()?.value;
    while parser.consume_token(&Token::Period) {
        key.push('.');
        key.push_str(&parser.parse_identifier()?.value);
    }
    Ok(key)
}

fn string(parser: &mut Parser<'_>) -> Result<String, DdlError> {
    let at = location(parser);
    match parser.next_token().token {
        Token::SingleQuotedString(text) => Ok(text),
        _ => Err(DdlError::Form {
            clause: "AS",
            reason: "it takes '<path or hash>' and '<function>' in single quotes",
            location: at,
        }),
    }
}

fn optional_equals(parser: &mut Parser<'_>) {
    let _ = parser.consume_token(&Token::Eq);
}

fn set_once<T>(
    slot: &mut Option<T>,
    value: T,
    clause: &'static str,
    at: Location,
) -> Result<(), DdlError> {
    match slot.replace(value) {
        None => Ok(()),
        Some(_) => Err(DdlError::Repeated {
            clause,
            location: at,
        }),
    }
}

impl fmt::Display for Returns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Value(data_type) => write!(f, "{data_type}"),
            Self::Table(columns) => {
                let columns: Vec<_> = columns.iter().map(Declared::label).collect();
                write!(f, "TABLE ({})", columns.join(", "))
            }
        }
    }
}

impl Declared {
    /// As it is shown in messages.
    pub fn label(&self) -> String {
        match &self.name {
            Some(name) => format!("{} {}", normalise(name), self.data_type),
            None => self.data_type.to_string(),
        }
    }
}
