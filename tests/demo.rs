//! `loondossier demo`: what a newcomer runs first, by the binary itself and by the lines it prints.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking, in its helpers too"
)]

mod common;

use common::program;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

/// A demo that runs, and what it said until it was ready.
struct Demo {
    process: Child,
    said: Vec<String>,
}

impl Demo {
    fn start(folder: &Path) -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_loondossier"))
            .args(["demo", "--dav", "127.0.0.1:0", "--sftp", "127.0.0.1:0", "--dir"])
            .arg(folder)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let (tell, told) = mpsc::channel();
        std::thread::spawn(move || {
            lines.map_while(Result::ok).for_each(|line| drop(tell.send(line)));
        });
        let mut said = Vec::new();
        while !said.last().is_some_and(|line: &String| line.starts_with("Ctrl-C stops it")) {
            said.push(told.recv_timeout(Duration::from_mins(2)).expect("the demo becomes ready"));
        }
        Self { process, said }
    }

    /// The word after this one at the beginning of a line.
    fn after(&self, first: &str) -> String {
        let lines = self.said.iter().map(|line| line.split_whitespace().collect::<Vec<_>>());
        let found = lines.into_iter().find(|words| words.first() == Some(&first));
        found.unwrap_or_else(|| panic!("{first} in {:?}", self.said))[1].to_owned()
    }

    /// What curl says of a path, as this login; `None` when it is refused.
    fn get(&self, login: &str, path: &str) -> Option<Vec<u8>> {
        self.ask(login, path, "-sf")
    }

    /// Whether this login is let in with the password that it prints.
    fn signs_in(&self, login: &str) -> bool {
        self.ask(login, "/", "-sfI").is_some()
    }

    fn ask(&self, login: &str, path: &str, how: &str) -> Option<Vec<u8>> {
        let user = format!("{login}:{}", self.after(login));
        let url =
            format!("{}{}", self.after("WebDAV").trim_end_matches('/'), path.replace(' ', "%20"));
        let got =
            Command::new(program("curl")).args(["-kS", how, "-u", &user, &url]).output().unwrap();
        got.status.success().then_some(got.stdout)
    }

    /// Ctrl-C, and a good end.
    fn stop(mut self) {
        let pid = self.process.id().to_string();
        assert!(Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
        assert!(self.process.wait().unwrap().success());
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

/// What `loondossier tree` names there, in order.
fn tree(folder: &Path, login: &str, within: &str) -> Vec<String> {
    let tree = Command::new(env!("CARGO_BIN_EXE_loondossier"))
        .args(["tree", login, within, "--json", "--config"])
        .arg(folder.join("loondossier.toml"))
        .output()
        .unwrap();
    assert!(tree.status.success(), "{}", String::from_utf8_lossy(&tree.stderr));
    let named: Vec<serde_json::Value> = serde_json::from_slice(&tree.stdout).unwrap();
    let path = |v: &serde_json::Value| {
        let path = v.as_str().or_else(|| v.get("path").and_then(|p| p.as_str()));
        path.unwrap().trim_end_matches('/').to_owned()
    };
    let mut paths: Vec<String> = named.iter().map(path).collect();
    paths.sort();
    paths
}

#[test]
fn a_newcomer_gets_a_whole_dossier_and_finds_it_again() {
    let above = tempfile::tempdir().unwrap();
    let folder = above.path().join("voorbeeld");
    let demo = Demo::start(&folder);
    for login in ["petra", "jansen", "bos", "devries", "yilmaz", "dejong", "smit", "kowalski"] {
        assert!(demo.signs_in(login), "{login} signs in with the password it prints");
    }
    let sees = tree(&folder, "devries", "/Werkgevers");
    let payslip = sees.into_iter().rfind(|path| path.contains("/Loonstrook ")).unwrap();
    let content = demo.get("devries", &payslip).unwrap();
    assert!(content.starts_with(b"%PDF-"), "{payslip}");
    assert_ne!(demo.get("yilmaz", &payslip).as_ref(), Some(&content), "a colleague has its own");
    let file = common::file(above.path(), "strook.pdf", &content);
    let read = Command::new(program("pdftotext")).arg(&file).arg("-").output().unwrap();
    let text = String::from_utf8_lossy(&read.stdout).into_owned();
    assert!(read.status.success() && text.contains("A. de Vries"), "{payslip} opens: {text}");

    let today = demo.get("petra", "/Back-ups/loon-backup.zip").unwrap();
    let days = tree(&folder, "petra", "/Eerdere dagen");
    let backup = |day: &String| demo.get("petra", &format!("{day}/Back-ups/loon-backup.zip"));
    let week: std::collections::BTreeSet<_> = days.iter().filter_map(backup).collect();
    assert!(week.len() >= 5, "a week of backups that differ: {}", week.len());
    assert!(demo.get("loon-visser", "/Back-ups/loon-backup.zip").is_some_and(|c| c == today));
    assert!(demo.get("loon-visser", "/Mijn bestanden/").is_none(), "a machine sees backups alone");
    let (password, app_password) = (demo.after("petra"), demo.after("loon-visser"));
    assert!(demo.get("jansen", "/Gedeeld met kantoor/Urenlijst.csv").is_some());
    let forwarded =
        "/Werkgevers/Bakkerij Jansen/Gedeeld door werkgever/Identiteitskaart A. de Vries.png";
    let card = demo.get("petra", forwarded).unwrap();
    assert!(card.starts_with(b"\x89PNG"), "the office reads what was forwarded to it");
    let paper = "/Werknemers/0044 B. de Jong/Op papier";
    assert!(!tree(&folder, "jansen", paper).is_empty());
    assert!(!tree(&folder, "dejong", "/").iter().any(|path| path.contains("Loonstrook")));
    let sets = |state: &str| tree(&folder, "jansen", state);
    assert!(sets("/Ter controle").iter().any(|path| path.contains("/Correctie ")), "one waits");
    assert!(sets("/Goedgekeurd").iter().any(|path| path.ends_with("/reden.txt")), "one does not");
    demo.stop();

    let again = Demo::start(&folder);
    assert_eq!((again.after("petra"), again.after("loon-visser")), (password, app_password));
    assert_eq!(again.get("devries", &payslip), Some(content));
    again.stop();
}

#[test]
fn the_lines_that_it_prints_work_as_they_are_printed() {
    let above = tempfile::tempdir().unwrap();
    let demo = Demo::start(&above.path().join("mijn voorbeeld"));
    let lines = demo.said.iter().map(|line| line.trim());
    let clients = ["curl", "rclone", "sftp"];
    let own =
        |line: &str| line.trim_start_matches('\'').starts_with(env!("CARGO_BIN_EXE_loondossier"));
    let opens = |line: &&str| clients.contains(&line.split(' ').next().unwrap()) || own(line);
    // Without a terminal only the line with a key signs in by sftp.
    let asks = |line: &str| line.starts_with("sftp") && !line.contains(" -i ");
    let lines: Vec<&str> = lines.filter(opens).filter(|line| !asks(line)).collect();
    assert_eq!(lines.len(), 8, "{:?}", demo.said);
    let programs = clients.map(|client| program(client).parent().unwrap().to_owned());
    let system = std::env::var_os("PATH").unwrap();
    let path = std::env::join_paths(programs.into_iter().chain(std::env::split_paths(&system)));
    let path = path.unwrap();
    for line in lines {
        let run = Command::new("sh")
            .args(["-c", &line.replace("curl ", "curl -sSf ")])
            .env("PATH", &path)
            .current_dir(above.path())
            .stdin(Stdio::null())
            .output()
            .unwrap();
        assert!(run.status.success(), "{line}: {}", String::from_utf8_lossy(&run.stderr));
    }
    for file in ["Reiskosten.csv", "loon-backup.zip"] {
        assert!(above.path().join(file).metadata().unwrap().len() > 0, "{file}");
    }
    demo.stop();
}

/// What a run leaves that was cut off before its example was whole.
fn interrupted() -> tempfile::TempDir {
    for _ in 0..5 {
        let above = tempfile::tempdir().unwrap();
        let mut half = Command::new(env!("CARGO_BIN_EXE_loondossier"))
            .args(["demo", "--dav", "127.0.0.1:0", "--sftp", "127.0.0.1:0", "--dir"])
            .arg(above.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let until = Instant::now() + Duration::from_mins(1);
        while !above.path().join("data/dossier.sqlite").exists() {
            assert!(Instant::now() < until, "the example is begun");
            std::thread::yield_now();
        }
        half.kill().unwrap();
        half.wait().unwrap();
        if !above.path().join("data/demo.json").exists() {
            return above;
        }
    }
    panic!("each time it was whole before it was cut off");
}

#[test]
fn what_an_interrupted_run_left_is_made_anew() {
    let above = interrupted();
    let demo = Demo::start(above.path());
    assert!(demo.get("loon-visser", "/Back-ups/loon-backup.zip").is_some());
    demo.stop();
}

#[test]
fn a_folder_of_something_else_is_refused_with_one_line() {
    let folder = tempfile::tempdir().unwrap();
    common::file(folder.path(), "photo.jpg", b"mine");
    let refused = Command::new(env!("CARGO_BIN_EXE_loondossier"))
        .args(["demo", "--dav", "127.0.0.1:0", "--sftp", "127.0.0.1:0", "--dir"])
        .arg(folder.path())
        .output()
        .unwrap();
    assert_eq!(refused.status.code(), Some(1));
    let said = String::from_utf8(refused.stderr).unwrap();
    assert_eq!(said.lines().count(), 1, "{said}");
    assert!(said.contains("is not empty and no example of ours"), "{said}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn doctor_knows_the_demo_that_runs_beside_it() {
    let folder = tempfile::tempdir().unwrap();
    let doctor = || {
        let config = folder.path().join("loondossier.toml");
        let mut doctor = Command::new(env!("CARGO_BIN_EXE_loondossier"));
        let found = doctor.arg("doctor").arg("--config").arg(config).output().unwrap();
        String::from_utf8(found.stdout).unwrap()
    };
    let state = |found: &str, part: &str| {
        found.lines().find(|line| line.starts_with(part)).unwrap().to_owned()
    };
    let demo = Demo::start(folder.path());
    let found = doctor();
    for part in ["WebDAV port", "SFTP port"] {
        assert!(state(&found, part).ends_with(" is served"), "{found}");
    }
    let ports = ["WebDAV", "SFTP"].map(|room| {
        let url = demo.after(room);
        url.split("//").nth(1).unwrap().trim_end_matches('/').to_owned()
    });
    demo.stop();
    let _held = ports.map(|address| std::net::TcpListener::bind(address).unwrap());
    let found = doctor();
    for part in ["WebDAV port", "SFTP port"] {
        assert!(state(&found, part).contains("another program"), "{found}");
    }
}
