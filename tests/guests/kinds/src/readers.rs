//! Readers.

use std::sync::Arc;

use arrowbox_sdk::array::{Int64Array, RecordBatch, RecordBatchOptions, StringArray};
use arrowbox_sdk::datatypes::{DataType, Field, Schema, SchemaRef};
use arrowbox_sdk::{
    Batches, Comparison, Error, Exactness, Filter, Options, Reader, Request, Split, log, reader,
    split_files,
};

fn schema(columns: &[(&str, DataType)]) -> SchemaRef {
    let field = |(name, data_type): &(&str, DataType)| Field::new(*name, data_type.clone(), true);
    Arc::new(Schema::new(columns.iter().map(field).collect::<Vec<_>>()))
}

/// Lines of text.
pub struct Lines {
    bytes: u64,
}

/// The lines of text files, `line`, and how long they are, `length`. `param.split` is the size of a split in
/// bytes.
#[reader]
impl Reader for Lines {
    fn open(options: &Options) -> Result<Self, Error> {
        options.only(&["split"])?;
        let bytes = options.param("split").unwrap_or("1048576").parse()?;
        Ok(Self { bytes })
    }

    fn schema(&self) -> SchemaRef {
        schema(&[("line", DataType::Utf8), ("length", DataType::Int64)])
    }

    fn plan(&self, _: &Request) -> Result<Vec<Split>, Error> {
        split_files(self.bytes)
    }

    fn read(&self, split: &Split, request: &Request) -> Result<Batches, Error> {
        let mut lines = split.lines()?;
        let (schema, request) = (self.schema(), request.clone());
        Ok(Batches::from_fn(move || {
            let mut texts = Vec::new();
            while texts.len() < 1000 {
                let Some(line) = lines.next_line()? else {
                    break;
                };
                texts.push(String::from_utf8(line.to_vec())?);
            }
            if texts.is_empty() {
                return Ok(None);
            }
            let lengths: Int64Array = texts.iter().map(|text| Some(text.len() as i64)).collect();
            let columns = vec![
                Arc::new(StringArray::from(texts)) as _,
                Arc::new(lengths) as _,
            ];
            request.project(RecordBatch::try_new(SchemaRef::clone(&schema), columns)?)
        }))
    }
}

/// Numbers that are made, of files whose size says how many.
pub struct Numbers {
    exactness: Exactness,
    per_split: u64,
}

/// For each file the numbers `n` from zero up to its size in bytes, and the file's name, `file`. What is asked of it
/// is in the log. `param.exactness` is what it does with comparisons of `n`: `exact`, `inexact` (it leaves out
/// what is too great) or `unsupported`; `param.rows` the rows of a split.
#[reader]
impl Reader for Numbers {
    fn open(options: &Options) -> Result<Self, Error> {
        options.only(&["exactness", "rows"])?;
        let exactness = match options.param("exactness").unwrap_or("exact") {
            "exact" => Exactness::Exact,
            "inexact" => Exactness::Inexact,
            "unsupported" => Exactness::Unsupported,
            other => return Err(Error::new(format!("{other} is no exactness"))),
        };
        let per_split = options.param("rows").unwrap_or("1000").parse()?;
        Ok(Self {
            exactness,
            per_split,
        })
    }

    fn schema(&self) -> SchemaRef {
        schema(&[("n", DataType::Int64), ("file", DataType::Utf8)])
    }

    fn exactness(&self, filter: &Filter) -> Exactness {
        match (filter.column(), filter.comparison()) {
            (0, Comparison::IsNull | Comparison::IsNotNull) | (1, _) => Exactness::Unsupported,
            _ => self.exactness,
        }
    }

    fn plan(&self, request: &Request) -> Result<Vec<Split>, Error> {
        let filters = request.filters().iter().map(|filter| {
            let value: i64 = filter.value()?;
            Ok(format!(
                "{} {:?} {value}",
                filter.column(),
                filter.comparison()
            ))
        });
        let filters: Vec<String> = filters.collect::<Result<_, Error>>()?;
        log::info!(
            "plan projection={:?} filters={filters:?} limit={:?}",
            request.projection(),
            request.limit()
        );
        let splits = split_files(self.per_split)?;
        let sized = splits.into_iter().map(|split| {
            let rows = split.file().map_or(0, |range| range.length());
            split.with_rows(rows).with_token(*b"token")
        });
        Ok(sized.collect())
    }

    fn read(&self, split: &Split, request: &Request) -> Result<Batches, Error> {
        if split.token() != b"token" {
            return Err(Error::new("the token is another one"));
        }
        let range = split.file().ok_or_else(|| Error::new("no file"))?;
        let name = range.path().rsplit('/').next().unwrap_or_default();
        let mut numbers = Vec::new();
        for number in range.offset() as i64..range.end() as i64 {
            if self.passes(number, request)? {
                numbers.push(number);
            }
        }
        if let Some(limit) = request.limit() {
            numbers.truncate(limit as usize);
        }
        let names = StringArray::from(vec![name; numbers.len()]);
        let options = RecordBatchOptions::new().with_row_count(Some(numbers.len()));
        let columns = vec![
            Arc::new(Int64Array::from(numbers)) as _,
            Arc::new(names) as _,
        ];
        let batch = RecordBatch::try_new_with_options(self.schema(), columns, &options)?;
        Ok(request.project(batch)?.into())
    }
}

impl Numbers {
    fn passes(&self, number: i64, request: &Request) -> Result<bool, Error> {
        for filter in request.filters() {
            let value: i64 = filter.value()?;
            let comparison = filter.comparison();
            let decided = match self.exactness {
                Exactness::Exact => true,
                _ => matches!(comparison, Comparison::Less | Comparison::LessOrEqual),
            };
            if decided && !comparison.passes(number.cmp(&value)) {
                return Ok(false);
            }
        }
        Ok(true)
    }
}
