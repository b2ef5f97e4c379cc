//! Functions of components, as functions of DataFusion.
//!
//! A [`Description`] says what a component offers; a [`Binding`] ties a name in SQL to one of its
//! functions, with what that may do and use. One file for each kind of function; this is the only place
//! that implements DataFusion's traits for functions.

mod binding;
mod coercion;
mod description;
mod error;
mod publish;
mod scalar;

pub use binding::Binding;
pub use description::{
    Accepts, Argument, Description, DescriptionError, FunctionDescription, Kind, NullHandling,
    Signature,
};
pub use error::{Failure, FunctionError};
pub use publish::PublishFigures;
pub use scalar::{BindError, scalar_udf, try_constructor};
