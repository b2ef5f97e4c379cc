//! Pairs of rows by time: a function of all rows of a key in two tables.

mod latest;

use arrowbox_sdk::datatypes::{DataType, Schema, TimeUnit};
use arrowbox_sdk::{
    CogroupedCall, CogroupedMap, Error, Group, Nanosecond, Options, Row, Rows, Timestamp,
    cogrouped_map,
};

pub use latest::Latest;

/// A row of the left table and what was the latest in the right one.
#[derive(Clone, Debug, Row)]
pub struct Pair {
    /// The time of the left row.
    pub at: Option<Timestamp<Nanosecond>>,
    /// The value of the left row.
    pub value: Option<f64>,
    /// The time of the right row.
    pub latest_at: Option<Timestamp<Nanosecond>>,
    /// The value of the right row.
    pub latest: Option<f64>,
}

/// Where times and values are.
#[derive(Default)]
pub struct AsofJoin {
    left: Side,
    right: Side,
    latest: Latest,
}

/// For each row of the left table the latest row of the right one that is not behind it in time.
///
/// The result is the key and `at`, `value`, `latest_at` and `latest`: time and value of both rows, those of the
/// right one null where there is none. Both tables have a column `at`, a timestamp without a time zone, and a
/// column `value`, double. Where they have other names, these stand behind the function: of the time and the value
/// on the left, and of those on the right.
#[cogrouped_map]
impl CogroupedMap for AsofJoin {
    type Row = Pair;

    fn open(call: &CogroupedCall, options: &Options) -> Result<Self, Error> {
        options.only(&[])?;
        let [left_time, left_value, right_time, right_value] = match call.arguments().num_columns()
        {
            0 => ["at", "value", "at", "value"],
            4 => [
                call.argument(0)?,
                call.argument(1)?,
                call.argument(2)?,
                call.argument(3)?,
            ],
            count => {
                return Err(Error::new(format_args!(
                    "asof_join takes the names of four columns or none, and not {count} arguments"
                )));
            }
        };
        Ok(Self {
            left: Side::new(call.left(), "left", left_time, left_value)?,
            right: Side::new(call.right(), "right", right_time, right_value)?,
            latest: Latest::default(),
        })
    }

    fn map(
        &mut self,
        left: &Group<'_>,
        right: &Group<'_>,
        out: &mut Rows<Pair>,
    ) -> Result<(), Error> {
        self.left.read(left)?;
        self.right.read(right)?;
        let (lefts, rights) = (&self.left, &self.right);
        let times = (lefts.times.iter().copied(), rights.times.iter().copied());
        self.latest.find(times.0, times.1, |(at, row), latest| {
            out.push(Pair {
                at: at.map(Timestamp::new),
                value: lefts.values[row],
                latest_at: latest.map(|(at, _)| Timestamp::new(at)),
                latest: latest.and_then(|(_, row)| rights.values[row]),
            });
        });
        Ok(())
    }
}

/// Times and values of one table.
#[derive(Default)]
struct Side {
    /// The numbers of the columns.
    time: usize,
    value: usize,
    /// Nanoseconds in what the times are counted in.
    tick: i64,
    /// Those of the group, in nanoseconds.
    times: Vec<Option<i64>>,
    values: Vec<Option<f64>>,
}

impl Side {
    fn new(table: &Schema, side: &str, time: &str, value: &str) -> Result<Self, Error> {
        let column = |name: &str| {
            table.column_with_name(name).ok_or_else(|| {
                Error::new(format_args!(
                    "the {side} table has no column {name:?}: name the columns behind the function"
                ))
            })
        };
        let wrong = |name: &str, is: &DataType, wanted: &str| {
            Error::new(format_args!(
                "the column {name:?} of the {side} table is {is}: cast it to {wanted}"
            ))
        };
        let (time, time_field) = column(time)?;
        let tick = match time_field.data_type() {
            DataType::Timestamp(unit, None) => nanoseconds(unit),
            other => return Err(wrong(time_field.name(), other, "timestamp")),
        };
        let (value, value_field) = column(value)?;
        match value_field.data_type() {
            DataType::Float64 => Ok(Self {
                time,
                value,
                tick,
                ..Self::default()
            }),
            other => Err(wrong(value_field.name(), other, "double")),
        }
    }

    /// Takes the rows of a group.
    fn read(&mut self, group: &Group<'_>) -> Result<(), Error> {
        self.times.clear();
        for time in group.nullable::<i64>(self.time)? {
            let in_nanoseconds = |time: i64| {
                time.checked_mul(self.tick).ok_or_else(|| {
                    Error::new(
                        "a time is outside of the years 1677 to 2262, which nanoseconds reach",
                    )
                })
            };
            self.times.push(time.map(in_nanoseconds).transpose()?);
        }
        self.values.clear();
        self.values.extend(group.nullable::<f64>(self.value)?);
        Ok(())
    }
}

fn nanoseconds(unit: &TimeUnit) -> i64 {
    match unit {
        TimeUnit::Second => 1_000_000_000,
        TimeUnit::Millisecond => 1_000_000,
        TimeUnit::Microsecond => 1_000,
        TimeUnit::Nanosecond => 1,
    }
}

arrowbox_sdk::export!(AsofJoin);

#[cfg(test)]
mod tests;
