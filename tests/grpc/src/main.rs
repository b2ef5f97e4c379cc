//! The same engine over its own gRPC transport, for benchmarks to compare with.
//!
//! `worker` listens and says where; `coordinator` runs what it is asked. Both take a request a line on the
//! standard input, answer each with a line of JSON, and end with the input.

mod coordinator;
mod worker;

#[path = "../../src/bin/bench/cluster/source.rs"]
mod source;

use std::error::Error;
use std::path::PathBuf;

use clap::{Parser, Subcommand};
use tonic::transport::{Certificate, Identity};
use url::Url;

/// A part of a cluster that talks gRPC.
#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    part: Part,
    /// Threads that compute.
    #[arg(long, global = true, default_value_t = 1)]
    threads: usize,
    /// A folder of certificates; without it nothing is encrypted.
    #[arg(long, global = true)]
    certs: Option<PathBuf>,
}

#[derive(Subcommand)]
enum Part {
    /// Runs tasks.
    Worker,
    /// Plans, and reads results.
    Coordinator {
        /// Workers.
        #[arg(long)]
        worker: Vec<Url>,
        /// A folder of tables, each a folder of Parquet files.
        #[arg(long)]
        tables: Option<PathBuf>,
        /// Parts of a query on each worker.
        #[arg(long, default_value_t = 2)]
        partitions: usize,
    },
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments = Arguments::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(arguments.threads)
        .thread_stack_size(16 << 20)
        .enable_all()
        .build()?;
    let certificates = arguments.certs.map(Certificates);
    runtime.block_on(async {
        match arguments.part {
            Part::Worker => worker::run(certificates).await,
            Part::Coordinator {
                worker,
                tables,
                partitions,
            } => coordinator::run(certificates, worker, tables, partitions).await,
        }
    })
}

/// A folder of certificates.
struct Certificates(PathBuf);

impl Certificates {
    fn authority(&self) -> Result<Certificate, Box<dyn Error>> {
        Ok(Certificate::from_pem(std::fs::read(self.0.join("ca.pem"))?))
    }

    fn identity(&self, role: &str) -> Result<Identity, Box<dyn Error>> {
        let read = |ending| std::fs::read(self.0.join(role).with_extension(ending));
        Ok(Identity::from_pem(read("pem")?, read("key")?))
    }
}
