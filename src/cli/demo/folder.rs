//! The folder of the example: whether it may be used, and what lies in it.
//!
//! Knows files. Must not know what the example is about.

use crate::cli::init;
use crate::config::Config;
use anyhow::{Context, Result, anyhow, bail, ensure};
use serde::{Deserialize, Serialize};
use std::fs::{File, TryLockError};
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// How the configuration of an example begins, and of nothing else.
const MARK: &str = "# Written by `loondossier demo` each time it starts.";
const CONFIG: &str = "loondossier.toml";
/// Written last: an example with it is whole.
const WHOLE: &str = "demo.json";

/// The folder, and nobody else's while this lives.
#[derive(Debug)]
pub(super) struct Folder {
    at: PathBuf,
    _lock: File,
}

/// What the example cannot be asked for again.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Kept {
    /// The app password of the payroll software.
    pub(super) app_password: String,
}

impl Folder {
    /// Takes a folder that is new, empty or an example.
    ///
    /// # Errors
    /// It is something else, or another demo runs in it.
    pub(super) fn open(dir: &Path) -> Result<Self> {
        let name = dir.display();
        init::folder("folder of the example", dir)?;
        let at = dir.canonicalize().with_context(|| format!("{name} cannot be used"))?;
        ensure!(at.to_str().is_some(), "{name}: give a folder whose name is UTF-8");
        let lock = File::open(&at).with_context(|| format!("{name} cannot be used"))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => bail!("another demo runs in {name}: stop it first"),
            Err(TryLockError::Error(cause)) => {
                return Err(cause).with_context(|| format!("{name} cannot be locked"));
            }
        }
        let folder = Self { at, _lock: lock };
        let empty = std::fs::read_dir(&folder.at)?.next().is_none();
        ensure!(
            empty || folder.is_marked(),
            "{name} is not empty and no example of ours: name another folder with --dir"
        );
        if empty {
            folder.write(CONFIG, format!("{MARK}\n").as_bytes())?;
        }
        Ok(folder)
    }

    fn is_marked(&self) -> bool {
        std::fs::read_to_string(self.path(CONFIG)).is_ok_and(|text| text.starts_with(MARK))
    }

    /// The path of a file in it, absolute.
    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.at.join(name)
    }

    /// Puts a file there that only its owner reads.
    pub(super) fn write(&self, name: &str, content: &[u8]) -> Result<()> {
        init::replace(&self.path(name), content)
    }

    /// The configuration with these addresses; in a file for the other commands, too.
    pub(super) fn config(&self, dav: SocketAddr, sftp: SocketAddr) -> Result<Config> {
        let mut config = Config { data_dir: self.path("data"), ..Config::default() };
        config.public_url = format!("https://{dav}");
        (config.dav.listen, config.sftp.listen) = (dav, sftp);
        let data = toml::Value::from(config.data_dir.display().to_string());
        let url = &config.public_url;
        let text = format!(
            "{MARK}\n# The other commands take it: loondossier tree petra --config {CONFIG}\n\
             data_dir = {data}\npublic_url = \"{url}\"\n\
             dav.listen = \"{dav}\"\nsftp.listen = \"{sftp}\"\n"
        );
        self.write(CONFIG, text.as_bytes())?;
        Ok(config)
    }

    /// What was kept when the example was whole; `None` when it is not.
    pub(super) fn kept(&self) -> Result<Option<Kept>> {
        let file = self.path("data").join(WHOLE);
        let wrong = || anyhow!("{} cannot be read: name another folder with --dir", file.display());
        match std::fs::read(&file) {
            Ok(text) => serde_json::from_slice(&text).map(Some).with_context(wrong),
            Err(cause) if cause.kind() == ErrorKind::NotFound => Ok(None),
            Err(cause) => Err(cause).with_context(wrong),
        }
    }

    /// From here on the example is whole.
    pub(super) fn keep(&self, kept: &Kept) -> Result<()> {
        init::replace(&self.path("data").join(WHOLE), &serde_json::to_vec(kept)?)
    }

    /// Takes away what an interrupted run left.
    pub(super) fn clear(&self) -> Result<()> {
        let data = self.path("data");
        match std::fs::remove_dir_all(&data) {
            Err(cause) if cause.kind() != ErrorKind::NotFound => {
                Err(cause).with_context(|| format!("{} cannot be made anew", data.display()))
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn opened(dir: &Path) -> std::result::Result<Folder, String> {
        Folder::open(dir).map_err(|error| error.to_string())
    }

    #[test]
    fn a_new_folder_is_taken_and_continued() {
        let above = tempfile::tempdir().unwrap();
        let dir = above.path().join("a/b");
        let folder = opened(&dir).unwrap();
        assert!(folder.kept().unwrap().is_none());
        std::fs::create_dir(dir.join("data")).unwrap();
        folder.keep(&Kept { app_password: "x".into() }).unwrap();
        drop(folder);
        assert_eq!(opened(&dir).unwrap().kept().unwrap().unwrap().app_password, "x");
    }

    #[test]
    fn a_folder_with_something_else_in_it_is_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("loondossier.toml"), "data_dir = \"/srv\"\n").unwrap();
        let refused = opened(dir.path()).unwrap_err();
        assert!(
            refused.ends_with("no example of ours: name another folder with --dir"),
            "{refused}"
        );
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[test]
    fn two_demos_do_not_run_in_one_folder() {
        let dir = tempfile::tempdir().unwrap();
        let first = opened(dir.path()).unwrap();
        assert!(opened(dir.path()).unwrap_err().starts_with("another demo runs"));
        drop(first);
        opened(dir.path()).unwrap();
    }

    #[test]
    fn the_configuration_is_one_that_the_other_commands_read() {
        let dir = tempfile::tempdir().unwrap();
        let folder = opened(dir.path()).unwrap();
        let listen = |port| SocketAddr::from(([127, 0, 0, 1], port));
        let config = folder.config(listen(8443), listen(2222)).unwrap();
        assert_eq!(Config::load(Some(&folder.path(CONFIG)), []).unwrap(), config);
        assert!(folder.is_marked());
    }
}
