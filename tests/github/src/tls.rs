//! A certificate authority of its own for each simulator, and the certificate that it serves under.
use std::sync::Arc;

use anyhow::Context as _;
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose};
use rustls::{ServerConfig, crypto::aws_lc_rs, pki_types::PrivateKeyDer};
use tokio_rustls::TlsAcceptor;

/// The names that the certificate holds for.
const NAMES: [&str; 3] = ["localhost", "127.0.0.1", "::1"];

/// As TLS negotiates it (RFC 9113 §3.2).
pub(crate) const HTTP2: &[u8] = b"h2";

/// What TLS needs on the server's side, and what clients must trust.
pub(crate) struct Identity {
    pub(crate) acceptor: TlsAcceptor,
    /// The authority's certificate.
    pub(crate) ca_pem: String,
}

impl Identity {
    /// Fresh keys and certificates.
    pub(crate) fn generate() -> anyhow::Result<Self> {
        let mut params = CertificateParams::default();
        params
            .distinguished_name
            .push(DnType::CommonName, "mergeaudit test GitHub CA");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let ca_key = KeyPair::generate().context("cannot generate the authority's key")?;
        let ca = params
            .self_signed(&ca_key)
            .context("cannot sign the authority's certificate")?;
        let issuer = Issuer::new(params, ca_key);
        let key = KeyPair::generate().context("cannot generate the server's key")?;
        let leaf = CertificateParams::new(NAMES.map(str::to_owned))
            .and_then(|params| params.signed_by(&key, &issuer))
            .context("cannot sign the server's certificate")?;
        let key = PrivateKeyDer::Pkcs8(key.serialize_der().into());
        let mut config =
            ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
                .with_safe_default_protocol_versions()
                .context("no version of TLS is to be had")?
                .with_no_client_auth()
                .with_single_cert(vec![leaf.der().clone()], key)
                .context("the server's certificate and key do not fit")?;
        config.alpn_protocols = vec![HTTP2.to_vec(), b"http/1.1".to_vec()];
        Ok(Self {
            acceptor: TlsAcceptor::from(Arc::new(config)),
            ca_pem: ca.pem(),
        })
    }
}
