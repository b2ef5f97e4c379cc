//! A reader and a writer.

use std::io::Write;
use std::sync::Arc;

use arrowbox_sdk::array::cast::AsArray;
use arrowbox_sdk::array::{Int64Array, RecordBatch, StringArray};
use arrowbox_sdk::datatypes::{DataType, Field, Schema, SchemaRef};
use arrowbox_sdk::{
    Batches, Error, Exactness, Filter, Options, PartitionWriter, Reader, Request, Split, Writer,
    reader, sink, split_files, writer,
};

fn refuse(line: &str) -> Result<(), Error> {
    match line {
        "666" => Err(Error::new("666 is refused")),
        _ => Ok(()),
    }
}

/// Splits of so many bytes.
pub struct TextLines {
    bytes: u64,
}

/// The lines of files, `line`, and how many bytes each has, `bytes`, whose comparisons it does itself. `param.split` is
/// the size of a split. Refuses 666.
#[reader]
impl Reader for TextLines {
    fn open(options: &Options) -> Result<Self, Error> {
        options.only(&["split"])?;
        Ok(Self {
            bytes: options.param("split").unwrap_or("1000000").parse()?,
        })
    }

    fn schema(&self) -> SchemaRef {
        let line = Field::new("line", DataType::Utf8, true);
        Arc::new(Schema::new(vec![
            line,
            Field::new("bytes", DataType::Int64, true),
        ]))
    }

    fn exactness(&self, filter: &Filter) -> Exactness {
        match filter.column() {
            1 => Exactness::Exact,
            _ => Exactness::Unsupported,
        }
    }

    fn plan(&self, _: &Request) -> Result<Vec<Split>, Error> {
        split_files(self.bytes)
    }

    fn read(&self, split: &Split, request: &Request) -> Result<Batches, Error> {
        let mut lines = split.lines()?;
        let (mut texts, mut lengths) = (Vec::new(), Vec::new());
        while let Some(line) = lines.next_line()? {
            let (line, bytes) = (std::str::from_utf8(line)?, line.len() as i64);
            refuse(line)?;
            let mut passes = true;
            for filter in request.filters() {
                passes &= filter.comparison().passes(bytes.cmp(&filter.value()?));
            }
            if passes {
                texts.push(line.to_owned());
                lengths.push(bytes);
            }
        }
        let columns = vec![
            Arc::new(StringArray::from(texts)) as _,
            Arc::new(Int64Array::from(lengths)) as _,
        ];
        Ok(request
            .project(RecordBatch::try_new(self.schema(), columns)?)?
            .into())
    }
}

/// Nothing to keep.
pub struct LineFiles;

/// The texts of the first column, a line each: a file `lines/<partition>.csv` for each partition, and `rows.txt`, which
/// says how many lines there are. Refuses 666.
#[writer]
impl Writer for LineFiles {
    type Partition = Part;

    fn open(_: &Schema, options: &Options) -> Result<Self, Error> {
        options.only(&[])?;
        Ok(Self)
    }

    fn partition(&self, number: u32) -> Result<Part, Error> {
        Ok(Part {
            file: sink::File::create(format!("lines/{number}.csv"))?,
            rows: 0,
        })
    }

    fn commit(&self, manifests: Vec<Vec<u8>>) -> Result<(), Error> {
        let mut rows = 0;
        for manifest in manifests {
            rows += String::from_utf8(manifest)?.parse::<u64>()?;
        }
        let mut file = sink::File::create("rows.txt")?;
        writeln!(file, "{rows}")?;
        file.finish()?;
        Ok(())
    }
}

/// A partition.
pub struct Part {
    file: sink::File,
    rows: u64,
}

impl PartitionWriter for Part {
    fn write(&mut self, rows: RecordBatch) -> Result<(), Error> {
        for line in rows.column(0).as_string::<i32>().iter().flatten() {
            refuse(line)?;
            writeln!(self.file, "{line}")?;
            self.rows += 1;
        }
        Ok(())
    }

    fn finish(self) -> Result<Vec<u8>, Error> {
        self.file.finish()?;
        Ok(self.rows.to_string().into_bytes())
    }
}
