//! Bodies that are not sent or taken for ever.

use super::pace::Running;
use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::time::{Instant, Sleep, sleep, timeout};

/// How much of a body that nobody wants is read, in bytes.
const REST: usize = 16 << 20;

/// The body of a request. One that stands still or trickles ends in [`io::ErrorKind::TimedOut`].
#[derive(Debug)]
pub struct Upload<B = Incoming> {
    body: B,
    /// How long the client may still let us wait.
    left: Duration,
    waiting: Option<Pin<Box<Sleep>>>,
    running: Arc<Running>,
}

impl<B: Body<Data = Bytes> + Unpin> Upload<B> {
    pub(super) fn new(body: B, running: Arc<Running>) -> Self {
        Self { body, left: running.times().stall, waiting: None, running }
    }

    /// Reads what still comes, within reason.
    pub(super) async fn read_rest(mut self) {
        let most = self.running.times().rest;
        drop(timeout(most, skip(&mut self.body)).await);
    }
}

async fn skip<B: Body<Data = Bytes> + Unpin>(body: &mut B) {
    let mut left = REST;
    while left > 0 {
        let next = std::future::poll_fn(|cx| Pin::new(&mut *body).poll_frame(cx)).await;
        let Some(Ok(frame)) = next else { return };
        left = left.saturating_sub(frame.data_ref().map_or(0, Bytes::len));
    }
}

impl<B> Body for Upload<B>
where
    B: Body<Data = Bytes> + Unpin,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(cx) else {
            let left = self.left;
            let waiting = self.waiting.get_or_insert_with(|| Box::pin(sleep(left)));
            ready!(waiting.as_mut().poll(cx));
            return Poll::Ready(Some(Err(io::ErrorKind::TimedOut.into())));
        };
        if let Some(waited) = self.waiting.take() {
            self.left = waited.deadline().saturating_duration_since(Instant::now());
        }
        if let Some(Ok(data)) = frame.as_ref().map(|f| f.as_ref().map(Frame::data_ref)) {
            let times = self.running.times();
            self.left = (self.left + times.over(data.map_or(0, Bytes::len))).min(times.stall);
        }
        Poll::Ready(frame.map(|frame| frame.map_err(io::Error::other)))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// The body of an answer. Whether the client takes it is seen by when more is asked for; while it does
/// not nothing of this runs, so the connection has to look ([`super::pace::Progress::look`]).
#[derive(Debug)]
pub(super) struct Download<B> {
    body: B,
    /// What was not given yet of the last piece.
    rest: Bytes,
    /// How many bytes are given at once.
    most: usize,
    /// How long the client may still let us wait.
    left: Duration,
    running: Arc<Running>,
}

/// How many bytes HTTP/2 is given at once: it keeps them, whatever the client takes, when the body is at its end.
const FRAMED: usize = 16 * 1024;

impl<B> Download<B> {
    pub(super) fn new(body: B, running: Arc<Running>) -> Self {
        let most = if running.is_framed() { FRAMED } else { usize::MAX };
        Self { body, rest: Bytes::new(), most, left: running.times().stall, running }
    }
}

impl<B> Download<B> {
    /// As much of a frame as is given at once.
    fn piece(&mut self, frame: Frame<Bytes>) -> Frame<Bytes> {
        match frame.into_data() {
            Ok(mut data) => {
                self.rest = data.split_off(data.len().min(self.most));
                Frame::data(data)
            }
            Err(frame) => frame,
        }
    }
}

impl<B> Drop for Download<B> {
    fn drop(&mut self) {
        self.running.taken();
    }
}

impl<B: Body<Data = Bytes> + Unpin> Body for Download<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        let now = Instant::now();
        if let Some(until) = self.running.taken() {
            self.left = until.saturating_duration_since(now).min(self.running.times().stall);
        }
        let frame = if self.rest.is_empty() {
            ready!(Pin::new(&mut self.body).poll_frame(cx))
        } else {
            Some(Ok(Frame::data(std::mem::take(&mut self.rest))))
        };
        let frame = frame.map(|frame| frame.map(|frame| self.piece(frame)));
        if let Some(Ok(data)) = frame.as_ref().map(|f| f.as_ref().map(Frame::data_ref)) {
            let given = self.running.times().over(data.map_or(0, Bytes::len));
            self.running.given(now + self.left + given);
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let (mut hint, rest) = (self.body.size_hint(), self.rest.len() as u64);
        if let Some(upper) = hint.upper() {
            hint.set_upper(upper + rest);
        }
        hint.set_lower(hint.lower() + rest);
        hint
    }
}

#[cfg(test)]
mod tests {
    use super::super::pace::{Over, Progress, Times};
    use super::*;
    use futures_util::stream::{self, StreamExt};
    use http_body_util::{BodyExt, Full, StreamBody};

    type Piece = Result<Frame<Bytes>, io::Error>;

    /// A body of pieces of so many bytes, that far apart.
    fn pieces(
        bytes: usize,
        apart: Duration,
        count: usize,
    ) -> impl Body<Data = Bytes, Error = io::Error> + Unpin {
        let piece = move |_| async move {
            sleep(apart).await;
            Piece::Ok(Frame::data(vec![0; bytes].into()))
        };
        StreamBody::new(Box::pin(stream::iter(0..count).then(piece)))
    }

    fn running(stall: Duration) -> (Arc<Progress>, Arc<Running>) {
        let progress = Progress::new(Times { stall, ..Times::default() });
        let running = progress.begin(false);
        (progress, running)
    }

    #[tokio::test]
    async fn who_keeps_to_the_least_rate_may_send_longer_than_it_may_stand_still() {
        let (apart, stall) = (Duration::from_millis(100), Duration::from_secs(1));
        for (bytes, well) in [(1_024, true), (1, false)] {
            let body = Upload::new(pieces(bytes, apart, 15), running(stall).1);
            let kind = body.collect().await.map_err(|e| e.kind()).err();
            assert_eq!(kind, (!well).then_some(io::ErrorKind::TimedOut), "{bytes} bytes");
        }
        let still = Upload::new(pieces(1 << 20, apart * 20, 1), running(stall).1);
        let ended = still.collect().await.map_err(|e| e.kind()).err();
        assert_eq!(ended, Some(io::ErrorKind::TimedOut));
    }

    #[tokio::test]
    async fn the_time_that_we_take_ourselves_does_not_count() {
        let stall = Duration::from_secs(1);
        let mut body = Upload::new(pieces(1, Duration::ZERO, 3), running(stall).1);
        for _ in 0..3 {
            body.frame().await.unwrap().unwrap();
            sleep(stall * 2).await;
        }
    }

    #[tokio::test]
    async fn what_a_client_is_given_it_must_take() {
        let (progress, running) = running(Duration::from_mins(1));
        let pieces = pieces(256 * 1024, Duration::ZERO, 2);
        let mut body = Download::new(pieces, Arc::clone(&running));
        let after = |seconds| Instant::now() + Duration::from_secs(seconds);
        body.frame().await.unwrap().unwrap();
        assert!(progress.look(after(315)).is_ok(), "just above the least rate");
        assert_eq!(progress.look(after(317)), Err(Over::Stalled));
        running.given(Instant::now());
        body.frame().await.unwrap().unwrap();
        assert!(progress.look(after(255)).is_ok());
        assert_eq!(progress.look(after(257)), Err(Over::Stalled), "its time was up already");
    }

    #[tokio::test]
    async fn http_2_is_given_little_at_once_and_all_of_it() {
        for (framed, most) in [(true, 16 * 1024), (false, 100_000)] {
            let progress = Progress::new(Times::default());
            let pieces = pieces(100_000, Duration::ZERO, 2);
            let mut body = Download::new(pieces, progress.begin(framed));
            let (mut sum, mut largest) = (0, 0);
            while let Some(frame) = body.frame().await {
                let length = frame.unwrap().into_data().unwrap().len();
                (sum, largest) = (sum + length, length.max(largest));
            }
            assert_eq!((sum, largest), (200_000, most));
        }
    }

    #[tokio::test]
    async fn what_nobody_wants_is_read_to_its_end_or_as_far_as_is_reasonable() {
        let piece = Bytes::from(vec![0; 1 << 20]);
        for (pieces, read) in [(3, 3), (100, 16)] {
            let mut taken = 0;
            let frames = stream::iter(std::iter::repeat_n(piece.clone(), pieces)).map(|data| {
                taken += 1;
                Piece::Ok(Frame::data(data))
            });
            Upload::new(StreamBody::new(frames), running(Duration::from_mins(1)).1)
                .read_rest()
                .await;
            assert_eq!(taken, read);
        }
    }

    #[tokio::test]
    async fn what_is_known_of_a_body_is_told() {
        let body = Upload::new(Full::from("abc"), running(Duration::from_mins(1)).1);
        assert_eq!(body.size_hint().exact(), Some(3));
        assert!(!body.is_end_stream());
    }
}
