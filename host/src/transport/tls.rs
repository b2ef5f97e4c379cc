//! TLS as the cluster has it: version 1.3, certificates on both sides, nothing resumed.

use std::sync::Arc;

use quinn::crypto::rustls::{QuicClientConfig, QuicServerConfig};
use rustls::{
    CertificateError, RootCertStore,
    client::{Resumption, verify_server_name},
    crypto::{CryptoProvider, ring},
    pki_types::{CertificateDer, ServerName, UnixTime},
    server::{
        NoServerSessionStorage, ParsedCertificate, VerifierBuilderError, WebPkiClientVerifier,
    },
    version::TLS13,
};

use super::{Distrust, Identity};
use crate::protocol::{ALPN, Role};

/// An identity that TLS can not work with.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// The certificate or the key.
    #[error("TLS can not use the certificate")]
    Certificate(#[from] rustls::Error),
    /// The CA.
    #[error("TLS can not use the CA")]
    Ca(#[from] VerifierBuilderError),
    /// The ciphers.
    #[error("TLS lacks the cipher that QUIC begins with")]
    Cipher(#[from] quinn::crypto::rustls::NoInitialCipherSuite),
}

/// Always this one, whatever else in the process has a default.
pub(super) fn provider() -> Arc<CryptoProvider> {
    let mut provider = ring::default_provider();
    // The fastest where processors have AES; both sides must want another for it not to be taken.
    let fastest = rustls::CipherSuite::TLS13_AES_128_GCM_SHA256;
    provider
        .cipher_suites
        .sort_by_key(|suite| suite.suite() != fastest);
    Arc::new(provider)
}

/// For connections that this side dials.
pub(super) fn client(identity: &Identity) -> Result<QuicClientConfig, TlsError> {
    let mut config = rustls::ClientConfig::builder_with_provider(provider())
        .with_protocol_versions(&[&TLS13])?
        .with_root_certificates(Arc::clone(&identity.roots))
        .with_client_auth_cert(identity.chain.clone(), identity.key.clone_key())?;
    config.alpn_protocols = vec![ALPN.to_vec()];
    // Sessions are remembered by the name in the certificate, which all machines of a role share.
    config.resumption = Resumption::disabled();
    Ok(config.try_into()?)
}

/// For connections that this side is dialled for.
pub(super) fn server(identity: &Identity) -> Result<QuicServerConfig, TlsError> {
    let verifier =
        WebPkiClientVerifier::builder_with_provider(Arc::clone(&identity.roots), provider())
            .build()?;
    let mut config = rustls::ServerConfig::builder_with_provider(provider())
        .with_protocol_versions(&[&TLS13])?
        .with_client_cert_verifier(verifier)
        .with_single_cert(identity.chain.clone(), identity.key.clone_key())?;
    config.alpn_protocols = vec![ALPN.to_vec()];
    config.session_storage = Arc::new(NoServerSessionStorage {});
    config.send_tls13_tickets = 0;
    Ok(config.try_into()?)
}

/// Whether a certificate was issued by one of the CAs and is valid `now`.
pub(super) fn trusted(
    roots: &Arc<RootCertStore>,
    chain: &[CertificateDer<'_>],
    now: UnixTime,
) -> Result<(), Distrust> {
    let unacceptable = |error: &dyn std::error::Error| Distrust::Unacceptable(error.to_string());
    let (first, rest) = chain.split_first().ok_or(Distrust::Missing)?;
    let verifier = WebPkiClientVerifier::builder_with_provider(Arc::clone(roots), provider())
        .build()
        .map_err(|error| unacceptable(&error))?;
    match verifier.verify_client_cert(first, rest, now) {
        Ok(_) => Ok(()),
        Err(rustls::Error::InvalidCertificate(
            CertificateError::Expired
            | CertificateError::ExpiredContext { .. }
            | CertificateError::NotValidYet
            | CertificateError::NotValidYetContext { .. },
        )) => Err(Distrust::Expired),
        Err(rustls::Error::InvalidCertificate(
            CertificateError::UnknownIssuer | CertificateError::BadSignature,
        )) => Err(Distrust::OtherCa),
        Err(error) => Err(unacceptable(&error)),
    }
}

/// Whether a certificate is that of a role.
pub(super) fn is_of(chain: &[CertificateDer<'_>], role: Role) -> bool {
    let parsed = chain.first().map(ParsedCertificate::try_from);
    match (parsed, ServerName::try_from(role.dns_name())) {
        (Some(Ok(certificate)), Ok(name)) => verify_server_name(&certificate, &name).is_ok(),
        _ => false,
    }
}
