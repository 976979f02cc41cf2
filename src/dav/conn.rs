//! One connection: TLS, HTTP/1 or HTTP/2, and how long a client may do nothing.

use super::front::{Site, answer};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use std::collections::HashMap;
use std::convert::Infallible;
use std::io;
use std::net::{IpAddr, Ipv6Addr};
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::{Sleep, sleep, timeout};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

/// How long a client may take to shake hands, and to send the headers of a request.
const HEADERS: Duration = Duration::from_secs(10);
/// How long after a stop the first request of a connection may still come.
const LAST_REQUEST: Duration = Duration::from_secs(1);
/// How long a client may take nothing of an answer.
const STALL: Duration = Duration::from_mins(1);
/// What is read and written at once, and so what a client without credentials can make us hold.
const BUFFER: usize = 64 * 1024;

/// HTTP with our limits.
pub(super) fn http() -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADERS)
        .max_buf_size(BUFFER)
        .max_headers(100);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(100)
        .max_header_list_size(16 * 1024)
        .max_pending_accept_reset_streams(20)
        .initial_stream_window_size(1024 * 1024)
        .initial_connection_window_size(4 * 1024 * 1024)
        .keep_alive_interval(Duration::from_secs(30))
        .keep_alive_timeout(Duration::from_secs(20));
    builder
}

/// Serves a connection until it ends. After `stop` it takes no new request; `abort` ends it at once.
pub(super) async fn serve(
    stream: TcpStream,
    peer: IpAddr,
    site: Arc<Site>,
    http: Builder<TokioExecutor>,
    stop: CancellationToken,
    abort: CancellationToken,
) {
    let tls = site.config.tls.clone().map(TlsAcceptor::from);
    let stream = Impatient { stream, limit: STALL, waiting: None };
    let served = async {
        match tls {
            None => speak(stream, peer, site, http, stop).await,
            Some(tls) => {
                let shaken = tokio::select! {
                    shaken = timeout(HEADERS, tls.accept(stream)) => shaken,
                    () = async { stop.cancelled().await; sleep(LAST_REQUEST).await } => return,
                };
                match shaken {
                    Ok(Ok(stream)) => speak(stream, peer, site, http, stop).await,
                    Ok(Err(failure)) => tracing::debug!(%peer, %failure, "no TLS"),
                    Err(_) => tracing::debug!(%peer, "no TLS in time"),
                }
            }
        }
    };
    tokio::select! {
        () = served => {}
        () = abort.cancelled() => {}
    }
}

async fn speak<S>(
    stream: S,
    peer: IpAddr,
    site: Arc<Site>,
    http: Builder<TokioExecutor>,
    stop: CancellationToken,
) where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (asked, mut seen) = watch::channel(false);
    let service = service_fn(|request| {
        asked.send_replace(true);
        let site = Arc::clone(&site);
        async move { Ok::<_, Infallible>(answer(site, peer, request).await) }
    });
    let mut connection = pin!(http.serve_connection(TokioIo::new(stream), service));
    // Which HTTP it will be is only known by the first bytes, and nothing limits how long they take.
    let silent = async {
        sleep(HEADERS).await;
        if *asked.borrow() {
            std::future::pending::<()>().await;
        }
    };
    // What is on its way to a connection that was just taken in is still answered.
    let stopping = async {
        stop.cancelled().await;
        drop(timeout(LAST_REQUEST, seen.wait_for(|asked| *asked)).await);
    };
    let ended = tokio::select! {
        ended = &mut connection => ended,
        () = silent => return,
        // What was asked by then may come to its end; the rest of a head is not waited for.
        () = stopping => {
            if !*asked.borrow() {
                return;
            }
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(failure) = ended {
        tracing::debug!(%peer, %failure, "connection ended");
    }
}

/// How many connections each source has.
#[derive(Clone, Debug, Default)]
pub(super) struct Sources(Arc<Mutex<HashMap<IpAddr, usize>>>);

/// One connection of a source; gone when dropped.
#[derive(Debug)]
pub(super) struct Place {
    sources: Sources,
    source: IpAddr,
}

impl Sources {
    /// A place for one more connection, if the source has fewer than `most`.
    pub(super) fn enter(&self, address: IpAddr, most: usize) -> Option<Place> {
        let source = source(address);
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(source).or_default();
        if *count >= most {
            return None;
        }
        *count += 1;
        Some(Place { sources: self.clone(), source })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut counts = self.sources.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(&self.source) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                counts.remove(&self.source);
            }
        }
    }
}

/// An IPv6 client has a whole /64 to come from.
fn source(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(v6) => Ipv6Addr::from_bits(v6.to_bits() & (u128::MAX << 64)).into(),
    }
}

/// A stream that breaks when the other side takes nothing for too long.
#[derive(Debug)]
struct Impatient<S> {
    stream: S,
    limit: Duration,
    waiting: Option<Pin<Box<Sleep>>>,
}

impl<S> Impatient<S> {
    /// What a write came to, or an error once nothing could be written for the whole limit.
    fn in_time<T>(
        &mut self,
        cx: &mut Context<'_>,
        written: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.waiting = None;
            return written;
        }
        let limit = self.limit;
        let waiting = self.waiting.get_or_insert_with(|| Box::pin(sleep(limit)));
        ready!(waiting.as_mut().poll(cx));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Impatient<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Impatient<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        data: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, data);
        self.in_time(cx, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        data: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, data);
        self.in_time(cx, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.stream).poll_flush(cx);
        self.in_time(cx, flushed)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::AsyncWriteExt;

    #[test]
    fn a_source_has_only_so_many_places() {
        let sources = Sources::default();
        let one = "2001:db8::1".parse().unwrap();
        let neighbour = "2001:db8::2".parse().unwrap();
        let other = "2001:db8:0:1::1".parse().unwrap();
        let first = sources.enter(one, 1);
        assert!(first.is_some());
        assert!(sources.enter(neighbour, 1).is_none());
        assert!(sources.enter(other, 1).is_some());
        drop(first);
        assert!(sources.enter(one, 1).is_some());
        assert!(sources.0.lock().unwrap().is_empty());
    }

    #[tokio::test]
    async fn a_client_that_takes_nothing_is_given_up() {
        let (stream, _other) = tokio::io::duplex(4);
        let mut stream = Impatient { stream, limit: Duration::from_millis(1), waiting: None };
        let written = stream.write_all(b"more than fits").await;
        assert_eq!(written.unwrap_err().kind(), io::ErrorKind::TimedOut);
    }
}
