use arrow_data::ArrayData;
use arrow_schema::{Field, FieldRef, SchemaRef};

use super::call::Input;
use super::group::{Group, Table};
use super::held::Held;
use super::key::{self, Run, Runs};
use super::{CogroupedCall, CogroupedMap, GroupMapper, GroupedCall, GroupedMap, Groups, Rows};
use crate::columns::Columns;
use crate::{Error, Options, Row};

/// A function of the groups of `N` tables.
trait Map<const N: usize>: 'static {
    type Row: Row;

    fn map(&mut self, groups: [Group<'_>; N], out: &mut Rows<Self::Row>) -> Result<(), Error>;
}

/// Of one table.
struct One<F>(F);

impl<F: GroupedMap> Map<1> for One<F> {
    type Row = F::Row;

    #[inline]
    fn map(&mut self, [group]: [Group<'_>; 1], out: &mut Rows<F::Row>) -> Result<(), Error> {
        self.0.map(&group, out)
    }
}

/// Of two tables.
struct Two<F>(F);

impl<F: CogroupedMap> Map<2> for Two<F> {
    type Row = F::Row;

    #[inline]
    fn map(&mut self, [left, right]: [Group<'_>; 2], out: &mut Rows<F::Row>) -> Result<(), Error> {
        self.0.map(&left, &right, out)
    }
}

/// Opens a function of groups. A column without a name is named `name`.
pub(crate) fn open_grouped<F: GroupedMap>(
    call: GroupedCall,
    options: &Options,
    name: &str,
) -> Result<Box<dyn GroupMapper>, Error> {
    let function = One(F::open(&call, options)?);
    Ok(Box::new(Opened::new(function, [call.input], name)?))
}

/// Opens a function of the groups of two tables. A column without a name is named `name`.
pub(crate) fn open_cogrouped<F: CogroupedMap>(
    call: CogroupedCall,
    options: &Options,
    name: &str,
) -> Result<Box<dyn GroupMapper>, Error> {
    let function = Two(F::open(&call, options)?);
    let inputs = [call.left, call.right];
    Ok(Box::new(Opened::new(function, inputs, name)?))
}

/// [`GroupMapper`] of a function of the groups of `N` tables.
struct Opened<M: Map<N>, const N: usize> {
    function: M,
    inputs: [Input; N],
    result: Vec<FieldRef>,
    /// The group that goes on in the next call, as far as it came.
    held: Option<[Held; N]>,
    now: Now<N>,
    out: Rows<M::Row>,
    keys: Runs,
}

/// The groups of the last call, as far as they are whole.
struct Now<const N: usize> {
    /// That which began in an earlier call. It comes before the others.
    first: Option<[Table; N]>,
    /// Whether `first` was mapped.
    first_done: bool,
    /// The rows of the others, and where groups begin and end.
    tables: Option<[(Table, Vec<u32>); N]>,
    /// The next group.
    next: usize,
    /// The group behind the last.
    end: usize,
}

impl<const N: usize> Now<N> {
    const NOTHING: Self = Self {
        first: None,
        first_done: true,
        tables: None,
        next: 0,
        end: 0,
    };

    fn is_done(&self) -> bool {
        self.first_done && self.next == self.end
    }
}

/// Group `index` of each table.
#[inline]
fn groups<const N: usize>(tables: &[(Table, Vec<u32>); N], index: usize) -> [Group<'_>; N] {
    tables
        .each_ref()
        .map(|(table, offsets)| table.group(offsets[index] as usize, offsets[index + 1] as usize))
}

impl<M: Map<N>, const N: usize> Opened<M, N> {
    fn new(function: M, inputs: [Input; N], name: &str) -> Result<Self, Error> {
        let keys = |input: &Input| -> Vec<FieldRef> {
            let field = |&key: &usize| FieldRef::clone(&input.schema.fields()[key]);
            input.keys.iter().map(field).collect()
        };
        let mut result = keys(&inputs[0]);
        for input in &inputs[1..] {
            let others = keys(input);
            let same =
                |(a, b): (&FieldRef, &FieldRef)| a.data_type().equals_datatype(b.data_type());
            if others.len() != result.len() || !result.iter().zip(&others).all(same) {
                return Err(Error::new(
                    "the keys of the tables are not of the same types",
                ));
            }
            // What only this table can have is null in a key is so in the result.
            for (field, other) in result.iter_mut().zip(others) {
                if other.is_nullable() && !field.is_nullable() {
                    *field = Field::clone(field).with_nullable(true).into();
                }
            }
        }
        for field in M::Row::fields() {
            let field = match field.name().as_str() {
                "" => Field::clone(&field).with_name(name).into(),
                _ => field,
            };
            if result.iter().any(|other| other.name() == field.name()) {
                return Err(Error::new(format_args!(
                    "{:?} is a column of the key and a column of what the function gives: rename one of them",
                    field.name()
                )));
            }
            result.push(field);
        }
        Ok(Self {
            function,
            inputs,
            result,
            held: None,
            now: Now::NOTHING,
            out: Rows::new(),
            keys: Runs::default(),
        })
    }

    /// What the host says, checked.
    fn take(&self, inputs: Vec<Groups>) -> Result<[(Table, Vec<u32>); N], Error> {
        let count = inputs.len();
        let Ok(inputs) = <[Groups; N]>::try_from(inputs) else {
            return Err(Error::new(format_args!(
                "groups of {count} tables came where {N} are agreed"
            )));
        };
        let number = inputs[0].offsets.len();
        let mut schemas = self.inputs.iter().map(|input| &input.schema);
        let tables = inputs.map(|Groups { rows, offsets }| {
            let fits = offsets.len() == number
                && offsets.is_sorted()
                && offsets
                    .last()
                    .is_some_and(|&last| last as usize <= rows.rows());
            match schemas.next() {
                Some(schema) if fits => Ok((Table::new(SchemaRef::clone(schema), rows)?, offsets)),
                _ => Err(Error::new(
                    "the offsets of the groups are not those of the rows",
                )),
            }
        });
        let mut whole = Vec::with_capacity(N);
        for table in tables {
            whole.push(table?);
        }
        whole
            .try_into()
            .map_err(|_| Error::new("there are as many tables as were agreed"))
    }

    /// Maps until a batch is full or all is mapped.
    fn map(&mut self) -> Result<(), Error> {
        let Self {
            function,
            now,
            out,
            keys,
            ..
        } = self;
        let mut one = |groups: [Group<'_>; N], first_table: usize| -> Result<bool, Error> {
            let before = out.added();
            function.map(groups, out)?;
            let length = out.added() - before;
            if length > 0 {
                // One of the tables has rows of the key, or there was no group.
                let side = groups.iter().position(|group| !group.is_empty());
                let side = side.ok_or_else(|| Error::new("a group has no rows in any table"))?;
                keys.push(Run {
                    table: (first_table + side) as u32,
                    row: groups[side].start() as u32,
                    length,
                });
            }
            Ok(out.has_full())
        };
        if let (Some(first), false) = (&now.first, now.first_done) {
            let whole = first.each_ref().map(|table| table.group(0, table.rows()));
            let full = one(whole, N)?;
            now.first_done = true;
            if full {
                return Ok(());
            }
        }
        if let Some(tables) = &now.tables {
            while now.next < now.end {
                let groups = groups(tables, now.next);
                now.next += 1;
                if one(groups, 0)? {
                    break;
                }
            }
        }
        Ok(())
    }

    /// Puts the key before rows of the result.
    fn with_key(&mut self, rows: Columns) -> Result<Columns, Error> {
        let others = self.now.tables.iter().flatten().map(|(table, _)| table);
        let tables: Vec<&Table> = others.chain(self.now.first.iter().flatten()).collect();
        let mut columns = Vec::with_capacity(self.result.len());
        for index in 0..self.inputs[0].keys.len() {
            let key = |(table, of): (usize, &&Table)| -> ArrayData {
                of.column(self.inputs[table % N].keys[index]).clone()
            };
            let keys: Vec<ArrayData> = tables.iter().enumerate().map(key).collect();
            columns.push(key::column(&keys, &self.keys, rows.rows)?);
        }
        self.keys.advance(rows.rows);
        columns.extend(rows.columns);
        Ok(Columns {
            rows: rows.rows,
            columns,
        })
    }
}

impl<M: Map<N>, const N: usize> GroupMapper for Opened<M, N> {
    fn result(&self) -> &[FieldRef] {
        &self.result
    }

    fn push(&mut self, inputs: Vec<Groups>, continued: bool) -> Result<(), Error> {
        if !self.now.is_done() || !self.out.is_empty() {
            return Err(Error::new(
                "groups came before the rows of the last ones were taken",
            ));
        }
        let tables = self.take(inputs)?;
        let number = tables[0].1.len() - 1;
        let (mut begin, mut first) = (0, None);
        if let Some(mut held) = self.held.take() {
            if number > 0 {
                begin = 1;
                for (held, group) in held.iter_mut().zip(groups(&tables, 0)) {
                    held.add(&group);
                }
            }
            if continued && number <= 1 {
                self.held = Some(held);
            } else {
                let mut whole = Vec::with_capacity(N);
                for (held, input) in held.iter_mut().zip(&self.inputs) {
                    whole.push(held.take(&input.schema)?);
                }
                first = whole.try_into().ok();
            }
        }
        let mut end = number;
        if continued && begin < number {
            end -= 1;
            let held = groups(&tables, end).map(|group| {
                let mut held = Held::default();
                held.add(&group);
                held
            });
            self.held = Some(held);
        }
        self.now = Now {
            first_done: first.is_none(),
            first,
            next: begin.min(end),
            end,
            tables: Some(tables),
        };
        Ok(())
    }

    fn next(&mut self) -> Result<Option<Columns>, Error> {
        if !self.out.has_full() && !self.now.is_done() {
            self.map()?;
        }
        match self.out.take_columns() {
            Some(rows) => Ok(Some(self.with_key(rows)?)),
            None => {
                self.now = Now::NOTHING;
                Ok(None)
            }
        }
    }
}
