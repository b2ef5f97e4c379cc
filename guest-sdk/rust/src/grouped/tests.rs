use std::sync::Arc;

use arrow_array::{
    Array, ArrayRef, Float64Array, Int64Array, RecordBatch, StringArray, make_array,
};
use arrow_data::ArrayData;
use arrow_schema::{DataType, Field, FieldRef};

use super::*;
use crate::arguments::Arguments;
use crate::constants::Constants;

/// A table: a key of text, and numbers some of which are null.
fn fields() -> Vec<FieldRef> {
    vec![
        Arc::new(Field::new("key", DataType::Utf8, true)),
        Arc::new(Field::new("id", DataType::Int64, false)),
        Arc::new(Field::new("value", DataType::Float64, true)),
    ]
}

type Line = (Option<&'static str>, i64, Option<f64>);

fn columns(lines: &[Line]) -> Vec<ArrayData> {
    let keys: StringArray = lines.iter().map(|line| line.0).collect();
    let ids: Int64Array = lines.iter().map(|line| Some(line.1)).collect();
    let values: Float64Array = lines.iter().map(|line| line.2).collect();
    vec![keys.into_data(), ids.into_data(), values.into_data()]
}

/// Groups of the given sizes, whose ids go on from `first`.
fn part(keys: &[(Option<&'static str>, u32)], first: i64) -> Groups {
    let mut lines: Vec<Line> = Vec::new();
    let mut offsets = vec![0];
    for &(key, size) in keys {
        for _ in 0..size {
            let id = first + lines.len() as i64;
            lines.push((key, id, (id % 3 > 0).then_some(id as f64)));
        }
        offsets.push(lines.len() as u32);
    }
    Groups {
        rows: Arguments::new(columns(&lines), lines.len()),
        offsets,
    }
}

fn input() -> Input {
    Input::new(fields(), vec![0]).unwrap()
}

/// Gives the id of every `step`-th row of a group, `times` times.
struct Ids {
    step: usize,
    times: usize,
}

impl GroupedMap for Ids {
    type Row = i64;

    fn open(call: &GroupedCall, _: &Options) -> Result<Self, Error> {
        let argument = |index| call.argument::<i64>(index).map(|value| value as usize);
        Ok(Self {
            step: argument(0)?,
            times: argument(1)?,
        })
    }

    fn map(&mut self, group: &Group<'_>, out: &mut Rows<i64>) -> Result<(), Error> {
        for &id in group.values::<i64>(1)?.iter().step_by(self.step) {
            out.extend(std::iter::repeat_n(id, self.times));
        }
        Ok(())
    }
}

fn open(step: i64, times: i64) -> Box<dyn GroupMapper> {
    let value = |value| -> ArrayRef { Arc::new(Int64Array::from(vec![value])) };
    let arguments = Constants::of(&[value(step), value(times)]).unwrap();
    let call = GroupedCall::new(input(), arguments);
    open_grouped::<Ids>(call, &Options::default(), "id").unwrap()
}

/// Rows as a function of groups gave them, key first.
fn drain(function: &mut dyn GroupMapper) -> Vec<(Option<String>, i64)> {
    let mut rows = Vec::new();
    while let Some(batch) = function.next().unwrap() {
        assert!((1..=65_536).contains(&batch.rows));
        assert_eq!(batch.columns.len(), 2);
        let keys = StringArray::from(batch.columns[0].clone());
        let ids = Int64Array::from(batch.columns[1].clone());
        assert_eq!((keys.len(), ids.len()), (batch.rows, batch.rows));
        let keys = keys.iter().map(|key| key.map(str::to_owned));
        rows.extend(keys.zip(ids.values().iter().copied()));
    }
    rows
}

#[test]
fn rows_have_the_key_of_their_group() {
    let mut function = open(2, 2);
    let names: Vec<_> = function.result().iter().map(|f| f.name().clone()).collect();
    assert_eq!(names, ["key", "id"]);
    let groups = part(&[(Some("a"), 3), (None, 1), (Some("b"), 2)], 0);
    function.push(vec![groups], false).unwrap();
    let a = Some("a".to_owned());
    let b = Some("b".to_owned());
    let expected = [
        (a.clone(), 0),
        (a.clone(), 0),
        (a.clone(), 2),
        (a, 2),
        (None, 3),
        (None, 3),
        (b.clone(), 4),
        (b, 4),
    ];
    assert_eq!(drain(function.as_mut()), expected);
    assert!(function.next().unwrap().is_none());
}

#[test]
fn groups_that_go_on_are_seen_whole() {
    // Each of these is a call: its groups, and whether the last one goes on.
    type Call = (&'static [(Option<&'static str>, u32)], bool);
    let cases: [&[Call]; 6] = [
        &[
            (&[(Some("a"), 2), (Some("b"), 3)], true),
            (&[(Some("b"), 2)], false),
        ],
        &[
            (&[(Some("a"), 4)], true),
            (&[(Some("a"), 1)], true),
            (&[(Some("a"), 3), (Some("b"), 2)], true),
            (&[(Some("b"), 1), (Some("c"), 1)], false),
        ],
        &[
            (&[(Some("a"), 4)], true),
            (&[(Some("a"), 0), (Some("b"), 1)], false),
        ],
        &[(&[(Some("a"), 4)], true), (&[(Some("a"), 0)], false)],
        &[(&[], false), (&[(Some("a"), 4)], true), (&[], false)],
        &[
            (&[(None, 1)], true),
            (&[(None, 1)], true),
            (&[(None, 1)], false),
        ],
    ];
    for calls in cases {
        let (mut function, mut rows, mut first) = (open(1_000, 1), Vec::new(), 0);
        let mut expected: Vec<(Option<String>, i64)> = Vec::new();
        let mut goes_on = false;
        for (groups, continued) in calls {
            let sizes = groups.iter().map(|&(_, size)| i64::from(size));
            for (index, (&(key, _), size)) in groups.iter().zip(sizes.clone()).enumerate() {
                if !(goes_on && index == 0) {
                    let before: i64 = sizes.clone().take(index).sum();
                    assert!(size > 0);
                    expected.push((key.map(str::to_owned), first + before));
                }
            }
            function
                .push(vec![part(groups, first)], *continued)
                .unwrap();
            first += sizes.sum::<i64>();
            rows.extend(drain(function.as_mut()));
            goes_on = *continued;
        }
        assert_eq!(rows, expected);
    }
}

#[test]
fn results_come_in_batches_of_bounded_size() {
    let mut function = open(1, 50_000);
    let keys = [(Some("a"), 3), (Some("b"), 1)];
    function.push(vec![part(&keys, 0)], true).unwrap();
    let first = drain(function.as_mut());
    assert_eq!(first.len(), 150_000);
    assert!(first.iter().all(|(key, _)| key.as_deref() == Some("a")));
    assert!(first.is_sorted_by_key(|(_, id)| *id));
    function.push(vec![part(&keys[1..], 4)], false).unwrap();
    let second = drain(function.as_mut());
    assert_eq!(second.len(), 100_000);
    assert!(second.iter().all(|(key, _)| key.as_deref() == Some("b")));
}

#[test]
fn what_the_host_says_is_checked() {
    for offsets in [vec![], vec![0, 4], vec![0, 3, 2], vec![0, 1, 9]] {
        let groups = Groups {
            offsets,
            ..part(&[(Some("a"), 3)], 0)
        };
        let error = open(1, 1).push(vec![groups], false).unwrap_err();
        assert!(error.to_string().contains("offsets"), "{error}");
    }
    let twice = || vec![part(&[(Some("a"), 1)], 0), part(&[(Some("a"), 1)], 0)];
    assert!(open(1, 1).push(twice(), false).is_err());
    let mut function = open(1, 1);
    function
        .push(vec![part(&[(Some("a"), 1)], 0)], false)
        .unwrap();
    let error = function
        .push(vec![part(&[(Some("a"), 1)], 0)], false)
        .unwrap_err();
    assert!(error.to_string().contains("before"), "{error}");
    assert!(Input::new(fields(), vec![3]).is_err());
}

/// The sums of the values of both sides.
struct Sums;

#[derive(crate::Row)]
struct Sum {
    left: Option<f64>,
    right: f64,
}

impl CogroupedMap for Sums {
    type Row = Sum;

    fn open(_: &CogroupedCall, _: &Options) -> Result<Self, Error> {
        Ok(Self)
    }

    fn map(
        &mut self,
        left: &Group<'_>,
        right: &Group<'_>,
        out: &mut Rows<Sum>,
    ) -> Result<(), Error> {
        let sum = |group: &Group<'_>| {
            group
                .nullable::<f64>(2)
                .map(|all| all.flatten().fold(0.0, |sum, value| sum + value))
        };
        out.push(Sum {
            left: (!left.is_empty()).then(|| sum(left)).transpose()?,
            right: sum(right)?,
        });
        Ok(())
    }
}

#[test]
fn a_key_is_taken_from_the_side_that_has_it() {
    let right = vec![0, 2, 1]
        .into_iter()
        .map(|index| fields()[index].clone());
    let call = CogroupedCall::new(
        input(),
        Input::new(right.collect(), vec![0]).unwrap(),
        Constants::of(&[]).unwrap(),
    );
    // The columns of the right side are in another order, so column 2 is no float there.
    let mut function = open_cogrouped::<Sums>(call, &Options::default(), "sums").unwrap();
    let swapped = |groups: Groups| {
        let columns = groups.rows.columns();
        let columns = [0, 2, 1].map(|index| columns[index].data().clone());
        Groups {
            rows: Arguments::new(columns, groups.rows.rows()),
            offsets: groups.offsets,
        }
    };
    let left = part(&[(Some("a"), 1)], 0);
    function
        .push(vec![left, swapped(part(&[(Some("a"), 1)], 0))], false)
        .unwrap();
    let error = function.next().unwrap_err();
    assert_eq!(
        error.to_string(),
        "the column \"id\" is Int64, and not to be had as f64"
    );

    let call = CogroupedCall::new(input(), input(), Constants::of(&[]).unwrap());
    let mut function = open_cogrouped::<Sums>(call, &Options::default(), "sums").unwrap();
    let left = part(&[(Some("a"), 2), (None, 0), (Some("c"), 1)], 0);
    let right = part(&[(Some("a"), 0), (None, 3), (Some("c"), 0)], 10);
    function.push(vec![left, right], true).unwrap();
    let next = function.next().unwrap().unwrap();
    assert_eq!(
        StringArray::from(next.columns[0].clone()),
        StringArray::from(vec![Some("a"), None])
    );
    assert_eq!(
        Float64Array::from(next.columns[1].clone()),
        Float64Array::from(vec![Some(1.0), None])
    );
    assert_eq!(
        Float64Array::from(next.columns[2].clone()),
        Float64Array::from(vec![0.0, 21.0])
    );
    assert!(function.next().unwrap().is_none());

    let left = part(&[(Some("c"), 0), (Some("d"), 1)], 0);
    let right = part(&[(Some("c"), 2), (Some("d"), 0)], 4);
    function.push(vec![left, right], false).unwrap();
    let next = function.next().unwrap().unwrap();
    assert_eq!(
        StringArray::from(next.columns[0].clone()),
        StringArray::from(vec!["c", "d"])
    );
    assert_eq!(
        Float64Array::from(next.columns[1].clone()),
        Float64Array::from(vec![2.0, 0.0])
    );
    assert_eq!(
        Float64Array::from(next.columns[2].clone()),
        Float64Array::from(vec![9.0, 0.0])
    );
}

#[test]
fn keys_of_different_types_are_refused() {
    let right = Input::new(fields(), vec![1]).unwrap();
    let call = CogroupedCall::new(input(), right, Constants::of(&[]).unwrap());
    assert!(open_cogrouped::<Sums>(call, &Options::default(), "sums").is_err());
    let call = GroupedCall::new(
        Input::new(fields(), vec![1]).unwrap(),
        Constants::of(&[
            Arc::new(Int64Array::from(vec![1])),
            Arc::new(Int64Array::from(vec![1])),
        ])
        .unwrap(),
    );
    let error = open_grouped::<Ids>(call, &Options::default(), "id")
        .map(drop)
        .unwrap_err();
    assert!(error.to_string().contains("rename one of them"), "{error}");
}

#[test]
fn values_are_those_of_the_group_and_not_null() {
    let lines: Vec<Line> = (0..10)
        .map(|id| (Some("k"), id, (id != 7).then_some(id as f64)))
        .collect();
    let rows = columns(&lines).into_iter().map(|column| column.slice(1, 9));
    let schema = Arc::new(arrow_schema::Schema::new(fields()));
    let table = group::Table::new(schema, Arguments::new(rows, 9)).unwrap();
    let group = table.group(2, 5);
    assert_eq!((group.len(), group.is_empty()), (3, false));
    assert_eq!(group.values::<i64>(1).unwrap(), [3, 4, 5]);
    assert_eq!(group.values::<f64>(2).unwrap(), [3.0, 4.0, 5.0]);
    assert_eq!(group.value::<&str>(0, 2).unwrap(), "k");
    assert_eq!(group.value::<i64>(1, 0).unwrap(), 3);
    assert_eq!(
        group.rows().column(1).as_ref(),
        &Int64Array::from(vec![3, 4, 5])
    );
    let column: ArrayRef = group.column(2).unwrap();
    assert_eq!(column.as_ref(), &Float64Array::from(vec![3.0, 4.0, 5.0]));

    let group = table.group(5, 8);
    let nullable: Vec<_> = group.nullable::<f64>(2).unwrap().collect();
    assert_eq!(nullable, [Some(6.0), None, Some(8.0)]);
    assert_eq!(group.value::<Option<f64>>(2, 1).unwrap(), None);
    for (error, expected) in [
        (
            group.values::<f64>(2).unwrap_err(),
            "the column \"value\" has 1 nulls in a group of 3: filter them out, or take `nullable`",
        ),
        (
            group.values::<i32>(1).unwrap_err(),
            "the column \"id\" is Int64, and not to be had as i32",
        ),
        (
            group.values::<i64>(3).unwrap_err(),
            "there is no column 3 (counted from zero) in a table of 3",
        ),
        (
            group.value::<f64>(2, 1).unwrap_err(),
            "the column \"value\" is null in a row that is asked for",
        ),
        (
            group.value::<f64>(2, 3).unwrap_err(),
            "there is no row 3 in a group of 3",
        ),
    ] {
        assert_eq!(error.to_string(), expected);
    }
    assert!(group.column(3).is_err());
}

#[test]
fn keys_of_any_type_are_repeated() {
    let columns: [ArrayRef; 6] = [
        Arc::new(arrow_array::BooleanArray::from(vec![true, false, true])),
        Arc::new(arrow_array::Int8Array::from(vec![1, 2, 3])),
        Arc::new(arrow_array::UInt16Array::from(vec![Some(1), None, Some(3)])),
        Arc::new(arrow_array::TimestampSecondArray::from(vec![1, 2, 3]).with_timezone("UTC")),
        Arc::new(arrow_array::Decimal128Array::from(vec![1, 2, 3])),
        Arc::new(
            vec![Some("x"), None, Some("z")]
                .into_iter()
                .collect::<arrow_array::DictionaryArray<arrow_array::types::Int8Type>>(),
        ),
    ];
    let mut runs = key::Runs::default();
    for (table, row, length) in [(0, 2, 1), (1, 0, 2), (0, 0, 1)] {
        runs.push(key::Run { row, table, length });
    }
    for column in columns {
        let tables = [column.to_data(), column.slice(1, 2).to_data()];
        let repeated = make_array(key::column(&tables, &runs, 4).unwrap());
        let expected = [2, 1, 1, 0];
        assert_eq!(repeated.data_type(), column.data_type());
        for (row, &from) in expected.iter().enumerate() {
            assert_eq!(&repeated.slice(row, 1), &column.slice(from, 1));
        }
    }
}

#[test]
fn rows_are_taken_in_batches() {
    let mut rows = Rows::new();
    rows.extend((0..70_000).map(|id| id.to_string()));
    assert_eq!(rows.len(), 70_000);
    let sizes: Vec<_> = std::iter::from_fn(|| rows.take())
        .map(|batch: RecordBatch| batch.num_rows())
        .collect();
    assert_eq!(sizes, [65_536, 4_464]);
    assert!(rows.is_empty());
    rows.extend((0..40).map(|_| "x".repeat(1 << 20)));
    let sizes: Vec<_> = std::iter::from_fn(|| rows.take())
        .map(|batch| batch.num_rows())
        .collect();
    assert_eq!(sizes, [16, 16, 8]);
}
