//! Proxies in front: whose word on a client's address is believed. 127.0.0.2 is one that is trusted.

use crate::certificate::encrypt;
use crate::common::server::free_port;
use crate::common::wire::Trusting;
use crate::common::{Gateway, PASSWORD, certificate, eventually, failures, file, program};
use crate::{Client, head, head_of};
use data_encoding::BASE64;
use loondossier::net::{self, Certificate, Times};
use loondossier::sftp;
use russh::client;
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio_util::sync::DropGuard;

const PROXY: &str = "127.0.0.2";
const STRANGER: &str = "127.0.0.1";

fn config() -> net::Config {
    let trusted_proxies = vec![format!("{PROXY}/32").parse().unwrap()];
    net::Config { trusted_proxies, ..net::Config::default() }
}

/// A header of version 2 that says that the client is at this address.
fn binary(client: [u8; 4]) -> Vec<u8> {
    let signature = b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c";
    [&signature[..], &client, &[127, 0, 0, 1, 0x30, 0x39, 1, 0xbb]].concat()
}

/// The same in version 1.
fn text(client: &str) -> Vec<u8> {
    format!("PROXY TCP4 {client} 127.0.0.1 12345 443\r\n").into_bytes()
}

/// A request of somebody who does not exist, by whose name the log tells where it came from.
fn unknown(login: &str, headers: &str) -> String {
    let basic = BASE64.encode(format!("{login}:geheim").as_bytes());
    format!("GET / HTTP/1.1\r\nHost: x\r\nAuthorization: Basic {basic}\r\n{headers}\r\n")
}

/// Where the log says that a login came from.
async fn logged(proto: &str, login: &str) -> String {
    let of = |line: &String| {
        let (ip, rest) = line.split_once(' ')?;
        rest.starts_with(&format!("user=\"{login}\"")).then(|| ip.to_owned())
    };
    let all = || failures::after(&format!("auth_failed proto={proto} ip="));
    eventually("the line", async || all().iter().any(|line| of(line).is_some())).await;
    all().iter().find_map(of).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_that_is_trusted_says_who_the_client_is_and_nobody_else_does() {
    failures::listen();
    let gateway = Gateway::start().await;
    let (host, _guard) = gateway.also(config()).await;
    let forwarded = "X-Forwarded-For: 203.0.113.9\r\n";
    for (n, (peer, before, headers, address)) in [
        (PROXY, text("198.51.100.7"), "", Some("198.51.100.7")),
        (PROXY, binary([198, 51, 100, 8]), "", Some("198.51.100.8")),
        (PROXY, Vec::new(), forwarded, Some("203.0.113.9")),
        (PROXY, Vec::new(), "Forwarded: for=203.0.113.8\r\n", Some("203.0.113.8")),
        (PROXY, Vec::new(), "", Some(PROXY)),
        // Who is at the other end is no proxy.
        (PROXY, binary([198, 51, 100, 9]), forwarded, Some("198.51.100.9")),
        (STRANGER, Vec::new(), forwarded, Some(STRANGER)),
        (STRANGER, text("198.51.100.7"), "", None),
        (STRANGER, binary([198, 51, 100, 8]), "", None),
    ]
    .into_iter()
    .enumerate()
    {
        let login = format!("dav-{n}");
        let mut client = Client::from(peer, host).await;
        client.send(&before).await;
        let status = client.ask(&unknown(&login, headers)).await;
        match address {
            Some(address) => {
                assert_eq!(status, Some(401), "{login}");
                assert_eq!(logged("webdav", &login).await, address, "{login}");
            }
            None => assert!(status.is_none_or(|status| status == 400), "{login}: {status:?}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_proxy_says_comes_before_tls() {
    failures::listen();
    let gateway = Gateway::start().await;
    let (cert, key) = net::self_signed(&["localhost".to_owned()]).unwrap();
    let certificate = Some(Certificate::new(cert.as_bytes(), key.as_bytes()).unwrap());
    let (host, _guard) = gateway.also(net::Config { certificate, ..config() }).await;
    for (peer, address) in [(PROXY, Some("198.51.100.7")), (STRANGER, None)] {
        let mut client = Client::from(peer, host).await;
        client.send(text("198.51.100.7")).await;
        let Ok(mut encrypted) = encrypt(client.0, cert.as_bytes()).await else {
            assert_eq!(address, None);
            continue;
        };
        let request = unknown("tls-0", "Connection: close\r\n");
        tokio::io::AsyncWriteExt::write_all(&mut encrypted, request.as_bytes()).await.unwrap();
        assert_eq!(Some(&*logged("webdav", "tls-0").await), address);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_behind_a_proxy_have_their_own_limits_and_guesses() {
    let gateway = Gateway::start().await;
    let (host, _guard) = gateway.also(net::Config { connections_per_source: 1, ..config() }).await;
    let through = async |client: &str| {
        let mut connection = Client::from(PROXY, host).await;
        connection.send(text(client)).await;
        connection
    };
    let mut one = through("192.0.2.1").await;
    assert_eq!(one.ask(&head("OPTIONS", "/", "")).await, Some(200));
    assert_eq!(through("192.0.2.1").await.ask(&head("OPTIONS", "/", "")).await, None);
    for (guess, status) in (0..11).map(|n| (n, if n < 10 { 401 } else { 429 })) {
        let wrong = head_of("GET", "/", "", &format!("mis {guess}"));
        assert_eq!(one.ask(&wrong).await, Some(status), "guess {guess}");
    }
    assert_eq!(through("192.0.2.2").await.ask(&head("HEAD", "/", "")).await, Some(200));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_that_speaks_half_or_wrong_is_hung_up_on() {
    let gateway = Gateway::start().await;
    let proxy = Duration::from_millis(300);
    let (host, _guard) =
        gateway.also(net::Config { times: Times { proxy, ..Times::default() }, ..config() }).await;
    let mut endless = binary([0; 4]);
    *endless.last_chunk_mut::<14>().unwrap().first_mut().unwrap() = 0xff;
    for said in [
        &b"PROXY TCP4 nonsense\r\n"[..],
        b"PROXY TCP4 198.51.100.7 ",
        &binary([198, 51, 100, 7])[..20],
        &endless,
    ] {
        let mut client = Client::from(PROXY, host).await;
        client.send(said).await;
        let (answer, lasted) = client.end().await;
        // Sooner than for a head that does not come whole.
        assert!(answer.is_empty() && lasted < Duration::from_secs(9), "{said:?}");
    }
}

/// SFTP once more, behind a proxy.
async fn sftp_behind_a_proxy(gateway: &Gateway) -> (SocketAddr, DropGuard) {
    let config = sftp::Config {
        trusted_proxies: config().trusted_proxies,
        max_unauthenticated_per_source: 1,
        ..sftp::Config::default()
    };
    gateway.also_sftp(config).await
}

/// Speaks SSH, and says whether the password was taken.
async fn ssh(stream: TcpStream, login: &str, password: &str) -> Result<bool, russh::Error> {
    let config = Arc::new(client::Config::default());
    let mut ssh = client::connect_stream(config, stream, Trusting).await?;
    Ok(ssh.authenticate_password(login, password).await?.success())
}

#[tokio::test(flavor = "multi_thread")]
async fn over_sftp_a_trusted_proxy_says_who_the_client_is_too() {
    failures::listen();
    let gateway = Gateway::start().await;
    let (host, _guard) = sftp_behind_a_proxy(&gateway).await;
    for (n, (peer, before, address)) in [
        (PROXY, text("198.51.100.7"), Some("198.51.100.7")),
        (PROXY, binary([198, 51, 100, 8]), Some("198.51.100.8")),
        (PROXY, Vec::new(), Some(PROXY)),
        (PROXY, b"PROXY TCP4 nonsense\r\n".to_vec(), None),
        (STRANGER, text("198.51.100.7"), None),
    ]
    .into_iter()
    .enumerate()
    {
        let login = format!("sftp-{n}");
        let mut client = Client::from(peer, host).await;
        client.send(&before).await;
        let signed_in = ssh(client.0, &login, "geheim").await;
        match address {
            Some(address) => {
                assert!(!signed_in.unwrap());
                assert_eq!(logged("sftp", &login).await, address);
            }
            None => assert!(signed_in.is_err(), "{login}"),
        }
    }
    let mut waiting = Vec::new();
    for (client, room) in [("192.0.2.1", true), ("192.0.2.1", false), ("192.0.2.2", true)] {
        let mut connection = Client::from(PROXY, host).await;
        connection.send(text(client)).await;
        let mut hello = [0; 4];
        let heard = tokio::io::AsyncReadExt::read_exact(&mut connection.0, &mut hello).await;
        assert_eq!(heard.is_ok(), room, "{client}");
        waiting.push(connection);
    }
    let mut connection = Client::from(PROXY, host).await;
    connection.send(text("192.0.2.3")).await;
    assert!(ssh(connection.0, "devries", PASSWORD).await.unwrap());
}

/// `haproxy` in front of a server, which it reaches from the address that is trusted, until dropped.
struct Haproxy {
    running: Child,
    address: SocketAddr,
}

impl Haproxy {
    async fn start(folder: &Path, server: SocketAddr, version: &str) -> Self {
        let address = free_port();
        let config = format!(
            "defaults\n mode tcp\n timeout connect 9s\n timeout client 30s\n timeout server 30s\n\
             listen it\n bind {address}\n server it {server} source {PROXY} {version}\n"
        );
        let config = file(folder, "haproxy.cfg", config.as_bytes());
        let mut command = Command::new(program("haproxy"));
        let running =
            command.args(["-db", "-f"]).arg(config).stderr(Stdio::null()).spawn().unwrap();
        let proxy = Self { running, address };
        eventually("haproxy answers", async || TcpStream::connect(address).await.is_ok()).await;
        proxy
    }
}

impl Drop for Haproxy {
    fn drop(&mut self) {
        drop(self.running.kill());
        drop(self.running.wait());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn behind_haproxy_curl_and_ssh_are_known_by_their_own_address() {
    failures::listen();
    let gateway = Gateway::start().await;
    let (dav, _dav_guard) =
        gateway.also(net::Config { certificate: Some(certificate()), ..config() }).await;
    let (ssh_host, _sftp_guard) = sftp_behind_a_proxy(&gateway).await;
    let folder = tempfile::tempdir().unwrap();
    for (version, client) in [("send-proxy", "127.0.0.7"), ("send-proxy-v2", "127.0.0.8")] {
        let proxy = Haproxy::start(folder.path(), dav, version).await;
        let url = format!("https://{}/", proxy.address);
        let login = format!("curl-{version}");
        let args = ["-sSk", "--interface", client, "-u", &format!("{login}:geheim"), &url];
        let mut curl = Command::new(program("curl"));
        let said = tokio::task::spawn_blocking({
            let args = args.map(str::to_owned);
            move || curl.args(args).output().unwrap()
        });
        assert!(said.await.unwrap().status.success());
        assert_eq!(logged("webdav", &login).await, client);

        let proxy = Haproxy::start(folder.path(), ssh_host, version).await;
        let login = format!("ssh-{version}");
        let stream = Client::from(client, proxy.address).await.0;
        assert!(!ssh(stream, &login, "geheim").await.unwrap());
        assert_eq!(logged("sftp", &login).await, client);
    }
}
