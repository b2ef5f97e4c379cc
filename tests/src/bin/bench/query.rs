//! A whole query over Parquet, with sandboxed functions and with native ones.

use std::{error::Error, path::Path, sync::Arc, time::Instant};

use arrow::{array::RecordBatch, util::pretty::pretty_format_batches};
use arrowbox_host::{PublishFigures, QueryScope};
use arrowbox_tests::tpch;
use datafusion::{
    execution::SessionStateBuilder,
    logical_expr::ScalarUDF,
    prelude::{ParquetReadOptions, SessionConfig, SessionContext},
};
use futures::TryStreamExt;

use crate::{native, record::Record, sandboxed::Sandbox, timing::median};

/// Turns that are counted.
const TURNS: usize = 7;

const QUERY: &str = "
    SELECT l_returnflag,
           sum(gcd(l_orderkey, l_partkey)) AS divisors,
           max(upper(l_comment)) AS last_comment,
           count(*) AS lines
    FROM lineitem
    WHERE gcd(l_orderkey, l_suppkey) > 1
    GROUP BY l_returnflag
    ORDER BY l_returnflag";

pub(crate) fn measure(scale: f64) -> Result<Record, Box<dyn Error>> {
    eprintln!("SQL over lineitem, scale {scale}");
    let tables = tpch::shared(scale)?;
    let sandbox = Sandbox::new()?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let native = [native::udf("gcd"), native::udf("upper")];
    let wasm = [sandbox.udf("gcd")?, sandbox.udf("upper")?];
    runtime.block_on(async {
        let (expected, _) = run(&tables, &native).await?;
        let (found, _) = run(&tables, &wasm).await?;
        if pretty_format_batches(&expected)?.to_string()
            != pretty_format_batches(&found)?.to_string()
        {
            return Err("the query gives other rows in the sandbox".into());
        }
        let mut ratios = Vec::new();
        for _ in 0..TURNS {
            let (_, native) = run(&tables, &native).await?;
            let (_, wasm) = run(&tables, &wasm).await?;
            eprintln!("  native {native:.3} s, sandboxed {wasm:.3} s");
            ratios.push(wasm / native);
        }
        let figure = format!("SQL over lineitem (scale {scale}) with gcd and upper, end to end");
        Ok(Record::new(figure, median(ratios.into_iter()), "× native").at_most(1.15))
    })
}

/// The rows, and the seconds that they took.
async fn run(
    tables: &Path,
    functions: &[ScalarUDF],
) -> Result<(Vec<RecordBatch>, f64), Box<dyn Error>> {
    let mut config = SessionConfig::new();
    let pool = datafusion::execution::memory_pool::UnboundedMemoryPool::default();
    let scope = QueryScope::new(Arc::new(pool), config.target_partitions(), None);
    scope.install(config.options_mut());
    let state = SessionStateBuilder::new()
        .with_config(config)
        .with_default_features()
        .with_physical_optimizer_rule(Arc::new(PublishFigures))
        .build();
    let session = SessionContext::new_with_state(state);
    let lineitem = tables.join("lineitem");
    let lineitem = lineitem.to_str().ok_or("the folder's name is not text")?;
    session
        .register_parquet("lineitem", lineitem, ParquetReadOptions::default())
        .await?;
    for function in functions {
        session.register_udf(function.clone());
    }
    let began = Instant::now();
    let rows = session.sql(QUERY).await?.execute_stream().await?;
    let rows = scope.run(rows).try_collect().await?;
    Ok((rows, began.elapsed().as_secs_f64()))
}
