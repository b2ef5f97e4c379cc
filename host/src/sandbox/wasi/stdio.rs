//! What guests write to their standard output and standard error: lines of the log.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use bytes::Bytes;
use tokio::io::AsyncWrite;
use wasmtime_wasi::{
    async_trait,
    cli::{IsTerminal, StdoutStream},
    p2::{OutputStream, Pollable, StreamResult},
};

use crate::sandbox::{bindings::arrowbox::udf::log::Level, environment::Environment};

/// Bytes of a line without an end that are kept.
const LINE: usize = 4096;
/// Bytes of the last words that are kept.
const WORDS: usize = 2048;
/// Bytes that can be written at once.
const PERMIT: usize = 64 << 10;

/// The end of what a guest wrote to its standard error in a call.
#[derive(Clone, Default)]
pub(super) struct LastWords(Arc<Mutex<VecDeque<u8>>>);

impl LastWords {
    fn lock(&self) -> MutexGuard<'_, VecDeque<u8>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn add(&self, bytes: &[u8]) {
        let mut words = self.lock();
        words.extend(&bytes[bytes.len().saturating_sub(WORDS)..]);
        let over = words.len().saturating_sub(WORDS);
        words.drain(..over);
    }

    pub(super) fn forget(&self) {
        self.lock().clear();
    }

    pub(super) fn take(&self) -> String {
        let bytes = Vec::from(std::mem::take(&mut *self.lock()));
        String::from_utf8_lossy(&bytes).trim().to_owned()
    }
}

/// A stream that becomes lines of the log.
#[derive(Clone)]
pub(super) struct Log {
    last_words: Option<LastWords>,
    line: Arc<Mutex<Line>>,
}

/// What was written behind the end of the last line. Written when the guest is gone.
struct Line {
    environment: Arc<Environment>,
    level: Level,
    bytes: Vec<u8>,
}

impl Log {
    pub(super) fn output(environment: &Arc<Environment>) -> Self {
        Self::new(environment, Level::Info, None)
    }

    pub(super) fn errors(environment: &Arc<Environment>, last_words: &LastWords) -> Self {
        Self::new(environment, Level::Warn, Some(last_words.clone()))
    }

    fn new(environment: &Arc<Environment>, level: Level, last_words: Option<LastWords>) -> Self {
        Self {
            last_words,
            line: Arc::new(Mutex::new(Line {
                environment: Arc::clone(environment),
                level,
                bytes: Vec::new(),
            })),
        }
    }
}

impl Line {
    fn add(&mut self, mut bytes: &[u8]) {
        while let Some(end) = bytes.iter().position(|byte| *byte == b'\n') {
            self.keep(&bytes[..end]);
            self.say();
            bytes = &bytes[end + 1..];
        }
        self.keep(bytes);
    }

    fn keep(&mut self, bytes: &[u8]) {
        let room = LINE.saturating_sub(self.bytes.len());
        self.bytes
            .extend_from_slice(&bytes[..bytes.len().min(room)]);
    }

    fn say(&mut self) {
        let line = String::from_utf8_lossy(&self.bytes);
        self.environment.say(self.level, line.trim_end());
        self.bytes.clear();
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        if !self.bytes.is_empty() {
            self.say();
        }
    }
}

impl IsTerminal for Log {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdoutStream for Log {
    /// What only later versions of WASI ask for.
    fn async_stream(&self) -> Box<dyn AsyncWrite + Send + Sync> {
        Box::new(tokio::io::sink())
    }

    fn p2_stream(&self) -> Box<dyn OutputStream> {
        Box::new(self.clone())
    }
}

#[async_trait]
impl Pollable for Log {
    async fn ready(&mut self) {}
}

impl OutputStream for Log {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        if let Some(words) = &self.last_words {
            words.add(&bytes);
        }
        let mut line = self.line.lock().unwrap_or_else(PoisonError::into_inner);
        line.add(&bytes);
        Ok(())
    }

    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        Ok(PERMIT)
    }
}
