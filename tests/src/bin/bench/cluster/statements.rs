//! Statements for a coordinator, over one connection.

use std::error::Error;
use std::time::Instant;

use arrowbox::{Client, RunOptions, TableSource};
use arrowbox_host::protocol::Role;
use arrowbox_host::{Endpoint, Identity};
use arrowbox_tests::cluster::{TestCluster, certificates};
use arrowbox_tests::tpch::{self, Table};
use tokio::runtime::{Builder, Runtime};

use crate::record::Record;
use crate::timing::median;

/// Statements that are counted.
const TURNS: usize = 200;

/// A client, with the runtime that it runs on.
pub(super) struct Statements {
    runtime: Runtime,
    client: Client,
}

/// What a statement gave.
pub(super) struct Given {
    pub(super) seconds: f64,
    pub(super) rows: usize,
    /// Attempts in vain.
    pub(super) replayed: usize,
}

impl Statements {
    pub(super) fn connect(cluster: &TestCluster) -> Result<Self, Box<dyn Error>> {
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()?;
        let identity = Identity::load(certificates(), Role::Client)?;
        let endpoint = Endpoint::dialer(identity, "bench".into(), runtime.handle())?;
        let url = cluster.coordinator().url().parse()?;
        let client = runtime.block_on(Client::connect(endpoint, &url))?;
        Ok(Self { runtime, client })
    }

    /// Makes the TPC-H tables known.
    pub(super) fn add_tables(&self, scale: f64) -> Result<(), Box<dyn Error>> {
        let folder = tpch::shared(scale)?;
        for table in Table::ALL {
            let source = TableSource {
                name: table.name().to_owned(),
                path: folder.join(table.name()),
                reader: None,
            };
            self.runtime.block_on(self.client.add_table(&source))?;
        }
        Ok(())
    }

    /// Runs statements to the end of the last.
    pub(super) fn run(&self, text: &str) -> Result<Given, Box<dyn Error>> {
        self.runtime.block_on(async {
            let began = Instant::now();
            let mut answers = self.client.run(text, RunOptions::default()).await?;
            let (mut rows, mut replayed) = (0, 0);
            while answers.begin().await?.is_some() {
                rows = 0;
                while let Some(batch) = answers.next().await? {
                    rows += batch.num_rows();
                }
                replayed += answers.statistics().replayed.len();
            }
            Ok(Given {
                seconds: began.elapsed().as_secs_f64(),
                rows,
                replayed,
            })
        })
    }
}

pub(super) fn measure() -> Result<Record, Box<dyn Error>> {
    let cluster = TestCluster::start(2);
    let statements = Statements::connect(&cluster)?;
    statements.add_tables(0.01)?;
    let select = || statements.run("SELECT r_name FROM region WHERE r_regionkey = 3");
    for _ in 0..TURNS / 10 {
        select()?;
    }
    let mut turns = Vec::with_capacity(TURNS);
    for _ in 0..TURNS {
        let given = select()?;
        if given.rows != 1 {
            return Err(format!("{} rows of one region", given.rows).into());
        }
        turns.push(given.seconds * 1e3);
    }
    let figure = "a warm select of one row through the coordinator";
    Ok(Record::new(figure, median(turns.into_iter()), "ms").at_most(10.0))
}
