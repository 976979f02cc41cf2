//! Puts the rooms together as the configuration says.
//!
//! The one place that knows how each room is opened, and what `init` makes for it.

use super::Exit;
use crate::auth::Auth;
use crate::catalog::{Conn, Db, Transaction, health};
use crate::config::Config;
use crate::dossier::{Error, Language};
use crate::vfs::{Session, Vfs};
use anyhow::{Context, Result, anyhow, ensure};
use russh::keys::{HashAlg, PrivateKey, ssh_key};
use std::future::Future;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio_rustls::rustls::RootCertStore;
use tokio_rustls::rustls::client::WebPkiServerVerifier;
use tokio_rustls::rustls::client::danger::ServerCertVerifier;
use tokio_rustls::rustls::crypto::aws_lc_rs::default_provider as aws_lc_rs_provider;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName, UnixTime, pem::PemObject};
use tokio_util::sync::CancellationToken;

/// The rooms, open.
#[derive(Clone, Debug)]
pub(super) struct Gateway {
    db: Db,
    pub(super) vfs: Vfs,
    auth: Auth,
}

impl Gateway {
    /// Opens what `init` has made.
    pub(super) async fn open(config: &Config) -> Result<Self> {
        read_key(&config.master_key_file())?;
        read_pepper(config)?;
        Ok(Self { db: database(config).await?, vfs: Vfs {}, auth: Auth {} })
    }

    /// Whether database and contents can be read and written now.
    pub(super) async fn probe(&self) -> Result<()> {
        self.db.reader().await.map_err(sentence)?;
        self.db.write(Nothing).await.map_err(sentence)
    }

    /// Whether the master key opens the keys that are sealed under it.
    pub(super) async fn check_keys(&self) -> Result<()> {
        let mut conn = self.db.reader().await.map_err(sentence)?;
        health::masters(&mut conn).await.map_err(sentence).map(drop)
    }

    /// When something last happened, in Unix milliseconds.
    pub(super) async fn last_event(&self) -> Result<Option<i64>> {
        let mut conn = self.db.reader().await.map_err(sentence)?;
        health::last_event(&mut conn).await.map_err(sentence)
    }

    /// A session of the operator in an account's name, which its log shows.
    pub(super) async fn session_for(&self, login: &str) -> Result<Session> {
        Err(anyhow!("there is no account {login}"))
    }

    /// Ends the sessions whose credential was revoked, until `stop`.
    pub(super) async fn watch(self, stop: CancellationToken) -> Result<()> {
        stop.cancelled().await;
        Ok(())
    }

    /// WebDAV, until `stop` and what runs then has ended.
    pub(super) fn dav(
        &self,
        _config: &Config,
        _listener: TcpListener,
        stop: CancellationToken,
    ) -> Result<impl Future<Output = Result<()>> + Send + 'static> {
        Ok(async move {
            stop.cancelled().await;
            Ok(())
        })
    }

    /// SFTP, until `stop` and what runs then has ended.
    pub(super) fn sftp(
        &self,
        config: &Config,
        _listener: TcpListener,
        stop: CancellationToken,
    ) -> Result<impl Future<Output = Result<()>> + Send + 'static> {
        read_key(&config.host_key_file())?;
        Ok(async move {
            stop.cancelled().await;
            Ok(())
        })
    }
}

/// The example dossier, made or continued in `dir`, and served.
pub(super) async fn demo(dir: &Path, dav: SocketAddr, sftp: SocketAddr) -> Result<Exit> {
    Err(anyhow!("no example in {} for {dav} and {sftp} yet", dir.display()))
}

/// Changes nothing, and yet needs a database that can be written.
struct Nothing;

impl Transaction for Nothing {
    type Output = ();

    async fn run(&self, _: &mut Conn) -> crate::dossier::Result<()> {
        Ok(())
    }
}

/// The database, which must be there.
pub(super) async fn database(config: &Config) -> Result<Db> {
    let url = config.database_url()?;
    if url != "sqlite" {
        return Db::postgres(&url).await.context("the database does not answer");
    }
    let file = config.sqlite_file();
    ensure!(file.exists(), "{} is not there: run `loondossier init`", file.display());
    Db::sqlite(&file).await.with_context(|| format!("{} cannot be used", file.display()))
}

/// The database, made if it is a file that is not there; migrated. Whether it was made.
pub(super) async fn make_database(config: &Config) -> Result<bool> {
    if config.database_url()? != "sqlite" {
        return database(config).await.map(|_| false);
    }
    let file = config.sqlite_file();
    let new = !file.exists();
    Db::sqlite(&file).await.with_context(|| format!("{} cannot be made", file.display()))?;
    Ok(new)
}

/// Whether contents can be written, read back and deleted: with a content of our own.
pub(super) async fn check_contents(config: &Config) -> Result<()> {
    let probe = config.staging_folder().join("probe");
    tokio::fs::write(&probe, b"probe").await?;
    Ok(tokio::fs::remove_file(&probe).await?)
}

/// A new master key, as its file holds it.
pub(super) fn new_master_key() -> Result<Vec<u8>> {
    use age::secrecy::ExposeSecret;
    Ok(age::x25519::Identity::generate().to_string().expose_secret().as_bytes().to_vec())
}

/// A new pepper: 32 random bytes.
pub(super) fn new_pepper() -> Result<Vec<u8>> {
    let mut pepper = vec![0; 32];
    aws_lc_rs::rand::fill(&mut pepper).map_err(|_| anyhow!("the system gives no randomness"))?;
    Ok(pepper)
}

/// A new SSH host key, ed25519, as its file holds it.
pub(super) fn new_host_key() -> Result<Vec<u8>> {
    let mut seed = [0; 32];
    aws_lc_rs::rand::fill(&mut seed).map_err(|_| anyhow!("the system gives no randomness"))?;
    let pair = ssh_key::private::Ed25519Keypair::from_seed(&seed);
    Ok(PrivateKey::from(pair).to_openssh(ssh_key::LineEnding::LF)?.as_bytes().to_vec())
}

/// The fingerprint of the SSH host key, as OpenSSH shows it.
pub(super) fn host_key_fingerprint(file: &Path) -> Result<String> {
    let key = PrivateKey::from_openssh(read_key(file)?)
        .with_context(|| format!("{} is no OpenSSH private key", file.display()))?;
    Ok(key.fingerprint(HashAlg::Sha256).to_string())
}

/// A new certificate for these hosts, signed by itself, and its key: both PEM.
pub(super) fn new_certificate(hosts: Vec<String>) -> Result<(Vec<u8>, Vec<u8>)> {
    let made = rcgen::generate_simple_self_signed(hosts)?;
    Ok((made.cert.pem().into_bytes(), made.signing_key.serialize_pem().into_bytes()))
}

/// The SHA-256 of the first certificate in a file, as browsers and `openssl x509` show it.
pub(super) fn certificate_fingerprint(file: &Path) -> Result<String> {
    use sha2::{Digest, Sha256};
    let certificate = CertificateDer::from_pem_file(file)
        .with_context(|| format!("{} holds no certificate", file.display()))?;
    let hex: Vec<String> =
        Sha256::digest(&certificate).iter().map(|b| format!("{b:02X}")).collect();
    Ok(hex.join(":"))
}

/// Whether a client that trusts the last certificate in a file would take the first for this host at
/// this time, in Unix milliseconds.
pub(super) fn check_certificate(file: &Path, host: &str, at: i64) -> Result<()> {
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

/// The pepper.
pub(super) fn read_pepper(config: &Config) -> Result<[u8; 32]> {
    let file = config.pepper_file();
    let pepper = read_key(&file)?;
    pepper.try_into().map_err(|_| anyhow!("{} does not hold 32 bytes", file.display()))
}

/// What a key's file holds; refused when others than its owner and group can reach it.
pub(super) fn read_key(file: &Path) -> Result<Vec<u8>> {
    let name = file.display();
    let metadata = match std::fs::metadata(file) {
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
            Err(anyhow!("{name} is not there: run `loondossier init`"))
        }
        other => other.with_context(|| format!("{name} cannot be read")),
    }?;
    let open = metadata.permissions().mode() & 0o007 != 0;
    ensure!(!open, "{name} can be reached by everybody: run `chmod 600 {name}`");
    std::fs::read(file).with_context(|| format!("{name} cannot be read"))
}

/// A door's error, for the operator.
pub(super) fn sentence(error: Error) -> anyhow::Error {
    anyhow!(error.sentence(Language::En))
}
