//! PUT: the whole file or nothing (RFC 4918 section 9.7).

use super::front::Call;
use super::get::quoted;
use super::guard::one;
use super::status::Failure;
use super::{Body, body, empty};
use crate::dossier::Error;
use crate::vfs::{Algorithm, Checksum, Conditions, Create, Entry};
use bytes::Bytes;
use http::header::ETAG;
use http::{HeaderMap, HeaderValue, Response, StatusCode};
use std::io;

/// Streams a body into the file that the path names. What is there now stays until all has come.
pub(super) async fn put<B>(
    call: &Call,
    mut body: B,
    conditions: Conditions,
) -> Result<Response<Body>, Failure>
where
    B: http_body::Body<Data = Bytes, Error = io::Error> + Unpin,
{
    if call.slash {
        return Err(Error::IsFolder.into());
    }
    let create = Create {
        make: true,
        size: announced(&call.headers, body.size_hint().exact())?,
        checksum: checksum(&call.headers)?,
        modified: one(&call.headers, "x-oc-mtime", mtime)?,
        conditions,
        ..Create::default()
    };
    let (size, timed) = (create.size, create.modified.is_some());
    let mut file = call.site.vfs.create(&call.session, &call.path, create).await?;
    let mut offset: u64 = 0;
    while let Some(data) = body::next(&mut body).await? {
        let length = u64::try_from(data.len()).map_err(|_| Error::TooLarge)?;
        let end = offset.checked_add(length).ok_or(Error::TooLarge)?;
        if size.is_some_and(|size| end > size) {
            return Err(Error::Truncated.into());
        }
        file.write_at(offset, data).await?;
        offset = end;
    }
    if size.is_some_and(|size| offset != size) {
        return Err(Error::Truncated.into());
    }
    let (entry, created) = file.commit().await?;
    Ok(taken(&entry, created, timed))
}

fn taken(entry: &Entry, created: bool, timed: bool) -> Response<Body> {
    let status = if created { StatusCode::CREATED } else { StatusCode::NO_CONTENT };
    let mut response = empty(status);
    let headers = response.headers_mut();
    if let Some(etag) = quoted(entry) {
        headers.insert("oc-etag", etag.clone());
        headers.insert(ETAG, etag);
    }
    if let Some(id) = entry.public_id.as_deref().and_then(|id| HeaderValue::try_from(id).ok()) {
        headers.insert("oc-fileid", id);
    }
    if timed {
        headers.insert("x-oc-mtime", HeaderValue::from_static("accepted"));
    }
    response
}

/// The length of the whole file: of the body, or as Finder announces it for one sent in chunks.
fn announced(headers: &HeaderMap, length: Option<u64>) -> Result<Option<u64>, Failure> {
    const NAME: &str = "x-expected-entity-length";
    match (length, one(headers, NAME, |text| text.parse().ok())?) {
        (Some(length), Some(expected)) if length != expected => Err(Failure::Malformed(NAME)),
        (length, expected) => Ok(length.or(expected)),
    }
}

/// `OC-Checksum: SHA1:hex`. An algorithm that is not known is not checked.
fn checksum(headers: &HeaderMap) -> Result<Option<Checksum>, Failure> {
    const NAME: &str = "oc-checksum";
    let pair =
        |text: &str| text.split_once(':').map(|(a, h)| (a.to_ascii_uppercase(), h.to_owned()));
    let Some((algorithm, hex)) = one(headers, NAME, pair)? else {
        return Ok(None);
    };
    let (bytes, algorithm) = match algorithm.as_str() {
        "SHA256" => (32, Algorithm::Sha256),
        "SHA1" => (20, Algorithm::Sha1),
        "MD5" => (16, Algorithm::Md5),
        _ => return Ok(None),
    };
    let digest = data_encoding::HEXLOWER_PERMISSIVE.decode(hex.as_bytes());
    let digest = digest.ok().filter(|d| d.len() == bytes).ok_or(Failure::Malformed(NAME))?;
    Ok(Some(Checksum { algorithm, digest }))
}

/// Unix seconds, as milliseconds.
fn mtime(text: &str) -> Option<i64> {
    text.parse::<i64>().ok()?.checked_mul(1_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_announced_length_is_the_bodys_or_finders() {
        let mut headers = HeaderMap::new();
        assert_eq!(announced(&headers, None), Ok(None));
        assert_eq!(announced(&headers, Some(3)), Ok(Some(3)));
        headers.insert("x-expected-entity-length", HeaderValue::from_static("1000"));
        assert_eq!(announced(&headers, None), Ok(Some(1000)));
        assert_eq!(announced(&headers, Some(1000)), Ok(Some(1000)));
        let refused = Err(Failure::Malformed("x-expected-entity-length"));
        assert_eq!(announced(&headers, Some(3)), refused);
        headers.insert("x-expected-entity-length", HeaderValue::from_static("-1"));
        assert_eq!(announced(&headers, None), refused);
    }

    #[test]
    fn checksums_of_known_kinds_are_read() {
        let read = |text: &str| {
            let mut headers = HeaderMap::new();
            headers.insert("oc-checksum", HeaderValue::from_str(text).unwrap());
            checksum(&headers)
        };
        let md5 = "d41d8cd98f00b204e9800998ecf8427e";
        let digest = data_encoding::HEXLOWER.decode(md5.as_bytes()).unwrap();
        let expected = Checksum { algorithm: Algorithm::Md5, digest };
        assert_eq!(read(&format!("MD5:{md5}")), Ok(Some(expected.clone())));
        assert_eq!(read(&format!("md5:{}", md5.to_uppercase())), Ok(Some(expected)));
        assert_eq!(read("ADLER32:00000001"), Ok(None));
        for text in [format!("SHA1:{md5}"), "SHA1:zz".into(), "SHA1".into()] {
            assert_eq!(read(&text), Err(Failure::Malformed("oc-checksum")), "{text}");
        }
    }

    #[test]
    fn times_are_in_whole_seconds() {
        assert_eq!(mtime("1795392000"), Some(1_795_392_000_000));
        assert_eq!(mtime("-1"), Some(-1_000));
        assert_eq!(mtime("soon"), None);
        assert_eq!(mtime("9223372036854775807"), None);
    }
}
