//! What an instance finds around it.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
    time::Instant,
};

use datafusion::execution::memory_pool::MemoryPool;

use super::{
    files::{FileSink, FileSource},
    grants::Grants,
    interrupt::Interrupt,
    limits::Limits,
};

/// Blobs by the name that the function knows them by.
pub type Blobs = BTreeMap<String, Arc<[u8]>>;

/// Everything that the instances of one function in one query share.
#[derive(Clone)]
pub struct Environment {
    /// The name of the function in SQL, for messages.
    pub function: Arc<str>,
    /// Bounds of each instance.
    pub limits: Limits,
    /// What the function may do.
    pub grants: Grants,
    /// Whether batches stay with the host, as columns.
    pub columns: bool,
    /// What `data.read` reads.
    pub data: Arc<Blobs>,
    /// What `files` reads, for a reader.
    pub files: Option<Arc<dyn FileSource>>,
    /// Where `sink` puts files, for a writer.
    pub sink: Option<Arc<dyn FileSink>>,
    /// Where memory is charged.
    pub pool: Arc<dyn MemoryPool>,
    /// When to stop.
    pub interrupt: Arc<Interrupt>,
    /// How much may be said.
    pub log: Arc<LogBudget>,
}

/// Bytes of log lines that the functions of one query can write.
const LOG_BYTES: i64 = 1 << 20;
/// Bytes of log lines in one second.
const LOG_BYTES_PER_SECOND: u64 = 256 << 10;
/// Bytes of one line; the rest of it is cut.
const LOG_LINE: usize = 4096;

/// Bounds what guests write to the log, in size and rate, for one query.
pub struct LogBudget {
    started: Instant,
    left: AtomicI64,
    /// Seconds since `started` in the upper half, bytes of that second in the lower.
    window: AtomicU64,
}

/// What becomes of a line.
pub(super) enum Line<'a> {
    /// Write it; it may have been cut short.
    Write(&'a str),
    /// Say once that no more is written.
    Last,
    /// Drop it.
    Drop,
}

impl Default for LogBudget {
    fn default() -> Self {
        Self {
            started: Instant::now(),
            left: AtomicI64::new(LOG_BYTES),
            window: AtomicU64::new(0),
        }
    }
}

impl LogBudget {
    pub(super) fn admit<'a>(&self, line: &'a str) -> Line<'a> {
        if self.left.load(Ordering::Relaxed) <= 0 {
            return Line::Drop;
        }
        let line = &line[..line.floor_char_boundary(LOG_LINE)];
        // An empty line costs something too.
        let bytes = line.len() as u64 + 64;
        let second = self.started.elapsed().as_secs().min(u64::from(u32::MAX));
        let within_rate = self
            .window
            .try_update(Ordering::Relaxed, Ordering::Relaxed, |window| {
                let used = if window >> 32 == second {
                    window & u64::from(u32::MAX)
                } else {
                    0
                };
                let used = used + bytes;
                (used <= LOG_BYTES_PER_SECOND).then_some(second << 32 | used)
            })
            .is_ok();
        if !within_rate {
            return Line::Drop;
        }
        let before = self.left.fetch_sub(bytes as i64, Ordering::Relaxed);
        if before <= 0 {
            Line::Drop
        } else if before <= bytes as i64 {
            Line::Last
        } else {
            Line::Write(line)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_of_lines_ends() {
        let budget = LogBudget::default();
        let line = "x".repeat(1000);
        let mut written = 0;
        for _ in 0..1_000_000 {
            if let Line::Write(line) = budget.admit(&line) {
                written += line.len();
            }
        }
        assert!(written > 100_000, "{written}");
        assert!(written <= LOG_BYTES as usize, "{written}");
    }

    #[test]
    fn a_long_line_is_cut_between_characters() {
        let line = "ä".repeat(LOG_LINE);
        match LogBudget::default().admit(&format!("x{line}")) {
            Line::Write(cut) => assert!(cut.len() <= LOG_LINE && cut.len() > LOG_LINE - 4),
            _ => panic!("the line was not written"),
        };
    }
}
