//! Each extension that is offered is used by a client that people have. A client believes the list: what
//! no client uses is not on it.

use super::jansen;
use crate::common::PASSWORD;
use crate::common::ssh::User;
use crate::common::wire::{Line, kind, open, string, strings};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use tokio::runtime::Handle;
use tokio::task::block_in_place;

const CONTENT: &[u8] = b"inhoud";
const FOLDER: &str = "/Mijn bestanden";

/// How a client comes to use one, where `a.txt` and `b.txt` are.
#[derive(Clone, Copy)]
enum Way {
    /// A command of OpenSSH's `sftp`.
    Sftp(&'static str),
    /// A script in `tests/tools`.
    Script(&'static str),
    Other(fn(&User, &str)),
}
use Way::{Other, Script, Sftp};

/// The extension, the client, and what it does.
const USED: [(&str, &str, Way); 11] = [
    ("posix-rename@openssh.com", "OpenSSH sftp", Sftp("rename a.txt b.txt")),
    ("limits@openssh.com", "OpenSSH sftp", Sftp("get a.txt")),
    ("fsync@openssh.com", "OpenSSH sftp", Sftp("put -f c.txt")),
    ("statvfs@openssh.com", "OpenSSH sftp", Sftp("df -h .")),
    ("fstatvfs@openssh.com", "asyncssh", Script("asyncssh_space.py")),
    ("lsetstat@openssh.com", "OpenSSH sftp", Sftp("chmod -h 600 a.txt")),
    ("expand-path@openssh.com", "OpenSSH scp", Other(scp_to_a_home)),
    ("users-groups-by-id@openssh.com", "OpenSSH sftp", Sftp("ls -l")),
    ("copy-data", "OpenSSH sftp", Sftp("cp a.txt d.txt")),
    ("check-file", "paramiko", Script("paramiko_check.py")),
    // It runs on Windows alone.
    ("check-file-name", "WinSCP, by its frames", Other(winscp_asks_for_a_checksum)),
];

#[tokio::test(flavor = "multi_thread")]
async fn every_extension_that_is_offered_is_used_by_a_client_that_people_have() {
    let (_gateway, user) = jansen().await;
    user.file("c.txt", CONTENT);
    let mut wire = Line::new(&user).await.sftp().await;
    let version = wire.receive().await.unwrap();
    let pairs = strings(version.body());
    let offered: BTreeSet<_> =
        pairs.chunks(2).map(|pair| String::from_utf8(pair[0].clone()).unwrap()).collect();
    let used: BTreeSet<_> = USED.iter().map(|(name, ..)| (*name).to_owned()).collect();
    assert_eq!(offered, used, "each with a client that uses it");
    for (name, client, way) in USED {
        println!("{client} uses {name}");
        wire.put(&format!("{FOLDER}/a.txt"), CONTENT).await;
        wire.put(&format!("{FOLDER}/b.txt"), b"een ander").await;
        block_in_place(|| match way {
            Sftp(command) => sftp(&user, name, command),
            Script(script) => drop(user.python(script, PASSWORD, &[]).well()),
            Other(uses) => uses(&user, name),
        });
    }
    // Which says what became of them.
    for (name, content) in [("c.txt", CONTENT), ("d.txt", CONTENT)] {
        let handle = wire.open(&format!("{FOLDER}/{name}"), open::READ).await;
        assert_eq!(wire.read(&handle, 0, 100).await, content, "{name}");
    }
}

/// OpenSSH's `sftp` does it, and says by which extension of those that it knows.
fn sftp(user: &User, name: &str, command: &str) {
    let args = ["-vvv", "-F", "ssh_config", "-b", "-", "gateway"];
    let said = user.feed("sftp", &args, &format!("cd \"{FOLDER}\"\n{command}\n"));
    assert_eq!(said.code, Some(0), "{command}: {}", said.err);
    let says = [format!("Sent message {name}"), format!("SSH2_FXP_EXTENDED({name}")];
    assert!(says.iter().any(|says| said.err.contains(says)), "{name}: {}", said.err);
}

/// `~jansen` is the home of jansen, who is at home in the root.
fn scp_to_a_home(user: &User, name: &str) {
    let said = user.scp(&["-vvv", "c.txt", "gateway:~jansen/Mijn bestanden/c.txt"]);
    assert_eq!(said.code, Some(0), "{}", said.err);
    let expanded = format!("{name} ~jansen/Mijn bestanden/c.txt -> /Mijn bestanden/c.txt");
    assert!(said.err.contains(&expanded), "{}", said.err);
}

/// Calculate Checksum, with SHA-256.
fn winscp_asks_for_a_checksum(user: &User, name: &str) {
    let asked = async {
        let mut wire = Line::new(user).await.sftp().await;
        let path = string(format!("{FOLDER}/a.txt"));
        let fields = [&path[..], &string("sha256"), &[0; 8], &[0; 8], &[0; 4]];
        wire.extended(name, &fields).await
    };
    let answer = Handle::current().block_on(asked);
    assert_eq!(answer.kind, kind::EXTENDED_REPLY);
    assert_eq!(answer.body(), [&string("sha256"), &Sha256::digest(CONTENT)[..]].concat());
}
