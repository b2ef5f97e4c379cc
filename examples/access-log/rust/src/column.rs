//! The columns of the table.

use std::sync::Arc;

use arrowbox_sdk::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};

use crate::line::Line;
use crate::text::Text;

/// One of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "they are those of `Line` and `RequestLine`")]
pub enum Column {
    Host,
    Ident,
    User,
    Time,
    Method,
    Path,
    Protocol,
    Status,
    Bytes,
    Referer,
    Agent,
}

impl Column {
    /// All of them, in the order of the table.
    pub const ALL: [Self; 11] = [
        Self::Host,
        Self::Ident,
        Self::User,
        Self::Time,
        Self::Method,
        Self::Path,
        Self::Protocol,
        Self::Status,
        Self::Bytes,
        Self::Referer,
        Self::Agent,
    ];

    /// In SQL.
    pub fn name(self) -> &'static str {
        match self {
            Self::Host => "host",
            Self::Ident => "ident",
            Self::User => "user",
            Self::Time => "time",
            Self::Method => "method",
            Self::Path => "path",
            Self::Protocol => "protocol",
            Self::Status => "status",
            Self::Bytes => "bytes",
            Self::Referer => "referer",
            Self::Agent => "agent",
        }
    }

    /// What its values are.
    pub fn data_type(self) -> DataType {
        match self {
            Self::Time => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
            Self::Status => DataType::Int16,
            Self::Bytes => DataType::Int64,
            _ => DataType::Utf8,
        }
    }

    /// A table of these.
    pub fn schema(columns: &[Self]) -> SchemaRef {
        let field = |column: &Self| Field::new(column.name(), column.data_type(), true);
        Arc::new(Schema::new(columns.iter().map(field).collect::<Vec<_>>()))
    }

    /// The value of a line.
    pub(crate) fn of<'a>(self, line: &Line<'a>) -> Value<'a> {
        match self {
            Self::Host => Value::Text(Some(line.host)),
            Self::Ident => Value::Text(line.ident),
            Self::User => Value::Text(line.user),
            Self::Time => Value::Number(Some(line.time)),
            Self::Method => Value::Text(line.request().method),
            Self::Path => Value::Text(line.request().path),
            Self::Protocol => Value::Text(line.request().protocol),
            Self::Status => Value::Number(line.status.map(i64::from)),
            Self::Bytes => Value::Number(line.bytes),
            Self::Referer => Value::Text(line.referer),
            Self::Agent => Value::Text(line.agent),
        }
    }
}

/// What one column of one line has.
pub(crate) enum Value<'a> {
    Text(Option<Text<'a>>),
    Number(Option<i64>),
}
