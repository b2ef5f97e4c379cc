//! `cargo xtask demo`: from a fresh checkout to sandboxed functions over real data.

use std::path::{Path, PathBuf};
use std::process::Command;

use clap::Args;

use crate::cargo;
use crate::failure::Failure;
use crate::guests;
use crate::steps::Steps;
use crate::workspace::Workspace;

/// Builds everything that a user needs, makes TPC-H data, and runs SQL with sandboxed functions over it.
#[derive(Args)]
#[command(after_help = "Example: cargo xtask demo --scale 1")]
pub(crate) struct Arguments {
    /// How much data: 0.1 is 600 000 rows of `lineitem`.
    #[arg(long, default_value_t = 0.1)]
    scale: f64,
}

/// What it shows, and the statement that shows it.
const QUERIES: [(&str, &str); 6] = [
    (
        "gcd: arithmetic, one call for thousands of rows",
        "SELECT gcd(l_partkey, l_suppkey) AS divisor, count(*) AS lines\n\
         FROM lineitem GROUP BY divisor ORDER BY lines DESC, divisor LIMIT 5",
    ),
    (
        "haversine: floating point, constants cross as one value",
        "SELECT l_shipmode, round(avg(haversine(\n\
         \x20   l_suppkey % 180 - 90, l_partkey % 360 - 180, 52.52, 13.405)), 1) AS km_to_berlin\n\
         FROM lineitem GROUP BY l_shipmode ORDER BY l_shipmode",
    ),
    (
        "sentiment: a table of words inside the component, text without a cast",
        "SELECT l_comment, sentiment(l_comment) AS mood\n\
         FROM lineitem ORDER BY mood DESC, l_comment LIMIT 5",
    ),
    (
        "json_path: a real parser, in the sandbox",
        "SELECT json_path(doc, '$.ship.mode') AS mode, count(*) AS lines\n\
         FROM (SELECT '{\"line\": ' || l_linenumber || ', \"ship\": {\"mode\": \"' || l_shipmode || '\"}}' AS doc\n\
         \x20     FROM lineitem)\n\
         GROUP BY mode ORDER BY mode",
    ),
    (
        "geometric_mean and approx_quantile: aggregates, the states of all groups in the sandbox",
        "SELECT l_returnflag AS flag, round(geometric_mean(l_extendedprice), 2) AS price,\n\
         \x20   round(approx_quantile(l_quantity, 0.9), 1) AS quantity\n\
         FROM lineitem GROUP BY flag ORDER BY flag",
    ),
    (
        "linear_regression: all rows of a key at once",
        "SELECT mode, round(slope, 1) AS slope, round(r2, 3) AS r2, n FROM grouped_map(\n\
         \x20   (SELECT l_shipmode AS mode, CAST(l_quantity AS DOUBLE) AS x,\n\
         \x20       CAST(l_extendedprice AS DOUBLE) AS y FROM lineitem),\n\
         \x20   linear_regression, by => mode) ORDER BY mode",
    ),
];

const EXPLAINED: &str = "\
SET datafusion.explain.analyze_level = 'summary';
EXPLAIN ANALYZE SELECT sum(gcd(l_partkey, l_suppkey)) FROM lineitem";

pub(crate) fn execute(workspace: &Workspace, arguments: &Arguments) -> Result<(), Failure> {
    let mut steps = Steps::new(6);
    let examples: Vec<_> = workspace
        .guests()
        .into_iter()
        .filter(|(name, _)| *name == "examples")
        .collect();
    let components = guests::build_all(workspace, &examples, &mut steps)?;

    steps.announce("Building arrowbox with optimisation; the first time this takes a while");
    let mut command = cargo::command(["build", "--release"]);
    command.args([
        "--package",
        "arrowbox",
        "--package",
        "arrowbox-tests",
        "--bin",
        "arrowbox",
        "--bin",
        "tpch",
    ]);
    cargo::run(command.current_dir(workspace.root()))?;
    let release = workspace.target().join("release");

    let tables = workspace
        .target()
        .join("tpch")
        .join(format!("sf{}", arguments.scale));
    steps.announce(&format!(
        "TPC-H at scale {} in {}",
        arguments.scale,
        tables.display()
    ));
    let mut command = Command::new(release.join("tpch"));
    command
        .args(["--scale", &arguments.scale.to_string()])
        .arg("--dir")
        .arg(&tables);
    cargo::output(&mut command)?;

    let lineitem = tables.join("lineitem");
    let demo = Demo {
        program: release.join("arrowbox"),
        components: components.into_values().collect(),
        table: format!("lineitem={}", lineitem.display()),
        data: workspace.target().join("demo-data"),
    };
    steps.announce("Functions in the sandbox, over lineitem");
    for (title, sql) in QUERIES {
        println!("\n-- {title}\n{sql};\n");
        cargo::run(&mut demo.sql(sql))?;
    }
    steps.announce("What it cost: the plan with the functions' figures");
    println!("\n{EXPLAINED};\n");
    cargo::run(&mut demo.sql(EXPLAINED))?;
    demo.say_what_next(workspace);
    Ok(())
}

struct Demo {
    program: PathBuf,
    components: Vec<PathBuf>,
    table: String,
    /// A data directory of its own: the user's is not touched.
    data: PathBuf,
}

impl Demo {
    fn sql(&self, sql: &str) -> Command {
        let mut command = Command::new(&self.program);
        command
            .arg("sql")
            .arg("--data-dir")
            .arg(&self.data)
            .args(["--table", &self.table]);
        for component in &self.components {
            command.arg("--component").arg(component);
        }
        command.arg(sql);
        command
    }

    /// Commands to copy.
    fn say_what_next(&self, workspace: &Workspace) {
        let short = |path: &Path| {
            let inside = path.strip_prefix(workspace.root()).unwrap_or(path);
            inside.display().to_string()
        };
        let program = short(&self.program);
        let (name, table) = self.table.split_once('=').unwrap_or_default();
        let table = short(Path::new(table));
        let gcd = short(&workspace.components().join("gcd.wasm"));
        println!(
            "\nTry next:\n\n  \
             # ask what is in a component\n  {program} inspect {gcd}\n\n  \
             # the same table, a prompt, and the function kept under a name\n  \
             {program} sql --table {name}={table}\n  \
             > CREATE OR REPLACE FUNCTION gcd LANGUAGE WASM AS '{gcd}';\n  \
             > SELECT gcd(l_partkey, l_suppkey) FROM {name} LIMIT 3;\n\n  \
             # your own function, in Rust\n  \
             {program} new --lang rust my-function && {program} build my-function"
        );
    }
}
