//! Aggregates with more groups than there is memory for, or so many that merging them early is no use.

use std::sync::Arc;

use arrowbox_tests::engine::{Query, Ran, lines};
use datafusion::execution::memory_pool::{FairSpillPool, MemoryPool, UnboundedMemoryPool};
use datafusion::prelude::SessionConfig;

use super::super::rows::{self, Row, rows};
use super::{agree, with_all};

/// Rows with a group each, in no order, and long texts.
fn different(count: usize) -> Vec<Row> {
    let mut rows = rows(count, 10);
    for (number, row) in rows.iter_mut().enumerate() {
        row.g = Some((number as i64 * 7919) % count as i64);
        row.s = Some(format!("{number:0>200}"));
    }
    rows
}

async fn ran(query: &Query, sql: &str) -> Ran {
    let plan = query.plan(sql).await.unwrap();
    let ran = query.run(plan).await;
    ran.unwrap_or_else(|error| panic!("{sql}: {error}"))
}

/// A query over `t` that has so many bytes for everything.
fn within(bytes: usize, rows: &[Row], partitions: usize) -> Query {
    // Rows that are read back from a disk are in memory a batch at a time.
    let config = SessionConfig::new().with_batch_size(500);
    let pool: Arc<dyn MemoryPool> = Arc::new(FairSpillPool::new(bytes));
    with_all(Query::configured(pool, partitions, config)).table(
        "t",
        rows::schema(),
        rows::partitions(rows, partitions, 500),
    )
}

const ENOUGH: usize = 1 << 30;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_query_that_is_larger_than_its_memory_spills() {
    let rows = different(60_000);
    let sql = "SELECT g, add_up(x), null_surplus(x), longest(s) FROM t GROUP BY g";
    let query = within(ENOUGH, &rows, 1);
    let all = ran(&query, sql).await;
    assert_eq!(all.metric("spill_count"), 0);
    let expected = lines(&all.rows);
    // Sixty thousand texts of two hundred bytes, and numbers.
    let needed: u64 = query.scope().figures().iter().map(|f| f.peak_memory).sum();
    assert!(needed > 24 << 20, "{needed}");
    drop((all, query));
    for partitions in [1, 2] {
        let query = within(12 << 20, &rows, partitions);
        let pool = Arc::clone(&query.context().runtime_env().memory_pool);
        let ran = ran(&query, sql).await;
        let spills = ran.metric("spill_count");
        assert!(spills > 0, "nothing was spilled of {partitions} partitions");
        assert!(lines(&ran.rows) == expected, "{partitions} partitions");
        drop((ran, query));
        assert_eq!(pool.reserved(), 0);
    }
}

/// Rows that the host keeps for the guest are spilled too.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rows_that_wait_for_their_order_are_spilled() {
    let rows = different(30_000);
    for (bytes, ours, theirs) in [
        (
            6 << 20,
            "join_texts(s, ',' ORDER BY o)",
            "string_agg(s, ',' ORDER BY o)",
        ),
        (
            4 << 20,
            "add_up(DISTINCT x), longest(s)",
            "sum(DISTINCT x), max(s)",
        ),
    ] {
        let text = |calls: &str| format!("SELECT g % 9973 k, {calls} FROM t GROUP BY k");
        let query = within(bytes, &rows, 1);
        let ours = ran(&query, &text(ours)).await;
        assert!(ours.metric("spill_count") > 0, "nothing was spilled");
        let query = within(ENOUGH, &rows, 1);
        let theirs = ran(&query, &text(theirs)).await;
        assert!(lines(&ours.rows) == lines(&theirs.rows));
    }
}

/// Where nearly every row is a group, DataFusion makes a state of each row and merges later.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn partial_aggregation_is_skipped_where_it_does_not_help() {
    let rows = different(8000);
    for (ours, theirs) in [
        ("add_up(x)", "sum(x)"),
        ("null_surplus(x)", "count(*) - 2 * count(x)"),
        (
            "add_up(x) FILTER (WHERE o % 2 = 0)",
            "sum(x) FILTER (WHERE o % 2 = 0)",
        ),
        (
            "add_up(DISTINCT x), add_up(x), null_surplus(x)",
            "sum(DISTINCT x), sum(x), count(*) - 2 * count(x)",
        ),
        (
            "join_texts(s, ',' ORDER BY o), longest(s)",
            "string_agg(s, ',' ORDER BY o), max(s)",
        ),
    ] {
        let config = SessionConfig::new()
            .set_usize(
                "datafusion.execution.skip_partial_aggregation_probe_rows_threshold",
                100,
            )
            .set_str(
                "datafusion.execution.skip_partial_aggregation_probe_ratio_threshold",
                "0.1",
            );
        let pool = Arc::new(UnboundedMemoryPool::default());
        let query = with_all(Query::configured(pool, 4, config)).table(
            "t",
            rows::schema(),
            rows::partitions(&rows, 4, 500),
        );
        let text = |calls: &str| format!("SELECT g, {calls} FROM t GROUP BY g");
        let ran = ran(&query, &text(ours)).await;
        let skipped = ran.metric("skipped_aggregation_rows");
        assert!(skipped > 1000, "{ours}: {skipped} rows were skipped");
        drop(ran);
        agree(query.again(), &text(ours), &text(theirs)).await;
    }
}
