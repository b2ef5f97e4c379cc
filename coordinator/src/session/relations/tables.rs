use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::tokenizer::{Token, TokenWithSpan};

use super::Maps;

/// Writes `TABLE name`, as an argument of `map_batches` and its like, as the query that it means: SQL's
/// parser knows queries as arguments, and no tables.
pub(in crate::session) fn tables(tokens: Vec<TokenWithSpan>) -> Vec<TokenWithSpan> {
    let mut written = Vec::with_capacity(tokens.len());
    // For each parenthesis that is open, whether it is one of a call with tables.
    let mut open: Vec<bool> = Vec::new();
    let mut last: Option<Token> = None;
    let mut rest = tokens.into_iter().peekable();
    while let Some(token) = rest.next() {
        let argument = open.last() == Some(&true)
            && matches!(last, Some(Token::LParen | Token::Comma))
            && is_table(&token.token);
        if argument {
            let mut name = Vec::new();
            let mut blank = Vec::new();
            while let Some(next) = rest.next_if(|next| is_blank(&next.token)) {
                blank.push(next);
            }
            while let Some(next) = rest
                .next_if(|next| matches!(next.token, Token::Word(_)) && name.len() % 2 == 0)
                .or_else(|| rest.next_if(|next| next.token == Token::Period && name.len() % 2 == 1))
            {
                name.push(next);
            }
            if !name.is_empty() {
                let here = |token| TokenWithSpan {
                    token,
                    span: token_span(&name),
                };
                written.extend(
                    [
                        Token::LParen,
                        Token::make_keyword("SELECT"),
                        Token::Mul,
                        Token::make_keyword("FROM"),
                    ]
                    .map(here),
                );
                let end = here(Token::RParen);
                written.extend(name);
                written.push(end);
                last = Some(Token::RParen);
                continue;
            }
            // `TABLE (SELECT …)` is a query as well.
            if rest.peek().is_some_and(|next| next.token == Token::LParen) {
                written.extend(blank);
                continue;
            }
            last = Some(token.token.clone());
            written.push(token);
            written.extend(blank);
            continue;
        }
        match &token.token {
            Token::LParen => open.push(last.as_ref().is_some_and(calls_with_tables)),
            Token::RParen => {
                open.pop();
            }
            _ => {}
        }
        if !is_blank(&token.token) {
            last = Some(token.token.clone());
        }
        written.push(token);
    }
    written
}

fn token_span(name: &[TokenWithSpan]) -> datafusion::sql::sqlparser::tokenizer::Span {
    name[0].span
}

fn is_blank(token: &Token) -> bool {
    matches!(token, Token::Whitespace(_))
}

fn is_table(token: &Token) -> bool {
    matches!(token, Token::Word(word) if word.keyword == Keyword::TABLE && word.quote_style.is_none())
}

fn calls_with_tables(token: &Token) -> bool {
    let Token::Word(word) = token else {
        return false;
    };
    let name = match word.quote_style {
        Some(_) => word.value.clone(),
        None => word.value.to_lowercase(),
    };
    Maps::of(&name).is_some()
}

#[cfg(test)]
mod tests {
    use datafusion::sql::sqlparser::dialect::GenericDialect;
    use datafusion::sql::sqlparser::parser::Parser;
    use datafusion::sql::sqlparser::tokenizer::Tokenizer;

    use super::*;

    /// What the parser reads.
    fn read(sql: &str) -> Result<String, String> {
        let dialect = GenericDialect {};
        let tokens = Tokenizer::new(&dialect, sql)
            .tokenize_with_location()
            .unwrap();
        Parser::new(&dialect)
            .with_tokens_with_locations(tables(tokens))
            .parse_statement()
            .map(|statement| statement.to_string())
            .map_err(|error| error.to_string())
    }

    #[test]
    fn tables_are_queries() {
        for (sql, meant) in [
            (
                "SELECT * FROM map_batches(TABLE t, f, 0.5, parallelism => 4)",
                "SELECT * FROM map_batches((SELECT * FROM t), f, 0.5, parallelism => 4)",
            ),
            (
                "SELECT * FROM Map_Batches ( table\n \"a b\".\"T\" , f)",
                "SELECT * FROM Map_Batches((SELECT * FROM \"a b\".\"T\"), f)",
            ),
            (
                "SELECT * FROM cogrouped_map(TABLE l, TABLE c.s.r, f, by => (a, b))",
                "SELECT * FROM cogrouped_map((SELECT * FROM l), (SELECT * FROM c.s.r), f, by => (a, b))",
            ),
            (
                "SELECT * FROM grouped_map((SELECT 1 AS k), f, by => k)",
                "SELECT * FROM grouped_map((SELECT 1 AS k), f, by => k)",
            ),
            (
                "SELECT * FROM grouped_map(TABLE (SELECT 1 AS k), f, by => k)",
                "SELECT * FROM grouped_map((SELECT 1 AS k), f, by => k)",
            ),
            (
                "SELECT * FROM grouped_map((SELECT * FROM map_batches(TABLE t, f)), g, by => k)",
                "SELECT * FROM grouped_map((SELECT * FROM map_batches((SELECT * FROM t), f)), g, by => k)",
            ),
        ] {
            assert_eq!(read(sql).as_deref(), Ok(meant), "{sql}");
        }
    }

    #[test]
    fn everything_else_is_left_alone() {
        for sql in [
            "CREATE TABLE t (a INT)",
            "SELECT \"table\" FROM f(a, \"table\", TABLE t)",
            "SELECT 'map_batches(TABLE t)'",
            "SELECT * FROM map_batches(\"table\", f)",
            "SELECT * FROM map_batches(f(TABLE t), f)",
            "SELECT * FROM map_batches(TABLE",
            "SELECT * FROM map_batches(TABLE, f)",
            "SELECT * FROM map_batches(TABLE 5, f)",
            ") map_batches TABLE t",
        ] {
            let tokens = Tokenizer::new(&GenericDialect {}, sql)
                .tokenize_with_location()
                .unwrap();
            assert_eq!(tables(tokens.clone()), tokens, "{sql}");
        }
        assert!(read("SELECT * FROM map_batches(TABLE a., f)").is_err());
    }
}
