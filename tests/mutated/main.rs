//! A hundred thousand requests that are almost real: those of real clients, with their targets, headers
//! and bodies flipped, cut, doubled and spliced. Each is answered, no answer is a fault of ours, every
//! connection is kept, the process is the one that it was, and nobody else has noticed.
//!
//! `MUTATED` says how many there are, `SEED` which: they are the same ones each time, so that what fails
//! is what was changed.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "what fails here fails the test"
)]

#[path = "../common/mod.rs"]
mod common;
mod connection;
mod mutants;
#[path = "../dav_wire/http.rs"]
#[allow(dead_code, clippy::allow_attributes, reason = "this uses its part")]
mod person;
mod seeds;

use common::PASSWORD;
use common::server::Server;
use connection::{Connection, Reply};
use data_encoding::BASE64;
use mutants::{Random, Request};
use person::Person;
use std::collections::BTreeMap;
use std::time::Instant;

const CONNECTIONS: u64 = 16;
/// After so many requests a connection ends its locks, and puts back what it began with.
const ROUND: u64 = 50;
const SHARED_BY_OFFICE: &str = "/Werkgevers/Bakkerij Jansen BV/Gedeeld met werkgever";
/// So many requests fill what is kept at hand.
const WARM: u64 = 30_000;
const MORE_MEMORY: u64 = 128 << 20;

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| text.parse().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn every_mutated_request_is_answered_and_nobody_else_notices() {
    let (all, seed) = (number("MUTATED", 100_000), number("SEED", 0));
    println!("SEED={seed}");
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    let mut server = Server::make(folder.path(), &folder.path().join("data"));
    let secret = |login: &str| {
        let made = server.runs(&["app-password", "add", login, "--name", "mutated"]);
        made.lines().next().unwrap().to_owned()
    };
    let (own, other) = (secret("devries"), secret("yilmaz"));
    server.start_told(&log).await;
    let bystanders = bystanders(&server, &other).await;
    let before = (server.pid(), trees(&bystanders).await);

    let authorization = format!("Basic {}", BASE64.encode(format!("devries:{own}").as_bytes()));
    let mut players = Vec::new();
    for number in 0..CONNECTIONS {
        let random = Random::new(seed.wrapping_mul(CONNECTIONS).wrapping_add(number));
        players.push(Player::new(number, server.dav, &authorization, random).await);
    }
    // What is kept at hand is full by then, and the rest is to take no more.
    let (first, begun) = (all.min(WARM), Instant::now());
    players = play(players, first).await;
    let database = || std::fs::metadata(folder.path().join("data/dossier.sqlite")).unwrap().len();
    let (memory, known) = (server.memory("VmRSS"), database());
    players = play(players, all - first).await;
    let grown = server.memory("VmRSS").saturating_sub(memory);
    // Each of the five connections to the database keeps what it read, up to 64 MiB: that is no leak.
    let allowed = MORE_MEMORY + 2 * (database() - known);
    let took = begun.elapsed().as_secs_f64();

    let mut statuses = BTreeMap::new();
    for (status, count) in players.into_iter().flat_map(|player| player.statuses) {
        *statuses.entry(status).or_insert(0) += count;
    }
    let answered: u32 = statuses.values().sum();
    let rate = f64::from(answered) / took;
    println!("{answered} answers in {took:.1} s, {rate:.0} a second: {statuses:?}");
    println!("{} MiB more memory than {} MiB", grown >> 20, memory >> 20);

    assert!(server.runs_still(), "it ended by itself");
    let told = std::fs::read_to_string(&log).unwrap();
    let panics: Vec<_> = told.lines().filter(|line| line.contains("panicked")).collect();
    assert!(panics.is_empty(), "{panics:?}");
    let after = (server.pid(), trees(&bystanders).await);
    assert_eq!(after, before, "nothing of anybody else's was touched");
    assert!(grown < allowed, "{grown} bytes more");
    // What is refused at the door tests the door alone.
    let done: u32 = statuses.range(200..300).map(|(_, count)| count).sum();
    assert!(u64::from(answered) >= all && done * 5 > answered, "{statuses:?}");
}

/// All of them at once, each its share of so many requests.
async fn play(players: Vec<Player>, count: u64) -> Vec<Player> {
    let share = count.div_ceil(CONNECTIONS);
    let playing = players.into_iter().map(|mut player| {
        tokio::spawn(async move {
            player.play(share).await;
            player
        })
    });
    let mut played = Vec::new();
    for player in playing.collect::<Vec<_>>() {
        played.push(player.await.unwrap());
    }
    played
}

/// Everybody else whose trees the one who asks is near, each with something in it.
async fn bystanders(server: &Server, other: &str) -> Vec<(Person, &'static [&'static str])> {
    let person = |login, password| Person::at(server.dav, login, password);
    let [petra, jansen] = ["petra", "jansen"].map(|login| person(login, PASSWORD));
    let yilmaz = person("yilmaz", other);
    let pdf = String::from_utf8(common::pdf("x")).unwrap();
    let office = "/Werkgevers/Bakkerij Jansen BV";
    for (person, path) in [
        (&petra, format!("{office}/Overzichten/Journaalposten/2026/Journaalpost 2026-11.pdf")),
        (&petra, format!("{office}/Gedeeld met werkgever/a.txt")),
        (&petra, "/Mijn bestanden/a.txt".to_owned()),
        (&petra, format!("{office}/Werknemers/0042 A. de Vries/Loonstrook 2026-11.pdf")),
        (&jansen, "/Werknemers/0042 A. de Vries/Gedeeld met werknemer/a.txt".to_owned()),
        (&jansen, "/Werknemers/0043 S. Yilmaz/Gedeeld met werknemer/a.txt".to_owned()),
        (&jansen, "/Back-ups/a.txt".to_owned()),
        (&jansen, "/Mijn bestanden/a.txt".to_owned()),
        (&yilmaz, format!("{office}/Gedeeld met werkgever/a.txt")),
        (&yilmaz, "/Mijn bestanden/a.txt".to_owned()),
    ] {
        person.put(&path, &pdf).await;
    }
    vec![
        (petra, &[SHARED_BY_OFFICE, "/Mijn bestanden", "/Back-ups"]),
        (jansen, &["/Werknemers", "/Overzichten", "/Mijn bestanden", "/Back-ups"]),
        (yilmaz, &["/Werkgevers", "/Mijn bestanden"]),
    ]
}

/// All that they see, with what is in it.
async fn trees(people: &[(Person, &[&str])]) -> Vec<Vec<(String, String)>> {
    let mut trees = Vec::new();
    for (person, folders) in people {
        for folder in *folders {
            trees.push(person.tree(folder).await);
        }
    }
    trees
}

/// One connection, and what the one behind it knows from the answers.
struct Player {
    connection: Connection,
    random: Random,
    seeds: Vec<Request>,
    known: seeds::Known,
    /// What it has locked.
    locks: Vec<(Vec<u8>, String)>,
    statuses: BTreeMap<u16, u32>,
}

impl Player {
    async fn new(
        number: u64,
        host: std::net::SocketAddr,
        authorization: &str,
        random: Random,
    ) -> Self {
        let known = seeds::Known::new(number, host, authorization);
        let connection = Connection::open(host).await;
        let (locks, statuses) = (Vec::new(), BTreeMap::new());
        Self { connection, random, seeds: seeds::all(), known, locks, statuses }
    }

    async fn play(&mut self, count: u64) {
        for turn in 0..count {
            if turn % ROUND == 0 {
                self.begin_again().await;
            }
            let seed = self.seeds[self.random.below(self.seeds.len())].clone();
            let mut request = seed.filled(&self.known);
            // Some are as they are, so that there is something for the others to find.
            if self.random.below(10) > 0 {
                mutants::mutate(&mut request, &self.seeds, &self.known, &mut self.random);
            }
            self.ask(&request).await;
        }
        self.begin_again().await;
    }

    /// Ends every lock, and makes what the requests speak of.
    async fn begin_again(&mut self) {
        for (target, token) in std::mem::take(&mut self.locks) {
            let unlock = Request::new("UNLOCK", "", &[("Lock-Token", &token)], "");
            self.ask(&Request { target, ..unlock.filled(&self.known) }).await;
        }
        for request in seeds::beginning() {
            self.ask(&request.filled(&self.known)).await;
        }
    }

    /// Sends it, and judges the answer.
    async fn ask(&mut self, request: &Request) {
        let reply = self.connection.ask(request).await;
        let what = || format!("{}\n", request.bytes().escape_ascii());
        let reply = match reply {
            Ok(reply) => reply,
            Err(fault) => panic!("{fault}: {}", what()),
        };
        let Reply { status, .. } = reply;
        *self.statuses.entry(status).or_default() += 1;
        let right = match status {
            200..500 | 502 | 507 => true,
            503 => reply.header("retry-after").is_some(),
            _ => false,
        };
        assert!(right, "{status}: {}", what());
        if reply.header("connection").is_some_and(|value| value.eq_ignore_ascii_case("close")) {
            assert!(!request.is_http(), "cut off after {status}: {}", what());
            self.connection.open_again().await;
        }
        if let Some(token) = reply.header("lock-token") {
            self.known.token = token.trim_matches(['<', '>']).into();
            self.locks.push((request.target.clone(), token.to_owned()));
        }
        if let Some(etag) = reply.header("etag") {
            self.known.etag = etag.into();
        }
    }
}
