//! `loondossier doctor`: checks every part, and says what is wrong and what to do.

use super::gateway::{self, Gateway};
use super::host_key::Host;
use super::output::word;
use super::{Exit, Output, notices, presence};
use super::{needed, trust};
use crate::clock::Clock;
use crate::config::Config;
use crate::vfs;
use anyhow::{Context, Result, anyhow, bail, ensure};
use serde::Serialize;
use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Duration;

/// One part, and how it is.
#[derive(Debug, Serialize)]
struct Check {
    part: &'static str,
    ok: bool,
    /// What was found; what is wrong and what to do when it is not ok.
    says: String,
}

impl Check {
    fn new(part: &'static str, found: Result<String>) -> Self {
        let ok = found.is_ok();
        Self { part, ok, says: found.unwrap_or_else(|error| format!("{error:#}")) }
    }
}

pub(super) async fn run(config: Result<Config>, output: Output) -> Result<Exit> {
    let checks = match config {
        Ok(config) => check(&config).await,
        Err(error) => vec![Check::new("configuration", Err(error))],
    };
    output.rows(&["PART", "STATE", "FOUND"], &checks, |check| {
        let ok = if check.ok { "ok" } else { "WRONG" };
        vec![check.part.into(), ok.into(), check.says.clone()]
    });
    Ok(if checks.iter().all(|check| check.ok) { Exit::Done } else { Exit::Failed })
}

async fn check(config: &Config) -> Vec<Check> {
    let ours = lives(config.ops.listen);
    let dav = ours || presence::shows_certificate(config).await;
    let sftp = ours || presence::shows_host_key(config).await;
    let clock = Clock::system();
    let host = Host::read(config);
    let same = |error: &anyhow::Error| anyhow!("{error:#}");
    let mut checks = vec![
        Check::new("configuration", Ok(format!("for {}", config.public_url))),
        Check::new("data folder", data_folder(&config.data_dir)),
        Check::new("pepper", pepper(config).await),
        Check::new("SSH host key", host.as_ref().map(Host::fingerprints).map_err(same)),
        Check::new("SSH host certificate", host_certificate(config, &host, &clock)),
        Check::new("certificate", certificate(config, &clock)),
    ];
    let opened = Gateway::open(config).await;
    let (database, keys, contents, last) = match &opened {
        Ok(gateway) => (
            database(config, gateway).await,
            gateway.check_keys().await.map(|()| show(&config.master_key_file())),
            gateway.check_contents().await.map(|()| needed::contents(config)),
            gateway.vfs.last_instant().await.map_err(gateway::sentence),
        ),
        Err(error) => {
            let same = || Err(anyhow!("{error:#}"));
            (same(), same(), same(), Ok(0))
        }
    };
    checks.extend([
        Check::new("database", database),
        Check::new("master key", keys),
        Check::new("contents", contents),
        Check::new("clock", last.and_then(|last| time(clock.set_to(), last))),
        Check::new("WebDAV port", port(config.dav.listen, dav)),
        Check::new("SFTP port", port(config.sftp.listen, sftp)),
        Check::new("ops port", port(config.ops.listen, ours)),
        Check::new("mail", mail(config).await),
        Check::new("webhook", webhook(config)),
    ]);
    checks
}

/// Whether the mail server answers, and takes us.
async fn mail(config: &Config) -> Result<String> {
    let Some(mailer) = notices::mailer(config)? else { return Ok("none: it is off".to_owned()) };
    let server = &config.mail.server;
    mailer.check().await.with_context(|| {
        format!("{server} takes no mail from us: correct `[mail]`, or see to that server")
    })?;
    Ok(format!("{server} answers"))
}

/// Whether there is a secret to sign with; nothing is sent.
fn webhook(config: &Config) -> Result<String> {
    let webhook = notices::webhook(config)?;
    Ok(webhook.map_or("none: it is off".to_owned(), |_| format!("to {}", config.webhook.url)))
}

fn data_folder(at: &Path) -> Result<String> {
    let name = at.display();
    let metadata = std::fs::metadata(at)
        .with_context(|| format!("{name} cannot be entered: run `loondossier init`"))?;
    ensure!(metadata.is_dir(), "{name} is not a folder: name another in `data_dir`");
    let others = metadata.permissions().mode() & 0o077;
    ensure!(others == 0, "{name} can be entered by others: run `chmod 700 {}`", word(&name));
    Ok(show(at))
}

/// What the certificate holds for, now and in two weeks, by the library that serves it.
fn certificate(config: &Config, clock: &Clock) -> Result<String> {
    let Some((cert, key)) = config.tls_files() else {
        return Ok("none: TLS is off".to_owned());
    };
    needed::read_key(&key)?;
    let host = config.public_host().unwrap_or_default();
    trust::check(&cert, &host, clock.now()).with_context(|| {
        format!("{} does not hold for {host}: renew it, or correct `public_url`", show(&cert))
    })?;
    trust::check(&cert, &host, clock.now() + SOON)
        .with_context(|| format!("{} ends within two weeks: renew it", show(&cert)))?;
    Ok(format!("{} for {host}", trust::fingerprint(&cert)?))
}

/// Until when the host certificate is good, for whom.
fn host_certificate(config: &Config, host: &Result<Host>, clock: &Clock) -> Result<String> {
    if config.sftp.host_certificate_file.as_os_str().is_empty() {
        return Ok("none".to_owned());
    }
    let host = host.as_ref().map_err(|error| anyhow!("{error:#}"))?;
    let (name, now) = (config.public_host().unwrap_or_default(), clock.now());
    host.check_certificate(&name, now, now + SOON)
        .with_context(|| show(&config.sftp.host_certificate_file))
}

/// Two weeks, in milliseconds.
const SOON: i64 = 14 * 24 * 3_600_000;
/// 2026-01-01: no clock that is right says less, in Unix milliseconds.
const EPOCH: i64 = 1_767_225_600_000;
/// How far the clocks of several nodes may be apart, in milliseconds.
const APART: i64 = 60_000;

/// Whether it can be now.
pub(super) const fn is_a_time(now: i64) -> bool {
    now >= EPOCH
}

fn time(now: i64, last: i64) -> Result<String> {
    let advice = "set the clock right, and let it be kept so (chrony, systemd-timesyncd)";
    let says = jiff::Timestamp::from_millisecond(now).map(|at| format!("{at:.0}"))?;
    ensure!(is_a_time(now), "it says {says}: {advice}");
    let behind = last - now;
    ensure!(
        behind <= APART,
        "it says {says}, {} behind what was written: {advice}; or, if it is right now and was ahead \
         before, run `loondossier maintain --clock-was-ahead`",
        vfs::span(behind)
    );
    Ok(says)
}

fn port(address: SocketAddr, ours: bool) -> Result<String> {
    match TcpListener::bind(address) {
        Ok(_) => Ok(format!("{address} is free")),
        Err(e) if e.kind() == ErrorKind::AddrInUse && ours => Ok(format!("{address} is served")),
        Err(e) if e.kind() == ErrorKind::AddrInUse => {
            bail!("{address} is held by another program: end that, or name another port")
        }
        Err(e) if e.kind() == ErrorKind::PermissionDenied => {
            bail!(
                "{address} needs a privilege: let systemd open it (systemd/loondossier-https.socket, \
                 systemd/loondossier-sftp.socket)"
            )
        }
        Err(error) => Err(error).with_context(|| format!("{address} cannot be listened on")),
    }
}

/// Whether we run there already: `/livez` says so.
fn lives(ops: SocketAddr) -> bool {
    let patience = Duration::from_secs(2);
    let ask = || -> std::io::Result<String> {
        let mut stream = TcpStream::connect_timeout(&ops, patience)?;
        stream.set_read_timeout(Some(patience))?;
        stream.write_all(b"GET /livez HTTP/1.1\r\nHost: ops\r\nConnection: close\r\n\r\n")?;
        let mut answer = String::new();
        stream.take(4096).read_to_string(&mut answer)?;
        Ok(answer)
    };
    ask().is_ok_and(|answer| answer.ends_with("loondossier lives\n"))
}

async fn pepper(config: &Config) -> Result<String> {
    needed::no_pepper_is_missing(config).await?;
    needed::read_pepper(config).map(|_| show(&config.pepper_file()))
}

/// Whether the database is read and written, and is whole.
async fn database(config: &Config, gateway: &Gateway) -> Result<String> {
    gateway.probe().await?;
    let name = match config.database_url()?.as_str() {
        "sqlite" => show(&config.sqlite_file()),
        _ => "PostgreSQL".to_owned(),
    };
    if let Some(fault) = gateway.db.broken().await.map_err(gateway::sentence)? {
        bail!("{name} is damaged ({fault}): stop the service, and restore it from the backup");
    }
    Ok(name)
}

fn show(at: &Path) -> String {
    at.display().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_behind_what_was_written_is_wrong() {
        let now = EPOCH + 1_000_000;
        assert!(time(now, 0).is_ok());
        assert!(time(now, now + 1_000).is_ok(), "another node is a second ahead");
        assert!(time(0, 0).unwrap_err().to_string().starts_with("it says 1970-01-01T00:00:00Z"));
        let error = time(now, now + 240 * 3_600_000).unwrap_err().to_string();
        assert!(
            error.contains(", 10 days 0 hours behind what was written: set the clock"),
            "{error}"
        );
        assert!(error.contains("`loondossier maintain --clock-was-ahead`"), "{error}");
    }

    #[test]
    fn a_port_is_free_ours_or_taken() {
        let held = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = held.local_addr().unwrap();
        assert!(port(address, true).unwrap().ends_with("is served"));
        assert!(port(address, false).unwrap_err().to_string().contains("another program"));
        drop(held);
        assert!(port(address, false).unwrap().ends_with("is free"));
    }

    #[test]
    fn a_folder_that_others_can_enter_is_wrong() {
        let folder = tempfile::tempdir().unwrap();
        let mode = |mode| {
            let permissions = std::fs::Permissions::from_mode(mode);
            std::fs::set_permissions(folder.path(), permissions).unwrap();
            data_folder(folder.path())
        };
        assert!(mode(0o700).is_ok());
        assert!(mode(0o750).unwrap_err().to_string().contains("chmod 700"));
    }

    #[test]
    fn a_server_of_another_kind_is_not_ours() {
        let held = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = held.local_addr().unwrap();
        let other = std::thread::spawn(move || {
            let (mut stream, _) = held.accept().unwrap();
            stream.write_all(b"HTTP/1.1 200 OK\r\n\r\nhello\n").unwrap();
        });
        assert!(!lives(address));
        other.join().unwrap();
    }
}
