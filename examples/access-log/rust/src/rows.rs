//! Rows on their way into a batch.

use std::sync::Arc;

use arrowbox_sdk::array::builder::{Int16Builder, Int64Builder, TimestampMicrosecondBuilder};
use arrowbox_sdk::array::{ArrayRef, RecordBatch, RecordBatchOptions};
use arrowbox_sdk::datatypes::{ArrowError, SchemaRef};

use crate::column::Column;
use crate::line::{Line, RequestLine};
use crate::texts::Texts;

/// Columns that grow by a line at a time.
pub(crate) struct Rows {
    schema: SchemaRef,
    columns: Vec<Builder>,
    /// Whether a column is a part of the request.
    parts: bool,
    length: usize,
}

enum Builder {
    Text(Column, Texts),
    Time(TimestampMicrosecondBuilder),
    Status(Int16Builder),
    Bytes(Int64Builder),
}

impl Rows {
    /// For `capacity` rows at a time.
    pub(crate) fn new(columns: &[Column], capacity: usize) -> Self {
        let part = |column| matches!(column, Column::Method | Column::Path | Column::Protocol);
        let builder = |column: &Column| Builder::new(*column, capacity);
        Self {
            schema: Column::schema(columns),
            columns: columns.iter().map(builder).collect(),
            parts: columns.iter().copied().any(part),
            length: 0,
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.length
    }

    pub(crate) fn push(&mut self, line: &Line<'_>) {
        let request = match self.parts {
            true => line.request(),
            false => RequestLine::default(),
        };
        for column in &mut self.columns {
            column.push(line, &request);
        }
        self.length += 1;
    }

    pub(crate) fn push_nulls(&mut self) {
        for column in &mut self.columns {
            column.push_null();
        }
        self.length += 1;
    }

    /// What was pushed. The next batch begins then.
    pub(crate) fn finish(&mut self) -> Result<RecordBatch, ArrowError> {
        let columns = self.columns.iter_mut().map(Builder::finish);
        let columns = columns.collect::<Result<_, _>>()?;
        let options = RecordBatchOptions::new().with_row_count(Some(self.length));
        self.length = 0;
        RecordBatch::try_new_with_options(Arc::clone(&self.schema), columns, &options)
    }
}

impl Builder {
    fn new(column: Column, capacity: usize) -> Self {
        match column {
            Column::Time => {
                let times = TimestampMicrosecondBuilder::with_capacity(capacity);
                Self::Time(times.with_data_type(column.data_type()))
            }
            Column::Status => Self::Status(Int16Builder::with_capacity(capacity)),
            Column::Bytes => Self::Bytes(Int64Builder::with_capacity(capacity)),
            _ => Self::Text(column, Texts::new(capacity, 16 * capacity)),
        }
    }

    #[inline]
    fn push(&mut self, line: &Line<'_>, request: &RequestLine<'_>) {
        match self {
            Self::Time(times) => times.append_value(line.time),
            Self::Status(statuses) => statuses.append_option(line.status),
            Self::Bytes(sizes) => sizes.append_option(line.bytes),
            Self::Text(column, texts) => texts.push(match column {
                Column::Host => Some(line.host),
                Column::Ident => line.ident,
                Column::User => line.user,
                Column::Method => request.method,
                Column::Path => request.path,
                Column::Protocol => request.protocol,
                Column::Referer => line.referer,
                Column::Agent => line.agent,
                Column::Time | Column::Status | Column::Bytes => None,
            }),
        }
    }

    fn push_null(&mut self) {
        match self {
            Self::Text(_, texts) => texts.push(None),
            Self::Time(times) => times.append_null(),
            Self::Status(statuses) => statuses.append_null(),
            Self::Bytes(sizes) => sizes.append_null(),
        }
    }

    /// The column, and room for another of about its size.
    fn finish(&mut self) -> Result<ArrayRef, ArrowError> {
        Ok(match self {
            Self::Text(_, texts) => return texts.finish(),
            Self::Time(times) => Arc::new(times.finish()),
            Self::Status(statuses) => Arc::new(statuses.finish()),
            Self::Bytes(sizes) => Arc::new(sizes.finish()),
        })
    }
}
