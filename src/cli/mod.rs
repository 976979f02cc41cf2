//! The commands of PRODUCT.md section 9.
//!
//! Knows how to read a command line and how to print. Must not know any rule: it asks `vfs`, `auth`
//! and `ops`.

mod output;
mod roster;

pub use output::Exit;
pub(crate) use output::Output;
