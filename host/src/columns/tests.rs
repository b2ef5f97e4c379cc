//! Operations that guests choose, on values that guests choose.

use std::sync::Arc;

use arrow::array::*;
use arrow::datatypes::{DataType, Int64Type};

use super::*;
use crate::sandbox::wire::{Operator, Value};

fn column(array: impl Array + 'static) -> Operand {
    Operand::Column(Arc::new(array))
}

fn int(value: i64) -> Operand {
    Operand::Value(Value::Int64(value))
}

fn text(value: &str) -> Operand {
    Operand::Value(Value::Text(value.into()))
}

fn free(_: usize) -> Result<()> {
    Ok(())
}

/// As a guest with 256 MiB.
fn limited(bytes: usize) -> Result<()> {
    match bytes <= 256 << 20 {
        true => Ok(()),
        false => refuse("at most 256 MiB"),
    }
}

fn said<T: std::fmt::Debug>(result: Result<T>) -> String {
    result.expect_err("it is refused").strip_backtrace()
}

#[test]
fn a_value_takes_the_type_of_the_column_if_it_can() {
    let cases: [(ArrayRef, Value, DataType); 7] = [
        (
            Arc::new(Int8Array::from(vec![1])),
            Value::Int64(1),
            DataType::Int8,
        ),
        (
            Arc::new(Int8Array::from(vec![1])),
            Value::Int64(300),
            DataType::Int64,
        ),
        (
            Arc::new(UInt64Array::from(vec![1])),
            Value::Int64(1),
            DataType::UInt64,
        ),
        (
            Arc::new(Float32Array::from(vec![1.0])),
            Value::Int64(1),
            DataType::Float32,
        ),
        (
            Arc::new(Float32Array::from(vec![1.0])),
            Value::Float64(0.5),
            DataType::Float32,
        ),
        (
            Arc::new(Int64Array::from(vec![1])),
            Value::Float64(0.5),
            DataType::Float64,
        ),
        (
            Arc::new(Int64Array::from(vec![1])),
            Value::Null,
            DataType::Int64,
        ),
    ];
    for (array, value, expected) in cases {
        let given = format!("{} and {value:?}", array.data_type());
        let sum = binary(
            Operator::Add,
            Operand::Column(array),
            Operand::Value(value),
            &mut free,
        );
        let sum = sum.unwrap_or_else(|error| panic!("{given}: {error}"));
        assert_eq!(sum.data_type(), &expected, "{given}");
    }
}

#[test]
fn what_does_not_fit_is_an_error() {
    let most = || column(Int64Array::from(vec![i64::MAX, 1]));
    let cases = [
        (Operator::Add, most(), int(1), "verflow"),
        (Operator::Subtract, int(-2), most(), "verflow"),
        (Operator::Add, most(), most(), "verflow"),
        (Operator::Multiply, most(), int(2), "verflow"),
        (Operator::Divide, most(), int(0), "ivide by zero"),
        (Operator::Remainder, most(), int(0), "ivide by zero"),
        (Operator::Add, most(), text("a"), ""),
        (
            Operator::Add,
            most(),
            column(Int64Array::from(vec![1, 2, 3])),
            "2 rows and one of 3",
        ),
    ];
    for (operator, left, right, fragment) in cases {
        let message = said(binary(operator, left, right, &mut free));
        assert!(message.contains(fragment), "{operator:?}: {message}");
    }
}

#[test]
fn integers_overflow_where_their_sum_does() {
    let edges = [i64::MIN, i64::MIN + 1, -1, 0, 1, i64::MAX - 1, i64::MAX];
    let two = |value| column(Int64Array::from(vec![value, value]));
    for (operator, compute) in [
        (
            Operator::Add,
            i64::checked_add as fn(i64, i64) -> Option<i64>,
        ),
        (Operator::Subtract, i64::checked_sub),
    ] {
        for a in edges {
            for b in edges {
                let expected = compute(a, b);
                for (left, right) in [(two(a), two(b)), (two(a), int(b)), (int(a), two(b))] {
                    let sum = binary(operator, left, right, &mut free).ok();
                    let sum = sum.map(|sum| sum.as_primitive::<Int64Type>().value(0));
                    assert_eq!(sum, expected, "{operator:?} {a} {b}");
                }
            }
        }
    }
}

#[test]
fn what_lies_under_a_null_does_not_overflow() {
    let nulls = vec![true, false].into();
    let hidden = Int64Array::new(vec![1, i64::MAX].into(), Some(nulls));
    let sum = binary(Operator::Add, column(hidden), int(1), &mut free).unwrap();
    assert_eq!(
        sum.as_ref(),
        &Int64Array::from(vec![Some(2), None]) as &dyn Array
    );
}

#[test]
fn one_value_stands_for_every_row() {
    let left = || column(Int64Array::from(vec![1, 2, 3]));
    for one in [int(10), column(Int64Array::from(vec![10]))] {
        let sum = binary(Operator::Subtract, one, left(), &mut free).unwrap();
        assert_eq!(sum.as_ref(), &Int64Array::from(vec![9, 8, 7]) as &dyn Array);
    }
    let both = binary(Operator::Add, int(1), int(2), &mut free).unwrap();
    assert_eq!(both.as_ref(), &Int64Array::from(vec![3]) as &dyn Array);
}

#[test]
fn and_and_or_follow_kleene() {
    let left = || column(BooleanArray::from(vec![Some(true), Some(false), None]));
    let null = || column(BooleanArray::from(vec![None, None, None::<bool>]));
    let and = binary(Operator::And, left(), null(), &mut free).unwrap();
    assert_eq!(
        and.as_boolean(),
        &BooleanArray::from(vec![None, Some(false), None])
    );
    let or = binary(Operator::Or, left(), null(), &mut free).unwrap();
    assert_eq!(
        or.as_boolean(),
        &BooleanArray::from(vec![Some(true), None, None])
    );
}

#[test]
fn functions_of_the_engine_are_called() {
    let words = || column(StringArray::from(vec![Some("ab"), None, Some("a%")]));
    let numbers = || column(Int64Array::from(vec![Some(-1), None, Some(3)]));
    let cases: [(&str, Vec<Operand>, &dyn Array); 10] = [
        (
            "upper",
            vec![words()],
            &StringArray::from(vec![Some("AB"), None, Some("A%")]),
        ),
        (
            "UPPER",
            vec![words()],
            &StringArray::from(vec![Some("AB"), None, Some("A%")]),
        ),
        (
            "abs",
            vec![numbers()],
            &Int64Array::from(vec![Some(1), None, Some(3)]),
        ),
        (
            "negative",
            vec![numbers()],
            &Int64Array::from(vec![Some(1), None, Some(-3)]),
        ),
        (
            "coalesce",
            vec![numbers(), int(7)],
            &Int64Array::from(vec![-1, 7, 3]),
        ),
        (
            "is_null",
            vec![words()],
            &BooleanArray::from(vec![false, true, false]),
        ),
        (
            "is_not_null",
            vec![words()],
            &BooleanArray::from(vec![true, false, true]),
        ),
        (
            "like",
            vec![words(), text("%b")],
            &BooleanArray::from(vec![Some(true), None, Some(false)]),
        ),
        (
            "not",
            vec![column(BooleanArray::from(vec![Some(true), None]))],
            &BooleanArray::from(vec![Some(false), None]),
        ),
        (
            "case",
            vec![
                column(BooleanArray::from(vec![Some(true), None, Some(false)])),
                numbers(),
                int(0),
            ],
            &Int64Array::from(vec![-1, 0, 0]),
        ),
    ];
    let mut calls = Calls::default();
    for (function, arguments, expected) in cases {
        // The second time from what was kept.
        for _ in 0..2 {
            let result = calls.call(function, arguments.clone(), &mut free);
            let result = result.unwrap_or_else(|error| panic!("{function}: {error}"));
            assert_eq!(result.as_ref(), expected, "{function}");
        }
    }
}

#[test]
fn functions_that_could_hurt_are_not_there() {
    let words = || column(StringArray::from(vec!["a"; 10_000]));
    let cases = [
        ("no_such_function", vec![words()], "there is no function"),
        ("now", vec![], "not always the same"),
        ("random", vec![], "not always the same"),
        (
            "repeat",
            vec![words(), int(1 << 40)],
            "as much as it is told to",
        ),
        (
            "lpad",
            vec![words(), int(1 << 40)],
            "as much as it is told to",
        ),
        (
            "range",
            vec![int(0), int(1 << 40)],
            "as much as it is told to",
        ),
        (
            "concat",
            vec![words(), text(&"x".repeat(1 << 18))],
            "at most",
        ),
        ("concat", vec![words(); 1025], "at most 1024"),
        (
            "find_in_set",
            vec![words(), text(&"x,".repeat(1 << 20))],
            "too long",
        ),
        (
            "arrow_cast",
            vec![words(), text("List(Int64)")],
            "as much as it is told to",
        ),
        ("version", vec![], "as much as it is told to"),
        ("case", vec![words()], "takes a condition"),
        ("upper", vec![], ""),
    ];
    let mut calls = Calls::default();
    for (function, arguments, fragment) in cases {
        let message = said(calls.call(function, arguments, &mut limited));
        assert!(message.contains(fragment), "{function}: {message}");
    }
}

#[test]
fn rows_are_chosen_ordered_and_joined() {
    let numbers: ArrayRef = Arc::new(Int64Array::from(vec![Some(3), None, Some(1)]));
    let mask: ArrayRef = Arc::new(BooleanArray::from(vec![Some(true), None, Some(true)]));
    let kept = filter(&numbers, &mask, &mut free).unwrap();
    assert_eq!(kept.as_ref(), &Int64Array::from(vec![3, 1]) as &dyn Array);
    assert!(said(filter(&numbers, &kept, &mut free)).contains("a mask of 2 rows"));

    let places = sort(&numbers, true, false, &mut free).unwrap();
    assert_eq!(
        places.as_ref(),
        &UInt64Array::from(vec![0, 2, 1]) as &dyn Array
    );
    for descending in [false, true] {
        let digits: Vec<_> = (0..1000)
            .map(|row| (row % 7 != 0).then_some(row % 5))
            .collect();
        let mut wanted: Vec<_> = (0..1000).collect();
        wanted.sort_by_key(|row| {
            let digit = digits[*row as usize];
            (
                digit.is_none(),
                digit.map(|digit| if descending { -digit } else { digit }),
            )
        });
        let digits: ArrayRef = Arc::new(Int64Array::from(digits));
        let places = sort(&digits, descending, false, &mut free).unwrap();
        assert_eq!(places.as_ref(), &UInt64Array::from(wanted) as &dyn Array);
    }
    let taken = take(&numbers, &places, &mut limited).unwrap();
    assert_eq!(
        taken.as_ref(),
        &Int64Array::from(vec![Some(3), Some(1), None]) as &dyn Array
    );
    let outside: ArrayRef = Arc::new(Int64Array::from(vec![3]));
    assert!(take(&numbers, &outside, &mut limited).is_err());
    let below: ArrayRef = Arc::new(Int64Array::from(vec![-1]));
    assert!(take(&numbers, &below, &mut limited).is_err());

    let long: ArrayRef = Arc::new(StringArray::from(vec!["x".repeat(1 << 20)]));
    let often: ArrayRef = Arc::new(UInt64Array::from(vec![0; 2000]));
    assert!(said(take(&long, &often, &mut limited)).contains("at most"));
    assert!(said(concat(&vec![long; 2000], &mut limited)).contains("at most"));
    assert!(said(concat(&[numbers, mask], &mut limited)).contains("can not stand behind"));
}

#[test]
fn values_and_casts_are_checked() {
    let words: ArrayRef = Arc::new(StringArray::from(vec!["1", "x"]));
    assert!(cast(&words, &DataType::Int64, &mut free).is_err());
    assert!(matches!(value_at(&words, 1), Ok(Value::Text(text)) if text == "x"));
    assert!(said(value_at(&words, 2)).contains("no row 2"));
    let dates: ArrayRef = Arc::new(Date32Array::from(vec![1]));
    assert!(said(value_at(&dates, 0)).contains("has to be cast"));
}

#[test]
fn aggregates_of_the_engine_reduce() {
    let numbers: ArrayRef = Arc::new(Int64Array::from(vec![Some(3), None, Some(1)]));
    let bools: ArrayRef = Arc::new(BooleanArray::from(vec![true, false]));
    let expect = |aggregate: &str, values: &ArrayRef, expected: Value| {
        let found = reduce(aggregate, values, &mut free)
            .unwrap_or_else(|error| panic!("{aggregate}: {error}"));
        assert_eq!(format!("{found:?}"), format!("{expected:?}"), "{aggregate}");
    };
    expect("sum", &numbers, Value::Int64(4));
    expect("MIN", &numbers, Value::Int64(1));
    expect("max", &numbers, Value::Int64(3));
    expect("count", &numbers, Value::Int64(2));
    expect("avg", &numbers, Value::Float64(2.0));
    expect("median", &numbers, Value::Float64(2.0));
    expect("bool_and", &bools, Value::Boolean(false));
    let none: ArrayRef = Arc::new(Int64Array::from(Vec::<i64>::new()));
    expect("sum", &none, Value::Null);
    assert!(said(reduce("no_such", &numbers, &mut free)).contains("no aggregate"));
    assert!(said(reduce("array_agg", &numbers, &mut free)).contains("no aggregate"));
    assert!(reduce("corr", &numbers, &mut free).is_err());
}

#[test]
fn sizes_are_those_of_unshared_rows() {
    let long = "x".repeat(1000);
    let views: ArrayRef = Arc::new(StringViewArray::from(vec![long.as_str(), "y"]));
    let often = UInt64Array::from(vec![0; 100]);
    let views = arrow::compute::take(&views, &often, None).unwrap();
    let words: DictionaryArray<arrow::datatypes::Int32Type> =
        std::iter::repeat_n(long.as_str(), 100).collect();
    let words: ArrayRef = Arc::new(words);
    let runs = RunArray::try_new(
        &Int32Array::from(vec![100]),
        &StringArray::from(vec![long.as_str()]),
    );
    let runs: ArrayRef = Arc::new(runs.unwrap());
    let text: ArrayRef = Arc::new(StringArray::from(vec![long.as_str(); 100]));
    let lists: ArrayRef = Arc::new(ListArray::new(
        Arc::new(arrow::datatypes::Field::new_list_field(
            text.data_type().clone(),
            true,
        )),
        arrow::buffer::OffsetBuffer::from_lengths([100]),
        Arc::clone(&text),
        None,
    ));
    for (column, bytes) in [
        (&views, 100 * 1016),
        (&words, 100 * 1004),
        (&runs, 100 * 1004),
        (&text, 100 * 1004),
        (&lists, 100 * 1004 + 4),
    ] {
        assert_eq!(size::unpacked(column), bytes, "{}", column.data_type());
        assert_eq!(size::RowSizes::new(column).largest() * column.len(), bytes);
    }
    let half = text.slice(0, 50);
    assert_eq!(size::unpacked(&half), 50 * 1004);
    let empty: ArrayRef = Arc::new(StringArray::from(vec![""; 100]));
    assert_eq!(size::unpacked(&empty), 400);
    let numbers: ArrayRef = Arc::new(Int64Array::from(vec![1, 2, 3]));
    assert_eq!(size::unpacked(&numbers), 24);
}

/// One long value, many times, in the forms that do not say so.
#[test]
fn what_stands_for_much_more_is_not_unpacked() {
    let long = "x".repeat(1 << 20);
    let often: ArrayRef = Arc::new(UInt64Array::from(vec![0; 2000]));
    let views: ArrayRef = Arc::new(StringViewArray::from(vec![long.as_str()]));
    let views = arrow::compute::take(&views, &often, None).unwrap();
    let keys = Int32Array::from(vec![0; 2000]);
    let words = DictionaryArray::new(keys, Arc::new(StringArray::from(vec![long.as_str()])));
    let words: ArrayRef = Arc::new(words);
    let mut calls = Calls::default();
    for column in [views, words] {
        let of = column.data_type().clone();
        let cast = cast(&column, &DataType::LargeUtf8, &mut limited);
        assert!(said(cast).contains("at most"), "{of}");
        let upper = calls.call("upper", vec![Operand::Column(column)], &mut limited);
        assert!(said(upper).contains("at most"), "{of}");
    }
}

#[test]
fn what_multiplies_is_reserved_before_it_is_begun() {
    let many = || text(&"a".repeat(1 << 16));
    let long = || text(&"b".repeat(1 << 16));
    let lists = || {
        let mut lists = ListBuilder::new(Int8Builder::new());
        lists.append_value(vec![Some(1); 1 << 16]);
        column(lists.finish())
    };
    let empty = || {
        let mut lists = ListBuilder::new(StringBuilder::new());
        lists.append_value(vec![Some(""); 1 << 20]);
        column(lists.finish())
    };
    let numbers = || {
        let mut lists = ListBuilder::new(Int8Builder::new());
        lists.append_value(vec![Some(1); 1 << 20]);
        column(lists.finish())
    };
    let one = || column(StringArray::from(vec![""]));
    let dates = || column(Date32Array::from(vec![1; 8192]));
    let cases = [
        ("replace", vec![many(), text("a"), long()]),
        ("regexp_replace", vec![many(), text("a"), long(), text("g")]),
        ("array_to_string", vec![lists(), long()]),
        ("list_join", vec![lists(), long()]),
        ("array_to_string", vec![empty(), long()]),
        (
            "concat_ws",
            [text(&"s".repeat(1 << 20))]
                .into_iter()
                .chain(std::iter::repeat_with(one).take(1000))
                .collect(),
        ),
        ("list_has_all", vec![numbers(), numbers()]),
        ("arrays_overlap", vec![numbers(), numbers()]),
        ("to_char", vec![dates(), long()]),
        (
            "levenshtein",
            vec![column(StringArray::from(vec!["c".repeat(1 << 20)])), long()],
        ),
        ("arrow_typeof", vec![long()]),
    ];
    let mut calls = Calls::default();
    for (function, arguments) in cases {
        let message = said(calls.call(function, arguments, &mut limited));
        let expected = ["at most", "too long", "as it is told to"];
        assert!(
            expected.iter().any(|expected| message.contains(expected)),
            "{function}: {message}"
        );
    }
}

#[test]
fn what_is_copied_is_reserved_before_it_is_begun() {
    let often: ArrayRef = Arc::new(UInt64Array::from(vec![0; 1 << 20]));
    let mut empty = LargeListBuilder::new(StringBuilder::new());
    empty.append_value(vec![Some(""); 1 << 10]);
    let empty: ArrayRef = Arc::new(empty.finish());
    assert!(said(take(&empty, &often, &mut limited)).contains("at most"));

    // Arrow makes room for as many elements as lists have on average, also where those that are taken have none.
    let mut lists = ListBuilder::new(Int8Builder::new());
    lists.append_value(vec![Some(1); 1 << 20]);
    lists.append_value(Vec::<Option<i8>>::new());
    let lists: ArrayRef = Arc::new(lists.finish());
    let last: ArrayRef = Arc::new(UInt64Array::from(vec![1; 1 << 20]));
    assert!(said(take(&lists, &last, &mut limited)).contains("at most"));

    // Dictionaries are put one behind the other with all that is in them.
    let values = LargeStringArray::from(vec!["x".to_owned(), "y".repeat(1 << 20)]);
    let words = DictionaryArray::new(Int32Array::from(vec![0; 3]), Arc::new(values));
    let words: ArrayRef = Arc::new(words);
    assert!(said(concat(&vec![words; 1000], &mut limited)).contains("at most"));
}

#[test]
fn calls_are_told_apart_by_their_constants() {
    let lists = |values: &[Vec<Option<&str>>]| {
        let mut lists = ListBuilder::new(StringBuilder::new());
        for value in values {
            lists.append_value(value.clone());
        }
        column(lists.finish())
    };
    let rows = lists(&[vec![Some("a")], vec![Some("a, b")], vec![Some("")]]);
    let mut calls = Calls::default();
    for (other, expected) in [
        (vec![Some("a, b")], vec![false, true, false]),
        (vec![Some("a"), Some("b")], vec![true, false, false]),
        (vec![Some("")], vec![false, false, true]),
    ] {
        let arguments = vec![rows.clone(), lists(&[other])];
        let found = calls.call("array_has_any", arguments, &mut free).unwrap();
        assert_eq!(found.as_boolean(), &BooleanArray::from(expected));
    }
}

#[test]
fn negative_numbers_overflow() {
    let mut calls = Calls::default();
    let least = column(Int64Array::from(vec![i64::MIN, 1]));
    assert!(said(calls.call("negative", vec![least], &mut free)).contains("verflow"));
    let least = Operand::Value(Value::Int64(i64::MIN));
    assert!(said(calls.call("negative", vec![least], &mut free)).contains("verflow"));
}

#[test]
fn patterns_are_bounded() {
    let words = |count: usize| column(StringArray::from(vec!["abab"; count]));
    let long = |bytes: usize| column(StringArray::from(vec!["ab".repeat(bytes / 2); 2]));
    let cases = [
        (
            "regexp_like",
            vec![words(2), text(r"\w{5000}")],
            "too large",
        ),
        (
            "ilike",
            vec![words(2), text(&format!("%a{}b%", "_".repeat(5000)))],
            "too large",
        ),
        (
            "regexp_like",
            vec![long(8 << 20), text("a.{500}[^ab]")],
            "too long",
        ),
        (
            "regexp_count",
            vec![long(4 << 20), text(".*c|a")],
            "too long",
        ),
        (
            "regexp_like",
            vec![
                words(1000),
                column(
                    (0..1000)
                        .map(|row| Some(format!("a{{{row}}}")))
                        .collect::<StringArray>(),
                ),
            ],
            "at most",
        ),
        ("regexp_like", vec![words(2), text("(")], ""),
    ];
    let mut calls = Calls::default();
    let mut used = 0;
    for (function, arguments, fragment) in cases {
        let mut limited = |bytes: usize| {
            used += bytes;
            limited(used)
        };
        let message = said(calls.call(function, arguments, &mut limited));
        assert!(message.contains(fragment), "{function}: {message}");
        used = 0;
    }

    // In several portions, between which somebody can look at the clock.
    let rows = 3000;
    let texts = (0..rows).map(|row| format!("{}{}", row % 2, "x".repeat(8000)));
    let texts = column(StringArray::from_iter_values(texts));
    let mut looks = 0;
    let found = calls.call("regexp_like", vec![texts, text("^1.{100}")], &mut |bytes| {
        looks += usize::from(bytes == 0);
        Ok(())
    });
    assert!(looks > 1, "{looks}");
    let expected: BooleanArray = (0..rows).map(|row| Some(row % 2 == 1)).collect();
    assert_eq!(found.unwrap().as_boolean(), &expected);
}

#[test]
fn functions_are_known_by_their_own_names() {
    let tables = [
        call::REFUSED.as_slice(),
        &call::MULTIPLYING,
        &call::COMPARING,
    ];
    let own = |name: &&str| {
        let known = call::ENGINE.scalar_functions().get(*name);
        known.is_some_and(|known| known.name() == *name)
    };
    let mut others = tables.concat();
    others.retain(|name| !own(name));
    assert!(others.is_empty(), "{others:?}");
}
