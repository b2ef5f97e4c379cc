use arrow_array::RecordBatch;
use arrow_schema::FieldRef;

use super::map_batches::columns_of;
use crate::sink::target;
use crate::writer::open;
use crate::{Error, Options, Writer};

/// Writes the batches of some partitions, and gives the files: path and bytes, in the order in which they were
/// begun.
///
/// # Errors
///
/// What the writer says. There are no files then.
///
/// # Panics
///
/// There is no batch to know the columns of the table from.
pub fn write<F: Writer>(
    partitions: &[Vec<RecordBatch>],
    options: &Options,
) -> Result<Vec<(String, Vec<u8>)>, Error> {
    let first = partitions.iter().flatten().next();
    let first = first.expect("there is a batch, if only an empty one");
    let input: Vec<FieldRef> = first.schema_ref().fields().to_vec();
    let (result, files) = target::with(|| {
        let mut manifests = Vec::new();
        for (batches, number) in partitions.iter().zip(0..) {
            let mut partition = open::<F>(&input, options)?.partition(number)?;
            for batch in batches {
                partition.write(columns_of(batch))?;
            }
            manifests.push(partition.finish()?);
        }
        open::<F>(&input, options)?.commit(manifests)
    });
    result.map(|()| files)
}
