//! Memory does not grow with file size or directory size (PRODUCT.md section 11): each of these takes less
//! than 64 MiB more than the program took before it.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]
#![expect(clippy::print_stdout, reason = "figures for people to read")]

mod common;

use common::server::Server;
use common::{PASSWORD, program};
use std::path::Path;
use std::process::{Command, Stdio};

const MIB: u64 = 1 << 20;
const MORE: u64 = 64 * MIB;
const ENTRIES: i64 = 100_000;

/// 10 GB in a soak, else 1 GiB.
fn large() -> u64 {
    if std::env::var_os("SOAK").is_some() { 10_000_000_000 } else { 1 << 30 }
}

/// By how many bytes the server grew at most while somebody did something.
fn grows(server: &Server, what: &str, does: impl FnOnce()) {
    let pid = server.pid();
    std::fs::write(format!("/proc/{pid}/clear_refs"), "5").unwrap();
    let before = server.memory("VmRSS");
    does();
    let more = server.memory("VmHWM").saturating_sub(before);
    println!("{what}: {} MiB more than {} MiB", more / MIB, before / MIB);
    assert!(more < MORE, "{what}: {} MiB more", more / MIB);
}

fn curl(server: &Server, words: &[&str], at: &str) {
    let url = format!("http://{}{at}", server.dav);
    let mut command = Command::new(program("curl"));
    command.args(["-sS", "--fail", "-u", &format!("jansen:{PASSWORD}"), "-o", "/dev/null"]);
    let status = command.args(words).arg(url).stdout(Stdio::null()).status().unwrap();
    assert!(status.success(), "curl {words:?} {at}");
}

fn sftp(server: &Server, folder: &Path, batch: &str) {
    let file = common::file(folder, "batch", batch.as_bytes());
    let status = Command::new(program("sshpass"))
        .args(["-p", PASSWORD])
        .arg(program("sftp"))
        .args(["-oStrictHostKeyChecking=no", "-oUserKnownHostsFile=/dev/null", "-oBatchMode=no"])
        .args(["-q", "-P", &server.sftp.port().to_string(), "-b"])
        .arg(&file)
        .arg(format!("jansen@{}", server.sftp.ip()))
        .stdout(Stdio::null())
        .status();
    assert!(status.unwrap().success(), "sftp {batch}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_file_goes_up_and_down_in_little_memory() {
    let folder = tempfile::tempdir().unwrap();
    let mut server = Server::make(folder.path(), &folder.path().join("data"));
    server.start().await;
    // Takes no room itself.
    let file = folder.path().join("large");
    std::fs::File::create(&file).unwrap().set_len(large()).unwrap();
    let name = file.to_str().unwrap();
    let (own, backup) = ("/Mijn%20bestanden/large", "/Back-ups/large");
    curl(&server, &["-T", "-"], "/Back-ups/small");
    grows(&server, "WebDAV up", || curl(&server, &["-T", name], own));
    grows(&server, "WebDAV down", || curl(&server, &[], own));
    grows(&server, "SFTP down", || {
        sftp(&server, folder.path(), "get \"/Mijn bestanden/large\" /dev/null\n");
    });
    grows(&server, "SFTP up, packed", || {
        sftp(&server, folder.path(), &format!("put {name} {backup}\n"));
    });
    grows(&server, "WebDAV down, packed", || curl(&server, &[], backup));
    grows(&server, "SFTP down, packed", || {
        sftp(&server, folder.path(), &format!("get {backup} /dev/null\n"));
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_folder_is_listed_in_little_memory() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let mut server = Server::make(folder.path(), &data);
    fill(&data.join("dossier.sqlite")).await;
    server.start().await;
    let list = ["-X", "PROPFIND", "-H", "Depth: 1"];
    curl(&server, &list, "/Mijn%20bestanden/");
    grows(&server, "WebDAV listing", || curl(&server, &list, "/Back-ups/"));
    grows(&server, "SFTP listing", || sftp(&server, folder.path(), "ls -l /Back-ups\n"));
}

/// Puts folders into the bakery's backups, straight into the tables.
async fn fill(database: &Path) {
    use sqlx::Connection;
    let url = format!("sqlite://{}", database.display());
    let mut conn = sqlx::SqliteConnection::connect(&url).await.unwrap();
    let numbers = format!(
        "with recursive n (n) as (select 1 union all select n + 1 from n where n < {ENTRIES}) "
    );
    let node = "insert into node (public_id, folder, placer, mtime, created) \
                select printf('%032x', n), 1, p.id, 1795000000000, 1795000000000 \
                from n, party p where p.key = 'bakkerij-jansen'";
    let placement = "insert into placement (node, parent, name, name_key, from_ms, until_ms) \
                     select d.id, p.backups_root, printf('a folder of some length %06d', n), \
                     printf('a folder of some length %06d', n), 1795000000000, 9223372036854775807 \
                     from n join node d on d.public_id = printf('%032x', n), party p \
                     where p.key = 'bakkerij-jansen'";
    for statement in [node, placement] {
        let sql = sqlx::AssertSqlSafe(format!("{numbers}{statement}"));
        sqlx::query(sql).execute(&mut conn).await.unwrap();
    }
}
