//! What a change depends on: `lock` takes, refreshes and ends a lock, `locking` says whom one holds up, and
//! `conditions` judges what a client says of what is there (`claim`).
//!
//! Knows RFC 4918 and RFC 9110 by their terms; must not know a header.

pub(in crate::vfs) mod claim;
pub(in crate::vfs) mod conditions;
pub(in crate::vfs) mod lock;
pub(in crate::vfs) mod locking;
