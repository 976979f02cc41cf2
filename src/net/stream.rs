//! A stream that breaks when the other side is too slow with the head of a request, or takes nothing.

use super::pace::Progress;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep_until};

#[derive(Debug)]
pub(super) struct Impatient<S> {
    stream: S,
    progress: Arc<Progress>,
    reading: Option<Pin<Box<Sleep>>>,
    writing: Option<Pin<Box<Sleep>>>,
}

impl<S> Impatient<S> {
    pub(super) fn new(stream: S, progress: Arc<Progress>) -> Self {
        Self { stream, progress, reading: None, writing: None }
    }

    /// What a write came to, or an error once nothing could be written for too long.
    fn in_time<T>(
        &mut self,
        cx: &mut Context<'_>,
        written: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.writing = None;
            return written;
        }
        let until = || Box::pin(sleep_until(Instant::now() + self.progress.times.stall));
        ready!(self.writing.get_or_insert_with(until).as_mut().poll(cx));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Impatient<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        if let Poll::Ready(read) = Pin::new(&mut self.stream).poll_read(cx, buffer) {
            if buffer.filled().len() > before {
                self.progress.came();
            }
            return Poll::Ready(read);
        }
        let Some(until) = self.progress.head_until() else {
            self.reading = None;
            return Poll::Pending;
        };
        let waiting = self.reading.get_or_insert_with(|| Box::pin(sleep_until(until)));
        if waiting.deadline() != until {
            waiting.as_mut().reset(until);
        }
        ready!(waiting.as_mut().poll(cx));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
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
    use super::super::pace::Times;
    use super::*;
    use std::time::Duration;
    use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
    use tokio::time::sleep;

    fn impatient(stream: DuplexStream, times: Times) -> Impatient<DuplexStream> {
        let progress = Progress::new(times);
        drop(progress.begin(false));
        Impatient::new(stream, progress)
    }

    #[tokio::test]
    async fn a_client_that_takes_nothing_is_given_up() {
        let (stream, _other) = tokio::io::duplex(4);
        let stall = Duration::from_millis(1);
        let mut stream = impatient(stream, Times { stall, ..Times::default() });
        let written = stream.write_all(b"more than fits").await;
        assert_eq!(written.unwrap_err().kind(), io::ErrorKind::TimedOut);
    }

    #[tokio::test]
    async fn a_head_has_to_come_in_time_however_it_trickles_and_what_rests_is_left_alone() {
        let (stream, mut other) = tokio::io::duplex(4);
        let head = Duration::from_millis(300);
        let mut stream = impatient(stream, Times { head, ..Times::default() });
        let begun = Instant::now();
        let trickle = tokio::spawn(async move {
            sleep(head * 2).await;
            while other.write_u8(b'a').await.is_ok() {
                sleep(head / 10).await;
            }
        });
        let read = stream.read_to_end(&mut Vec::new()).await;
        assert_eq!(read.unwrap_err().kind(), io::ErrorKind::TimedOut);
        assert!(begun.elapsed() >= head * 3, "{:?}", begun.elapsed());
        drop(stream);
        trickle.await.unwrap();
    }
}
