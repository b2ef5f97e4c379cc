//! Sandboxed user-defined functions for Arrow: the command line and the library behind it.
//!
//! For programs that want SQL with functions in WebAssembly and no server. A [`Session`] is DataFusion's
//! with functions in it; a [`Catalog`] keeps names and versions of functions in a data directory, where
//! any number of processes can use it at once.
//!
//! ```no_run
//! # #[tokio::main]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use arrowbox::{DataDir, Session};
//!
//! let session = Session::builder().data_dir(DataDir::open(None)?).build()?;
//! session.add_table(&"lineitem=data/lineitem.parquet".parse()?).await?;
//! let mut query = session
//!     .sql(
//!         "CREATE OR REPLACE FUNCTION gcd LANGUAGE WASM AS 'gcd.wasm';
//!          SELECT gcd(l_orderkey, l_partkey) FROM lineitem",
//!     )
//!     .await?;
//! while let Some(batch) = query.next().await {
//!     println!("{} rows", batch?.num_rows());
//! }
//! # Ok(())
//! # }
//! ```

mod authority;
mod catalog;
mod causes;
pub mod cli;
mod client;
mod cluster;
mod data_dir;
mod failure;
mod quantity;
mod service;
mod session;

pub use authority::{Authority, AuthorityError, Existing};
pub use catalog::{Added, Catalog, CatalogError, Entry, History, NewVersion, OnExisting, Version};
pub use client::{Answers, Begun, Client, ClientError, RunOptions};
pub use cluster::{Cluster, ClusterError, LostHost};
pub use data_dir::{DATA_DIR_VARIABLE, DataDir, DataDirError};
pub use quantity::{Bytes, QuantityError, Span};
pub use service::Service;
pub use session::{
    AddedFunction, CallError, ComponentOptions, ComponentSource, Compression, CreateFunction,
    DdlError, Declared, DefineError, DropFunction, ExternalError, Format, FunctionOptions,
    FunctionsError, Grouping, Known, Lifetime, OpenError, OptionError, Outcome, ParseError, Query,
    QueryError, Returns, Session, SessionBuilder, ShowFunctions, SourceError, Statement,
    TableError, TableSource,
};
