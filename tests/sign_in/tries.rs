//! Whom one may try to be on one connection, with what, and how often.

use crate::ca::make_key;
use crate::common::ssh::User;
use crate::common::wire::{Line, Trusting, code, kind, string};
use crate::common::{Gateway, PASSWORD, eventually};
use loondossier::dossier::Scope;
use russh::client::{AuthResult, Handle};
use russh::keys::agent::AgentIdentity;
use russh::keys::{HashAlg, PublicKey};
use russh::{AgentAuthError, MethodSet, SendError, Signer};

const WRONG: &str = "een fout wachtwoord";

/// Has the public half of a key and nothing to sign with.
struct Unable;

impl Signer for Unable {
    type Error = AgentAuthError;

    async fn auth_sign(
        &mut self,
        _: &AgentIdentity,
        _: Option<HashAlg>,
        _: Vec<u8>,
    ) -> Result<Vec<u8>, Self::Error> {
        Err(SendError {}.into())
    }
}

/// Offers a key; whether the server would take a signature with it.
async fn is_taken(ssh: &mut Handle<Trusting>, login: &str, key: &PublicKey) -> bool {
    ssh.authenticate_publickey_with(login, key.clone(), None, &mut Unable).await.is_err()
}

/// The methods that are left after a refusal.
async fn left(ssh: &mut Handle<Trusting>, login: &str, password: &str) -> MethodSet {
    match ssh.authenticate_password(login, password).await.unwrap() {
        AuthResult::Failure { remaining_methods, partial_success: false } => remaining_methods,
        other => panic!("{login}: {other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_offers_the_key_of_another_gets_in_by_no_key_and_no_signature_of_its_own() {
    let gateway = Gateway::start().await;
    let petra = User::new(&gateway, "petra", Scope::FULL).await;
    let own = petra.folder.path().join("own");
    make_key(&own, &["ed25519"]);
    let own = std::fs::read_to_string(own.with_extension("pub")).unwrap();
    let swaps = || {
        for way in ["proves", "signs"] {
            petra.python("asyncssh_swap.py", "", &["key.pub", "own", way]).well();
        }
    };
    swaps();
    // Not by one that lets in somebody else either.
    gateway.admin.add_key("jansen", &own, None, &[], None).await.unwrap();
    swaps();
    let refused = petra.python("asyncssh_swap.py", "", &["own.pub", "key", "proves"]).badly();
    assert!(refused.contains("the offer was refused"), "{refused}");
    let entered = petra.python("asyncssh_swap.py", "", &["key.pub", "key", "proves"]).badly();
    assert!(entered.contains("it was let in"), "with the key itself: {entered}");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_is_who_one_proved_to_be_whomever_one_named_before() {
    let gateway = Gateway::start().await;
    let petra = User::new(&gateway, "petra", Scope::FULL).await;
    let text = std::fs::read_to_string(petra.key.with_extension("pub")).unwrap();
    let key = PublicKey::from_openssh(&text).unwrap();
    let mut line = Line::at(petra.address).await.unwrap();
    assert!(is_taken(&mut line.ssh, "petra", &key).await);
    assert!(!is_taken(&mut line.ssh, "bos", &key).await, "it is none of bos's");
    assert!(!left(&mut line.ssh, "jansen", WRONG).await.is_empty());
    assert!(is_taken(&mut line.ssh, "petra", &key).await);
    assert!(line.ssh.authenticate_password("bos", PASSWORD).await.unwrap().success());
    let mut wire = line.sftp().await;
    for (path, answer) in [("/My files", kind::ATTRS), ("/Mijn bestanden", kind::STATUS)] {
        assert_eq!(wire.ask(kind::STAT, &[&string(path)]).await.kind, answer, "{path}");
    }
    let offices = wire.ask(kind::STAT, &[&string("/Werkgevers")]).await;
    assert_eq!(offices.code(), code::NO_SUCH_FILE);
}

#[tokio::test(flavor = "multi_thread")]
async fn there_are_six_tries_on_a_connection_as_whomever() {
    let gateway = Gateway::start().await;
    let user = User::new(&gateway, "jansen", Scope::FULL).await;
    let mut line = Line::at(user.address).await.unwrap();
    // As every client asks first.
    assert!(!line.ssh.authenticate_none("jansen").await.unwrap().success());
    for login in ["jansen", "petra", "niemand", "jansen", "bos"] {
        assert_eq!(left(&mut line.ssh, login, WRONG).await.len(), 3, "{login}");
    }
    assert!(left(&mut line.ssh, "petra", WRONG).await.is_empty(), "the sixth is the last");
    let right = line.ssh.authenticate_password("petra", PASSWORD).await;
    assert!(!right.is_ok_and(|answer| answer.success()), "the seventh is not looked at");
    eventually("it is closed", async || line.ssh.is_closed()).await;
    assert!(Line::try_by_password(user.address, "petra", PASSWORD).await.is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn openssh_is_disconnected_at_its_seventh_password_though_it_is_the_right_one() {
    let gateway = Gateway::start().await;
    let user = User::new(&gateway, "jansen", Scope::FULL).await;
    let script = format!(
        "#!/bin/sh\necho x >> asked\ntest $(wc -l < asked) -lt 7 && echo '{WRONG}' || echo '{PASSWORD}'\n"
    );
    let script = user.file("answers", script.as_bytes());
    user.run("chmod", &["700", "answers"]).well();
    let ask = format!("SSH_ASKPASS={}", script.display());
    let env = [&ask, "SSH_ASKPASS_REQUIRE=force", "ssh", "-oBatchMode=no"];
    let ways = ["-oPreferredAuthentications=password", "-oNumberOfPasswordPrompts=9"];
    let ssh = [&env[..], &ways, &["-F", "ssh_config", "gateway", "pwd"]].concat();
    let said = user.run("env", &ssh).badly();
    assert!(said.contains("Too many authentication attempts"), "{said}");
    assert_eq!(user.read("asked"), b"x\n".repeat(7), "{said}");
}
