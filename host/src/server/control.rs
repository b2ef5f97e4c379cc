//! The stream of an attempt: its coordinator directs it, and its end is the attempt's.

use std::{collections::VecDeque, sync::Arc, time::Duration};

use futures::{
    FutureExt, StreamExt,
    future::{BoxFuture, Fuse, FusedFuture},
    stream::FuturesUnordered,
};
use tokio::{
    select,
    sync::mpsc,
    task::spawn_blocking,
    time::{MissedTickBehavior, interval},
};
use uuid::Uuid;

use super::{
    attempt::Attempt,
    host::Host,
    link::{Ask, Link},
    prepare::{PrepareError, Unprepared, prepare},
};
use crate::{
    protocol::{AttemptAnswer, AttemptOrder, AttemptPlan, Limit, Progress, WireFailure},
    storage::{Staging, StagingError},
    transport::{Receiver, Sender, TransportError},
};

/// How often progress is told.
const PROGRESS: Duration = Duration::from_millis(500);

/// Has the attempt open until the stream ends, or the host does.
pub(super) async fn serve(
    host: &Arc<Host>,
    plan: AttemptPlan,
    mut sender: Sender,
    receiver: Receiver,
) {
    let id = plan.id;
    let digests = Attempt::digests(&plan.functions);
    let (link, asks) = Link::new();
    let opened = host.attempts.open(id, || {
        let pinned = host.runtime.store().pin(digests.iter().copied());
        Attempt::new(plan, link, pinned, host.surroundings.clone())
    });
    let opened = match opened {
        Ok(opened) => opened,
        Err(refusal) => {
            tracing::warn!(attempt = %id, %refusal, "an attempt was not opened");
            let failure = host.refuse(refusal);
            // Whoever does not hear it is gone anyway.
            if sender.send(&AttemptAnswer::Failed(failure)).await.is_ok() {
                sender.finish();
            }
            return;
        }
    };
    tracing::debug!(attempt = %id, "an attempt is open");
    let control = Control {
        host,
        attempt: opened.attempt(),
        asks,
        asked: VecDeque::new(),
        preparing: Fuse::terminated(),
        publishing: FuturesUnordered::new(),
        told: Progress::default(),
    };
    match control.run(sender, receiver, &digests).await {
        Ok(()) => tracing::debug!(attempt = %id, "an attempt is over"),
        Err(error) => tracing::debug!(attempt = %id, %error, "an attempt was given up"),
    }
    drop(opened);
}

struct Control<'h> {
    host: &'h Arc<Host>,
    attempt: &'h Arc<Attempt>,
    asks: mpsc::UnboundedReceiver<Ask>,
    /// Asked of the coordinator, which answers in this order for each scan.
    asked: VecDeque<Ask>,
    preparing: Fuse<BoxFuture<'h, Result<(), PrepareError>>>,
    publishing: FuturesUnordered<BoxFuture<'static, (Uuid, Result<(), WireFailure>)>>,
    told: Progress,
}

impl Control<'_> {
    /// Returns when the attempt is over, in whatever way.
    async fn run(
        mut self,
        mut sender: Sender,
        mut receiver: Receiver,
        digests: &[crate::store::Digest],
    ) -> Result<(), TransportError> {
        let lacks = self.host.lacking(digests).await;
        sender.send(&AttemptAnswer::Lacks(lacks)).await?;
        let mut ticks = interval(PROGRESS);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let closing = self.host.closing();
        let mut closing = std::pin::pin!(closing);
        loop {
            let answer = select! {
                order = receiver.next::<AttemptOrder>(Limit::PLAN) => match order? {
                    None => return Ok(()),
                    Some(AttemptOrder::Finish) => {
                        let figures = self.attempt.figures();
                        sender.send(&AttemptAnswer::Figures(figures)).await?;
                        sender.finish();
                        return Ok(());
                    }
                    Some(order) => {
                        self.obey(order);
                        continue;
                    }
                },
                Some(ask) = self.asks.recv() => {
                    let scan = ask.scan;
                    self.asked.push_back(ask);
                    AttemptAnswer::TakeSplit { scan }
                }
                prepared = &mut self.preparing, if !self.preparing.is_terminated() => {
                    match prepared {
                        Ok(()) => AttemptAnswer::Ready,
                        Err(error) => AttemptAnswer::Failed(WireFailure::of(&error)),
                    }
                }
                Some((write, published)) = self.publishing.next() => match published {
                    Ok(()) => AttemptAnswer::Published { write },
                    Err(failure) => AttemptAnswer::Failed(failure),
                },
                _ = ticks.tick() => {
                    let progress = self.attempt.progress();
                    if progress == self.told {
                        continue;
                    }
                    self.told = progress;
                    AttemptAnswer::Progress(progress)
                }
                () = &mut closing => return Ok(()),
            };
            sender.send(&answer).await?;
            if let AttemptAnswer::Failed(_) = answer {
                sender.finish();
                return Ok(());
            }
        }
    }

    fn obey(&mut self, order: AttemptOrder) {
        match order {
            AttemptOrder::Prepare => {
                let (host, attempt) = (Arc::clone(self.host), Arc::clone(self.attempt));
                self.preparing = bind(host, attempt).boxed().fuse();
            }
            AttemptOrder::Split { scan, split } => {
                let asked = self.asked.iter().position(|ask| ask.scan == scan);
                if let Some(ask) = asked.and_then(|index| self.asked.remove(index)) {
                    // Fails if whoever asked is gone: then so is the attempt, soon.
                    let _ = ask.answer.send(split);
                }
            }
            AttemptOrder::Publish { write } => {
                let staged = self.attempt.link().take(write);
                let published = async move { (write, publish(staged).await) };
                self.publishing.push(published.boxed());
            }
            // It ends the loop.
            AttemptOrder::Finish => {}
        }
    }
}

async fn bind(host: Arc<Host>, attempt: Arc<Attempt>) -> Result<(), PrepareError> {
    let digests = Attempt::digests(attempt.bindings());
    let prepared: Result<_, Unprepared> =
        prepare(&host.runtime, attempt.bindings(), &digests).await;
    let functions = prepared.map_err(|reason| PrepareError {
        host: host.surroundings.host.to_string(),
        reason,
    })?;
    attempt.ready(functions);
    Ok(())
}

/// Completes what was staged for a write: all of it, or, at the first error, no more of it.
async fn publish(staged: Vec<Arc<Staging>>) -> Result<(), WireFailure> {
    let published = spawn_blocking(move || {
        staged.iter().try_for_each(|staging| staging.publish())?;
        Ok::<_, StagingError>(())
    });
    match published.await {
        Ok(published) => published.map_err(|error| WireFailure::of(&error)),
        Err(error) => Err(WireFailure::of(&error)),
    }
}
