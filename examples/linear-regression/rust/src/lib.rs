//! Lines through the points of groups: a function of all rows of a key.

mod line;

use arrowbox_sdk::datatypes::DataType;
use arrowbox_sdk::{Error, Group, GroupedCall, GroupedMap, Options, Row, Rows, grouped_map};

pub use line::Line;

/// What is known of the points of a group.
#[derive(Clone, Debug, PartialEq, Row)]
pub struct Fit {
    /// How much y grows with one of x.
    pub slope: Option<f64>,
    /// y where x is zero.
    pub intercept: Option<f64>,
    /// Which part of the variance of y the line explains.
    pub r2: Option<f64>,
    /// How many points there are.
    pub n: u64,
}

impl Fit {
    /// Of points, of which there are as many x as y.
    pub fn new(x: &[f64], y: &[f64]) -> Self {
        let line = Line::fit(x, y);
        Self {
            slope: line.map(|line| line.slope),
            intercept: line.map(|line| line.intercept),
            r2: line.and_then(|line| line.r2),
            n: x.len() as u64,
        }
    }
}

/// Where the points are.
pub struct LinearRegression {
    /// The numbers of the columns.
    x: usize,
    y: usize,
    /// The points of a group in which there are nulls.
    points: (Vec<f64>, Vec<f64>),
}

/// The line through the points of each group, by ordinary least squares: `slope`, `intercept`, `r2` and `n`.
///
/// The points are the columns `x` and `y`, or those whose names stand behind the function, of type double. Where
/// one of the two is null there is no point. `slope`, `intercept` and `r2` are null where no line is the best, and
/// `r2` where all y are equal.
#[grouped_map]
impl GroupedMap for LinearRegression {
    type Row = Fit;

    fn open(call: &GroupedCall, options: &Options) -> Result<Self, Error> {
        options.only(&[])?;
        let (x, y) = match call.arguments().num_columns() {
            0 => ("x", "y"),
            2 => (call.argument(0)?, call.argument(1)?),
            count => {
                return Err(Error::new(format_args!(
                    "linear_regression takes the names of two columns or none, and not {count} arguments"
                )));
            }
        };
        Ok(Self {
            x: column(call, x)?,
            y: column(call, y)?,
            points: Default::default(),
        })
    }

    fn map(&mut self, group: &Group<'_>, out: &mut Rows<Fit>) -> Result<(), Error> {
        if let (Ok(x), Ok(y)) = (group.values(self.x), group.values(self.y)) {
            out.push(Fit::new(x, y));
            return Ok(());
        }
        let (x, y) = &mut self.points;
        x.clear();
        y.clear();
        let rows = group.nullable(self.x)?.zip(group.nullable(self.y)?);
        for (new_x, new_y) in rows.filter_map(|(x, y)| x.zip(y)) {
            x.push(new_x);
            y.push(new_y);
        }
        out.push(Fit::new(x, y));
        Ok(())
    }
}

/// The number of a column of this name.
fn column(call: &GroupedCall, name: &str) -> Result<usize, Error> {
    let Some((index, field)) = call.input().column_with_name(name) else {
        return Err(Error::new(format_args!(
            "the table has no column {name:?}: name the columns of x and y behind the function"
        )));
    };
    match field.data_type() {
        DataType::Float64 => Ok(index),
        other => Err(Error::new(format_args!(
            "the column {name:?} is {other}: linear_regression takes Float64, so cast it to double"
        ))),
    }
}

arrowbox_sdk::export!(LinearRegression);

#[cfg(test)]
mod tests;
