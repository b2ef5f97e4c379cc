use clap::ValueEnum;

/// What the function of a new project does with rows.
/// In the order of the sources in `template.rs`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Kind {
    /// A value for each row
    Scalar,
    /// A value for each group
    Aggregate,
    /// A value for each row of an ordered partition
    Window,
    /// Rows for values
    Table,
    /// Batches for batches
    MapBatches,
    /// Rows for all rows of a key
    GroupedMap,
    /// Rows for all rows of a key in two tables
    CogroupedMap,
    /// A table of files
    Reader,
    /// Files of a table
    Writer,
}

/// How a kind's function is tried out, in whatever language.
pub(super) struct Example {
    /// Behind the component in `arrowbox test`.
    pub(super) test: &'static str,
    /// A statement that calls it, without quotes of the shell.
    pub(super) sql: &'static str,
    /// The tables of the statement, as flags.
    pub(super) tables: &'static str,
    /// Files beside the source that the two need: name and content.
    pub(super) files: &'static [(&'static str, &'static str)],
}

const READINGS: &[(&str, &str)] = &[(
    "readings.csv",
    "city,hour,degrees\nOslo,6,-4.0\nOslo,12,2.5\nOslo,18,-1.0\nRome,6,9.5\nRome,12,17.0\n",
)];

impl Kind {
    pub(super) fn example(self) -> Example {
        match self {
            Self::Scalar => Example {
                test: "hello World",
                sql: "SELECT hello('World')",
                tables: "",
                files: &[],
            },
            Self::Aggregate => Example {
                test: "geometric_mean 2 8",
                sql: "SELECT geometric_mean(x) FROM (VALUES (2.0), (8.0)) AS t (x)",
                tables: "",
                files: &[],
            },
            Self::Window => Example {
                test: "smoothed 1,0.5 3,0.5 NULL,0.5",
                sql: "SELECT hour, smoothed(degrees, 0.5) OVER (PARTITION BY city ORDER BY hour) FROM readings",
                tables: "--table readings=readings.csv ",
                files: READINGS,
            },
            Self::Table => Example {
                test: "split_text '\"a,b\",\",\"'",
                sql: "SELECT * FROM (VALUES ('a,b'), ('c')) AS t (x), split_text(t.x, ',') AS part",
                tables: "",
                files: &[],
            },
            Self::MapBatches => Example {
                test: "running_total degrees --rows readings.csv",
                sql: "SELECT * FROM map_batches(TABLE readings, running_total, 'degrees', parallelism => 1)",
                tables: "--table readings=readings.csv ",
                files: READINGS,
            },
            Self::GroupedMap => Example {
                test: "spread degrees --rows readings.csv --by city",
                sql: "SELECT * FROM grouped_map(TABLE readings, spread, 'degrees', by => city)",
                tables: "--table readings=readings.csv ",
                files: READINGS,
            },
            Self::CogroupedMap => Example {
                test: "unbalanced --rows orders.csv --right-rows payments.csv --by id",
                sql: "SELECT * FROM cogrouped_map(TABLE orders, TABLE payments, unbalanced, by => id)",
                tables: "--table orders=orders.csv --table payments=payments.csv ",
                files: &[
                    ("orders.csv", "id,item\n1,tea\n2,salt\n3,rice\n"),
                    ("payments.csv", "id,amount\n1,4.5\n1,0.5\n3,2.0\n"),
                ],
            },
            Self::Reader => Example {
                test: "settings --location example.conf",
                sql: "SELECT * FROM settings('example.conf') WHERE value IS NOT NULL",
                tables: "",
                files: &[("example.conf", "# how\ncolour = red\nsize = 5\nfast\n")],
            },
            Self::Writer => Example {
                test: "text_files --rows readings.csv",
                sql: "COPY (VALUES ('one'), ('two')) TO 'lines/' STORED AS text_files",
                tables: "",
                files: READINGS,
            },
        }
    }
}
