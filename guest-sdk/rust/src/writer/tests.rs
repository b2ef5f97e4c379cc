use std::io::Write;
use std::sync::Arc;

use arrow_array::{Array, ArrayRef, Int64Array};

use super::*;
use crate::sink::File;
use crate::testing::write;

/// A file of the numbers of each partition, and one that counts the rows of all.
struct Numbers {
    column: usize,
}

impl Writer for Numbers {
    type Partition = Part;

    fn open(input: &Schema, options: &Options) -> Result<Self, Error> {
        options.only(&["column"])?;
        let column = options.param("column").unwrap_or("number");
        Ok(Self {
            column: input.index_of(column)?,
        })
    }

    fn partition(&self, number: u32) -> Result<Part, Error> {
        Ok(Part {
            column: self.column,
            file: File::create(format!("part={number}/numbers"))?,
            rows: 0,
        })
    }

    fn commit(&self, manifests: Vec<Vec<u8>>) -> Result<(), Error> {
        let mut file = File::create("rows")?;
        for manifest in manifests {
            file.write_all(&manifest)?;
        }
        file.finish()?;
        Ok(())
    }
}

struct Part {
    column: usize,
    file: File,
    rows: usize,
}

impl PartitionWriter for Part {
    fn write(&mut self, rows: RecordBatch) -> Result<(), Error> {
        let numbers = Int64Array::from(rows.column(self.column).to_data());
        for number in &numbers {
            let number = number.ok_or_else(|| Error::new("there is a null"))?;
            write!(self.file, "{number} ")?;
        }
        self.rows += rows.num_rows();
        Ok(())
    }

    fn finish(self) -> Result<Vec<u8>, Error> {
        self.file.finish()?;
        Ok(self.rows.to_string().into_bytes())
    }
}

fn rows(numbers: Vec<Option<i64>>) -> RecordBatch {
    let numbers: ArrayRef = Arc::new(Int64Array::from(numbers));
    RecordBatch::try_from_iter_with_nullable([("number", numbers, true)]).unwrap()
}

#[test]
fn partitions_and_what_ends_them_are_written() {
    let partitions = [
        vec![rows(vec![Some(1), Some(2)]), rows(vec![Some(3)])],
        vec![],
        vec![rows(vec![Some(4)])],
    ];
    let files = write::<Numbers>(&partitions, &Options::default()).unwrap();
    let files: Vec<_> = files
        .into_iter()
        .map(|(path, bytes)| (path, String::from_utf8(bytes).unwrap()))
        .collect();
    let file = |path: &str, text: &str| (path.to_owned(), text.to_owned());
    assert_eq!(
        files,
        [
            file("part=0/numbers", "1 2 3 "),
            file("part=1/numbers", ""),
            file("part=2/numbers", "4 "),
            file("rows", "301"),
        ]
    );
}

#[test]
fn what_a_writer_says_ends_it() {
    let partitions = [vec![rows(vec![None])]];
    let error = write::<Numbers>(&partitions, &Options::default()).unwrap_err();
    assert_eq!(error.to_string(), "there is a null");
    let options = Options::default().with_param("column", "other");
    assert!(write::<Numbers>(&partitions, &options).is_err());
}
