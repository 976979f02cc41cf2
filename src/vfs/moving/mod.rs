//! Moving and copying (PRODUCT.md section 4): `relocate` says which of renaming, sharing, un-sharing and forwarding
//! a move is, `copy` makes new documents, `forward` keeps links, `replaced` says what gives way, and `saves` knows
//! how programs save.
//!
//! Must not know any protocol.

pub(in crate::vfs) mod copy;
pub(in crate::vfs) mod forward;
pub(in crate::vfs) mod relocate;
pub(in crate::vfs) mod replaced;
pub(in crate::vfs) mod saves;
