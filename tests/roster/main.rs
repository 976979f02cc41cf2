//! The roster: what a file may say, how a plan reads, and what applying it does on both databases.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod cast;
#[path = "../common/mod.rs"]
mod common;
mod engagements;
mod format;
#[macro_use]
mod on_paper;
mod parties;
mod persons;
mod stored;
mod world;

/// Each story on both databases.
macro_rules! on_databases {
    ($($part:ident: $($story:ident)*;)*) => {
        on_databases!(@on sqlite Sqlite $($($part $story)*)*);
        on_databases!(@on postgres Postgres $($($part $story)*)*);
    };
    (@on $module:ident $database:ident $($part:ident $story:ident)*) => {
        mod $module {
            use crate::stored::{Database, Stored};
            $(#[tokio::test] async fn $story() {
                crate::$part::$story(Stored::on(Database::$database).await).await;
            })*
        }
    };
}

every_story!(on_databases);

mod tables {
    on_databases! {
        stored:
            every_statement_is_understood
            each_party_and_employment_has_a_key_and_its_roots
            two_who_apply_at_once_do_it_once
            what_was_shared_goes_back_after_the_last_day
            what_was_shared_goes_back_when_an_engagement_has_ended;
    }
}
