//! The keys: a new master key while the server runs, and the contents had back without the program.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

mod common;

use common::server::Server;
use common::ssh::noise;
use common::{pdf, program};
use std::fmt::Write as _;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

const PASSPHRASE: &str = "een lange wachtzin";
const PAYSLIP: &str = "/Werkgevers/Bakkerij Jansen BV/Loonstroken/2026/Loonstrook 2026-10.pdf";

/// What a database writes down of itself.
fn dump() -> Vec<u8> {
    (0..60_000)
        .fold(String::new(), |mut text, n| {
            writeln!(text, "INSERT INTO payslip VALUES ({n}, 'gross', {});", n * 7 % 5_000)
                .unwrap();
            text
        })
        .into_bytes()
}

async fn with_files(folder: &Path, data: &Path) -> Server {
    let mut server = Server::make(folder, data);
    server.start().await;
    let (jansen, petra) = (server.dav("jansen"), server.dav("petra"));
    assert!(jansen.put("/Back-ups/dump.sql", b"of yesterday".to_vec()).await);
    assert!(jansen.put("/Back-ups/dump.sql", dump()).await);
    assert!(jansen.put("/Mijn bestanden/a b; \u{e9}.txt", noise(200_000, 1)).await);
    assert!(jansen.put("/Gedeeld met kantoor/leeg", Vec::new()).await);
    let payslip = "/Werkgevers/Bakkerij Jansen BV/Werknemers/0042 A. de Vries/Payslip 2026-10.pdf";
    assert!(petra.put(payslip, pdf("october")).await);
    server
}

/// Runs a command with one line of standard input, and gives what it printed when it did its work.
fn with_line(command: &mut Command, line: &str) -> Result<String, String> {
    let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = piped.spawn().unwrap();
    child.stdin.take().unwrap().write_all(format!("{line}\n").as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let text = [output.stdout, output.stderr].concat();
    let text = String::from_utf8_lossy(&text).into_owned();
    if output.status.success() { Ok(text) } else { Err(text) }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_party_has_its_files_back_by_age_alone() {
    let folder = tempfile::tempdir().unwrap();
    let (data, export) = (folder.path().join("data"), folder.path().join("mijn sleutels"));
    let mut server = with_files(folder.path(), &data).await;
    let words = ["keys", "export", "--out", export.to_str().unwrap()];
    let refused = with_line(&mut server.command(&words), "kort").unwrap_err();
    assert!(refused.contains("12 characters"), "{refused}");
    assert!(!export.exists());
    let said = with_line(&mut server.command(&words), PASSPHRASE).unwrap();
    assert!(said.contains("5 versions"), "{said}");
    let open = format!("age -d -i identities.txt '{}/index.csv.age'\n", export.display());
    assert!(said.ends_with(&open), "{said}");
    let again = with_line(&mut server.command(&words), PASSPHRASE).unwrap_err();
    assert!(again.contains("take an empty folder"), "nothing is written over: {again}");
    server.kill();
    // Nothing of the program is left: no database, no master key.
    let blobs = folder.path().join("copy");
    std::fs::rename(data.join("blobs"), &blobs).unwrap();
    std::fs::remove_dir_all(&data).unwrap();

    let restored = |party: &str, out: &str| {
        let out = folder.path().join(out);
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/tools/restore");
        let line = format!(
            "'{script}' '{}' '{}' '{party}' '{}'",
            export.display(),
            blobs.display(),
            out.display()
        );
        // age asks a terminal for the passphrase.
        let mut terminal = Command::new(program("script"));
        let said = with_line(terminal.args(["-qec", &line, "/dev/null"]), PASSPHRASE);
        (said, out)
    };
    let (said, jansen) = restored("employer bakkerij-jansen", "jansen");
    assert!(said.as_ref().is_ok_and(|said| said.contains("3 files")), "{said:?}");
    let read = |at: &str| std::fs::read(jansen.join(at)).unwrap();
    assert!(read("Back-ups/dump.sql") == dump());
    assert!(read("Mijn bestanden/a b; \u{e9}.txt") == noise(200_000, 1));
    assert!(read("Gedeeld met kantoor/leeg").is_empty());
    let (said, devries) = restored("person devries", "devries");
    assert!(said.as_ref().is_ok_and(|said| said.contains("1 files")), "{said:?}");
    assert!(std::fs::read(devries.join(&PAYSLIP[1..])).unwrap() == pdf("october"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_master_key_is_another_while_the_server_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let mut server = with_files(folder.path(), &data).await;
    let file = data.join("keys/master.key");
    let lines = || -> Vec<String> {
        std::fs::read_to_string(&file).unwrap().lines().map(str::to_owned).collect()
    };
    let first = lines();
    let said = server.runs(&["keys", "rotate"]);
    assert!(
        said.contains("10 keys are sealed") && said.contains(first[0].split(':').next().unwrap()),
        "{said}"
    );
    let both = lines();
    assert_eq!((both.len(), &both[0]), (2, &first[0]), "the older key still opens old backups");
    // The server opens what it had not opened before, and writes for whom it did not know.
    let devries = server.dav("devries");
    assert!(devries.get(PAYSLIP).await.unwrap() == pdf("october"));
    assert!(devries.put("/Mijn bestanden/x", noise(1_000, 2)).await);
    let more = "0050;N. Nieuw;n@example.nl;nieuw;nl;2026-01-01;;2026-01-01;\n";
    let csv = folder.path().join("jansen.csv");
    std::fs::write(&csv, std::fs::read_to_string(&csv).unwrap() + more).unwrap();
    let roster = folder.path().join("roster.toml");
    server.runs(&["roster", "apply", roster.to_str().unwrap()]);

    // Without the older key nothing is missing.
    std::fs::write(&file, format!("{}\n", both[1])).unwrap();
    server.kill();
    server.start().await;
    assert!(server.dav("devries").get(PAYSLIP).await.unwrap() == pdf("october"));
    assert!(server.dav("devries").get("/Mijn bestanden/x").await.unwrap() == noise(1_000, 2));
    assert!(server.dav("jansen").get("/Back-ups/dump.sql").await.unwrap() == dump());

    // A rotation that was cut off after the key was added goes on with that key.
    let added = format!("cut:{}", data_encoding::BASE64.encode(&[9; 32]));
    std::fs::write(&file, format!("{}\n{added}\n", both[1])).unwrap();
    let said = server.runs(&["keys", "rotate", "--json"]);
    assert!(said.contains("\"master_key\": \"cut\"") && said.contains("\"sealed\": 12"), "{said}");
    assert_eq!(lines(), [both[1].clone(), added]);
    std::fs::write(&file, format!("{}\n", lines()[1])).unwrap();
    assert!(server.runs(&["verify", "--read-data"]).contains("0 faults"));
}

#[tokio::test(flavor = "multi_thread")]
async fn no_key_is_made_beside_keys_that_another_one_sealed() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let mut server = with_files(folder.path(), &data).await;
    server.kill();
    let (file, away) = (data.join("keys/master.key"), folder.path().join("away"));
    std::fs::rename(&file, &away).unwrap();
    let roster = folder.path().join("roster.toml");
    for words in [&["init"][..], &["serve"], &["roster", "apply", roster.to_str().unwrap()]] {
        let refused = server.command(words).output().unwrap();
        let said = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert!(
            !refused.status.success() && said.contains("master.key is not there"),
            "{words:?}: {said}"
        );
        assert!(said.contains("put it back from where you keep it"), "{words:?}: {said}");
        assert!(!file.exists(), "{words:?}");
    }
    // A key file with another key is found out as well.
    std::fs::copy(&away, &file).unwrap();
    let other = format!("other:{}\n", data_encoding::BASE64.encode(&[9; 32]));
    std::fs::write(&file, other).unwrap();
    let refused = server.command(&["serve"]).output().unwrap();
    assert!(String::from_utf8_lossy(&refused.stderr).contains("is missing"));
    std::fs::rename(&away, &file).unwrap();
    server.start().await;
    assert!(server.dav("devries").get(PAYSLIP).await.unwrap() == pdf("october"));
}

#[tokio::test(flavor = "multi_thread")]
async fn no_pepper_is_made_beside_passwords_that_need_another_one() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let mut server = Server::make(folder.path(), &data);
    let (file, away) = (data.join("keys/pepper"), folder.path().join("away"));
    std::fs::rename(&file, &away).unwrap();
    for word in ["init", "serve", "doctor"] {
        let refused = server.command(&[word]).output().unwrap();
        let said = [refused.stdout, refused.stderr].concat();
        let said = String::from_utf8_lossy(&said).into_owned();
        assert!(!refused.status.success(), "{word}: {said}");
        assert!(said.contains("pepper is not there, and the passwords"), "{word}: {said}");
        assert!(!said.contains("run `loondossier init`"), "{word}: {said}");
        assert!(!file.exists(), "{word}");
    }
    std::fs::rename(&away, &file).unwrap();
    server.start().await;
    assert!(server.dav("jansen").put("/Back-ups/a", noise(10, 1)).await);
}
