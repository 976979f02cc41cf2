//! The top of the key chain: master keys, in a file that is never in the database. Each line is
//! `id:base64(32 bytes)`; the last one seals, all of them open. A line that another process added, by
//! rotating, is read when it is needed.

use super::cause::Cause;
use super::keys::Identity;
use super::sealing::{SealingKey, random};
use crate::dossier::Result;
use anyhow::{Context, bail, ensure};
use data_encoding::{BASE64, HEXLOWER};
use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use zeroize::Zeroizing;

/// A key file holds a few lines; anything longer is another file.
const FILE_LIMIT: u64 = 64 * 1024;

/// The master keys.
pub struct Keyring {
    file: PathBuf,
    masters: RwLock<Arc<Masters>>,
}

struct Masters {
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

/// The right to add a master key, held by one process at a time.
#[derive(Debug)]
pub struct Rotation<'a> {
    keyring: &'a Keyring,
    _lock: File,
}

impl Keyring {
    /// Makes a key file with one new key, durable when this answers.
    ///
    /// # Errors
    /// When the file exists already or cannot be written.
    pub fn create(file: &Path) -> anyhow::Result<Self> {
        let failed = || format!("cannot make the key file {}", file.display());
        // Under its own name it is there whole or not at all, and never over another.
        let new = write_beside(file, &new_line()?).with_context(failed)?;
        let linked = std::fs::hard_link(&new, file);
        std::fs::remove_file(&new).with_context(failed)?;
        linked.with_context(failed)?;
        sync_folder(file).with_context(failed)?;
        Self::load(file)
    }

    /// Reads a key file.
    ///
    /// # Errors
    /// When others than its owner may read it, or a line is not understood; never with what is in it.
    pub fn load(file: &Path) -> anyhow::Result<Self> {
        let masters = RwLock::new(Arc::new(Masters::load(file)?));
        Ok(Self { file: file.to_owned(), masters })
    }

    /// A new identity, sealed under the last master key that the file has now.
    ///
    /// # Errors
    /// [`crate::dossier::Error::Unavailable`] without randomness.
    pub fn new_identity(&self) -> Result<SealedIdentity> {
        let masters = self.read_again();
        let make = || masters.seal(&Identity::generate()?);
        make().map_err(|cause: Cause| cause.report("make an identity"))
    }

    /// The identity that was sealed under the master key with the id `master`.
    ///
    /// # Errors
    /// [`crate::dossier::Error::Unavailable`] when that key is not here, or it was sealed by another.
    pub fn open(&self, sealed: &[u8], master: &str) -> Result<Identity> {
        let mut masters = self.masters();
        if masters.find(master).is_none() {
            masters = self.read_again();
        }
        let open = || {
            let Master { id, key } = masters
                .find(master)
                .ok_or(Cause::Broken("its master key is not in the key file"))?;
            Identity::parse(&key.open(&context(id), sealed)?)
        };
        open().map_err(|cause: Cause| cause.report("open an identity"))
    }

    /// An identity again, sealed under the last master key.
    ///
    /// # Errors
    /// As [`Keyring::open`].
    pub fn reseal(&self, sealed: &[u8], master: &str) -> Result<SealedIdentity> {
        let identity = self.open(sealed, master)?;
        self.masters().seal(&identity).map_err(|cause| cause.report("seal an identity"))
    }

    /// The id of the key that seals.
    pub fn current(&self) -> String {
        self.masters().current.id.clone()
    }

    /// The ids of the keys that only open.
    pub fn older(&self) -> Vec<String> {
        self.masters().older.iter().map(|master| master.id.clone()).collect()
    }

    /// Waits until nobody else rotates, and reads the file again.
    ///
    /// # Errors
    /// When the file's folder cannot be locked, or the file not be read.
    pub fn rotation(&self) -> anyhow::Result<Rotation<'_>> {
        let folder = folder_of(&self.file);
        let lock = File::open(folder)
            .and_then(|folder| folder.lock().map(|()| folder))
            .with_context(|| format!("cannot lock {}", folder.display()))?;
        self.put(Masters::load(&self.file)?);
        Ok(Rotation { keyring: self, _lock: lock })
    }

    /// Keeps rotations away until what this gives is dropped: what was sealed meanwhile is kept before one
    /// looks for what is sealed under an older key.
    ///
    /// # Errors
    /// When the file's folder cannot be locked.
    pub fn hold(&self) -> anyhow::Result<File> {
        let folder = folder_of(&self.file);
        let lock = File::open(folder).and_then(|folder| folder.lock_shared().map(|()| folder));
        lock.with_context(|| format!("cannot lock {}", folder.display()))
    }

    fn masters(&self) -> Arc<Masters> {
        Arc::clone(&self.masters.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn put(&self, masters: Masters) -> Arc<Masters> {
        let masters = Arc::new(masters);
        *self.masters.write().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&masters);
        masters
    }

    /// What the file holds now; what it held when it cannot be read.
    fn read_again(&self) -> Arc<Masters> {
        match Masters::load(&self.file) {
            Ok(masters) => self.put(masters),
            Err(cause) => {
                tracing::warn!(cause = %format!("{cause:#}"), "the master keys stay as they were read");
                self.masters()
            }
        }
    }
}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keyring").field("current", &self.current()).finish_non_exhaustive()
    }
}

impl Rotation<'_> {
    /// Adds a new master key, which seals from now on. It is durable when this answers, so that nothing
    /// is ever sealed under a key that is lost.
    ///
    /// # Errors
    /// When the file cannot be written, as a credential of systemd cannot.
    pub fn add(&self) -> anyhow::Result<()> {
        let failed = || format!("cannot write the key file {}", self.keyring.file.display());
        // Behind a link is the file that is kept elsewhere too.
        let file = &std::fs::canonicalize(&self.keyring.file).with_context(failed)?;
        let mut text = read_file(file)?;
        if !text.ends_with('\n') {
            text.push('\n');
        }
        text.push_str(&new_line()?);
        let new = write_beside(file, &text).with_context(failed)?;
        std::fs::rename(&new, file).with_context(failed)?;
        sync_folder(file).with_context(failed)?;
        self.keyring.put(Masters::load(file)?);
        Ok(())
    }
}

impl Masters {
    fn load(file: &Path) -> anyhow::Result<Self> {
        let name = file.display();
        let text = read_file(file)?;
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

    fn find(&self, id: &str) -> Option<&Master> {
        std::iter::once(&self.current).chain(&self.older).find(|master| master.id == id)
    }

    fn seal(&self, identity: &Identity) -> std::result::Result<SealedIdentity, Cause> {
        let Master { id, key } = &self.current;
        Ok(SealedIdentity {
            recipient: identity.recipient().to_string(),
            sealed: key.seal(&context(id), identity.secret().as_bytes())?,
            master: id.clone(),
        })
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

/// A new key, as a line of the file.
fn new_line() -> anyhow::Result<Zeroizing<String>> {
    let no_random = |cause: Cause| anyhow::anyhow!("no randomness: {cause}");
    let id = HEXLOWER.encode(&random::<4>().map_err(no_random)?);
    let key = Zeroizing::new(random::<32>().map_err(no_random)?);
    Ok(Zeroizing::new(format!("{id}:{}\n", *Zeroizing::new(BASE64.encode(&*key)))))
}

/// The text of a key file that nobody else may read.
fn read_file(file: &Path) -> anyhow::Result<Zeroizing<String>> {
    let name = file.display();
    let mut open = File::open(file).with_context(|| format!("cannot read {name}"))?;
    let metadata = open.metadata()?;
    ensure!(metadata.len() <= FILE_LIMIT, "{name} is too long for a key file");
    let mode = metadata.mode();
    let others = if is_credential(file) { 0o007 } else { 0o077 };
    ensure!(
        mode & others == 0,
        "{name} may be used by others than its owner (mode {:o}): give it mode 600",
        mode & 0o777
    );
    let mut text = Zeroizing::new(String::new());
    open.read_to_string(&mut text).with_context(|| format!("cannot read {name}"))?;
    Ok(text)
}

/// Writes a new file beside another, durable but for its name.
fn write_beside(file: &Path, text: &str) -> std::io::Result<PathBuf> {
    let new = file.with_added_extension("new");
    match std::fs::remove_file(&new) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut out = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&new)?;
    if let Ok(was) = std::fs::metadata(file) {
        // The service must be able to read what the operator wrote.
        std::os::unix::fs::fchown(&out, Some(was.uid()), Some(was.gid()))?;
    }
    out.write_all(text.as_bytes())?;
    out.sync_all()?;
    Ok(new)
}

fn folder_of(file: &Path) -> &Path {
    file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn sync_folder(file: &Path) -> std::io::Result<()> {
    File::open(folder_of(file)).and_then(|folder| folder.sync_all())
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
            assert!(refused.to_string().ends_with("give it mode 600"), "{refused}");
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
