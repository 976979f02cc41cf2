//! What was acknowledged, and what may be there therefore: the judge of every fault.

use crate::common::server::{Dav, Server, Sftp};
use crate::common::ssh::noise;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A content by its number; 0 is nothing at all.
pub(crate) type Number = u64;

/// The content of a number: from ten thousand bytes to two megabytes, and like no other. Most are small:
/// what is overwritten stays for two days, and 2,000 kills write for half an hour.
pub(crate) fn content(number: Number) -> Vec<u8> {
    let length = match number % 64 {
        0 => 2 << 20,
        1..=12 => 200_000,
        _ => 10_000,
    } + number % 1_000;
    noise(usize::try_from(length).unwrap(), number)
}

/// One writer's files: by path, every content that may be there.
#[derive(Default)]
pub(crate) struct Ledger {
    may_be: BTreeMap<String, BTreeSet<Number>>,
    /// Moves that were not answered: from where, to where, of what.
    moves: Vec<(String, String, Number)>,
    last: Number,
    /// The power is cut, or about to be: whoever is answered from then on would have heard nothing.
    dark: Arc<AtomicBool>,
    /// How many changes were acknowledged.
    pub(crate) acknowledged: u64,
}

/// By which protocol a writer writes.
pub(crate) enum Client {
    Dav(Dav),
    Sftp(Sftp),
}

impl Client {
    async fn put(&self, path: &str, content: Vec<u8>) -> bool {
        match self {
            Self::Dav(client) => client.put(path, content).await,
            Self::Sftp(client) => client.put(path, content).await,
        }
    }

    async fn rename(&self, from: &str, to: &str) -> bool {
        match self {
            Self::Dav(client) => client.rename(from, to).await,
            Self::Sftp(client) => client.rename(from, to).await,
        }
    }
}

impl Ledger {
    /// Writer number `n`; no two ever write the same content.
    fn of(n: u64, dark: &Arc<AtomicBool>) -> Self {
        Self { last: n << 32, dark: Arc::clone(dark), ..Self::default() }
    }

    /// Whether an answer was heard.
    fn heard(&self, done: bool) -> bool {
        done && !self.dark.load(Ordering::SeqCst)
    }

    fn at(&mut self, path: &str) -> &mut BTreeSet<Number> {
        self.may_be.entry(path.to_owned()).or_insert_with(|| BTreeSet::from([0]))
    }

    /// Puts new content; it is one of those that may be there until the answer says that it is.
    async fn put(&mut self, client: &Client, path: &str) -> bool {
        self.last += 1;
        let number = self.last;
        self.at(path).insert(number);
        let done = client.put(path, content(number)).await;
        let done = self.heard(done);
        if done {
            *self.at(path) = BTreeSet::from([number]);
            self.acknowledged += 1;
        }
        done
    }

    async fn rename(&mut self, client: &Client, from: &str, to: &str, number: Number) -> bool {
        self.at(from).insert(0);
        self.at(to).insert(number);
        self.moves.push((from.to_owned(), to.to_owned(), number));
        let done = client.rename(from, to).await;
        let done = self.heard(done);
        if done {
            self.moves.pop();
            *self.at(from) = BTreeSet::from([0]);
            *self.at(to) = BTreeSet::from([number]);
            self.acknowledged += 1;
        }
        done
    }

    /// Writes until something is not answered with success: new files, the same again, and as backup
    /// programs do, a partial name that is renamed to the final one.
    pub(crate) async fn write(&mut self, client: &Client, folder: &str) {
        for round in 0.. {
            let path = format!("{folder}/file {}", round % 7);
            let done = if round % 3 == 2 {
                let partial = format!("{path}.new");
                self.put(client, &partial).await && {
                    let number = self.last;
                    self.rename(client, &partial, &path, number).await
                }
            } else {
                self.put(client, &path).await
            };
            if !done {
                return;
            }
        }
    }

    /// Looks at every file: what may be there is, and whole; what a cut move carried is in one place.
    /// From then on what is there is what there is.
    pub(crate) async fn check(&mut self, reader: &Dav) {
        let mut found = BTreeMap::new();
        for (path, numbers) in &self.may_be {
            let is = reader.get(path).await;
            let same = |n: &&Number| match (&is, **n) {
                (None, number) => number == 0,
                (Some(_), 0) => false,
                (Some(is), number) => *is == content(number),
            };
            let number = numbers.iter().find(same);
            let length = is.as_ref().map(Vec::len);
            let number = number.unwrap_or_else(|| {
                panic!("{path} holds {length:?} bytes that nobody acknowledged: {numbers:?}")
            });
            found.insert(path.clone(), *number);
        }
        for (from, to, number) in self.moves.drain(..) {
            let there = [&from, &to].into_iter().filter(|p| found[*p] == number).count();
            assert_eq!(there, 1, "content {number} is in {there} places: {from}, {to}");
        }
        self.may_be = found.into_iter().map(|(p, n)| (p, BTreeSet::from([n]))).collect();
    }
}

/// Where a writer writes, and as whom.
const PLACES: [(&str, &str); 4] = [
    ("jansen", "/Back-ups"),
    ("jansen", "/Mijn bestanden"),
    ("devries", "/Mijn bestanden"),
    ("petra", "/Back-ups"),
];

/// Eight writers, four by each protocol.
pub(crate) struct Writers(Vec<Ledger>, Arc<AtomicBool>);

impl Writers {
    pub(crate) fn new() -> Self {
        let dark = Arc::default();
        Self((1..=8).map(|n| Ledger::of(n, &dark)).collect(), dark)
    }

    /// To be set just before the power is cut. A machine without power answers nobody; a filesystem that is
    /// shut down while it commits told one in some hundred a success (it seems that `jbd2_complete_transaction`
    /// takes a transaction that was aborted for one that is over), which nobody would have heard.
    pub(crate) fn dark(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.1)
    }

    fn folder(n: usize) -> (&'static str, String) {
        let (login, area) = PLACES[n % 4];
        (login, format!("{area}/schrijver {n}"))
    }

    /// Makes the folders in which they write.
    pub(crate) async fn settle(&self, server: &Server) {
        for n in 0..self.0.len() {
            let (login, folder) = Self::folder(n);
            let made = server.dav(login).ask("MKCOL", &folder, None, Vec::new()).await.unwrap();
            assert_eq!(made.0, 201, "{folder}");
        }
    }

    /// Lets them write until the server fails; `fail` decides when.
    pub(crate) async fn write_until(
        &mut self,
        server: &mut Server,
        fail: impl AsyncFnOnce(&mut Server),
    ) {
        self.1.store(false, Ordering::SeqCst);
        let mut running = Vec::new();
        for (n, mut ledger) in std::mem::take(&mut self.0).into_iter().enumerate() {
            let (login, folder) = Self::folder(n);
            let client = if n < 4 {
                Client::Dav(server.dav(login))
            } else {
                Client::Sftp(server.sftp(login).await.unwrap())
            };
            running.push(tokio::spawn(async move {
                ledger.write(&client, &folder).await;
                ledger
            }));
        }
        fail(server).await;
        for ledger in running {
            self.0.push(ledger.await.unwrap());
        }
    }

    pub(crate) async fn check(&mut self, server: &Server) {
        for (n, ledger) in self.0.iter_mut().enumerate() {
            ledger.check(&server.dav(Self::folder(n).0)).await;
        }
    }

    pub(crate) fn acknowledged(&self) -> u64 {
        self.0.iter().map(|ledger| ledger.acknowledged).sum()
    }
}
