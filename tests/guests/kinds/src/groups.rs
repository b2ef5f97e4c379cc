//! Grouped and cogrouped maps.

use arrowbox_sdk::{
    CogroupedCall, CogroupedMap, Error, Group, GroupedCall, GroupedMap, Options, Row, Rows,
    cogrouped_map, grouped_map,
};

/// What a group is like.
#[derive(Row)]
pub struct Summary {
    rows: i64,
    sum: i64,
    first: Option<i64>,
    last: Option<i64>,
}

/// Looks at the column `v`.
pub struct Shape {
    column: usize,
}

/// How many rows a group has, and of its column `v` the sum, the first and the last value.
#[grouped_map]
impl GroupedMap for Shape {
    type Row = Summary;

    fn open(call: &GroupedCall, options: &Options) -> Result<Self, Error> {
        options.only(&[])?;
        let column = call.input().index_of("v")?;
        Ok(Self { column })
    }

    fn map(&mut self, group: &Group<'_>, out: &mut Rows<Summary>) -> Result<(), Error> {
        let values = || group.nullable::<i64>(self.column);
        out.push(Summary {
            rows: group.len() as i64,
            sum: values()?.flatten().sum(),
            first: values()?.next().flatten(),
            last: values()?.last().flatten(),
        });
        Ok(())
    }
}

/// Gives rows of the middle of a group.
pub struct Middle {
    column: usize,
    length: i64,
}

/// So many values of the column `v` around the middle of a group: rows fewer or more than the group has. Fails in
/// a group that has the value -1.
#[grouped_map(arguments("Int64"))]
impl GroupedMap for Middle {
    type Row = Option<i64>;

    fn open(call: &GroupedCall, options: &Options) -> Result<Self, Error> {
        options.only(&[])?;
        Ok(Self {
            column: call.input().index_of("v")?,
            length: call.argument(0)?,
        })
    }

    fn map(&mut self, group: &Group<'_>, out: &mut Rows<Option<i64>>) -> Result<(), Error> {
        let values: Vec<Option<i64>> = group.nullable::<i64>(self.column)?.collect();
        if values.contains(&Some(-1)) {
            return Err(Error::new("a group has the value -1"));
        }
        let middle = values[values.len() / 2];
        out.extend((0..self.length).map(|_| middle));
        Ok(())
    }
}

/// What two groups of one key are like.
#[derive(Row)]
pub struct Both {
    left: i64,
    right: i64,
    product: i64,
}

/// Looks at the columns `v` of both tables.
pub struct Pairs {
    left: usize,
    right: usize,
}

/// How many rows each side has of a key, and the product of their sums of `v`.
#[cogrouped_map]
impl CogroupedMap for Pairs {
    type Row = Both;

    fn open(call: &CogroupedCall, options: &Options) -> Result<Self, Error> {
        options.only(&[])?;
        Ok(Self {
            left: call.left().index_of("v")?,
            right: call.right().index_of("v")?,
        })
    }

    fn map(
        &mut self,
        left: &Group<'_>,
        right: &Group<'_>,
        out: &mut Rows<Both>,
    ) -> Result<(), Error> {
        let sum = |group: &Group<'_>, column| -> Result<i64, Error> {
            Ok(group.nullable::<i64>(column)?.flatten().sum())
        };
        out.push(Both {
            left: left.len() as i64,
            right: right.len() as i64,
            product: sum(left, self.left)?.wrapping_mul(sum(right, self.right)?),
        });
        Ok(())
    }
}

/// A text of one of two tables.
pub struct Either {
    left: usize,
    right: usize,
}

/// Every text of the columns `t` of both tables, with a `<` or a `>` before it.
#[cogrouped_map]
impl CogroupedMap for Either {
    type Row = String;

    fn open(call: &CogroupedCall, options: &Options) -> Result<Self, Error> {
        options.only(&[])?;
        Ok(Self {
            left: call.left().index_of("t")?,
            right: call.right().index_of("t")?,
        })
    }

    fn map(
        &mut self,
        left: &Group<'_>,
        right: &Group<'_>,
        out: &mut Rows<String>,
    ) -> Result<(), Error> {
        for (group, column, sign) in [(left, self.left, '<'), (right, self.right, '>')] {
            for row in 0..group.len() {
                let text: &str = group.value(column, row)?;
                out.push(format!("{sign}{text}"));
            }
        }
        Ok(())
    }
}
