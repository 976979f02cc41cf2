//! Puts the rooms together as the configuration says.
//!
//! The one place that knows how each room is opened; `needed` knows what must be there for that.

use super::host_key::Host;
use super::needed::{self, database, read_key, read_pepper, service};
use crate::auth::{self, Admin, Auth};
use crate::blobs::{Blobs, Keyring};
use crate::catalog::{Conn, Db, Transaction, keys};
use crate::clock::Clock;
use crate::config::{self, Config};
use crate::dav;
use crate::dossier::delivery::Names;
use crate::dossier::retention::{Kept, Retention};
use crate::dossier::{Error, Language};
use crate::net::{self, Certificate};
use crate::sftp;
use crate::vfs::{Quota, Session, Vfs};
use anyhow::{Result, anyhow, ensure};
use bytes::Bytes;
use std::future::Future;
use std::sync::Arc;
use tokio::net::TcpListener;
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
        if config.blobs.service == config::Service::Fs {
            // Into a bucket only `init` looks, which runs before each start.
            needed::no_contents_are_missing(config).await?;
        }
        needed::no_key_is_missing(config).await?;
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
            let mut writer = self.blobs.writer(&identity.recipient())?;
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

/// A door's error, for the operator.
pub(super) fn sentence(error: Error) -> anyhow::Error {
    anyhow!(error.sentence(Language::En))
}
