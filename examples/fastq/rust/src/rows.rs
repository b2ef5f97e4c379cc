//! Rows on their way into a batch.

use std::sync::Arc;

use arrowbox_sdk::array::builder::{Float64Builder, Int64Builder, StringBuilder};
use arrowbox_sdk::array::{ArrayRef, RecordBatch, RecordBatchOptions};
use arrowbox_sdk::datatypes::{ArrowError, SchemaRef};

use crate::column::Column;
use crate::record::Record;

/// Columns that grow by a record at a time.
pub(crate) struct Rows {
    schema: SchemaRef,
    columns: Vec<Builder>,
    length: usize,
}

enum Builder {
    Id(StringBuilder),
    Description(StringBuilder),
    Sequence(StringBuilder),
    Quality(StringBuilder),
    Length(Int64Builder),
    MeanQuality(Float64Builder),
}

impl Rows {
    pub(crate) fn new(columns: &[Column]) -> Self {
        Self {
            schema: Column::schema(columns),
            columns: columns.iter().copied().map(Builder::new).collect(),
            length: 0,
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.length
    }

    pub(crate) fn push(&mut self, record: &Record<'_>) {
        for column in &mut self.columns {
            column.push(record);
        }
        self.length += 1;
    }

    /// What was pushed. The next batch begins then.
    pub(crate) fn finish(&mut self) -> Result<RecordBatch, ArrowError> {
        let columns = self.columns.iter_mut().map(Builder::finish).collect();
        let options = RecordBatchOptions::new().with_row_count(Some(self.length));
        self.length = 0;
        RecordBatch::try_new_with_options(Arc::clone(&self.schema), columns, &options)
    }
}

impl Builder {
    fn new(column: Column) -> Self {
        match column {
            Column::Id => Self::Id(StringBuilder::new()),
            Column::Description => Self::Description(StringBuilder::new()),
            Column::Sequence => Self::Sequence(StringBuilder::new()),
            Column::Quality => Self::Quality(StringBuilder::new()),
            Column::Length => Self::Length(Int64Builder::new()),
            Column::MeanQuality => Self::MeanQuality(Float64Builder::new()),
        }
    }

    #[inline]
    fn push(&mut self, record: &Record<'_>) {
        match self {
            Self::Id(texts) => texts.append_value(String::from_utf8_lossy(record.id)),
            Self::Description(texts) => {
                texts.append_option(record.description.map(String::from_utf8_lossy));
            }
            Self::Sequence(texts) => texts.append_value(record.sequence),
            Self::Quality(texts) => texts.append_value(record.quality),
            Self::Length(lengths) => lengths.append_value(record.sequence.len() as i64),
            Self::MeanQuality(means) => means.append_option(record.mean_quality),
        }
    }

    /// The column, and room for another of about its size.
    fn finish(&mut self) -> ArrayRef {
        match self {
            Self::Id(texts)
            | Self::Description(texts)
            | Self::Sequence(texts)
            | Self::Quality(texts) => {
                let (rows, bytes) = (texts.offsets_slice().len(), texts.values_slice().len());
                let next = StringBuilder::with_capacity(rows, bytes);
                Arc::new(std::mem::replace(texts, next).finish())
            }
            Self::Length(lengths) => Arc::new(lengths.finish()),
            Self::MeanQuality(means) => Arc::new(means.finish()),
        }
    }
}
