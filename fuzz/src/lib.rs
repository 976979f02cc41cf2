//! The readers of headers and bodies with their oracles, mounted from the house.

#[path = "../../src/dossier/mod.rs"]
pub mod dossier;

#[path = "../../src/vfs"]
mod vfs {
    mod claim;

    pub use claim::{Claim, State};
}

#[path = "../../src/dav"]
mod dav {
    pub(crate) mod fuzzing;
    mod guard;
    mod if_header;
    mod path;
    mod range;
    mod status;
    mod xml;

    /// As the house has it.
    type Body = http_body_util::combinators::UnsyncBoxBody<bytes::Bytes, std::io::Error>;

    fn full(text: String) -> Body {
        use http_body_util::BodyExt;
        http_body_util::Full::from(text).map_err(|never| match never {}).boxed_unsync()
    }
}

/// Panics when what a target says does not hold.
pub fn check(target: &str, data: &[u8]) {
    dav::fuzzing::check(target, data);
}
