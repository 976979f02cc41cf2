//! The program as a service: what it says to systemd, how it stops, and when it refuses to start.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "what fails here fails the test")]

use std::ffi::OsStr;
use std::fs::Permissions;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{FileExt as _, PermissionsExt as _};
use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

const PROGRAM: &str = env!("CARGO_BIN_EXE_loondossier");

/// A configuration in `folder` that disturbs nobody.
fn configured(folder: &Path) {
    let text = format!(
        "data_dir = \"{}/data\"\ndav.listen = \"127.0.0.1:0\"\nsftp.listen = \"127.0.0.1:0\"\n\
         ops.listen = \"127.0.0.1:0\"\n",
        folder.display()
    );
    std::fs::write(folder.join("loondossier.toml"), text).unwrap();
}

fn command(folder: &Path, name: &str) -> Command {
    let mut command = Command::new(PROGRAM);
    command.arg(name).arg("--config").arg(folder.join("loondossier.toml"));
    command.env("NOTIFY_SOCKET", folder.join("notify"));
    command
}

fn run(folder: &Path, name: &str) -> Output {
    command(folder, name).output().unwrap()
}

fn heard(socket: &UnixDatagram) -> String {
    let mut word = [0; 256];
    let length = socket.recv(&mut word).unwrap();
    String::from_utf8_lossy(&word[..length]).trim().to_owned()
}

fn ask_to_stop(server: &Child) {
    let sent = Command::new("kill").arg(server.id().to_string()).status().unwrap();
    assert!(sent.success());
}

#[test]
fn it_says_when_it_is_ready_and_ends_well_when_asked_to() {
    let folder = tempfile::tempdir().unwrap();
    configured(folder.path());
    assert!(run(folder.path(), "init").status.success());
    let socket = UnixDatagram::bind(folder.path().join("notify")).unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(30))).unwrap();

    let mut server = command(folder.path(), "serve").stderr(Stdio::null()).spawn().unwrap();
    assert_eq!(heard(&socket), "READY=1");
    ask_to_stop(&server);
    assert_eq!(heard(&socket), "STOPPING=1");
    assert!(server.wait().unwrap().success());
}

#[test]
fn without_its_keys_it_refuses_with_one_line_that_says_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    configured(folder.path());
    let refused = run(folder.path(), "serve");
    assert_eq!(refused.status.code(), Some(1));
    let said = String::from_utf8(refused.stderr).unwrap();
    assert_eq!(said.lines().count(), 1, "{said}");
    assert!(said.ends_with("master.key is not there: run `loondossier init`\n"), "{said}");
}

#[test]
fn a_level_that_there_is_not_is_refused_before_anything_is_served() {
    let folder = tempfile::tempdir().unwrap();
    configured(folder.path());
    for name in ["init", "serve", "doctor"] {
        let mut command = command(folder.path(), name);
        let refused = command.env("LOONDOSSIER__OPS__LOG_LEVEL", "warning").output().unwrap();
        assert_eq!(refused.status.code(), Some(1), "{name}");
        let said = String::from_utf8([refused.stdout, refused.stderr].concat()).unwrap();
        let why = "`ops.log_level` is none of error, warn, info, debug, trace";
        assert!(said.contains(why), "{name}: {said}");
    }
    assert!(!folder.path().join("data").exists());
}

#[test]
fn a_variable_that_is_no_text_is_named() {
    let folder = tempfile::tempdir().unwrap();
    configured(folder.path());
    let odd = OsStr::from_bytes(b"/srv/caf\xe9");
    for name in ["LOONDOSSIER__DATA_DIR", "LOONDOSSIER_CONFIG", "CREDENTIALS_DIRECTORY"] {
        let refused = command(folder.path(), "init").env(name, odd).output().unwrap();
        assert_eq!(refused.status.code(), Some(1), "{name}");
        let said = String::from_utf8(refused.stderr).unwrap();
        assert_eq!(said, format!("loondossier: {name} in the environment is not UTF-8\n"));
    }
    assert!(!folder.path().join("data").exists());
    assert!(command(folder.path(), "init").env("OLDPWD", odd).status().unwrap().success());
}

#[test]
fn what_it_says_to_run_can_be_run_as_it_is_told() {
    let above = tempfile::tempdir().unwrap();
    let folder = above.path().join("mijn dossier; 't");
    std::fs::create_dir(&folder).unwrap();
    configured(&folder);
    assert!(run(&folder, "init").status.success());
    let data = folder.join("data");
    for (open, mode) in [(data.join("keys/master.key"), 0o604), (data, 0o755)] {
        std::fs::set_permissions(&open, Permissions::from_mode(mode)).unwrap();
        let said = String::from_utf8(run(&folder, "doctor").stdout).unwrap();
        let told = said.split_once("run `").unwrap().1.split_once('`').unwrap().0;
        assert!(Command::new("sh").args(["-c", told]).status().unwrap().success(), "{told}");
        let well = run(&folder, "doctor");
        assert!(well.status.success(), "{}", String::from_utf8_lossy(&well.stdout));
    }
}

#[test]
fn doctor_finds_nothing_wrong_after_init_and_names_what_was_broken() {
    let folder = tempfile::tempdir().unwrap();
    configured(folder.path());
    assert!(run(folder.path(), "init").status.success());
    let well = run(folder.path(), "doctor");
    assert!(well.status.success(), "{}", String::from_utf8_lossy(&well.stdout));

    std::fs::remove_file(folder.path().join("data/keys/ssh_host_key")).unwrap();
    let ill = run(folder.path(), "doctor");
    assert_eq!(ill.status.code(), Some(1));
    let said = String::from_utf8(ill.stdout).unwrap();
    let wrong: Vec<&str> = said.lines().filter(|line| line.contains("WRONG")).collect();
    assert_eq!(wrong.len(), 1, "{said}");
    assert!(wrong[0].starts_with("SSH host key "), "{said}");
}

#[test]
fn doctor_reads_all_of_the_database_and_says_that_it_is_damaged() {
    let folder = tempfile::tempdir().unwrap();
    configured(folder.path());
    assert!(run(folder.path(), "init").status.success());
    let file = folder.path().join("data/dossier.sqlite");
    let catalog = rusqlite::Connection::open(&file).unwrap();
    catalog.query_row("pragma wal_checkpoint(truncate)", [], |_| Ok(())).unwrap();
    let number = |sql: &str| catalog.query_row(sql, [], |row| row.get::<_, u32>(0)).unwrap();
    // One that nothing is in yet, and that is not looked into.
    let page =
        number("select rootpage from sqlite_schema where type = 'table' and name = 'forward'");
    let size = number("pragma page_size");
    drop(catalog);
    let file = std::fs::File::options().write(true).open(&file).unwrap();
    file.write_all_at(&[0xff; 64], u64::from((page - 1) * size)).unwrap();
    let ill = run(folder.path(), "doctor");
    assert_eq!(ill.status.code(), Some(1));
    let said = String::from_utf8(ill.stdout).unwrap();
    let wrong: Vec<&str> = said.lines().filter(|line| line.contains("WRONG")).collect();
    assert_eq!(wrong.len(), 1, "{said}");
    assert!(wrong[0].starts_with("database ") && wrong[0].contains("is damaged ("), "{said}");
}

#[test]
fn an_empty_variable_names_no_configuration() {
    let folder = tempfile::tempdir().unwrap();
    configured(folder.path());
    let mut doctor = Command::new(PROGRAM);
    let asked = doctor.arg("doctor").env("LOONDOSSIER_CONFIG", "").output().unwrap();
    assert_eq!(asked.status.code(), Some(2));
    assert!(String::from_utf8(asked.stderr).unwrap().contains("name the configuration"));
}

#[test]
fn its_user_is_there_before_it_and_may_enter_its_data() {
    let file = |name: &str| {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("systemd");
        std::fs::read_to_string(folder.join(name)).unwrap()
    };
    let unit = file("loondossier.service");
    let says = |key: &str| unit.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix('='));
    let (user, data) = (says("User").unwrap(), says("StateDirectory").unwrap());
    let made = file("loondossier.sysusers.conf");
    let wanted = format!("u {user} - \"loondossier\" /var/lib/{data}");
    assert_eq!(made.lines().last().unwrap(), wanted);
    assert_eq!(says("DynamicUser"), None, "its data would lie where its user cannot enter");
    // What that would have brought with it.
    for key in ["NoNewPrivileges", "PrivateTmp", "RemoveIPC", "RestrictSUIDSGID", "ProtectHome"] {
        assert_eq!(says(key), Some("yes"), "{key}");
    }
    assert_eq!(says("ProtectSystem"), Some("strict"));
}
