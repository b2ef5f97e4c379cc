//! Results are those of DataFusion's own functions, or of the same computed here.

use std::collections::BTreeMap;

use arrow::array::{ArrayRef, AsArray, Int64Array, StringArray, UInt64Array};
use arrow::datatypes::{Float64Type, Int64Type};
use arrowbox_host::{Binding, NullHandling};
use arrowbox_tests::engine::{self, Query, first_column, stored};
use datafusion::datasource::MemTable;
use datafusion::logical_expr::{Expr, LogicalPlan, col};
use datafusion::physical_expr::aggregate::AggregateExprBuilder;
use datafusion::physical_plan::expressions::col as physical;
use datafusion::prelude::SessionConfig;
use std::sync::Arc;

use super::super::rows::{self, Row, rows};
use super::{agree, honest, lines, over, refused, with_all};

/// Ours, and DataFusion's of the same meaning.
const TWINS: [(&str, &str); 3] = [
    ("add_up(x)", "sum(x)"),
    ("null_surplus(x)", "count(*) - 2 * count(x)"),
    (
        "add_up(x + o), null_surplus(x)",
        "sum(x + o), count(*) - 2 * count(x)",
    ),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn results_are_those_of_the_native_functions() {
    for groups in [1, 7, 5000] {
        let rows = rows(6000, groups);
        for partitions in [1, 2, 4] {
            for (ours, theirs) in TWINS {
                let query = over(&rows, partitions);
                let whole = |calls: &str| format!("SELECT {calls} FROM t");
                let query = agree(query, &whole(ours), &whole(theirs)).await;
                let by = |calls: &str| format!("SELECT g, {calls} FROM t GROUP BY g");
                agree(query, &by(ours), &by(theirs)).await;
            }
        }
    }
}

/// A state of lists of texts.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_state_of_lists_and_text_survives_every_phase() {
    for groups in [1, 7, 3000] {
        let rows = rows(4000, groups);
        let mut expected: BTreeMap<Option<i64>, BTreeMap<&str, usize>> = BTreeMap::new();
        let mut longest: BTreeMap<Option<i64>, Option<(usize, &str)>> = BTreeMap::new();
        for Row { g, s, .. } in &rows {
            let counts = expected.entry(*g).or_default();
            let longest = longest.entry(*g).or_default();
            if let Some(s) = s.as_deref() {
                *counts.entry(s).or_default() += 1;
                *longest = (*longest).max(Some((s.len(), s)));
            }
        }
        let shown = |(g, counts): (&Option<i64>, &BTreeMap<&str, usize>)| {
            let counts: Vec<_> = counts.iter().map(|(s, n)| format!("{s}:{n}")).collect();
            let g_shown = g.map_or("-".to_owned(), |g| g.to_string());
            let longest = longest[g].map_or("-", |(_, text)| text);
            format!("{g_shown}|{}|{longest}", counts.join(","))
        };
        let mut expected: Vec<_> = expected.iter().map(shown).collect();
        expected.sort_unstable();
        for partitions in [1, 2, 4] {
            let query = over(&rows, partitions);
            let found = lines(&query, "SELECT g, tally(s), longest(s) FROM t GROUP BY g").await;
            assert!(
                found == expected,
                "{groups} groups in {partitions} partitions"
            );
        }
    }
}

#[tokio::test]
async fn of_nothing_there_is_the_identity() {
    let calls = "add_up(x), null_surplus(x), tally(s), longest(s), join_texts(s, ','), fold(x)";
    for partitions in [1, 4] {
        let query = over(&rows(100, 3), partitions);
        let empty = format!("SELECT {calls} FROM t WHERE o < 0");
        assert_eq!(lines(&query, &empty).await, ["-|0||-|-|0"]);
        let query = query.again();
        let empty = format!("SELECT g, {calls} FROM t WHERE o < 0 GROUP BY g");
        assert!(lines(&query, &empty).await.is_empty());
        let query = query.again();
        let null = format!(
            "SELECT {calls} FROM (SELECT CAST(NULL AS BIGINT) x, CAST(NULL AS TEXT) s, o FROM t)"
        );
        assert_eq!(lines(&query, &null).await, ["-|100||-|-|0"]);
        let query = query.again();
        let null = format!("{null} GROUP BY o % 2");
        assert_eq!(lines(&query, &null).await.len(), 2);
    }
}

#[tokio::test]
async fn the_constructor_has_the_options_in_every_phase() {
    let scaled = |parameters: &[(&str, &str)]| {
        let own = |(key, value): &(&str, &str)| ((*key).to_owned(), (*value).to_owned());
        Binding {
            parameters: parameters.iter().map(own).collect(),
            ..Binding::new(stored("kinds"), "scaled")
        }
    };
    let table = rows(1000, 5);
    let sum: i64 = table.iter().filter_map(|row| row.x).sum();
    for partitions in [1, 4] {
        let query = over(&table, partitions).calling(&engine::any(scaled(&[("factor", "2.5")])));
        let rows = query.rows("SELECT scaled(x) FROM t").await.unwrap();
        let scaled = first_column(&rows).as_primitive::<Float64Type>().value(0);
        assert_eq!(scaled, sum as f64 * 2.5);
    }
    for (parameters, said) in [
        (&[][..], "param.factor is missing"),
        (&[("factor", "much")], "invalid float literal"),
        (&[("factor", "1"), ("colour", "red")], "colour"),
    ] {
        let function = engine::any(scaled(parameters));
        let message = match function.try_constructor() {
            Ok(()) => panic!("{parameters:?} went unnoticed"),
            Err(error) => engine::said(&error),
        };
        let query = over(&table, 1).calling(&function);
        let in_query = refused(query.rows("SELECT scaled(x) FROM t").await);
        for message in [message, in_query] {
            let clear = message.contains("`scaled`") && message.contains(said);
            assert!(clear, "{message}");
        }
    }
}

/// A binding can say that an aggregate that sees nulls sees none.
#[tokio::test]
async fn a_strict_binding_leaves_out_rows_with_nulls() {
    let strict = Binding {
        nulls: Some(NullHandling::Strict),
        ..Binding::new(stored("kinds"), "null_surplus")
    };
    for partitions in [1, 4] {
        let query = over(&rows(2000, 9), partitions).calling(&engine::any(strict.clone()));
        agree(
            query,
            "SELECT g, null_surplus(x) FROM t GROUP BY g",
            "SELECT g, -count(x) FROM t GROUP BY g",
        )
        .await;
    }
}

#[tokio::test]
async fn grouping_sets_having_and_subqueries_work() {
    let texts = [
        "SELECT g, x % 3, {} FROM t GROUP BY ROLLUP (g, x % 3)",
        "SELECT g, {} FROM t GROUP BY GROUPING SETS ((g), ())",
        "SELECT g FROM t GROUP BY g HAVING {} > 20000",
        "SELECT o FROM t WHERE x * 400 > (SELECT {} FROM t WHERE x < 100)",
        "SELECT o FROM t AS u WHERE x IN (SELECT {} FROM t WHERE t.o = u.o)",
        "SELECT max(y) FROM (SELECT g, {} AS y FROM t GROUP BY g)",
        "SELECT {} FROM (SELECT {} AS x FROM t GROUP BY g)",
        "SELECT 1 + {}, abs({}) FROM t",
        "SELECT g, {} FROM t GROUP BY g ORDER BY {} LIMIT 3",
        "WITH s AS (SELECT g, {} AS y FROM t GROUP BY g) SELECT a.y, b.y FROM s a JOIN s b USING (g)",
        "SELECT {} FROM t UNION ALL SELECT {} FROM t WHERE g = 1",
    ];
    for partitions in [1, 3] {
        let mut query = over(&rows(2000, 7), partitions);
        for text in texts {
            let with = |call: &str| text.replace("{}", call);
            query = agree(query, &with("add_up(x)"), &with("sum(x)")).await;
        }
    }
}

/// Groups leave while others still grow: the input is sorted by the group.
#[tokio::test]
async fn groups_that_are_complete_leave_early() {
    let mut sorted = rows(3000, 400);
    sorted.sort_by_key(|row| (row.g, row.o));
    let config = SessionConfig::new().with_batch_size(100);
    let pool = Arc::new(datafusion::execution::memory_pool::UnboundedMemoryPool::default());
    let table = MemTable::try_new(rows::schema(), rows::partitions(&sorted, 1, 100))
        .unwrap()
        .with_sort_order(vec![vec![col("g").sort(true, true)]]);
    let query = with_all(Query::configured(pool, 1, config)).provider("t", Arc::new(table));
    let sql =
        "SELECT g, add_up(x), null_surplus(x), tally(s), fold(x ORDER BY o) FROM t GROUP BY g";
    let plan = query.plan(sql).await.unwrap();
    let ran = query.run(plan).await.unwrap();
    let shown = datafusion::physical_plan::displayable(ran.plan.as_ref())
        .indent(true)
        .to_string();
    assert!(shown.contains("ordering_mode=Sorted"), "{shown}");
    let early = engine::lines(&ran.rows);

    let query = over(&sorted, 2);
    assert_eq!(early, lines(&query, sql).await);
}

/// The plan of a view is made once, and bound to each query that uses it.
#[tokio::test]
async fn a_view_is_run_more_than_once() {
    let query = over(&rows(1000, 5), 2);
    query
        .rows(
            "CREATE VIEW v AS SELECT g, add_up(x) AS y, fold(x ORDER BY o) AS f FROM t GROUP BY g",
        )
        .await
        .unwrap();
    let query = query.again();
    let first = lines(&query, "SELECT * FROM v").await;
    assert_eq!(query.scope().figures().len(), 2);
    let query = query.again();
    assert!(query.scope().figures().is_empty());
    assert_eq!(lines(&query, "SELECT * FROM v").await, first);
    let mut figures = query.scope().figures();
    assert_eq!(figures.len(), 2, "{figures:?}");
    assert!(figures.remove(0).calls > 0);
    let query = query.again();
    agree(
        query,
        "SELECT g, y FROM v",
        "SELECT g, sum(x) FROM t GROUP BY g",
    )
    .await;
}

#[tokio::test]
async fn an_error_names_the_function_and_what_it_said() {
    for partitions in [1, 2] {
        let mut query = over(&rows(1000, 5), partitions);
        for sql in [
            "SELECT fold(x - 999) FROM t",
            "SELECT g, fold(x - 999) FROM t GROUP BY g",
            "SELECT g, fold(x - 999 ORDER BY o) FROM t GROUP BY g",
        ] {
            let message = refused(query.rows(sql).await);
            for said in ["`fold`", "is negative"] {
                assert!(message.contains(said), "{sql}: {message}");
            }
            query = query.again();
        }
        agree(query, "SELECT add_up(x) FROM t", "SELECT sum(x) FROM t").await;
    }
}

#[tokio::test]
async fn a_call_with_other_arguments_is_refused_with_the_signature() {
    let query = over(&rows(10, 2), 1);
    for sql in [
        "SELECT add_up() FROM t",
        "SELECT add_up(x, x) FROM t",
        "SELECT add_up(ARRAY[x]) FROM t",
    ] {
        let message = refused(query.rows(sql).await);
        assert!(
            message.contains("add_up(value Int64) -> Int64"),
            "{sql}: {message}"
        );
    }
}

/// A batch crosses once, for all of its groups.
#[tokio::test]
async fn figures_count_batches_and_not_groups_or_rows() {
    let rows = rows(17_300, 2000);
    let query = over(&rows, 1);
    let sql = "SELECT g, add_up(x) FROM t GROUP BY g";
    query.rows(sql).await.unwrap();
    let figures = query.figures();
    assert!((1..=120).contains(&figures.calls), "{figures:?}");
    assert_eq!(figures.rows, 17_300);
    assert_eq!(figures.instances, 1, "{figures:?}");
    // A number, and the number of its group.
    assert!(figures.bytes_copied_in >= 17_300 * 12, "{figures:?}");
    assert!(figures.bytes_copied_in < 17_300 * 16, "{figures:?}");
    let results = figures.bytes_copied_out + figures.bytes_read_in_place;
    assert!((2000 * 8..2001 * 20).contains(&results), "{figures:?}");
    assert!(figures.peak_memory > 0);

    let query = query.again();
    let explained = lines(&query, &format!("EXPLAIN ANALYZE {sql}"))
        .await
        .join("\n");
    for figure in [
        "add_up.calls=",
        "add_up.rows=17.3",
        "add_up.instances=1",
        "add_up.bytes_copied_in=",
        "add_up.guest_time=",
    ] {
        assert!(explained.contains(figure), "no {figure} in {explained}");
    }
}

/// Without `GROUP BY` a batch is one call too, and groups are not sent.
#[tokio::test]
async fn one_group_is_a_constant() {
    let query = over(&rows(17_300, 5), 1);
    query.rows("SELECT null_surplus(x) FROM t").await.unwrap();
    let figures = query.figures();
    assert!(figures.calls <= 102, "{figures:?}");
    assert!(
        figures.bytes_copied_in < 17_300 * 9 + 100 * 500,
        "{figures:?}"
    );
}

/// What somebody hands to `merge` that `state` never gave.
#[tokio::test]
async fn a_state_of_somebody_else_is_an_error_that_names_the_function() {
    let query = over(&rows(10, 2), 1);
    let plan = query
        .plan("SELECT add_up(x), tally(s) FROM t")
        .await
        .unwrap();
    let bound = query.context().state().optimize(&plan).unwrap();
    let numbers = || Arc::new(Int64Array::from(vec![1, 2])) as ArrayRef;
    let texts = || Arc::new(StringArray::from(vec!["a", "b"])) as ArrayRef;
    let nulls = || Arc::new(Int64Array::from(vec![None, Some(2)])) as ArrayRef;
    let foreign: Vec<(&str, &str, Vec<ArrayRef>)> = vec![
        ("add_up", "x", vec![texts(), numbers()]),
        ("add_up", "x", vec![numbers()]),
        ("add_up", "x", vec![numbers(), numbers(), numbers()]),
        ("add_up", "x", vec![numbers(), nulls()]),
        (
            "add_up",
            "x",
            vec![Arc::new(UInt64Array::from(vec![1, 2])), numbers()],
        ),
        ("tally", "s", vec![texts(), texts()]),
        ("tally", "s", vec![numbers(), numbers()]),
    ];
    let mut wrong: Vec<String> = Vec::new();
    for (name, column, state) in foreign {
        let types: Vec<_> = state
            .iter()
            .map(|column| column.data_type().clone())
            .collect();
        let function = aggregate_of(&bound, name);
        let schema = rows::schema();
        let call = AggregateExprBuilder::new(function, vec![physical(column, &schema).unwrap()])
            .schema(schema)
            .alias(name)
            .build()
            .unwrap();
        let mut groups = call.create_groups_accumulator().unwrap();
        let merged = groups
            .merge_batch(&state, &[0, 1], 2)
            .and_then(|()| groups.evaluate(datafusion::logical_expr::EmitTo::All));
        let message = merged.map_or_else(|error| engine::said(&error), |_| "nothing".to_owned());
        if !message.contains(&format!("`{name}`")) {
            wrong.push(format!("{name} of {types:?}: {message}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let query = query.again();
    agree(query, "SELECT add_up(x) FROM t", "SELECT sum(x) FROM t").await;
}

/// The aggregate of a name in a plan.
fn aggregate_of(plan: &LogicalPlan, name: &str) -> Arc<datafusion::logical_expr::AggregateUDF> {
    use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
    let mut found = None;
    plan.apply(|node| {
        for expr in node.expressions() {
            expr.apply(|expr| {
                if let Expr::AggregateFunction(call) = expr
                    && call.func.name() == name
                {
                    found = Some(Arc::clone(&call.func));
                }
                Ok(TreeNodeRecursion::Continue)
            })?;
        }
        Ok(TreeNodeRecursion::Continue)
    })
    .unwrap();
    found.unwrap_or_else(|| panic!("{name} is not in {plan}"))
}

/// Of one row each, of one batch each.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn batches_of_any_size_give_the_same() {
    let all = rows(500, 20);
    for length in [1, 3, 500] {
        let query =
            with_all(Query::new(3)).table("t", rows::schema(), rows::partitions(&all, 3, length));
        agree(
            query,
            "SELECT g, add_up(x), null_surplus(x) FROM t GROUP BY g",
            "SELECT g, sum(x), count(*) - 2 * count(x) FROM t GROUP BY g",
        )
        .await;
    }
}

#[tokio::test]
async fn the_result_of_a_call_has_the_name_and_the_type_that_it_says() {
    let query = over(&rows(10, 2), 1);
    let rows = query.rows("SELECT fold(x) AS f, add_up(x) FROM t").await;
    let rows = rows.unwrap();
    let schema = rows[0].schema();
    assert_eq!(
        schema.field(0).data_type(),
        &arrow::datatypes::DataType::UInt64
    );
    assert!(rows[0].column(1).as_primitive_opt::<Int64Type>().is_some());
}

/// Functions that were not tied to a query say what to do.
#[tokio::test]
async fn without_a_scope_there_is_advice() {
    use datafusion::prelude::SessionContext;
    let context = SessionContext::new();
    let arrowbox_host::Function::Aggregate(add_up) = honest("add_up") else {
        panic!("it is an aggregate");
    };
    context.register_udaf(add_up.as_ref().clone());
    let frame = context.sql("SELECT add_up(1)").await.unwrap();
    let message = refused(frame.collect().await);
    assert!(
        message.contains("`add_up`") && message.contains("Session"),
        "{message}"
    );
}
