//! Certificates of users, signed by `ssh-keygen` for a party's authority.

use crate::ca::{Ca, make_key};
use crate::common::promised::within_five_seconds;
use crate::common::ssh::User;
use crate::common::wire::Line;
use crate::common::{Gateway, PASSWORD, eventually, failures};
use loondossier::dossier::Scope;
use std::path::PathBuf;

/// Now, by the gateway's clock and by the machine's, and for years.
const YEARS: &str = "20200101000000:20990101000000";

/// Where OpenSSH comes from here: others are refused meanwhile under the same logins.
const SOURCE: &str = "127.0.0.6";

fn reasons(source: &str, login: &str) -> Vec<String> {
    failures::after(&format!("auth_failed proto=sftp ip={source} user=\"{login}\" reason="))
}

/// Somebody with a key that the gateway does not know, and the authority of the party.
async fn vouched(login: &str, party: &str) -> (Gateway, User, Ca) {
    let gateway = Gateway::start().await;
    let user = User::new(&gateway, login, Scope::FULL).await.coming_from(SOURCE);
    gateway.admin.revoke_key(login, &user.fingerprint).await.unwrap();
    let ca = Ca::new();
    gateway.admin.add_authority(party, &ca.public_key()).await.unwrap();
    (gateway, user, ca)
}

fn public(user: &User) -> PathBuf {
    user.key.with_extension("pub")
}

/// What the log says of a user who is refused.
async fn refused(user: &User) -> String {
    let told = || reasons(SOURCE, &user.login);
    let before = told().len();
    user.ssh("pwd").badly();
    eventually("the line", async || told().len() > before).await;
    let after = told();
    assert_eq!(after.len(), before + 1, "one line: {after:?}");
    after[before].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn openssh_signs_in_with_a_good_certificate_and_with_no_other() {
    failures::listen();
    let (_gateway, user, ca) = vouched("bos", "garage-bos").await;
    assert_eq!(refused(&user).await, "bad_credentials");
    let good = ["-n", "ander,bos", "-V", YEARS];
    ca.sign(&public(&user), &good);
    user.ssh("pwd").well();
    user.sftp("ls \"/My files\"\n").well();
    assert_eq!(reasons(SOURCE, "bos").len(), 1, "who signed in has not failed");

    Ca::new().sign(&public(&user), &good);
    assert_eq!(refused(&user).await, "bad_credentials");
    for (words, reason) in [
        (&["-n", "bos", "-V", "20200101000000:20210101000000"][..], "bad_credentials"),
        (&["-n", "bos", "-V", "20980101000000:20990101000000"], "bad_credentials"),
        (&["-n", "ander", "-V", YEARS], "certificate_principals"),
        (&["-V", YEARS], "certificate_principals"),
        (&["-n", "bos", "-V", "always:forever"], "certificate_endless"),
        (&["-n", "bos", "-V", YEARS, "-O", "force-command=pwd"], "certificate_option"),
        (&["-n", "bos", "-V", YEARS, "-O", "verify-required"], "certificate_option"),
        (&["-n", "bos", "-V", YEARS, "-O", "critical:anders@example.nl=x"], "certificate_option"),
        (&["-n", "bos", "-V", YEARS, "-O", "source-address=192.0.2.0/24"], "network"),
    ] {
        ca.sign(&public(&user), words);
        assert_eq!(refused(&user).await, reason, "{words:?}");
    }
    ca.sign(&public(&user), &["-n", "bos", "-V", YEARS, "-O", "source-address=127.0.0.0/8"]);
    user.ssh("pwd").well();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_of_a_host_signs_nobody_in() {
    failures::listen();
    let (_gateway, user, ca) = vouched("yilmaz", "yilmaz").await;
    // OpenSSH does not even offer it; asked to, it is refused.
    ca.sign(&public(&user), &["-h", "-n", "yilmaz", "-V", YEARS]);
    user.ssh("pwd").badly();
    let said = user.python("asyncssh_certificate.py", "", &["key", "key-cert.pub"]);
    assert!(said.badly().contains("Permission denied"));
    let told = || reasons("127.0.0.1", "yilmaz");
    eventually("the line", async || told().contains(&"certificate_type".into())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn libraries_sign_in_with_a_certificate_of_every_type_of_key() {
    let (_gateway, user, ca) = vouched("jansen", "bakkerij-jansen").await;
    for (name, kind) in [
        ("ed25519", &["ed25519"][..]),
        ("ecdsa", &["ecdsa", "-b", "256"]),
        ("rsa", &["rsa", "-b", "3072"]),
    ] {
        let key = user.folder.path().join(name);
        make_key(&key, kind);
        ca.sign(&key.with_extension("pub"), &["-n", "jansen", "-V", YEARS]);
        let certificate = format!("{name}-cert.pub");
        for script in ["asyncssh_certificate.py", "paramiko_certificate.py"] {
            user.python(script, "", &[name, &certificate]).well();
        }
        let identity = format!("IdentityFile={}", key.display());
        user.run("ssh", &["-o", &identity, "-F", "ssh_config", "gateway", "pwd"]).well();
    }
    // RSA with SHA-1 is nothing that the program would do by itself.
    let sha1 = "-oPubkeyAcceptedAlgorithms=ssh-rsa-cert-v01@openssh.com,ssh-rsa";
    let identity = format!("IdentityFile={}", user.folder.path().join("rsa").display());
    user.run("ssh", &[sha1, "-o", &identity, "-F", "ssh_config", "gateway", "pwd"]).badly();
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_other_ways_too_signs_in_where_there_is_an_authority() {
    let (gateway, user, ca) = vouched("petra", "kantoor-visser").await;
    ca.sign(&public(&user), &["-n", "ander", "-V", YEARS]);
    // The key in a certificate that is worth nothing is registered.
    let text = std::fs::read_to_string(public(&user)).unwrap();
    gateway.admin.add_key("petra", &text, None, &[], None).await.unwrap();
    user.ssh("pwd").well();
    let by_password = ["-oPubkeyAuthentication=no", "-oBatchMode=no"];
    let ssh = ["-p", PASSWORD, "ssh", "-F", "ssh_config"];
    user.run("sshpass", &[&ssh, &by_password[..], &["gateway", "pwd"]].concat()).well();
}

#[tokio::test(flavor = "multi_thread")]
async fn revoking_an_authority_ends_an_open_session_within_five_seconds() {
    let (gateway, user, ca) = vouched("devries", "devries").await;
    let certificate = ca.sign(&public(&user), &["-n", "devries", "-V", YEARS]);
    let line = Line::with_certificate(&user, &certificate).await;
    let mut wire = line.sftp().await;
    wire.put("/Mijn bestanden/a.txt", b"a").await;
    let print = gateway.admin.authorities("devries").await.unwrap()[0].fingerprint.clone();
    gateway.admin.revoke_authority("devries", &print).await.unwrap();
    within_five_seconds("the connection ends", async || line.ssh.is_closed()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn revoking_one_certificate_ends_its_open_session_and_no_other() {
    failures::listen();
    let (gateway, user, ca) = vouched("jansen", "bakkerij-jansen").await;
    let lost = ca.sign(&public(&user), &["-n", "jansen", "-V", YEARS, "-z", "7"]);
    let line = Line::with_certificate(&user, &lost).await;
    let kept = ca.sign(&public(&user), &["-n", "jansen", "-V", YEARS, "-z", "8"]);
    let stays = Line::with_certificate(&user, &kept).await;
    gateway.admin.revoke_certificate("bakkerij-jansen", &lost).await.unwrap();
    within_five_seconds("the connection ends", async || line.ssh.is_closed()).await;
    stays.sftp().await.put("/Mijn bestanden/a.txt", b"a").await;
    user.ssh("pwd").well();
    user.file("key-cert.pub", lost.as_bytes());
    assert_eq!(refused(&user).await, "certificate_revoked");
}
