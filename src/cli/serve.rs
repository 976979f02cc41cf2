//! `loondossier serve`: runs the rooms until told to stop, then lets end what runs.

use super::certificate::{self, Files};
use super::gateway::Gateway;
use super::{Exit, notices};
use crate::config::{Config, LogFormat};
use crate::ops::{self, Format, Status, systemd};
use anyhow::{Context, Result, anyhow};
use std::future::Future;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

/// How long what runs may take to end.
const DRAIN: Duration = Duration::from_mins(1);
/// How often the storage is asked whether it is there, and how long it may take to say so.
const PROBE: Duration = Duration::from_secs(3);

/// What serves, each until it is told to stop.
pub(super) type Rooms = JoinSet<Result<()>>;

pub(super) async fn run(config: &Config) -> Result<Exit> {
    let format = match config.ops.log_format {
        LogFormat::Text => Format::Text,
        LogFormat::Json => Format::Json,
    };
    ops::log_to_stderr(format, &config.ops.log_level)?;

    let mut signals = ops::Signals::listen()?;
    let (stop, end) = (CancellationToken::new(), CancellationToken::new());
    let status = Status::default();
    let rooms = open(config, &status, &stop, &end).await?;
    status.set_open(true);
    systemd::say_ready();
    tracing::info!("ready");

    let ended = until_asked(&mut signals, rooms, &stop, || {
        status.set_open(false);
        systemd::say_stopping();
        tracing::info!("stopping: what runs may end");
    });
    let ended = ended.await;
    end.cancel();
    ended.map(|()| Exit::Done)
}

/// Lets the rooms run until the process is asked to stop or one of them ends; then tells `stopping`,
/// and lets end what runs.
pub(super) async fn until_asked(
    signals: &mut ops::Signals,
    mut rooms: Rooms,
    stop: &CancellationToken,
    stopping: impl FnOnce(),
) -> Result<()> {
    let ended = tokio::select! {
        () = signals.asked_to_stop() => Ok(()),
        room = rooms.join_next() => Err(why(room)),
    };
    stopping();
    stop.cancel();
    let drained = tokio::select! {
        all = timeout(DRAIN, async { while rooms.join_next().await.is_some() {} }) => all.is_ok(),
        () = signals.asked_to_stop() => false,
    };
    if !drained {
        tracing::warn!("stopped before all that ran had ended");
    }
    ended
}

/// Opens everything and begins to serve. Health and the watchdog go on until `end`, the rooms until
/// `stop`.
async fn open(
    config: &Config,
    status: &Status,
    stop: &CancellationToken,
    end: &CancellationToken,
) -> Result<Rooms> {
    let gateway = Gateway::open(config).await?;
    gateway.probe().await.context("the storage does not answer")?;
    gateway.check_keys().await?;
    status.storage_answered();

    let mut sockets = systemd::Sockets::from_env()?;
    let ops = sockets.take_or_bind("ops", config.ops.listen).await?;
    let dav = sockets.take_or_bind("https", config.dav.listen).await?;
    let sftp = sockets.take_or_bind("sftp", config.sftp.listen).await?;
    for (room, listener) in [("ops", &ops), ("webdav", &dav), ("sftp", &sftp)] {
        tracing::info!(room, address = %listener.local_addr()?, "listening");
    }
    aside(ops::serve(ops, status.clone(), end.clone()), end);
    aside(systemd::feed_watchdog(status.clone()), end);
    aside(probe(gateway.clone(), status.clone()), end);
    let telling = notices::telling(config, &gateway.vfs, stop)?;
    let mut rooms = rooms(gateway, config, dav, sftp, stop)?;
    for channel in telling {
        rooms.spawn(async move {
            channel.await;
            Ok(())
        });
    }
    Ok(rooms)
}

/// Begins to serve WebDAV and SFTP, until `stop`.
pub(super) fn rooms(
    gateway: Gateway,
    config: &Config,
    dav: TcpListener,
    sftp: TcpListener,
    stop: &CancellationToken,
) -> Result<Rooms> {
    let files = config.tls_files().map(|(cert, key)| Files { cert, key });
    let certificate = files.map(Files::open).transpose()?;
    let served = certificate.as_ref().map(|certificate| certificate.served.clone());
    let dav = gateway.dav(config, served, dav, stop.clone());
    let sftp = gateway.sftp(config, sftp, stop.clone())?;
    let mut rooms = JoinSet::new();
    rooms.spawn(async move { dav.await.context("WebDAV") });
    rooms.spawn(async move { sftp.await.context("SFTP") });
    rooms.spawn(gateway.watch(stop.clone()));
    if let Some(certificate) = certificate {
        aside(certificate.follow(ops::Reloads::listen()?, certificate::LOOK), stop);
    }
    Ok(rooms)
}

/// Asks the storage again and again; `/readyz` and the watchdog go by its answers.
async fn probe(gateway: Gateway, status: Status) {
    let mut tick = tokio::time::interval(PROBE);
    loop {
        tick.tick().await;
        match timeout(PROBE, gateway.probe()).await {
            Ok(Ok(())) => status.storage_answered(),
            Ok(Err(cause)) => tracing::warn!(%cause, "the storage does not answer"),
            Err(_) => tracing::warn!("the storage takes too long"),
        }
    }
}

/// Runs beside the rooms, until `end`.
fn aside(work: impl Future<Output = ()> + Send + 'static, end: &CancellationToken) {
    let end = end.clone();
    tokio::spawn(async move { end.run_until_cancelled_owned(work).await });
}

/// Why a room ended that should not have.
fn why(room: Option<std::result::Result<Result<()>, tokio::task::JoinError>>) -> anyhow::Error {
    match room {
        Some(Ok(Err(cause))) => cause,
        Some(Err(cause)) => anyhow::Error::from(cause),
        Some(Ok(Ok(()))) | None => anyhow!("a part ended by itself"),
    }
}
