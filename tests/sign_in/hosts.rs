//! By what a client knows the host: its keys, and certificates of them.

use crate::ca::{Ca, make_key};
use crate::common::Gateway;
use crate::common::server::Server;
use crate::common::ssh::{Said, User};
use loondossier::clock::Clock;
use loondossier::dossier::Scope;
use loondossier::sftp;
use std::path::Path;

const YEARS: &str = "20200101000000:20990101000000";

/// A host key as its operator makes one.
fn host_key(folder: &Path, name: &str, kind: &[&str]) -> std::path::PathBuf {
    let key = folder.join(name);
    make_key(&key, kind);
    key
}

fn read(key: &Path) -> russh::keys::PrivateKey {
    sftp::load_host_key(&std::fs::read_to_string(key).unwrap()).unwrap()
}

fn public(key: &Path) -> String {
    std::fs::read_to_string(key.with_extension("pub")).unwrap()
}

/// OpenSSH at an address, by a careful user who knows these hosts.
fn ssh(user: &User, at: std::net::SocketAddr, known: &str) -> Said {
    user.file("known_hosts", known.as_bytes());
    let port = format!("Port={}", at.port());
    let careful = ["-oStrictHostKeyChecking=yes", "-oUserKnownHostsFile=known_hosts"];
    let ssh = [&careful[..], &["-o", &port, "-F", "ssh_config", "gateway", "pwd"]].concat();
    user.run("ssh", &ssh)
}

#[tokio::test(flavor = "multi_thread")]
async fn openssh_trusts_a_host_whose_key_its_authority_signed() {
    let gateway = Gateway::start().await;
    let user = User::new(&gateway, "jansen", Scope::FULL).await;
    let (ca, other) = (Ca::new(), Ca::new());
    let key = host_key(user.folder.path(), "host", &["ed25519"]);
    let serve = async |words: &[&str]| {
        let text = ca.sign(&key.with_extension("pub"), &[&["-h", "-V", YEARS], words].concat());
        let keys = vec![read(&key)];
        let certificate = sftp::load_host_certificate(&text, &keys).unwrap();
        let config = sftp::Config {
            host_keys: keys,
            host_certificate: Some(certificate),
            ..sftp::Config::default()
        };
        gateway.also_sftp(config).await
    };
    let trusting = |ca: &Ca| format!("@cert-authority * {}", ca.public_key());
    let (at, _serving) = serve(&["-n", "127.0.0.1"]).await;
    ssh(&user, at, &trusting(&ca)).well();
    ssh(&user, at, &trusting(&other)).badly();
    ssh(&user, at, &format!("[127.0.0.1]:{} {}", at.port(), public(&key))).well();
    let (at, _serving) = serve(&["-n", "dossier.example.nl"]).await;
    let said = ssh(&user, at, &trusting(&ca)).badly();
    assert!(
        said.contains("not a listed principal") || said.contains("verification failed"),
        "{said}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn who_knows_either_key_connects_without_a_question() {
    let gateway = Gateway::start().await;
    let user = User::new(&gateway, "jansen", Scope::FULL).await;
    let old = host_key(user.folder.path(), "old", &["rsa", "-b", "3072"]);
    let new = host_key(user.folder.path(), "new", &["ed25519"]);
    let keys = vec![read(&new), read(&old)];
    let config = sftp::Config { host_keys: keys, ..sftp::Config::default() };
    let (at, _serving) = gateway.also_sftp(config).await;
    for key in [&old, &new] {
        ssh(&user, at, &format!("[127.0.0.1]:{} {}", at.port(), public(key))).well();
    }
    let strange = host_key(user.folder.path(), "strange", &["ed25519"]);
    ssh(&user, at, &format!("[127.0.0.1]:{} {}", at.port(), public(&strange))).badly();
}

/// What doctor finds of a part, and whether it is well, with these settings besides.
fn doctor(server: &Server, part: &str, settings: &[(&str, String)]) -> (bool, String) {
    let mut command = server.command(&["doctor", "--json"]);
    let said = command.envs(settings.iter().map(|(name, value)| (*name, value))).output().unwrap();
    let parts: serde_json::Value = serde_json::from_slice(&said.stdout).unwrap();
    let found = parts.as_array().unwrap().iter().find(|one| one["part"] == part).unwrap();
    (found["ok"].as_bool().unwrap(), found["says"].as_str().unwrap().to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn doctor_says_which_keys_are_shown_and_when_the_certificate_ends() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::make(folder.path(), &folder.path().join("data"));
    let further = "LOONDOSSIER__SFTP__FURTHER_HOST_KEY_FILES";
    let named = "LOONDOSSIER__SFTP__HOST_CERTIFICATE_FILE";
    let rsa = host_key(folder.path(), "rsa", &["rsa", "-b", "3072"]);
    let with_rsa = (further, rsa.display().to_string());
    let (ok, says) = doctor(&server, "SSH host key", std::slice::from_ref(&with_rsa));
    assert!(ok && says.matches("SHA256:").count() == 2, "{says}");
    let again = host_key(folder.path(), "again", &["ed25519"]);
    let (ok, says) = doctor(&server, "SSH host key", &[(further, again.display().to_string())]);
    assert!(!ok && says.contains("a second host key of type ssh-ed25519"), "{says}");

    let certificate = |words: &[&str]| {
        Ca::new().sign(&rsa.with_extension("pub"), &[&["-h"], words].concat());
        let file = folder.path().join("rsa-cert.pub").display().to_string();
        doctor(&server, "SSH host certificate", &[with_rsa.clone(), (named, file)])
    };
    let (ok, says) = certificate(&["-n", "localhost", "-V", YEARS]);
    assert!(ok && says.contains("for localhost, 2099-01-01T00:00:00Z"), "{says}");
    let soon = jiff::Timestamp::from_millisecond(Clock::system().now() + 86_400_000).unwrap();
    let soon = format!("20200101000000:{}", soon.strftime("%Y%m%d%H%M%S"));
    for (words, wrong) in [
        (&["-n", "localhost", "-V", &*soon][..], "it ends at"),
        (&["-n", "localhost", "-V", "20200101000000:20210101000000"], "it ended at 2021-01-01"),
        (&["-n", "localhost", "-V", "20980101000000:20990101000000"], "it begins only at 2098"),
        (&["-n", "elders.example.nl", "-V", YEARS], "it is for elders.example.nl, and not for"),
    ] {
        let (ok, says) = certificate(words);
        assert!(!ok && says.contains(wrong), "{says}");
    }
    Ca::new().sign(&rsa.with_extension("pub"), &["-n", "localhost", "-V", YEARS]);
    let file = folder.path().join("rsa-cert.pub").display().to_string();
    let users = doctor(&server, "SSH host certificate", &[with_rsa.clone(), (named, file.clone())]);
    assert!(!users.0 && users.1.contains("a certificate for users"), "{}", users.1);
    let others = doctor(&server, "SSH host certificate", &[(named, file)]);
    assert!(!others.0, "{}", others.1);
    assert_eq!(doctor(&server, "SSH host certificate", &[]), (true, "none".to_owned()));
}
