//! Certificates and what is offered in TLS.

use anyhow::Context;
use rcgen::{CertificateParams, DnType, ExtendedKeyUsagePurpose, KeyPair};
use std::sync::Arc;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
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

/// What the server offers with a certificate chain and its key, both PEM: TLS 1.2 and 1.3, HTTP/2
/// and HTTP/1.1.
///
/// # Errors
/// When the PEM cannot be read, or key and certificate do not belong together.
pub fn tls_config(cert_pem: &[u8], key_pem: &[u8]) -> anyhow::Result<Arc<ServerConfig>> {
    let chain: Vec<_> = CertificateDer::pem_slice_iter(cert_pem)
        .collect::<Result<_, _>>()
        .context("the certificate is not PEM")?;
    anyhow::ensure!(!chain.is_empty(), "there is no certificate in the file");
    let key = PrivateKeyDer::from_pem_slice(key_pem).context("the key is not PEM")?;
    let mut config =
        rustls::ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_protocol_versions(&[&TLS13, &TLS12])?
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .context("the certificate and its key do not belong together")?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_self_signed_certificate_serves() {
        let (cert, key) = self_signed(&["localhost".into(), "127.0.0.1".into()]).unwrap();
        let config = tls_config(cert.as_bytes(), key.as_bytes()).unwrap();
        assert_eq!(config.alpn_protocols, [b"h2".to_vec(), b"http/1.1".to_vec()]);
    }

    #[test]
    fn a_key_of_another_certificate_is_refused() {
        let (cert, key) = self_signed(&["localhost".into()]).unwrap();
        let (_, other) = self_signed(&["localhost".into()]).unwrap();
        assert!(tls_config(cert.as_bytes(), other.as_bytes()).is_err());
        assert!(tls_config(key.as_bytes(), key.as_bytes()).is_err());
        assert!(tls_config(cert.as_bytes(), b"").is_err());
    }
}
