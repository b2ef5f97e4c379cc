//! Aggregates that misbehave.

use std::sync::Arc;

use arrowbox_host::{Binding, Function, Limits};
use arrowbox_tests::engine::{self, Query, runtime};
use datafusion::execution::memory_pool::UnboundedMemoryPool;
use datafusion::prelude::SessionConfig;

use super::super::rows::{self, rows};
use super::super::{IMPATIENT, LONG, rogue};
use super::{lines, refused};
use crate::hostile::{Case, LIMITS, complaints};

/// Fail when a query is planned.
pub(in crate::kinds) const PLANNED: &[Case] = &[
    ("aggregate__open_refuses", &["the guest refuses to open"]),
    ("aggregate__open_traps", &["trapped", "unreachable"]),
    (
        "aggregate__result_differs",
        &["broke the contract", "Int64", "Utf8"],
    ),
    (
        "aggregate__result_of_none",
        &["broke the contract", "not exactly one field"],
    ),
    (
        "aggregate__result_of_two",
        &["broke the contract", "not exactly one field"],
    ),
    (
        "aggregate__result_of_nonsense",
        &["broke the contract", "nonsense"],
    ),
    ("aggregate__result_traps", &["trapped", "unreachable"]),
    (
        "aggregate__schema_of_none",
        &["broke the contract", "state"],
    ),
    (
        "aggregate__schema_of_nonsense",
        &["broke the contract", "nonsense"],
    ),
    ("aggregate__schema_traps", &["trapped", "unreachable"]),
];

/// Fail in any query with groups.
pub(in crate::kinds) const GROUPED: &[Case] = &[
    (
        "aggregate__update_refuses",
        &["the guest refuses to update"],
    ),
    (
        "aggregate__update_traps",
        &["trapped", "unreachable", "accumulator.update"],
    ),
    ("aggregate__update_spins", &["hit its time limit"]),
    (
        "aggregate__update_hoards",
        &["hit its memory limit", "OPTIONS (memory"],
    ),
    (
        "aggregate__evaluate_refuses",
        &["the guest refuses to evaluate"],
    ),
    ("aggregate__evaluate_traps", &["trapped", "unreachable"]),
    (
        "aggregate__evaluate_one_more",
        &["broke the contract", "rows"],
    ),
    (
        "aggregate__evaluate_one_less",
        &["broke the contract", "rows"],
    ),
    ("aggregate__evaluate_none", &["broke the contract", "rows"]),
    (
        "aggregate__evaluate_of_text",
        &["broke the contract", "buffers"],
    ),
    (
        "aggregate__evaluate_of_two_columns",
        &["broke the contract"],
    ),
    (
        "aggregate__evaluate_of_endless_rows",
        &["broke the contract"],
    ),
];

/// Fail where states are merged.
pub(in crate::kinds) const MERGED: &[Case] = &[
    ("aggregate__merge_refuses", &["the guest refuses to merge"]),
    ("aggregate__merge_traps", &["trapped", "unreachable"]),
    ("aggregate__state_refuses", &["the guest refuses to state"]),
    ("aggregate__state_traps", &["trapped", "unreachable"]),
    ("aggregate__state_one_more", &["broke the contract", "rows"]),
    ("aggregate__state_one_less", &["broke the contract", "rows"]),
    (
        "aggregate__state_of_text",
        &["broke the contract", "buffers"],
    ),
    ("aggregate__state_of_two_columns", &["broke the contract"]),
    ("aggregate__state_of_no_columns", &["broke the contract"]),
    ("aggregate__state_of_short_bytes", &["broke the contract"]),
    ("aggregate__state_of_endless_rows", &["broke the contract"]),
];

/// Fail where each row is made a state of its own.
pub(in crate::kinds) const CONVERTED: &[Case] = &[
    (
        "aggregate__convert_refuses",
        &["the guest refuses to convert"],
    ),
    ("aggregate__convert_traps", &["trapped", "unreachable"]),
    (
        "aggregate__convert_one_more",
        &["broke the contract", "rows"],
    ),
    (
        "aggregate__convert_of_text",
        &["broke the contract", "buffers"],
    ),
];

/// Fail over a frame that slides.
pub(in crate::kinds) const FRAMED: &[Case] = &[
    (
        "aggregate__retract_refuses",
        &["the guest refuses to retract"],
    ),
    ("aggregate__retract_traps", &["trapped", "unreachable"]),
    ("aggregate__peek_refuses", &["the guest refuses to peek"]),
    ("aggregate__peek_traps", &["trapped", "unreachable"]),
    ("aggregate__peek_one_more", &["broke the contract", "rows"]),
    ("aggregate__peek_none", &["broke the contract", "rows"]),
];

pub(in crate::kinds) const PROPER: &[&str] = &["aggregate__proper", "aggregate__without_arguments"];

const BY_GROUP: &str = "SELECT g, {}(x) FROM t GROUP BY g";
const SLIDING: &str =
    "SELECT {}(x) OVER (ORDER BY o ROWS BETWEEN 2 PRECEDING AND CURRENT ROW) FROM t";

/// A query of so many partitions over `t` with the function and a proper one.
fn over(function: &str, partitions: usize, limits: Limits, config: SessionConfig) -> Query {
    let pool = Arc::new(UnboundedMemoryPool::default());
    let bind = |name: &str| engine::any(rogue(name, limits));
    Query::configured(pool, partitions, config)
        .calling(&bind(function))
        .table(
            "t",
            rows::schema(),
            rows::partitions(&rows(1000, 7), partitions, 100),
        )
}

/// Runs a text with each function, which must fail and say this, and then with a proper one, which must work.
async fn check(
    cases: &[Case],
    sql: &str,
    partitions: usize,
    limits: Limits,
    config: SessionConfig,
) {
    let mut wrong = Vec::new();
    for (function, said) in cases {
        let query = over(function, partitions, limits, config.clone());
        let sql_of = |function: &str| sql.replace("{}", function);
        let text = sql_of(function);
        let result = tokio::time::timeout(LONG, query.rows(&text)).await;
        let result = result.expect("it ends").map(drop);
        wrong.extend(complaints("hostile", function, result, said));
        let query = over("aggregate__proper", partitions, LIMITS, config.clone());
        assert!(!lines(&query, &sql_of("aggregate__proper")).await.is_empty());
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_an_aggregate_opens_with_is_checked() {
    check(PLANNED, BY_GROUP, 1, LIMITS, SessionConfig::new()).await;
}

/// At once, when the function is made known.
#[test]
fn the_constructor_is_tried_where_a_function_is_made_known() {
    for (name, _) in PLANNED {
        let function = Function::bind(runtime(), rogue(name, LIMITS)).unwrap();
        let tried = function.try_constructor();
        let message = engine::said(&tried.expect_err(name));
        assert!(message.contains(&format!("`{name}`")), "{message}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_call_with_groups_can_go_wrong() {
    for partitions in [1, 2] {
        check(
            GROUPED,
            BY_GROUP,
            partitions,
            IMPATIENT,
            SessionConfig::new(),
        )
        .await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_call_without_groups_can_go_wrong() {
    // One group: one row less is none.
    check(
        GROUPED,
        "SELECT {}(x) FROM t",
        2,
        IMPATIENT,
        SessionConfig::new(),
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn states_are_checked_before_they_are_merged() {
    check(MERGED, BY_GROUP, 2, LIMITS, SessionConfig::new()).await;
    check(
        MERGED,
        "SELECT {}(x) FROM t",
        2,
        LIMITS,
        SessionConfig::new(),
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn states_of_single_rows_are_checked() {
    let config = SessionConfig::new()
        .set_usize(
            "datafusion.execution.skip_partial_aggregation_probe_rows_threshold",
            10,
        )
        .set_str(
            "datafusion.execution.skip_partial_aggregation_probe_ratio_threshold",
            "0.01",
        );
    let sql = "SELECT o, {}(x) FROM t GROUP BY o";
    check(CONVERTED, sql, 2, LIMITS, config).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_call_of_a_frame_can_go_wrong() {
    check(FRAMED, SLIDING, 1, LIMITS, SessionConfig::new()).await;
    let also = [GROUPED[0], GROUPED[1], GROUPED[2], GROUPED[3]];
    check(&also, SLIDING, 1, IMPATIENT, SessionConfig::new()).await;
}

/// With `DISTINCT` and `ORDER BY` the guest is called at the end only.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_call_for_rows_that_were_kept_can_go_wrong() {
    for sql in [
        "SELECT g, {}(x ORDER BY o) FROM t GROUP BY g",
        "SELECT g, {}(DISTINCT x), count(DISTINCT o) FROM t GROUP BY g",
    ] {
        check(GROUPED, sql, 2, IMPATIENT, SessionConfig::new()).await;
    }
}

/// DataFusion has no aggregates without arguments.
#[tokio::test]
async fn an_aggregate_without_arguments_is_refused() {
    let name = "aggregate__without_arguments";
    let function = match Function::bind(runtime(), rogue(name, LIMITS)) {
        Ok(function) => function,
        Err(error) => {
            let message = engine::said(&error);
            return assert!(message.contains(&format!("`{name}`")), "{message}");
        }
    };
    for sql in ["SELECT {}() FROM t", "SELECT g, {}() FROM t GROUP BY g"] {
        let query = over("aggregate__proper", 2, LIMITS, SessionConfig::new()).calling(&function);
        let message = refused(query.rows(&sql.replace("{}", name)).await);
        assert!(message.contains(&format!("`{name}`")), "{message}");
        assert!(!message.contains("bug in DataFusion"), "{message}");
    }
}

/// What belongs to a query ends with it, whatever its guests did.
#[tokio::test]
async fn memory_is_given_back_after_a_failure() {
    use datafusion::execution::memory_pool::{GreedyMemoryPool, MemoryPool};
    for function in [
        "aggregate__update_traps",
        "aggregate__evaluate_one_more",
        "aggregate__proper",
    ] {
        let pool: Arc<dyn MemoryPool> = Arc::new(GreedyMemoryPool::new(1 << 30));
        let binding = Binding {
            limits: LIMITS,
            ..rogue(function, LIMITS)
        };
        let query = Query::charging(Arc::clone(&pool), 2)
            .calling(&engine::any(binding))
            .table(
                "t",
                rows::schema(),
                rows::partitions(&rows(1000, 7), 2, 100),
            );
        let result = query.rows(&BY_GROUP.replace("{}", function)).await;
        drop((result, query));
        assert_eq!(pool.reserved(), 0, "{function}");
    }
}
