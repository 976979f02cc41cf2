//! Where the keys and the certificate lie by which SSH clients know the host.

use super::needed::read_key;
use crate::config::Config;
use crate::sftp;
use anyhow::{Context, Result, ensure};
use russh::keys::{Certificate, PrivateKey};
use std::path::Path;
use std::time::Duration;

/// By what clients know the host.
#[derive(Debug)]
pub(super) struct Host {
    /// One of each type.
    pub(super) keys: Vec<PrivateKey>,
    /// Of one of them.
    pub(super) certificate: Option<Certificate>,
}

impl Host {
    /// What the configuration names.
    pub(super) fn read(config: &Config) -> Result<Self> {
        let mut keys: Vec<PrivateKey> = Vec::new();
        for file in config.host_key_files() {
            let key = read(&file)?;
            let same = keys.iter().any(|other| other.algorithm() == key.algorithm());
            ensure!(
                !same,
                "{} is a second host key of type {}: SSH shows one of each type",
                file.display(),
                key.algorithm()
            );
            keys.push(key);
        }
        let file = &config.sftp.host_certificate_file;
        if file.as_os_str().is_empty() {
            return Ok(Self { keys, certificate: None });
        }
        let text = std::fs::read_to_string(file);
        let certificate = text.map_err(anyhow::Error::from);
        let certificate = certificate.and_then(|text| sftp::load_host_certificate(&text, &keys));
        let certificate = certificate
            .with_context(|| format!("{} is no host certificate of ours", file.display()))?;
        Ok(Self { keys, certificate: Some(certificate) })
    }

    /// Their fingerprints, as OpenSSH shows them.
    pub(super) fn fingerprints(&self) -> String {
        self.keys.iter().map(sftp::fingerprint).collect::<Vec<_>>().join(", ")
    }

    /// Until when the certificate is good for this host, or what is wrong with it. `now` and `soon` are in
    /// Unix milliseconds: it is to be good at both.
    pub(super) fn check_certificate(&self, host: &str, now: i64, soon: i64) -> Result<String> {
        let certificate = self.certificate.as_ref().context("there is none")?;
        let names = certificate.valid_principals();
        // OpenSSH takes patterns here; whether they fit is left to it.
        let fits = |name: &String| name == host || name.contains(['*', '?']);
        ensure!(
            names.is_empty() || names.iter().any(fits),
            "it is for {}, and not for {host}: sign it for that too, or correct `public_url`",
            names.join(", ")
        );
        let ms = |seconds: u64| i64::try_from(seconds).ok().and_then(|s| s.checked_mul(1000));
        let (from, until) = (certificate.valid_after(), certificate.valid_before());
        ensure!(ms(from).is_none_or(|at| at <= now), "it begins only at {}", when(from));
        let until_ms = ms(until).unwrap_or(i64::MAX);
        ensure!(until_ms > now, "it ended at {}: sign it anew, then restart", when(until));
        ensure!(until_ms > soon, "it ends at {}: sign it anew, then restart", when(until));
        let end = if until == u64::MAX { "without an end".to_owned() } else { when(until) };
        Ok(format!("{:?} for {}, {end}", certificate.key_id(), names.join(", ")))
    }
}

/// An instant in Unix seconds, in UTC.
fn when(seconds: u64) -> String {
    let at = jiff::Timestamp::UNIX_EPOCH.checked_add(Duration::from_secs(seconds));
    at.unwrap_or(jiff::Timestamp::MAX).to_string()
}

/// A new SSH host key, as its file holds it.
pub(super) fn make() -> Result<Vec<u8>> {
    sftp::new_host_key().map(String::into_bytes)
}

/// The fingerprint of a host key, as OpenSSH shows it.
pub(super) fn fingerprint(file: &Path) -> Result<String> {
    Ok(sftp::fingerprint(&read(file)?))
}

/// The public half of a key in OpenSSH's PEM, as `known_hosts` and `.pub` files hold it.
pub(super) fn public_key(file: &Path) -> Result<String> {
    let mut public = read(file)?.public_key().clone();
    public.set_comment("");
    Ok(public.to_openssh()?)
}

fn read(file: &Path) -> Result<PrivateKey> {
    let wrong = || format!("{} is no host key", file.display());
    let pem = String::from_utf8(read_key(file)?).with_context(wrong)?;
    sftp::load_host_key(&pem).with_context(wrong)
}
