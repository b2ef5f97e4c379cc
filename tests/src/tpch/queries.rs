//! The queries of TPC-H.

const TEXT: &str = include_str!("queries.sql");

/// The 22 queries in their order, each one statement.
pub fn queries() -> Vec<&'static str> {
    let statements = TEXT.split(';').map(uncommented);
    statements
        .filter(|statement| !statement.is_empty())
        .collect()
}

/// A statement without the comments before it.
fn uncommented(text: &str) -> &str {
    let mut text = text.trim();
    while let Some(comment) = text.strip_prefix("--") {
        text = comment.split_once('\n').map_or("", |(_, rest)| rest).trim();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_twenty_two() {
        let queries = queries();
        assert_eq!(queries.len(), 22);
        for query in queries {
            assert!(
                query.starts_with("SELECT") || query.starts_with("WITH"),
                "{query}"
            );
        }
    }
}
