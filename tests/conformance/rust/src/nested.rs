//! Lists, structs and maps, to text, and made of numbers.

use std::sync::Arc;

use arrowbox_sdk::array::builder::{
    Int64Builder, ListBuilder, MapBuilder, StringBuilder, StructBuilder,
};
use arrowbox_sdk::array::cast::AsArray;
use arrowbox_sdk::array::types::Int64Type;
use arrowbox_sdk::array::{
    Array, ArrayRef, Int64Array, ListArray, MapArray, StringArray, StructArray,
};
use arrowbox_sdk::datatypes::{DataType, Field, FieldRef, Fields};
use arrowbox_sdk::{Error, scalar};

fn number(values: &dyn Array, index: usize) -> String {
    match values.is_null(index) {
        true => "-".to_owned(),
        false => values.as_primitive::<Int64Type>().value(index).to_string(),
    }
}

fn text(values: &dyn Array, index: usize) -> String {
    match values.is_null(index) {
        true => "-".to_owned(),
        false => values.as_string::<i32>().value(index).to_owned(),
    }
}

fn joined(parts: impl Iterator<Item = String>, by: &str) -> String {
    parts.collect::<Vec<_>>().join(by)
}

/// The items of a list with `,` between them, and `-` for null.
#[scalar(arguments("List(Int64)"), returns = "Utf8")]
pub fn list_text(lists: &ListArray) -> StringArray {
    let of = |list: ArrayRef| joined((0..list.len()).map(|index| number(&list, index)), ",");
    lists.iter().map(|list| list.map(of)).collect()
}

/// The numbers from zero on, `n % 5` of them; the third is null. Null for a negative number.
#[scalar(arguments("Int64"), returns = "List(Int64)")]
pub fn number_list(numbers: &Int64Array) -> ListArray {
    let mut lists = ListBuilder::new(Int64Builder::new());
    for n in numbers {
        match n.filter(|n| *n >= 0) {
            None => lists.append(false),
            Some(n) => {
                for item in 0..n % 5 {
                    lists.values().append_option((item != 2).then_some(item));
                }
                lists.append(true);
            }
        }
    }
    lists.finish()
}

/// `number:text`, with `-` for null.
#[scalar(
    arguments(r#"Struct("number": Int64, "text": Utf8)"#),
    returns = "Utf8"
)]
pub fn struct_text(values: &StructArray) -> StringArray {
    let of = |row| {
        let parts = [number(values.column(0), row), text(values.column(1), row)];
        values.is_valid(row).then(|| parts.join(":"))
    };
    (0..values.len()).map(of).collect()
}

fn struct_fields() -> Fields {
    Fields::from(vec![
        Field::new("number", DataType::Int64, true),
        Field::new("text", DataType::Utf8, true),
    ])
}

/// A number, null if three divides it, and its text, null if five does. Null for a negative number.
#[scalar(
    arguments("Int64"),
    returns = r#"Struct("number": Int64, "text": Utf8)"#
)]
pub fn number_struct(numbers: &Int64Array) -> StructArray {
    let mut rows = StructBuilder::new(
        struct_fields(),
        vec![
            Box::new(Int64Builder::new()),
            Box::new(StringBuilder::new()),
        ],
    );
    for n in numbers {
        let n = n.filter(|n| *n >= 0);
        rows.field_builder::<Int64Builder>(0)
            .expect("of numbers")
            .append_option(n.filter(|n| n % 3 != 0));
        let text = n.filter(|n| n % 5 != 0).map(|n| format!("n{n}"));
        rows.field_builder::<StringBuilder>(1)
            .expect("of texts")
            .append_option(text);
        rows.append(n.is_some());
    }
    rows.finish()
}

/// `key=value`, with `,` between and `-` for null, in the order of the map.
#[scalar(arguments("any"), returns = "Utf8")]
pub fn map_text(maps: &MapArray) -> StringArray {
    let of = |entries: StructArray| {
        let pair = |row| {
            format!(
                "{}={}",
                text(entries.column(0), row),
                number(entries.column(1), row)
            )
        };
        joined((0..entries.len()).map(pair), ",")
    };
    maps.iter().map(|map| map.map(of)).collect()
}

fn map_type(_: &[FieldRef]) -> Result<FieldRef, Error> {
    let entries = Fields::from(vec![
        Field::new("keys", DataType::Utf8, false),
        Field::new("values", DataType::Int64, true),
    ]);
    let entries = Field::new("entries", DataType::Struct(entries), false);
    let data_type = DataType::Map(Arc::new(entries), false);
    Ok(Arc::new(Field::new("number_map", data_type, true)))
}

/// The keys `a`, `b`, … for the numbers from zero on, `n % 4` of them; the second is null. Null for a negative number.
#[scalar(arguments("Int64"), returns = map_type)]
pub fn number_map(numbers: &Int64Array) -> MapArray {
    let mut maps = MapBuilder::new(None, StringBuilder::new(), Int64Builder::new());
    for n in numbers {
        let n = n.filter(|n| *n >= 0);
        for item in 0..n.unwrap_or(0) % 4 {
            maps.keys()
                .append_value(char::from(b'a' + item as u8).to_string());
            maps.values().append_option((item != 1).then_some(item));
        }
        maps.append(n.is_some()).expect("a key for each value");
    }
    maps.finish()
}

/// `number[tag/tag]` of each item, with `,` between and `-` for null.
#[scalar(arguments("any"), returns = "Utf8")]
pub fn nested_text(lists: &ListArray) -> StringArray {
    let item = |items: &StructArray, row: usize| {
        let tags = items.column(1).as_list::<i32>();
        let shown = match tags.is_null(row) {
            true => "-".to_owned(),
            false => {
                let tags = tags.value(row);
                joined((0..tags.len()).map(|index| text(&tags, index)), "/")
            }
        };
        match items.is_null(row) {
            true => "-".to_owned(),
            false => format!("{}[{shown}]", number(items.column(0), row)),
        }
    };
    let of = |list: ArrayRef| {
        let items = list.as_struct();
        joined((0..items.len()).map(|row| item(items, row)), ",")
    };
    lists.iter().map(|list| list.map(of)).collect()
}

fn nested_type(_: &[FieldRef]) -> Result<FieldRef, Error> {
    let tags = DataType::new_list(DataType::Utf8, true);
    let fields = vec![
        Field::new("number", DataType::Int64, true),
        Field::new("tags", tags, true),
    ];
    let data_type = DataType::new_list(DataType::Struct(fields.into()), true);
    Ok(Arc::new(Field::new("number_nested", data_type, true)))
}

/// `n % 3` items: their numbers from zero on, and as many tags. Null for a negative number.
#[scalar(arguments("Int64"), returns = nested_type)]
pub fn number_nested(numbers: &Int64Array) -> ListArray {
    let DataType::List(item) = nested_type(&[]).expect("a type").data_type().clone() else {
        unreachable!("it is a list");
    };
    let DataType::Struct(fields) = item.data_type().clone() else {
        unreachable!("of structs");
    };
    let tags = ListBuilder::new(StringBuilder::new());
    let items = StructBuilder::new(fields, vec![Box::new(Int64Builder::new()), Box::new(tags)]);
    let mut lists = ListBuilder::new(items);
    for n in numbers {
        let n = n.filter(|n| *n >= 0);
        for item in 0..n.unwrap_or(0) % 3 {
            let row = lists.values();
            row.field_builder::<Int64Builder>(0)
                .expect("of numbers")
                .append_value(item);
            let tags = row
                .field_builder::<ListBuilder<StringBuilder>>(1)
                .expect("of lists");
            for tag in 0..item {
                tags.values().append_value(format!("t{tag}"));
            }
            tags.append(true);
            row.append(true);
        }
        lists.append(n.is_some());
    }
    lists.finish()
}
