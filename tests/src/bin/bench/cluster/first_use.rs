//! A component that no host knows, from `CREATE FUNCTION` to the first row.

use std::error::Error;
use std::fs;
use std::path::Path;
use std::thread;
use std::time::Instant;

use arrowbox_host::{Runtime, Store};
use arrowbox_tests::cluster::{TestCluster, folder};
use arrowbox_tests::component;
use uuid::Uuid;

use super::statements::Statements;
use super::text;
use crate::record::Record;
use crate::timing::median;

const HOSTS: usize = 3;
/// Turns that are counted.
const TURNS: usize = 5;
/// The hosts, and the coordinator, which plans with the function.
const COMPILERS: usize = HOSTS + 1;

pub(super) fn measure() -> Result<Vec<Record>, Box<dyn Error>> {
    let cluster = TestCluster::start(HOSTS);
    let statements = Statements::connect(&cluster)?;
    statements.add_tables(0.01)?;
    statements.run("SET distributed.file_scan_config_bytes_per_partition = 1")?;
    let place = folder();
    let (mut totals, mut compiles, mut besides) = (Vec::new(), Vec::new(), Vec::new());
    for turn in 0..=TURNS {
        let fresh = fresh(place.path())?;
        let compile = compile(&fs::read(&fresh)?)?;
        let path = text(&fresh)?;
        let began = Instant::now();
        statements.run(&format!(
            "CREATE OR REPLACE FUNCTION fresh LANGUAGE WASM AS '{path}', 'identity'"
        ))?;
        let given = statements.run("SELECT count(fresh(l_orderkey)) FROM lineitem")?;
        let total = began.elapsed().as_secs_f64() * 1e3;
        if given.rows != 1 {
            return Err("a count is one row".into());
        }
        // The first one warms up.
        if turn > 0 {
            eprintln!("  {total:.0} ms, of which compiling {compile:.0} ms");
            totals.push(total);
            compiles.push(compile);
            besides.push(total - compile);
        }
    }
    let record =
        |figure: &str, values: Vec<f64>| Record::new(figure, median(values.into_iter()), "ms");
    Ok(vec![
        record(
            "first use of a 1 MB component on 3 hosts, beside compiling",
            besides,
        )
        .at_most(300.0),
        record("first use of a 1 MB component on 3 hosts, in all", totals),
        record(
            "compiling it on 3 hosts and the coordinator, which share this machine",
            compiles,
        ),
    ])
}

/// A component that nobody has seen: one that is known, with a custom section behind it.
fn fresh(folder: &Path) -> Result<std::path::PathBuf, Box<dyn Error>> {
    let mut bytes = component::component("identity");
    let unique = Uuid::new_v4();
    // Section 0: its length, its name's length, its name, its content.
    bytes.extend([0, 18, 1, b'u']);
    bytes.extend(unique.as_bytes());
    let path = folder.join(format!("{unique}.wasm"));
    fs::write(&path, bytes)?;
    Ok(path)
}

/// Milliseconds until as many processes as a cluster has would have compiled it at once.
fn compile(bytes: &[u8]) -> Result<f64, Box<dyn Error>> {
    let mut runtimes = Vec::new();
    for _ in 0..COMPILERS {
        let folder = folder();
        let runtime = Runtime::new(Store::open(folder.path())?)?;
        let digest = runtime.store().put(bytes)?;
        runtimes.push((folder, runtime, digest));
    }
    let began = Instant::now();
    let compiled: Result<Vec<_>, _> = thread::scope(|scope| {
        let compiling: Vec<_> = runtimes
            .iter()
            .map(|(_, runtime, digest)| scope.spawn(|| runtime.component(*digest)))
            .collect();
        compiling
            .into_iter()
            .map(|thread| {
                thread
                    .join()
                    .map_err(|_| "a thread panicked")?
                    .map_err(Box::<dyn Error>::from)
            })
            .collect()
    });
    compiled?;
    Ok(began.elapsed().as_secs_f64() * 1e3)
}
