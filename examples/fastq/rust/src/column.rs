//! The columns of the table.

use std::sync::Arc;

use arrowbox_sdk::datatypes::{DataType, Field, Schema, SchemaRef};

/// One of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "they are those of `Record`")]
pub enum Column {
    Id,
    Description,
    Sequence,
    Quality,
    /// Of the sequence, in characters.
    Length,
    MeanQuality,
}

impl Column {
    /// All of them, in the order of the table.
    pub const ALL: [Self; 6] = [
        Self::Id,
        Self::Description,
        Self::Sequence,
        Self::Quality,
        Self::Length,
        Self::MeanQuality,
    ];

    /// In SQL.
    pub fn name(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::Description => "description",
            Self::Sequence => "sequence",
            Self::Quality => "quality",
            Self::Length => "length",
            Self::MeanQuality => "mean_quality",
        }
    }

    /// What its values are.
    pub fn data_type(self) -> DataType {
        match self {
            Self::Length => DataType::Int64,
            Self::MeanQuality => DataType::Float64,
            _ => DataType::Utf8,
        }
    }

    fn is_nullable(self) -> bool {
        matches!(self, Self::Description | Self::MeanQuality)
    }

    /// A table of these.
    pub fn schema(columns: &[Self]) -> SchemaRef {
        let field =
            |column: &Self| Field::new(column.name(), column.data_type(), column.is_nullable());
        Arc::new(Schema::new(columns.iter().map(field).collect::<Vec<_>>()))
    }
}
