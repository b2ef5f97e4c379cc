//! How functions of each kind are called: what is said to whoever calls one in another way.

use arrowbox_host::{Function, Kind};

/// What `function` does with rows.
pub(super) fn kind(function: &Function) -> Kind {
    match function {
        Function::Scalar(_) => Kind::Scalar,
        Function::Aggregate(_) => Kind::Aggregate,
        Function::Window(_) => Kind::Window,
        Function::Table(_) => Kind::Table,
        Function::MapBatches(_) => Kind::MapBatches,
        Function::GroupedMap(map) if map.inputs() == 2 => Kind::CogroupedMap,
        Function::GroupedMap(_) => Kind::GroupedMap,
        Function::Reader(_) => Kind::Reader,
        Function::Writer(_) => Kind::Writer,
    }
}

/// With its article.
pub(super) fn title(kind: Kind) -> &'static str {
    match kind {
        Kind::Scalar => "a scalar function",
        Kind::Aggregate => "an aggregate function",
        Kind::Window => "a window function",
        Kind::Table => "a table function",
        Kind::MapBatches => "a batch map",
        Kind::GroupedMap => "a grouped map",
        Kind::CogroupedMap => "a cogrouped map",
        Kind::Reader => "a reader",
        Kind::Writer => "a writer",
    }
}

/// What a call looks like in SQL.
pub(crate) fn form(name: &str, kind: Kind) -> String {
    let name = quoted(name);
    match kind {
        Kind::Scalar => format!("SELECT {name}(…)"),
        Kind::Aggregate => format!("SELECT {name}(…) FROM … GROUP BY …"),
        Kind::Window => format!("SELECT {name}(…) OVER (PARTITION BY … ORDER BY …)"),
        Kind::Table => format!("SELECT … FROM {name}(…)"),
        Kind::MapBatches => format!("SELECT … FROM map_batches(TABLE t, {name})"),
        Kind::GroupedMap => format!("SELECT … FROM grouped_map(TABLE t, {name}, by => k)"),
        Kind::CogroupedMap => {
            format!("SELECT … FROM cogrouped_map(TABLE l, TABLE r, {name}, by => k)")
        }
        Kind::Reader => {
            format!("CREATE EXTERNAL TABLE t STORED AS {name} LOCATION '…', or FROM {name}('…')")
        }
        Kind::Writer => format!("COPY (SELECT …) TO '…' STORED AS {name}"),
    }
}

/// A name as it must be written in SQL.
pub(super) fn quoted(name: &str) -> String {
    let plain = name.starts_with(|c: char| c.is_ascii_lowercase() || c == '_')
        && name
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    if plain {
        name.to_owned()
    } else {
        format!("\"{}\"", name.replace('"', "\"\""))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_quoted_where_sql_needs_it() {
        assert_eq!(form("f_1", Kind::Scalar), "SELECT f_1(…)");
        for (name, written) in [
            ("F", "\"F\""),
            ("1a", "\"1a\""),
            ("a-b", "\"a-b\""),
            ("a\"b", "\"a\"\"b\""),
        ] {
            assert_eq!(quoted(name), written);
        }
    }
}
