//! The statements of a client, one after the other.

use std::future::Future;
use std::pin::pin;
use std::time::Duration;

use arrowbox_host::protocol::{
    ClientMessage, Limit, QueryAnswer, RunStatements, StatementFailure, Statistics,
};
use arrowbox_host::{
    BatchError, BatchWriter, Compression, Receiver, Sender, TransportError, pieces,
};
use datafusion::arrow::array::RecordBatch;
use tokio::select;
use tokio::task::spawn_blocking;
use tokio::time::{MissedTickBehavior, interval};

use super::connection::Connection;
use super::failure;
use super::queries::Ticket;
use super::uploads::Uploads;
use crate::quantity::Span;
use crate::session::{Query, QueryError, Session, Statement};

/// How often a client hears how far its statement is.
const TICK: Duration = Duration::from_millis(500);

/// How a statement ended.
type Outcome = Result<Statistics, StatementFailure>;

/// Runs the statements of a client until it has had enough. What runs ends when this is dropped.
pub(super) async fn run(
    connection: &Connection,
    what: RunStatements,
    mut sender: Sender,
    receiver: Receiver,
) -> Result<(), TransportError> {
    let _open = connection.service.queries.open();
    let mut gone = pin!(gone(receiver));
    select! {
        biased;
        () = &mut gone => return Ok(()),
        answered = answer(connection, what, &mut sender) => answered?,
    }
    sender.finish();
    // Once it has heard the end it goes.
    gone.await;
    Ok(())
}

/// Waits until the client wants no more, or is gone.
async fn gone(mut receiver: Receiver) {
    match receiver.next(Limit::GREETING).await {
        Ok(Some(ClientMessage::Cancel) | None) | Err(_) => {}
    }
}

async fn answer(
    connection: &Connection,
    what: RunStatements,
    sender: &mut Sender,
) -> Result<(), TransportError> {
    let answer = match run_all(connection, what, sender).await? {
        Ok(()) => QueryAnswer::Done,
        Err(failure) => QueryAnswer::Failed(failure),
    };
    sender.send(&answer).await
}

async fn run_all(
    connection: &Connection,
    what: RunStatements,
    sender: &mut Sender,
) -> Result<Result<(), StatementFailure>, TransportError> {
    let mut session = match connection.session().await {
        Ok(session) => session.clone(),
        Err(failure) => return Ok(Err(failure)),
    };
    let limits = [session.timeout(), what.timeout.map(Span)];
    session.set_timeout(limits.into_iter().flatten().min());
    session.set_stream(what.stream);
    let statements = match parse(&session, &what.text).await {
        Ok(statements) => statements,
        Err(failure) => return Ok(Err(failure)),
    };
    let uploads = Uploads::new(what.uploads, what.folder);
    let alone = statements.len() == 1;
    for mut statement in statements {
        let text = if alone {
            what.text.trim().to_owned()
        } else {
            describe(&statement)
        };
        uploads.resolve(&mut statement);
        let client = connection.peer.name();
        let ticket = connection.service.queries.begin(client, &text);
        match run_one(&session, statement, &ticket, sender).await? {
            Ok(statistics) => sender.send(&QueryAnswer::Ended(statistics)).await?,
            Err(failure) => return Ok(Err(failure)),
        }
    }
    Ok(Ok(()))
}

/// A long text takes its time.
async fn parse(session: &Session, text: &str) -> Result<Vec<Statement>, StatementFailure> {
    let (session, text) = (session.clone(), text.to_owned());
    match spawn_blocking(move || session.parse(&text)).await {
        Ok(parsed) => parsed.map_err(|error| failure::of(error.into())),
        Err(error) => Err(failure::of_any(error)),
    }
}

fn describe(statement: &Statement) -> String {
    match statement {
        Statement::Sql(statement) => statement.to_string(),
        Statement::CreateFunction(create) => format!("CREATE FUNCTION {} …", create.name),
        Statement::DropFunction(drop) => format!("DROP FUNCTION {}", drop.name),
        Statement::ShowFunctions(_) => "SHOW FUNCTIONS".to_owned(),
    }
}

async fn run_one(
    session: &Session,
    statement: Statement,
    ticket: &Ticket,
    sender: &mut Sender,
) -> Result<Outcome, TransportError> {
    let begun = select! {
        biased;
        verdict = ticket.ended() => return Ok(Err(failure::of_verdict(verdict))),
        begun = session.run(statement) => begun,
    };
    let mut query = match begun {
        Ok(query) => query,
        Err(error) => return Ok(Err(failure::of(error))),
    };
    let rows = !query.schema().fields().is_empty();
    let notice = query.notice().map(str::to_owned);
    sender.send(&QueryAnswer::Begun { notice, rows }).await?;

    let mut writer = match BatchWriter::new(query.schema(), Compression::None) {
        Ok(writer) => writer,
        Err(error) => return Ok(Err(unwritable(error))),
    };
    let mut written = false;
    let mut stages = Vec::new();
    let mut tick = interval(TICK);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let next = select! {
            biased;
            verdict = ticket.ended() => return Ok(Err(failure::of_verdict(verdict))),
            next = query.next() => next,
            _ = tick.tick() => {
                ticket.replayed(query.statistics().replayed.len());
                let now = query.progress();
                if now != stages {
                    stages.clone_from(&now);
                    sender.send(&QueryAnswer::Progress(now)).await?;
                }
                continue;
            }
        };
        let batch = match next {
            Some(Ok(batch)) => batch,
            Some(Err(error)) => return Ok(Err(failure::of(error))),
            // The schema comes with a batch.
            None if rows && !written => RecordBatch::new_empty(query.schema().clone()),
            None => return Ok(Ok(query.statistics())),
        };
        if !rows {
            continue;
        }
        written = true;
        for piece in pieces(batch) {
            let encoded = match writer.encode(&piece) {
                Ok(encoded) => encoded,
                Err(error) => return Ok(Err(unwritable(error))),
            };
            let messages = encoded.messages;
            let sending = async {
                sender.send(&QueryAnswer::Batch { messages }).await?;
                sender.send_chunks(encoded.chunks).await
            };
            if let Some(verdict) = unless_ended(sending, ticket, &query).await? {
                return Ok(Err(verdict));
            }
        }
    }
}

fn unwritable(error: BatchError) -> StatementFailure {
    failure::of(QueryError::Engine(error.into()))
}

/// Sends, and gives why the statement was ended meanwhile, if it was: a client that reads slowly, or not at
/// all, does not keep it.
async fn unless_ended(
    sending: impl Future<Output = Result<(), TransportError>>,
    ticket: &Ticket,
    query: &Query,
) -> Result<Option<StatementFailure>, TransportError> {
    let mut sending = pin!(sending);
    select! {
        biased;
        sent = &mut sending => sent.map(|()| None),
        verdict = ticket.ended() => {
            query.cancel();
            ticket.withdraw();
            // Nothing can be said in the middle of a batch.
            sending.await?;
            Ok(Some(failure::of_verdict(verdict)))
        }
    }
}
