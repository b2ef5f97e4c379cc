//! Guest memory <-> Arrow arrays.
//!
//! Arguments are copied into a region of the guest's memory, each referenced byte once ([`Outgoing`]).
//! Results are checked and then read where they are ([`receive`]), for as long as the host likes: the
//! lease in their buffers keeps the instance from being entered. Where it must be entered nevertheless,
//! the result is copied out first ([`copy_out`]). In the portable lane buffers come along with the batch, checked
//! likewise; or columns stay where they are, and only their types and lengths are checked ([`accept`]).

mod layout;
mod own;
mod receive;
pub(crate) mod schema;
mod send;
mod text;

pub use own::copy_out;
pub use receive::{ReceiveError, Rows, accept, receive};
pub use schema::SchemaError;
pub use send::{Outgoing, SendError};
