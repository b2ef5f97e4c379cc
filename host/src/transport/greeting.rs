//! The first stream of a connection.

use std::{sync::Arc, time::Duration};

use quinn::Connection;
use rustls::pki_types::CertificateDer;
use tokio::time::timeout;

use super::{Loss, Peer, TransportError, error::CODE_REFUSED, tls};
use crate::protocol::{Greeting, Hello, Limit, Role, VERSION};

/// How long greeting may take, from the first packet on.
pub(super) const PATIENCE: Duration = Duration::from_secs(5);
/// How long a refusal waits to be read before the connection is closed.
const LAST_WORD: Duration = Duration::from_secs(1);

/// Says hello to who was dialled as `url`.
pub(super) async fn dialled(
    connection: Connection,
    url: &str,
    here: Role,
    there: Role,
) -> Result<Peer, TransportError> {
    // Its name is what it answers; until then it goes by its URL.
    let peer = Peer::dialled(connection.clone(), url, there, url.to_owned());
    let hello = Hello {
        version: VERSION.to_owned(),
        role: here,
    };
    let greeting = timeout(PATIENCE, peer.ask(&hello, Limit::GREETING)).await;
    match greeting.unwrap_or_else(|_| Err(TransportError::lost_by(url, Loss::Silent)))? {
        Greeting::Welcome { name } => Ok(Peer::dialled(connection, url, there, name)),
        Greeting::Refused(reason) => {
            peer.close("refused");
            Err(TransportError::Refused {
                peer: url.to_owned(),
                reason,
            })
        }
    }
}

/// Answers the hello of who dialled. `None` if it was refused, or said nothing.
pub(super) async fn accepted(
    connection: Connection,
    name: &Arc<str>,
) -> Result<Peer, TransportError> {
    // Nobody is a coordinator, host or client before it has said which and its certificate has agreed.
    let unknown = Peer::accepted(connection.clone(), Role::Client);
    let Some((mut sender, mut receiver)) = unknown.accept().await else {
        return Err(unknown.closed().await);
    };
    let hello: Hello = receiver.receive(Limit::GREETING).await?;
    match objection(&connection, &hello) {
        None => {
            let name = name.to_string();
            sender.send(&Greeting::Welcome { name }).await?;
            sender.finish();
            Ok(Peer::accepted(connection, hello.role))
        }
        Some(reason) => {
            sender.send(&Greeting::Refused(reason.clone())).await?;
            sender.finish();
            // The answer must be there before the connection goes; the dialler closes it then.
            let _ = timeout(LAST_WORD, unknown.closed()).await;
            connection.close(CODE_REFUSED.into(), reason.as_bytes());
            Err(TransportError::Refused {
                peer: unknown.url().to_owned(),
                reason,
            })
        }
    }
}

/// Why such a peer is not welcome, for whoever started it.
fn objection(connection: &Connection, hello: &Hello) -> Option<String> {
    if hello.version != VERSION {
        return Some(format!(
            "this is version {VERSION} of arrowbox, that is version {}: all of a cluster must run the same",
            hello.version
        ));
    }
    let identity = connection.peer_identity();
    let chain = identity.and_then(|chain| chain.downcast::<Vec<CertificateDer<'static>>>().ok());
    let agrees = chain.is_some_and(|chain| tls::is_of(&chain, hello.role));
    (!agrees).then(|| {
        format!(
            "the certificate is not that of a {0}: issue one with `arrowbox certs issue DIR {0}`",
            hello.role
        )
    })
}
