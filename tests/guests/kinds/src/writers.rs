//! Writers.

use std::io::Write;

use arrowbox_sdk::array::RecordBatch;
use arrowbox_sdk::array::cast::AsArray;
use arrowbox_sdk::array::types::Int64Type;
use arrowbox_sdk::datatypes::{DataType, Schema};
use arrowbox_sdk::{Error, Options, PartitionWriter, Writer, log, sink, writer};

/// Text files.
pub struct Texts {
    rows: usize,
}

/// The numbers of the first column, a line for each: files `<partition>/<file>.txt` of `param.rows` rows each, and a
/// file `index` that names all of them. Fails for a negative number.
#[writer]
impl Writer for Texts {
    type Partition = Partition;

    fn open(input: &Schema, options: &Options) -> Result<Self, Error> {
        options.only(&["rows"])?;
        check(input)?;
        let rows = options.param("rows").unwrap_or("1000").parse()?;
        Ok(Self { rows })
    }

    fn partition(&self, number: u32) -> Result<Partition, Error> {
        Ok(Partition {
            number,
            per_file: self.rows,
            file: None,
            left: 0,
            names: Vec::new(),
        })
    }

    fn commit(&self, manifests: Vec<Vec<u8>>) -> Result<(), Error> {
        let mut index = sink::File::create("index")?;
        for manifest in manifests {
            index.write_all(&manifest)?;
        }
        index.finish()?;
        Ok(())
    }
}

fn check(input: &Schema) -> Result<(), Error> {
    match input.fields().first() {
        Some(field) if field.data_type() == &DataType::Int64 => Ok(()),
        _ => Err(Error::new("the first column has to be int64")),
    }
}

/// One partition.
pub struct Partition {
    number: u32,
    per_file: usize,
    file: Option<sink::File>,
    /// Rows that the file can still have.
    left: usize,
    names: Vec<u8>,
}

impl PartitionWriter for Partition {
    fn write(&mut self, rows: RecordBatch) -> Result<(), Error> {
        for number in rows.column(0).as_primitive::<Int64Type>().iter().flatten() {
            if number < 0 {
                return Err(Error::new(format!("{number} is negative")));
            }
            if self.left == 0 {
                self.close()?;
            }
            let file = match self.file.take() {
                Some(file) => file,
                None => self.open()?,
            };
            let file = self.file.insert(file);
            writeln!(file, "{number}")?;
            self.left -= 1;
        }
        Ok(())
    }

    fn finish(mut self) -> Result<Vec<u8>, Error> {
        self.close()?;
        Ok(self.names)
    }
}

impl Partition {
    fn open(&mut self) -> Result<sink::File, Error> {
        let file = self.names.iter().filter(|byte| **byte == b'\n').count();
        let name = format!("{}/{file}.txt", self.number);
        writeln!(self.names, "{name}")?;
        self.left = self.per_file;
        sink::File::create(name)
    }

    fn close(&mut self) -> Result<(), Error> {
        if let Some(file) = self.file.take() {
            file.finish()?;
        }
        Ok(())
    }
}

/// Writes what can be told from anything else, and says where it is.
pub struct Marked {
    mark: String,
}

/// One file for each partition: `param.mark`, for each row, and `end` behind all. It says in the log when it
/// begins, has written a batch, finishes and commits.
#[writer]
impl Writer for Marked {
    type Partition = MarkedPart;

    fn open(_: &Schema, options: &Options) -> Result<Self, Error> {
        options.only(&["mark"])?;
        let mark = options.param("mark").unwrap_or("mark").to_owned();
        Ok(Self { mark })
    }

    fn partition(&self, number: u32) -> Result<MarkedPart, Error> {
        log::warn!("marked: begins {number}");
        Ok(MarkedPart {
            mark: self.mark.clone(),
            file: sink::File::create(format!("{}-{number}.txt", self.mark))?,
        })
    }

    fn commit(&self, manifests: Vec<Vec<u8>>) -> Result<(), Error> {
        log::warn!("marked: commits {}", manifests.len());
        let mut all = sink::File::create(format!("{}.txt", self.mark))?;
        writeln!(all, "{}", manifests.len())?;
        all.finish()?;
        log::warn!("marked: committed");
        Ok(())
    }
}

/// A partition of [`Marked`].
pub struct MarkedPart {
    mark: String,
    file: sink::File,
}

impl PartitionWriter for MarkedPart {
    fn write(&mut self, rows: RecordBatch) -> Result<(), Error> {
        for _ in 0..rows.num_rows() {
            writeln!(self.file, "{}", self.mark)?;
        }
        log::warn!("marked: wrote");
        Ok(())
    }

    fn finish(mut self) -> Result<Vec<u8>, Error> {
        writeln!(self.file, "end")?;
        log::warn!("marked: finishes");
        self.file.finish()?;
        Ok(Vec::new())
    }
}
