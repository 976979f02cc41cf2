//! Keys of every type that is taken, and passwords that are typed again.

use crate::ca::{Ca, make_key};
use crate::common::ssh::User;
use crate::common::wire::Line;
use crate::common::{Gateway, PASSWORD};
use loondossier::dossier::Scope;
use russh::keys::{HashAlg, PrivateKeyWithHashAlg, load_secret_key};
use std::sync::Arc;

async fn jansen() -> (Gateway, User) {
    let gateway = Gateway::start().await;
    let user = User::new(&gateway, "jansen", Scope::FULL).await;
    gateway.admin.revoke_key("jansen", &user.fingerprint).await.unwrap();
    (gateway, user)
}

/// A new key of a type, which the gateway knows.
async fn register(gateway: &Gateway, user: &User, name: &str, kind: &[&str]) {
    let key = user.folder.path().join(name);
    make_key(&key, kind);
    let text = std::fs::read_to_string(key.with_extension("pub")).unwrap();
    gateway.admin.add_key("jansen", &text, None, &[], None).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_of_every_type_that_is_taken_signs_in() {
    let (gateway, user) = jansen().await;
    for (name, kind) in [
        ("ed25519", &["ed25519"][..]),
        ("ecdsa", &["ecdsa", "-b", "256"]),
        ("ecdsa384", &["ecdsa", "-b", "384"]),
        ("rsa", &["rsa", "-b", "3072"]),
    ] {
        register(&gateway, &user, name, kind).await;
        let identity = format!("IdentityFile={}", user.folder.path().join(name).display());
        user.run("ssh", &["-o", &identity, "-F", "ssh_config", "gateway", "pwd"]).well();
        for script in ["asyncssh_key.py", "paramiko_key.py"] {
            user.python(script, "", &[name]).well();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_good_key_used_with_sha1_is_refused() {
    let (gateway, user) = jansen().await;
    register(&gateway, &user, "rsa", &["rsa", "-b", "3072"]).await;
    for good in ["rsa-sha2-256", "rsa-sha2-512"] {
        user.python("asyncssh_key.py", "", &["rsa", good]).well();
    }
    let said = user.python("asyncssh_key.py", "", &["rsa", "ssh-rsa"]).badly();
    assert!(said.contains("Permission denied"), "{said}");
    let key = Arc::new(load_secret_key(user.folder.path().join("rsa"), None).unwrap());
    for (hash, good) in [(None, false), (Some(HashAlg::Sha256), true)] {
        let mut ssh = Line::at(user.address).await.unwrap().ssh;
        let key = PrivateKeyWithHashAlg::new(Arc::clone(&key), hash);
        let answer = ssh.authenticate_publickey("jansen", key).await.unwrap();
        assert_eq!(answer.success(), good, "{hash:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn openssh_gives_a_second_password_on_the_same_connection() {
    let (_gateway, user) = jansen().await;
    let script = format!(
        "#!/bin/sh\nif test -e asked; then echo '{PASSWORD}'; else touch asked; echo 'een fout wachtwoord'; fi\n"
    );
    let script = user.file("answers", script.as_bytes());
    user.run("chmod", &["700", "answers"]).well();
    let ask = format!("SSH_ASKPASS={}", script.display());
    for way in ["password", "keyboard-interactive", "keyboard-interactive,password"] {
        let way = format!("-oPreferredAuthentications={way}");
        let env = ["env", &ask, "SSH_ASKPASS_REQUIRE=force", "ssh", "-oBatchMode=no", &way];
        let words = [&env[1..], &["-F", "ssh_config", "gateway", "pwd"]].concat();
        user.run(env[0], &words).well();
        std::fs::remove_file(user.folder.path().join("asked")).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_is_asked_to_sign_with_twenty_of_its_keys_and_no_more() {
    let (gateway, user) = jansen().await;
    // Where anybody has an authority, any key may have a certificate around it.
    gateway.admin.add_authority("kantoor-visser", &Ca::new().public_key()).await.unwrap();
    register(&gateway, &user, "own", &["ed25519"]).await;
    let strange = |n: usize| {
        let key = user.folder.path().join(format!("strange{n}"));
        if !key.with_extension("pub").exists() {
            make_key(&key, &["ed25519"]);
            // Of which the client has the public half alone: it is asked for a signature, and goes on.
            std::fs::remove_file(&key).unwrap();
        }
        format!("-oIdentityFile={}", key.with_extension("pub").display())
    };
    let own = format!("-oIdentityFile={}", user.folder.path().join("own").display());
    for (before, signs_in) in [(19, true), (20, false)] {
        let mut words: Vec<String> = (0..before).map(strange).collect();
        words.push(own.clone());
        // Without the one in the configuration, that is revoked.
        let (port, host) = (user.address.port().to_string(), user.address.ip().to_string());
        words.extend(["-F", "none", "-v", "-p", &port, "-l", "jansen"].map(str::to_owned));
        let checks = ["IdentitiesOnly=yes", "BatchMode=yes", "StrictHostKeyChecking=no"];
        words.extend(checks.map(|option| format!("-o{option}")));
        words.extend(["-oUserKnownHostsFile=/dev/null".to_owned(), host, "pwd".to_owned()]);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let said = user.run("ssh", &words);
        let asked = said.err.matches("Server accepts key").count();
        assert_eq!((said.code == Some(0), asked), (signs_in, 20), "{}", said.err);
    }
}
