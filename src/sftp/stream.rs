//! A connection that can be cut from outside, and that keeps no client waiting. The SSH library gives no
//! way to cut one: it waits for the client. Knows bytes, and nothing of what they say.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};

/// A stream whose reads and writes fail once a token is cancelled.
#[derive(Debug)]
pub(super) struct Severable<S> {
    stream: S,
    // Each its own: a future wakes only the task that polled it last.
    reading: Pin<Box<WaitForCancellationFutureOwned>>,
    writing: Pin<Box<WaitForCancellationFutureOwned>>,
}

impl<S> Severable<S> {
    pub(super) fn new(stream: S, cut: &CancellationToken) -> Self {
        let cancelled = || Box::pin(cut.clone().cancelled_owned());
        Self { stream, reading: cancelled(), writing: cancelled() }
    }
}

fn severed(
    cut: &mut Pin<Box<WaitForCancellationFutureOwned>>,
    cx: &mut Context<'_>,
) -> io::Result<()> {
    match cut.as_mut().poll(cx) {
        Poll::Ready(()) => Err(io::ErrorKind::ConnectionAborted.into()),
        Poll::Pending => Ok(()),
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Severable<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        severed(&mut self.reading, cx)?;
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Severable<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        severed(&mut self.writing, cx)?;
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        severed(&mut self.writing, cx)?;
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

/// A socket that acknowledges at once what is too short to be a packet. ssh2 of JavaScript writes the length
/// of each packet on its own; its system holds the rest back until that is acknowledged, and ours would
/// wait 40 ms for more to acknowledge with it.
#[derive(Debug)]
pub(super) struct Prompt(pub(super) TcpStream);

impl AsyncRead for Prompt {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        /// The shortest packet, in bytes (RFC 4253 section 6).
        const PACKET: usize = 16;
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.0).poll_read(cx, buffer))?;
        if (1..PACKET).contains(&(buffer.filled().len() - before)) {
            // It holds once. Without it the client is slow, and no worse.
            drop(self.0.set_quickack(true));
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Prompt {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    #[tokio::test]
    async fn a_read_that_waits_ends_when_the_stream_is_cut() {
        let (ours, mut theirs) = tokio::io::duplex(8);
        let cut = CancellationToken::new();
        let mut stream = Severable::new(ours, &cut);
        theirs.write_all(b"a").await.unwrap();
        assert_eq!(stream.read_u8().await.unwrap(), b'a');
        let waiting = tokio::spawn(async move { stream.read_u8().await.map_err(|e| e.kind()) });
        tokio::task::yield_now().await;
        cut.cancel();
        assert_eq!(waiting.await.unwrap(), Err(io::ErrorKind::ConnectionAborted));
    }
}
