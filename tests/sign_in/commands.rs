//! The operator's commands, beside the program that serves.

use crate::ca::Ca;
use crate::common::PASSWORD;
use crate::common::server::Server;
use crate::oath;
use loondossier::clock::Clock;
use std::process::Command;

const YEARS: &str = "20200101000000:20990101000000";

/// OpenSSH for a login at a server, with these words before the host.
fn ssh(server: &Server, login: &str, words: &[&str], ask: Option<&std::path::Path>) -> bool {
    let port = server.sftp.port().to_string();
    let mut command = Command::new("ssh");
    command.args([
        "-F",
        "/dev/null",
        "-oStrictHostKeyChecking=no",
        "-oUserKnownHostsFile=/dev/null",
    ]);
    command.args(["-oLogLevel=ERROR", "-oIdentitiesOnly=yes", "-p", &port, "-l", login]);
    command.args(words).arg(server.sftp.ip().to_string()).arg("pwd");
    if let Some(script) = ask {
        command.env("SSH_ASKPASS", script).env("SSH_ASKPASS_REQUIRE", "force");
    }
    command.output().unwrap().status.success()
}

#[tokio::test(flavor = "multi_thread")]
async fn codes_are_switched_on_and_off_while_it_serves() {
    let folder = tempfile::tempdir().unwrap();
    let mut server = Server::make(folder.path(), &folder.path().join("data"));
    server.start().await;
    let made = server.runs(&["account", "totp", "jansen", "on", "--json"]);
    let made: serde_json::Value = serde_json::from_str(&made).unwrap();
    let secret = made["secret"].as_str().unwrap();
    let uri = made["uri"].as_str().unwrap();
    assert_eq!(uri, format!("otpauth://totp/localhost:jansen?secret={secret}&issuer=localhost"));
    assert!(server.runs(&["account", "show", "jansen"]).contains("codes       on"));

    let code = oath::code(secret, Clock::system().now());
    let script = folder.path().join("answers");
    let text =
        format!("#!/bin/sh\ncase \"$1\" in *Code*) echo {code};; *) echo '{PASSWORD}';; esac\n");
    std::fs::write(&script, text).unwrap();
    assert!(Command::new("chmod").arg("700").arg(&script).status().unwrap().success());
    let words = ["-oPubkeyAuthentication=no", "-oNumberOfPasswordPrompts=1"];
    assert!(ssh(&server, "jansen", &words, Some(&script)));
    assert!(!ssh(&server, "jansen", &words, Some(&script)), "the code was used");
    server.runs(&["account", "totp", "jansen", "off"]);
    assert!(ssh(&server, "jansen", &words, Some(&script)));
    assert!(server.stop().await);
}

#[test]
fn a_machine_is_given_what_its_roster_says_and_no_more() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::make(folder.path(), &folder.path().join("data"));
    let key = folder.path().join("key");
    crate::ca::make_key(&key, &["ed25519"]);
    let public = key.with_extension("pub");
    let adds = |login: &str, scope: &[&str]| {
        let key = ["key", "add", login, "--public-key", public.to_str().unwrap()];
        let password = ["app-password", "add", login, "--name", "kassa"];
        [&key[..], &password].map(|words| {
            let output = server.command(&[words, scope].concat()).output().unwrap();
            (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
        })
    };
    let has = |login: &str| {
        ["key", "app-password"].map(|what| {
            let json = server.runs(&[what, "list", login, "--json"]);
            let all: serde_json::Value = serde_json::from_str(&json).unwrap();
            let scopes: Vec<_> =
                all.as_array().unwrap().iter().map(|c| c["scope"].clone()).collect();
            let lines = server.runs(&[what, "list", login]);
            assert!(scopes.iter().all(|s| lines.contains(s.as_str().unwrap())), "{lines}");
            scopes
        })
    };
    for over in ["full", "read", "deliver,read"] {
        for (code, said) in adds("loon-visser", &["--scope", over]) {
            let why = "reaches no further than deliver,backup";
            assert!(code == 1 && said.contains(why), "{over}: {said}");
        }
    }
    assert!(has("loon-visser").iter().all(Vec::is_empty));
    for (login, reaches) in [("loon-visser", "deliver,backup"), ("petra", "full")] {
        assert!(adds(login, &[]).iter().all(|(code, _)| *code == 0), "{login}");
        assert_eq!(has(login), [vec![reaches], vec![reaches]], "{login}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_authority_is_added_listed_and_revoked_while_it_serves() {
    let folder = tempfile::tempdir().unwrap();
    let mut server = Server::make(folder.path(), &folder.path().join("data"));
    let log = folder.path().join("log");
    server.start_told(&log).await;
    let (ca, key) = (Ca::new(), folder.path().join("key"));
    crate::ca::make_key(&key, &["ed25519"]);
    ca.sign(&key.with_extension("pub"), &["-n", "petra", "-V", YEARS]);
    let identity = format!("-oIdentityFile={}", key.display());
    let enters = || ssh(&server, "petra", &[&identity, "-oBatchMode=yes"], None);
    assert!(!enters());
    let public = folder.path().join("ca.pub");
    std::fs::write(&public, ca.public_key()).unwrap();
    let public = public.to_str().unwrap();
    server.runs(&["ca", "add", "kantoor-visser", "--public-key", public]);
    assert!(enters());
    // What is over by the machine's clock is refused by the SSH library, which says so itself.
    ca.sign(&key.with_extension("pub"), &["-n", "petra", "-V", "20200101000000:20210101000000"]);
    assert!(!enters());
    let said = std::fs::read_to_string(&log).unwrap();
    assert!(said.contains("Certificate is expired or not yet valid"), "{said}");
    let anew = |number: &str| {
        let words = ["-n", "petra", "-V", YEARS, "-z", number];
        ca.sign(&key.with_extension("pub"), &words)
    };
    let list = || {
        let list = server.runs(&["ca", "list", "kantoor-visser", "--json"]);
        serde_json::from_str::<serde_json::Value>(&list).unwrap()
    };
    anew("7");
    assert!(enters());
    let first = list();
    let print = first[0]["fingerprint"].as_str().unwrap();
    server.runs(&["ca", "revoke", "kantoor-visser", print, "--serial", "7"]);
    assert!(!enters());
    anew("8");
    assert!(enters());
    let file = folder.path().join("key-cert.pub");
    server.runs(&["ca", "revoke", "kantoor-visser", "--certificate", file.to_str().unwrap()]);
    assert!(!enters());
    let revoked = list()[0]["revoked"].as_array().unwrap().clone();
    assert!(revoked[0] == "serial 7" && revoked.len() == 2, "{revoked:?}");
    anew("9");
    assert!(enters());
    server.runs(&["ca", "revoke", "kantoor-visser", print]);
    assert!(!enters());
    assert!(server.stop().await);
}
