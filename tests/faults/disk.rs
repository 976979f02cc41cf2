//! The disk fails at one call, or is full for a while.

use crate::common::server::{Dav, Server, Sftp};
use crate::common::ssh::noise;
use crate::run;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The calls that can fail, as `tests/tools/faulty.c` numbers them. Nothing is renamed on the disk.
const CALLS: [(&str, i32); 3] = [("open", 1), ("write", 2), ("fsync", 3)];
const ERRORS: [(&str, i32); 2] = [("EIO", 5), ("ENOSPC", 28)];
/// A PUT makes far fewer calls of one kind than this.
const ENOUGH: i32 = 100;

/// What the shim in the server was told to do.
struct Order(PathBuf);

impl Order {
    fn give(&self, call: i32, error: i32, after: i32) {
        let words = [call, error, after].map(i32::to_ne_bytes).concat();
        // Written over, not anew: the server has it mapped.
        let file = std::fs::OpenOptions::new().write(true).open(&self.0).unwrap();
        file.write_all_at(&words, 0).unwrap();
    }

    /// Takes the order back. Whether the call that was to fail was made.
    fn end(&self) -> bool {
        let words = std::fs::read(&self.0).unwrap();
        self.give(0, 0, 0);
        i32::from_ne_bytes(words[8..12].try_into().unwrap()) < 0
    }
}

/// Builds the shim; how the server is started with it.
fn shim(folder: &Path, data: &Path) -> (Order, Vec<String>) {
    let library = folder.join("faulty.so");
    let source = format!("{}/tests/tools/faulty.c", env!("CARGO_MANIFEST_DIR"));
    let flags = ["-shared", "-fPIC", "-O1", "-o"].map(Path::new);
    run("gcc", &[&flags[..], &[&library, Path::new(&source), Path::new("-ldl")]].concat());
    let order = crate::common::file(folder, "order", &[0; 12]);
    let words = vec![
        "env".to_owned(),
        format!("LD_PRELOAD={}", library.display()),
        format!("FAULTY_ORDER={}", order.display()),
        format!("FAULTY_FOLDER={}", data.display()),
    ];
    (Order(order), words)
}

/// The file as it is, and the one more that was written last.
struct Story {
    dav: Dav,
    is: u64,
    last: u64,
    refused: u32,
    taken: u32,
}

const FILE: &str = "/Mijn bestanden/a.bin";

/// The content of a number: small and large in turns, and like no other.
fn content(number: u64) -> Vec<u8> {
    noise(if number.is_multiple_of(2) { 300_000 } else { 10_000 }, number)
}

impl Story {
    /// Puts the next content over the file while one call fails. Whatever was answered, the file is whole
    /// and no other than it should be. Whether the call was made.
    async fn put(&mut self, order: &Order, sftp: Option<&Sftp>, what: &str) -> bool {
        self.last += 1;
        let next = content(self.last);
        let done = match sftp {
            None => self.dav.put(FILE, next).await,
            Some(sftp) => sftp.put(FILE, next).await,
        };
        let had = order.end();
        let found = self.dav.get(FILE).await.expect("the file is there");
        if done {
            assert!(found == content(self.last), "{what}: success was told, and it is not there");
            self.taken += 1;
        } else {
            let is = found == content(self.is);
            assert!(is || found == content(self.last), "{what}: {} bytes of nobody's", found.len());
            self.refused += 1;
        }
        if found == content(self.last) {
            self.is = self.last;
        }
        had
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_call_of_a_put_may_fail_and_no_false_success_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let (order, words) = shim(folder.path(), &data);
    let mut server = Server::make(folder.path(), &data);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    server.start_under(&words).await;
    let mut story = Story { dav: server.dav("jansen"), is: 1, last: 1, refused: 0, taken: 0 };
    assert!(story.dav.put(FILE, content(1)).await);
    for (call, number) in CALLS {
        for (error, errno) in ERRORS {
            for by_sftp in [false, true] {
                let mut after = 0;
                loop {
                    let what = format!("{call} {after} fails with {error}, by sftp: {by_sftp}");
                    let mut had = false;
                    // A small file, which lies among others, and a large one.
                    for _ in 0..2 {
                        let sftp = if by_sftp { server.sftp("jansen").await } else { None };
                        order.give(number, errno, after);
                        had |= story.put(&order, sftp.as_ref(), &what).await;
                    }
                    if !had {
                        break;
                    }
                    after += 1;
                    assert!(after < ENOUGH, "{what}");
                }
                assert!(after > 0, "{call} is a call that a PUT makes");
            }
        }
    }
    assert!(story.refused > 10, "{} were refused", story.refused);
    story.put(&order, None, "afterwards").await;
    assert_eq!(story.is, story.last, "afterwards all is well");
    server.kill();
    server.start().await;
    assert!(server.dav("jansen").get(FILE).await.unwrap() == content(story.is));
    println!("{} faults refused, {} borne", story.refused, story.taken);
}

/// A filesystem of its own that is soon full.
struct Small(PathBuf);

impl Drop for Small {
    fn drop(&mut self) {
        drop(Command::new("umount").arg("-l").arg(&self.0).output());
    }
}

/// Puts what is so large until nothing of it is taken any more. Gives what was.
async fn fill(dav: &Dav, folder: &str, size: usize) -> Vec<u64> {
    let (mut taken, mut refused) = (Vec::new(), 0);
    for n in 0..600 {
        let path = format!("/Back-ups/{folder}{n}");
        match dav.ask("PUT", &path, None, noise(size, n)).await.unwrap() {
            (201, _) => taken.push(n),
            (507, body) => {
                assert!(!body.is_empty(), "it is told why");
                assert!(dav.get(&path).await.is_none(), "nothing half");
                refused += 1;
            }
            (status, body) => panic!("{status} {}", String::from_utf8_lossy(&body)),
        }
        if refused > 5 {
            break;
        }
    }
    assert!(refused > 5, "{} taken, {refused} refused", taken.len());
    taken
}

/// What deletes something, or says so in the log, takes room too.
#[tokio::test(flavor = "multi_thread")]
async fn contents_leave_a_disk_so_much_room_that_all_but_putting_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let small = Small(folder.path().join("small"));
    std::fs::create_dir(&small.0).unwrap();
    let options = ["-t", "tmpfs", "-o", "size=96m", "none"].map(Path::new);
    run("mount", &[&options[..], &[&small.0]].concat());
    let ballast = crate::common::file(&small.0, "ballast", &noise(64 << 20, 1));
    let mut server = Server::make(folder.path(), &small.0.join("data"));
    server.start().await;
    let dav = server.dav("jansen");
    // By one that never ends, by some in files of their own, and by small ones.
    let endless = dav.ask("PUT", "/Back-ups/endless", None, noise(40 << 20, 1)).await.unwrap();
    assert_eq!(endless.0, 507);
    let large = fill(&dav, "l", 400_000).await;
    let few = fill(&dav, "s", 30_000).await;
    assert!(large.len() > 5, "{}", large.len());
    for n in few {
        assert_eq!(
            dav.ask("DELETE", &format!("/Back-ups/s{n}"), None, vec![]).await.unwrap().0,
            204
        );
    }
    for n in 0..100 {
        let (made, moved) = (format!("/Back-ups/map {n}"), format!("/Back-ups/weg {n}"));
        assert_eq!(dav.ask("MKCOL", &made, None, vec![]).await.unwrap().0, 201);
        assert_eq!(dav.ask("MOVE", &made, Some(&moved), vec![]).await.unwrap().0, 201);
    }
    assert!(dav.get("/Back-ups/l0").await.unwrap() == noise(400_000, 0), "read, and logged");
    assert_eq!(dav.ask("DELETE", "/Back-ups/l0", None, vec![]).await.unwrap().0, 204);
    std::fs::remove_file(ballast).unwrap();
    assert!(dav.put("/Back-ups/na", noise(400_000, 99)).await, "there is room again");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_is_told_and_nothing_is_lost_and_it_goes_on_when_there_is_room() {
    let folder = tempfile::tempdir().unwrap();
    let small = Small(folder.path().join("small"));
    std::fs::create_dir(&small.0).unwrap();
    let options = ["-t", "tmpfs", "-o", "size=24m", "none"].map(Path::new);
    run("mount", &[&options[..], &[&small.0]].concat());
    let ballast = crate::common::file(&small.0, "ballast", &noise(8 << 20, 1));
    let mut server = Server::make(folder.path(), &small.0.join("data"));
    server.start().await;
    let dav = server.dav("jansen");
    let taken = fill(&dav, "", 400_000).await;
    assert!(taken.len() > 5, "{}", taken.len());
    std::fs::remove_file(ballast).unwrap();
    assert!(dav.put("/Back-ups/na", noise(400_000, 99)).await, "there is room again");
    server.kill();
    server.start().await;
    for n in taken {
        assert!(dav.get(&format!("/Back-ups/{n}")).await.unwrap() == noise(400_000, n));
    }
    assert!(dav.get("/Back-ups/na").await.unwrap() == noise(400_000, 99));
}
