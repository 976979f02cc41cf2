//! WebDAV class 1 and 2 (RFC 4918) over HTTP/1.1 and HTTP/2.
//!
//! A thin translation: headers and XML to verbs of the door and back. Knows `vfs`, `auth` and the
//! rules' errors; must not know the catalog, the blobs or another protocol, and decides nothing
//! about who may see what. dav-server streams files (`get`); everything else is done here, because
//! its other handlers delete before they replace, recurse into XML, and take no errors of ours.

mod address;
mod auth;
mod conditions;
mod conn;
mod front;
mod get;
mod guard;
mod if_header;
mod locks;
mod mime;
mod multistatus;
mod path;
mod propfind;
mod proppatch;
mod props;
mod put;
mod range;
mod relocate;
mod status;
mod tls;
mod upload;
mod xml;

pub use tls::{self_signed, tls_config};

use crate::auth::Auth;
use crate::vfs::Vfs;
use bytes::Bytes;
use front::Site;
use http::{Response, StatusCode};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full};
use ipnet::IpNet;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio_rustls::rustls::ServerConfig;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// How the server is reached and what it bears.
#[derive(Clone, Debug)]
pub struct Config {
    /// What to offer in TLS; `None` is plain HTTP, for loopback and trusted proxies alone.
    pub tls: Option<Arc<ServerConfig>>,
    /// Hosts, besides the request's own, that a `Destination` may name.
    pub public_hosts: Vec<String>,
    /// Networks whose `Forwarded` and `X-Forwarded-For` are believed.
    pub trusted_proxies: Vec<IpNet>,
    /// The most connections of one source at once; trusted proxies may have more.
    pub connections_per_source: usize,
    /// How long running requests may take to end after the stop.
    pub drain: Duration,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            tls: None,
            public_hosts: Vec::new(),
            trusted_proxies: Vec::new(),
            connections_per_source: 256,
            drain: Duration::from_mins(1),
        }
    }
}

/// How long to wait when no connection can be accepted: no descriptors are left, most likely.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Serves WebDAV until `stop`; then takes no new connection, and lets running requests end.
///
/// # Errors
/// When the listener cannot say where it listens.
pub async fn serve(
    listener: TcpListener,
    vfs: Vfs,
    auth: Auth,
    config: Config,
    stop: CancellationToken,
) -> io::Result<()> {
    tracing::info!(address = %listener.local_addr()?, "WebDAV listens");
    let site = Arc::new(Site { vfs, auth, config, files: get::files() });
    let (http, sources) = (conn::http(), conn::Sources::default());
    let (connections, abort) = (TaskTracker::new(), CancellationToken::new());
    loop {
        let accepted = tokio::select! {
            () = stop.cancelled() => break,
            accepted = listener.accept() => accepted,
        };
        let (stream, peer) = match accepted {
            Ok((stream, peer)) => (stream, peer.ip().to_canonical()),
            Err(failure) => {
                tracing::warn!(%failure, "cannot accept a connection");
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        let trusted = address::is_in(&site.config.trusted_proxies, peer);
        // A password in the clear goes no further than this machine or the proxy's network.
        if site.config.tls.is_none() && !trusted && !peer.is_loopback() {
            continue;
        }
        let most = if trusted { usize::MAX } else { site.config.connections_per_source };
        let Some(place) = sources.enter(peer, most) else {
            continue;
        };
        drop(stream.set_nodelay(true));
        let served =
            conn::serve(stream, peer, Arc::clone(&site), http.clone(), stop.clone(), abort.clone());
        connections.spawn(async move {
            served.await;
            drop(place);
        });
    }
    drop(listener);
    connections.close();
    if tokio::time::timeout(site.config.drain, connections.wait()).await.is_err() {
        abort.cancel();
        connections.wait().await;
    }
    Ok(())
}

/// The body of every answer.
type Body = UnsyncBoxBody<Bytes, io::Error>;

/// A body that is there as a whole.
fn full(text: String) -> Body {
    Full::from(text).map_err(|never| match never {}).boxed_unsync()
}

/// An answer without a body.
fn empty(status: StatusCode) -> Response<Body> {
    let mut response = Response::new(full(String::new()));
    *response.status_mut() = status;
    response
}
