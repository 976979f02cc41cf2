//! The lower two links of the key chain: an age identity per party or employment, and under it one
//! file key per object. The master key above them is in [`super::keyring`].

use super::cause::{Cause, Step};
use super::sealing::{SealingKey, random};
use crate::dossier::{Error, Result};
use age::secrecy::ExposeSecret;
use bech32::FromBase32;
use std::fmt;
use std::str::FromStr;
use zeroize::Zeroizing;

/// What [`SealingKey`] binds a file key to.
const FILE_KEY: &str = "loondossier file key v1";

/// What derives the key that seals file keys from an identity.
const WRAPPING: &str = "loondossier 2026 file keys under an identity";

/// The key of one object, as in the age format. Gone from memory when dropped.
pub struct FileKey(Zeroizing<[u8; 16]>);

impl FileKey {
    /// A new one.
    pub(super) fn generate() -> Step<Self> {
        random().map(|bytes| Self(Zeroizing::new(bytes)))
    }

    /// As the age library holds it.
    pub(super) fn to_age(&self) -> age_core::format::FileKey {
        age_core::format::FileKey::init_with_mut(|key| key.copy_from_slice(self.bytes()))
    }

    pub(super) fn bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Debug for FileKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FileKey")
    }
}

/// Whom an object is written for: `age1...`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recipient {
    pub(super) age: age::x25519::Recipient,
    /// Its X25519 public key, which the library keeps to itself.
    pub(super) public: [u8; 32],
}

impl Recipient {
    fn new(age: age::x25519::Recipient) -> Step<Self> {
        const BROKEN: Cause = Cause::Broken("no X25519 recipient");
        let (_, data, _) = bech32::decode(&age.to_string()).map_err(|_| BROKEN)?;
        let public = Vec::from_base32(&data).map_err(|_| BROKEN)?;
        Ok(Self { age, public: public.try_into().map_err(|_| BROKEN)? })
    }
}

impl fmt::Display for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.age.fmt(f)
    }
}

impl FromStr for Recipient {
    type Err = Error;

    /// # Errors
    /// [`Error::Unavailable`]: what the catalog holds is no recipient.
    fn from_str(text: &str) -> Result<Self> {
        let read = text.parse().map_err(Cause::Broken).and_then(Self::new);
        read.map_err(|cause| cause.report("read a recipient"))
    }
}

/// The key of a party or an employment: opens every object that was written for it.
pub struct Identity {
    secret: age::x25519::Identity,
    recipient: Recipient,
    wrapping: SealingKey,
}

impl Identity {
    /// A new one.
    pub(super) fn generate() -> Step<Self> {
        Self::new(age::x25519::Identity::generate())
    }

    fn new(secret: age::x25519::Identity) -> Step<Self> {
        let text = secret.to_string();
        let bytes = blake3::derive_key(WRAPPING, text.expose_secret().as_bytes());
        let wrapping = SealingKey::new(&Zeroizing::new(bytes))?;
        let recipient = Recipient::new(secret.to_public())?;
        Ok(Self { secret, recipient, wrapping })
    }

    /// From its text, `AGE-SECRET-KEY-1...`.
    pub(super) fn parse(text: &[u8]) -> Step<Self> {
        let text = std::str::from_utf8(text).map_err(|_| Cause::Broken("identity is no text"))?;
        Self::new(text.parse().map_err(Cause::Broken)?)
    }

    /// Whom to write for, so that this identity can read it.
    pub fn recipient(&self) -> Recipient {
        self.recipient.clone()
    }

    /// Seals a file key for the version's row, so that a read need not derive it from the object.
    ///
    /// # Errors
    /// [`Error::Unavailable`] without randomness.
    pub fn seal(&self, key: &FileKey) -> Result<Vec<u8>> {
        self.wrapping.seal(FILE_KEY, key.bytes()).map_err(|c| c.report("seal a file key"))
    }

    /// The file key that [`Identity::seal`] sealed.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when it was sealed by another identity, or was changed.
    pub fn unseal(&self, sealed: &[u8]) -> Result<FileKey> {
        let open = || {
            let bytes = self.wrapping.open(FILE_KEY, sealed)?;
            let bytes = bytes.as_slice().try_into().map_err(|_| Cause::Broken("no file key"))?;
            Ok(FileKey(Zeroizing::new(bytes)))
        };
        open().map_err(|cause: Cause| cause.report("open a file key"))
    }

    /// Its text, `AGE-SECRET-KEY-1...`: what `age -i` takes. For the export of recovery keys only.
    pub fn secret(&self) -> Zeroizing<String> {
        Zeroizing::new(self.secret.to_string().expose_secret().to_owned())
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Identity").field(&self.recipient()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_key_comes_back_from_its_own_identity_only() {
        let (one, other) = (Identity::generate().unwrap(), Identity::generate().unwrap());
        let key = FileKey::generate().unwrap();
        let sealed = one.seal(&key).unwrap();
        assert_eq!(one.unseal(&sealed).unwrap().bytes(), key.bytes());
        assert_eq!(other.unseal(&sealed).unwrap_err(), Error::Unavailable);

        let again = Identity::parse(one.secret().as_bytes()).unwrap();
        assert_eq!(again.unseal(&sealed).unwrap().bytes(), key.bytes());
        assert_eq!(again.recipient(), one.recipient());
    }

    #[test]
    fn a_recipient_is_its_text() {
        let recipient = Identity::generate().unwrap().recipient();
        assert_eq!(recipient.to_string().parse(), Ok(recipient));
        assert_eq!("age1nonsense".parse::<Recipient>(), Err(Error::Unavailable));
    }

    #[test]
    fn secrets_do_not_show_in_debug() {
        let identity = Identity::generate().unwrap();
        let key = FileKey(Zeroizing::new([0x2a; 16]));
        assert!(!format!("{identity:?}").to_uppercase().contains("SECRET"));
        assert_eq!(format!("{key:?}"), "FileKey");
    }
}
