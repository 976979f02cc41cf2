//! The readers of headers and bodies, of frames, paths and commands, with their oracles, mounted from the house.

#[path = "../../src/dossier/mod.rs"]
pub mod dossier;

#[path = "../../src/vfs"]
mod vfs {
    mod entry;
    mod locks {
        pub(super) mod claim;
    }

    pub use entry::{Algorithm, Attributes, Entry, May, Space};
    pub use locks::claim::{Claim, State};

    /// What the house has here is about its tables.
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    pub struct Conditions;
}

mod catalog {
    /// As the house has it.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct NodeId(pub i64);
}

#[path = "../../src/sftp"]
mod sftp {
    mod attrs;
    mod codec;
    mod extensions;
    pub(crate) mod fuzzing;
    mod reply;
    mod status;
    mod words;

    mod handles {
        /// As the house has it.
        pub(super) const MAX_HANDLES: u32 = 1024;
    }
}

#[path = "../../src/dav"]
mod dav {
    mod allow;
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
    for (name, oracle) in dav::fuzzing::TARGETS.into_iter().chain(sftp::fuzzing::TARGETS) {
        if name == target {
            oracle(data);
        }
    }
}
