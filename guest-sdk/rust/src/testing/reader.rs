use arrow_array::RecordBatch;

use super::map_batches::batch;
use crate::reader::{Exactness, Filter, Opened, TableReader};
use crate::{Error, Options, Reader, Request};

/// Reads what `request` wants, as a query does: filters reach the reader that it says something about, the limit
/// does if it does all of them exactly, and splits are read one after the other. The files are those of
/// [`with_files`](super::with_files). Nothing is filtered again.
///
/// # Errors
///
/// What the reader says, or that what it gives is not what was wanted.
pub fn read<F: Reader>(request: &Request, options: &Options) -> Result<Vec<RecordBatch>, Error> {
    let reader = Opened::<F>::new(options)?;
    let exactness = reader.exactness(request.filters());
    let filters = request.filters().iter().zip(&exactness);
    let filters = filters.filter(|(_, exactness)| **exactness != Exactness::Unsupported);
    let filters: Vec<Filter> = filters.map(|(filter, _)| filter.clone()).collect();
    let exact = exactness.iter().all(|each| *each == Exactness::Exact);
    let limit = request.limit().filter(|_| exact);
    let request = Request::new(request.projection().to_vec(), filters, limit);

    let mut output = Vec::new();
    for split in reader.plan(&request)? {
        let mut rows = reader.read(&split, &request)?;
        while let Some(next) = rows.next()? {
            output.push(batch(rows.fields(), next));
        }
    }
    Ok(output)
}
