//! The part that a host takes in a cluster.

use std::{sync::Arc, time::Duration};

use tokio::{
    select,
    sync::watch,
    time::{Instant, MissedTickBehavior, interval, sleep, timeout},
};
use url::Url;

use super::host::{Host, HostError};
use crate::{
    protocol::{CoordinatorRequest, Join, JoinAnswer, JoinOrder, Limit, Role},
    transport::{TransportError, Window},
};

/// How often a coordinator hears what the host does.
const LOAD: Duration = Duration::from_millis(500);
/// How long the host waits before it tries again: at first, and at most.
const BACK_OFF: (Duration, Duration) = (Duration::from_millis(250), Duration::from_secs(5));
/// How long a coordinator takes to answer. It dials the host before it does.
const ANSWER: Duration = Duration::from_secs(10);
/// Who was taken for so long is not at the end of its tries.
const SETTLED: Duration = Duration::from_secs(5);
/// How long a coordinator has to hear that the host leaves.
const FAREWELL: Duration = Duration::from_millis(500);

/// What happens between a host and coordinators.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum HostEvent {
    /// A coordinator has taken it.
    Joined(Url),
    /// A coordinator did not take it, this time; it tries again. Told once until that changes.
    Waiting {
        /// The coordinator.
        url: Url,
        /// Why.
        reason: String,
    },
    /// A coordinator is gone; it tries again.
    Lost {
        /// The coordinator.
        url: Url,
        /// Why.
        reason: String,
    },
    /// It gets no more work from a coordinator, or gets it again.
    Drained {
        /// The coordinator.
        url: Url,
        /// Whether it gets none.
        drained: bool,
    },
    /// It was told to end, and waits for what runs.
    Draining {
        /// Attempts that are open.
        attempts: u32,
        /// How long it waits at most.
        grace: Duration,
    },
}

/// A coordinator to join.
pub(super) struct Coordinator {
    pub(super) host: Arc<Host>,
    pub(super) url: Url,
    pub(super) about: Join,
    pub(super) leaving: watch::Receiver<bool>,
}

/// Why the host does not take part.
enum Out {
    /// It was not taken.
    Waiting(String),
    /// It was, and is no more.
    Lost(String),
    /// It left.
    Left,
}

/// Takes part until the host leaves.
///
/// # Errors
///
/// If the coordinator will never take it: the certificates or the versions do not fit.
pub(super) async fn take_part(
    mut coordinator: Coordinator,
    hear: impl Fn(HostEvent),
) -> Result<(), HostError> {
    let (mut wait, most) = BACK_OFF;
    let mut told = None;
    loop {
        let began = Instant::now();
        let url = coordinator.url.clone();
        match coordinator.once(&hear).await {
            Ok(Out::Left) => return Ok(()),
            Ok(Out::Lost(reason)) => {
                told = None;
                hear(HostEvent::Lost { url, reason });
            }
            Ok(Out::Waiting(reason)) => {
                if told.as_ref() != Some(&reason) {
                    told = Some(reason.clone());
                    hear(HostEvent::Waiting { url, reason });
                }
            }
            Err(source) => {
                let url = url.to_string();
                return Err(HostError::Join { url, source });
            }
        }
        if began.elapsed() > SETTLED {
            wait = BACK_OFF.0;
        }
        select! {
            () = sleep(jittered(wait)) => {}
            () = coordinator.leaves() => return Ok(()),
        }
        wait = (wait * 2).min(most);
    }
}

/// Hosts that lost the same coordinator do not all come back at once.
fn jittered(wait: Duration) -> Duration {
    let mut random = [0];
    // Without randomness they do.
    let _ = getrandom::fill(&mut random);
    wait.mul_f64(0.75 + f64::from(random[0]) / 512.0)
}

impl Coordinator {
    async fn leaves(&mut self) {
        // If the sender is gone, so is the host.
        let _ = self.leaving.wait_for(|leaving| *leaving).await;
    }

    /// Dials, asks, and takes part as long as it goes.
    async fn once(&mut self, hear: &impl Fn(HostEvent)) -> Result<Out, TransportError> {
        let endpoint = self.host.surroundings.endpoint.clone();
        let url = self.url.clone();
        let asked = async {
            let peer = endpoint
                .connect(&url, Role::Coordinator, Window::CONTROL)
                .await?;
            let join = CoordinatorRequest::Join(self.about.clone());
            let (sender, mut receiver) = peer.open(&join).await?;
            let answer = receiver.receive::<JoinAnswer>(Limit::MESSAGE).await?;
            Ok((sender, receiver, answer))
        };
        let mut leaving = self.leaving.clone();
        let asked = select! {
            asked = timeout(ANSWER, asked) => asked,
            _ = leaving.wait_for(|leaving| *leaving) => return Ok(Out::Left),
        };
        let (mut sender, mut receiver) = match asked {
            Ok(Ok((sender, receiver, Ok(())))) => (sender, receiver),
            Ok(Ok((_, _, Err(reason)))) => return Ok(Out::Waiting(reason)),
            Ok(Err(error)) if is_final(&error) => return Err(error),
            Ok(Err(error)) => return Ok(Out::Waiting(reason(&error))),
            Err(_) => return Ok(Out::Waiting("it does not answer".to_owned())),
        };
        hear(HostEvent::Joined(self.url.clone()));
        let mut ticks = interval(LOAD);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            select! {
                order = receiver.next::<JoinOrder>(Limit::MESSAGE) => match order {
                    Ok(Some(JoinOrder::Drain(drained))) => {
                        let url = self.url.clone();
                        hear(HostEvent::Drained { url, drained });
                    }
                    Ok(None) => return Ok(Out::Lost("it ended the host's part".to_owned())),
                    Err(error) => return Ok(Out::Lost(reason(&error))),
                },
                _ = ticks.tick() => {
                    if let Err(error) = sender.send(&self.host.load()).await {
                        return Ok(Out::Lost(reason(&error)));
                    }
                }
                () = self.leaves() => {
                    sender.finish();
                    let heard = async {
                        while let Ok(Some(_)) = receiver.next::<JoinOrder>(Limit::MESSAGE).await {}
                    };
                    // If it does not hear it now, it notices soon.
                    let _ = timeout(FAREWELL, heard).await;
                    return Ok(Out::Left);
                }
            }
        }
    }
}

/// What happened, for a message that names the coordinator itself.
fn reason(error: &TransportError) -> String {
    match error {
        TransportError::Lost { why, .. } => why.to_string(),
        error => error.to_string(),
    }
}

/// Whether trying again is in vain.
fn is_final(error: &TransportError) -> bool {
    matches!(
        error,
        TransportError::Refused { .. }
            | TransportError::Certificate { .. }
            | TransportError::Version { .. }
            | TransportError::Address { .. }
    )
}
