use std::cell::RefCell;
use std::marker::PhantomData;

use super::batch;
use crate::bindings::arrowbox::udf::arrow::{Batch, Schema};
use crate::bindings::arrowbox::udf::types;
use crate::bindings::exports::arrowbox::udf::reader::{
    self as wit, Guest, GuestSplitReader, GuestTableReader, SplitReader, TableReader,
};
use crate::constants::Constants;
use crate::files::Range;
use crate::function::{self, Kind, Library, Open, has};
use crate::reader::{self, Comparison, Exactness, Filter, Request, Split};
use crate::{Error, entry, wire};

const KIND: Kind = Kind::Reader;

impl<L: Library> Guest for L {
    type TableReader = OpenReader<L>;
    type SplitReader = OpenSplit<L>;
}

/// A reader of `L` at one place in a query.
pub struct OpenReader<L> {
    reader: Box<dyn reader::TableReader>,
    library: PhantomData<L>,
}

impl<L: Library> OpenReader<L> {
    const IS_THERE: bool = has::<L>(KIND);

    fn new(name: &str, options: types::Options) -> Result<Self, Error> {
        if !Self::IS_THERE {
            return Err(function::unknown(KIND, name));
        }
        let Open::Reader(open) = function::find(L::ENTRIES, KIND, name, &[])?.open else {
            return Err(function::unknown(KIND, name));
        };
        Ok(Self {
            reader: open(&super::options(options))?,
            library: PhantomData,
        })
    }

    fn plan(&self, asked: wit::Request) -> Result<Vec<wit::Split>, Error> {
        let splits = self.reader.plan(&request(asked)?)?;
        let range = |range: &Range| wit::Range {
            path: range.path().to_owned(),
            offset: range.offset(),
            length: range.length(),
        };
        let split = |split: Split| wit::Split {
            token: split.token().to_vec(),
            range: split.file().map(range),
            rows: split.rows(),
        };
        Ok(splits.into_iter().map(split).collect())
    }

    fn read(&self, split: wit::Split, asked: wit::Request) -> Result<OpenSplit<L>, Error> {
        let range = |range: wit::Range| Range::new(range.path, range.offset, range.length);
        let split = Split::new(split.token, split.range.map(range), split.rows);
        let rows = self.reader.read(&split, &request(asked)?)?;
        Ok(OpenSplit {
            rows: RefCell::new(rows),
            library: PhantomData,
        })
    }
}

fn filters(filters: wit::Filters) -> Result<Vec<Filter>, Error> {
    let fields = wire::read_fields(filters.schema)?;
    let values = batch::receive(filters.values, &fields)?;
    let comparison = |filter: wit::Filter| {
        let comparison = match filter.comparison {
            wit::Comparison::Equal => Comparison::Equal,
            wit::Comparison::NotEqual => Comparison::NotEqual,
            wit::Comparison::Less => Comparison::Less,
            wit::Comparison::LessOrEqual => Comparison::LessOrEqual,
            wit::Comparison::Greater => Comparison::Greater,
            wit::Comparison::GreaterOrEqual => Comparison::GreaterOrEqual,
            wit::Comparison::IsNull => Comparison::IsNull,
            wit::Comparison::IsNotNull => Comparison::IsNotNull,
        };
        (filter.column as usize, comparison)
    };
    let values = Constants::new(fields, values)?;
    Filter::of(filters.filters.into_iter().map(comparison), values)
}

fn request(request: wit::Request) -> Result<Request, Error> {
    let projection = request.projection.into_iter();
    Ok(Request::new(
        projection.map(|column| column as usize).collect(),
        filters(request.filters)?,
        request.limit,
    ))
}

impl<L: Library> GuestTableReader for OpenReader<L> {
    fn open(name: String, options: types::Options) -> Result<TableReader, types::Error> {
        entry::enter();
        Ok(TableReader::new(Self::new(&name, options)?))
    }

    fn result(&self) -> Schema {
        super::enter_one_of(Self::IS_THERE);
        batch::schema(self.reader.result())
    }

    fn exactness(&self, asked: wit::Filters) -> Result<Vec<wit::Exactness>, types::Error> {
        super::enter_one_of(Self::IS_THERE);
        let exactness = self.reader.exactness(&filters(asked)?);
        let exactness = exactness.into_iter().map(|exactness| match exactness {
            Exactness::Exact => wit::Exactness::Exact,
            Exactness::Inexact => wit::Exactness::Inexact,
            Exactness::Unsupported => wit::Exactness::Unsupported,
        });
        Ok(exactness.collect())
    }

    fn plan(&self, request: wit::Request) -> Result<Vec<wit::Split>, types::Error> {
        super::enter_one_of(Self::IS_THERE);
        Ok(self.plan(request)?)
    }

    fn read(&self, split: wit::Split, request: wit::Request) -> Result<SplitReader, types::Error> {
        super::enter_one_of(Self::IS_THERE);
        Ok(SplitReader::new(self.read(split, request)?))
    }
}

/// A split being read.
pub struct OpenSplit<L> {
    rows: RefCell<reader::SplitReader>,
    library: PhantomData<L>,
}

impl<L: Library> GuestSplitReader for OpenSplit<L> {
    fn next(&self) -> Result<Option<Batch>, types::Error> {
        super::enter_one_of(OpenReader::<L>::IS_THERE);
        let next = self.rows.borrow_mut().next()?;
        Ok(next.map(batch::send_columns))
    }
}
