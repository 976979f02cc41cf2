//! An authority that signs SSH certificates: `ssh-keygen` in a folder of its own.

#![allow(dead_code, clippy::allow_attributes, reason = "each test uses its part")]

use std::path::{Path, PathBuf};
use std::process::Command;

pub(crate) struct Ca {
    folder: tempfile::TempDir,
}

/// Runs `ssh-keygen` with times in UTC.
fn keygen(args: &[&str]) {
    let mut command = Command::new("ssh-keygen");
    let said = command.env("TZ", "UTC").arg("-q").args(args).output();
    let said = said.expect("the program ssh-keygen is missing: run tests/run, which installs it");
    assert!(said.status.success(), "{args:?}: {said:?}");
}

/// Makes a key of a type at a path that is free: `ed25519`, or `rsa` and how many bits.
pub(crate) fn make_key(at: &Path, kind: &[&str]) {
    let at = at.to_str().unwrap();
    keygen(&[&["-N", "", "-C", "test", "-f", at, "-t"], kind].concat());
}

impl Ca {
    pub(crate) fn new() -> Self {
        Self::of(&["ed25519"])
    }

    /// With a key of another type.
    pub(crate) fn of(kind: &[&str]) -> Self {
        let ca = Self { folder: tempfile::tempdir().unwrap() };
        make_key(&ca.key(), kind);
        ca
    }

    fn key(&self) -> PathBuf {
        self.folder.path().join("ca")
    }

    /// What the operator is given.
    pub(crate) fn public_key(&self) -> String {
        std::fs::read_to_string(self.key().with_extension("pub")).unwrap()
    }

    /// Signs a public key, with the words of `ssh-keygen -s`, and gives the certificate's text, which lies
    /// beside the key where OpenSSH looks for it.
    pub(crate) fn sign(&self, public_key: &Path, words: &[&str]) -> String {
        let (ca, public) = (self.key(), public_key.to_str().unwrap());
        keygen(&[&["-s", ca.to_str().unwrap(), "-I", "test"], words, &[public]].concat());
        let certificate = public.strip_suffix(".pub").unwrap().to_owned() + "-cert.pub";
        std::fs::read_to_string(certificate).unwrap()
    }
}
