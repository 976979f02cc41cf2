//! GET and HEAD. dav-server streams the file, with ranges and conditions; it is given a filesystem
//! that holds nothing but the one version that was opened, so it decides nothing else.

use super::front::Call;
use super::guard::Tag;
use super::props::second;
use super::status::Failure;
use super::{Body, empty, mime, range};
use crate::dossier::Error;
use crate::vfs::{Download, Entry};
use bytes::{Buf, Bytes};
use dav_server::DavHandler;
use dav_server::davpath::DavPath;
use dav_server::fs::{
    DavDirEntry, DavFile, DavMetaData, FsError, FsFuture, FsResult, FsStream, GuardedFileSystem,
    OpenOptions, ReadDirMeta,
};
use http::header::{
    CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE, IF_MATCH,
    IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_RANGE, IF_UNMODIFIED_SINCE, RANGE,
};
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Empty};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use std::future::ready;
use std::io::SeekFrom;
use std::sync::Arc;
use std::time::SystemTime;

/// Bytes that are read at once.
const READ: usize = 256 * 1024;

/// dav-server, over one open file per request.
pub(super) type Files = DavHandler<Opened>;

pub(super) fn files() -> Files {
    DavHandler::builder().filesystem(Box::new(OneFile)).read_buf_size(READ).build_handler()
}

/// Answers with a file. HEAD of a folder says that it is there. GET of one is refused: lftp lists a folder
/// by what it finds there, and took an empty answer for an empty folder, of which it deleted the mirror.
pub(super) async fn get(call: &Call) -> Result<Response<Body>, Failure> {
    let (vfs, session) = (&call.site.vfs, &call.session);
    // Opening is told in the log, so what may give no byte is judged before, by what is there.
    if call.method == Method::HEAD || call.slash || is_conditional(&call.headers) {
        let entry = vfs.stat(session, &call.path).await?;
        if entry.folder {
            let head = call.method == Method::HEAD;
            return if head { Ok(folder()) } else { Err(Error::IsFolder.into()) };
        }
        if call.slash {
            return Err(Error::NotFound.into());
        }
        let judged = stream(call, &entry, None).await?;
        if call.method == Method::HEAD || !judged.status().is_success() {
            return Ok(judged);
        }
    }
    let download = vfs.open(session, &call.path).await?;
    let entry = download.entry.clone();
    stream(call, &entry, Some(Arc::new(download))).await
}

/// Whether it depends on the headers if anything of the file is sent.
fn is_conditional(headers: &HeaderMap) -> bool {
    [IF_MATCH, IF_NONE_MATCH, IF_MODIFIED_SINCE, IF_UNMODIFIED_SINCE, RANGE]
        .iter()
        .any(|name| headers.contains_key(name))
}

/// What dav-server makes of a request for what is there.
async fn stream(
    call: &Call,
    entry: &Entry,
    download: Option<Arc<Download>>,
) -> Result<Response<Body>, Failure> {
    let mut request = Request::new(Empty::<Bytes>::new());
    call.method.clone_into(request.method_mut());
    *request.headers_mut() = passed_on(call, entry)?;
    let opened = Opened { meta: Meta::of(entry), download };
    let response = call.site.files.handle_guarded(request, String::new(), opened).await;
    let mut response = response.map(BodyExt::boxed_unsync);
    describe(entry, response.headers_mut());
    Ok(response)
}

fn folder() -> Response<Body> {
    let mut response = empty(StatusCode::OK);
    let kind = HeaderValue::from_static("httpd/unix-directory");
    response.headers_mut().insert(CONTENT_TYPE, kind);
    response
}

/// The headers that dav-server sees: conditions that it compares as we do, and ranges that make no
/// answer longer than the file.
fn passed_on(call: &Call, entry: &Entry) -> Result<HeaderMap, Failure> {
    let mut headers = HeaderMap::new();
    let mut copy = |name| {
        if let Some(value) = call.headers.get(&name) {
            headers.insert(name, value.clone());
        }
    };
    let etag = entry.etag();
    match &call.asked.if_match {
        Some(tags) => {
            let held =
                tags.strong().is_none_or(|tags| tags.iter().any(|t| Some(t) == etag.as_ref()));
            if !held {
                return Err(Error::Precondition.into());
            }
        }
        None => copy(IF_UNMODIFIED_SINCE),
    }
    if call.asked.if_none_match.is_none() {
        copy(IF_MODIFIED_SINCE);
    }
    let range = call.headers.get(RANGE).and_then(|r| r.to_str().ok());
    if range.is_some_and(|r| range::honoured(r, entry.size)) {
        match call.headers.get(IF_RANGE).map(HeaderValue::to_str) {
            None => copy(RANGE),
            Some(Ok(text)) if is_validator(text) => {
                copy(RANGE);
                copy(IF_RANGE);
            }
            Some(_) => {}
        }
    }
    if call.asked.if_none_match.as_ref().is_some_and(|tags| tags.matches(etag.as_deref())) {
        headers.insert(IF_NONE_MATCH, HeaderValue::from_static("*"));
    }
    Ok(headers)
}

/// Whether a text is one entity tag or a date.
fn is_validator(text: &str) -> bool {
    let tag = Tag::parse(text).is_some_and(|(_, rest)| rest.is_empty());
    tag || httpdate::parse_http_date(text).is_ok()
}

/// What a browser may do with a file: it was uploaded, so nothing in it may run.
fn describe(entry: &Entry, headers: &mut HeaderMap) {
    let media = mime::of(&entry.name);
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(media));
    let way = if media == "application/pdf" { "inline" } else { "attachment" };
    let name = utf8_percent_encode(&entry.name, NON_ALPHANUMERIC);
    if let Ok(value) = HeaderValue::try_from(format!("{way}; filename*=UTF-8''{name}")) {
        headers.insert(CONTENT_DISPOSITION, value);
    }
    if let Some(etag) = quoted(entry) {
        headers.insert("oc-etag", etag);
    }
    let policy = HeaderValue::from_static("sandbox; default-src 'none'");
    headers.insert(CONTENT_SECURITY_POLICY, policy);
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
}

/// The entity tag as a header has it.
pub(super) fn quoted(entry: &Entry) -> Option<HeaderValue> {
    HeaderValue::try_from(format!("\"{}\"", entry.etag()?)).ok()
}

/// What a request has opened. Without a download it is only looked at.
#[derive(Clone, Debug)]
pub(super) struct Opened {
    meta: Meta,
    download: Option<Arc<Download>>,
}

#[derive(Clone, Debug)]
struct Meta {
    size: u64,
    modified: SystemTime,
    etag: Option<String>,
}

impl Meta {
    fn of(entry: &Entry) -> Self {
        Self { size: entry.size, modified: second(entry.modified), etag: entry.etag() }
    }
}

impl DavMetaData for Meta {
    fn len(&self) -> u64 {
        self.size
    }

    fn modified(&self) -> FsResult<SystemTime> {
        Ok(self.modified)
    }

    fn is_dir(&self) -> bool {
        false
    }

    fn etag(&self) -> Option<String> {
        self.etag.clone()
    }
}

/// A filesystem in which every path is the file that the request has opened.
#[derive(Clone, Debug)]
struct OneFile;

impl GuardedFileSystem<Opened> for OneFile {
    fn open<'a>(
        &'a self,
        _: &'a DavPath,
        _: OpenOptions,
        opened: &'a Opened,
    ) -> FsFuture<'a, Box<dyn DavFile>> {
        let file = Reader { opened: opened.clone(), position: 0 };
        Box::pin(ready(Ok(Box::new(file) as Box<dyn DavFile>)))
    }

    fn read_dir<'a>(
        &'a self,
        _: &'a DavPath,
        _: ReadDirMeta,
        _: &'a Opened,
    ) -> FsFuture<'a, FsStream<Box<dyn DavDirEntry>>> {
        refused()
    }

    fn metadata<'a>(
        &'a self,
        _: &'a DavPath,
        opened: &'a Opened,
    ) -> FsFuture<'a, Box<dyn DavMetaData>> {
        Box::pin(ready(Ok(Box::new(opened.meta.clone()) as Box<dyn DavMetaData>)))
    }
}

#[derive(Debug)]
struct Reader {
    opened: Opened,
    position: u64,
}

impl DavFile for Reader {
    fn metadata(&mut self) -> FsFuture<'_, Box<dyn DavMetaData>> {
        Box::pin(ready(Ok(Box::new(self.opened.meta.clone()) as Box<dyn DavMetaData>)))
    }

    fn read_bytes(&mut self, count: usize) -> FsFuture<'_, Bytes> {
        Box::pin(async move {
            let download = self.opened.download.as_ref().ok_or(FsError::GeneralFailure)?;
            let read = download.read_at(self.position, count).await;
            let data = read.map_err(|_| FsError::GeneralFailure)?;
            // dav-server sends zeros for what is missing.
            if data.is_empty() {
                return Err(FsError::GeneralFailure);
            }
            let length = u64::try_from(data.len()).map_err(|_| FsError::GeneralFailure)?;
            self.position = self.position.saturating_add(length);
            Ok(data)
        })
    }

    fn seek(&mut self, to: SeekFrom) -> FsFuture<'_, u64> {
        let SeekFrom::Start(position) = to else {
            return refused();
        };
        self.position = position;
        Box::pin(ready(Ok(position)))
    }

    fn write_buf(&mut self, _: Box<dyn Buf + Send>) -> FsFuture<'_, ()> {
        refused()
    }

    fn write_bytes(&mut self, _: Bytes) -> FsFuture<'_, ()> {
        refused()
    }

    fn flush(&mut self) -> FsFuture<'_, ()> {
        refused()
    }
}

fn refused<'a, T: Send + 'a>() -> FsFuture<'a, T> {
    Box::pin(ready(Err(FsError::Forbidden)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry() -> Entry {
        Entry {
            name: "Loonstrook \"é\"\r\n.html".into(),
            size: 10,
            public_id: Some("ab".into()),
            version: 1,
            ..Entry::default()
        }
    }

    async fn head(headers: &[(&'static str, &str)]) -> Response<dav_server::body::Body> {
        let mut request = Request::new(Empty::<Bytes>::new());
        *request.method_mut() = Method::HEAD;
        for (name, value) in headers {
            request.headers_mut().insert(*name, HeaderValue::from_str(value).unwrap());
        }
        let opened = Opened { meta: Meta::of(&entry()), download: None };
        files().handle_guarded(request, String::new(), opened).await
    }

    #[tokio::test]
    async fn dav_server_answers_for_the_one_file() {
        let response = head(&[]).await;
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-length"], "10");
        assert_eq!(response.headers()["etag"], "\"ab-1\"");
        assert_eq!(head(&[("if-none-match", "*")]).await.status(), 304);
        assert_eq!(head(&[("range", "bytes=2-3")]).await.status(), 206);
        assert_eq!(head(&[("range", "bytes=20-")]).await.status(), 416);
        let changed = [("range", "bytes=2-3"), ("if-range", "\"ab-0\"")];
        assert_eq!(head(&changed).await.status(), 200);
    }

    #[test]
    fn what_was_uploaded_cannot_run_in_a_browser() {
        let mut headers = HeaderMap::new();
        describe(&entry(), &mut headers);
        let disposition = headers[CONTENT_DISPOSITION].to_str().unwrap();
        assert!(disposition.starts_with("attachment; filename*=UTF-8''Loonstrook%20%22%C3%A9"));
        assert_eq!(headers[CONTENT_SECURITY_POLICY], "sandbox; default-src 'none'");
        assert_eq!(headers["oc-etag"], "\"ab-1\"");
    }

    #[test]
    fn a_validator_is_a_tag_or_a_date() {
        assert!(is_validator("\"a\"") && is_validator("W/\"a\""));
        assert!(is_validator("Tue, 24 Nov 2026 04:00:00 GMT"));
        assert!(!is_validator("\"") && !is_validator("\"a\" x") && !is_validator("a"));
    }
}
