//! A file beside the contents that the stock `age` tool opens: what an export is written into.

use super::keys::Recipient;
use age::Encryptor;
use age::secrecy::SecretString;
use anyhow::{Context, anyhow};
use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{BufWriter, Write};
use std::iter::once;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// As much work as the stock tool asks for: a second or so to try a passphrase, and 256 MiB.
const WORK: u8 = 18;

/// A new file, encrypted as it is written. It is whole only once [`Lockbox::finish`] has answered.
pub struct Lockbox(age::stream::StreamWriter<BufWriter<File>>);

impl Lockbox {
    /// Opened by a passphrase.
    ///
    /// # Errors
    /// When the file is there already or cannot be written.
    pub fn for_passphrase(file: &Path, passphrase: &str) -> anyhow::Result<Self> {
        let mut recipient = age::scrypt::Recipient::new(SecretString::from(passphrase.to_owned()));
        recipient.set_work_factor(WORK);
        Self::create(file, &recipient)
    }

    /// Opened by the identity of `to`.
    ///
    /// # Errors
    /// As [`Lockbox::for_passphrase`].
    pub fn for_recipient(file: &Path, to: &Recipient) -> anyhow::Result<Self> {
        Self::create(file, &to.age)
    }

    fn create(file: &Path, to: &dyn age::Recipient) -> anyhow::Result<Self> {
        let failed = || format!("cannot write {}", file.display());
        let mut options = OpenOptions::new();
        let out = options.write(true).create_new(true).mode(0o600).open(file);
        let out = BufWriter::new(out.with_context(failed)?);
        let encryptor = Encryptor::with_recipients(once(to)).map_err(|e| anyhow!("{e}"))?;
        Ok(Self(encryptor.wrap_output(out).with_context(failed)?))
    }

    /// Ends it, durably.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn finish(self) -> anyhow::Result<()> {
        let file = self.0.finish()?.into_inner()?;
        file.sync_all()?;
        Ok(())
    }
}

impl Write for Lockbox {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.0.flush()
    }
}

impl fmt::Debug for Lockbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Lockbox")
    }
}
