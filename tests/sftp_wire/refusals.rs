//! What is logged of those who are not let in.

use super::common::ssh::User;
use super::common::{Gateway, eventually, failures};
use loondossier::dossier::Scope;

/// Where these clients come from: others are refused meanwhile under the same logins.
const SOURCE: &str = "127.0.0.5";

/// Why this login was refused, as often as it was.
fn reasons(login: &str) -> Vec<String> {
    failures::after(&format!("auth_failed proto=sftp ip={SOURCE} user=\"{login}\" reason="))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_is_not_let_in_leaves_one_line_that_says_why() {
    failures::listen();
    let gateway = Gateway::start().await;
    let (clock, admin) = (&gateway.clock, &gateway.admin);
    let user = User::new(&gateway, "bos", Scope::FULL).await;
    let as_login = |login: &str| {
        user.run("ssh", &["-b", SOURCE, "-F", "ssh_config", "-l", login, "gateway", "pwd"])
    };
    let add = async |login: &str, from: &[&str], until| {
        let public = std::fs::read_to_string(user.key.with_extension("pub")).unwrap();
        let from: Vec<_> = from.iter().map(|network| (*network).to_owned()).collect();
        admin.add_key(login, &public, None, &from, until).await.unwrap();
    };
    add("devries", &["192.0.2.0/24"], None).await;
    add("yilmaz", &[], Some(clock.now() + 1_000)).await;
    add("jansen", &[], None).await;
    clock.advance(2_000);
    admin.suspend("jansen").await.unwrap();
    for (login, reason) in [
        ("devries", "network"),
        ("yilmaz", "expired"),
        ("jansen", "suspended"),
        ("petra", "bad_credentials"),
        ("niemand", "bad_credentials"),
    ] {
        as_login(login).badly();
        eventually("the line", async || !reasons(login).is_empty()).await;
        assert_eq!(reasons(login), [reason], "{login}");
    }
    as_login("bos").well();
    assert!(reasons("bos").is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn who_offers_several_keys_and_signs_in_with_one_has_not_failed() {
    failures::listen();
    let gateway = Gateway::start().await;
    let other = User::new(&gateway, "bos", Scope::FULL).await;
    let user = User::new(&gateway, "loon-visser", Scope::BACKUP).await;
    let strange = other.key.to_str().unwrap();
    let first = format!("IdentityFile={strange}");
    user.run("ssh", &["-b", SOURCE, "-o", &first, "-F", "ssh_config", "gateway", "pwd"]).well();
    assert!(reasons("loon-visser").is_empty());
}

/// OpenSSH asks first which methods there are, and that is no try.
#[tokio::test(flavor = "multi_thread")]
async fn six_keys_of_an_agent_are_looked_at_and_no_seventh() {
    let gateway = Gateway::start().await;
    let user = User::new(&gateway, "devries", Scope::FULL).await;
    let script = format!(
        "set -e\n\
         for n in 1 2 3 4 5 6; do ssh-keygen -q -t ed25519 -N '' -f other$n; done\n\
         reach() {{ ssh -F none -p {} -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null \
         -o PreferredAuthentications=publickey -o BatchMode=yes devries@{} pwd; }}\n\
         ssh-add -q other1 other2 other3 other4 other5 key\n\
         test \"$(reach)\" = /\n\
         ssh-add -q -D; ssh-add -q other1 other2 other3 other4 other5 other6 key\n\
         if reach; then exit 1; fi\n",
        user.address.port(),
        user.address.ip()
    );
    user.file("none", b"");
    user.run("ssh-agent", &["sh", "-c", &script]).well();
}
