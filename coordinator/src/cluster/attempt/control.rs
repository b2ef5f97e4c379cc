use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arrowbox_host::protocol::{AttemptOrder, Progress, Stage};
use arrowbox_host::{AttemptControl, FunctionFigures};
use async_trait::async_trait;
use datafusion::error::{DataFusionError, Result};
use futures::future::try_join_all;
use tokio::sync::{mpsc, oneshot};
use uuid::Uuid;

use crate::cluster::host::Host;

/// An attempt, as it is directed from here while its plan runs.
#[derive(Debug)]
pub(crate) struct Control {
    id: Uuid,
    hosts: Vec<Arc<Directed>>,
    phase: Mutex<Phase>,
}

/// What may be done with an attempt that loses a host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// Begin another.
    Running,
    /// Nothing: what it wrote becomes visible, or has.
    Committing,
    /// It is over: nothing may become visible.
    GivenUp,
}

impl Control {
    pub(super) fn new(id: Uuid, hosts: Vec<Arc<Directed>>) -> Self {
        Self {
            id,
            hosts,
            phase: Mutex::new(Phase::Running),
        }
    }

    pub(super) fn id(&self) -> Uuid {
        self.id
    }

    pub(super) fn hosts(&self) -> &[Arc<Directed>] {
        &self.hosts
    }

    /// How far each host is.
    pub(crate) fn progress(&self) -> Vec<Stage> {
        let stages = self.hosts.iter().map(|host| Stage {
            host: host.host.name.clone(),
            progress: host.state().progress,
        });
        stages.collect()
    }

    /// Ends the attempt, unless something is being made visible already. Whether it did.
    pub(crate) fn give_up(&self) -> bool {
        let mut phase = self.phase();
        if *phase == Phase::Committing {
            return false;
        }
        *phase = Phase::GivenUp;
        true
    }

    fn phase(&self) -> MutexGuard<'_, Phase> {
        self.phase.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl AttemptControl for Control {
    fn commit(&self, _write: Uuid) -> Result<()> {
        let mut phase = self.phase();
        if *phase == Phase::GivenUp {
            let text = "the attempt is over, and writes nothing".to_owned();
            return Err(DataFusionError::Execution(text));
        }
        *phase = Phase::Committing;
        Ok(())
    }

    async fn publish(&self, write: Uuid) -> Result<()> {
        try_join_all(self.hosts.iter().map(|host| host.publish(write))).await?;
        Ok(())
    }
}

/// A host of an attempt.
#[derive(Debug)]
pub(super) struct Directed {
    pub(super) host: Arc<Host>,
    orders: mpsc::UnboundedSender<AttemptOrder>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    progress: Progress,
    publishing: HashMap<Uuid, oneshot::Sender<()>>,
    finishing: Option<oneshot::Sender<Vec<FunctionFigures>>>,
    /// It is not heard any more, because of this if it was not done.
    ended: Option<Option<Arc<DataFusionError>>>,
}

impl State {
    /// Notes that somebody waits for an answer. If there will be none, what is noted is dropped: that tells.
    fn wait(&mut self, note: impl FnOnce(&mut Self)) {
        if self.ended.is_none() {
            note(self);
        }
    }
}

impl Directed {
    /// With what it is to be told.
    pub(super) fn new(host: Arc<Host>) -> (Self, mpsc::UnboundedReceiver<AttemptOrder>) {
        let (orders, told) = mpsc::unbounded_channel();
        let directed = Self {
            host,
            orders,
            state: Mutex::default(),
        };
        (directed, told)
    }

    /// Tells the host something, if it is still there.
    pub(super) fn order(&self, order: AttemptOrder) {
        let _ = self.orders.send(order);
    }

    /// Has the host complete what it staged for a write.
    async fn publish(&self, write: Uuid) -> Result<()> {
        let (done, published) = oneshot::channel();
        self.state().wait(|state| {
            state.publishing.insert(write, done);
        });
        self.order(AttemptOrder::Publish { write });
        // The sender goes when the host is not heard any more.
        published.await.map_err(|_| match &self.state().ended {
            Some(Some(error)) => DataFusionError::Shared(Arc::clone(error)),
            _ => self.host.lost_by(None).into(),
        })
    }

    /// Has the host end its part, and say what functions did. None if it is not there any more.
    pub(super) async fn finish(&self) -> Option<Vec<FunctionFigures>> {
        let (done, figures) = oneshot::channel();
        self.state().wait(|state| state.finishing = Some(done));
        self.order(AttemptOrder::Finish);
        figures.await.ok()
    }

    pub(super) fn published(&self, write: Uuid) {
        if let Some(done) = self.state().publishing.remove(&write) {
            // Whoever asked may be gone.
            let _ = done.send(());
        }
    }

    pub(super) fn at(&self, progress: Progress) {
        self.state().progress = progress;
    }

    pub(super) fn figures(&self, figures: Vec<FunctionFigures>) {
        if let Some(done) = self.state().finishing.take() {
            let _ = done.send(figures);
        }
    }

    /// It is not heard any more, because of this if it was not done: nobody waits for it any longer.
    pub(super) fn end(&self, error: Option<Arc<DataFusionError>>) {
        let mut state = self.state();
        state.ended = Some(error);
        state.publishing.clear();
        state.finishing = None;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // What it guards is whole between any two statements.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use url::Url;

    use super::*;

    fn directed() -> (Arc<Directed>, mpsc::UnboundedReceiver<AttemptOrder>) {
        let url = Url::parse("quic://127.0.0.1:1").unwrap();
        let host = Host::new("a".to_owned(), url, 2, 0);
        let (directed, orders) = Directed::new(Arc::new(host));
        (Arc::new(directed), orders)
    }

    #[tokio::test]
    async fn nothing_is_made_visible_by_an_attempt_that_was_given_up() {
        let control = Control::new(Uuid::new_v4(), Vec::new());
        assert!(control.give_up());
        assert!(control.commit(Uuid::new_v4()).is_err());
    }

    #[tokio::test]
    async fn an_attempt_that_commits_is_not_given_up() {
        let control = Control::new(Uuid::new_v4(), Vec::new());
        control.commit(Uuid::new_v4()).unwrap();
        assert!(!control.give_up());
        control.publish(Uuid::new_v4()).await.unwrap();
    }

    #[tokio::test]
    async fn all_hosts_publish_or_the_lost_one_is_named() {
        let (host, mut orders) = directed();
        let control = Control::new(Uuid::new_v4(), vec![Arc::clone(&host)]);
        let write = Uuid::new_v4();
        let (published, ()) = tokio::join!(control.publish(write), async {
            let order = orders.recv().await.unwrap();
            assert!(matches!(order, AttemptOrder::Publish { write: w } if w == write));
            host.published(write);
        });
        published.unwrap();
        let (published, ()) = tokio::join!(control.publish(write), async {
            let lost = host.host.lost_by(None);
            host.end(Some(Arc::new(lost.into())));
        });
        let error = published.unwrap_err();
        let lost = crate::cluster::lost_host(&error);
        assert_eq!(lost.as_deref(), Some("quic://127.0.0.1:1"), "{error}");
        assert!(control.publish(write).await.is_err());
        assert_eq!(host.finish().await, None);
    }
}
