//! Runs user functions as WebAssembly components inside an Arrow query engine.
//!
//! For whoever embeds Arrowbox below the level of a session. A [`Runtime`] compiles components of a
//! [`Store`] and keeps them; a [`Binding`] names one function of a component and says what it may do and
//! use; [`scalar_udf`] makes it a function of DataFusion. What belongs to one query — memory, the stop
//! button, instances, figures — is its [`QueryScope`], which has to be installed before planning.
//!
//! ```no_run
//! use arrowbox_host::{Binding, QueryScope, Runtime, Store, scalar_udf};
//! use datafusion::prelude::SessionContext;
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let runtime = Runtime::new(Store::open("/var/lib/arrowbox")?)?;
//! let component = runtime.store().put(&std::fs::read("gcd.wasm")?)?;
//! let gcd = scalar_udf(&runtime, Binding::new(component, "gcd"))?;
//!
//! let session = SessionContext::new();
//! let scope = QueryScope::new(session.runtime_env().memory_pool.clone(), 2, None);
//! scope.install(session.state_ref().write().config_mut().options_mut());
//! session.register_udf(gcd);
//! let rows = session.sql("SELECT gcd(12, 18)").await?.execute_stream().await?;
//! let rows = scope.run(rows);
//! # Ok(())
//! # }
//! ```

mod boundary;
mod columns;
mod functions;
pub mod protocol;
mod query;
mod runtime;
mod sandbox;
pub mod server;
mod storage;
mod store;
mod transport;

pub use boundary::{ReceiveError, SchemaError, SendError};
pub use functions::{
    Accepts, Argument, AttemptControl, AttemptLink, BindError, BindScope, Binding, Description,
    DescriptionError, Distributed, Failure, Function, FunctionDescription, FunctionError,
    GroupedInput, GroupedMap, Kind, MapBatches, NullHandling, PublishFigures, Reader, ReaderBreach,
    RelationPlanner, Signature, SplitQueues, TableFunction, TaskSession, Writer, aggregate_udf,
    controlled, differing_options, distributable, scalar_udf, window_udf,
};
pub use query::{CancelOnDrop, FunctionFigures, QueryScope};
pub use runtime::{COMPILING, Component, ComponentError, Refusal, Runtime};
pub use sandbox::{
    CallError, CheckError, CompileError, EngineError, Frames, Grant, GrantError, Grants, Lane,
    Limits, LinkError, SpanError, Stopped, plain,
};
pub use storage::{LocationError, Staging, StagingError};
pub use store::{Digest, DigestError, Incoming, Pinned, Store, StoreError, StoreLimits};
pub use transport::{
    ATTEMPT_HEADER, BatchError, BatchReader, BatchWriter, Compression, Distrust, Encoded, Endpoint,
    EndpointError, EndpointOptions, Holder, Identity, IdentityError, LocalChannels, Loss, Outcome,
    Peer, QuicChannels, Receiver, Sender, Sent, TransportError, Window, pieces, serve_plan,
    serve_rows,
};
