//! What the statement says about how to write.

use arrowbox_sdk::datatypes::Schema;
use arrowbox_sdk::{Error, Options};

use crate::json::{self, Nulls};
use crate::partition;

/// How many files a partition has open at once if nothing else is said.
const OPEN_FILES: usize = 64;

/// The options, checked against the columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Settings {
    /// Columns whose values name folders, in their order.
    pub(crate) partition_by: Vec<usize>,
    /// All others.
    pub(crate) columns: Vec<usize>,
    pub(crate) nulls: Nulls,
    pub(crate) open_files: usize,
}

impl Settings {
    pub(crate) fn new(input: &Schema, options: &Options) -> Result<Self, Error> {
        options.only(&["partition_by", "nulls", "open_files"])?;
        let partition_by = match options.param("partition_by") {
            Some(names) => partition_by(input, names)?,
            None => Vec::new(),
        };
        let written = |column: &usize| !partition_by.contains(column);
        let columns: Vec<_> = (0..input.fields().len()).filter(written).collect();
        if columns.is_empty() {
            return Err(Error::new(
                "partition_by names all columns: one at least has to be left for the lines",
            ));
        }
        for column in &columns {
            json::supports(&input.fields()[*column])?;
        }
        Ok(Self {
            partition_by,
            columns,
            nulls: nulls(options.param("nulls"))?,
            open_files: open_files(options.param("open_files"))?,
        })
    }
}

fn partition_by(input: &Schema, names: &str) -> Result<Vec<usize>, Error> {
    let mut columns = Vec::new();
    for name in names.split(',').map(str::trim) {
        let Some((column, field)) = input.fields().find(name) else {
            let known: Vec<_> = input
                .fields()
                .iter()
                .map(|field| field.name().as_str())
                .collect();
            return Err(Error::new(format_args!(
                "partition_by names {name:?}, and there is no such column: there are {}",
                known.join(", ")
            )));
        };
        if columns.contains(&column) {
            return Err(Error::new(format_args!("partition_by names {name} twice")));
        }
        if !partition::is_name(field.data_type()) {
            return Err(Error::new(format_args!(
                "partition_by names {name}, and values of type {} can not name folders: cast it",
                field.data_type()
            )));
        }
        columns.push(column);
    }
    Ok(columns)
}

fn nulls(text: Option<&str>) -> Result<Nulls, Error> {
    match text {
        None | Some("write") => Ok(Nulls::Write),
        Some("omit") => Ok(Nulls::Omit),
        Some(other) => Err(Error::new(format_args!(
            "nulls is 'write' or 'omit', and not {other:?}"
        ))),
    }
}

fn open_files(text: Option<&str>) -> Result<usize, Error> {
    let Some(text) = text else {
        return Ok(OPEN_FILES);
    };
    match text.parse() {
        Ok(count @ 1..=512) => Ok(count),
        _ => Err(Error::new(format_args!(
            "open_files is a number from 1 to 512, and not {text:?}"
        ))),
    }
}

#[cfg(test)]
mod tests {
    use arrowbox_sdk::datatypes::{DataType, Field};

    use super::*;

    fn settings(options: &[(&str, &str)]) -> Result<Settings, String> {
        let input = Schema::new(vec![
            Field::new("a", DataType::Int32, true),
            Field::new("b c", DataType::Utf8, true),
            Field::new("d", DataType::Float64, true),
        ]);
        let options = options
            .iter()
            .fold(Options::default(), |all, (key, value)| {
                all.with_param(*key, *value)
            });
        Settings::new(&input, &options).map_err(|error| error.to_string())
    }

    #[test]
    fn options_are_read() {
        let plain = settings(&[]).unwrap();
        assert_eq!(plain.partition_by, [0; 0]);
        assert_eq!(plain.columns, [0, 1, 2]);
        assert_eq!((plain.nulls, plain.open_files), (Nulls::Write, OPEN_FILES));
        let all = [
            ("partition_by", "b c, a"),
            ("nulls", "omit"),
            ("open_files", "7"),
        ];
        let all = settings(&all).unwrap();
        assert_eq!(all.partition_by, [1, 0]);
        assert_eq!(all.columns, [2]);
        assert_eq!((all.nulls, all.open_files), (Nulls::Omit, 7));
    }

    #[test]
    fn what_is_wrong_is_refused() {
        for (key, value, expected) in [
            (
                "partition_by",
                "x",
                "partition_by names \"x\", and there is no such column: there are a, b c, d",
            ),
            (
                "partition_by",
                "",
                "partition_by names \"\", and there is no such column",
            ),
            ("partition_by", "a,a", "partition_by names a twice"),
            (
                "partition_by",
                "d",
                "values of type Float64 can not name folders",
            ),
            ("nulls", "no", "nulls is 'write' or 'omit', and not \"no\""),
            ("open_files", "0", "open_files is a number from 1 to 512"),
            ("open_files", "many", "open_files is a number from 1 to 512"),
            ("partitions", "a", "is not known"),
        ] {
            let error = settings(&[(key, value)]).unwrap_err();
            assert!(error.contains(expected), "{error}");
        }
        let input = Schema::new(vec![Field::new("a", DataType::Int32, true)]);
        let options = Options::default().with_param("partition_by", "a");
        let error = Settings::new(&input, &options).unwrap_err().to_string();
        assert!(error.contains("names all columns"), "{error}");
    }
}
