//! What the operator asks for, and what goes on by itself: the `roster`, what ends (`ending`), the history's length
//! (`maintain`), erasing a party (`erase`), `keys`, the check of contents (`verify`) and `notices`.
//!
//! Must not know a command line, nor how a notice travels.

pub(in crate::vfs) mod ending;
pub(in crate::vfs) mod erase;
pub(in crate::vfs) mod keys;
pub(in crate::vfs) mod maintain;
pub(in crate::vfs) mod notices;
pub(in crate::vfs) mod roster;
pub(in crate::vfs) mod verify;
