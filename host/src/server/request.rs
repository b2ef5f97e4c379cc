//! What a host is asked, one stream each.

use std::{sync::Arc, time::Duration};

use datafusion::error::DataFusionError;
use tokio::time::timeout;

use super::{blob::receive_blob, control, host::Host};
use crate::{
    protocol::{
        AttemptAnswer, ChannelAnswer, Execute, HostRequest, Limit, Role, SetPlan, Stored,
        WireFailure,
    },
    transport::{Peer, Receiver, Sender, TransportError, serve_plan, serve_rows},
};

/// How long a request takes to arrive.
const PATIENCE: Duration = Duration::from_secs(10);

/// Answers everything that a peer asks, until it is gone.
pub(super) async fn serve_peer(host: Arc<Host>, peer: Peer) {
    tracing::debug!(peer = peer.name(), "connected");
    while let Some((sender, receiver)) = peer.accept().await {
        let (host, peer) = (Arc::clone(&host), peer.clone());
        tokio::spawn(async move {
            if let Err(error) = serve(&host, &peer, sender, receiver).await {
                tracing::debug!(peer = peer.name(), %error, "a request was not answered");
            }
        });
    }
    tracing::debug!(peer = peer.name(), "disconnected");
}

async fn serve(
    host: &Arc<Host>,
    peer: &Peer,
    mut sender: Sender,
    mut receiver: Receiver,
) -> Result<(), TransportError> {
    // Only those who plan send plans.
    let limit = match peer.role() {
        Role::Coordinator => Limit::PLAN,
        Role::Host | Role::Client => Limit::MESSAGE,
    };
    let Ok(request) = timeout(PATIENCE, receiver.receive(limit)).await else {
        tracing::warn!(peer = peer.name(), "a stream without a request was dropped");
        return Ok(());
    };
    let request: HostRequest = request?;
    if let Err(failure) = admit(host, peer.role(), &request) {
        tracing::warn!(peer = peer.name(), failure = failure.text(), "refused");
        return answer_failure(&request, failure, sender).await;
    }
    match request {
        HostRequest::Status => {
            sender.send(&host.status().await).await?;
            sender.finish();
            Ok(())
        }
        HostRequest::Lacks(digests) => {
            sender.send(&host.lacking(&digests).await).await?;
            sender.finish();
            Ok(())
        }
        HostRequest::Put(put) => {
            receive_blob(&host.runtime, put, sender, receiver).await;
            Ok(())
        }
        HostRequest::Open(plan) => {
            control::serve(host, *plan, sender, receiver).await;
            Ok(())
        }
        HostRequest::SetPlan(plan) => set_plan(host, *plan, sender, receiver).await,
        HostRequest::Execute(execute) => rows(host, *execute, sender, receiver).await,
    }
}

/// Whether somebody of this role can ask that.
fn admit(host: &Host, role: Role, request: &HostRequest) -> Result<(), WireFailure> {
    let allowed = match request {
        HostRequest::Status => true,
        HostRequest::Execute(_) => role != Role::Client,
        HostRequest::Lacks(_)
        | HostRequest::Put(_)
        | HostRequest::Open(_)
        | HostRequest::SetPlan(_) => role == Role::Coordinator,
    };
    match allowed {
        true => Ok(()),
        false => Err(WireFailure::message(format!(
            "host `{}` does not do that for a {role}",
            host.surroundings.host
        ))),
    }
}

/// Says no in the way in which a request is answered.
async fn answer_failure(
    request: &HostRequest,
    failure: WireFailure,
    mut sender: Sender,
) -> Result<(), TransportError> {
    match request {
        HostRequest::Put(_) => sender.send(&Stored::Err(failure)).await?,
        HostRequest::Open(_) => sender.send(&AttemptAnswer::Failed(failure)).await?,
        HostRequest::SetPlan(_) => sender.send(&ChannelAnswer::Taken(Err(failure))).await?,
        HostRequest::Execute(_) => sender.send(&Err::<(), _>(failure)).await?,
        // These have no word for it: the stream is reset.
        HostRequest::Status | HostRequest::Lacks(_) => return Ok(()),
    }
    sender.finish();
    Ok(())
}

/// Gives a task of an open attempt its plan, and has it until its stream or the attempt ends.
async fn set_plan(
    host: &Arc<Host>,
    mut plan: SetPlan,
    mut sender: Sender,
    receiver: Receiver,
) -> Result<(), TransportError> {
    let attempt = match host.attempts.find(plan.task.attempt) {
        Ok(attempt) => attempt,
        Err(refusal) => {
            let taken = ChannelAnswer::Taken(Err(host.refuse(refusal)));
            sender.send(&taken).await?;
            sender.finish();
            return Ok(());
        }
    };
    let worker = match attempt.begin(&mut plan) {
        Ok(worker) => worker,
        Err(error) => {
            sender.send(&taken(&error)).await?;
            sender.finish();
            return Ok(());
        }
    };
    let cancelled = attempt.cancelled();
    // Plans are read, run and dropped there.
    host.queries.spawn(async move {
        tokio::select! {
            () = serve_plan(&worker, plan, sender, receiver) => {}
            // The worker forgets the task.
            () = cancelled => {}
        }
    });
    Ok(())
}

fn taken(error: &DataFusionError) -> ChannelAnswer {
    ChannelAnswer::Taken(Err(WireFailure::of(error)))
}

/// Sends the rows of a partition until they end, nobody wants them, or the attempt ends.
async fn rows(
    host: &Arc<Host>,
    execute: Execute,
    mut sender: Sender,
    receiver: Receiver,
) -> Result<(), TransportError> {
    let found = host.attempts.find(execute.task.attempt);
    let attempt = match found {
        Ok(attempt) => attempt,
        Err(refusal) => {
            sender.send(&Err::<(), _>(host.refuse(refusal))).await?;
            sender.finish();
            return Ok(());
        }
    };
    let worker = match attempt.worker() {
        Ok(worker) => worker,
        Err(error) => {
            sender.send(&Err::<(), _>(WireFailure::of(&error))).await?;
            sender.finish();
            return Ok(());
        }
    };
    host.queries.spawn(async move {
        let cancelled = attempt.cancelled();
        let reading = attempt.reading(execute.task);
        serve_rows(
            &worker,
            execute,
            sender,
            receiver,
            cancelled,
            attempt.sent(),
        )
        .await;
        drop(reading);
    });
    Ok(())
}
