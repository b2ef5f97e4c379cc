use std::io::{self, Write};

use arrow::array::RecordBatch;
use arrow::csv;
use arrow::datatypes::SchemaRef;
use arrow::error::ArrowError;
use arrow::ipc::writer::StreamWriter;
use arrow::json::writer::{JsonArray, LineDelimited, Writer, WriterBuilder};
use arrow::util::display::FormatOptions;
use arrow::util::pretty::pretty_format_batches_with_options;

use super::OutputFormat;
use arrowbox_host::plain;

/// The rows of one query on their way out, batch by batch.
pub(in crate::cli) struct Rows<'w, W: Write> {
    form: Form<'w, W>,
}

/// Rows can not be written.
#[derive(Debug, thiserror::Error)]
pub(in crate::cli) enum OutputError {
    /// A value has no form in this format.
    #[error("the result can not be written as {format}")]
    Format {
        /// CSV, …
        format: &'static str,
        /// Why.
        #[source]
        source: ArrowError,
    },
    /// Whoever takes the output does not take more.
    #[error("the result can not be written")]
    Io(#[from] io::Error),
}

enum Form<'w, W: Write> {
    Table(Table<'w, W>),
    Csv(Csv<'w, W>),
    Json(Writer<&'w mut W, JsonArray>),
    Ndjson(Writer<&'w mut W, LineDelimited>),
    Arrow(StreamWriter<&'w mut W>),
}

/// Text is made in memory, so that what the system says about writing it keeps its type.
struct Csv<'w, W> {
    writer: &'w mut W,
    text: Vec<u8>,
    header: bool,
}

/// A table is as wide as its widest row, so its rows are kept until the end, as many as are shown.
struct Table<'w, W> {
    writer: &'w mut W,
    schema: SchemaRef,
    shown: Vec<RecordBatch>,
    room: usize,
    more: usize,
}

impl<'w, W: Write> Rows<'w, W> {
    /// For rows of `schema`; a table shows at most `max_rows` of them.
    pub(in crate::cli) fn new(
        format: OutputFormat,
        schema: &SchemaRef,
        writer: &'w mut W,
        max_rows: usize,
    ) -> Result<Self, OutputError> {
        let form = match format {
            OutputFormat::Table => Form::Table(Table {
                writer,
                schema: SchemaRef::clone(schema),
                shown: Vec::new(),
                room: max_rows,
                more: 0,
            }),
            OutputFormat::Csv => {
                let mut form = Csv {
                    writer,
                    text: Vec::new(),
                    header: true,
                };
                // The header is there even if no row is.
                form.write(&RecordBatch::new_empty(SchemaRef::clone(schema)))?;
                Form::Csv(form)
            }
            OutputFormat::Json => {
                Form::Json(WriterBuilder::new().with_explicit_nulls(true).build(writer))
            }
            OutputFormat::Ndjson => {
                Form::Ndjson(WriterBuilder::new().with_explicit_nulls(true).build(writer))
            }
            OutputFormat::Arrow => Form::Arrow(
                StreamWriter::try_new(writer, schema).map_err(|source| failed("Arrow", source))?,
            ),
        };
        Ok(Self { form })
    }

    /// Some more rows.
    pub(in crate::cli) fn write(&mut self, batch: &RecordBatch) -> Result<(), OutputError> {
        match &mut self.form {
            Form::Table(table) => {
                let fit = batch.num_rows().min(table.room);
                if fit > 0 {
                    table.shown.push(batch.slice(0, fit));
                }
                table.room -= fit;
                table.more += batch.num_rows() - fit;
                Ok(())
            }
            Form::Csv(csv) => csv.write(batch),
            Form::Json(writer) => writer.write(batch).map_err(|source| failed("JSON", source)),
            Form::Ndjson(writer) => writer.write(batch).map_err(|source| failed("JSON", source)),
            Form::Arrow(writer) => writer
                .write(batch)
                .map_err(|source| failed("Arrow", source)),
        }
    }

    /// There are no more rows.
    pub(in crate::cli) fn finish(self) -> Result<(), OutputError> {
        match self.form {
            Form::Table(table) => table.finish(),
            Form::Csv(csv) => Ok(csv.writer.flush()?),
            Form::Json(mut writer) => {
                writer.finish().map_err(|source| failed("JSON", source))?;
                let writer = writer.into_inner();
                writeln!(writer)?;
                Ok(writer.flush()?)
            }
            Form::Ndjson(mut writer) => {
                writer.finish().map_err(|source| failed("JSON", source))?;
                Ok(writer.into_inner().flush()?)
            }
            Form::Arrow(mut writer) => {
                writer.finish().map_err(|source| failed("Arrow", source))?;
                Ok(writer.get_mut().flush()?)
            }
        }
    }
}

impl<W: Write> Csv<'_, W> {
    fn write(&mut self, batch: &RecordBatch) -> Result<(), OutputError> {
        self.text.clear();
        csv::WriterBuilder::new()
            .with_header(self.header)
            .build(&mut self.text)
            .write(batch)
            .map_err(|source| failed("CSV", source))?;
        self.header = false;
        Ok(self.writer.write_all(&self.text)?)
    }
}

impl<W: Write> Table<'_, W> {
    fn finish(mut self) -> Result<(), OutputError> {
        if self.shown.is_empty() {
            self.shown.push(RecordBatch::new_empty(self.schema));
        }
        let options = FormatOptions::new()
            .with_null("NULL")
            .with_display_error(true);
        let table = pretty_format_batches_with_options(&self.shown, &options)
            .map_err(|source| failed("a table", source))?;
        writeln!(self.writer, "{}", plain(&table.to_string()))?;
        if self.more > 0 {
            writeln!(
                self.writer,
                "… {} more rows (show more with --max-rows)",
                self.more
            )?;
        }
        Ok(self.writer.flush()?)
    }
}

/// What the system says goes first: a closed pipe is no matter of formats.
fn failed(format: &'static str, error: ArrowError) -> OutputError {
    match error {
        ArrowError::IoError(_, source) => OutputError::Io(source),
        source => OutputError::Format { format, source },
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{ArrayRef, Int64Array, StringArray};

    use super::*;

    fn written(format: OutputFormat, max_rows: usize) -> Vec<u8> {
        let a: ArrayRef = Arc::new(Int64Array::from(vec![Some(1), None, Some(3)]));
        let b: ArrayRef = Arc::new(StringArray::from(vec!["x", "y,z", "ü"]));
        let batch = RecordBatch::try_from_iter([("a", a), ("b", b)]).unwrap();
        let mut bytes = Vec::new();
        let mut rows = Rows::new(format, &batch.schema(), &mut bytes, max_rows).unwrap();
        rows.write(&batch).unwrap();
        rows.write(&batch.slice(0, 1)).unwrap();
        rows.finish().unwrap();
        bytes
    }

    fn text(format: OutputFormat, max_rows: usize) -> String {
        String::from_utf8(written(format, max_rows)).unwrap()
    }

    #[test]
    fn each_format() {
        assert_eq!(text(OutputFormat::Csv, 0), "a,b\n1,x\n,\"y,z\"\n3,ü\n1,x\n");
        assert_eq!(
            text(OutputFormat::Ndjson, 0),
            "{\"a\":1,\"b\":\"x\"}\n{\"a\":null,\"b\":\"y,z\"}\n{\"a\":3,\"b\":\"ü\"}\n{\"a\":1,\"b\":\"x\"}\n"
        );
        assert!(text(OutputFormat::Json, 0).starts_with("[{\"a\":1,\"b\":\"x\"},{\"a\":null"));
        let table = text(OutputFormat::Table, 2);
        assert!(table.contains("| NULL | y,z |"), "{table}");
        assert!(
            table.ends_with("… 2 more rows (show more with --max-rows)\n"),
            "{table}"
        );
        let bytes = written(OutputFormat::Arrow, 0);
        let reader = arrow::ipc::reader::StreamReader::try_new(bytes.as_slice(), None).unwrap();
        assert_eq!(
            reader.map(|batch| batch.unwrap().num_rows()).sum::<usize>(),
            4
        );
    }

    #[test]
    fn no_rows() {
        let schema = Arc::new(arrow::datatypes::Schema::new(vec![
            arrow::datatypes::Field::new("a", arrow::datatypes::DataType::Int64, true),
        ]));
        for (format, expected) in [
            (OutputFormat::Csv, "a\n"),
            (OutputFormat::Json, "[]\n"),
            (OutputFormat::Ndjson, ""),
            (OutputFormat::Table, "+---+\n| a |\n+---+\n+---+\n"),
        ] {
            let mut bytes = Vec::new();
            Rows::new(format, &schema, &mut bytes, 10)
                .unwrap()
                .finish()
                .unwrap();
            assert_eq!(String::from_utf8(bytes).unwrap(), expected);
        }
    }
}
