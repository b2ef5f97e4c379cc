//! Writes a table with a sandboxed writer and tells how far it is, for whoever kills it meanwhile.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use arrow::array::{Int64Array, RecordBatch};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrowbox_host::{Binding, Function};
use arrowbox_tests::engine::{Query, any, stored};
use clap::Parser;
use datafusion::catalog::streaming::StreamingTable;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::streaming::PartitionStream;

/// Writes a table with a sandboxed writer and tells how far it is.
#[derive(Parser)]
struct Arguments {
    /// The folder to write to.
    target: PathBuf,
    /// Partitions of the table.
    #[arg(long)]
    partitions: usize,
    /// Batches of each.
    #[arg(long)]
    batches: usize,
    /// Rows of each batch.
    #[arg(long)]
    rows: usize,
}

#[tokio::main]
async fn main() {
    let arguments = Arguments::parse();
    let Function::Writer(writer) = any(Binding::new(stored("kinds"), "marked")) else {
        panic!("it is a writer");
    };
    let schema: SchemaRef = Arc::new(Schema::new(vec![Field::new("x", DataType::Int64, false)]));
    let partition = || {
        Arc::new(Told {
            schema: Arc::clone(&schema),
            batches: arguments.batches,
            rows: arguments.rows,
        }) as Arc<dyn PartitionStream>
    };
    let partitions = (0..arguments.partitions).map(|_| partition()).collect();
    let table = StreamingTable::try_new(Arc::clone(&schema), partitions).expect("one schema");
    let query = Query::new(arguments.partitions).provider("t", Arc::new(table));
    let input = query.plan("SELECT * FROM t").await.expect("a plan");
    let target = arguments.target.to_str().expect("a path of text");
    let plan = writer
        .write(input, target, Default::default())
        .expect("a place to write to");
    println!("begins");
    query.run(plan).await.expect("it is written");
    println!("written");
}

/// Numbers, of which each batch is told as it is taken.
struct Told {
    schema: SchemaRef,
    batches: usize,
    rows: usize,
}

impl fmt::Debug for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Told")
    }
}

impl PartitionStream for Told {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn execute(&self, _: Arc<TaskContext>) -> SendableRecordBatchStream {
        let schema = Arc::clone(&self.schema);
        let numbers: Int64Array = (0..self.rows as i64).collect();
        let batch = RecordBatch::try_new(Arc::clone(&schema), vec![Arc::new(numbers)]);
        let batch = batch.expect("one column");
        let batches = (0..self.batches).map(move |number| {
            println!("batch {number}");
            Ok(batch.clone())
        });
        Box::pin(RecordBatchStreamAdapter::new(
            schema,
            futures::stream::iter(batches),
        ))
    }
}
