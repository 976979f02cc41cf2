//! SFTP: a thin translation between the wire and the vfs.
//!
//! Knows SSH (russh), SFTP version 3 and the clients' habits, `vfs`, `auth`. Must not know the
//! catalog, the blobs or WebDAV, and decides nothing about who may see what.
//!
//! From the socket inwards: [`serve`] takes connections in and ends them; `ssh` opens channels for who
//! `signing` lets in; `channel` runs what is started on one; `transfer` is the loop of an SFTP session, with
//! `codec` and `reply` for the frames and `order` for which request waits for which; `requests` and
//! `extended` do them.

mod ahead;
mod attrs;
mod budget;
mod channel;
mod codec;
mod connection;
mod exec;
mod extended;
mod extensions;
#[cfg(test)]
pub(crate) mod fuzzing;
mod handles;
mod host;
mod left;
mod limits;
mod order;
mod reply;
mod requests;
mod rest;
mod signing;
mod ssh;
mod status;
mod stream;
mod transfer;
mod words;
mod writer;

pub use host::{fingerprint, load_host_certificate, load_host_key, new_host_key};

use crate::auth::{Auth, Origin};
use crate::clock::Clock;
use crate::net;
use crate::vfs::{Protocol, Vfs};
use connection::Connection;
use ipnet::IpNet;
use limits::Limits;
use rest::Rest;
use russh::Disconnect;
use russh::keys::{Certificate, PrivateKey};
use russh::server::{RunningSession, run_stream};
use ssh::Ssh;
use std::io;
use std::net::IpAddr;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, Once, OnceLock};
use std::time::Duration;
use stream::{Prompt, Severable};
use tokio::io::BufReader;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Instant, MissedTickBehavior, timeout, timeout_at};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// What is read from a socket at once, in bytes: russh reads each packet in two small pieces.
const READ_BUFFER: usize = 64 * 1024;
/// How often it is checked that a credential still holds.
const CHECK: Duration = Duration::from_secs(1);
/// How long a client is given to go by itself.
const LEAVE: Duration = Duration::from_secs(1);
/// How long sessions are given to do what was asked when the server stops.
const DRAIN: Duration = Duration::from_mins(1);

/// How SFTP is served.
#[derive(Clone, Debug)]
pub struct Config {
    /// The server's keys; clients that know one of them connect without a question.
    pub host_keys: Vec<PrivateKey>,
    /// Of one of them, for clients that trust who signed it.
    pub host_certificate: Option<Certificate>,
    /// Connections of one account.
    pub max_connections_per_account: usize,
    /// Connections on which nobody has signed in.
    pub max_unauthenticated: usize,
    /// Of these, from one source: an IPv4 address or an IPv6 /64.
    pub max_unauthenticated_per_source: usize,
    /// How long signing in may take.
    pub grace: Duration,
    /// How long a connection may do nothing, and twice as long where a file is open; and how long it may
    /// take nothing of what was asked for.
    pub idle: Duration,
    /// Networks whose word on a client's address is believed, in the PROXY protocol.
    pub trusted_proxies: Vec<IpNet>,
    /// Where the time comes from, for listings.
    pub clock: Clock,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            host_keys: Vec::new(),
            host_certificate: None,
            max_connections_per_account: 20,
            max_unauthenticated: 100,
            max_unauthenticated_per_source: 10,
            grace: Duration::from_secs(30),
            idle: Duration::from_mins(15),
            trusted_proxies: Vec::new(),
            clock: Clock::default(),
        }
    }
}

/// What all connections have in common.
struct Server {
    vfs: Vfs,
    auth: Auth,
    clock: Clock,
    limits: Arc<Limits>,
    ssh: Arc<russh::server::Config>,
    trusted_proxies: Vec<IpNet>,
    grace: Duration,
    idle: Duration,
    stop: CancellationToken,
}

/// Serves SFTP until `stop` is cancelled, then until what the sessions were asked is done, at most a
/// minute.
///
/// # Errors
/// None now: a connection that cannot be taken in is logged, and the next one is waited for.
pub async fn serve(
    listener: TcpListener,
    vfs: Vfs,
    auth: Auth,
    config: Config,
    stop: CancellationToken,
) -> io::Result<()> {
    let limits = Limits::new(
        config.max_unauthenticated,
        config.max_unauthenticated_per_source,
        config.max_connections_per_account,
    );
    let server = Arc::new(Server {
        vfs,
        auth,
        clock: config.clock,
        limits,
        ssh: Arc::new(russh::server::Config {
            certificates: config.host_certificate.into_iter().collect(),
            ..ssh::config(config.host_keys, config.idle)
        }),
        trusted_proxies: config.trusted_proxies,
        grace: config.grace,
        idle: config.idle,
        stop: stop.clone(),
    });
    let connections = TaskTracker::new();
    loop {
        let (socket, peer) = tokio::select! {
            () = stop.cancelled() => break,
            accepted = listener.accept() => match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    tracing::warn!(%error, "cannot take in an sftp connection");
                    tokio::time::sleep(CHECK).await;
                    continue;
                }
            },
        };
        connections.spawn(Arc::clone(&server).take_in(socket, peer.ip().to_canonical()));
    }
    drop(listener);
    connections.close();
    connections.wait().await;
    Ok(())
}

impl Server {
    /// Takes a connection in, if there is room for who is at the other end, and keeps it until nothing
    /// of it is left.
    async fn take_in(self: Arc<Self>, mut socket: TcpStream, peer: IpAddr) {
        let deadline = Instant::now() + self.grace;
        let limit = net::Times::default().proxy.min(self.grace);
        let address = tokio::select! {
            address = net::client(&mut socket, peer, &self.trusted_proxies, limit) => address,
            () = self.stop.cancelled() => return,
        };
        let address = match address {
            Ok(address) => address,
            Err(error) => {
                tracing::debug!(%peer, %error, "a proxy does not say for whom it is");
                return;
            }
        };
        let Some(stranger) = self.limits.enter(address) else {
            tracing::debug!(ip = %address, "too many sftp connections before signing in");
            return;
        };
        let connection = Arc::new(Connection {
            vfs: self.vfs.clone(),
            auth: self.auth.clone(),
            clock: self.clock.clone(),
            origin: Origin { protocol: Protocol::Sftp, address },
            limits: Arc::clone(&self.limits),
            stranger: Mutex::new(Some(stranger)),
            member: OnceLock::new(),
            signed_in: CancellationToken::new(),
            stop: self.stop.clone(),
            cut: CancellationToken::new(),
            channels: TaskTracker::new(),
            rest: Rest::new(self.idle),
            told: Once::new(),
        });
        keep(socket, connection, Arc::clone(&self.ssh), deadline).await;
    }
}

/// Keeps one connection from its first byte until nothing of it is left.
async fn keep(
    socket: TcpStream,
    connection: Arc<Connection>,
    ssh: Arc<russh::server::Config>,
    deadline: Instant,
) {
    let ip = connection.origin.address;
    tracing::debug!(%ip, "sftp connection");
    if let Err(error) = socket.set_nodelay(true) {
        tracing::debug!(%ip, %error, "sftp connection without nodelay");
    }
    let stream =
        BufReader::with_capacity(READ_BUFFER, Severable::new(Prompt(socket), &connection.cut));
    let handler = Ssh::new(Arc::clone(&connection));
    // Until somebody has signed in there is nothing to finish.
    let begun = tokio::select! {
        begun = timeout_at(deadline, run_stream(ssh, stream, handler)) => begun,
        () = connection.stop.cancelled() => return,
    };
    let running = match begun {
        Ok(Ok(running)) => running,
        Ok(Err(error)) => return tell_end(ip, &error),
        Err(_) => return tracing::debug!(%ip, "sftp connection without ssh"),
    };
    let ended = attend(running, &connection, deadline).await;
    connection.cut.cancel();
    connection.channels.close();
    connection.channels.wait().await;
    match ended {
        Ok(()) => tracing::debug!(%ip, "sftp connection ended"),
        Err(error) => tell_end(ip, &error),
    }
}

/// Who is closed for what it sent is told of; who went, or fell silent, is not worth a line.
fn tell_end(ip: IpAddr, error: &russh::Error) {
    use russh::Error::{
        ConnectionTimeout, Disconnect, HUP, IO, InactivityTimeout, KeepaliveTimeout,
    };
    match error {
        ConnectionTimeout | Disconnect | HUP | IO(_) | InactivityTimeout | KeepaliveTimeout => {
            tracing::debug!(%ip, %error, "sftp connection ended");
        }
        _ => tracing::info!(%ip, %error, "closed: an sftp client sent what is no ssh"),
    }
}

/// Watches a connection: that somebody signs in in time, that the credential holds, that the server
/// goes on.
async fn attend(
    running: RunningSession<Ssh>,
    connection: &Connection,
    deadline: Instant,
) -> Result<(), russh::Error> {
    let handle = running.handle();
    tokio::pin!(running);
    tokio::select! {
        ended = &mut running => return ended,
        () = tokio::time::sleep_until(deadline) => return Ok(()),
        () = connection.stop.cancelled() => return Ok(()),
        () = connection.signed_in.cancelled() => {}
    }
    let mut check = tokio::time::interval(CHECK);
    check.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let reason = loop {
        tokio::select! {
            ended = &mut running => return ended,
            () = connection.cut.cancelled() => return Ok(()),
            _ = check.tick() => {
                let alive = |(session, _): &(Arc<crate::vfs::Session>, _)| {
                    session.alive.load(Ordering::Acquire)
                };
                let member = connection.member.get();
                if !member.is_some_and(alive) {
                    break "access has ended";
                }
                if connection.rest.is_over(Instant::now()) {
                    let (ip, login) = (connection.origin.address, member.map(|m| &m.0.login));
                    tracing::info!(%ip, login, "ended: an sftp client did nothing for too long");
                    break "nothing was done for too long";
                }
            }
            () = connection.stop.cancelled() => {
                connection.channels.close();
                drop(timeout(DRAIN, connection.channels.wait()).await);
                break "the server stops";
            }
        }
    };
    let goodbye = async {
        handle.disconnect(Disconnect::ByApplication, reason.to_owned(), String::new()).await?;
        (&mut running).await
    };
    timeout(LEAVE, goodbye).await.unwrap_or(Ok(()))
}
