use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use arrowbox_host::protocol::QueryEntry;
use tokio::sync::watch;
use uuid::Uuid;

/// Bytes of a statement that are shown.
const SHOWN: usize = 4 << 10;

/// The statements that run, and the requests that they are part of.
#[derive(Debug, Default)]
pub(super) struct Queries {
    running: Mutex<BTreeMap<Uuid, Running>>,
    /// Requests that are not answered yet.
    open: watch::Sender<usize>,
}

#[derive(Debug)]
struct Running {
    client: String,
    text: String,
    begun: Instant,
    replayed: Arc<AtomicU32>,
    verdict: watch::Sender<Option<Verdict>>,
}

/// Why a query ends before its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Verdict {
    /// Somebody asked for it.
    #[error("the query was ended by `arrowbox cluster kill`")]
    Killed,
    /// The coordinator ends.
    #[error("the coordinator was shut down while the query ran")]
    Shutdown,
}

/// A request that is being answered.
#[derive(Debug)]
pub(super) struct Open(Arc<Queries>);

/// A statement that runs. It is listed until this is dropped.
#[derive(Debug)]
pub(super) struct Ticket {
    queries: Arc<Queries>,
    id: Uuid,
    replayed: Arc<AtomicU32>,
    verdict: watch::Receiver<Option<Verdict>>,
}

impl Queries {
    /// Counts a request until the result is dropped.
    pub(super) fn open(self: &Arc<Self>) -> Open {
        self.open.send_modify(|open| *open += 1);
        Open(Arc::clone(self))
    }

    /// Lists a statement of `client`.
    pub(super) fn begin(self: &Arc<Self>, client: &str, text: &str) -> Ticket {
        let id = Uuid::new_v4();
        let (sender, verdict) = watch::channel(None);
        let replayed = Arc::<AtomicU32>::default();
        let running = Running {
            client: client.to_owned(),
            text: text[..text.floor_char_boundary(SHOWN)].to_owned(),
            begun: Instant::now(),
            replayed: Arc::clone(&replayed),
            verdict: sender,
        };
        self.running().insert(id, running);
        Ticket {
            queries: Arc::clone(self),
            id,
            replayed,
            verdict,
        }
    }

    /// All that run, those first that have run for longest.
    pub(super) fn list(&self) -> Vec<QueryEntry> {
        let running = self.running();
        let mut entries: Vec<_> = running
            .iter()
            .map(|(id, running)| QueryEntry {
                id: *id,
                client: running.client.clone(),
                text: running.text.clone(),
                elapsed: running.begun.elapsed(),
                replayed: running.replayed.load(Ordering::Relaxed),
            })
            .collect();
        entries.sort_by_key(|entry| std::cmp::Reverse(entry.elapsed));
        entries
    }

    /// Ends a statement. False if it does not run.
    pub(super) fn kill(&self, id: Uuid) -> bool {
        let running = self.running();
        let found = running.get(&id);
        if let Some(running) = found {
            running.verdict.send_replace(Some(Verdict::Killed));
        }
        found.is_some()
    }

    /// Ends all statements.
    pub(super) fn end_all(&self, verdict: Verdict) {
        for running in self.running().values() {
            running.verdict.send_replace(Some(verdict));
        }
    }

    /// Waits until no request is open.
    pub(super) async fn idle(&self) {
        // The sender is here, and so it does not end otherwise.
        let _ = self.open.subscribe().wait_for(|open| *open == 0).await;
    }

    fn running(&self) -> MutexGuard<'_, BTreeMap<Uuid, Running>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.open.send_modify(|open| *open -= 1);
    }
}

impl Ticket {
    /// Waits until somebody has had enough of the statement.
    ///
    /// # Cancellation
    ///
    /// Loses nothing.
    pub(super) async fn ended(&self) -> Verdict {
        let mut verdict = self.verdict.clone();
        match verdict.wait_for(Option::is_some).await.map(|said| *said) {
            Ok(Some(verdict)) => verdict,
            // It is listed as long as this is there.
            _ => std::future::pending().await,
        }
    }

    /// Lists the statement no longer, though its client has not heard of its end.
    pub(super) fn withdraw(&self) {
        self.queries.running().remove(&self.id);
    }

    /// Says how often it was begun again.
    pub(super) fn replayed(&self, times: usize) {
        let times = u32::try_from(times).unwrap_or(u32::MAX);
        self.replayed.store(times, Ordering::Relaxed);
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        self.withdraw();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_statement_is_listed_as_long_as_it_runs() {
        let queries = Arc::<Queries>::default();
        let open = queries.open();
        let ticket = queries.begin("client", &"é".repeat(SHOWN));
        ticket.replayed(2);
        let [entry] = queries.list().try_into().unwrap();
        assert_eq!((entry.client.as_str(), entry.replayed), ("client", 2));
        assert_eq!(entry.text.len(), SHOWN);

        assert!(!queries.kill(Uuid::nil()));
        assert!(queries.kill(entry.id));
        assert_eq!(ticket.ended().await, Verdict::Killed);
        drop(ticket);
        assert!(!queries.kill(entry.id), "it is over");
        assert!(queries.list().is_empty());
        drop(open);
        queries.idle().await;
    }

    #[tokio::test]
    async fn all_are_told_of_the_end() {
        let queries = Arc::<Queries>::default();
        let tickets = ["a", "b"].map(|client| queries.begin(client, "SELECT 1"));
        queries.end_all(Verdict::Shutdown);
        for ticket in tickets {
            assert_eq!(ticket.ended().await, Verdict::Shutdown);
        }
    }
}
