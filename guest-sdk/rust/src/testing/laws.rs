//! What must hold for every aggregate function, whatever it computes.

use std::fmt::Debug;
use std::slice;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{Float32Type, Float64Type};
use arrow_array::{Array, ArrayRef, UInt32Array, make_array};
use arrow_schema::DataType;

use super::aggregate::{batch, open};
use crate::aggregate::{Accumulator, Aggregate, Emit};
use crate::arguments::Arguments;
use crate::columns::Columns;
use crate::{Column, Options};

/// How near two results are that ought to be the same.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Tolerance {
    /// They are the same.
    Exact,
    /// Floats differ by no more than this part of the larger one. Other types are the same.
    Relative(f64),
}

/// Checks the laws that the engine relies on when it takes rows apart, sends states from host to host, and
/// merges them in whatever shape the plan has. `columns` are arguments that the function can be called with, of
/// equal length: a dozen rows with nulls and extremes among them say more than a thousand like each other.
///
/// - Merging the identity, before or behind, changes no state.
/// - Merging is associative.
/// - However the rows are split, merging the states of the parts gives what one update with all rows gives.
/// - States survive the way through Arrow, and the state of each single row does.
/// - Groups do not see each other.
/// - Retracting rows, if the function can, leaves what the others give.
///
/// ```
/// use std::sync::Arc;
/// use arrowbox_sdk::array::{ArrayRef, Float64Array};
/// use arrowbox_sdk::testing::{Tolerance, laws};
/// use arrowbox_sdk::{Row, aggregate};
///
/// #[derive(Row, Clone, Default)]
/// struct GeometricMean {
///     logs: f64,
///     count: u64,
/// }
///
/// #[aggregate]
/// impl GeometricMean {
///     fn update(&mut self, value: f64) {
///         self.logs += value.ln();
///         self.count += 1;
///     }
///
///     fn merge(&mut self, other: Self) {
///         self.logs += other.logs;
///         self.count += other.count;
///     }
///
///     fn evaluate(&self) -> Option<f64> {
///         (self.count > 0).then(|| (self.logs / self.count as f64).exp())
///     }
/// }
///
/// let values = vec![Some(1.5), None, Some(1e-9), Some(2e300), Some(7.0)];
/// let values: ArrayRef = Arc::new(Float64Array::from(values));
/// laws::<GeometricMean>(&[values], Tolerance::Relative(1e-9));
/// ```
///
/// # Panics
///
/// With the law that does not hold, the rows and both results; or with what the function says.
pub fn laws<F: Aggregate>(columns: &[ArrayRef], tolerance: Tolerance) {
    laws_with::<F>(&Options::default(), columns, tolerance);
}

/// As [`laws`], for `F` opened with `options`.
///
/// # Panics
///
/// As [`laws`].
pub fn laws_with<F: Aggregate>(options: &Options, columns: &[ArrayRef], tolerance: Tolerance) {
    let rows = columns.first().map_or(0, |column| column.len());
    let laws = Laws {
        name: F::ENTRY.name,
        open: &|| {
            let columns: Vec<_> = columns.iter().map(|c| Column::new(Arc::clone(c))).collect();
            open::<F>(options, &columns).unwrap_or_else(|error| panic!("{error}"))
        },
        columns,
        rows,
        tolerance,
    };
    laws.identity();
    laws.splits();
    laws.associativity();
    laws.single_rows();
    laws.groups();
    laws.retraction();
}

/// Rows from one to another.
type Span = std::ops::Range<usize>;

struct Laws<'a> {
    name: &'static str,
    open: &'a dyn Fn() -> Box<dyn Accumulator>,
    columns: &'a [ArrayRef],
    rows: usize,
    tolerance: Tolerance,
}

impl Laws<'_> {
    fn identity(&self) {
        let (all, none) = (self.state(0..self.rows), self.state(0..0));
        let expected = self.updated(0..self.rows);
        let law = "merging the identity changes no state";
        self.check(
            law,
            "the identity merged behind all rows",
            &self.merged(&[&all, &none]),
            &expected,
        );
        self.check(
            law,
            "all rows merged behind the identity",
            &self.merged(&[&none, &all]),
            &expected,
        );
        let law = "a state survives the way through Arrow";
        self.check(law, "all rows", &self.merged(&[&all]), &expected);
        self.check(law, "no rows", &self.merged(&[&none]), &self.updated(0..0));
    }

    fn splits(&self) {
        let expected = self.updated(0..self.rows);
        for at in self.cuts() {
            let parts = [0..at, at..self.rows];
            let law = "updating with some rows and then with others is updating with all";
            self.check(law, &parts, &self.updated_in(&parts), &expected);
            let law = "merging the states of parts gives what an update with all rows gives";
            let states = parts.clone().map(|part| self.state(part));
            self.check(
                law,
                &parts,
                &self.merged(&[&states[0], &states[1]]),
                &expected,
            );
        }
    }

    fn associativity(&self) {
        let cuts = self.cuts();
        for (index, &first) in cuts.iter().enumerate() {
            for &second in &cuts[index..] {
                let parts = [0..first, first..second, second..self.rows];
                let [a, b, c] = parts.clone().map(|part| self.state(part));
                let left = self.merged(&[&self.both(&a, &b), &c]);
                let right = self.merged(&[&a, &self.both(&b, &c)]);
                self.check("merging is associative", &parts, &left, &right);
            }
        }
    }

    /// What a plan does that gives up on grouping before it sends rows on.
    fn single_rows(&self) {
        let arguments = Arguments::new(self.columns.iter().map(|c| c.to_data()), self.rows);
        let converted = self.done((self.open)().convert(arguments));
        let law = "merging the states of single rows gives what an update with all rows gives";
        let expected = self.updated(0..self.rows);
        self.check(law, "all rows", &self.merged(&[&converted]), &expected);
    }

    fn groups(&self) {
        const GROUPS: usize = 3;
        let group = |row: usize| row % GROUPS;
        let groups: Vec<u32> = (0..self.rows).map(|row| group(row) as u32).collect();
        let mut accumulator = (self.open)();
        let groups: ArrayRef = Arc::new(UInt32Array::from(groups));
        let columns = self.columns.iter().map(Arc::clone);
        self.done(accumulator.update(batch(groups, columns, self.rows), GROUPS));
        let peeked = result(&self.done(accumulator.peek()));
        let first = result(&self.done(accumulator.evaluate(Emit::First(1))));
        let others = result(&self.done(accumulator.evaluate(Emit::All)));
        for expected in 0..GROUPS {
            let mut alone = (self.open)();
            for row in (0..self.rows).filter(|row| group(*row) == expected) {
                self.update(&mut *alone, row..row + 1);
            }
            self.update(&mut *alone, 0..0);
            let alone = result(&self.done(alone.evaluate(Emit::All)));
            let law = "groups do not see each other";
            let what = format!("every third row from row {expected} on");
            self.check(law, &what, &peeked.slice(expected, 1), &alone);
            let emitted = match expected {
                0 => first.slice(0, 1),
                later => others.slice(later - 1, 1),
            };
            self.check(law, &what, &emitted, &alone);
        }
    }

    fn retraction(&self) {
        if !(self.open)().is_retractable() {
            return;
        }
        for at in self.cuts() {
            let mut accumulator = (self.open)();
            self.update(&mut *accumulator, 0..self.rows);
            self.done(accumulator.retract(self.rows_of_one_group(0..at), 1));
            let rest = result(&self.done(accumulator.evaluate(Emit::All)));
            let law = "retracting rows leaves what the others give";
            self.check(law, &(0..at), &rest, &self.updated(at..self.rows));
        }
    }

    /// Where rows are split: everywhere, if they are few.
    fn cuts(&self) -> Vec<usize> {
        const MOST: usize = 12;
        let step = (self.rows / MOST).max(1);
        (0..=self.rows).step_by(step).collect()
    }

    fn rows_of_one_group(&self, rows: Span) -> Arguments {
        let columns = self.columns.iter();
        let columns = columns.map(|column| column.slice(rows.start, rows.len()));
        let group: ArrayRef = Arc::new(UInt32Array::from(vec![0]));
        batch(group, columns, rows.len())
    }

    fn update(&self, accumulator: &mut dyn Accumulator, rows: Span) {
        self.done(accumulator.update(self.rows_of_one_group(rows), 1));
    }

    /// The result of updating with these rows.
    fn updated(&self, rows: Span) -> ArrayRef {
        self.updated_in(slice::from_ref(&rows))
    }

    /// The result of updating with these rows, part by part.
    fn updated_in(&self, parts: &[Span]) -> ArrayRef {
        let mut accumulator = (self.open)();
        for part in parts {
            self.update(&mut *accumulator, part.clone());
        }
        result(&self.done(accumulator.evaluate(Emit::All)))
    }

    fn state(&self, rows: Span) -> Columns {
        let mut accumulator = (self.open)();
        self.update(&mut *accumulator, rows);
        self.done(accumulator.state(Emit::All))
    }

    fn merge(&self, states: &[&Columns]) -> Box<dyn Accumulator> {
        let mut accumulator = (self.open)();
        for state in states {
            let group: ArrayRef = Arc::new(UInt32Array::from(vec![0]));
            let columns = state.columns.iter().cloned().map(make_array);
            self.done(accumulator.merge(batch(group, columns, state.rows), 1));
        }
        accumulator
    }

    fn merged(&self, states: &[&Columns]) -> ArrayRef {
        result(&self.done(self.merge(states).evaluate(Emit::All)))
    }

    fn both(&self, left: &Columns, right: &Columns) -> Columns {
        self.done(self.merge(&[left, right]).state(Emit::All))
    }

    #[track_caller]
    fn done<T>(&self, done: Result<T, crate::Error>) -> T {
        done.unwrap_or_else(|error| panic!("{}: {error:?}", self.name))
    }

    #[track_caller]
    fn check(
        &self,
        law: &str,
        what: &(impl Debug + ?Sized),
        actual: &ArrayRef,
        expected: &ArrayRef,
    ) {
        assert!(
            self.tolerance.allows(actual, expected),
            "{}: it does not hold that {law}: {what:?} gives {actual:?} and not {expected:?}",
            self.name
        );
    }
}

/// The one column of results.
fn result(columns: &Columns) -> ArrayRef {
    make_array(columns.columns[0].clone())
}

impl Tolerance {
    fn allows(self, a: &ArrayRef, b: &ArrayRef) -> bool {
        let Self::Relative(part) = self else {
            return a == b;
        };
        let near = |a: f64, b: f64| {
            a == b || a.is_nan() && b.is_nan() || (a - b).abs() <= part * a.abs().max(b.abs())
        };
        match a.data_type() {
            DataType::Float64 => {
                let (a, b) = (
                    a.as_primitive::<Float64Type>(),
                    b.as_primitive::<Float64Type>(),
                );
                a.iter().zip(b).all(|pair| match pair {
                    (Some(a), Some(b)) => near(a, b),
                    (a, b) => a == b,
                })
            }
            DataType::Float32 => {
                let (a, b) = (
                    a.as_primitive::<Float32Type>(),
                    b.as_primitive::<Float32Type>(),
                );
                a.iter().zip(b).all(|pair| match pair {
                    (Some(a), Some(b)) => near(a.into(), b.into()),
                    (a, b) => a == b,
                })
            }
            _ => a == b,
        }
    }
}
