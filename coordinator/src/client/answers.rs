use std::sync::Arc;

use arrowbox_host::protocol::{Limit, QueryAnswer, Stage, Statistics};
use arrowbox_host::{BatchReader, Receiver, Sender};
use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::{Schema, SchemaRef};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use url::Url;

use super::error::ClientError;

/// What was read and not asked for yet. More waits in the windows of the connection.
const AHEAD: usize = 2;

/// What the statements of one text answer, one after the other. Dropping it ends what runs.
#[derive(Debug)]
pub struct Answers {
    url: Url,
    /// Its end is the end of what runs.
    _sender: Sender,
    reading: JoinHandle<()>,
    events: mpsc::Receiver<Result<Event, ClientError>>,
    progress: watch::Receiver<Vec<Stage>>,
    /// The statement that has begun and whose columns are not known yet.
    opening: Option<Option<String>>,
    first: Option<RecordBatch>,
    statistics: Option<Statistics>,
}

/// A statement that has begun.
#[derive(Debug, Clone)]
pub struct Begun {
    /// For people: what a statement about functions did.
    pub notice: Option<String>,
    /// The columns of its rows; none for a statement that has no rows to give.
    pub schema: SchemaRef,
}

#[derive(Debug)]
enum Event {
    Begun { notice: Option<String>, rows: bool },
    Batch(RecordBatch),
    Ended(Statistics),
}

impl Answers {
    pub(super) fn new(url: Url, sender: Sender, receiver: Receiver) -> Self {
        let (give, events) = mpsc::channel(AHEAD);
        let (say, progress) = watch::channel(Vec::new());
        let reading = Reading {
            url: url.clone(),
            receiver,
            events: give,
            progress: say,
        };
        Self {
            url,
            _sender: sender,
            reading: tokio::spawn(reading.run()),
            events,
            progress,
            opening: None,
            first: None,
            statistics: None,
        }
    }

    /// Waits until the next statement has rows, or has ended without; `None` when all have ended. Rows of
    /// the one before that nobody asked for are left out.
    ///
    /// # Errors
    ///
    /// What ended it. Statements behind it are not run.
    ///
    /// # Cancellation
    ///
    /// Loses nothing.
    pub async fn begin(&mut self) -> Result<Option<Begun>, ClientError> {
        loop {
            if let Some(notice) = &self.opening
                && let Some(batch) = &self.first
            {
                let schema = batch.schema();
                let notice = notice.clone();
                self.opening = None;
                return Ok(Some(Begun { notice, schema }));
            }
            match self.events.recv().await.transpose()? {
                Some(Event::Begun { notice, rows }) => {
                    self.first = None;
                    self.statistics = None;
                    if !rows {
                        let schema = Arc::new(Schema::empty());
                        return Ok(Some(Begun { notice, schema }));
                    }
                    self.opening = Some(notice);
                }
                Some(Event::Batch(batch)) if self.opening.is_some() => self.first = Some(batch),
                Some(Event::Ended(_)) if self.opening.is_some() => {
                    return Err(self.unexpected("the end of a statement"));
                }
                Some(Event::Batch(_) | Event::Ended(_)) => {}
                None => return Ok(None),
            }
        }
    }

    /// The next rows of the statement that has begun.
    ///
    /// # Errors
    ///
    /// What ended it. Statements behind it are not run.
    ///
    /// # Cancellation
    ///
    /// Loses nothing.
    pub async fn next(&mut self) -> Result<Option<RecordBatch>, ClientError> {
        if let Some(batch) = self.first.take() {
            return Ok(Some(batch));
        }
        if self.statistics.is_some() {
            return Ok(None);
        }
        match self.events.recv().await.transpose()? {
            Some(Event::Batch(batch)) => Ok(Some(batch)),
            Some(Event::Ended(statistics)) => {
                self.statistics = Some(statistics);
                Ok(None)
            }
            Some(Event::Begun { .. }) => Err(self.unexpected("the beginning of a statement")),
            None => Ok(None),
        }
    }

    /// How far the statement is, by host.
    pub fn progress(&self) -> Vec<Stage> {
        self.progress.borrow().clone()
    }

    /// What the statement took, when it has given its last rows.
    pub fn statistics(&self) -> Statistics {
        self.statistics.clone().unwrap_or_default()
    }

    fn unexpected(&self, answer: &'static str) -> ClientError {
        ClientError::Protocol {
            url: self.url.clone(),
            answer,
        }
    }
}

impl Drop for Answers {
    fn drop(&mut self) {
        self.reading.abort();
    }
}

/// Reads what the coordinator says, so that whoever waits for it can walk away at any time.
struct Reading {
    url: Url,
    receiver: Receiver,
    events: mpsc::Sender<Result<Event, ClientError>>,
    progress: watch::Sender<Vec<Stage>>,
}

impl Reading {
    async fn run(mut self) {
        let read = self.read().await;
        if let Err(error) = read {
            // Fails if nobody listens any more.
            let _ = self.events.send(Err(error)).await;
        }
    }

    async fn read(&mut self) -> Result<(), ClientError> {
        let mut reader = BatchReader::new();
        loop {
            let answer = self.receiver.receive::<QueryAnswer>(Limit::PLAN).await;
            let event = match answer.map_err(|error| ClientError::broken(&self.url, error))? {
                QueryAnswer::Begun { notice, rows } => {
                    reader = BatchReader::new();
                    self.progress.send_replace(Vec::new());
                    Event::Begun { notice, rows }
                }
                QueryAnswer::Batch { messages } => {
                    let batch = reader.read(&mut self.receiver, &messages).await;
                    Event::Batch(batch.map_err(|error| ClientError::rows(&self.url, error))?)
                }
                QueryAnswer::Progress(stages) => {
                    self.progress.send_replace(stages);
                    continue;
                }
                QueryAnswer::Ended(statistics) => Event::Ended(statistics),
                QueryAnswer::Failed(failure) => return Err(ClientError::told(failure)),
                QueryAnswer::Done => return Ok(()),
            };
            if self.events.send(Ok(event)).await.is_err() {
                return Ok(());
            }
        }
    }
}
