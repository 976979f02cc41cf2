//! Reading a request's body: no client may be slow for ever, nor send more than is read.

use super::status::Failure;
use super::xml::MAX_BODY;
use crate::dossier::Error;
use bytes::Bytes;
use http::StatusCode;
use http_body::Frame;
use http_body_util::BodyExt;
use std::time::Duration;
use tokio::time::timeout;

/// How long a body may stand still.
const IDLE: Duration = Duration::from_mins(1);

/// How much of a body that nobody wants is read, in bytes, and for how long.
const REST: usize = 16 << 20;
const REST_TIME: Duration = Duration::from_secs(10);

/// A body of which every piece must come in time.
#[derive(Debug)]
pub(super) struct Idle<B> {
    body: B,
    limit: Duration,
}

impl<B> Idle<B>
where
    B: http_body::Body<Data = Bytes> + Unpin,
{
    pub(super) fn new(body: B) -> Self {
        Self { body, limit: IDLE }
    }

    /// The next piece; `None` at the end, which is only ever the end that the client meant.
    pub(super) async fn next(&mut self) -> Result<Option<Bytes>, Failure> {
        loop {
            let frame = timeout(self.limit, self.body.frame()).await;
            let frame = frame.map_err(|_| Failure::Status(StatusCode::REQUEST_TIMEOUT))?;
            match frame.transpose().map_err(|_| Error::Truncated)?.map(Frame::into_data) {
                Some(Ok(data)) if data.is_empty() => {}
                Some(Ok(data)) => return Ok(Some(data)),
                // Trailers say nothing to us.
                Some(Err(_)) => {}
                None => return Ok(None),
            }
        }
    }
}

/// A body of XML.
///
/// # Errors
/// 413 over 64 KiB.
pub(super) async fn small<B>(body: B) -> Result<Vec<u8>, Failure>
where
    B: http_body::Body<Data = Bytes> + Unpin,
{
    let mut body = Idle::new(body);
    let mut whole = Vec::new();
    while let Some(data) = body.next().await? {
        if whole.len().saturating_add(data.len()) > MAX_BODY {
            return Err(Error::TooLarge.into());
        }
        whole.extend_from_slice(&data);
    }
    Ok(whole)
}

/// Reads what still comes of a body that nobody wants, within reason.
pub(super) async fn drop_rest<B>(mut body: B)
where
    B: http_body::Body<Data = Bytes> + Unpin,
{
    let reading = async {
        let mut left = REST;
        while let Some(Ok(frame)) = body.frame().await {
            left = left.saturating_sub(frame.into_data().map_or(0, |data| data.len()));
            if left == 0 {
                break;
            }
        }
    };
    drop(timeout(REST_TIME, reading).await);
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::stream::{self, StreamExt};
    use http_body_util::{Full, StreamBody};

    #[tokio::test]
    async fn a_small_body_is_read_whole_and_a_long_one_refused() {
        assert_eq!(small(Full::from("<a/>")).await, Ok(b"<a/>".to_vec()));
        let long = Full::from(vec![b' '; MAX_BODY + 1]);
        assert_eq!(small(long).await, Err(Failure::Door(Error::TooLarge)));
    }

    #[tokio::test]
    async fn what_nobody_wants_is_read_to_its_end_or_as_far_as_is_reasonable() {
        let piece = Bytes::from(vec![0; 1 << 20]);
        for (pieces, read) in [(3, 3), (100, 16)] {
            let mut taken = 0;
            let frames = stream::iter(std::iter::repeat_n(piece.clone(), pieces)).map(|data| {
                taken += 1;
                Ok::<_, std::io::Error>(Frame::data(data))
            });
            drop_rest(StreamBody::new(frames)).await;
            assert_eq!(taken, read);
        }
    }

    #[tokio::test]
    async fn a_broken_body_is_not_a_short_one() {
        let frames = [Ok(Frame::data(Bytes::from("half"))), Err(std::io::Error::other("reset"))];
        let body = StreamBody::new(stream::iter(frames));
        assert_eq!(small(body).await, Err(Failure::Door(Error::Truncated)));
    }

    #[tokio::test]
    async fn a_body_that_stands_still_is_given_up() {
        let body = StreamBody::new(stream::pending::<Result<Frame<Bytes>, std::io::Error>>());
        let mut body = Idle { body, limit: Duration::from_millis(1) };
        let late = Failure::Status(StatusCode::REQUEST_TIMEOUT);
        assert_eq!(body.next().await, Err(late));
    }
}
