use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use arrowbox_host::protocol::{AttemptAnswer, AttemptOrder, AttemptPlan, HostRequest, Limit, Role};
use arrowbox_host::{FunctionFigures, Receiver, Sender, SplitQueues, Window};
use datafusion::error::{DataFusionError, Result};
use futures::future::{join_all, try_join_all};
use tokio::select;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::error::ClusterError;
use super::handle::Cluster;
use super::host::Host;
use super::shipping::Sources;
use control::Directed;

mod control;

pub(crate) use control::Control;

/// How long hosts have to say what functions did, when all rows are there.
const FIGURES: Duration = Duration::from_secs(5);

/// What an attempt needs on every host.
pub(crate) struct Opening {
    pub(crate) plan: AttemptPlan,
    pub(crate) hosts: Vec<Arc<Host>>,
    pub(crate) splits: SplitQueues,
    pub(crate) sources: Sources,
}

/// One attempt at a query, open on its hosts. Dropping it ends it on all of them at once.
pub(crate) struct Attempt {
    control: Arc<Control>,
    ends: mpsc::UnboundedReceiver<DataFusionError>,
    /// They hear and tell the hosts.
    _directing: JoinSet<()>,
}

/// The stream of an attempt to a host that is ready for plans.
struct Ready {
    host: Arc<Host>,
    sender: Sender,
    receiver: Receiver,
}

impl Attempt {
    /// Opens the attempt on all hosts, each with everything that it needs.
    ///
    /// # Errors
    ///
    /// If one of them is not there, or can not have the functions.
    ///
    /// # Cancellation
    ///
    /// Ends what was opened. What was sent to hosts stays there.
    pub(crate) async fn open(cluster: &Arc<Cluster>, opening: Opening) -> Result<Self> {
        // Queries can keep their own threads busy.
        let mut opened = JoinSet::new();
        opened.spawn_on(Self::begin(Arc::clone(cluster), opening), &cluster.network);
        match opened.join_next().await {
            Some(Ok(attempt)) => attempt,
            Some(Err(error)) => Err(DataFusionError::ExecutionJoin(Box::new(error))),
            None => Err(DataFusionError::Internal(
                "an attempt did not begin".to_owned(),
            )),
        }
    }

    async fn begin(cluster: Arc<Cluster>, opening: Opening) -> Result<Self> {
        let Opening {
            plan,
            hosts,
            splits,
            sources,
        } = opening;
        let id = plan.id;
        let request = HostRequest::Open(Box::new(plan));
        let ready = hosts
            .into_iter()
            .map(|host| prepare(&cluster, host, &request, &sources));
        let ready = try_join_all(ready).await?;
        let splits = Arc::new(splits);
        let (ended, ends) = mpsc::unbounded_channel();
        let mut directing = JoinSet::new();
        let mut directed = Vec::new();
        for Ready {
            host,
            sender,
            receiver,
        } in ready
        {
            let (host, orders) = Directed::new(host);
            let host = Arc::new(host);
            directed.push(Arc::clone(&host));
            let splits = Arc::clone(&splits);
            let ended = ended.clone();
            directing.spawn_on(tell(sender, orders), &cluster.network);
            let hearing = async move {
                let heard = select! {
                    heard = hear(receiver, &host, &splits) => heard,
                    () = host.host.lost() => Err(host.host.lost_by(None).into()),
                };
                let error = heard.err().map(Arc::new);
                host.end(error.clone());
                if let Some(error) = error {
                    // Nobody listens any more if the attempt is over.
                    let _ = ended.send(DataFusionError::Shared(error));
                }
            };
            directing.spawn_on(hearing, &cluster.network);
        }
        Ok(Self {
            control: Arc::new(Control::new(id, directed)),
            ends,
            _directing: directing,
        })
    }

    /// What nodes of the plan, and whoever wants to know how far it is, have of the attempt.
    pub(crate) fn control(&self) -> &Arc<Control> {
        &self.control
    }

    /// Waits until the attempt has failed on one of its hosts. When something is about to be made visible,
    /// that does not matter any more.
    ///
    /// # Cancellation
    ///
    /// Loses nothing.
    pub(crate) async fn failed(&mut self) -> DataFusionError {
        loop {
            match self.ends.recv().await {
                Some(error) if self.control.give_up() => return error,
                Some(error) => {
                    let id = self.control.id();
                    tracing::warn!(attempt = %id, %error, "a host is lost to a query that commits");
                }
                None => std::future::pending().await,
            }
        }
    }

    /// Ends the attempt when all of its rows are there. Gives what functions did on its hosts; one that is
    /// lost now has done its part, and is left out.
    pub(crate) async fn finish(self) -> Vec<FunctionFigures> {
        let hosts = self.control.hosts();
        let asked = join_all(hosts.iter().map(|host| host.finish()));
        match timeout(FIGURES, asked).await {
            Ok(figures) => figures.into_iter().flatten().flatten().collect(),
            Err(_) => {
                let id = self.control.id();
                tracing::warn!(attempt = %id, "hosts did not say what functions did");
                Vec::new()
            }
        }
    }
}

impl fmt::Debug for Attempt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Attempt({})", self.control.id())
    }
}

/// Opens the attempt on one host, and sends what it lacks.
async fn prepare(
    cluster: &Cluster,
    host: Arc<Host>,
    request: &HostRequest,
    sources: &Sources,
) -> Result<Ready> {
    let transport = |error| host.failed(error);
    let connected = cluster
        .endpoint
        .connect(&host.url, Role::Host, Window::CONTROL);
    let peer = connected.await.map_err(transport)?;
    let (mut sender, mut receiver) = peer.open(request).await.map_err(transport)?;
    let answer = receiver.receive(Limit::PLAN).await.map_err(transport)?;
    let lacking = match answer {
        AttemptAnswer::Lacks(lacking) => lacking,
        other => return Err(unexpected(&host, other)),
    };
    if !lacking.is_empty() {
        cluster.shipping.send(&host, lacking, sources).await?;
    }
    let prepare = sender.send(&AttemptOrder::Prepare).await;
    prepare.map_err(transport)?;
    match receiver.receive(Limit::PLAN).await.map_err(transport)? {
        AttemptAnswer::Ready => Ok(Ready {
            host,
            sender,
            receiver,
        }),
        other => Err(unexpected(&host, other)),
    }
}

/// Tells a host what comes through `orders`. A host that does not hear it is heard to end.
async fn tell(mut sender: Sender, mut orders: mpsc::UnboundedReceiver<AttemptOrder>) {
    while let Some(order) = orders.recv().await {
        if sender.send(&order).await.is_err() {
            break;
        }
        if matches!(order, AttemptOrder::Finish) {
            sender.finish();
            break;
        }
    }
    // Dropped before its end, the stream is reset, and the host ends what it does.
}

/// Hears a host to the end of its part.
async fn hear(mut receiver: Receiver, host: &Directed, splits: &SplitQueues) -> Result<()> {
    loop {
        let answer = receiver.receive(Limit::PLAN).await;
        match answer.map_err(|error| host.host.failed(error))? {
            AttemptAnswer::TakeSplit { scan } => {
                let split = splits.take(scan);
                host.order(AttemptOrder::Split { scan, split });
            }
            AttemptAnswer::Published { write } => host.published(write),
            AttemptAnswer::Progress(progress) => host.at(progress),
            AttemptAnswer::Figures(figures) => {
                host.figures(figures);
                return Ok(());
            }
            other => return Err(unexpected(&host.host, other)),
        }
    }
}

/// A host has failed, or says what makes no sense.
fn unexpected(host: &Host, answer: AttemptAnswer) -> DataFusionError {
    let answer = match answer {
        AttemptAnswer::Failed(failure) => return failure.into(),
        AttemptAnswer::Lacks(_) => "Lacks",
        AttemptAnswer::Ready => "Ready",
        AttemptAnswer::TakeSplit { .. } => "TakeSplit",
        AttemptAnswer::Published { .. } => "Published",
        AttemptAnswer::Progress(_) => "Progress",
        AttemptAnswer::Figures(_) => "Figures",
    };
    let host = host.name.clone();
    ClusterError::Protocol { host, answer }.into()
}
