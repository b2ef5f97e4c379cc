use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, BinaryViewArray, GenericByteViewArray, RecordBatch, StringViewArray,
};
use datafusion::arrow::buffer::Buffer;
use datafusion::arrow::datatypes::{ByteViewType, SchemaRef};
use datafusion::arrow::ipc::reader::StreamDecoder;
use datafusion::arrow::ipc::writer::StreamWriter;
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::memory_pool::{MemoryConsumer, MemoryReservation};
use datafusion::execution::runtime_env::RuntimeEnv;
use datafusion::execution::{SendableRecordBatchStream, SpillFile, SpillWriter};
use datafusion::physical_plan::spill::get_record_batch_memory_size;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use futures::{Stream, StreamExt, TryStreamExt, stream};
use tokio::task::spawn_blocking;

/// Bytes of rows that are held in memory; what goes beyond is held on disk.
const MEMORY: usize = 64 << 20;

/// The rows of an attempt until it has ended.
///
/// The first are in memory, charged to the pool of the session, and the rest is in a file of its disk manager.
pub(crate) struct Held {
    schema: SchemaRef,
    environment: Arc<RuntimeEnv>,
    reservation: MemoryReservation,
    memory: usize,
    batches: Vec<RecordBatch>,
    rest: Option<Rest>,
    rows: u64,
}

/// A file while it is written.
struct Rest {
    file: Arc<dyn SpillFile>,
    writer: StreamWriter<Box<dyn SpillWriter>>,
}

impl Held {
    pub(crate) fn new(schema: SchemaRef, environment: &Arc<RuntimeEnv>) -> Self {
        Self::with_memory(schema, environment, MEMORY)
    }

    /// At most `memory` bytes are held in memory.
    fn with_memory(schema: SchemaRef, environment: &Arc<RuntimeEnv>, memory: usize) -> Self {
        let consumer = MemoryConsumer::new("held rows").with_can_spill(true);
        Self {
            reservation: consumer.register(&environment.memory_pool),
            environment: Arc::clone(environment),
            schema,
            memory,
            batches: Vec::new(),
            rest: None,
            rows: 0,
        }
    }

    /// How many there are.
    pub(crate) fn rows(&self) -> u64 {
        self.rows
    }

    /// Their columns.
    pub(crate) fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// # Errors
    ///
    /// If neither memory nor the disk takes them.
    pub(crate) async fn push(&mut self, batch: RecordBatch) -> Result<()> {
        self.rows += batch.num_rows() as u64;
        let bytes = get_record_batch_memory_size(&batch);
        let fits = self.rest.is_none()
            && self.reservation.size() + bytes <= self.memory
            && self.reservation.try_grow(bytes).is_ok();
        if fits {
            self.batches.push(batch);
            return Ok(());
        }
        let written = self.write(batch).await;
        written.map_err(|error| {
            error.context(
                "rows are held until all hosts are done, and there is no room for them on disk; \
                 --stream does not hold them",
            )
        })
    }

    /// Forgets all of them: another attempt begins.
    pub(crate) fn clear(&mut self) {
        self.batches.clear();
        self.reservation.free();
        self.rest = None;
        self.rows = 0;
    }

    /// All of them, in order. Memory is given back as they are taken.
    pub(crate) async fn replay(mut self) -> Result<SendableRecordBatchStream> {
        let rest = match self.rest.take() {
            None => None,
            Some(rest) => Some(blocking(move || rest.finish()).await?),
        };
        let schema = Arc::clone(&self.schema);
        let reservation = self.reservation;
        let held = self.batches.into_iter().map(move |batch| {
            let bytes = get_record_batch_memory_size(&batch);
            reservation.shrink(bytes.min(reservation.size()));
            Ok(batch)
        });
        let held = stream::iter(held);
        let rows = match rest {
            None => held.boxed(),
            Some(file) => held.chain(read(file)?).boxed(),
        };
        Ok(Box::pin(RecordBatchStreamAdapter::new(schema, rows)))
    }

    async fn write(&mut self, batch: RecordBatch) -> Result<()> {
        let rest = self.rest.take();
        let environment = Arc::clone(&self.environment);
        let schema = Arc::clone(&self.schema);
        let written = blocking(move || {
            let mut rest = match rest {
                Some(rest) => rest,
                None => Rest::new(&environment, &schema)?,
            };
            rest.writer.write(&compact(&batch)?)?;
            Ok(rest)
        });
        self.rest = Some(written.await?);
        Ok(())
    }
}

impl Rest {
    fn new(environment: &RuntimeEnv, schema: &SchemaRef) -> Result<Self> {
        let file = environment
            .disk_manager
            .create_tmp_file("holding rows of a query")?;
        let writer = StreamWriter::try_new(file.open_writer()?, schema)?;
        Ok(Self { file, writer })
    }

    fn finish(mut self) -> Result<Arc<dyn SpillFile>> {
        self.writer.finish()?;
        self.writer.get_mut().finish()?;
        Ok(self.file)
    }
}

/// The batches of a file, which is there as long as the stream.
fn read(file: Arc<dyn SpillFile>) -> Result<impl Stream<Item = Result<RecordBatch>> + Send> {
    let bytes = file.read_stream()?;
    let state = (
        bytes,
        Buffer::from(Vec::<u8>::new()),
        StreamDecoder::new(),
        file,
    );
    Ok(stream::try_unfold(
        state,
        |(mut bytes, mut buffer, mut decoder, file)| async move {
            loop {
                if let Some(batch) = decoder.decode(&mut buffer)? {
                    return Ok(Some((batch, (bytes, buffer, decoder, file))));
                }
                match bytes.try_next().await? {
                    Some(more) => buffer = Buffer::from(more),
                    None => {
                        decoder.finish()?;
                        return Ok(None);
                    }
                }
            }
        },
    ))
}

/// Views carry the whole buffers that they see a part of.
fn compact(batch: &RecordBatch) -> Result<RecordBatch> {
    let columns = batch.columns().iter().map(|column| {
        let any = column.as_any();
        if let Some(views) = any.downcast_ref::<StringViewArray>() {
            return compact_views(views, column);
        }
        if let Some(views) = any.downcast_ref::<BinaryViewArray>() {
            return compact_views(views, column);
        }
        Arc::clone(column)
    });
    Ok(RecordBatch::try_new_with_options(
        batch.schema(),
        columns.collect(),
        &datafusion::arrow::array::RecordBatchOptions::new().with_row_count(Some(batch.num_rows())),
    )?)
}

fn compact_views<T: ByteViewType>(views: &GenericByteViewArray<T>, column: &ArrayRef) -> ArrayRef {
    let carried: usize = views.data_buffers().iter().map(Buffer::len).sum();
    match carried > 2 * views.total_buffer_bytes_used() {
        true => Arc::new(views.gc()),
        false => Arc::clone(column),
    }
}

async fn blocking<T: Send + 'static>(
    operation: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    let joined = spawn_blocking(operation).await;
    joined.map_err(|error| DataFusionError::ExecutionJoin(Box::new(error)))?
}

#[cfg(test)]
mod tests {
    use datafusion::arrow::array::Int64Array;
    use datafusion::arrow::datatypes::{DataType, Field, Schema};
    use datafusion::execution::disk_manager::{DiskManagerBuilder, DiskManagerMode};
    use datafusion::execution::memory_pool::GreedyMemoryPool;
    use datafusion::execution::runtime_env::RuntimeEnvBuilder;

    use super::*;

    fn batch(first: i64) -> RecordBatch {
        let numbers: Int64Array = (first..first + 1000).collect();
        let words: StringViewArray = (first..first + 1000)
            .map(|number| Some(format!("a text that is too long for a view: {number}")))
            .collect();
        let fields = vec![
            Field::new("n", DataType::Int64, true),
            Field::new("s", DataType::Utf8View, true),
        ];
        let schema = Arc::new(Schema::new(fields));
        RecordBatch::try_new(schema, vec![Arc::new(numbers), Arc::new(words)]).unwrap()
    }

    async fn check(environment: RuntimeEnvBuilder, memory: usize) {
        let environment = environment.build_arc().unwrap();
        let mut held = Held::with_memory(batch(0).schema(), &environment, memory);
        held.push(batch(7)).await.unwrap();
        held.clear();
        assert_eq!(held.rows(), 0);
        for number in 0..20 {
            // A part of a larger batch.
            held.push(batch(number * 100).slice(0, 100)).await.unwrap();
        }
        assert_eq!(held.rows(), 2000);
        let batches: Vec<_> = held.replay().await.unwrap().try_collect().await.unwrap();
        for (number, found) in batches.iter().enumerate() {
            assert_eq!(*found, batch(number as i64 * 100).slice(0, 100));
        }
        assert_eq!(batches.len(), 20);
        assert_eq!(environment.memory_pool.reserved(), 0);
        assert_eq!(environment.disk_manager.used_disk_space(), 0);
    }

    #[tokio::test]
    async fn rows_come_back_in_order_wherever_they_were() {
        check(RuntimeEnvBuilder::new(), usize::MAX).await;
        check(RuntimeEnvBuilder::new(), 0).await;
        check(RuntimeEnvBuilder::new(), 200_000).await;
        let pool = Arc::new(GreedyMemoryPool::new(150_000));
        check(RuntimeEnvBuilder::new().with_memory_pool(pool), usize::MAX).await;
    }

    #[tokio::test]
    async fn rows_that_fit_nowhere_are_an_error() {
        let disks = DiskManagerBuilder::default().with_mode(DiskManagerMode::Disabled);
        let environment = RuntimeEnvBuilder::new()
            .with_disk_manager_builder(disks)
            .build_arc()
            .unwrap();
        let mut held = Held::with_memory(batch(0).schema(), &environment, 0);
        let error = held.push(batch(0)).await.unwrap_err().to_string();
        assert!(error.contains("--stream"), "{error}");
    }
}
