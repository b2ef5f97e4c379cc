//! The two directions of a stream.

use std::sync::Arc;

use bytes::{Buf, Bytes};
use quinn::{ReadError, ReadExactError, VarInt, WriteError};
use serde::{Serialize, de::DeserializeOwned};

use super::{TransportError, peer::Open};
use crate::protocol::{
    FrameError, Limit,
    frame::{self, HEADER},
};

/// Why one side of a stream ends before its time: whoever held it dropped it. There is nothing to tell apart.
const CODE_DROPPED: VarInt = VarInt::from_u32(1);
/// Bytes for which memory is taken before they have come.
const AHEAD: usize = 64 << 10;

/// What goes to the peer on a stream. Dropping it without [`finish`](Self::finish) resets the stream: the
/// peer sees [`TransportError::Reset`].
#[derive(Debug)]
pub struct Sender {
    stream: quinn::SendStream,
    open: Arc<Open>,
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Whole,
    /// A message was begun and not completed: whatever followed would be read as its rest.
    Torn,
    Finished,
}

impl Sender {
    pub(super) fn new(stream: quinn::SendStream, open: Arc<Open>) -> Self {
        Self {
            stream,
            open,
            state: State::Whole,
        }
    }

    /// Sends a message. Returns when QUIC has taken it, which is as soon as the peer's window has room.
    ///
    /// # Errors
    ///
    /// [`TransportError::Stopped`] if the peer wants no more, [`TransportError::Lost`] if it is gone.
    ///
    /// # Cancellation
    ///
    /// Leaves part of a message; nothing can be sent afterwards, and the stream will be reset.
    pub async fn send<T: Serialize>(&mut self, message: &T) -> Result<(), TransportError> {
        self.send_with(message, Vec::new()).await
    }

    /// Sends a message and what follows it, as [`send`](Self::send) and
    /// [`send_chunks`](Self::send_chunks) behind it would.
    ///
    /// # Errors
    ///
    /// As for [`send`](Self::send).
    ///
    /// # Cancellation
    ///
    /// As for [`send`](Self::send).
    pub async fn send_with<T: Serialize>(
        &mut self,
        message: &T,
        mut chunks: Vec<Bytes>,
    ) -> Result<(), TransportError> {
        let bytes = frame::encode(message).map_err(|source| TransportError::Unwritable {
            peer: self.open.url().to_owned(),
            source: Arc::new(source),
        })?;
        chunks.insert(0, bytes.into());
        self.send_chunks(chunks).await
    }

    /// Sends bytes, none of which is copied before it is encrypted.
    ///
    /// # Errors
    ///
    /// As for [`send`](Self::send).
    ///
    /// # Cancellation
    ///
    /// As for [`send`](Self::send).
    pub async fn send_chunks(&mut self, mut chunks: Vec<Bytes>) -> Result<(), TransportError> {
        if self.state != State::Whole {
            return Err(self.open.closed_here());
        }
        self.state = State::Torn;
        let sent = self.stream.write_all_chunks(&mut chunks).await;
        sent.map_err(|error| self.failure(error))?;
        self.state = State::Whole;
        Ok(())
    }

    /// Tells the peer that this was all. What was sent arrives as long as the connection is open.
    pub fn finish(mut self) {
        if self.state == State::Whole && self.stream.finish().is_ok() {
            self.state = State::Finished;
        }
    }

    /// Waits until the peer wants no more, or is gone.
    ///
    /// # Cancellation
    ///
    /// Loses nothing.
    pub async fn stopped(&self) {
        // Both outcomes mean the same to whoever sends, and sending says which it was.
        let _ = self.stream.stopped().await;
    }

    fn failure(&self, error: WriteError) -> TransportError {
        match error {
            WriteError::Stopped(_) => TransportError::Stopped,
            WriteError::ConnectionLost(error) => self.open.failure(error),
            WriteError::ClosedStream | WriteError::ZeroRttRejected => self.open.closed_here(),
        }
    }
}

impl Drop for Sender {
    fn drop(&mut self) {
        if self.state != State::Finished {
            // Fails if the stream or its connection has ended, which is as good.
            let _ = self.stream.reset(CODE_DROPPED);
        }
    }
}

/// What comes from the peer on a stream. Dropping it before its end stops the stream: the peer sees
/// [`TransportError::Stopped`].
#[derive(Debug)]
pub struct Receiver {
    stream: quinn::RecvStream,
    open: Arc<Open>,
    partial: Partial,
}

/// The message that is on its way.
#[derive(Debug, Default)]
struct Partial {
    header: [u8; HEADER],
    /// Bytes of the header that are there.
    headed: usize,
    body: Vec<u8>,
}

impl Receiver {
    pub(super) fn new(stream: quinn::RecvStream, open: Arc<Open>) -> Self {
        Self {
            stream,
            open,
            partial: Partial::default(),
        }
    }

    /// The next message.
    ///
    /// # Errors
    ///
    /// [`TransportError::Lost`] if the peer is gone, [`TransportError::Ended`] if it has finished,
    /// [`TransportError::Frame`] if what it sent is no such message or a longer one than `limit` allows.
    ///
    /// # Cancellation
    ///
    /// Loses nothing: what came of a message is kept for the next call.
    pub async fn receive<T: DeserializeOwned>(
        &mut self,
        limit: Limit,
    ) -> Result<T, TransportError> {
        match self.next(limit).await? {
            Some(message) => Ok(message),
            None => Err(self.ended()),
        }
    }

    /// The next message; `None` if the peer has finished behind the last.
    ///
    /// # Errors
    ///
    /// As for [`receive`](Self::receive).
    ///
    /// # Cancellation
    ///
    /// As for [`receive`](Self::receive).
    pub async fn next<T: DeserializeOwned>(
        &mut self,
        limit: Limit,
    ) -> Result<Option<T>, TransportError> {
        while self.partial.headed < HEADER {
            match self.read_chunk(HEADER - self.partial.headed).await? {
                Some(bytes) => {
                    let end = self.partial.headed + bytes.len();
                    self.partial.header[self.partial.headed..end].copy_from_slice(&bytes);
                    self.partial.headed = end;
                }
                None if self.partial.headed == 0 => return Ok(None),
                None => return Err(self.ended()),
            }
        }

        let length = frame::length(self.partial.header, limit);
        let length = length.map_err(|error| self.garbage(error))?;
        while self.partial.body.len() < length {
            let rest = length - self.partial.body.len();
            let Some(bytes) = self.read_chunk(rest).await? else {
                return Err(self.ended());
            };
            if bytes.len() == length {
                return self.message(&bytes).map(Some);
            }
            if self.partial.body.is_empty() {
                self.partial.body.reserve(length.min(AHEAD));
            }
            self.partial.body.extend_from_slice(&bytes);
        }
        let body = std::mem::take(&mut self.partial.body);
        self.message(&body).map(Some)
    }

    /// Fills `bytes`.
    ///
    /// # Errors
    ///
    /// As for [`receive`](Self::receive).
    ///
    /// # Cancellation
    ///
    /// Loses what came. The stream is of no use then.
    pub async fn read_exact(&mut self, bytes: &mut [u8]) -> Result<(), TransportError> {
        match self.stream.read_exact(bytes).await {
            Ok(()) => Ok(()),
            Err(ReadExactError::FinishedEarly(_)) => Err(self.ended()),
            Err(ReadExactError::ReadError(error)) => Err(self.failure(error)),
        }
    }

    /// The next bytes, at most `max`, as they came; `None` if the peer has finished.
    ///
    /// # Errors
    ///
    /// As for [`receive`](Self::receive).
    ///
    /// # Cancellation
    ///
    /// Loses nothing.
    pub async fn read_chunk(&mut self, max: usize) -> Result<Option<Bytes>, TransportError> {
        match self.stream.read_chunk(max, true).await {
            Ok(chunk) => Ok(chunk.map(|chunk| chunk.bytes)),
            Err(error) => Err(self.failure(error)),
        }
    }

    fn message<T: DeserializeOwned>(&mut self, body: &[u8]) -> Result<T, TransportError> {
        self.partial.headed = 0;
        frame::decode(body.chunk()).map_err(|error| self.garbage(error))
    }

    fn ended(&self) -> TransportError {
        TransportError::Ended {
            peer: self.open.url().to_owned(),
        }
    }

    fn garbage(&self, error: FrameError) -> TransportError {
        TransportError::frame(self.open.url(), error)
    }

    fn failure(&self, error: ReadError) -> TransportError {
        match error {
            ReadError::Reset(_) => TransportError::Reset {
                peer: self.open.url().to_owned(),
            },
            ReadError::ConnectionLost(error) => self.open.failure(error),
            ReadError::ClosedStream
            | ReadError::IllegalOrderedRead
            | ReadError::ZeroRttRejected => self.open.closed_here(),
        }
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        // Fails if the stream or its connection has ended, which is as good.
        let _ = self.stream.stop(CODE_DROPPED);
    }
}
