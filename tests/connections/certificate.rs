//! A certificate is renewed while it is served.

use crate::common::server::Server;
use crate::common::{PASSWORD, eventually, program};
use crate::{FILE, head_of};
use loondossier::net;
use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::crypto::aws_lc_rs::default_provider;
use tokio_rustls::rustls::pki_types::{CertificateDer, pem::PemObject};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

/// TLS over a connection, which takes this certificate (PEM) and no other.
pub(crate) async fn encrypt(stream: TcpStream, cert: &[u8]) -> io::Result<TlsStream<TcpStream>> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(cert).unwrap()).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = "localhost".try_into().unwrap();
    TlsConnector::from(Arc::new(config)).connect(name, stream).await
}

async fn connect(host: SocketAddr, cert: &Path) -> TlsStream<TcpStream> {
    let stream = TcpStream::connect(host).await.unwrap();
    encrypt(stream, &std::fs::read(cert).unwrap()).await.unwrap()
}

/// Whether the certificate in this file is what a new connection is shown.
fn is_served(host: SocketAddr, cert: &Path) -> bool {
    let url = format!("https://localhost:{}/", host.port());
    let at = format!("localhost:{}:{}", host.port(), host.ip());
    let mut curl = Command::new(program("curl"));
    curl.args(["-sS", "-X", "OPTIONS", "--resolve", &at, "--cacert"]).arg(cert).arg(url);
    curl.output().unwrap().status.success()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_renewed_certificate_is_served_without_a_restart_and_a_broken_one_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let mut server = Server::make(folder.path(), &path("data"));
    let config = std::fs::read_to_string(path("loondossier.toml")).unwrap();
    std::fs::write(path("loondossier.toml"), config.replace("\"off\"", "\"self-signed\"")).unwrap();
    server.runs(&["init"]);
    let log = path("log");
    let into_log = format!("exec \"$@\" 2>'{}'", log.display());
    server.start_under(&["sh", "-c", &into_log, "sh"]).await;
    let logged = |line: &str| std::fs::read_to_string(&log).unwrap().matches(line).count();
    let look_again = || {
        let pid = server.pid().to_string();
        assert!(Command::new("kill").args(["-HUP", &pid]).status().unwrap().success());
    };

    let (cert, key) = (path("data/keys/tls.crt"), path("data/keys/tls.key"));
    let old = path("old.crt");
    std::fs::copy(&cert, &old).unwrap();
    let content = vec![b'x'; 30_000_000];
    let mut uploading = connect(server.dav, &old).await;
    let put = head_of("PUT", FILE, "Content-Length: 30000000\r\nConnection: close\r\n", PASSWORD);
    uploading.write_all(put.as_bytes()).await.unwrap();
    uploading.write_all(&content).await.unwrap();
    uploading.read_to_end(&mut Vec::new()).await.unwrap();
    let mut downloading = connect(server.dav, &old).await;
    let get = head_of("GET", FILE, "Connection: close\r\n", PASSWORD);
    downloading.write_all(get.as_bytes()).await.unwrap();
    downloading.read_exact(&mut [0; 1000]).await.unwrap();

    let (new_cert, new_key) = net::self_signed(&["localhost".to_owned()]).unwrap();
    std::fs::write(&cert, &new_cert).unwrap();
    look_again();
    eventually("it is said", async || logged("does not fit: the one before stays") > 0).await;
    assert!(is_served(server.dav, &old) && !is_served(server.dav, &cert));
    look_again();

    // At once, as what renews certificates does it: half a key would be told as well.
    let mode = std::fs::metadata(&key).unwrap().permissions();
    std::fs::write(path("new.key"), &new_key).unwrap();
    std::fs::set_permissions(path("new.key"), mode).unwrap();
    std::fs::rename(path("new.key"), &key).unwrap();
    look_again();
    eventually("it is renewed", async || logged("the certificate was renewed") > 0).await;
    assert!(is_served(server.dav, &cert) && !is_served(server.dav, &old));
    assert_eq!(logged("does not fit"), 1, "and said once");

    let mut rest = Vec::new();
    downloading.read_to_end(&mut rest).await.unwrap();
    assert!(rest.len() + 1000 > content.len(), "the download ended whole: {}", rest.len());
    assert!(server.stop().await);
}
