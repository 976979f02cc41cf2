//! WebDAV byte by byte, for what no well-behaved client sends: what would end the process, lose a
//! file or tell of one that is not to be seen.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "what fails here fails the test"
)]

#[path = "../common/mod.rs"]
mod common;

mod changes;
mod conditions;
mod framing;
mod headers;
mod http;
mod invisible;
mod isolation;
mod letters;
mod locks;
mod pages;
mod quota;
mod races;
mod reads;
mod revoked;
mod scopes;
mod shown;
mod statements;
mod timing;
mod windows;
mod xml;

const OWN: &str = "/Mijn bestanden";
