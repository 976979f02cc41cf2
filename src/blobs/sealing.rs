//! Small secrets under another key: AES-256-GCM, a random nonce in front, a context bound to it.

use super::cause::{Cause, Step};
use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::rand;
use zeroize::Zeroizing;

/// A key that seals other keys.
pub(super) struct SealingKey(LessSafeKey);

impl SealingKey {
    pub(super) fn new(bytes: &[u8; 32]) -> Step<Self> {
        Ok(Self(LessSafeKey::new(UnboundKey::new(&AES_256_GCM, bytes)?)))
    }

    /// Seals `secret`; only the same key and `context` open it again.
    pub(super) fn seal(&self, context: &str, secret: &[u8]) -> Step<Vec<u8>> {
        let nonce: [u8; NONCE_LEN] = random()?;
        let mut sealed = Zeroizing::new(secret.to_vec());
        let tag = self.0.seal_in_place_separate_tag(
            Nonce::assume_unique_for_key(nonce),
            Aad::from(context),
            &mut sealed,
        )?;
        Ok([&nonce, sealed.as_slice(), tag.as_ref()].concat())
    }

    /// What was sealed.
    pub(super) fn open(&self, context: &str, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, Cause> {
        let (nonce, sealed) =
            sealed.split_first_chunk::<NONCE_LEN>().ok_or(Cause::Broken("sealed too short"))?;
        let mut secret = Zeroizing::new(sealed.to_vec());
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let length = self.0.open_in_place(nonce, Aad::from(context), &mut secret)?.len();
        secret.truncate(length);
        Ok(secret)
    }
}

/// Random bytes.
pub(super) fn random<const N: usize>() -> Step<[u8; N]> {
    let mut bytes = [0; N];
    rand::fill(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_sealed_opens_with_the_same_key_and_context_only() {
        let key = SealingKey::new(&[1; 32]).unwrap();
        let sealed = key.seal("a", b"secret").unwrap();
        assert_eq!(key.open("a", &sealed).unwrap().as_slice(), b"secret");
        assert!(key.open("b", &sealed).is_err());
        assert!(SealingKey::new(&[2; 32]).unwrap().open("a", &sealed).is_err());
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert!(key.open("a", &changed).is_err());
            assert!(key.open("a", &sealed[..at]).is_err());
        }
        assert_ne!(sealed, key.seal("a", b"secret").unwrap(), "each seal has a nonce of its own");
    }
}
