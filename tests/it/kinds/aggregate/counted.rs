//! Calls that say which rows count, and in which order: `FILTER`, `DISTINCT`, `ORDER BY`.

use super::super::rows::{Row, rows};
use super::{agree, lines, over};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_filter_leaves_rows_out() {
    let twins = [
        (
            "add_up(x) FILTER (WHERE o % 3 = 0)",
            "sum(x) FILTER (WHERE o % 3 = 0)",
        ),
        // A condition that is null is not true.
        (
            "add_up(x) FILTER (WHERE x > 500)",
            "sum(x) FILTER (WHERE x > 500)",
        ),
        (
            "null_surplus(x) FILTER (WHERE g > 2)",
            "count(*) FILTER (WHERE g > 2) - 2 * count(x) FILTER (WHERE g > 2)",
        ),
        (
            "add_up(x) FILTER (WHERE false)",
            "sum(x) FILTER (WHERE false)",
        ),
        (
            "add_up(x), add_up(x) FILTER (WHERE x > 500)",
            "sum(x), sum(x) FILTER (WHERE x > 500)",
        ),
    ];
    for groups in [5, 3000] {
        let rows = rows(5000, groups);
        for partitions in [1, 2, 4] {
            let mut query = over(&rows, partitions);
            for (ours, theirs) in twins {
                let whole = |calls: &str| format!("SELECT {calls} FROM t");
                query = agree(query, &whole(ours), &whole(theirs)).await;
                let by = |calls: &str| format!("SELECT g, {calls} FROM t GROUP BY g");
                query = agree(query, &by(ours), &by(theirs)).await;
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn distinct_counts_each_value_once() {
    let twins = [
        ("add_up(DISTINCT x)", "sum(DISTINCT x)"),
        ("add_up(DISTINCT x), add_up(x)", "sum(DISTINCT x), sum(x)"),
        (
            "add_up(DISTINCT x), add_up(DISTINCT x % 10), fold(DISTINCT x - x)",
            "sum(DISTINCT x), sum(DISTINCT x % 10), 0",
        ),
        (
            "add_up(DISTINCT x), null_surplus(x), count(DISTINCT s)",
            "sum(DISTINCT x), count(*) - 2 * count(x), count(DISTINCT s)",
        ),
        (
            "add_up(DISTINCT x) FILTER (WHERE o % 2 = 0)",
            "sum(DISTINCT x) FILTER (WHERE o % 2 = 0)",
        ),
        // Null is one value that a function can see.
        (
            "null_surplus(DISTINCT x)",
            "CASE WHEN count(*) > count(x) THEN 1 ELSE 0 END - count(DISTINCT x)",
        ),
    ];
    for groups in [5, 1500] {
        let rows = rows(3000, groups);
        for partitions in [1, 2, 4] {
            let mut query = over(&rows, partitions);
            for (ours, theirs) in twins {
                let whole = |calls: &str| format!("SELECT {calls} FROM t");
                query = agree(query, &whole(ours), &whole(theirs)).await;
                let by = |calls: &str| format!("SELECT g, {calls} FROM t GROUP BY g");
                query = agree(query, &by(ours), &by(theirs)).await;
            }
        }
    }
}

/// Texts of each group, joined in the order of a key.
fn joined(rows: &[Row], key: impl Fn(&Row) -> (bool, i64), descending: bool) -> Vec<String> {
    let mut rows: Vec<&Row> = rows.iter().collect();
    rows.sort_by_key(|row| key(row));
    if descending {
        rows.reverse();
    }
    let mut groups: std::collections::BTreeMap<Option<i64>, Vec<&str>> = Default::default();
    for row in rows {
        let texts = groups.entry(row.g).or_default();
        texts.extend(row.s.as_deref());
    }
    let mut lines: Vec<_> = groups
        .into_iter()
        .map(|(g, texts)| {
            let g = g.map_or("-".to_owned(), |g| g.to_string());
            match texts.is_empty() {
                true => format!("{g}|-"),
                false => format!("{g}|{}", texts.join("; ")),
            }
        })
        .collect();
    lines.sort_unstable();
    lines
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rows_come_in_the_order_of_the_call() {
    for groups in [1, 6, 900] {
        let rows = rows(2500, groups);
        let up = joined(&rows, |row| (false, row.o), false);
        let down = joined(&rows, |row| (false, row.o), true);
        // Where `x` is null, first; then by `o`, downwards.
        let nulls_first = joined(&rows, |row| (row.x.is_none(), row.o), true);
        for partitions in [1, 2, 4] {
            let mut query = over(&rows, partitions);
            for (order, expected) in [
                ("o", &up),
                ("o DESC", &down),
                ("x IS NULL DESC, o DESC", &nulls_first),
                (
                    "CASE WHEN x IS NULL THEN NULL ELSE 1 END DESC NULLS FIRST, o DESC",
                    &nulls_first,
                ),
                (
                    "CASE WHEN x IS NULL THEN NULL ELSE 1 END NULLS FIRST, o DESC",
                    &nulls_first,
                ),
                ("-o", &down),
            ] {
                let sql =
                    format!("SELECT g, join_texts(s, '; ' ORDER BY {order}) FROM t GROUP BY g");
                let found = lines(&query, &sql).await;
                assert!(
                    found == *expected,
                    "{order}, {groups} groups in {partitions} partitions:\n{:?}\n{:?}",
                    found.iter().zip(expected).find(|(a, b)| a != b),
                    found.len()
                );
                query = query.again();
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn order_and_distinct_and_filter_go_together() {
    let twins = [
        (
            "join_texts(s, '; ' ORDER BY o)",
            "string_agg(s, '; ' ORDER BY o)",
        ),
        (
            "join_texts(DISTINCT s, '; ' ORDER BY s)",
            "string_agg(DISTINCT s, '; ' ORDER BY s)",
        ),
        (
            "join_texts(DISTINCT s, '; ' ORDER BY s DESC)",
            "string_agg(DISTINCT s, '; ' ORDER BY s DESC)",
        ),
        (
            "join_texts(s, '; ' ORDER BY o) FILTER (WHERE x > 300)",
            "string_agg(s, '; ' ORDER BY o) FILTER (WHERE x > 300)",
        ),
        (
            "join_texts(s, '; ' ORDER BY o), join_texts(s, '; ' ORDER BY o DESC), add_up(x)",
            "string_agg(s, '; ' ORDER BY o), string_agg(s, '; ' ORDER BY o DESC), sum(x)",
        ),
        (
            "join_texts(s, '; ' ORDER BY o), add_up(DISTINCT x), tally(s)",
            "string_agg(s, '; ' ORDER BY o), sum(DISTINCT x), tally(s)",
        ),
    ];
    for groups in [4, 700] {
        let rows = rows(1500, groups);
        for partitions in [1, 4] {
            let mut query = over(&rows, partitions);
            for (ours, theirs) in twins {
                let whole = |calls: &str| format!("SELECT {calls} FROM t");
                query = agree(query, &whole(ours), &whole(theirs)).await;
                let by = |calls: &str| format!("SELECT g, {calls} FROM t GROUP BY g");
                query = agree(query, &by(ours), &by(theirs)).await;
            }
        }
    }
}

/// What DataFusion can not promise is refused, and never ignored.
#[tokio::test]
async fn clauses_that_mean_nothing_here_are_refused() {
    let query = over(&rows(10, 2), 1);
    for sql in [
        "SELECT add_up(x) IGNORE NULLS FROM t",
        "SELECT add_up(x) WITHIN GROUP (ORDER BY o) FROM t",
    ] {
        let message = super::refused(query.rows(sql).await);
        assert!(!message.is_empty(), "{sql}");
    }
}
