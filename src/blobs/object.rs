//! One object: an age v1 file (<https://c2sp.org/age>) with one X25519 stanza.
//!
//! The library reads headers and checks their keys. The payload, 64 KiB chunks of ChaCha20-Poly1305, is
//! sealed here so that ranges are read without what is before them, at twice its speed. The header is
//! written here too: the library adds a stanza of random length, and without it sizes and offsets are
//! arithmetic; and its X25519 takes a tenth of what a small file costs, that of aws-lc a third of it.

use super::cause::{Cause, Step};
use super::keys::{FileKey, Recipient};
use super::sealing::random;
use age::Decryptor;
use age_core::primitives::hkdf;
use aws_lc_rs::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::agreement::{EphemeralPrivateKey, UnparsedPublicKey, X25519, agree_ephemeral};
use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use bytes::Bytes;
use data_encoding::BASE64_NOPAD;
use zeroize::Zeroizing;

/// How many bytes of content one chunk holds; the last one may hold fewer.
pub(super) const CHUNK: usize = 64 * 1024;

/// What a chunk grows by.
const TAG: usize = 16;

/// The header, and the nonce of the payload behind it.
pub(super) const PREFIX: usize = HEADER + NONCE;
const HEADER: usize = 168;
const NONCE: usize = 16;

/// The size of `size` bytes of content when sealed: empty content has one chunk too.
pub(super) const fn sealed_size(size: u64) -> u64 {
    let chunks = if size == 0 { 1 } else { size.div_ceil(CHUNK as u64) };
    size + chunks * TAG as u64
}

/// The size of an object with `size` bytes of content.
pub(super) const fn stored_size(size: u64) -> u64 {
    PREFIX as u64 + sealed_size(size)
}

/// Where the chunk numbered `number` begins in an object.
pub(super) const fn chunk_place(number: u64) -> u64 {
    PREFIX as u64 + number * (CHUNK + TAG) as u64
}

/// The key of an object's payload.
pub(super) struct Payload(LessSafeKey);

impl Payload {
    /// Begins an object: what its first [`PREFIX`] bytes are, and what seals the rest.
    pub(super) fn begin(to: &Recipient, key: &FileKey) -> Step<(Vec<u8>, Self)> {
        let (share, wrapped) = wrap(to, key)?;
        let header = format!(
            "age-encryption.org/v1\n-> X25519 {}\n{}\n---",
            BASE64_NOPAD.encode(&share),
            BASE64_NOPAD.encode(&wrapped)
        );
        let mac_key = Zeroizing::new(hkdf(&[], b"header", key.bytes()));
        let mac_key = hmac::Key::new(hmac::HMAC_SHA256, mac_key.as_slice());
        let mac = hmac::sign(&mac_key, header.as_bytes());
        let header = format!("{header} {}\n", BASE64_NOPAD.encode(mac.as_ref()));
        let nonce: [u8; NONCE] = random()?;
        let prefix = [header.as_bytes(), &nonce].concat();
        Ok((prefix, Self::of(&nonce, key)?))
    }

    /// Continues an object from its first [`PREFIX`] bytes, when `key` is its key.
    pub(super) fn resume(prefix: &[u8], key: &FileKey) -> Step<Self> {
        const BROKEN: Cause = Cause::Broken("no such header");
        let (header, nonce) = prefix.split_at_checked(HEADER).ok_or(BROKEN)?;
        if nonce.len() != NONCE {
            return Err(BROKEN);
        }
        // The library's parser wants exactly one header and its nonce, and checks the header's MAC.
        let mut rest = prefix;
        Decryptor::new_buffered(&mut rest)
            .and_then(|file| file.decrypt(std::iter::once(&Known(key) as &dyn age::Identity)))
            .map_err(|_| BROKEN)?;
        if !rest.is_empty() || !header.ends_with(b"\n") {
            return Err(BROKEN);
        }
        Self::of(nonce, key)
    }

    fn of(nonce: &[u8], key: &FileKey) -> Step<Self> {
        sealing_key(&Zeroizing::new(hkdf(nonce, b"payload", key.bytes()))).map(Self)
    }

    /// Seals whole chunks onto `out`, the first of which is the one numbered `first`. Only the `last` piece
    /// of an object may end in less than a whole chunk, and only empty content is an empty piece.
    pub(super) fn seal(&self, first: u64, plain: &[u8], last: bool, out: &mut Vec<u8>) -> Step<()> {
        let count = plain.len().div_ceil(CHUNK).max(1);
        out.reserve(plain.len() + count * TAG);
        let chunks = plain.chunks(CHUNK).chain(plain.is_empty().then_some(plain));
        for (number, (left, chunk)) in (first..).zip((0..count).rev().zip(chunks)) {
            let start = out.len();
            out.extend_from_slice(chunk);
            let (_, sealed) = out.split_at_mut(start);
            let nonce = nonce(number, last && left == 0);
            let tag = self.0.seal_in_place_separate_tag(nonce, Aad::empty(), sealed)?;
            out.extend_from_slice(tag.as_ref());
        }
        Ok(())
    }

    /// Opens whole chunks, the first of which is the one numbered `first`, and gives no byte unless
    /// every one of them is what was sealed. `last`: they go to the end of the object.
    pub(super) fn open(&self, first: u64, sealed: &[u8], last: bool) -> Step<Bytes> {
        const CUT: Cause = Cause::Broken("cut short");
        let count = sealed.len().div_ceil(CHUNK + TAG);
        let size = sealed.len().checked_sub(count.max(1) * TAG).ok_or(CUT)?;
        let mut plain = vec![0; size];
        let mut into = plain.chunks_mut(CHUNK);
        let chunks = sealed.chunks(CHUNK + TAG);
        for (number, (left, chunk)) in (first..).zip((0..count).rev().zip(chunks)) {
            let (text, tag) = chunk.split_last_chunk::<TAG>().ok_or(CUT)?;
            let nonce = nonce(number, last && left == 0);
            let out = into.next().unwrap_or_default();
            self.0.open_separate_gather(nonce, Aad::empty(), text, tag, out)?;
        }
        Ok(plain.into())
    }
}

/// The stanza that gives the recipient the key of an object: the share, and the key as it wraps it.
fn wrap(to: &Recipient, key: &FileKey) -> Step<(Vec<u8>, Vec<u8>)> {
    const INFO: &[u8] = b"age-encryption.org/v1/X25519";
    let secret = EphemeralPrivateKey::generate(&X25519, &SystemRandom::new())?;
    let share = secret.compute_public_key()?.as_ref().to_vec();
    let salt = [share.as_slice(), &to.public].concat();
    let peer = UnparsedPublicKey::new(&X25519, to.public);
    // A secret that is all zeros is refused there, as RFC 7748 section 6.1 has it.
    let seal = |secret: &[u8]| {
        let mut wrapped = Zeroizing::new(*key.bytes());
        let nonce = Nonce::assume_unique_for_key([0; 12]);
        let key = sealing_key(&Zeroizing::new(hkdf(&salt, INFO, secret)))?;
        let tag = key.seal_in_place_separate_tag(nonce, Aad::empty(), wrapped.as_mut_slice())?;
        Ok([wrapped.as_slice(), tag.as_ref()].concat())
    };
    let wrapped = agree_ephemeral(secret, peer, Cause::Broken("the recipient takes no key"), seal)?;
    Ok((share, wrapped))
}

fn sealing_key(bytes: &[u8; 32]) -> Step<LessSafeKey> {
    Ok(LessSafeKey::new(UnboundKey::new(&CHACHA20_POLY1305, bytes)?))
}

/// STREAM: eleven bytes of counter, one that says whether it is the last chunk.
fn nonce(number: u64, last: bool) -> Nonce {
    let mut bytes = [0; 12];
    bytes.iter_mut().skip(3).zip(number.to_be_bytes()).for_each(|(to, from)| *to = from);
    if let Some(end) = bytes.last_mut() {
        *end = last.into();
    }
    Nonce::assume_unique_for_key(bytes)
}

/// A reader that has the file key already needs nothing from the stanza.
struct Known<'a>(&'a FileKey);

impl age::Identity for Known<'_> {
    fn unwrap_stanza(
        &self,
        _: &age_core::format::Stanza,
    ) -> Option<Result<age_core::format::FileKey, age::DecryptError>> {
        Some(Ok(self.0.to_age()))
    }
}

#[cfg(test)]
mod tests {
    use super::super::keys::Identity;
    use super::*;
    use std::io::Read;

    const SIZES: [usize; 8] =
        [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 3 * CHUNK - 1, 1024 * 1024 + 1];

    fn content(size: usize) -> Vec<u8> {
        (0..251).cycle().take(size).collect()
    }

    fn sealed(to: &Recipient, key: &FileKey, plain: &[u8]) -> Vec<u8> {
        let (mut object, payload) = Payload::begin(to, key).unwrap();
        payload.seal(0, plain, true, &mut object).unwrap();
        object
    }

    fn keys() -> (Recipient, FileKey) {
        (Identity::generate().unwrap().recipient(), FileKey::generate().unwrap())
    }

    #[test]
    fn an_object_has_the_size_that_its_content_says() {
        let (to, key) = keys();
        for size in SIZES {
            let object = sealed(&to, &key, &content(size));
            assert_eq!(object.len() as u64, stored_size(size as u64));
        }
    }

    #[test]
    fn the_age_library_reads_an_object_with_the_identity_alone() {
        let identity = Identity::generate().unwrap();
        let age: age::x25519::Identity = identity.secret().parse().unwrap();
        for size in SIZES {
            let key = FileKey::generate().unwrap();
            let object = sealed(&identity.recipient(), &key, &content(size));
            let file = Decryptor::new_buffered(object.as_slice()).unwrap();
            let mut plain = Vec::new();
            let mut reader = file.decrypt(std::iter::once(&age as &dyn age::Identity)).unwrap();
            reader.read_to_end(&mut plain).unwrap();
            assert!(plain == content(size), "{size} bytes");
        }
    }

    #[test]
    fn pieces_sealed_one_after_another_are_one_object() {
        let (to, key) = keys();
        let plain = content(3 * CHUNK + 5);
        let (mut object, payload) = Payload::begin(&to, &key).unwrap();
        payload.seal(0, &plain[..2 * CHUNK], false, &mut object).unwrap();
        payload.seal(2, &plain[2 * CHUNK..], true, &mut object).unwrap();
        let again = Payload::resume(&object[..PREFIX], &key).unwrap();
        assert!(again.open(0, &object[PREFIX..], true).unwrap() == plain);
        let third = PREFIX + 2 * (CHUNK + TAG);
        assert!(again.open(2, &object[third..], true).unwrap() == plain[2 * CHUNK..]);
    }

    #[test]
    fn what_was_changed_moved_or_cut_does_not_open() {
        let (to, key) = keys();
        let object = sealed(&to, &key, &content(2 * CHUNK + 9));
        let (prefix, body) = object.split_at(PREFIX);
        let payload = Payload::resume(prefix, &key).unwrap();
        for at in [0, CHUNK, CHUNK + TAG, body.len() - 1] {
            let mut changed = body.to_vec();
            changed[at] ^= 1;
            assert!(payload.open(0, &changed, true).is_err(), "changed at {at}");
        }
        let whole = CHUNK + TAG;
        assert!(payload.open(0, &body[..whole * 2], true).is_err(), "the last chunk is away");
        assert!(payload.open(0, &body[..whole], false).is_ok());
        assert!(payload.open(1, &body[..whole], false).is_err(), "another place");
        for length in [0, TAG - 1, whole - 1] {
            assert!(payload.open(0, &body[..length], false).is_err(), "cut to {length}");
        }
    }

    #[test]
    fn a_changed_header_or_another_key_does_not_open() {
        let (to, key) = keys();
        let (prefix, _) = Payload::begin(&to, &key).unwrap();
        for at in 0..HEADER {
            let mut changed = prefix.clone();
            changed[at] ^= 1;
            assert!(Payload::resume(&changed, &key).is_err(), "changed at {at}");
        }
        assert!(Payload::resume(&prefix[..PREFIX - 1], &key).is_err());
        assert!(Payload::resume(&[&prefix[..], b"x"].concat(), &key).is_err());
        assert!(Payload::resume(&prefix, &FileKey::generate().unwrap()).is_err());
    }
}
