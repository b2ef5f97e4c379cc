//! A client of a coordinator: the statements of a [`Session`](crate::Session), run somewhere else.
//!
//! ```no_run
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use arrowbox::{Client, RunOptions};
//! use arrowbox_host::protocol::Role;
//! use arrowbox_host::{Endpoint, Identity};
//! use tokio::runtime::Handle;
//!
//! let identity = Identity::load("certs".as_ref(), Role::Client)?;
//! let endpoint = Endpoint::dialer(identity, "reports".to_owned(), &Handle::current())?;
//! let client = Client::connect(endpoint, &"quic://coordinator:7432".parse()?).await?;
//! let mut answers = client.run("SELECT 1; SELECT 2", RunOptions::default()).await?;
//! while let Some(begun) = answers.begin().await? {
//!     println!("{}", begun.schema);
//!     while let Some(batch) = answers.next().await? {
//!         println!("{} rows", batch.num_rows());
//!     }
//! }
//! # Ok(())
//! # }
//! ```

mod answers;
mod error;
mod handle;
mod uploads;

pub use answers::{Answers, Begun};
pub use error::ClientError;
pub use handle::{Client, RunOptions};
