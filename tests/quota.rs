//! How much a party may keep: never a byte more, whoever writes at once.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

mod common;

use common::ssh::noise;
use common::{Backing, Gateway};
use loondossier::dossier::{DossierPath, Error};
use loondossier::vfs::{Conditions, Create, Quota};
use std::sync::Arc;

const MIB: u64 = 1 << 20;

async fn gateway(backing: Backing) -> Gateway {
    let quota = Quota { default: Some(10 * MIB), history: Some(5 * MIB) };
    Gateway::start_with(backing, quota).await
}

/// Puts so many bytes; told before or not.
async fn put(gateway: &Gateway, at: &str, size: u64, told: bool) -> Result<(), Error> {
    let (session, path) = (gateway.session("jansen").await, DossierPath::parse(at).unwrap());
    let create = Create { make: true, size: told.then_some(size), ..Create::default() };
    let mut upload = gateway.vfs.create(&session, &path, create).await?;
    let content = noise(usize::try_from(size).unwrap(), at.len() as u64 ^ size);
    for (at, piece) in (0..).step_by(262_144).zip(content.chunks(262_144)) {
        upload.write_at(at, piece.to_vec().into()).await?;
    }
    upload.commit().await.map(drop)
}

async fn copy(gateway: &Gateway, from: &str, to: &str) -> Result<bool, Error> {
    let path = |text| DossierPath::parse(text).unwrap();
    let (session, free) = (gateway.session("jansen").await, Conditions::default());
    gateway.vfs.copy(&session, &path(from), &path(to), true, false, &free).await
}

async fn used(gateway: &Gateway) -> u64 {
    let session = gateway.session("jansen").await;
    gateway.vfs.space(&session, &DossierPath::parse("/Back-ups").unwrap()).await.unwrap().used
}

/// Twenty at once, each of most of what is left: one gets it, the others nothing, and told sizes are
/// refused before a byte is sent.
async fn twenty_writers_share_what_is_left(backing: Backing) {
    let gateway = Arc::new(gateway(backing).await);
    put(&gateway, "/Back-ups/first", 5 * MIB, true).await.unwrap();
    let writers = (0..20_u64).map(|n| {
        let gateway = Arc::clone(&gateway);
        tokio::spawn(async move {
            put(&gateway, &format!("/Back-ups/{n}"), 4 * MIB + n, n.is_multiple_of(2)).await
        })
    });
    let mut good = 0;
    for writer in writers.collect::<Vec<_>>() {
        match writer.await.unwrap() {
            Ok(()) => good += 1,
            Err(error) => assert_eq!(error, Error::NoSpace),
        }
    }
    assert!(good <= 1, "{good} writers got what was there for one");
    assert!(used(&gateway).await <= 10 * MIB);
    // What was held for those who did not get it is given back.
    let left = 10 * MIB - used(&gateway).await;
    put(&gateway, "/Back-ups/last", left, true).await.unwrap();
    assert_eq!(used(&gateway).await, 10 * MIB);
    assert_eq!(put(&gateway, "/Back-ups/more", 1, true).await, Err(Error::NoSpace));
    // To replace by less is always possible, by more not.
    put(&gateway, "/Back-ups/first", 4 * MIB, false).await.unwrap();
    assert_eq!(put(&gateway, "/Back-ups/first", 6 * MIB, false).await, Err(Error::NoSpace));
}

#[tokio::test(flavor = "multi_thread")]
async fn twenty_writers_get_no_byte_too_much_from_sqlite() {
    twenty_writers_share_what_is_left(Backing::Embedded).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn twenty_writers_get_no_byte_too_much_from_postgresql() {
    twenty_writers_share_what_is_left(Backing::Shared).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_counts_like_any_file_and_takes_the_room_of_what_it_replaces() {
    let gateway = gateway(Backing::Embedded).await;
    put(&gateway, "/Back-ups/a", 4 * MIB, true).await.unwrap();
    assert_eq!(copy(&gateway, "/Back-ups/a", "/Mijn bestanden/a").await, Ok(true));
    assert_eq!(copy(&gateway, "/Back-ups/a", "/Mijn bestanden/b").await, Err(Error::NoSpace));
    assert_eq!(copy(&gateway, "/Back-ups/a", "/Mijn bestanden/a").await, Ok(false));
    assert_eq!(used(&gateway).await, 8 * MIB);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_history_that_is_full_takes_nothing_more() {
    let gateway = gateway(Backing::Embedded).await;
    for n in 0..4 {
        put(&gateway, "/Back-ups/a", 2 * MIB + n, true).await.unwrap();
    }
    assert_eq!(put(&gateway, "/Back-ups/b", 10, true).await, Err(Error::NoSpace));
    assert_eq!(copy(&gateway, "/Back-ups/a", "/Back-ups/c").await, Err(Error::NoSpace));
    let other = gateway.session("devries").await;
    let path = DossierPath::parse("/Mijn bestanden/a").unwrap();
    let create = Create { make: true, ..Create::default() };
    gateway.vfs.create(&other, &path, create).await.unwrap().commit().await.unwrap();
}
