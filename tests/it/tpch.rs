//! Real data: the same rows with sandboxed functions as without.

use arrow::array::AsArray;
use arrow::datatypes::Int64Type;
use arrowbox_tests::command::Arrowbox;
use arrowbox_tests::component;
use arrowbox_tests::engine::{Query, function};
use arrowbox_tests::tpch::{Table, shared};
use datafusion::prelude::ParquetReadOptions;

const SCALE: f64 = 0.01;

async fn query(partitions: usize, functions: &[&str]) -> Query {
    let mut query = Query::new(partitions);
    for name in functions {
        query = query.with(function("reference", name));
    }
    let folder = shared(SCALE).expect("tables").join(Table::Lineitem.name());
    let options = ParquetReadOptions::default();
    query
        .context()
        .register_parquet("lineitem", folder.to_str().unwrap(), options)
        .await
        .expect("a table");
    query
}

/// Text comes from Parquet as views; what `upper` makes of them is what the engine's own makes of them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn functions_agree_with_the_engine_on_every_row() {
    for partitions in [1, 4] {
        let query = query(partitions, &["gcd", "add_one"]).await;
        let sql = "SELECT count(*), \
            count(*) FILTER (WHERE add_one(l_orderkey) = l_orderkey + 1), \
            count(*) FILTER (WHERE l_partkey % gcd(l_partkey, l_suppkey) = 0 AND l_suppkey % gcd(l_partkey, l_suppkey) = 0) \
            FROM lineitem";
        let rows = query.rows(sql).await.expect("it works");
        let value = |column: usize| rows[0].column(column).as_primitive::<Int64Type>().value(0);
        assert_eq!(value(0), 60_175);
        assert_eq!(
            (value(1), value(2)),
            (60_175, 60_175),
            "{partitions} partitions"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn text_of_every_row_is_right_after_a_filter_too() {
    let rows = |sql: &'static str, functions: &'static [&'static str]| async move {
        let query = query(2, functions).await;
        let rows = query.rows(sql).await.expect("it works");
        rows[0].column(0).as_primitive::<Int64Type>().value(0)
    };
    for filter in ["true", "l_linenumber = 7", "l_orderkey % 1000 = 1", "false"] {
        // `upper` of the sandbox takes the place of the engine's.
        let sql = |filter: &str| {
            format!(
                "SELECT count(DISTINCT u) FROM (SELECT upper(l_comment) AS u FROM lineitem WHERE {filter})"
            )
        };
        let text: &'static str = sql(filter).leak();
        assert_eq!(
            rows(text, &["upper"]).await,
            rows(text, &[]).await,
            "{filter}"
        );
    }
}

/// As a user does it, from the command line.
#[test]
fn the_command_line_reads_a_folder_of_parquet() {
    let data = tempfile::tempdir().unwrap();
    let folder = shared(SCALE).expect("tables").join("lineitem");
    let table = format!("lineitem={}", folder.display());
    let gcd = component::path("gcd");
    let sql = "SELECT count(*) AS lines FROM lineitem WHERE gcd(l_partkey, l_suppkey) >= 1";
    let arguments = [
        "sql",
        "--format",
        "csv",
        "--table",
        &table,
        "--component",
        gcd.to_str().unwrap(),
        sql,
    ];
    assert_eq!(
        Arrowbox::new(data.path(), arguments).run().ok().trim(),
        "lines\n60175"
    );
}
