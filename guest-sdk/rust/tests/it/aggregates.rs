//! Functions of groups of rows.

use std::sync::Arc;

use arrowbox_sdk::__private::{Accumulator, Arguments, Columns, Emit, Open};
use arrowbox_sdk::array::{
    Array, ArrayRef, Float64Array, Int64Array, StringArray, UInt32Array, make_array,
};
use arrowbox_sdk::datatypes::{DataType, Field, FieldRef};
use arrowbox_sdk::testing::{self, Tolerance, aggregate_with};
use arrowbox_sdk::{Aggregate, Column, Error, Function, Options, Row, Text, aggregate};

#[derive(Row, Clone, Debug, Default, PartialEq)]
pub(crate) struct GeometricMean {
    logs: f64,
    count: u64,
}

/// The geometric mean of positive numbers.
#[aggregate]
impl GeometricMean {
    fn update(&mut self, value: f64) {
        self.logs += value.ln();
        self.count += 1;
    }

    fn retract(&mut self, value: f64) {
        self.logs -= value.ln();
        self.count -= 1;
    }

    fn merge(&mut self, other: Self) {
        self.logs += other.logs;
        self.count += other.count;
    }

    fn evaluate(&self) -> Option<f64> {
        (self.count > 0).then(|| (self.logs / self.count as f64).exp())
    }
}

fn array(array: impl Array + 'static) -> ArrayRef {
    Arc::new(array)
}

fn reals(values: impl IntoIterator<Item = Option<f64>>) -> ArrayRef {
    array(values.into_iter().collect::<Float64Array>())
}

fn numbers(values: impl IntoIterator<Item = Option<i64>>) -> ArrayRef {
    array(values.into_iter().collect::<Int64Array>())
}

fn open<F: Aggregate>(types: &[DataType]) -> Box<dyn Accumulator> {
    let field = |t: &DataType| -> FieldRef { Arc::new(Field::new("", t.clone(), true)) };
    let fields: Vec<_> = types.iter().map(field).collect();
    match F::ENTRY.open {
        Open::Aggregate(open) => open(&fields, &Options::default()).unwrap(),
        _ => panic!("it is an aggregate function"),
    }
}

fn batch(groups: Vec<u32>, columns: &[ArrayRef], rows: usize) -> Arguments {
    let groups = array(UInt32Array::from(groups));
    let columns = std::iter::once(&groups).chain(columns);
    Arguments::new(columns.map(|column| column.to_data()), rows)
}

fn column(columns: Columns) -> ArrayRef {
    assert_eq!(columns.columns.len(), 1);
    assert_eq!(columns.columns[0].len(), columns.rows);
    make_array(columns.columns[0].clone())
}

#[test]
fn rows_go_to_their_groups_and_nulls_are_left_out() {
    let values = reals([Some(2.0), None, Some(8.0), Some(5.0), None]);
    let values = vec![Column::new(values)];
    let options = Options::default();
    let means = aggregate_with::<GeometricMean>(&options, values, &[0, 0, 0, 2, 1], 4).unwrap();
    let means: &Float64Array = means.as_any().downcast_ref().unwrap();
    assert!((means.value(0) - 4.0).abs() < 1e-12);
    assert!(means.is_null(1) && means.is_null(3));
    assert!((means.value(2) - 5.0).abs() < 1e-12);
    assert_eq!(GeometricMean::ENTRY.name, "geometric_mean");
    assert_eq!(
        GeometricMean::ENTRY.documentation,
        "The geometric mean of positive numbers."
    );
}

#[test]
fn the_laws_hold() {
    let values = reals([
        Some(1.5),
        None,
        Some(0.25),
        Some(1e100),
        Some(7.0),
        None,
        Some(3.0),
    ]);
    testing::laws::<GeometricMean>(&[values], Tolerance::Relative(1e-9));
    testing::laws::<GeometricMean>(&[reals([])], Tolerance::Exact);
    let texts = array(StringArray::from(vec![
        Some("a"),
        None,
        Some("bc"),
        Some(""),
    ]));
    let limits = numbers([Some(3), Some(2), None, Some(9)]);
    testing::laws::<Joined>(&[texts, limits], Tolerance::Exact);
    testing::laws::<Median>(
        &[reals([Some(1.0), Some(9.0), None, Some(4.0)])],
        Tolerance::Exact,
    );
}

/// Text, an argument that can be null, an error, a result that is written.
#[derive(Row, Clone, Default)]
struct Joined {
    text: Option<String>,
    longest: i64,
}

#[aggregate(name = "join_texts", volatile, grants("random"))]
impl Joined {
    fn update(&mut self, text: Option<&str>, limit: i64) -> Result<(), String> {
        if text.is_some_and(|text| text.len() as i64 > limit) {
            return Err(format!("{text:?} is longer than {limit}"));
        }
        self.longest = self.longest.max(limit);
        self.text
            .get_or_insert_default()
            .push_str(text.unwrap_or("-"));
        Ok(())
    }

    fn merge(&mut self, other: Joined) -> Result<(), Error> {
        self.longest = self.longest.max(other.longest);
        if let Some(text) = other.text {
            self.text.get_or_insert_default().push_str(&text);
        }
        Ok(())
    }

    /// All texts, one behind the other.
    fn evaluate(&self, out: &mut Text) -> Option<()> {
        out.append(self.text.as_deref()?);
        Some(())
    }
}

#[derive(Row, Clone, Default)]
struct Median {
    values: Vec<f64>,
    #[row(skip)]
    scale: f64,
}

#[aggregate]
impl Median {
    fn new(options: &Options) -> Result<Self, Error> {
        let scale = options.param("scale").unwrap_or("1").parse()?;
        Ok(Self {
            scale,
            ..Self::default()
        })
    }

    fn update(&mut self, value: f64) {
        self.values.push(value);
    }

    fn merge(&mut self, other: Self) {
        assert_eq!(self.scale, other.scale);
        self.values.extend(other.values);
    }

    fn evaluate(&self) -> Option<f64> {
        let mut values = self.values.clone();
        values.sort_by(f64::total_cmp);
        values.get(values.len() / 2).map(|value| value * self.scale)
    }
}

#[test]
fn errors_name_their_rows() {
    let texts = array(StringArray::from(vec!["a", "bcd", "e"]));
    let limit = Column::constant(numbers([Some(2)]), 3);
    let columns = || vec![Column::new(Arc::clone(&texts)), limit.clone()];
    let joined =
        |groups: &[u32]| aggregate_with::<Joined>(&Options::default(), columns(), groups, 1);
    let error = joined(&[0, 0, 0]).unwrap_err();
    assert_eq!(error.to_string(), "Some(\"bcd\") is longer than 2");
    assert_eq!(error.row(), Some(1));
    let error = joined(&[0, 1, 0]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "a row is of group 1, and there are 1 groups"
    );
}

#[test]
fn options_reach_the_identity() {
    let options = Options::default().with_param("scale", "10");
    let values = vec![Column::new(reals([Some(1.0), Some(2.0), Some(3.0)]))];
    let medians = aggregate_with::<Median>(&options, values, &[0, 0, 0], 1).unwrap();
    assert_eq!(&medians, &reals([Some(20.0)]));
    let values = reals([Some(1.0), Some(2.0)]);
    testing::laws_with::<Median>(&options, &[values], Tolerance::Exact);
    let error = open_with(&Options::default().with_param("factor", "1"));
    assert_eq!(
        error,
        "param.factor is not known: the function takes no options"
    );
}

fn open_with(options: &Options) -> String {
    let values = vec![Column::new(reals([]))];
    let result = aggregate_with::<GeometricMean>(options, values, &[], 1);
    result.unwrap_err().to_string()
}

#[test]
fn a_constant_group_takes_all_rows() {
    let mut total = open::<GeometricMean>(&[DataType::Float64]);
    let many = reals((0..3000).map(|i| (i % 7 != 0).then_some(2.0)));
    total.update(batch(vec![1], &[many], 3000), 2).unwrap();
    let constant = reals([Some(2.0)]);
    total.update(batch(vec![1], &[constant], 1500), 2).unwrap();
    total.update(batch(vec![0], &[reals([])], 0), 3).unwrap();
    let means = column(total.peek().unwrap());
    let means: &Float64Array = means.as_any().downcast_ref().unwrap();
    assert_eq!((means.len(), means.null_count()), (3, 2));
    assert!((means.value(1) - 2.0).abs() < 1e-9);
}

#[test]
fn groups_that_were_handed_out_make_way_for_the_others() {
    let mut medians = open::<Median>(&[DataType::Float64]);
    let values = reals((0..5).map(|i| Some(f64::from(i))));
    medians
        .update(batch((0..5).collect(), &[values], 5), 5)
        .unwrap();
    let first = column(medians.evaluate(Emit::First(2)).unwrap());
    assert_eq!(&first, &reals([Some(0.0), Some(1.0)]));
    let error = medians.evaluate(Emit::First(4)).unwrap_err();
    assert_eq!(error.to_string(), "4 groups are asked for, and there are 3");
    medians
        .update(batch(vec![0], &[reals([Some(100.0)])], 1), 3)
        .unwrap();
    let states = medians.state(Emit::First(1)).unwrap();
    assert_eq!((states.rows, states.columns.len()), (1, 1));
    let rest = column(medians.evaluate(Emit::All).unwrap());
    assert_eq!(&rest, &reals([Some(3.0), Some(4.0)]));
    assert_eq!(medians.evaluate(Emit::All).unwrap().rows, 0);
}

#[test]
fn what_is_no_state_is_refused() {
    let mut means = open::<GeometricMean>(&[DataType::Float64]);
    let counts = numbers([Some(1)]);
    let mut error = |columns: &[ArrayRef]| {
        means
            .merge(batch(vec![0], columns, 1), 1)
            .unwrap_err()
            .to_string()
    };
    assert_eq!(
        error(&[reals([Some(1.0)])]),
        "this is no state of geometric_mean: it has 1 columns, and a state has 2"
    );
    assert_eq!(
        error(&[reals([Some(1.0)]), counts]),
        "this is no state of geometric_mean: the column count: it is Int64 where UInt64 is wanted"
    );
    assert!(
        means
            .state_fields()
            .iter()
            .all(|field| !field.is_nullable())
    );
}

#[test]
fn the_group_column_is_looked_at() {
    let mut means = open::<GeometricMean>(&[DataType::Float64]);
    let values = reals([Some(1.0), Some(2.0), Some(3.0)]);
    let error = means
        .update(batch(vec![0, 0], &[Arc::clone(&values)], 3), 1)
        .unwrap_err();
    assert_eq!(error.to_string(), "there are 2 groups for 3 rows");
    let no_groups = Arguments::new([values.to_data(), values.to_data()], 3);
    let error = means.update(no_groups, 1).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("where UInt32 without any is agreed"),
        "{error:?}"
    );
}

#[test]
fn only_what_can_retract_does() {
    let mut medians = open::<Median>(&[DataType::Float64]);
    assert!(!medians.is_retractable());
    let error = medians
        .retract(batch(vec![0], &[reals([Some(1.0)])], 1), 1)
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "median can not take rows back: it has no `retract`"
    );
    assert!(open::<GeometricMean>(&[DataType::Float64]).is_retractable());
}

/// Breaks laws by its option.
#[derive(Row, Clone, Default)]
struct Lawless {
    sum: i64,
    #[row(skip)]
    how: i64,
}

#[aggregate]
impl Lawless {
    fn new(options: &Options) -> Result<Self, Error> {
        let how = options.param("how").unwrap_or("0").parse()?;
        Ok(Self { sum: 0, how })
    }

    fn update(&mut self, value: i64) {
        self.sum += value;
    }

    fn retract(&mut self, value: i64) {
        self.sum -= value + i64::from(self.how == 3);
    }

    fn merge(&mut self, other: Self) {
        match self.how {
            1 => self.sum = other.sum,
            2 if other.sum != 0 && self.sum != 0 => self.sum = 2 * self.sum + other.sum,
            _ => self.sum += other.sum,
        }
    }

    fn evaluate(&self) -> i64 {
        self.sum
    }
}

fn lawless(how: &str) {
    let options = Options::default().with_param("how", how);
    let values = numbers([Some(1), Some(5), None, Some(3)]);
    testing::laws_with::<Lawless>(&options, &[values], Tolerance::Exact);
}

#[test]
#[should_panic(expected = "lawless: it does not hold that merging the identity changes no state")]
fn a_broken_identity_is_found() {
    lawless("1");
}

#[test]
#[should_panic(expected = "merging the states of parts gives what an update with all rows gives")]
fn a_broken_merge_is_found() {
    lawless("2");
}

#[test]
#[should_panic(expected = "retracting rows leaves what the others give")]
fn a_broken_retraction_is_found() {
    lawless("3");
}

#[test]
fn nothing_is_found_where_nothing_is_broken() {
    lawless("0");
}
