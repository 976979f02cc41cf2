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
//! - `ops`: logging, health, shutdown. `cli`: the commands. `config`: the keys.

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
