//! Aggregates over window frames.

use super::super::rows::rows;
use super::{agree, lines, over, refused};

/// Frames that slide: what leaves them is taken back.
const SLIDING: [&str; 7] = [
    "ORDER BY o ROWS BETWEEN 3 PRECEDING AND 1 FOLLOWING",
    "ORDER BY o ROWS BETWEEN 2 FOLLOWING AND 5 FOLLOWING",
    "ORDER BY o ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING",
    "PARTITION BY g ORDER BY o ROWS BETWEEN 2 PRECEDING AND CURRENT ROW",
    "PARTITION BY g ORDER BY o DESC ROWS BETWEEN 4 PRECEDING AND 1 PRECEDING",
    "ORDER BY o RANGE BETWEEN 20000 PRECEDING AND 10000 FOLLOWING",
    "PARTITION BY g ORDER BY o % 10 GROUPS BETWEEN 1 PRECEDING AND 1 FOLLOWING",
];

/// Frames that only grow.
const GROWING: [&str; 5] = [
    "",
    "PARTITION BY g",
    "ORDER BY o",
    "PARTITION BY g ORDER BY o",
    "PARTITION BY g ORDER BY o ROWS BETWEEN UNBOUNDED PRECEDING AND 2 FOLLOWING",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rows_are_taken_back_from_a_frame_that_slides() {
    let rows = rows(400, 6);
    for partitions in [1, 3] {
        let mut query = over(&rows, partitions);
        for frame in SLIDING {
            for (ours, theirs) in [
                (
                    format!("add_up(x) OVER ({frame})"),
                    format!("sum(x) OVER ({frame})"),
                ),
                (
                    format!("null_surplus(x) OVER ({frame})"),
                    format!("count(*) OVER ({frame}) - 2 * count(x) OVER ({frame})"),
                ),
            ] {
                let text = |calls: &str| format!("SELECT o, {calls} FROM t");
                query = agree(query, &text(&ours), &text(&theirs)).await;
            }
        }
    }
}

/// The result is looked at after each row, and the state goes on.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_frame_that_grows_needs_no_retract() {
    let rows = rows(400, 6);
    for partitions in [1, 3] {
        let mut query = over(&rows, partitions);
        for frame in GROWING {
            for (ours, theirs) in [
                (
                    format!("add_up(x) OVER ({frame})"),
                    format!("sum(x) OVER ({frame})"),
                ),
                (
                    format!("null_surplus(x) OVER ({frame})"),
                    format!("count(*) OVER ({frame}) - 2 * count(x) OVER ({frame})"),
                ),
            ] {
                let text = |calls: &str| format!("SELECT o, {calls} FROM t");
                query = agree(query, &text(&ours), &text(&theirs)).await;
            }
        }
        let frame = "PARTITION BY g ORDER BY o";
        let text = |call: &str| format!("SELECT o, {call}(s, '; ') OVER ({frame}) FROM t");
        query = agree(query, &text("join_texts"), &text("string_agg")).await;
        drop(query);
    }
}

#[tokio::test]
async fn a_frame_that_slides_over_an_aggregate_without_retract_is_refused() {
    let query = over(&rows(50, 2), 1);
    let sql = "SELECT join_texts(s, ',') OVER (ORDER BY o ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) \
        FROM t";
    let message = refused(query.rows(sql).await);
    assert!(
        message.contains("join_texts") && message.contains("retract"),
        "{message}"
    );
    let query = query.again();
    assert_eq!(
        lines(&query, "SELECT null_surplus(NULL) FROM t").await,
        ["50"]
    );
}

/// A frame costs a crossing a row, and no instance a row or a partition.
#[tokio::test]
async fn figures_of_frames_say_what_they_cost() {
    let query = over(&rows(400, 20), 1);
    let sql = "SELECT o, add_up(x) OVER \
        (PARTITION BY g ORDER BY o ROWS BETWEEN 2 PRECEDING AND CURRENT ROW) FROM t";
    query.rows(sql).await.unwrap();
    let figures = query.figures();
    assert!((400..=1700).contains(&figures.calls), "{figures:?}");
    assert!(figures.instances <= 21, "{figures:?}");
}

/// One aggregate in a query both ways, with instances that wait for either.
#[tokio::test]
async fn frames_and_groups_in_one_query() {
    let query = over(&rows(300, 6), 2);
    let text = |call: &str| {
        format!(
            "SELECT g, {call}(y) FROM (SELECT g, {call}(x) OVER (PARTITION BY g ORDER BY o) AS y, o \
            FROM t) GROUP BY g"
        )
    };
    agree(query, &text("add_up"), &text("sum")).await;
}
