//! Guests that take more than they may: time, memory, log.

use std::sync::Arc;
use std::time::{Duration, Instant};

use arrowbox_host::{Binding, Limits, Stopped};
use arrowbox_tests::engine::{self, Query, bound, failure, first_column, stored};
use arrowbox_tests::watched::{Abandoned, watched};
use datafusion::execution::memory_pool::{GreedyMemoryPool, MemoryPool};

use super::{Case, LIMITS, check_all, query, still_works};

/// Never return.
pub(super) const SPUN: &[Case] = &[
    (
        "spins",
        &["hit its time limit", "200ms", "OPTIONS (timeout"],
    ),
    (
        "logs_forever",
        &["hit its time limit", "200ms", "OPTIONS (timeout"],
    ),
];

/// Want more memory than there is.
pub(super) const HOARDED: &[Case] = &[
    (
        "allocates",
        &["hit its memory limit", "67108864", "OPTIONS (memory"],
    ),
    (
        "hoards",
        &["hit its memory limit", "67108864", "OPTIONS (memory"],
    ),
    (
        "fills",
        &["hit its memory limit", "67108864", "OPTIONS (memory"],
    ),
];

/// Say much and return.
pub(super) const PROPER: &[&str] = &["logs_much", "logs_at_length", "logs_in_colour"];

const IMPATIENT: Limits = Limits {
    memory: 64 << 20,
    timeout: Duration::from_millis(200),
};

#[tokio::test]
async fn a_call_ends_at_its_time_limit() {
    check_all(SPUN, IMPATIENT).await;
}

#[tokio::test]
async fn memory_ends_at_its_limit() {
    check_all(HOARDED, LIMITS).await;
}

#[tokio::test]
async fn gigabytes_of_log_do_not_end_the_query_and_are_not_kept() {
    for function in PROPER {
        let query = query(
            function,
            Limits {
                memory: 256 << 20,
                timeout: Duration::from_secs(300),
            },
        );
        match query.rows(&format!("SELECT {function}(x) FROM t")).await {
            Ok(rows) => assert_eq!(first_column(&rows).len(), 1000),
            // A line that is longer than all that a call can hand over.
            Err(error) if *function == "logs_at_length" => {
                let message = engine::said(&error);
                assert!(
                    message.contains("`logs_at_length`") && message.contains("fuel"),
                    "{message}"
                );
            }
            Err(error) => panic!("{function}: {error}"),
        }
    }
    still_works().await;
}

/// Memory is the query's: with little left in its pool, a guest gets little.
#[tokio::test]
async fn guest_memory_is_charged_to_the_pool_of_the_query_and_given_back() {
    let pool: Arc<dyn MemoryPool> = Arc::new(GreedyMemoryPool::new(16 << 20));
    let binding = Binding {
        limits: LIMITS,
        ..Binding::new(stored("hostile"), "allocates")
    };
    let query = Query::charging(Arc::clone(&pool), 1)
        .with(bound(binding))
        .column("t", [numbers()]);
    let error = query.rows("SELECT allocates(x) FROM t").await.unwrap_err();
    let message = engine::said(&error);
    assert!(
        message.contains("memory pool") && message.contains("--memory-limit"),
        "{message}"
    );
    drop(error);
    drop(query);
    assert_eq!(pool.reserved(), 0);

    let query = Query::charging(Arc::clone(&pool), 1)
        .with(engine::function("hostile", "returns_a_static"))
        .column("t", [numbers()]);
    let rows = query
        .rows("SELECT returns_a_static(x) FROM t")
        .await
        .unwrap();
    assert!(
        pool.reserved() > 1 << 20,
        "a result that is read in place keeps its memory: {}",
        pool.reserved()
    );
    drop(query);
    drop(rows);
    assert_eq!(pool.reserved(), 0);
}

#[tokio::test]
async fn a_query_ends_at_its_deadline() {
    let binding = Binding {
        limits: LIMITS,
        ..Binding::new(stored("hostile"), "spins")
    };
    let function = bound(binding);
    let begun = Instant::now();
    let query = Query::until(begun + Duration::from_millis(300))
        .with(function)
        .column("t", [numbers()]);
    let error = query.rows("SELECT spins(x) FROM t").await.unwrap_err();
    assert_eq!(
        failure(&error).and_then(|failure| failure.cause.stop()),
        Some(Stopped::Deadline),
        "{error}"
    );
    assert!(
        begun.elapsed() < Duration::from_secs(5),
        "{:?}",
        begun.elapsed()
    );
    still_works().await;
}

/// Whoever drops a query does not wait, and its guests end: they let go of the scope and of its memory.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn dropping_a_query_stops_its_guests() {
    for function in ["spins", "logs_forever"] {
        let (pool, watch) = watched();
        let binding = Binding {
            limits: LIMITS,
            ..Binding::new(stored("hostile"), function)
        };
        let query = Query::charging(pool, 1)
            .with(bound(binding))
            .column("t", [numbers()]);
        let sql = format!("SELECT {function}(x) FROM t");
        let Abandoned { returned, ended } = watch.abandon(query, &sql).await;
        assert!(
            returned < Duration::from_millis(50),
            "{function}: dropping took {returned:?}"
        );
        // A hundred milliseconds are promised; a busy machine gets its share of patience.
        assert!(
            ended < Duration::from_millis(400),
            "{function}: it went on for {ended:?}"
        );
    }
    still_works().await;
}

fn numbers() -> arrow::array::ArrayRef {
    Arc::new((0..1000).collect::<arrow::array::Int64Array>())
}
