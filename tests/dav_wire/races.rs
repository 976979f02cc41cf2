//! Two who change one file on one condition: exactly one of them does, however often they try.

use crate::OWN;
use crate::common::wire::{Line, Wire, code, kind, open, string};
use crate::common::{Backing, Gateway, PASSWORD};
use crate::http::Person;
use crate::locks::{colleagues, colleagues_on, lock, token};
use loondossier::dossier::Scope;

/// How one makes a change on the condition that the file still has this tag.
const WAYS: [&str; 4] = ["If-Match", "If", "If, tagged", "MOVE"];

/// The status of a change, and the tag of what it made.
async fn change(who: &Person, way: &str, file: &str, tag: &str, content: &str) -> u16 {
    let uri = file.replace(' ', "%20");
    let (listed, tagged) = (format!("([{tag}])"), format!("<{uri}> ([{tag}])"));
    match way {
        "If-Match" => who.send("PUT", file, &[("If-Match", tag)], content).await.status,
        "If" => who.send("PUT", file, &[("If", &listed)], content).await.status,
        "If, tagged" => who.send("PUT", file, &[("If", &tagged)], content).await.status,
        _ => {
            let (temporary, to) = (format!("{file}.{content}.tmp"), who.url(&uri));
            who.put(&temporary, content).await;
            let headers = [("Destination", to.as_str()), ("If", &tagged)];
            who.ask("MOVE", &temporary, &headers).await
        }
    }
}

/// The same by SFTP of a name that must be free; the codes as HTTP has them.
async fn make(wire: &mut Wire, file: &str, content: &str) -> u16 {
    let flags = open::NEW | open::EXCL;
    let opened = wire.ask(kind::OPEN, &[&string(file), &flags.to_be_bytes(), &[0; 4]]).await;
    if opened.kind == kind::STATUS {
        assert_eq!(opened.code(), code::FAILURE);
        return 412;
    }
    let handle = string(opened.string());
    wire.write(&handle, 0, content.as_bytes()).await;
    match wire.ask(kind::CLOSE, &[&handle]).await.code() {
        code::OK => 204,
        other => {
            assert_eq!(other, code::FAILURE);
            412
        }
    }
}

async fn one_of_two(gateway: &Gateway, rounds: usize) {
    let file = format!("{OWN}/a.txt");
    let secret = gateway.app_password("devries", Scope::FULL).await;
    let devries = Person::with(gateway, "devries", &secret);
    let line = Line::by_password(gateway.sftp, "devries", PASSWORD).await;
    let mut wire = line.sftp().await;
    wire.receive().await.unwrap();
    devries.put(&file, "a").await;
    let pairs: Vec<_> = WAYS.iter().flat_map(|one| WAYS.map(|other| (*one, other))).collect();
    for (round, (one_way, other_way)) in pairs.iter().cycle().take(rounds).enumerate() {
        let (one, other) = (format!("a{round}"), format!("b{round}"));
        let tag = devries.send("HEAD", &file, &[], "").await.header("etag").unwrap().to_owned();
        let told = if round % 5 == 4 {
            assert_eq!(devries.ask("DELETE", &file, &[("If-Match", &tag)]).await, 204);
            let free = [("If-None-Match", "*")];
            let put = async { devries.send("PUT", &file, &free, &one).await.status };
            tokio::join!(put, make(&mut wire, &file, &other))
        } else {
            tokio::join!(
                change(&devries, one_way, &file, &tag, &one),
                change(&devries, other_way, &file, &tag, &other)
            )
        };
        let what = format!("round {round}, {one_way} and {other_way}: {told:?}");
        let winner = match told {
            (201 | 204, 412) => one,
            (412, 201 | 204) => other,
            _ => panic!("{what}"),
        };
        assert_eq!(devries.get(&file).await, Some(winner), "{what}");
    }
}

/// Who locks a free name and who puts a file there: what is made for a lock is empty, and locked at once.
#[tokio::test(flavor = "multi_thread")]
async fn a_name_is_locked_with_the_empty_file_that_is_made_for_it() {
    let (_gateway, jansen, keller) = colleagues().await;
    for round in 0..200 {
        let file = format!("{OWN}/{round}.txt");
        let (locked, put) = tokio::join!(lock(&jansen, &file, &[]), async {
            keller.send("PUT", &file, &[], "x").await.status
        });
        let token = token(&locked);
        let content = jansen.get(&file).await.unwrap();
        match (locked.status, put) {
            (201, 423) => assert_eq!(content, "", "round {round}"),
            (200, 201) => assert_eq!(content, "x", "round {round}"),
            told => panic!("round {round}: {told:?}"),
        }
        assert_eq!(jansen.ask("UNLOCK", &file, &[("Lock-Token", &token)]).await, 204);
        assert_eq!(jansen.ask("UNLOCK", &file, &[]).await, 400);
    }
}

/// Two accounts put one file, each if it is still as both saw it. In every other round both were told to go on before
/// either sends a byte: the condition held for both when they began.
async fn one_of_two_accounts(backing: Backing, rounds: usize) {
    let (_gateway, jansen, keller) = colleagues_on(backing).await;
    let file = format!("{OWN}/a.txt");
    jansen.put(&file, "a").await;
    let mut tag = jansen.send("HEAD", &file, &[], "").await.header("etag").unwrap().to_owned();
    for round in 0..rounds {
        let condition = [("If-Match", tag.as_str())];
        let [one, other] = ["j", "k"].map(|who| format!("{who}{round:04}"));
        let (first, second) = if round % 2 == 0 {
            tokio::join!(
                jansen.send("PUT", &file, &condition, &one),
                keller.send("PUT", &file, &condition, &other)
            )
        } else {
            let (first, second) = tokio::join!(
                jansen.begin_put(&file, &condition, one.len()),
                keller.begin_put(&file, &condition, other.len())
            );
            tokio::join!(first.finish(one.as_bytes()), second.finish(other.as_bytes()))
        };
        let (winner, content) = match (first.status, second.status) {
            (204, 412) => (first, one),
            (412, 204) => (second, other),
            told => panic!("round {round}: {told:?}"),
        };
        let next = winner.header("etag").unwrap().to_owned();
        assert_ne!(next, tag, "round {round}");
        let found = keller.send("GET", &file, &[], "").await;
        assert_eq!(
            (found.header("etag"), &*found.body),
            (Some(&*next), &*content),
            "round {round}"
        );
        tag = next;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_clients_with_one_if_match_exactly_one_wins() {
    one_of_two_accounts(Backing::Embedded, 1_000).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_clients_with_one_if_match_exactly_one_wins_on_the_shared_stores() {
    one_of_two_accounts(Backing::Shared, 200).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_on_one_condition_exactly_one_makes_its_change() {
    one_of_two(&Gateway::start().await, 320).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_on_one_condition_exactly_one_makes_its_change_on_the_shared_stores() {
    one_of_two(&Gateway::start_on(Backing::Shared).await, 160).await;
}
