//! SSH public keys: which ones are taken, by what they are found, and from where they may be used.
//!
//! Knows the OpenSSH text of a key and CIDRs. Must not know whose key it is.

use anyhow::{Context, bail, ensure};
use ipnet::IpNet;
use russh::keys::ssh_key::public::KeyData;
use russh::keys::ssh_key::{EcdsaCurve, HashAlg, PublicKey};
use std::net::IpAddr;

/// The shortest RSA key, in bits.
const RSA: u32 = 3072;

/// A key that is taken.
#[derive(Debug)]
pub(super) struct Key {
    /// `SHA256:` and base64.
    pub(super) fingerprint: String,
    /// OpenSSH text, without a comment.
    pub(super) text: String,
    /// What the file called it.
    pub(super) comment: String,
}

/// The fingerprint of a key's OpenSSH text; `None` when it is none.
pub(super) fn fingerprint(text: &str) -> Option<String> {
    Some(PublicKey::from_openssh(text).ok()?.fingerprint(HashAlg::Sha256).to_string())
}

/// Reads the one key in the text of a `.pub` file.
///
/// # Errors
/// What is wrong with it and what to do, for an operator.
pub(super) fn accept(file: &str) -> anyhow::Result<Key> {
    ensure!(
        !file.contains("PRIVATE KEY"),
        "this is a private key, which nobody else may have: give the .pub file beside it"
    );
    let lines = file.lines().map(str::trim);
    let mut lines = lines.filter(|l| !l.is_empty() && !l.starts_with('#'));
    let line = lines.next().context("the file holds no public key")?;
    ensure!(lines.next().is_none(), "the file holds more than one key: add them one by one");
    ensure!(
        !line.starts_with("-----"),
        "this is not an OpenSSH public key: give the .pub file, or convert it with \
         `ssh-keygen -i -f FILE`"
    );
    let key = PublicKey::from_openssh(line)
        .context("this is not an OpenSSH public key: give one line like `ssh-ed25519 AAAA...`")?;
    strong(key.key_data())?;
    Ok(Key {
        fingerprint: key.fingerprint(HashAlg::Sha256).to_string(),
        text: PublicKey::from(key.key_data().clone()).to_openssh()?,
        comment: key.comment().to_string(),
    })
}

/// Whether a key, in its OpenSSH text, is one that is taken.
pub(super) fn is_strong(text: &str) -> bool {
    PublicKey::from_openssh(text).is_ok_and(|key| strong(key.key_data()).is_ok())
}

/// Whether a key is one that is taken.
///
/// # Errors
/// Why not and what to do, for an operator.
pub(super) fn strong(key: &KeyData) -> anyhow::Result<()> {
    const MAKE: &str = "make one with `ssh-keygen -t ed25519`";
    match key {
        KeyData::Ed25519(_) => Ok(()),
        KeyData::Ecdsa(key)
            if matches!(key.curve(), EcdsaCurve::NistP256 | EcdsaCurve::NistP384) =>
        {
            Ok(())
        }
        KeyData::Rsa(key) if key.key_size() >= RSA => Ok(()),
        KeyData::Rsa(key) => {
            bail!("an RSA key of {} bits is too short, {RSA} is the least: {MAKE}", key.key_size())
        }
        other => bail!("a key of type {} is not taken: {MAKE}", other.algorithm()),
    }
}

/// The networks from which a key may be used, as the catalog keeps them.
///
/// # Errors
/// The first text that is no network, for an operator.
pub(super) fn networks(from: &[String]) -> anyhow::Result<String> {
    let one = |text: &String| -> anyhow::Result<String> {
        let net = text.parse::<IpNet>().or_else(|_| text.parse::<IpAddr>().map(IpNet::from));
        let net = net.with_context(|| {
            format!("{text:?} is no network: write one like 192.0.2.0/24 or 2001:db8::/32")
        })?;
        Ok(net.trunc().to_string())
    };
    Ok(from.iter().map(one).collect::<anyhow::Result<Vec<_>>>()?.join(","))
}

/// Whether an address is in one of the networks; without any, every address is.
pub(super) fn admits(networks: &str, address: IpAddr) -> bool {
    let address = address.to_canonical();
    let within = |net: &str| net.parse::<IpNet>().is_ok_and(|net| net.contains(&address));
    networks.is_empty() || networks.split(',').any(within)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ED25519: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAILM+rvN+ot98qgEN796jTiQfZfG1KaT0PtFDJ/XFSqti petra@laptop";

    /// An RSA key with a modulus of so many bits, in OpenSSH text.
    fn rsa(bits: usize) -> String {
        let mut modulus = vec![0xff; bits / 8];
        modulus.insert(0, 0);
        let mut blob = Vec::new();
        for part in [&b"ssh-rsa"[..], &[1, 0, 1], &modulus] {
            blob.extend(u32::try_from(part.len()).unwrap().to_be_bytes());
            blob.extend(part);
        }
        format!("ssh-rsa {}", data_encoding::BASE64.encode(&blob))
    }

    #[test]
    fn a_key_is_kept_without_its_comment() {
        let key = accept(&format!("# mine\n\n{ED25519}\n")).unwrap();
        assert_eq!(key.comment, "petra@laptop");
        assert!(ED25519.starts_with(&key.text) && !key.text.contains("petra"));
        assert_eq!(fingerprint(ED25519).as_deref(), Some(key.fingerprint.as_str()));
        assert_eq!(key.fingerprint, "SHA256:UCUiLr7Pjs9wFFJMDByLgc3NrtdU344OgUM45wZPcIQ");
    }

    #[test]
    fn a_short_rsa_key_is_refused_with_its_length() {
        assert!(accept(&rsa(3072)).is_ok());
        let error = accept(&rsa(2048)).unwrap_err().to_string();
        assert!(error.contains("2048 bits") && error.contains("ssh-keygen"), "{error}");
    }

    #[test]
    fn what_is_no_key_is_refused_with_what_to_do() {
        let two = format!("{ED25519}\n{ED25519}");
        let bad = ["", "hello", "-----BEGIN OPENSSH PRIVATE KEY-----", &two, "ssh-ed25519 AAAA"];
        for text in bad {
            assert!(accept(text).is_err(), "{text}");
        }
        assert!(fingerprint("hello").is_none());
    }

    #[test]
    fn a_private_key_is_called_one() {
        for kind in ["OPENSSH PRIVATE KEY", "RSA PRIVATE KEY", "ENCRYPTED PRIVATE KEY"] {
            let file = format!("-----BEGIN {kind}-----\nb3BlbnNz\naC1r\n-----END {kind}-----\n");
            let error = accept(&file).unwrap_err().to_string();
            assert!(error.starts_with("this is a private key"), "{error}");
        }
    }

    #[test]
    fn a_key_is_good_within_its_networks_only() {
        let from = ["192.0.2.77/24".to_owned(), "2001:db8::1".to_owned()];
        let networks = networks(&from).unwrap();
        assert_eq!(networks, "192.0.2.0/24,2001:db8::1/128");
        for good in ["192.0.2.1", "::ffff:192.0.2.1", "2001:db8::1"] {
            assert!(admits(&networks, good.parse().unwrap()), "{good}");
        }
        for bad in ["192.0.3.1", "2001:db8::2"] {
            assert!(!admits(&networks, bad.parse().unwrap()), "{bad}");
        }
        assert!(admits("", "203.0.113.9".parse().unwrap()));
        assert!(!admits("garbage", "203.0.113.9".parse().unwrap()), "never wider than meant");
        assert!(super::networks(&["elsewhere".to_owned()]).is_err());
    }
}
