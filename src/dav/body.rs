//! Reading a request's body.

use super::status::Failure;
use super::xml::MAX_BODY;
use crate::dossier::Error;
use bytes::Bytes;
use http::StatusCode;
use http_body::Frame;
use http_body_util::BodyExt;
use std::io;

/// The next piece of a body; `None` at the end, which is only ever the end that the client meant.
///
/// # Errors
/// 408 for a client that is too slow; what breaks off is no short body.
pub(super) async fn next<B>(body: &mut B) -> Result<Option<Bytes>, Failure>
where
    B: http_body::Body<Data = Bytes, Error = io::Error> + Unpin,
{
    loop {
        match body.frame().await.map(|frame| frame.map(Frame::into_data)) {
            Some(Ok(Ok(data))) if data.is_empty() => {}
            Some(Ok(Ok(data))) => return Ok(Some(data)),
            // Trailers say nothing to us.
            Some(Ok(Err(_))) => {}
            Some(Err(failure)) if failure.kind() == io::ErrorKind::TimedOut => {
                return Err(Failure::Status(StatusCode::REQUEST_TIMEOUT));
            }
            Some(Err(_)) => return Err(Error::Truncated.into()),
            None => return Ok(None),
        }
    }
}

/// A body of XML.
///
/// # Errors
/// 413 over 64 KiB.
pub(super) async fn small<B>(mut body: B) -> Result<Vec<u8>, Failure>
where
    B: http_body::Body<Data = Bytes, Error = io::Error> + Unpin,
{
    let mut whole = Vec::new();
    while let Some(data) = next(&mut body).await? {
        if whole.len().saturating_add(data.len()) > MAX_BODY {
            return Err(Error::TooLarge.into());
        }
        whole.extend_from_slice(&data);
    }
    Ok(whole)
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::stream;
    use http_body_util::{Full, StreamBody};

    fn full(
        text: impl Into<Bytes>,
    ) -> impl http_body::Body<Data = Bytes, Error = io::Error> + Unpin {
        Full::from(text.into()).map_err(|never| match never {})
    }

    #[tokio::test]
    async fn a_small_body_is_read_whole_and_a_long_one_refused() {
        assert_eq!(small(full("<a/>")).await, Ok(b"<a/>".to_vec()));
        let long = full(vec![b' '; MAX_BODY + 1]);
        assert_eq!(small(long).await, Err(Failure::Door(Error::TooLarge)));
    }

    #[tokio::test]
    async fn a_broken_body_is_not_a_short_one() {
        let frames = [Ok(Frame::data(Bytes::from("half"))), Err(io::Error::other("reset"))];
        let body = StreamBody::new(stream::iter(frames));
        assert_eq!(small(body).await, Err(Failure::Door(Error::Truncated)));
    }

    #[tokio::test]
    async fn a_body_that_is_too_slow_is_told_so() {
        let frames = [Ok(Frame::data(Bytes::from("half"))), Err(io::ErrorKind::TimedOut.into())];
        let late = Failure::Status(StatusCode::REQUEST_TIMEOUT);
        assert_eq!(small(StreamBody::new(stream::iter(frames))).await, Err(late));
    }
}
