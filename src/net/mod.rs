//! Connections: taking them in, TLS, HTTP/1.1 and HTTP/2, how many there may be and how slow they may
//! be, and who is at the other end.
//!
//! Knows sockets and nothing of a dossier. What is answered comes from a [`Handler`], so that WebDAV and
//! pages can be had at one port. SSH has a loop of its own and shares who is at the other end
//! ([`client`]) and what counts as one source ([`source`]).

mod answer;
mod bodies;
mod connection;
mod forwarded;
mod pace;
mod proxy;
mod sources;
mod stream;
mod tls;

pub use answer::{Body, Handler};
pub use bodies::Upload;
pub use pace::Times;
pub use proxy::client;
pub use sources::{Full, Place, Sources, source};
pub use tls::{Certificate, fingerprint, self_signed};

use connection::Connections;
use ipnet::IpNet;
use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// How the server is reached and what it bears.
#[derive(Clone, Debug)]
pub struct Config {
    /// What to offer in TLS; `None` is plain HTTP, for loopback and trusted proxies alone.
    pub certificate: Option<Certificate>,
    /// Networks whose word on a client's address is believed: PROXY, `Forwarded`, `X-Forwarded-For`.
    pub trusted_proxies: Vec<IpNet>,
    /// The most connections at once.
    pub connections: usize,
    /// The most of these from one source, and the most requests of it at once; trusted proxies may have
    /// more.
    pub connections_per_source: usize,
    /// How long anything may take.
    pub times: Times,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            certificate: None,
            trusted_proxies: Vec::new(),
            connections: 10_000,
            connections_per_source: 256,
            times: Times::default(),
        }
    }
}

impl Config {
    /// Whether an address is one of the proxies that are believed.
    fn trusts(&self, address: IpAddr) -> bool {
        trusted(&self.trusted_proxies, address)
    }
}

/// Whether an address is in one of the networks.
fn trusted(networks: &[IpNet], address: IpAddr) -> bool {
    networks.iter().any(|network| network.contains(&address))
}

/// How long to wait when no connection can be accepted: no descriptors are left, most likely.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
/// How often it is said that there are too many connections.
const REMIND: Duration = Duration::from_mins(1);

/// Serves HTTP until `stop`; then takes no new connection, and lets running requests end.
///
/// # Errors
/// When the certificate cannot be offered.
pub async fn serve<H: Handler>(
    listener: TcpListener,
    config: Config,
    handler: H,
    stop: CancellationToken,
) -> io::Result<()> {
    let drain = config.times.drain;
    let abort = CancellationToken::new();
    let connections = Connections::new(config, handler, stop.clone(), abort.clone())?;
    let connections = Arc::new(connections);
    let running = TaskTracker::new();
    loop {
        let accepted = tokio::select! {
            () = stop.cancelled() => break,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, peer)) => {
                let peer = peer.ip().to_canonical();
                running.spawn(Arc::clone(&connections).keep(stream, peer));
            }
            Err(failure) => {
                tracing::warn!(%failure, "cannot accept a connection");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
    drop(listener);
    running.close();
    if tokio::time::timeout(drain, running.wait()).await.is_err() {
        abort.cancel();
        running.wait().await;
    }
    Ok(())
}
