//! The top of the key chain: master keys, in a file that is never in the database. Each line is
//! `id:base64(32 bytes)`; the last one seals, all of them open.

use super::cause::Cause;
use super::keys::Identity;
use super::sealing::{SealingKey, random};
use crate::dossier::Result;
use anyhow::{Context, bail, ensure};
use data_encoding::{BASE64, HEXLOWER};
use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;
use zeroize::Zeroizing;

/// A key file holds a few lines; anything longer is another file.
const FILE_LIMIT: u64 = 64 * 1024;

/// The master keys.
pub struct Keyring {
    older: Vec<Master>,
    current: Master,
}

struct Master {
    id: String,
    key: SealingKey,
}

/// A new identity, as the catalog keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedIdentity {
    /// `age1...`: whom to write for.
    pub recipient: String,
    /// The secret, sealed under the master key.
    pub sealed: Vec<u8>,
    /// The id of that master key.
    pub master: String,
}

impl Keyring {
    /// Makes a key file with one new key, durable when this answers.
    ///
    /// # Errors
    /// When the file exists already or cannot be written.
    pub fn create(file: &Path) -> anyhow::Result<Self> {
        let failed = || format!("cannot make the key file {}", file.display());
        let no_random = |cause: Cause| anyhow::anyhow!("no randomness: {cause}");
        let id = HEXLOWER.encode(&random::<4>().map_err(no_random)?);
        let key = Zeroizing::new(random::<32>().map_err(no_random)?);
        let line = Zeroizing::new(format!("{id}:{}\n", *Zeroizing::new(BASE64.encode(&*key))));
        let mut out = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(file)
            .with_context(failed)?;
        out.write_all(line.as_bytes()).with_context(failed)?;
        out.sync_all().with_context(failed)?;
        let folder = file.parent().filter(|p| !p.as_os_str().is_empty());
        File::open(folder.unwrap_or(Path::new(".")))
            .and_then(|folder| folder.sync_all())
            .with_context(failed)?;
        Self::load(file)
    }

    /// Reads a key file.
    ///
    /// # Errors
    /// When others than its owner may read it, or a line is not understood; never with what is in it.
    pub fn load(file: &Path) -> anyhow::Result<Self> {
        let name = file.display();
        let mut open = File::open(file).with_context(|| format!("cannot read {name}"))?;
        let metadata = open.metadata()?;
        ensure!(metadata.len() <= FILE_LIMIT, "{name} is too long for a key file");
        let mode = metadata.mode();
        let others = if is_credential(file) { 0o007 } else { 0o077 };
        ensure!(
            mode & others == 0,
            "{name} may be used by others than its owner (mode {:o}): chmod 600 {name}",
            mode & 0o777
        );
        let mut text = Zeroizing::new(String::new());
        open.read_to_string(&mut text).with_context(|| format!("cannot read {name}"))?;

        let mut masters: Vec<Master> = Vec::new();
        for (number, line) in (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty()) {
            let Some(master) = Master::parse(line.trim()) else {
                bail!("{name} line {number}: not id:base64 of 32 bytes");
            };
            ensure!(
                masters.iter().all(|m| m.id != master.id),
                "{name} line {number}: the id {} is there twice",
                master.id
            );
            masters.push(master);
        }
        let current = masters.pop().with_context(|| format!("{name} holds no key"))?;
        Ok(Self { older: masters, current })
    }

    /// A new identity, sealed under the last master key.
    ///
    /// # Errors
    /// [`crate::dossier::Error::Unavailable`] without randomness.
    pub fn new_identity(&self) -> Result<SealedIdentity> {
        let make = || {
            let Master { id, key } = &self.current;
            let identity = Identity::generate()?;
            Ok(SealedIdentity {
                recipient: identity.recipient().to_string(),
                sealed: key.seal(&context(id), identity.secret().as_bytes())?,
                master: id.clone(),
            })
        };
        make().map_err(|cause: Cause| cause.report("make an identity"))
    }

    /// The identity that was sealed under the master key with the id `master`.
    ///
    /// # Errors
    /// [`crate::dossier::Error::Unavailable`] when that key is not here, or it was sealed by another.
    pub fn open(&self, sealed: &[u8], master: &str) -> Result<Identity> {
        let open = || {
            let Master { id, key } = std::iter::once(&self.current)
                .chain(&self.older)
                .find(|m| m.id == master)
                .ok_or(Cause::Broken("its master key is not in the key file"))?;
            Identity::parse(&key.open(&context(id), sealed)?)
        };
        open().map_err(|cause| cause.report("open an identity"))
    }
}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keyring").field("current", &self.current.id).finish_non_exhaustive()
    }
}

impl Master {
    fn parse(line: &str) -> Option<Self> {
        let (id, key) = line.split_once(':')?;
        let named =
            !id.is_empty() && id.len() <= 32 && id.bytes().all(|b| b.is_ascii_alphanumeric());
        let bytes = Zeroizing::new(BASE64.decode(key.as_bytes()).ok()?);
        let key = SealingKey::new(bytes.as_slice().try_into().ok()?).ok()?;
        named.then(|| Self { id: id.to_owned(), key })
    }
}

/// What an identity is bound to under a master key.
fn context(master: &str) -> String {
    format!("loondossier identity v1 {master}")
}

/// Whether the service manager handed it over (systemd.exec, `LoadCredential=`): it gives the
/// service's user access by an ACL, which shows as permission of the group.
fn is_credential(file: &Path) -> bool {
    std::env::var_os("CREDENTIALS_DIRECTORY").is_some_and(|folder| file.starts_with(folder))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dossier::Error;
    use std::fs;
    use std::os::unix::fs::PermissionsExt;
    use std::path::PathBuf;

    fn write(folder: &tempfile::TempDir, mode: u32, text: &str) -> PathBuf {
        let file = folder.path().join("master.key");
        fs::write(&file, text).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(mode)).unwrap();
        file
    }

    fn line(id: &str, key: u8) -> String {
        format!("{id}:{}\n", BASE64.encode(&[key; 32]))
    }

    #[test]
    fn an_identity_opens_again_after_the_keyring_was_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("master.key");
        let sealed = Keyring::create(&file).unwrap().new_identity().unwrap();
        let identity = Keyring::load(&file).unwrap().open(&sealed.sealed, &sealed.master).unwrap();
        assert_eq!(identity.recipient().to_string(), sealed.recipient);
        assert_eq!(fs::metadata(&file).unwrap().mode() & 0o777, 0o600);
        assert!(Keyring::create(&file).is_err(), "a key file is never written over");
    }

    #[test]
    fn the_last_key_seals_and_every_key_opens() {
        let folder = tempfile::tempdir().unwrap();
        let old = Keyring::load(&write(&folder, 0o600, &line("a", 1))).unwrap();
        let before = old.new_identity().unwrap();
        let both = Keyring::load(&write(&folder, 0o600, &(line("a", 1) + &line("b", 2)))).unwrap();
        let after = both.new_identity().unwrap();
        assert_eq!((before.master.as_str(), after.master.as_str()), ("a", "b"));
        assert!(both.open(&before.sealed, "a").is_ok());
        assert!(both.open(&after.sealed, "b").is_ok());
        assert_eq!(both.open(&before.sealed, "b").unwrap_err(), Error::Unavailable);
        assert_eq!(both.open(&before.sealed, "c").unwrap_err(), Error::Unavailable);
        let other = Keyring::load(&write(&folder, 0o600, &line("a", 3))).unwrap();
        assert_eq!(other.open(&before.sealed, "a").unwrap_err(), Error::Unavailable);
    }

    #[test]
    fn a_key_file_that_others_may_read_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        for mode in [0o640, 0o604, 0o660] {
            let refused = Keyring::load(&write(&folder, mode, &line("a", 1))).unwrap_err();
            assert!(refused.to_string().contains("chmod 600"), "{refused}");
        }
        for mode in [0o600, 0o400] {
            assert!(Keyring::load(&write(&folder, mode, &line("a", 1))).is_ok());
        }
    }

    #[test]
    fn a_wrong_key_file_is_told_by_line_and_without_its_contents() {
        let folder = tempfile::tempdir().unwrap();
        let secret = BASE64.encode(&[7; 31]);
        for (text, said) in [
            (format!("{}x:{secret}\n", line("a", 1)), "line 2"),
            (line("a", 1) + "\n" + &line("a", 2), "line 3"),
            (line("", 1), "line 1"),
            (String::new(), "holds no key"),
        ] {
            let refused =
                format!("{:#}", Keyring::load(&write(&folder, 0o600, &text)).unwrap_err());
            assert!(refused.contains(said) && !refused.contains(&secret), "{refused}");
        }
    }
}
