//! Facts in SQL: parties, relations, accounts, nodes, versions, locks, the log.
//!
//! Knows: tables and statements, on SQLite and PostgreSQL with the same text. Must not know who may
//! see what, what a path is, or how contents are stored.
//!
//! To add a statement: put it in the `statements!` of the file whose tables it is about; a test then
//! prepares it on both databases. What it gives is a struct in `row!`. To add a column: a migration of
//! the same number in both folders.

pub mod accounts;
pub mod authorities;
pub mod codes;
pub mod credentials;
mod db;
pub mod deliveries;
pub mod endings;
pub mod erasure;
pub mod forwards;
pub mod held;
pub mod history;
mod ids;
pub mod instants;
pub mod intake;
pub mod keys;
pub mod locks;
pub mod log;
mod memo;
pub mod nodes;
pub mod notices;
pub mod parties;
mod rekey;
pub mod relations;
mod rows;
pub mod sets;
pub mod shelves;
pub mod shown;
mod sqlite;
pub mod ties;
mod transact;
pub mod versions;
pub mod walks;
pub mod ways;

pub use db::{Conn, Statement, Value};
pub use ids::{
    AccountId, AuthorityId, CredentialId, EmploymentId, EngagementId, KeyId, NodeId, PartyId,
};
pub use rows::{Cell, Cells, Failure, Row};
pub use transact::{Db, Transaction};

/// The end of what holds until further notice: `until_ms` of live rows.
pub const FOREVER: i64 = i64::MAX;

/// The instant at which one asks for what holds now, whatever the clock says.
pub const NOW: i64 = i64::MAX - 1;

/// Every statement there is, so that a test can prepare each on both databases.
pub fn statements() -> Vec<Statement> {
    [
        accounts::ALL,
        authorities::ALL,
        codes::ALL,
        credentials::ALL,
        deliveries::ALL,
        endings::ALL,
        erasure::ALL,
        forwards::ALL,
        held::ALL,
        history::ALL,
        intake::ALL,
        instants::ALL,
        keys::ALL,
        locks::ALL,
        log::ALL,
        nodes::ALL,
        notices::ALL,
        parties::ALL,
        rekey::ALL,
        relations::ALL,
        ways::ALL,
        sets::ALL,
        shelves::ALL,
        shown::ALL,
        ties::ALL,
        versions::ALL,
        walks::ALL,
    ]
    .concat()
}
