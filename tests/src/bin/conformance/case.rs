//! The table of cases.

use std::collections::BTreeMap;

use serde::Deserialize;

const TABLE: &str = include_str!("../../../conformance/cases.toml");

/// What every language has to do.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Case {
    /// The row of the grid.
    pub(crate) feature: String,
    pub(crate) name: String,
    /// Statements; the rows are those of the last.
    pub(crate) sql: String,
    /// What gives the same without any function of ours.
    pub(crate) engine: Option<String>,
    /// Whether the rows come in an order.
    #[serde(default)]
    pub(crate) ordered: bool,
    /// How it fails, if it has to.
    pub(crate) error: Option<Expected>,
}

/// An error that has to come.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Expected {
    pub(crate) kind: Kind,
    /// What the message contains.
    pub(crate) says: Vec<String>,
    /// The row of the batch that it names.
    pub(crate) row: Option<usize>,
    /// Whether it names the place in the source.
    #[serde(default)]
    pub(crate) location: bool,
    /// Whether the message is that of Rust.
    #[serde(default)]
    pub(crate) same: bool,
}

/// What kind of thing went wrong: what exit codes tell apart, too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kind {
    /// The statement is wrong.
    Statement,
    /// A function failed.
    Function,
    /// A limit of time or memory was reached.
    Limit,
    /// Anything else.
    #[serde(skip)]
    Other,
}

/// A type, and what is tried with it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OfType {
    pub(crate) feature: String,
    pub(crate) name: String,
    /// There are `<name>_number` and `number_<name>`.
    #[serde(default)]
    pub(crate) number: bool,
    /// There are `<name>_text` and `number_<name>`.
    #[serde(default)]
    pub(crate) text: bool,
}

/// A project that does not build.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Broken {
    /// The folder `broken/<name>` of the language.
    pub(crate) name: String,
    pub(crate) feature: String,
    /// What the message contains, in each language that it can happen in.
    pub(crate) says: BTreeMap<String, Vec<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    r#type: Vec<OfType>,
    case: Vec<Case>,
    #[serde(default)]
    broken: Vec<Broken>,
}

/// All of them, or some.
pub(crate) struct Cases {
    pub(crate) types: Vec<OfType>,
    pub(crate) cases: Vec<Case>,
    pub(crate) broken: Vec<Broken>,
}

impl Cases {
    /// Those whose ids contain a text.
    ///
    /// # Panics
    ///
    /// When the table does not read.
    pub(crate) fn read(only: &str) -> Self {
        let table: Table =
            toml::from_str(TABLE).unwrap_or_else(|error| panic!("cases.toml: {error}"));
        let mut cases: Vec<_> = table.r#type.iter().flat_map(OfType::cases).collect();
        cases.extend(table.case);
        cases.retain(|case| case.id().contains(only));
        let mut broken = table.broken;
        broken.retain(|project| project.id().contains(only));
        Self {
            types: table.r#type,
            cases,
            broken,
        }
    }

    /// The rows of the grid.
    pub(crate) fn features(&self) -> Vec<String> {
        let cases = self.cases.iter().map(|case| &case.feature);
        let mut features = Vec::new();
        for feature in cases.chain(self.broken.iter().map(|project| &project.feature)) {
            if !features.contains(feature) {
                features.push(feature.clone());
            }
        }
        features
    }
}

impl Case {
    /// `feature: name`
    pub(crate) fn id(&self) -> String {
        format!("{}: {}", self.feature, self.name)
    }
}

impl Broken {
    /// `feature: name`
    pub(crate) fn id(&self) -> String {
        format!("{}: {}", self.feature, self.name)
    }
}

impl OfType {
    fn cases(&self) -> Vec<Case> {
        let name = &self.name;
        let case = |feature: &str, of: &str, sql: String, engine: Option<String>| Case {
            feature: feature.to_owned(),
            name: match of {
                "" => name.clone(),
                of => format!("{name}, {of}"),
            },
            sql,
            engine,
            ordered: false,
            error: None,
        };
        let own = |of, sql, engine| case(&self.feature, of, sql, engine);
        let same = |from: &str| {
            let sql = format!("SELECT n, same_{name}(x) AS x FROM {from}");
            (sql, Some(format!("SELECT n, x FROM {from}")))
        };
        let mut cases = Vec::new();
        for (of, from) in [
            ("every shape", format!("of_{name}")),
            ("no rows", format!("of_{name} WHERE n < 0")),
            (
                "a slice",
                format!("(SELECT * FROM of_{name} ORDER BY n LIMIT 200 OFFSET 13)"),
            ),
        ] {
            let (sql, engine) = same(&from);
            cases.push(own(of, sql, engine));
        }
        let reads = match (self.number, self.text) {
            (true, _) => Some("number"),
            (_, true) => Some("text"),
            _ => None,
        };
        if let Some(reads) = reads {
            let sql = format!("SELECT n, {name}_{reads}(x) AS x FROM of_{name}");
            cases.push(own("read", sql, None));
            let from = match reads {
                "number" => "abs(b)",
                _ => "b",
            };
            let sql = format!("SELECT n, number_{name}({from}) AS x FROM numbers");
            cases.push(own("made", sql, None));
        }
        let sql = format!("SELECT n, same_any(x) AS x, nulls_in(x) AS nulls FROM of_{name}");
        let engine = format!("SELECT n, x, CAST(x IS NULL AS BIGINT) AS nulls FROM of_{name}");
        cases.push(case("any type", "", sql, Some(engine)));
        cases
    }
}
