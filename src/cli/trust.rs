//! Certificates, as the operator and our own clients look at them: made, shown, and trusted.
//!
//! What is served is `certificate`'s.

use crate::net;
use anyhow::{Context, Result, anyhow};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio_rustls::rustls::client::WebPkiServerVerifier;
use tokio_rustls::rustls::client::danger::ServerCertVerifier;
use tokio_rustls::rustls::crypto::aws_lc_rs::default_provider as aws_lc_rs_provider;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName, UnixTime, pem::PemObject};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

/// A new certificate for these hosts, signed by itself, and its key: both PEM.
pub(super) fn new(hosts: &[String]) -> Result<(String, String)> {
    net::self_signed(hosts)
}

/// The SHA-256 of the first certificate in a file, as browsers and `openssl x509` show it.
pub(super) fn fingerprint(file: &Path) -> Result<String> {
    let certificate = CertificateDer::from_pem_file(file)
        .with_context(|| format!("{} holds no certificate", file.display()))?;
    Ok(net::fingerprint(&certificate))
}

/// Whether a client that trusts the last certificate in a file would take the first for this host at
/// this time, in Unix milliseconds.
pub(super) fn check(file: &Path, host: &str, at: i64) -> Result<()> {
    let chain: Vec<_> = CertificateDer::pem_file_iter(file)?.collect::<Result<_, _>>()?;
    let [first, between @ ..] = chain.as_slice() else {
        return Err(anyhow!("{} holds no certificate", file.display()));
    };
    let mut roots = RootCertStore::empty();
    roots.add(chain.last().unwrap_or(first).clone())?;
    let crypto = Arc::new(aws_lc_rs_provider());
    let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), crypto).build()?;
    let at = UnixTime::since_unix_epoch(Duration::from_millis(at.try_into()?));
    let host = ServerName::try_from(host)?;
    verifier.verify_server_cert(first, between, &host, &[], at)?;
    Ok(())
}

/// The first certificate in a file, and TLS that trusts what the last one in it signed.
pub(super) fn trusting(file: &Path) -> Result<(CertificateDer<'static>, Arc<ClientConfig>)> {
    let chain: Vec<_> = CertificateDer::pem_file_iter(file)?.collect::<Result<_, _>>()?;
    let (Some(first), Some(last)) = (chain.first(), chain.last()) else {
        return Err(anyhow!("{} holds no certificate", file.display()));
    };
    let mut roots = RootCertStore::empty();
    roots.add(last.clone())?;
    let tls = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok((first.clone(), Arc::new(tls)))
}
