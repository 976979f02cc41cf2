//! Puts the rooms together as the configuration says.
//!
//! The one place that knows how each room is opened, and what `init` makes for it.

use super::host_key::Host;
use super::output::word;
use crate::auth::{self, Admin, Auth};
use crate::blobs::{Blobs, Keyring, Service};
use crate::catalog::{Conn, Db, Transaction, credentials, keys};
use crate::clock::Clock;
use crate::config::{self, Config};
use crate::dav;
use crate::dossier::delivery::Names;
use crate::dossier::retention::{Kept, Retention};
use crate::dossier::{Error, Language};
use crate::net::{self, Certificate};
use crate::sftp;
use crate::vfs::{Quota, Session, Vfs};
use anyhow::{Context, Result, anyhow, ensure};
use bytes::Bytes;
use std::future::Future;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio_rustls::rustls::client::WebPkiServerVerifier;
use tokio_rustls::rustls::client::danger::ServerCertVerifier;
use tokio_rustls::rustls::crypto::aws_lc_rs::default_provider as aws_lc_rs_provider;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName, UnixTime, pem::PemObject};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};
use tokio_util::sync::CancellationToken;

/// The rooms, open.
#[derive(Clone, Debug)]
pub(super) struct Gateway {
    pub(super) db: Db,
    pub(super) keyring: Arc<Keyring>,
    blobs: Blobs,
    auth: Auth,
    pub(super) vfs: Vfs,
    clock: Clock,
    /// How long the history is kept.
    pub(super) retention: Retention,
    pub(super) admin: Arc<Admin>,
}

impl Gateway {
    /// Opens what `init` has made.
    pub(super) async fn open(config: &Config) -> Result<Self> {
        Self::open_at(config, Clock::system()).await
    }

    /// The same at another time: the example is made in the past.
    pub(super) async fn open_at(config: &Config, clock: Clock) -> Result<Self> {
        no_key_is_missing(config).await?;
        read_key(&config.master_key_file())?;
        let keyring = Arc::new(Keyring::load(&config.master_key_file())?);
        let pepper = read_pepper(config)?;
        let db = database(config).await?;
        let blobs = Blobs::open(service(config)?, &config.staging_folder()).await?;
        let auth = Auth::new(db.clone(), clock.clone(), pepper, passwords(config));
        let admin = Arc::new(Admin::new(db.clone(), clock.clone(), pepper));
        let quota = Quota { default: config.quota.default.0, history: config.quota.history.0 };
        let names = Names::new(&config.delivery.names);
        let names = names.map_err(|(text, fault)| anyhow!("{text:?}: {fault}"))?;
        let vfs = Vfs::new(db.clone(), blobs.clone(), Arc::clone(&keyring), clock.clone(), quota);
        let vfs = vfs.reading(names).showing_sets_after(config.delivery.set_quiet.0);
        vfs.keep_time().await.map_err(sentence)?;
        let retention = retention(config);
        Ok(Self { db, keyring, blobs, auth, vfs, clock, retention, admin })
    }

    /// Whether database and contents can be read and written now.
    pub(super) async fn probe(&self) -> Result<()> {
        self.db.reader().await.map_err(sentence)?;
        self.db.write(Nothing).await.map_err(sentence)
    }

    /// Whether the master key opens the keys that are sealed under it.
    pub(super) async fn check_keys(&self) -> Result<()> {
        let mut conn = self.db.reader().await.map_err(sentence)?;
        for key in keys::masters(&mut conn).await.map_err(sentence)? {
            self.keyring.open(&key.sealed, &key.master).map_err(|_| {
                anyhow!("master key {} is missing, and keys are sealed under it", key.master)
            })?;
        }
        Ok(())
    }

    /// The time that what is done now is written with, in Unix milliseconds.
    pub(super) fn now(&self) -> i64 {
        self.clock.now()
    }

    /// What the system's clock says, in Unix milliseconds.
    pub(super) fn set_to(&self) -> i64 {
        self.clock.set_to()
    }

    /// A session of the operator in an account's name, which its log shows.
    pub(super) async fn session_for(&self, login: &str) -> Result<Session> {
        let session = match self.vfs.operator_session(login).await {
            Err(Error::NotFound) => {
                return Err(anyhow!(
                    "there is no account {login}: `loondossier account list` names them"
                ));
            }
            found => found.map_err(sentence)?,
        };
        self.vfs.note_looked(&session).await.map_err(sentence)?;
        Ok(session)
    }

    /// Whether contents can be written, read back and deleted: with a content of our own.
    pub(super) async fn check_contents(&self) -> Result<()> {
        let key = self.keyring.new_identity().map_err(sentence)?;
        let identity = self.keyring.open(&key.sealed, &key.master).map_err(sentence)?;
        let written = Bytes::from_static(b"loondossier doctor");
        let check = async {
            let mut writer = self.blobs.writer(&identity.recipient()).await?;
            writer.write(written.clone()).await?;
            let stored = writer.finish().await?;
            let reader =
                self.blobs.reader(&stored.key, &stored.file_key, stored.size, None).await?;
            let read = reader.read_at(0, written.len()).await;
            self.blobs.delete(&stored.key).await?;
            read
        };
        let read = check.await.map_err(sentence)?;
        ensure!(read == written, "what was written is not what is read");
        Ok(())
    }

    /// Ends the sessions whose credential was revoked and what is shared in an engagement that is
    /// over, and clears the history, until `stop`.
    pub(super) async fn watch(self, stop: CancellationToken) -> Result<()> {
        let clearing = self.vfs.maintain_daily(self.retention, stop.clone());
        tokio::join!(self.auth.watch(stop.clone()), self.vfs.watch(stop), clearing);
        Ok(())
    }

    /// WebDAV, until `stop` and what runs then has ended.
    pub(super) fn dav(
        &self,
        config: &Config,
        certificate: Option<Certificate>,
        listener: TcpListener,
        stop: CancellationToken,
    ) -> impl Future<Output = std::io::Result<()>> + Send + 'static {
        let hosts = config.public_host().into_iter().collect();
        let site = dav::Site::new(self.vfs.clone(), self.auth.clone(), hosts);
        let config = net::Config {
            certificate,
            trusted_proxies: config.trusted_proxies.clone(),
            connections: count(config.limits.dav_connections),
            connections_per_source: count(config.limits.dav_connections_per_source),
            ..net::Config::default()
        };
        net::serve(listener, config, site, stop)
    }

    /// SFTP, until `stop` and what runs then has ended.
    pub(super) fn sftp(
        &self,
        config: &Config,
        listener: TcpListener,
        stop: CancellationToken,
    ) -> Result<impl Future<Output = std::io::Result<()>> + Send + 'static> {
        let (limits, trusted_proxies) = (&config.limits, config.trusted_proxies.clone());
        let host = Host::read(config)?;
        let config = sftp::Config {
            host_keys: host.keys,
            host_certificate: host.certificate,
            max_connections_per_account: count(limits.sftp_connections_per_account),
            max_unauthenticated: count(limits.sftp_unauthenticated),
            max_unauthenticated_per_source: count(limits.sftp_unauthenticated_per_source),
            grace: limits.sftp_login_grace.0,
            idle: limits.sftp_idle.0,
            trusted_proxies,
            clock: self.clock.clone(),
        };
        Ok(sftp::serve(listener, self.vfs.clone(), self.auth.clone(), config, stop))
    }
}

/// Where contents lie.
fn service(config: &Config) -> Result<Service> {
    let s3 = &config.blobs;
    Ok(match s3.service {
        config::Service::Fs => Service::Folder(config.blobs_folder().to_owned()),
        config::Service::S3 => Service::S3 {
            bucket: s3.bucket.clone(),
            endpoint: s3.endpoint.clone(),
            region: s3.region.clone(),
            access_key_id: s3.access_key_id.clone(),
            secret_access_key: s3.secret_access_key.read(&s3.secret_access_key_file)?,
            prefix: s3.prefix.clone(),
        },
    })
}

/// How long the history is kept.
fn retention(config: &Config) -> Retention {
    let kept = |kept: &config::Kept| Kept {
        days: count(kept.days),
        weeks: count(kept.weeks),
        months: count(kept.months),
        years: count(kept.years),
    };
    Retention { backups: kept(&config.retention.backups), files: kept(&config.retention.files) }
}

fn passwords(config: &Config) -> auth::Config {
    let usual = auth::Config::default();
    let checks = match config.auth.password_checks {
        0 => usual.checks,
        checks => count(checks),
    };
    auth::Config {
        checks,
        queue: count(config.auth.password_queue),
        wait: config.auth.password_wait.0,
    }
}

fn count(number: u32) -> usize {
    number.try_into().unwrap_or(usize::MAX)
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
    if made(config).await?.is_some() {
        return Ok(false);
    }
    let file = config.sqlite_file();
    Db::sqlite(&file).await.with_context(|| format!("{} cannot be made", file.display()))?;
    Ok(true)
}

/// The database, to be read, if it was made.
async fn made(config: &Config) -> Result<Option<Conn>> {
    if config.database_url()? == "sqlite" && !config.sqlite_file().exists() {
        return Ok(None);
    }
    database(config).await?.reader().await.map(Some).map_err(sentence)
}

/// The contents' folders, made; nothing of S3. Refuses contents, in this place, beside a database that is new:
/// they are another's, and would be cleared away as nobody's.
pub(super) async fn make_contents(config: &Config, place: &str) -> Result<()> {
    let blobs = Blobs::open(service(config)?, &config.staging_folder()).await?;
    if let Some(mut conn) = made(config).await?
        && keys::any(&mut conn).await.map_err(sentence)?
    {
        return Ok(());
    }
    let list = async { blobs.list().await?.page().await };
    let first =
        list.await.map_err(sentence).with_context(|| format!("{place} cannot be listed"))?;
    ensure!(
        first.is_none(),
        "the contents in {place} belong to another database than this, which is new: put theirs back from \
         the backup, or name an empty place for the contents"
    );
    Ok(())
}

/// Refuses to go on without a key that the database needs. A new master key would open none of its keys,
/// and what is sealed under it meanwhile would be lost when the other is put back.
pub(super) async fn no_key_is_missing(config: &Config) -> Result<()> {
    no_pepper_is_missing(config).await?;
    let file = config.master_key_file();
    if file.exists() {
        return Ok(());
    }
    let Some(mut conn) = made(config).await? else { return Ok(()) };
    let sealed = keys::masters(&mut conn).await.map_err(sentence)?;
    let ids: Vec<_> = sealed.iter().map(|key| key.master.as_str()).collect();
    ensure!(
        ids.is_empty(),
        "{} is not there, and the keys in the database are sealed under {}: put it back from where you keep it",
        file.display(),
        ids.join(", ")
    );
    Ok(())
}

/// The same of the pepper: with a new one no password would be right any more.
pub(super) async fn no_pepper_is_missing(config: &Config) -> Result<()> {
    let file = config.pepper_file();
    if file.exists() {
        return Ok(());
    }
    let Some(mut conn) = made(config).await? else { return Ok(()) };
    ensure!(
        !credentials::need_pepper(&mut conn).await.map_err(sentence)?,
        "{} is not there, and the passwords in the database need it: put it back from where you keep it",
        file.display()
    );
    Ok(())
}

/// A new master key in its file.
pub(super) fn make_master_key(file: &Path) -> Result<()> {
    Keyring::create(file).map(drop)
}

/// A new certificate for these hosts, signed by itself, and its key: both PEM.
pub(super) fn new_certificate(hosts: &[String]) -> Result<(String, String)> {
    net::self_signed(hosts)
}

/// The SHA-256 of the first certificate in a file, as browsers and `openssl x509` show it.
pub(super) fn certificate_fingerprint(file: &Path) -> Result<String> {
    let certificate = CertificateDer::from_pem_file(file)
        .with_context(|| format!("{} holds no certificate", file.display()))?;
    Ok(net::fingerprint(&certificate))
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
    ensure!(!open, "{name} can be reached by everybody: run `chmod 600 {}`", word(&name));
    std::fs::read(file).with_context(|| format!("{name} cannot be read"))
}

/// A door's error, for the operator.
pub(super) fn sentence(error: Error) -> anyhow::Error {
    anyhow!(error.sentence(Language::En))
}
