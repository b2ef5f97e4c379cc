use datafusion::sql::parser::{DFParser, Statement};
use datafusion::sql::sqlparser::ast::{SetExpr, Statement as SqlStatement};

use super::*;

/// The first relation of `SELECT * FROM …`.
fn relation(from: &str) -> TableFactor {
    let sql = format!("SELECT * FROM {from}");
    let Some(Statement::Statement(statement)) = DFParser::parse_sql(&sql).unwrap().pop_front()
    else {
        panic!("{sql}");
    };
    let SqlStatement::Query(query) = *statement else {
        panic!("{sql}");
    };
    let SetExpr::Select(mut select) = *query.body else {
        panic!("{sql}");
    };
    select.from.remove(0).relation
}

fn clauses(maps: Maps, arguments: &str) -> Result<String, String> {
    let relation = relation(&format!("f({arguments})"));
    let call = Call::of(&relation).unwrap();
    let Arguments { named, .. } = call.arguments().unwrap();
    let text = |all: &[Vec<SqlExpr>]| {
        let all: Vec<_> = all
            .iter()
            .map(|some| {
                let some: Vec<_> = some.iter().map(ToString::to_string).collect();
                some.join(" ")
            })
            .collect();
        all.join("|")
    };
    Clauses::parse(maps, &named)
        .map(|clauses| format!("{} order {}", text(&clauses.by), text(&clauses.order)))
        .map_err(|error| error.to_string())
}

#[test]
fn keys_and_orders_are_for_one_table_or_for_both() {
    for (maps, arguments, meant) in [
        (Maps::Grouped, "by => k", "k order "),
        (
            Maps::Grouped,
            "By => (a, t.b), order_by => (x)",
            "a t.b order x",
        ),
        (Maps::Cogrouped, "by => (a, b)", "a b|a b order |"),
        (
            Maps::Cogrouped,
            "left_by => a, right_by => b, order_by => x",
            "a|b order x|x",
        ),
        (
            Maps::Cogrouped,
            "by => k, left_order_by => x, right_order_by => (y, z)",
            "k|k order x|y z",
        ),
    ] {
        assert_eq!(
            clauses(maps, arguments).as_deref(),
            Ok(meant),
            "{arguments}"
        );
    }
    for (maps, arguments, said) in [
        (Maps::Grouped, "", "needs the argument `by => key`"),
        (Maps::Grouped, "order_by => x", "needs the argument"),
        (
            Maps::Grouped,
            "by => k, key => x",
            "has no argument `key`; by name it has by, order_by",
        ),
        (Maps::Grouped, "left_by => k", "has no argument `left_by`"),
        (Maps::Grouped, "by => k, by => l", "says `by` twice"),
        (
            Maps::Cogrouped,
            "by => k, left_by => l",
            "says `left_by` twice, or in two ways",
        ),
        (Maps::Cogrouped, "left_by => k", "right_by => key"),
        (
            Maps::Cogrouped,
            "left_by => (a, b), right_by => c",
            "as many keys",
        ),
    ] {
        let refused = clauses(maps, arguments).unwrap_err();
        assert!(refused.contains(said), "{arguments}: {refused}");
    }
}

#[test]
fn a_map_is_called_with_tables_and_a_name() {
    let read = |maps, arguments: &str| {
        let relation = relation(&format!("f({arguments})"));
        let call = Call::of(&relation).unwrap();
        let Arguments { positional, .. } = call.arguments().unwrap();
        parts(maps, positional)
            .map(|(tables, name, rest)| format!("{} {name} {}", tables.len(), rest.len()))
            .map_err(|error| error.to_string())
    };
    for (maps, arguments, meant) in [
        (
            Maps::Batches,
            "(SELECT * FROM t), Score, 0.5, 'x', parallelism => 4",
            "1 score 2",
        ),
        (
            Maps::Cogrouped,
            "(SELECT 1), (SELECT 2), \"Join\", by => k",
            "2 Join 0",
        ),
    ] {
        assert_eq!(read(maps, arguments).as_deref(), Ok(meant), "{arguments}");
    }
    for (maps, arguments, said) in [
        (Maps::Batches, "", "begins with a table"),
        (Maps::Batches, "t, score", "TABLE name"),
        (
            Maps::Cogrouped,
            "(SELECT 1), score",
            "begins with two tables",
        ),
        (Maps::Grouped, "(SELECT 1)", "names a function"),
        (Maps::Grouped, "(SELECT 1), 'score'", "without quotes"),
    ] {
        let refused = read(maps, arguments).unwrap_err();
        assert!(refused.contains(said), "{arguments}: {refused}");
    }
}

#[test]
fn clauses_behind_calls_are_refused() {
    let relation = relation("f(1) WITH ORDINALITY");
    let call = Call::of(&relation).unwrap();
    assert!(matches!(call.positional(), Err(CallError::Clause { .. })));
}
