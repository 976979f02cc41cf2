//! A stream in which a request of HTTP/1 has no `#` in its target. What comes after one is dropped where the head is
//! read, and a client that does not escape would delete `/a` where it names `/a#b`: it is turned into what no target
//! may have, so that the request is refused.
//!
//! A head that comes with the end of the one before it is not looked at, nor is HTTP/2, where it is dropped as well.

use super::pace::Progress;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// What no target may have.
const REFUSED: u8 = 0x01;

#[derive(Debug)]
pub(super) struct Whole<S> {
    stream: S,
    progress: Arc<Progress>,
    line: Line,
    /// How many requests there were before the one that the line is of.
    after: Option<u64>,
}

/// What comes next of a head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Line {
    /// Its first line, or the empty ones that may be before it.
    First,
    /// More of that.
    Begun,
    /// Whatever is below it.
    Over,
}

impl Line {
    /// Goes on by what came.
    fn read(&mut self, bytes: &mut [u8]) {
        for byte in bytes {
            match (*self, *byte) {
                (Self::Over, _) => return,
                (Self::Begun, b'\n') => *self = Self::Over,
                (Self::First, b'\r' | b'\n') => {}
                (_, other) => {
                    *self = Self::Begun;
                    *byte = if other == b'#' { REFUSED } else { other };
                }
            }
        }
    }
}

impl<S> Whole<S> {
    pub(super) const fn new(stream: S, progress: Arc<Progress>) -> Self {
        Self { stream, progress, line: Line::First, after: None }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Whole<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(cx, buffer))?;
        let next = self.progress.next_head();
        if next.is_some() {
            if self.after != next {
                (self.line, self.after) = (Line::First, next);
            }
            let came = buffer.filled_mut().get_mut(before..).unwrap_or_default();
            self.line.read(came);
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Whole<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        data: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, data)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        data: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, data)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_first_line_of_a_head_is_looked_at_in_whatever_pieces_it_comes() {
        let head = "\r\nDELETE /a#b#c HTTP/1.1\r\nX: #\r\n\r\n#";
        let refused = "\r\nDELETE /a\u{1}b\u{1}c HTTP/1.1\r\nX: #\r\n\r\n#";
        for piece in [1, 3, head.len()] {
            let (mut line, mut bytes) = (Line::First, head.as_bytes().to_vec());
            bytes.chunks_mut(piece).for_each(|bytes| line.read(bytes));
            assert_eq!(bytes, refused.as_bytes(), "in pieces of {piece}");
        }
    }
}
