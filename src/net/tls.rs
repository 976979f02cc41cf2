//! Certificates, and what is offered in TLS.

use ::aws_lc_rs::digest::{SHA256, digest};
use anyhow::Context;
use rcgen::{CertificateParams, DnType, ExtendedKeyUsagePurpose, KeyPair};
use std::sync::{Arc, PoisonError, RwLock};
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::server::{ClientHello, ResolvesServerCert};
use tokio_rustls::rustls::sign::CertifiedKey;
use tokio_rustls::rustls::version::{TLS12, TLS13};
use tokio_rustls::rustls::{self, ServerConfig};

/// Makes a certificate for these hosts and addresses and its key, both PEM.
///
/// # Errors
/// When a host is no name that a certificate can hold.
pub fn self_signed(hosts: &[String]) -> anyhow::Result<(String, String)> {
    let mut params = CertificateParams::new(hosts)?;
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let name = hosts.first().map_or("loondossier", String::as_str);
    params.distinguished_name.push(DnType::CommonName, name);
    let key = KeyPair::generate()?;
    Ok((params.self_signed(&key)?.pem(), key.serialize_pem()))
}

/// The SHA-256 of a certificate, as browsers and `openssl x509` show it.
pub fn fingerprint(certificate: &[u8]) -> String {
    let digest = digest(&SHA256, certificate);
    digest.as_ref().iter().map(|byte| format!("{byte:02X}")).collect::<Vec<_>>().join(":")
}

/// A certificate chain and its key, which another pair can take the place of while they are served.
#[derive(Clone, Debug)]
pub struct Certificate(Arc<RwLock<Arc<CertifiedKey>>>);

impl Certificate {
    /// From PEM.
    ///
    /// # Errors
    /// When it cannot be read, or key and certificate do not belong together.
    pub fn new(cert_pem: &[u8], key_pem: &[u8]) -> anyhow::Result<Self> {
        Ok(Self(Arc::new(RwLock::new(pair(cert_pem, key_pem)?))))
    }

    /// Serves this pair from the next connection on.
    ///
    /// # Errors
    /// As at [`Self::new`]; then the pair that was there stays.
    pub fn replace(&self, cert_pem: &[u8], key_pem: &[u8]) -> anyhow::Result<()> {
        let pair = pair(cert_pem, key_pem)?;
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = pair;
        Ok(())
    }

    /// What clients show of it.
    pub fn fingerprint(&self) -> String {
        let pair = self.0.read().unwrap_or_else(PoisonError::into_inner);
        pair.cert.first().map(|certificate| fingerprint(certificate)).unwrap_or_default()
    }

    /// TLS 1.2 and 1.3 with it, HTTP/2 and HTTP/1.1.
    pub(super) fn offered(&self) -> Result<Arc<ServerConfig>, rustls::Error> {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&TLS13, &TLS12])?
            .with_no_client_auth()
            .with_cert_resolver(Arc::new(self.clone()));
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(Arc::new(config))
    }
}

impl ResolvesServerCert for Certificate {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner)))
    }
}

fn pair(cert_pem: &[u8], key_pem: &[u8]) -> anyhow::Result<Arc<CertifiedKey>> {
    let chain: Vec<_> = CertificateDer::pem_slice_iter(cert_pem)
        .collect::<Result<_, _>>()
        .context("the certificate is not PEM")?;
    anyhow::ensure!(!chain.is_empty(), "there is no certificate in the file");
    let key = PrivateKeyDer::from_pem_slice(key_pem).context("the key is not PEM")?;
    let pair = CertifiedKey::from_der(chain, key, &aws_lc_rs::default_provider())
        .context("the certificate and its key do not belong together")?;
    Ok(Arc::new(pair))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made() -> (String, String) {
        self_signed(&["localhost".into(), "127.0.0.1".into()]).unwrap()
    }

    #[test]
    fn a_self_signed_certificate_serves() {
        let (cert, key) = made();
        let config = Certificate::new(cert.as_bytes(), key.as_bytes()).unwrap().offered().unwrap();
        assert_eq!(config.alpn_protocols, [b"h2".to_vec(), b"http/1.1".to_vec()]);
    }

    #[test]
    fn a_key_of_another_certificate_is_refused() {
        let ((cert, key), (_, other)) = (made(), made());
        assert!(Certificate::new(cert.as_bytes(), other.as_bytes()).is_err());
        assert!(Certificate::new(key.as_bytes(), key.as_bytes()).is_err());
        assert!(Certificate::new(cert.as_bytes(), b"").is_err());
    }

    #[test]
    fn another_pair_takes_its_place_and_a_broken_one_does_not() {
        let ((cert, key), (next, next_key)) = (made(), made());
        let certificate = Certificate::new(cert.as_bytes(), key.as_bytes()).unwrap();
        let first = certificate.fingerprint();
        assert!(certificate.replace(next.as_bytes(), key.as_bytes()).is_err());
        assert_eq!(certificate.fingerprint(), first);
        certificate.replace(next.as_bytes(), next_key.as_bytes()).unwrap();
        assert_ne!(certificate.fingerprint(), first);
    }
}
