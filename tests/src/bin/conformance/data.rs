//! The tables of the cases, as files that hosts read as well.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, Int64Array, NullArray, RecordBatch, StringArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field};
use arrowbox::TableSource;
use datafusion::arrow::ipc::writer::FileWriter;

use crate::case::Cases;
use crate::types::{Nulls, any, column, schema, texts};

/// Where they are.
pub(crate) struct Tables {
    pub(crate) folder: PathBuf,
    pub(crate) sources: Vec<TableSource>,
}

/// The files of a table of one type: how many rows, and how many of them are null.
const SHAPES: [(&str, usize, Nulls); 5] = [
    ("empty", 0, Nulls::None),
    ("full", 300, Nulls::None),
    ("many", 9_000, Nulls::Some),
    ("nulls", 50, Nulls::All),
    ("one", 1, Nulls::None),
];

/// Types of which there are very many rows in one batch.
const LARGE: [&str; 3] = ["boolean", "int64", "text"];

/// Rows of a batch of the table `numbers`.
const BATCH: usize = 8192;

/// Writes all of them.
///
/// # Panics
///
/// When a file can not be written.
pub(crate) fn write(folder: &Path, cases: &Cases) -> Tables {
    let folder = std::path::absolute(folder).expect("a path");
    // Of an earlier table of cases.
    let _ = fs::remove_dir_all(&folder);
    let mut names = Vec::new();
    let mut add = |table: &str, file: &str, batches: &[RecordBatch]| {
        let place = folder.join(table);
        fs::create_dir_all(&place).unwrap_or_else(|error| panic!("{}: {error}", place.display()));
        save(&place.join(format!("{file}.arrow")), batches);
        if !names.contains(&table.to_owned()) {
            names.push(table.to_owned());
        }
    };
    for of_type in &cases.types {
        let table = format!("of_{}", of_type.name);
        let mut before = 0;
        for (file, rows, nulls) in SHAPES {
            let rows = match file {
                "many" if LARGE.contains(&of_type.name.as_str()) => 70_000,
                _ => rows,
            };
            let columns = [counted(before, rows), column(&of_type.name, rows, nulls)];
            add(&table, file, &[batch(&["n", "x"], &columns)]);
            before += rows;
        }
    }
    for (file, range) in [
        ("a", 0..40_000),
        ("b", 40_000..40_001),
        ("c", 40_001..70_000),
    ] {
        let begins = range.clone().step_by(BATCH);
        let batches: Vec<_> = begins
            .map(|begin| numbers(begin, BATCH.min(range.end - begin)))
            .collect();
        add("numbers", file, &batches);
    }
    add("few", "few", &[few()]);
    add("layouts", "layouts", &[layouts()]);
    files(&folder);
    let source = |name: String| TableSource {
        path: folder.join(&name),
        name,
        reader: None,
    };
    Tables {
        sources: names.into_iter().map(source).collect(),
        folder,
    }
}

fn batch(names: &[&str], columns: &[ArrayRef]) -> RecordBatch {
    let schema = Arc::new(schema(names, columns));
    RecordBatch::try_new(schema, columns.to_vec()).expect("columns of one length")
}

fn counted(from: usize, rows: usize) -> ArrayRef {
    Arc::new(Int64Array::from_iter_values(
        (from..from + rows).map(|n| n as i64),
    ))
}

/// See `cases.toml`.
fn numbers(from: usize, rows: usize) -> RecordBatch {
    let each = || (from..from + rows).map(|n| n as u64);
    let a =
        each().map(|n| (!any(n, 1).is_multiple_of(10)).then_some((any(n, 2) % 601) as i64 - 300));
    let b = each().map(|n| (!any(n, 3).is_multiple_of(7)).then_some((any(n, 4) % 600) as i64 - 50));
    let x =
        each().map(|n| (!any(n, 5).is_multiple_of(10)).then_some(any(n, 6) as i32 as f64 / 1024.0));
    let t = each().map(|n| {
        let end = ["é", "語", "🦀", ""][n as usize % 4];
        (!any(n, 8).is_multiple_of(11)).then(|| format!("row {} {end}", any(n, 9) % 501))
    });
    let columns: [ArrayRef; 6] = [
        counted(from, rows),
        Arc::new(Int64Array::from_iter_values(each().map(|n| n as i64 % 37))),
        Arc::new(a.collect::<Int64Array>()),
        Arc::new(b.collect::<Int64Array>()),
        Arc::new(x.collect::<Float64Array>()),
        Arc::new(t.collect::<StringArray>()),
    ];
    batch(&["n", "k", "a", "b", "x", "t"], &columns)
}

fn few() -> RecordBatch {
    let t = StringArray::from_iter_values((0..10).map(|n| format!("text {n}")));
    batch(&["x", "t"], &[counted(0, 10), Arc::new(t)])
}

fn layouts() -> RecordBatch {
    const ROWS: usize = 100;
    let text = column("text", ROWS, Nulls::Some);
    let binary = column("binary", ROWS, Nulls::Some);
    let list = column("list", ROWS, Nulls::Some);
    let as_type =
        |array: &ArrayRef, data_type: DataType| cast(array, &data_type).expect("another layout");
    let repeated: ArrayRef = Arc::new(
        texts(ROWS)
            .iter()
            .enumerate()
            .map(|(row, _)| (row % 7 > 0).then(|| format!("value {} é", row % 5)))
            .collect::<StringArray>(),
    );
    let pairs =
        (0..ROWS as i64).map(|n| (n % 6 > 0).then(|| vec![Some(n), (n % 5 > 0).then_some(-n)]));
    let fixed_list =
        arrow::array::FixedSizeListArray::from_iter_primitive::<arrow::datatypes::Int64Type, _, _>(
            pairs, 2,
        );
    let fixed_binary = arrow::array::FixedSizeBinaryArray::try_from_sparse_iter_with_size(
        (0..ROWS as u64).map(|n| (n % 6 > 0).then(|| any(n, 20).to_le_bytes())),
        8,
    );
    let item = Arc::new(Field::new("item", DataType::Int64, true));
    batch(
        &[
            "n",
            "dictionary",
            "text_view",
            "large_text",
            "binary_view",
            "large_binary",
            "large_list",
            "fixed_list",
            "fixed_binary",
            "nothing",
        ],
        &[
            counted(0, ROWS),
            as_type(
                &repeated,
                DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8)),
            ),
            as_type(&text, DataType::Utf8View),
            as_type(&text, DataType::LargeUtf8),
            as_type(&binary, DataType::BinaryView),
            as_type(&binary, DataType::LargeBinary),
            as_type(&list, DataType::LargeList(item)),
            Arc::new(fixed_list),
            Arc::new(fixed_binary.expect("of eight bytes")),
            Arc::new(NullArray::new(ROWS)),
        ],
    )
}

/// What readers read, and data.
fn files(folder: &Path) {
    let lines: String = (0..300).map(|n| format!("line {n}\n")).collect();
    for (path, text) in [
        ("lines/a.txt", lines.as_str()),
        (
            "lines/b.txt",
            "\u{feff}one\r\ntwo é\n\nthe last one has no end",
        ),
        ("lines/c.txt", ""),
        ("refused/a.txt", "1\n2\n666\n4\n"),
        ("words.txt", "row\né\n"),
    ] {
        let path = folder.join(path);
        let place = path.parent().expect("a folder");
        fs::create_dir_all(place).unwrap_or_else(|error| panic!("{}: {error}", place.display()));
        fs::write(&path, text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    }
}

fn save(path: &Path, batches: &[RecordBatch]) {
    let file = fs::File::create(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let written = FileWriter::try_new(file, &batches[0].schema()).and_then(|mut writer| {
        for batch in batches {
            writer.write(batch)?;
        }
        writer.finish()
    });
    written.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
}
