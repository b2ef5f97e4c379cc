//! Functions in `FROM`.
//!
//! ```sql
//! SELECT * FROM explode('a,b', ',')                                   -- a table function
//! SELECT * FROM t, explode(t.text, ',') AS e                          -- for each row of a table
//! SELECT * FROM map_batches(TABLE t, score, 0.5, parallelism => 4)    -- a batch map
//! SELECT * FROM grouped_map(TABLE t, linear_regression, by => series)
//! SELECT * FROM cogrouped_map(TABLE trades, TABLE quotes, asof_join, by => symbol)
//! SELECT * FROM access_log('access.log', malformed => 'skip')         -- a reader
//! ```
//!
//! DataFusion plans `FROM` one relation at a time, and without awaiting anything. So three things are done
//! before: [`tables`] lets its parser read `TABLE t` as an argument, [`fold`] puts a call that uses columns
//! together with what stands to its left, and [`Opened`] opens readers.

mod call;
mod constant;
mod error;
mod lateral;
mod opened;
mod planner;
mod tables;

pub(super) use call::Call;
pub(crate) use call::Maps;
pub(super) use constant::Constants;
pub use error::CallError;
pub(super) use lateral::fold;
pub(super) use opened::Opened;
pub(super) use planner::Relations;
pub(super) use tables::tables;
