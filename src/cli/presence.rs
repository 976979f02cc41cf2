//! Whether what answers on a port is this dossier: it shows our certificate, or our host key.

use super::{host_key, trust};
use crate::config::Config;
use anyhow::{Context, Result, ensure};
use russh::client;
use russh::keys::PublicKeyOrCertificate;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::ServerName;

/// How long it may take to answer.
const PATIENCE: Duration = Duration::from_secs(2);

/// Whether our certificate is shown where WebDAV is to listen.
pub(super) async fn shows_certificate(config: &Config) -> bool {
    matches!(timeout(PATIENCE, certificate(config)).await, Ok(Ok(())))
}

async fn certificate(config: &Config) -> Result<()> {
    let (file, _) = config.tls_files().context("there is no TLS")?;
    let (ours, tls) = trust::trusting(&file)?;
    let host = ServerName::try_from(config.public_host().unwrap_or_default())?;
    let stream = TcpStream::connect(config.dav.listen).await?;
    let stream = TlsConnector::from(tls).connect(host, stream).await?;
    let shown = stream.get_ref().1.peer_certificates().and_then(|chain| chain.first());
    ensure!(shown == Some(&ours), "it shows another certificate");
    Ok(())
}

/// Whether our host key is shown where SFTP is to listen.
pub(super) async fn shows_host_key(config: &Config) -> bool {
    let files = config.host_key_files();
    let Ok(ours) = files.iter().map(|file| host_key::public_key(file)).collect() else {
        return false;
    };
    host_key(config.sftp.listen, ours).await
}

async fn host_key(address: SocketAddr, ours: Vec<String>) -> bool {
    let ssh = client::connect(Arc::default(), address, Ours(ours));
    matches!(timeout(PATIENCE, ssh).await, Ok(Ok(_)))
}

/// Goes on with a server that has one of these keys, in OpenSSH's text, and with no other.
struct Ours(Vec<String>);

impl client::Handler for Ours {
    type Error = russh::Error;

    async fn check_server_key(
        &mut self,
        key: &PublicKeyOrCertificate,
    ) -> Result<bool, Self::Error> {
        Ok(key.public_key().to_openssh().is_ok_and(|shown| self.0.contains(&shown)))
    }
}
