//! SFTP and SSH as they are on the wire, as regressions: what hung a client, lost its place or told
//! too much in other servers.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "what fails here fails the test")]

#[path = "../common/mod.rs"]
mod common;

mod abuse;
mod ends;
mod habits;
mod hostile;
mod isolation;
mod refusals;
mod rest;
mod resume;
mod statements;
mod writers;

use common::promised::within_five_seconds;
use common::ssh::{User, content, names, noise};
use common::wire::{Frame, Line, Wire, code, kind, open, string, strings};
use common::{Gateway, PASSWORD};
use loondossier::dossier::{DossierPath, Scope};
use loondossier::vfs::Digests;
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

const FILE: &str = "/Mijn bestanden/a.txt";
const OTHER: &str = "/Mijn bestanden/b.txt";

/// An employer, connected.
async fn jansen() -> (Gateway, User, Line) {
    let gateway = Gateway::start().await;
    let user = User::new(&gateway, "jansen", Scope::FULL).await;
    let line = Line::new(&user).await;
    (gateway, user, line)
}

#[tokio::test(flavor = "multi_thread")]
async fn openssh_gets_a_large_file_in_large_blocks_with_many_requests() {
    let (_gateway, user, _line) = jansen().await;
    let big = noise(64 << 20, 1);
    user.file("big.bin", &big);
    let sftp = |commands: &str| {
        let args = ["-vvv", "-F", "ssh_config", "-R", "64", "-b", "-", "gateway"];
        let said = user.feed("sftp", &args, commands);
        assert_eq!(said.code, Some(0), "{}", said.err);
        let limits = "server upload/download buffer sizes 261120 / 261120; using 261120 / 261120";
        assert!(said.err.contains(limits), "{}", said.err);
    };
    sftp("put big.bin \"/Mijn bestanden/big.bin\"\n");
    sftp("get \"/Mijn bestanden/big.bin\" back.bin\n");
    assert!(user.read("back.bin") == big, "what came back differs");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_may_ask_for_a_whole_file_before_it_reads_an_answer() {
    const PIECES: u32 = 5_000;
    let (_gateway, _user, line) = jansen().await;
    let mut wire = line.sftp().await;
    let whole = noise(PIECES as usize * 4096, 2);
    wire.put(FILE, &whole).await;
    let handle = wire.open(FILE, open::READ).await;
    let ask = |i: u32| {
        let at = u64::from(i) * 4096;
        string(
            [&[kind::READ][..], &i.to_be_bytes(), &handle, &at.to_be_bytes(), &[0, 0, 16, 0]]
                .concat(),
        )
    };
    wire.send_raw((0..PIECES).flat_map(ask).collect()).await;
    for i in 0..PIECES {
        let frame = wire.receive().await.unwrap();
        assert_eq!(frame.id(), i, "answers come in the order of the requests");
        let at = i as usize * 4096;
        assert!(frame.string() == whole[at..at + 4096], "piece {i} differs");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_extension_that_is_offered_works() {
    let (gateway, _user, line) = jansen().await;
    let mut wire = line.sftp().await;
    let version = wire.receive().await.unwrap();
    assert_eq!((version.kind, version.id()), (kind::VERSION, 3));
    let pairs = strings(version.body());
    let offered: BTreeSet<_> =
        pairs.chunks(2).map(|pair| String::from_utf8(pair[0].clone()).unwrap()).collect();

    let mut tried = BTreeSet::new();
    for (name, answer) in
        [extensions_by_path(&mut wire).await, extensions_by_handle(&mut wire).await]
            .into_iter()
            .flatten()
    {
        let well = match answer.kind {
            kind::STATUS => answer.code() == code::OK,
            kind::NAME | kind::EXTENDED_REPLY => true,
            _ => false,
        };
        assert!(well, "{name}: {answer:?}");
        tried.insert(name.to_owned());
    }
    assert_eq!(tried, offered);
    assert_eq!(content(&gateway, "jansen", OTHER).await.as_deref(), Some(&b"inhoud"[..]));
    assert_eq!(
        content(&gateway, "jansen", "/Mijn bestanden/c.txt").await.as_deref(),
        Some(&b"inhoud"[..])
    );
}

type Answers = Vec<(&'static str, Frame)>;

/// Moves `FILE` to `OTHER`, and so on.
async fn extensions_by_path(wire: &mut Wire) -> Answers {
    let (file, other) = (string(FILE), string(OTHER));
    wire.put(FILE, b"inhoud").await;
    wire.put(OTHER, b"wordt vervangen").await;
    let permissions = [&4u32.to_be_bytes()[..], &0o600u32.to_be_bytes()].concat();
    let check = [string("crc32,sha256"), vec![0; 20]].concat();
    let (home, zero) = (string("~/Mijn bestanden"), string([0; 4]));
    let asked: [(&str, &[&[u8]]); 7] = [
        ("posix-rename@openssh.com", &[&file, &other]),
        ("limits@openssh.com", &[]),
        ("statvfs@openssh.com", &[&other]),
        ("lsetstat@openssh.com", &[&other, &permissions]),
        ("expand-path@openssh.com", &[&home]),
        ("users-groups-by-id@openssh.com", &[&zero, &zero]),
        ("check-file-name", &[&other, &check]),
    ];
    let mut answers = Vec::new();
    for (name, fields) in asked {
        answers.push((name, wire.extended(name, fields).await));
    }
    let of = |wanted: &str| &answers.iter().find(|(name, _)| *name == wanted).unwrap().1;
    let digest = [string("sha256"), Sha256::digest(b"inhoud").to_vec()].concat();
    assert_eq!(of("check-file-name").body(), digest);
    assert_eq!(strings(of("users-groups-by-id@openssh.com").body())[0], string("loondossier"));
    assert_eq!(of("limits@openssh.com").body()[8..16], 261_120u64.to_be_bytes());
    assert!(of("expand-path@openssh.com").body()[4..].starts_with(&string("/Mijn bestanden")));
    answers
}

/// Copies `OTHER`, and so on.
async fn extensions_by_handle(wire: &mut Wire) -> Answers {
    let from = wire.open(OTHER, open::READ).await;
    let to = wire.open("/Mijn bestanden/c.txt", open::NEW).await;
    let copy = [&from[..], &[0; 16], &to, &[0; 8]].concat();
    let check = [string("md5"), vec![0; 20]].concat();
    let asked: [(&str, &[&[u8]]); 4] = [
        ("copy-data", &[&copy]),
        ("fsync@openssh.com", &[&to]),
        ("fstatvfs@openssh.com", &[&to]),
        ("check-file", &[&from, &check]),
    ];
    let mut answers = Vec::new();
    for (name, fields) in asked {
        answers.push((name, wire.extended(name, fields).await));
    }
    wire.close(&from).await;
    wire.close(&to).await;
    answers
}

#[tokio::test(flavor = "multi_thread")]
async fn a_part_of_what_another_shared_is_copied_where_the_whole_may_go() {
    const BY_DEVRIES: &str = "/Werknemers/0042 A. de Vries/Gedeeld door werknemer/a.txt";
    let (gateway, _user, line) = jansen().await;
    let devries = User::new(&gateway, "devries", Scope::FULL).await;
    let shared = "/Werkgevers/Bakkerij Jansen BV/Gedeeld met werkgever/a.txt";
    Line::new(&devries).await.sftp().await.put(shared, b"inhoud").await;
    let mut wire = line.sftp().await;
    wire.put(FILE, b"eigen").await;
    let four = [0u64.to_be_bytes(), 4u64.to_be_bytes()].concat();
    for (case, (from, folder, allowed)) in [
        (BY_DEVRIES, "/Werknemers/0043 S. Yilmaz/Gedeeld met werknemer", false),
        (BY_DEVRIES, "/Gedeeld met kantoor", false),
        (BY_DEVRIES, "/Mijn bestanden", true),
        (BY_DEVRIES, "/Back-ups", true),
        (FILE, "/Gedeeld met kantoor", true),
        ("/Logboek/2026-11.csv", "/Gedeeld met kantoor", true),
    ]
    .into_iter()
    .enumerate()
    {
        for written in [&b""[..], b"begin"] {
            let to = format!("{folder}/{case} {}", written.len());
            let (source, target) =
                (wire.open(from, open::READ).await, wire.open(&to, open::NEW).await);
            wire.write(&target, 0, written).await;
            let copied = wire.extended("copy-data", &[&source, &four, &target, &[0; 8]]).await;
            let code = if allowed { code::OK } else { code::PERMISSION_DENIED };
            assert_eq!(copied.code(), code, "{from} to {to}: {copied:?}");
            wire.ask(kind::CLOSE, &[&target]).await;
            wire.close(&source).await;
            let there = content(&gateway, "jansen", &to).await;
            assert_eq!(there.is_some(), allowed, "{from} to {to}: {there:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_ends_with_exit_status_0_when_the_client_has_had_enough() {
    let (_gateway, _user, line) = jansen().await;
    let mut wire = line.sftp().await;
    wire.put(FILE, b"a").await;
    assert_eq!(wire.leave().await, Some(0));
}

/// Reckoning MD5 and SHA-1 takes longer than all else that is done with a content. That somebody asked for them
/// shows nowhere.
#[tokio::test(flavor = "multi_thread")]
async fn md5_and_sha1_are_reckoned_when_they_are_asked_for() {
    let (gateway, user, line) = jansen().await;
    let content = noise(2_500_000, 7);
    line.sftp().await.put(FILE, &content).await;
    let hex = |sum: &[u8]| data_encoding::HEXLOWER.encode(sum);
    let (sha1, md5) = (sha1::Sha1::digest(&content), md5::Md5::digest(&content));
    for _ in 0..2 {
        assert!(user.ssh(&format!("md5sum '{FILE}'")).well().starts_with(&hex(&md5)));
        assert!(user.ssh(&format!("sha1sum '{FILE}'")).well().starts_with(&hex(&sha1)));
        let path = DossierPath::parse(FILE).unwrap();
        let entry = gateway.vfs.stat(&gateway.session("jansen").await, &path).await.unwrap();
        let kept = Digests { sha256: Sha256::digest(&content).into(), sha1: None, md5: None };
        assert_eq!(entry.digests, Some(kept));
    }
    line.sftp().await.put(FILE, b"anders").await;
    let other = hex(&md5::Md5::digest(b"anders"));
    assert!(user.ssh(&format!("md5sum '{FILE}'")).well().starts_with(&other));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_shell_knows_digests_and_refuses_everything_else_at_once() {
    let (_gateway, user, line) = jansen().await;
    let mut wire = line.sftp().await;
    wire.put("/Mijn bestanden/it's \u{e9}.txt", b"inhoud").await;
    let sha256 = data_encoding::HEXLOWER.encode(&Sha256::digest(b"inhoud"));
    for name in [r"/Mijn\ bestanden/it\'s\ é.txt", r#"'/Mijn bestanden/it'"'"'s é.txt'"#] {
        let said = user.ssh(&format!("sha256sum {name}")).well();
        assert_eq!(said, format!("{sha256}  /Mijn bestanden/it's \u{e9}.txt\n"));
        user.ssh(&format!("md5sum {name}")).well();
    }
    assert!(user.ssh("md5sum /nergens").badly().contains("bestaat hier niet"));
    assert_eq!(user.ssh("pwd").well(), "/\n");

    for line in [
        "ls",
        "scp -t /",
        "md5sum a b",
        "cat /etc/passwd",
        "md5sum $(id)",
        "sh",
        "rsync --server .",
    ] {
        let begun = Instant::now();
        user.ssh(line).badly();
        assert!(begun.elapsed() < Duration::from_mins(1), "{line}");
    }
    user.run("ssh", &["-F", "ssh_config", "-T", "gateway"]).badly();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_or_broken_request_is_answered_with_its_id_and_the_session_goes_on() {
    let (_gateway, _user, line) = jansen().await;
    let mut wire = line.sftp().await;
    assert_eq!(wire.ask(99, &[b"whatever"]).await.code(), code::UNSUPPORTED);
    assert_eq!(wire.extended("no-such-thing@example.org", &[]).await.code(), code::UNSUPPORTED);
    assert_eq!(wire.ask(kind::OPEN, &[&[0, 0, 0, 9, b'x']]).await.code(), code::BAD_MESSAGE);
    assert_eq!(wire.ask(kind::READ, &[]).await.code(), code::BAD_MESSAGE);
    assert_eq!(wire.ask(kind::STAT, &[&string(b"/caf\xe9")]).await.code(), code::FAILURE);
    wire.put(FILE, b"a").await;
    assert_eq!(wire.ask(kind::STAT, &[&string(FILE)]).await.size(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_frame_that_is_too_long_closes_its_channel_and_no_other() {
    let (_gateway, _user, line) = jansen().await;
    let mut other = line.sftp().await;
    for length in [0, 300_000, u32::MAX] {
        let mut wire = line.sftp().await;
        wire.send_raw(length.to_be_bytes().to_vec()).await;
        assert_ne!(wire.end().await, Some(0), "a frame of {length} bytes");
        other.put(FILE, b"a").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rename_onto_a_name_in_use_fails_and_a_posix_rename_replaces() {
    let (gateway, _user, line) = jansen().await;
    let mut wire = line.sftp().await;
    wire.put(FILE, b"een").await;
    wire.put(OTHER, b"twee").await;
    let both = [string(FILE), string(OTHER)].concat();
    assert_eq!(wire.ask(kind::RENAME, &[&both]).await.code(), code::FAILURE);
    assert_eq!(content(&gateway, "jansen", OTHER).await.as_deref(), Some(&b"twee"[..]));
    assert_eq!(wire.extended("posix-rename@openssh.com", &[&both]).await.code(), code::OK);
    assert_eq!(content(&gateway, "jansen", OTHER).await.as_deref(), Some(&b"een"[..]));
    assert_eq!(names(&gateway, "jansen", "/Mijn bestanden").await, ["b.txt"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_opened_without_truncation_is_overwritten_in_place_and_seen_before_it_is_closed() {
    let (gateway, _user, line) = jansen().await;
    let mut wire = line.sftp().await;
    wire.put(FILE, b"een twee drie").await;
    let handle = wire.open(FILE, open::WRITE | open::CREAT).await;
    wire.write(&handle, 4, b"TWEE").await;
    wire.write(&handle, 13, b" vier").await;
    assert_eq!(wire.ask(kind::STAT, &[&string(FILE)]).await.size(), 18);
    assert_eq!(content(&gateway, "jansen", FILE).await.as_deref(), Some(&b"een twee drie"[..]));
    wire.close(&handle).await;
    assert_eq!(
        content(&gateway, "jansen", FILE).await.as_deref(),
        Some(&b"een TWEE drie vier"[..])
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_handle_can_be_taken_for_text_however_many_there_were() {
    let (_gateway, _user, line) = jansen().await;
    let mut wire = line.sftp().await;
    wire.put(FILE, b"a").await;
    for _ in 0..300 {
        let handle = wire.open(FILE, open::READ).await;
        assert!(handle.is_ascii(), "{handle:?}");
        wire.close(&handle).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn there_are_no_links() {
    let (_gateway, _user, line) = jansen().await;
    let mut wire = line.sftp().await;
    wire.put(FILE, b"a").await;
    let both = [string(FILE), string(OTHER)].concat();
    for answer in [
        wire.ask(kind::SYMLINK, &[&both]).await,
        wire.ask(kind::READLINK, &[&string(FILE)]).await,
        wire.extended("hardlink@openssh.com", &[&both]).await,
    ] {
        assert_eq!(answer.code(), code::UNSUPPORTED);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn ssh_audit_finds_no_failure() {
    let (_gateway, user, _line) = jansen().await;
    let port = user.address.port().to_string();
    let said =
        user.run("ssh-audit", &["--no-colors", "--skip-rate-test", "-p", &port, "127.0.0.1"]);
    assert!(said.out.contains("(kex)"), "it looked at the server: {said:?}");
    assert!(!said.out.contains("[fail]"), "{}", said.out);
}

/// libssh2 1.10, by which Debian 12 has it, knows no MAC that is taken of what is encrypted.
#[tokio::test(flavor = "multi_thread")]
async fn the_curl_of_debian_12_puts_and_gets() {
    let (_gateway, user, _line) = jansen().await;
    let content = noise(3_000_000, 4);
    user.file("a.bin", &content);
    let url = format!("sftp://{}/Mijn%20bestanden/a.bin", user.address);
    let (key, public) = (user.key.to_str().unwrap(), user.key.with_extension("pub"));
    let by_key = ["--key", key, "--pubkey", public.to_str().unwrap(), "-u", "jansen:"];
    let by_password = ["-u", &format!("jansen:{PASSWORD}")];
    for (signs_in, back) in [(&by_key[..], "een"), (&by_password[..], "twee")] {
        let curl = |args: &[&str]| {
            user.run("curl", &[&["-sS", "--insecure"], signs_in, args, &[&url]].concat()).well()
        };
        curl(&["-T", "a.bin"]);
        curl(&["-o", back]);
        assert!(user.read(back) == content);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn revoking_a_key_ends_its_open_session_within_five_seconds() {
    let (gateway, user, line) = jansen().await;
    let other = Line::new(&User::new(&gateway, "jansen", Scope::FULL).await).await;
    let (mut wire, mut others) = (line.sftp().await, other.sftp().await);
    let handle = wire.open(FILE, open::NEW).await;
    wire.write(&handle, 0, b"half").await;
    gateway.admin.revoke_key("jansen", &user.fingerprint).await.unwrap();
    within_five_seconds("it has ended", async || line.ssh.is_closed()).await;
    assert_eq!(content(&gateway, "jansen", FILE).await, None);
    others.put(OTHER, b"a").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_has_ten_channels_and_the_eleventh_is_refused() {
    let (_gateway, _user, line) = jansen().await;
    let mut wires = Vec::new();
    for _ in 0..10 {
        wires.push(line.sftp().await);
    }
    assert!(line.ssh.channel_open_session().await.is_err());
    wires[0].put(FILE, b"a").await;
}
