//! `verify` finds what is wrong with the contents, and `maintain` what is nobody's.

use crate::common::server::Server;
use crate::common::ssh::noise;
use crate::run;
use std::path::{Path, PathBuf};

/// Every object in a data folder.
pub(crate) fn objects(data: &Path) -> Vec<PathBuf> {
    let shards = std::fs::read_dir(data.join("blobs")).unwrap().map(|shard| shard.unwrap().path());
    let shards = shards.filter(|shard| shard.file_name().is_some_and(|name| name.len() == 2));
    let mut all: Vec<_> = shards
        .flat_map(|shard| std::fs::read_dir(shard).unwrap())
        .map(|object| object.unwrap().path())
        .collect();
    all.sort();
    all
}

/// Makes what lies in a file as old as anything that is swept.
pub(crate) fn age(file: &Path) {
    run("touch", &["-d".as_ref(), "5 days ago".as_ref(), file]);
}

fn name(object: &Path) -> String {
    object.file_stem().unwrap().to_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_fault_has_its_own_line_and_nothing_is_changed() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let mut server = Server::make(folder.path(), &data);
    server.start().await;
    for n in 0..6 {
        assert!(server.dav("jansen").put(&format!("/Back-ups/{n}"), noise(300_000, n)).await);
    }
    server.kill();
    let well = server.runs(&["verify", "--read-data"]);
    assert!(well.contains("6 objects") && well.contains("0 faults"), "{well}");

    let all = objects(&data);
    let [flipped, gone, cut, kept, ..] = all.as_slice() else { panic!("{all:?}") };
    let mut bytes = std::fs::read(flipped).unwrap();
    bytes[150_000] ^= 1;
    std::fs::write(flipped, &bytes).unwrap();
    std::fs::remove_file(gone).unwrap();
    std::fs::write(cut, &std::fs::read(cut).unwrap()[..1_000]).unwrap();
    let orphan = data.join("blobs/ab/ab000000000000000000000000000000.age");
    std::fs::copy(kept, &orphan).unwrap();
    age(&orphan);
    let now: Vec<_> = objects(&data).iter().map(|file| std::fs::read(file).unwrap()).collect();

    let quick = server.command(&["verify"]).output().unwrap();
    let whole = server.command(&["verify", "--read-data"]).output().unwrap();
    assert_eq!((quick.status.code(), whole.status.code()), (Some(1), Some(1)));
    let lines = |out: &[u8], object: &Path, what: &str| {
        let text = String::from_utf8_lossy(out).into_owned();
        let found: Vec<_> = text.lines().filter(|line| line.contains(&name(object))).collect();
        assert_eq!(found.len(), 1, "{text}");
        assert!(found[0].contains(what) && found[0].contains(": "), "{text}");
    };
    for out in [&quick.stdout, &whole.stdout] {
        lines(out, gone, "is missing");
        lines(out, cut, "has another size");
        lines(out, &orphan, "is the content of nothing");
    }
    lines(&whole.stdout, flipped, "is not what was written");
    assert!(!String::from_utf8_lossy(&quick.stdout).contains(&name(flipped)), "unread");
    let after: Vec<_> = objects(&data).iter().map(|file| std::fs::read(file).unwrap()).collect();
    assert!(now == after, "it changes nothing");

    let plan = server.command(&["maintain", "--plan"]).output().unwrap();
    assert_eq!(plan.status.code(), Some(3), "a plan with changes");
    assert!(orphan.exists());
    let removed = server.runs(&["maintain"]);
    assert!(removed.contains("objects without a row: 1 ("), "{removed}");
    assert!(!orphan.exists());
}

/// Those of a newer database would look like this.
#[tokio::test(flavor = "multi_thread")]
async fn too_many_orphans_stay_until_the_operator_says_that_the_database_is_the_newest() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let mut server = Server::make(folder.path(), &data);
    server.start().await;
    assert!(server.dav("jansen").put("/Back-ups/a", noise(300_000, 1)).await);
    server.kill();
    let kept = objects(&data);
    for n in 0..12 {
        let orphan = data.join(format!("blobs/ab/ab{n:030}.age"));
        std::fs::copy(&kept[0], &orphan).unwrap();
        age(&orphan);
    }
    let runs = |options: &[&str]| {
        let done = server.command(&[&["maintain"], options].concat()).output().unwrap();
        (done.status.code(), String::from_utf8(done.stdout).unwrap(), objects(&data).len())
    };
    let (code, told, left) = runs(&[]);
    assert_eq!((code, left), (Some(4), 13), "{told}");
    assert!(told.contains("loondossier maintain --orphans"), "{told}");
    for (options, code, left) in
        [(&["--orphans", "--plan"][..], 3, 13), (&["--orphans"], 0, 1), (&[], 0, 1)]
    {
        let (was, told, are) = runs(options);
        assert_eq!((was, are), (Some(code), left), "{options:?}: {told}");
    }
    assert_eq!(objects(&data), kept);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_its_contents_nothing_is_served_nor_made_in_their_place() {
    let folder = tempfile::tempdir().unwrap();
    let (data, away) = (folder.path().join("data"), folder.path().join("away"));
    let mut server = Server::make(folder.path(), &data);
    // A new dossier has none.
    server.start().await;
    assert!(server.dav("jansen").put("/Back-ups/a", noise(1_000, 1)).await);
    server.kill();
    std::fs::rename(data.join("blobs"), &away).unwrap();
    for empty in [false, true] {
        if empty {
            std::fs::create_dir(data.join("blobs")).unwrap();
        }
        for command in ["init", "serve", "doctor", "verify"] {
            let output = server.command(&[command]).output().unwrap();
            let told = [output.stdout, output.stderr].concat();
            let told = String::from_utf8_lossy(&told);
            let place = data.join("blobs");
            let sentence = format!("the contents of this database are not in {}", place.display());
            assert!(!output.status.success() && told.contains(&sentence), "{command}: {told}");
            let made = place.read_dir().map(Iterator::count).unwrap_or_default();
            assert_eq!((place.exists(), made), (empty, 0), "{command}");
        }
    }
    // Who knows that they are lost says so, and is told which.
    std::fs::create_dir(data.join("blobs/00")).unwrap();
    std::fs::write(data.join("blobs/00/lost"), "").unwrap();
    let verified = server.command(&["verify"]).output().unwrap();
    assert!(String::from_utf8_lossy(&verified.stdout).contains("is missing"), "{verified:?}");
    std::fs::remove_dir_all(data.join("blobs")).unwrap();
    std::fs::rename(&away, data.join("blobs")).unwrap();
    server.runs(&["init"]);
    server.start().await;
    assert_eq!(server.dav("jansen").get("/Back-ups/a").await, Some(noise(1_000, 1)));
}
