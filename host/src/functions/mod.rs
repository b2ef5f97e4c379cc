//! Functions of components, as functions of DataFusion.
//!
//! A [`Description`] says what a component offers; a [`Binding`] ties a name in SQL to one of its
//! functions, with what that may do and use. One file for each kind of function; this is the only place
//! that implements DataFusion's traits for functions.

mod aggregate;
mod binding;
mod blocking;
mod bound;
mod coercion;
mod description;
mod distributed;
mod error;
mod function;
mod grouped;
mod guest;
mod map_batches;
mod publish;
mod reader;
mod relation;
mod scalar;
mod scoped;
mod site;
mod table;
mod window;
mod writer;

pub use aggregate::aggregate_udf;
pub use binding::Binding;
pub use bound::BindError;
pub use description::{
    Accepts, Argument, Description, DescriptionError, FunctionDescription, Kind, NullHandling,
    Signature,
};
pub use distributed::{
    AttemptControl, AttemptLink, Distributed, SplitQueues, TaskSession, controlled,
    differing_options, distributable,
};
pub use error::{Failure, FunctionError};
pub use function::Function;
pub use grouped::{GroupedInput, GroupedMap};
pub use map_batches::MapBatches;
pub use publish::PublishFigures;
pub use reader::{Reader, ReaderBreach};
pub use relation::RelationPlanner;
pub use scalar::scalar_udf;
pub use scoped::BindScope;
pub use table::TableFunction;
pub use window::window_udf;
pub use writer::Writer;
