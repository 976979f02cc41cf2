//! A WebDAV client.

use crate::client::Told;
use crate::common::PASSWORD;
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use reqwest::{Method, RequestBuilder, Response, StatusCode};
use std::net::SocketAddr;

pub(crate) struct Dav {
    pub(crate) login: &'static str,
    http: reqwest::Client,
    server: SocketAddr,
}

impl Dav {
    pub(crate) fn new(server: SocketAddr, login: &'static str) -> Self {
        Self { login, http: reqwest::Client::new(), server }
    }

    fn url(&self, path: &str) -> String {
        let parts = path.split('/').map(|part| utf8_percent_encode(part, NON_ALPHANUMERIC));
        let parts: Vec<_> = parts.map(|part| part.to_string()).collect();
        format!("http://{}{}", self.server, parts.join("/"))
    }

    fn request(&self, method: &str, path: &str) -> RequestBuilder {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        self.http.request(method, self.url(path)).basic_auth(self.login, Some(PASSWORD))
    }

    pub(crate) async fn put(&self, path: &str, content: &[u8]) -> Told {
        told(self.request("PUT", path).body(content.to_owned())).await
    }

    pub(crate) async fn get(&self, path: &str) -> Result<Vec<u8>, Told> {
        Ok(answered(self.request("GET", path)).await?.bytes().await.unwrap().to_vec())
    }

    /// A PROPFIND of the resource and, with depth 1, of what is in it.
    async fn find(&self, path: &str, depth: &str) -> Result<String, Told> {
        let answer = answered(self.request("PROPFIND", path).header("Depth", depth)).await?;
        assert_eq!(answer.status(), StatusCode::MULTI_STATUS);
        Ok(answer.text().await.unwrap())
    }

    pub(crate) async fn list(&self, path: &str) -> Result<Vec<String>, Told> {
        let found = self.find(path, "1").await?;
        // A lock has an address too: the first of each answer is the resource's.
        let answers = found.split("<D:response>").skip(1);
        let mut links =
            answers.map(|a| a.split("<D:href>").nth(1).unwrap().split('<').next().unwrap());
        if !links.next().unwrap().ends_with('/') {
            return Err(Told::Other("not a folder".into()));
        }
        let names = links.map(|link| {
            let name = link.trim_end_matches('/').rsplit('/').next().unwrap();
            percent_decode_str(name).decode_utf8().unwrap().into_owned()
        });
        Ok(names.collect())
    }

    pub(crate) async fn size(&self, path: &str) -> Result<u64, Told> {
        let found = self.find(path, "0").await?;
        let size = found.split("getcontentlength>").nth(1).and_then(|rest| rest.split('<').next());
        Ok(size.map_or(0, |size| size.parse().unwrap()))
    }

    pub(crate) async fn modified(&self, path: &str) -> String {
        let found = self.find(path, "0").await.unwrap();
        let rest = found.split("getlastmodified>").nth(1).unwrap();
        rest.split('<').next().unwrap().to_owned()
    }

    /// The letters of `oc:permissions`, and whether Windows is told that it is read only; `None` where nothing is.
    pub(crate) async fn marks(&self, path: &str) -> Option<(String, bool)> {
        let body = r#"<propfind xmlns="DAV:" xmlns:o="http://owncloud.org/ns" xmlns:z="urn:schemas-microsoft-com:">
            <prop><o:permissions/><z:Win32FileAttributes/></prop></propfind>"#;
        let found = answered(self.request("PROPFIND", path).header("Depth", "0").body(body)).await;
        let found = found.ok()?.text().await.unwrap();
        let element = |name: &str| {
            let rest = found.split(&format!("<{name}>")).nth(1).unwrap();
            rest.split('<').next().unwrap().to_owned()
        };
        let bits = u32::from_str_radix(&element("Z:Win32FileAttributes"), 16).unwrap();
        Some((element("O:permissions"), bits & 1 == 1))
    }

    pub(crate) async fn make_folder(&self, path: &str) -> Told {
        told(self.request("MKCOL", path)).await
    }

    pub(crate) async fn rename(&self, from: &str, to: &str, overwrite: bool) -> Told {
        let overwrite = if overwrite { "T" } else { "F" };
        let request = self.request("MOVE", from).header("Destination", self.url(to));
        told(request.header("Overwrite", overwrite)).await
    }

    pub(crate) async fn copy(&self, from: &str, to: &str) -> Told {
        self.copy_with(from, to, "F").await
    }

    pub(crate) async fn copy_over(&self, from: &str, to: &str) -> Told {
        self.copy_with(from, to, "T").await
    }

    async fn copy_with(&self, from: &str, to: &str, overwrite: &str) -> Told {
        let request = self.request("COPY", from).header("Destination", self.url(to));
        told(request.header("Overwrite", overwrite)).await
    }

    pub(crate) async fn set_time(&self, path: &str) -> Told {
        let body = "<D:propertyupdate xmlns:D=\"DAV:\" xmlns:Z=\"urn:schemas-microsoft-com:\"><D:set><D:prop>\
            <Z:Win32LastModifiedTime>Mon, 23 Nov 2026 00:00:00 GMT</Z:Win32LastModifiedTime>\
            </D:prop></D:set></D:propertyupdate>";
        let answer = match answered(self.request("PROPPATCH", path).body(body)).await {
            Ok(answer) => answer.text().await.unwrap(),
            Err(told) => return told,
        };
        assert!(answer.contains("HTTP/1.1 200 OK"), "{answer}");
        Told::Done
    }

    /// An exclusive lock.
    pub(crate) async fn lock(&self, path: &str) -> Told {
        let body = "<D:lockinfo xmlns:D=\"DAV:\"><D:lockscope><D:exclusive/></D:lockscope>\
            <D:locktype><D:write/></D:locktype></D:lockinfo>";
        told(self.request("LOCK", path).body(body)).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Told {
        told(self.request("DELETE", path)).await
    }
}

async fn told(request: RequestBuilder) -> Told {
    answered(request).await.err().unwrap_or(Told::Done)
}

/// The answer when it was done, else what was told.
async fn answered(request: RequestBuilder) -> Result<Response, Told> {
    let answer = request.send().await.unwrap();
    let status = answer.status();
    if status.is_success() {
        return Ok(answer);
    }
    let text = answer.text().await.unwrap();
    Err(match status {
        StatusCode::NOT_FOUND => Told::Absent,
        StatusCode::FORBIDDEN => Told::Denied,
        StatusCode::PRECONDITION_FAILED | StatusCode::METHOD_NOT_ALLOWED => Told::Taken,
        StatusCode::BAD_REQUEST => Told::BadName(text),
        StatusCode::LOCKED => Told::Locked,
        StatusCode::UNAUTHORIZED => Told::SignedOut,
        StatusCode::UNPROCESSABLE_ENTITY => Told::Refused(text),
        StatusCode::CONFLICT => Told::by_sentence(text),
        _ => Told::Other(format!("{status} {text}")),
    })
}
