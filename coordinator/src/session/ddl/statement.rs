use datafusion::error::DataFusionError;
use datafusion::sql::parser::{DFParser, DFParserBuilder, Statement as SqlStatement};
use datafusion::sql::sqlparser::ast::Ident;
use datafusion::sql::sqlparser::dialect::Dialect;
use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::parser::{Parser, ParserError};
use datafusion::sql::sqlparser::tokenizer::{Location, Token, TokenWithSpan, Tokenizer, Word};

use super::{CreateFunction, DdlError, Lifetime};
use crate::session::relations::tables;

/// One statement.
#[derive(Debug, Clone)]
pub enum Statement {
    /// DataFusion's.
    Sql(Box<SqlStatement>),
    /// `CREATE FUNCTION`
    CreateFunction(Box<CreateFunction>),
    /// `DROP FUNCTION`
    DropFunction(DropFunction),
    /// `SHOW FUNCTIONS`
    ShowFunctions(ShowFunctions),
}

/// `DROP FUNCTION [IF EXISTS] name`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DropFunction {
    /// As it is called in SQL.
    pub name: String,
    /// Whether it is fine that there is none.
    pub if_exists: bool,
}

/// `SHOW FUNCTIONS [LIKE '<pattern>']`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShowFunctions {
    /// A pattern of `LIKE` for the name.
    pub like: Option<String>,
}

/// Why a text is not a list of statements.
#[derive(Debug, thiserror::Error)]
pub enum ParseError {
    /// DataFusion's parser refuses it.
    #[error(transparent)]
    Sql(#[from] DataFusionError),
    /// Ours does.
    #[error(transparent)]
    Ddl(#[from] DdlError),
}

impl From<ParserError> for ParseError {
    fn from(error: ParserError) -> Self {
        Self::Ddl(error.into())
    }
}

/// The statements of `text`, which are separated by semicolons.
///
/// # Errors
///
/// If any of them does not read, or says something about a function that can not be honoured.
pub fn parse(
    text: &str,
    dialect: &dyn Dialect,
    recursion_limit: usize,
) -> Result<Vec<Statement>, ParseError> {
    let tokens = Tokenizer::new(dialect, text)
        .tokenize_with_location()
        .map_err(|error| DataFusionError::from(ParserError::from(error)))?;
    let tokens = tables(tokens);
    let mut parser = DFParserBuilder::new(tokens.clone())
        .with_dialect(dialect)
        .with_recursion_limit(recursion_limit)
        .build()?;
    let mut statements = Vec::new();
    loop {
        while parser.parser.consume_token(&Token::SemiColon) {}
        if parser.parser.peek_token_ref().token == Token::EOF {
            return Ok(statements);
        }
        let begin = parser.parser.index();
        let mut statement = parse_statement(&mut parser)?;
        if let Statement::Sql(statement) = &mut statement {
            let end = parser.parser.index().min(tokens.len());
            name_format(statement, &tokens[begin.min(end)..end]);
        }
        statements.push(statement);
        let next = parser.parser.peek_token_ref();
        if !matches!(next.token, Token::SemiColon | Token::EOF) {
            return Err(ParserError::ParserError(format!(
                "expected the end of the statement, found: {next}{}",
                next.span.start
            ))
            .into());
        }
    }
}

fn parse_statement(parser: &mut DFParser<'_>) -> Result<Statement, ParseError> {
    if let Some((or_replace, lifetime)) = begins_create_function(&mut parser.parser) {
        let create = CreateFunction::parse(&mut parser.parser, or_replace, lifetime)?;
        return Ok(Statement::CreateFunction(Box::new(create)));
    }
    if parser
        .parser
        .parse_keywords(&[Keyword::DROP, Keyword::FUNCTION])
    {
        return Ok(Statement::DropFunction(parse_drop(&mut parser.parser)?));
    }
    if parser
        .parser
        .parse_keywords(&[Keyword::SHOW, Keyword::FUNCTIONS])
    {
        let like = if parser.parser.parse_keyword(Keyword::LIKE) {
            Some(parser.parser.parse_literal_string()?)
        } else {
            None
        };
        return Ok(Statement::ShowFunctions(ShowFunctions { like }));
    }
    Ok(Statement::Sql(Box::new(parser.parse_statement()?)))
}

/// DataFusion's parser shouts what stands behind `STORED AS`. Here it is a name like any other: in lower
/// case unless it is quoted.
fn name_format(statement: &mut SqlStatement, tokens: &[TokenWithSpan]) {
    let format = match statement {
        SqlStatement::CreateExternalTable(create) => &mut create.file_type,
        SqlStatement::CopyTo(copy) => match &mut copy.stored_as {
            Some(format) => format,
            None => return,
        },
        SqlStatement::Explain(explain) => return name_format(&mut explain.statement, tokens),
        _ => return,
    };
    let mut open = 0_usize;
    let mut words: [Option<&Word>; 2] = [None; 2];
    for token in tokens {
        let word = match &token.token {
            Token::Whitespace(_) => continue,
            Token::LParen => {
                open += 1;
                None
            }
            Token::RParen => {
                open = open.saturating_sub(1);
                None
            }
            Token::Word(word) => Some(word),
            _ => None,
        };
        if let ([Some(stored), Some(of)], Some(name), 0) = (words, word, open)
            && stored.keyword == Keyword::STORED
            && of.keyword == Keyword::AS
        {
            *format = match name.quote_style {
                Some(_) => name.value.clone(),
                None => name.value.to_lowercase(),
            };
        }
        words = [words[1], word];
    }
}

/// Eats `CREATE [OR REPLACE] [TEMP | TEMPORARY] FUNCTION`, or nothing.
fn begins_create_function(parser: &mut Parser<'_>) -> Option<(bool, Lifetime)> {
    let temporary = [Lifetime::Catalog, Lifetime::Session, Lifetime::Session];
    let temporary =
        temporary
            .into_iter()
            .zip([None, Some(Keyword::TEMP), Some(Keyword::TEMPORARY)]);
    for (lifetime, word) in temporary {
        for or_replace in [true, false] {
            let mut head = vec![Keyword::CREATE];
            if or_replace {
                head.extend([Keyword::OR, Keyword::REPLACE]);
            }
            head.extend(word);
            head.push(Keyword::FUNCTION);
            if parser.parse_keywords(&head) {
                return Some((or_replace, lifetime));
            }
        }
    }
    None
}

fn parse_drop(parser: &mut Parser<'_>) -> Result<DropFunction, DdlError> {
    let if_exists = parser.parse_keywords(&[Keyword::IF, Keyword::EXISTS]);
    let name = function_name(parser)?;
    let at = location(parser);
    let refused = |clause, reason| {
        Err(DdlError::Form {
            clause,
            reason,
            location: at,
        })
    };
    match &parser.peek_token_ref().token {
        Token::LParen => refused(
            "the argument list",
            "a function is dropped with all its signatures; leave it out",
        ),
        Token::Comma => refused("a list of functions", "drop them one by one"),
        Token::Word(Word {
            keyword: Keyword::CASCADE,
            ..
        }) => refused("CASCADE", "views keep what they were made with"),
        Token::Word(Word {
            keyword: Keyword::RESTRICT,
            ..
        }) => refused("RESTRICT", "views keep what they were made with"),
        _ => Ok(DropFunction { name, if_exists }),
    }
}

/// A name of one part, in lower case unless it is quoted.
pub(super) fn function_name(parser: &mut Parser<'_>) -> Result<String, DdlError> {
    let name = parser.parse_object_name(false)?;
    match name.0.as_slice() {
        [part] => part
            .as_ident()
            .map(normalise)
            .ok_or_else(|| DdlError::QualifiedName {
                name: name.to_string(),
            }),
        _ => Err(DdlError::QualifiedName {
            name: name.to_string(),
        }),
    }
}

pub(in crate::session) fn normalise(ident: &Ident) -> String {
    match ident.quote_style {
        Some(_) => ident.value.clone(),
        None => ident.value.to_lowercase(),
    }
}

/// Where the next token is.
pub(super) fn location(parser: &Parser<'_>) -> Location {
    parser.peek_token_ref().span.start
}

#[cfg(test)]
mod tests;
