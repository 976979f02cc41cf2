//! The rules of the dossier, and nothing else.
//!
//! Knows: parties, areas, who may see what ([`rights`]), the three trees ([`tree`]) and what
//! they lead to ([`Leaf`]), names,
//! periods, kinds of overview, administrations, and what can go wrong ([`Error`]).
//! Must not know: storage, sockets, time of day, randomness, async. Every function here gives the
//! same answer for the same arguments.

pub mod day;
mod deed;
pub mod delivery;
mod error;
pub mod kind;
mod leaf;
pub mod lhn;
pub mod login;
pub mod name;
pub mod notice;
pub mod overview;
mod party;
mod path;
pub mod period;
pub mod retention;
mod rights;
pub mod roster;
pub mod set;
pub mod tree;
mod words;

pub use deed::Deed;
pub use error::{Error, NameFault, Refusal, Result};
pub use kind::Kind;
pub use leaf::Leaf;
pub use lhn::Lhn;
pub use party::{Language, PartyKind, Scope};
pub use path::DossierPath;
pub use period::Period;
pub use rights::{Area, Facts, Relation, Rights, rights, table};
pub use set::SetState;
pub use words::Word;
