//! `score_iris`: a model that scores batches of rows.

use std::sync::Arc;

use arrow::{
    array::{
        Array, ArrayRef, AsArray, DictionaryArray, Float64Array, Int32Array, RecordBatch,
        StringArray,
    },
    buffer::NullBuffer,
    datatypes::{DataType, Field, Float64Type, Int32Type, Schema, SchemaRef},
};
use arrowbox_host::Function;
use datafusion::{
    catalog::TableProvider,
    datasource::{ViewTable, provider_as_source},
    error::Result,
    execution::SendableRecordBatchStream,
    logical_expr::LogicalPlanBuilder,
    physical_plan::stream::RecordBatchStreamAdapter,
};
use futures::StreamExt;
use iris_model::Model;

use super::{
    data::{floats, integers, spread, uniform},
    engine::{Engine, Outcome, Query},
    operator::{Operator, OperatorTable},
    same::Tolerance,
};
use crate::record::Record;

/// The model that comes with the example.
const MODEL: &str = include_str!(concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../examples/iris-model/rust/src/model.csv"
));

/// The columns that the model weighs, and from where to where they go, in centimetres.
const COLUMNS: [(&str, f64, f64); 4] = [
    ("sepal_length", 4.3, 7.9),
    ("sepal_width", 2.0, 4.4),
    ("petal_length", 1.0, 6.9),
    ("petal_width", 0.1, 2.5),
];

pub(super) fn measure(engine: &Engine, rows: usize) -> Outcome<Vec<Record>> {
    eprintln!("score_iris of {rows} rows");
    let table = spread(rows, |rows| {
        let mut columns = vec![("id", integers(rows.clone(), |row| row))];
        columns.extend(COLUMNS.iter().zip(1..).map(|((name, from, to), salt)| {
            let value = |row| from + (to - from) * uniform(row * 4 + salt);
            (*name, floats(rows.clone(), value))
        }));
        columns
    })?;
    let operator: Arc<dyn Operator> = Arc::new(Scorer::new(&table.schema())?);
    let function = match engine.function("iris-model", "score_iris")? {
        Function::MapBatches(function) => function,
        other => return Err(format!("score_iris is {other:?}").into()),
    };
    let query = Query {
        sql: "SELECT * FROM scored",
        rows,
        native: &|context| {
            let scored = OperatorTable {
                operator: Arc::clone(&operator),
                input: Arc::clone(&table) as _,
            };
            context.register_table("scored", Arc::new(scored))?;
            Ok(())
        },
        sandboxed: &|context| {
            let source = provider_as_source(Arc::clone(&table) as _);
            let input = LogicalPlanBuilder::scan("t", source, None)?.build()?;
            let scored = ViewTable::new(function.plan(input, &[], None)?, None);
            context.register_table("scored", Arc::new(scored))?;
            Ok(())
        },
        tolerance: Tolerance::Exact,
    };
    let figure = "batch map of a model (score_iris)";
    Ok(vec![engine.compare(&query)?.record(figure).at_most(1.3)])
}

/// What the example does with a batch.
#[derive(Debug)]
struct Scorer {
    model: Arc<Model>,
    columns: Vec<usize>,
    classes: ArrayRef,
    schema: SchemaRef,
}

impl Scorer {
    fn new(input: &Schema) -> Outcome<Self> {
        let model = Model::parse(MODEL).map_err(|error| error.to_string())?;
        let classes = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
        let added = [
            Field::new("predicted", classes, true),
            Field::new("probability", DataType::Float64, true),
        ];
        let fields = input.fields().iter().cloned();
        let fields: Vec<_> = fields.chain(added.map(Arc::new)).collect();
        let columns = model.columns().iter().map(|name| input.index_of(name));
        Ok(Self {
            columns: columns.collect::<std::result::Result<_, _>>()?,
            classes: Arc::new(model.classes().map(Some).collect::<StringArray>()),
            schema: Arc::new(Schema::new(fields)),
            model: Arc::new(model),
        })
    }
}

impl Operator for Scorer {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn key(&self) -> Option<usize> {
        None
    }

    fn rows(&self, input: SendableRecordBatchStream) -> SendableRecordBatchStream {
        let schema = self.schema();
        let scorer = Self {
            model: Arc::clone(&self.model),
            columns: self.columns.clone(),
            classes: Arc::clone(&self.classes),
            schema: Arc::clone(&schema),
        };
        let scored = input.map(move |rows| scorer.score(&rows?));
        Box::pin(RecordBatchStreamAdapter::new(schema, scored))
    }
}

impl Scorer {
    fn score(&self, rows: &RecordBatch) -> Result<RecordBatch> {
        let column = |index: &usize| rows.column(*index).as_primitive::<Float64Type>();
        let columns: Vec<_> = self.columns.iter().map(column).collect();
        let values: Vec<&[f64]> = columns.iter().map(|column| &column.values()[..]).collect();
        let scores = self.model.score(&values, rows.num_rows());
        let nulls = columns
            .iter()
            .fold(None, |nulls: Option<NullBuffer>, column| {
                NullBuffer::union(nulls.as_ref(), column.nulls())
            });
        let likely: NullBuffer = scores.probabilities.iter().map(|&p| p >= 0.0).collect();
        let likely = NullBuffer::union(nulls.as_ref(), Some(&likely));
        let predicted = DictionaryArray::<Int32Type>::try_new(
            Int32Array::new(scores.classes.into(), likely),
            Arc::clone(&self.classes),
        )?;
        let mut columns = rows.columns().to_vec();
        columns.push(Arc::new(predicted));
        columns.push(Arc::new(Float64Array::new(
            scores.probabilities.into(),
            nulls,
        )));
        Ok(RecordBatch::try_new(self.schema(), columns)?)
    }
}
