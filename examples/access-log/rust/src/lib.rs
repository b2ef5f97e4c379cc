//! Reads the access logs of web servers, as a table.

mod column;
mod condition;
mod line;
mod rows;
mod scan;
mod text;
mod texts;
mod time;

use arrowbox_sdk::datatypes::SchemaRef;
use arrowbox_sdk::{
    Batches, Error, Exactness, Filter, Options, Reader, Request, Split, reader, split_files,
};

pub use column::Column;
pub use condition::{Condition, Operand};
pub use line::{Line, Malformed, RequestLine};
pub use scan::{OnMalformed, Scan};
pub use text::Text;

/// What one split has, in bytes.
const SPLIT: u64 = 32 << 20;

/// A line longer than this, in bytes, is none of a log: servers take far shorter requests.
const LONGEST: usize = 1 << 20;

/// The table of some logs.
pub struct AccessLog {
    on_malformed: OnMalformed,
}

/// Access logs of web servers, in Common or Combined Log Format, a row for each request: host, ident, user, time,
/// method, path, protocol, status, bytes, referer, agent. What is `-` in the log is null.
///
/// - `malformed`: what becomes of a line that is not one of a log. `error` ends the query and says where the line
///   is, `skip` leaves it out, `null` makes a row of nulls of it.
#[reader]
impl Reader for AccessLog {
    fn open(options: &Options) -> Result<Self, Error> {
        options.only(&["malformed"])?;
        let on_malformed = match options.param("malformed") {
            None | Some("error") => OnMalformed::Error,
            Some("skip") => OnMalformed::Skip,
            Some("null") => OnMalformed::Null,
            Some(other) => {
                return Err(Error::new(format_args!(
                    "malformed is 'error', 'skip' or 'null', and not {other:?}"
                )));
            }
        };
        Ok(Self { on_malformed })
    }

    fn schema(&self) -> SchemaRef {
        Column::schema(&Column::ALL)
    }

    fn exactness(&self, filter: &Filter) -> Exactness {
        match Condition::of(filter) {
            Ok(Some(_)) => Exactness::Exact,
            _ => Exactness::Unsupported,
        }
    }

    fn plan(&self, _: &Request) -> Result<Vec<Split>, Error> {
        split_files(SPLIT)
    }

    fn read(&self, split: &Split, request: &Request) -> Result<Batches, Error> {
        let columns: Vec<_> = request
            .projection()
            .iter()
            .map(|column| Column::ALL[*column])
            .collect();
        let conditions = request
            .filters()
            .iter()
            .map(Condition::of)
            .collect::<Result<Vec<_>, _>>()?;
        let conditions = conditions.into_iter().flatten().collect();
        let mut scan = Scan::new(&columns, conditions, self.on_malformed, request.limit());
        let mut lines = split.lines()?.longest(LONGEST);
        Ok(Batches::from_fn(move || {
            while !scan.is_full() {
                let Some(line) = lines.next_line()? else {
                    break;
                };
                if let Err(malformed) = scan.push(line) {
                    return Err(Error::new(format_args!(
                        "{}: the line at byte {} is not one of an access log: {malformed} \
                         (the option malformed = 'skip' leaves such lines out)",
                        lines.path(),
                        lines.offset()
                    )));
                }
            }
            Ok(scan.take()?)
        }))
    }
}

arrowbox_sdk::export!(AccessLog);

#[cfg(test)]
mod tests;
