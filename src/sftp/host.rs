//! By what clients know the host: its keys, and a certificate that an authority signed for one of them.
//!
//! Knows OpenSSH's texts of both. Must not know where they lie.

use anyhow::{Context, Result, ensure};
use russh::keys::ssh_key::LineEnding;
use russh::keys::ssh_key::certificate::CertType;
use russh::keys::ssh_key::private::{Ed25519Keypair, KeypairData};
use russh::keys::{Algorithm, Certificate, HashAlg, PrivateKey};

/// Makes a host key, Ed25519, in OpenSSH's PEM.
///
/// # Errors
/// When the system has no random bytes.
pub fn new_host_key() -> Result<String> {
    let mut seed = zeroize::Zeroizing::new([0; 32]);
    aws_lc_rs::rand::fill(seed.as_mut_slice())?;
    let pair = KeypairData::Ed25519(Ed25519Keypair::from_seed(&seed));
    let key = PrivateKey::new(pair, "loondossier")?;
    Ok(key.to_openssh(LineEnding::LF)?.to_string())
}

/// Reads a host key, Ed25519 or RSA, from OpenSSH's PEM without a passphrase.
///
/// # Errors
/// What is wrong with it.
pub fn load_host_key(pem: &str) -> Result<PrivateKey> {
    let key = PrivateKey::from_openssh(pem)?;
    ensure!(!key.is_encrypted(), "the host key has a passphrase: remove it with ssh-keygen -p");
    let algorithm = key.algorithm();
    ensure!(
        matches!(algorithm, Algorithm::Ed25519 | Algorithm::Rsa { .. }),
        "the host key is {algorithm}: only ssh-ed25519 and ssh-rsa keys are served"
    );
    if let KeypairData::Rsa(rsa) = key.key_data() {
        let bits = rsa.key_size();
        ensure!(bits >= 3072, "the host key has {bits} bits: an RSA key needs 3072 or more");
    }
    Ok(key)
}

/// Reads the certificate of one of these host keys, from the text of its `-cert.pub` file.
///
/// # Errors
/// What is wrong with it. That it has ended is not: clients that know the key itself go on.
pub fn load_host_certificate(text: &str, keys: &[PrivateKey]) -> Result<Certificate> {
    let certificate = Certificate::from_openssh(text.trim())
        .context("it is no OpenSSH certificate: give the -cert.pub file")?;
    ensure!(
        certificate.cert_type() == CertType::Host,
        "it is a certificate for users: sign the host key with `ssh-keygen -h -s`"
    );
    certificate.verify_signature().context("its signature is not right")?;
    let sha1 = matches!(certificate.signature().algorithm(), Algorithm::Rsa { hash: None });
    ensure!(
        !sha1,
        "it is signed with SHA-1, which clients do not take: sign it with a newer ssh-keygen"
    );
    let of = |key: &PrivateKey| key.public_key().key_data() == certificate.public_key();
    ensure!(
        keys.iter().any(of),
        "it is of another key than those that are served: sign one of these"
    );
    Ok(certificate)
}

/// What clients show of a host key: `SHA256:...`.
pub fn fingerprint(key: &PrivateKey) -> String {
    key.fingerprint(HashAlg::Sha256).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_host_key_is_read_back_and_has_a_fingerprint() {
        let pem = new_host_key().unwrap();
        let key = load_host_key(&pem).unwrap();
        assert_eq!(key.algorithm(), Algorithm::Ed25519);
        assert!(fingerprint(&key).starts_with("SHA256:"), "{}", fingerprint(&key));
        assert_ne!(pem, new_host_key().unwrap());
        assert!(load_host_key("nonsense").is_err());
    }

    #[test]
    fn what_is_no_certificate_is_told() {
        let error = load_host_certificate("ssh-ed25519 AAAA", &[]).unwrap_err().to_string();
        assert!(error.contains("-cert.pub"), "{error}");
    }
}
