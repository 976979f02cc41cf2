//! The roster: what a file may say, how a plan reads, and what applying it does on both databases.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod cast;
mod engagements;
mod format;
mod parties;
mod persons;
mod world;
