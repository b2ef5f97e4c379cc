//! Structs as columns, there and back.

use arrowbox_sdk::__private::{Arguments, ArrayData, RowBuilder};
use arrowbox_sdk::array::{Array, Float64Array, StringArray, make_array};
use arrowbox_sdk::datatypes::{DataType, Field};
use arrowbox_sdk::{Date, Decimal128, Row, Timestamp, Utc};

#[derive(Row, Debug, Clone, Default, PartialEq)]
struct Everything {
    small: i8,
    large: u64,
    real: f64,
    flag: bool,
    text: String,
    bytes: Vec<u8>,
    day: Option<Date>,
    price: Decimal128<10, 2>,
    #[row(name = "seen at")]
    seen: Option<Timestamp<arrowbox_sdk::Second, Utc>>,
    name: Option<String>,
    numbers: Vec<f64>,
    names: Vec<Option<String>>,
    nested: Option<Vec<Vec<i32>>>,
    flags: Vec<bool>,
    #[row(skip)]
    scratch: usize,
}

fn rest() -> Everything {
    Everything {
        scratch: 9,
        ..Everything::default()
    }
}

fn some() -> Vec<Everything> {
    let full = Everything {
        small: -5,
        large: u64::MAX,
        real: 0.5,
        flag: true,
        text: "é".to_owned(),
        bytes: vec![0, 255],
        day: Some(Date(3)),
        price: Decimal128(1230),
        seen: Some(Timestamp::new(7)),
        name: Some("Ada".to_owned()),
        numbers: vec![1.0, 2.0],
        names: vec![Some("a".to_owned()), None],
        nested: Some(vec![vec![1], vec![], vec![2, 3]]),
        flags: vec![true, false, true],
        scratch: 9,
    };
    let other = Everything {
        numbers: vec![3.0],
        nested: Some(vec![]),
        ..rest()
    };
    vec![full.clone(), rest(), other, full]
}

/// All rows of columns.
fn read<R: Row>(columns: Vec<ArrayData>, rows: usize, rest: &R) -> Vec<R> {
    for (column, field) in columns.iter().zip(R::fields()) {
        assert_eq!(column.data_type(), field.data_type());
        column.validate_full().unwrap();
    }
    let columns = Arguments::new(columns, rows);
    let reader = R::reader(columns.columns()).unwrap();
    (0..rows).map(|row| R::read(&reader, row, rest)).collect()
}

fn slice(columns: &[ArrayData], from: usize, length: usize) -> Vec<ArrayData> {
    let slice = |column: &ArrayData| make_array(column.clone()).slice(from, length).to_data();
    columns.iter().map(slice).collect()
}

#[test]
fn rows_come_back_as_they_went() {
    let (rows, rest) = (some(), rest());
    let columns = Everything::columns(&rows);
    assert_eq!(read(slice(&columns, 1, 2), 2, &rest), rows[1..3]);
    assert_eq!(read(slice(&columns, 4, 0), 0, &rest), []);
    assert_eq!(read(columns, 4, &rest), rows);

    let mut builder = RowBuilder::<Everything>::new(0);
    rows.iter()
        .for_each(|row| builder.push(row.clone()).unwrap());
    let columns = builder.finish();
    assert_eq!(columns.rows, 4);
    assert_eq!(read(columns.columns, 4, &rest), rows);
    assert_eq!(read(Everything::columns(&[]), 0, &rest), []);
}

#[test]
fn one_value_stands_for_all_rows() {
    let columns = Everything::columns(&some()[..1]);
    assert_eq!(read(columns, 3, &rest()), vec![some().remove(0); 3]);
}

#[test]
fn a_plain_value_is_a_row() {
    let texts = ["a".to_owned(), String::new()];
    assert_eq!(read(String::columns(&texts), 2, &String::new()), texts);
    let numbers = [Some(1_u8), None];
    assert_eq!(read(Row::columns(&numbers), 2, &None), numbers);
    assert_eq!(<Vec<u8>>::fields()[0].data_type(), &DataType::Binary);
    assert_eq!(
        <Option<i64>>::fields()[0].as_ref(),
        &Field::new("", DataType::Int64, true)
    );
}

#[test]
fn fields_say_what_they_are() {
    let fields = Everything::fields();
    assert_eq!(fields.len(), 14);
    assert_eq!(
        fields[8].as_ref(),
        &Field::new(
            "seen at",
            DataType::Timestamp(
                arrowbox_sdk::datatypes::TimeUnit::Second,
                Some("UTC".into())
            ),
            true,
        )
    );
    assert_eq!(
        fields[10].data_type(),
        &DataType::new_list(DataType::Float64, false)
    );
    assert_eq!(
        fields[11].data_type(),
        &DataType::new_list(DataType::Utf8, true)
    );
    assert!(!fields[0].is_nullable());
}

#[derive(Row)]
struct Pair {
    a: f64,
    b: String,
}

#[test]
fn other_columns_are_refused() {
    let reals = || Float64Array::from(vec![1.0]).into_data();
    let texts = || StringArray::from(vec!["x"]).into_data();
    let error = |columns: Vec<ArrayData>| {
        let columns = Arguments::new(columns, 1);
        Pair::reader(columns.columns()).err().unwrap().to_string()
    };
    assert_eq!(error(vec![reals()]), "the column b is missing");
    assert_eq!(
        error(vec![texts(), texts()]),
        "the column a: it is Utf8 where Float64 is wanted"
    );
    let null = Float64Array::from(vec![None]).into_data();
    assert_eq!(
        error(vec![null, texts()]),
        "the column a: it has 1 nulls where there are none"
    );
    let columns = Arguments::new([reals(), texts()], 1);
    let pair = Pair {
        a: 0.0,
        b: String::new(),
    };
    let pair = Pair::read(&Pair::reader(columns.columns()).unwrap(), 0, &pair);
    assert_eq!((pair.a, pair.b.as_str()), (1.0, "x"));
}
