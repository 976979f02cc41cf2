//! What real clients send: every method, with each of its headers and bodies. `{w}` is a folder of the
//! connection's own, `{url}` the same as a URL, `{token}` and `{etag}` what was last heard.

use crate::mutants::Request;
use std::net::SocketAddr;

/// What the client knows.
pub(crate) struct Known {
    pub(crate) host: String,
    pub(crate) authorization: String,
    pub(crate) token: String,
    pub(crate) etag: String,
    folder: String,
}

impl Known {
    pub(crate) fn new(number: u64, host: SocketAddr, authorization: &str) -> Self {
        Self {
            host: host.to_string(),
            authorization: authorization.to_owned(),
            token: "urn:uuid:181d4fae-7d8c-11d0-a765-00a0c91e6bf2".into(),
            etag: "\"x-1\"".into(),
            folder: format!("/Mijn%20bestanden/w{number}"),
        }
    }

    pub(crate) fn fill(&self, bytes: &[u8]) -> Vec<u8> {
        let Ok(text) = std::str::from_utf8(bytes) else { return bytes.to_vec() };
        let url = format!("http://{}{}", self.host, self.folder);
        let text = text.replace("{w}", &self.folder).replace("{url}", &url);
        text.replace("{token}", &self.token).replace("{etag}", &self.etag).into_bytes()
    }
}

/// What makes the folder and what is in it.
pub(crate) fn beginning() -> Vec<Request> {
    let request = |method, target| Request::new(method, target, &[], "");
    vec![
        request("MKCOL", "{w}"),
        request("MKCOL", "{w}/map"),
        Request::new("PUT", "{w}/a.txt", &[], "0123456789"),
        Request::new("PUT", "{w}/map/b%20%C3%A9.txt", &[], "b"),
    ]
}

/// The requests that are mutated.
pub(crate) fn all() -> Vec<Request> {
    [reads(), listings(), changes(), moves(), locks()].concat()
}

fn reads() -> Vec<Request> {
    let get = |target, headers: &[_]| Request::new("GET", target, headers, "");
    let date = "Tue, 24 Nov 2026 04:00:00 GMT";
    vec![
        Request::new("OPTIONS", "{w}", &[], ""),
        Request::new("OPTIONS", "*", &[], ""),
        Request::new("HEAD", "{w}/a.txt", &[("Accept", "*/*")], ""),
        get("{w}/a.txt", &[("If-None-Match", "{etag}, W/\"other\"")]),
        get("{w}/a.txt", &[("Range", "bytes=2-4"), ("If-Range", "{etag}")]),
        get("{w}/a.txt", &[("Range", "bytes=0-1, 4-5,-2"), ("If-Range", date)]),
        get("{w}/map/b%20%C3%A9.txt", &[("If-Modified-Since", date), ("Range", "bytes=-1")]),
        get("{w}/map/", &[("If-Match", "*"), ("If-Unmodified-Since", date)]),
        get("/Werkgevers/Bakkerij%20Jansen%20BV/Loonstroken/2026/Loonstrook%202026-11.pdf", &[]),
        get("/Logboek/2026-11.csv", &[("Accept-Encoding", "gzip")]),
        get("/Werkgevers/Garage%20Bos/Loonstroken/2026", &[]),
    ]
}

fn listings() -> Vec<Request> {
    let find = |target, headers: &[_], body| Request::new("PROPFIND", target, headers, body);
    let asked = r#"<?xml version="1.0" encoding="utf-8"?><D:propfind xmlns:D="DAV:" xmlns:oc="http://owncloud.org/ns" xmlns:Z="urn:schemas-microsoft-com:"><D:prop><D:getetag/><D:getcontentlength/><D:quota-used-bytes/><D:lockdiscovery/><D:resourcetype/><oc:permissions/><oc:fileid/><oc:checksums/><Z:Win32FileAttributes/><k:kleur xmlns:k="urn:x"/></D:prop></D:propfind>"#;
    let all = r#"<propfind xmlns="DAV:"><allprop/><include><quota-available-bytes/></include></propfind>"#;
    let names = r#"<D:propfind xmlns:D="DAV:"><D:propname/></D:propfind>"#;
    let windows = [("Depth", "1"), ("User-Agent", "Microsoft-WebDAV-MiniRedir/10.0.19045")];
    vec![
        find("{w}", &[("Depth", "1"), ("Content-Type", "text/xml")], asked),
        find("{w}/a.txt", &[("Depth", "0"), ("If", "(Not <{token}>) ([{etag}])")], asked),
        find("{w}/map", &[("Depth", "1,noroot")], all),
        find("{w}/", &[("Depth", "infinity")], all),
        find("{w}/a.txt", &[("Depth", "0")], names),
        find("/", &windows, ""),
        find("/Werkgevers/Bakkerij%20Jansen%20BV", &windows, ""),
        find("/Eerdere%20dagen", &[("Depth", "1")], names),
        find("/Back-ups", &[("Depth", "0")], asked),
    ]
}

fn changes() -> Vec<Request> {
    let put = |target, headers: &[_]| Request::new("PUT", target, headers, "0123456789");
    let patch = |body| Request::new("PROPPATCH", "{w}/a.txt", &[("If", "(<{token}>)")], body);
    let times = r#"<?xml version="1.0" encoding="utf-8" ?><D:propertyupdate xmlns:D="DAV:" xmlns:Z="urn:schemas-microsoft-com:"><D:set><D:prop><Z:Win32CreationTime>Tue, 24 Nov 2026 04:00:00 GMT</Z:Win32CreationTime><Z:Win32LastModifiedTime>Tue, 24 Nov 2026 04:00:00 GMT</Z:Win32LastModifiedTime><Z:Win32FileAttributes>00000020</Z:Win32FileAttributes></D:prop></D:set></D:propertyupdate>"#;
    let dead = r#"<D:propertyupdate xmlns:D="DAV:" xmlns:x="urn:x"><D:set><D:prop><x:kleur xml:lang="nl">rood<b>&amp;</b></x:kleur></D:prop></D:set><D:remove><D:prop><x:geur/></D:prop></D:remove></D:propertyupdate>"#;
    let modified = r#"<d:propertyupdate xmlns:d="DAV:"><d:set><d:prop><d:lastmodified>1795392000</d:lastmodified></d:prop></d:set></d:propertyupdate>"#;
    vec![
        put("{w}/a.txt", &[("If-Match", "{etag}"), ("Content-Type", "text/plain")]),
        put("{w}/a.txt", &[("If", "<{url}/a.txt> (<{token}> [{etag}]) (Not <DAV:no-lock>)")]),
        put("{w}/a.txt", &[("Lock-Token", "<{token}>")]),
        put("{w}/c.txt", &[("If-None-Match", "*"), ("X-OC-Mtime", "1795392000")]),
        put("{w}/map/c.txt", &[("OC-Checksum", "MD5:781e5e245d69b566979b86e28d23f2c7")]),
        put("{w}/d.txt", &[("X-Expected-Entity-Length", "10")]).chunked(),
        put("{w}/e.txt", &[("Content-Range", "bytes 0-9/10")]),
        put("{w}/e.txt", &[("Content-Encoding", "identity")]),
        Request::new("POST", "{w}/a.txt", &[("Content-Type", "text/plain")], "x"),
        Request::new("PATCH", "{w}/a.txt", &[("X-Update-Range", "append")], "x"),
        patch(times),
        patch(dead),
        patch(modified),
    ]
}

fn moves() -> Vec<Request> {
    let to = |target| ("Destination", target);
    let request = |method, target, headers: &[_]| Request::new(method, target, headers, "");
    vec![
        request("MKCOL", "{w}/map/nieuw", &[]),
        Request::new("MKCOL", "{w}/map/nieuw", &[("Content-Type", "text/xml")], "<a/>"),
        request("COPY", "{w}/a.txt", &[to("{url}/f.txt"), ("Overwrite", "T")]),
        request("COPY", "{w}/map", &[to("{w}/map2"), ("Depth", "0"), ("Overwrite", "F")]),
        request("COPY", "{w}/map", &[to("{url}/map3"), ("Depth", "infinity")]),
        request("MOVE", "{w}/f.txt", &[to("{url}/map/b%20%C3%A9.txt"), ("If", "(<{token}>)")]),
        request("MOVE", "{w}/map2", &[to("{url}/map3/in"), ("Overwrite", "T")]),
        request("MOVE", "{w}/map", &[to("{url}/map/in/zichzelf"), ("Depth", "infinity")]),
        request("MOVE", "{w}/f.txt", &[to("http://evil.example/f.txt")]),
        request("MOVE", "{w}/f.txt", &[to("/Werkgevers/Garage%20Bos/f.txt")]),
        request("DELETE", "{w}/f.txt", &[("If-Match", "{etag}, \"other\"")]),
        request("DELETE", "{w}/map3", &[("Depth", "infinity"), ("If", "(Not <urn:x:y>)")]),
        request("DELETE", "{w}/", &[]),
    ]
}

fn locks() -> Vec<Request> {
    let lock = |target, headers: &[_], body| Request::new("LOCK", target, headers, body);
    let exclusive = r#"<?xml version="1.0" encoding="utf-8" ?><D:lockinfo xmlns:D="DAV:"><D:lockscope><D:exclusive/></D:lockscope><D:locktype><D:write/></D:locktype><D:owner><D:href>DESKTOP\devries</D:href></D:owner></D:lockinfo>"#;
    let shared = r#"<lockinfo xmlns="DAV:"><lockscope><shared/></lockscope><locktype><write/></locktype></lockinfo>"#;
    let long = ("Timeout", "Infinite, Second-4100000000");
    vec![
        lock("{w}/a.txt", &[("Depth", "0"), long], exclusive),
        lock("{w}/g.txt", &[("Timeout", "Second-1")], exclusive),
        lock("{w}/map", &[("Depth", "infinity"), ("Timeout", "Second-600")], shared),
        lock("{w}/a.txt", &[("If", "(<{token}>)"), long], ""),
        Request::new("UNLOCK", "{w}/a.txt", &[("Lock-Token", "<{token}>")], ""),
    ]
}
