//! WebDAV and SFTP in front of a payroll dossier.
//!
//! Floors from the ground up; an arrow points only down (`tests/architecture.rs`):
//!
//! - [`dossier`]: the rules. Who may see what, the three trees, names, errors. Pure.
//! - `clock`: the time of day, so that tests can fix it. [`net`]: connections, TLS, HTTP, their limits,
//!   and who is at the other end.
//! - `catalog`: facts in SQL. `blobs`: contents, encrypted, in a folder or in S3.
//! - `vfs`: the only door. Every verb parses the path, resolves it, asks `dossier` for the rights,
//!   and acts and logs in one transaction.
//! - `auth`: turns a login and a secret or a key into a session. Nothing gets past without one.
//! - [`dav`], `sftp`: the wire. Thin translations that decide nothing about who may see what.
//! - `ops`: logging, health, shutdown, mail and webhook. `cli`: the commands. `config`: the keys.

pub mod auth;
pub mod blobs;
pub mod catalog;
pub mod cli;
pub mod clock;
pub mod config;
pub mod dav;
pub mod dossier;
pub mod net;
pub mod ops;
pub mod sftp;
pub mod vfs;

#[cfg(test)]
mod tests {
    use crate::{dav, sftp};
    use std::collections::BTreeSet;
    use std::path::Path;

    #[test]
    fn what_the_fuzzers_begin_with_holds() {
        let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus");
        let in_folder = |folder: &Path| -> BTreeSet<_> {
            folder.read_dir().unwrap().map(|entry| entry.unwrap().path()).collect()
        };
        let mut without = in_folder(&corpus);
        for (target, oracle) in dav::fuzzing::TARGETS.into_iter().chain(sftp::fuzzing::TARGETS) {
            let folder = corpus.join(target);
            let files = in_folder(&folder);
            assert!(files.len() >= 3, "{target}");
            for file in &files {
                oracle(&std::fs::read(file).unwrap());
            }
            without.remove(&folder);
        }
        assert_eq!(without, BTreeSet::new(), "of no target");
    }
}
