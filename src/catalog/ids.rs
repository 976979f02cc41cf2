//! The ids of rows, each its own type, so that one can never stand for another.

use super::db::Value;
use rusqlite::types::{FromSql, FromSqlResult, ValueRef};
use std::fmt;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, sqlx::Type)]
        #[sqlx(transparent)]
        pub struct $name(pub i64);

        impl FromSql for $name {
            fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
                i64::column_result(value).map(Self)
            }
        }

        impl From<$name> for Value {
            fn from(id: $name) -> Self {
                Self::Int(Some(id.0))
            }
        }

        impl From<Option<$name>> for Value {
            fn from(id: Option<$name>) -> Self {
                Self::Int(id.map(|id| id.0))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    )*};
}

ids! {
    /// An office, an employer or a person.
    PartyId;
    /// A login.
    AccountId;
    /// A way to prove that one is an account.
    CredentialId;
    /// A key that signs certificates.
    AuthorityId;
    /// An office working for an employer.
    EngagementId;
    /// A person working for an employer.
    EmploymentId;
    /// A folder or a document. Never shown outside: clients see its public id.
    NodeId;
    /// The age identity of a party or an employment.
    KeyId;
}
