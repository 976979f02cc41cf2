//! One connection: who it is from, TLS, HTTP/1 or HTTP/2, and how it ends.

use super::answer::{Handler, MAX_HEADER_BYTES, MAX_HEADERS, answer};
use super::pace::{Over, Progress};
use super::sources::{Full, Place, Sources};
use super::stream::Impatient;
use super::{Certificate, Config, REMIND, forwarded, proxy};
use http::HeaderMap;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use std::convert::Infallible;
use std::net::IpAddr;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep, sleep_until, timeout};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

/// How long after a stop the first request of a connection may still come.
const LAST_REQUEST: Duration = Duration::from_secs(1);
/// What is read and written at once, and so what a client without credentials can make us hold.
const BUFFER: usize = 64 * 1024;

/// What all connections have in common.
pub(super) struct Connections<H> {
    config: Config,
    tls: Option<TlsAcceptor>,
    http: Builder<TokioExecutor>,
    sources: Sources,
    /// The same of requests: HTTP/2 has many in one connection, and gives nobody more at once.
    requests: Sources,
    pub(super) handler: Arc<H>,
    /// Takes no new request.
    stop: CancellationToken,
    /// Ends at once.
    abort: CancellationToken,
    /// When it was last said that there are too many.
    reminded: Mutex<Option<Instant>>,
}

/// HTTP with our limits. How long a head may take is up to [`Impatient`]: here a connection that rests
/// would be one whose head is late.
fn http() -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(None)
        .max_buf_size(BUFFER)
        .max_headers(MAX_HEADERS);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(100)
        .max_header_list_size(MAX_HEADER_BYTES)
        .max_pending_accept_reset_streams(20)
        .max_local_error_reset_streams(100)
        .initial_stream_window_size(1024 * 1024)
        .initial_connection_window_size(4 * 1024 * 1024)
        .keep_alive_interval(Duration::from_secs(30))
        .keep_alive_timeout(Duration::from_secs(20));
    builder
}

impl<H: Handler> Connections<H> {
    pub(super) fn new(
        config: Config,
        handler: H,
        stop: CancellationToken,
        abort: CancellationToken,
    ) -> std::io::Result<Self> {
        let tls = config.certificate.as_ref().map(Certificate::offered);
        Ok(Self {
            tls: tls.transpose().map_err(std::io::Error::other)?.map(TlsAcceptor::from),
            http: http(),
            sources: Sources::new(config.connections),
            requests: Sources::new(config.connections),
            handler: Arc::new(handler),
            stop,
            abort,
            reminded: Mutex::default(),
            config,
        })
    }

    /// Serves a connection until it ends.
    pub(super) async fn keep(self: Arc<Self>, mut stream: TcpStream, peer: IpAddr) {
        // A password in the clear goes no further than this machine or the proxy's network.
        if self.tls.is_none() && !self.config.trusts(peer) && !peer.is_loopback() {
            tracing::debug!(%peer, "hung up on: without TLS only loopback and trusted proxies are served");
            return;
        }
        let limit = self.config.times.proxy;
        let client = tokio::select! {
            client = proxy::client(&mut stream, peer, &self.config.trusted_proxies, limit) => client,
            () = self.last_request() => return,
        };
        let client = match client {
            Ok(client) => client,
            Err(failure) => {
                tracing::debug!(%peer, %failure, "a proxy does not say for whom it is");
                return;
            }
        };
        let Some(_place) = self.enter(client) else {
            return;
        };
        drop(stream.set_nodelay(true));
        tokio::select! {
            () = self.encrypt(stream, client) => {}
            () = self.abort.cancelled() => {}
        }
    }

    /// Whose request of a peer it is.
    pub(super) fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        forwarded::client(peer, headers, &self.config.trusted_proxies)
    }

    /// A place for one more request of a client.
    pub(super) fn ask(&self, client: IpAddr) -> Option<Place> {
        let place = self.requests.enter(client, self.most(client));
        place.inspect_err(|full| tracing::debug!(%client, ?full, "too many requests")).ok()
    }

    fn most(&self, client: IpAddr) -> usize {
        let trusted = self.config.trusts(client);
        if trusted { usize::MAX } else { self.config.connections_per_source }
    }

    fn enter(&self, client: IpAddr) -> Option<Place> {
        let full = match self.sources.enter(client, self.most(client)) {
            Ok(place) => return Some(place),
            Err(full) => full,
        };
        tracing::debug!(%client, ?full, "too many connections");
        if full == Full::Everywhere {
            let mut reminded = self.reminded.lock().unwrap_or_else(PoisonError::into_inner);
            if reminded.is_none_or(|at| at.elapsed() > REMIND) {
                *reminded = Some(Instant::now());
                tracing::warn!(most = self.config.connections, "too many connections of HTTP");
            }
        }
        None
    }

    async fn encrypt(self: &Arc<Self>, stream: TcpStream, client: IpAddr) {
        let progress = Progress::new(self.config.times);
        let stream = Impatient::new(stream, Arc::clone(&progress));
        let Some(tls) = &self.tls else {
            return self.speak(stream, client, progress).await;
        };
        let shaken = tokio::select! {
            shaken = tls.accept(stream) => shaken,
            () = self.last_request() => return,
        };
        match shaken {
            Ok(stream) => self.speak(stream, client, progress).await,
            Err(failure) => tracing::debug!(%client, %failure, "no TLS"),
        }
    }

    async fn speak<S>(self: &Arc<Self>, stream: S, client: IpAddr, progress: Arc<Progress>)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let service = service_fn(|request| {
            let (connections, progress) = (Arc::clone(self), Arc::clone(&progress));
            async move { Ok::<_, Infallible>(answer(connections, client, progress, request).await) }
        });
        let mut connection = pin!(self.http.serve_connection(TokioIo::new(stream), service));
        let mut seen = progress.asked.subscribe();
        // What is on its way to a connection that was just taken in is still answered.
        let stopping = async {
            self.stop.cancelled().await;
            drop(timeout(LAST_REQUEST, seen.wait_for(|asked| *asked)).await);
        };
        let ended = tokio::select! {
            ended = &mut connection => ended,
            over = over(&progress) => {
                tracing::debug!(%client, ?over, "given up");
                if over == Over::Stalled {
                    return;
                }
                connection.as_mut().graceful_shutdown();
                // What is not taken by then is of a client that takes nothing.
                timeout(self.config.times.stall, connection).await.unwrap_or(Ok(()))
            }
            // What was asked by then may come to its end; the rest of a head is not waited for.
            () = stopping => {
                if !*progress.asked.borrow() {
                    return;
                }
                connection.as_mut().graceful_shutdown();
                connection.await
            }
        };
        if let Err(failure) = ended {
            tracing::debug!(%client, %failure, "connection ended");
        }
    }

    /// Returns when nothing more is waited for that had not begun at the stop.
    async fn last_request(&self) {
        self.stop.cancelled().await;
        sleep(LAST_REQUEST).await;
    }
}

/// Returns when a connection has to end, and why.
async fn over(progress: &Progress) -> Over {
    loop {
        match progress.look(Instant::now()) {
            Ok(until) => sleep_until(until).await,
            Err(over) => return over,
        }
    }
}
