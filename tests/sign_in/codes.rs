//! A code after the password (TOTP).

use crate::common::ssh::{Said, User};
use crate::common::wire::Line;
use crate::common::{Gateway, PASSWORD, eventually, failures};
use crate::oath;
use loondossier::dossier::Scope;
use russh::client::{AuthResult, KeyboardInteractiveAuthResponse as Answer};
use russh::{MethodKind, MethodSet};
use std::net::{IpAddr, Ipv4Addr};

/// Where OpenSSH comes from here: others are refused meanwhile under the same logins.
const SOURCE: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 7);

/// Somebody whose password is followed by a code, and the secret of the app.
async fn with_codes(login: &str) -> (Gateway, User, String) {
    let gateway = Gateway::start().await;
    let user = User::new(&gateway, login, Scope::FULL).await.coming_from(&SOURCE.to_string());
    let secret = gateway.admin.begin_totp(login).await.unwrap().0.to_string();
    (gateway, user, secret)
}

/// The code that the app shows, so many steps of half a minute from now.
fn code(gateway: &Gateway, secret: &str, steps: i64) -> String {
    oath::code(secret, gateway.clock.now() + steps * 30_000)
}

/// OpenSSH without a key, and somebody who answers its questions.
fn ssh(user: &User, ways: &str, password: &str, code: &str) -> Said {
    let answers = format!(
        "#!/bin/sh\ncase \"$1\" in *Code*) echo '{code}';; *assword*) echo '{password}';; esac\n"
    );
    let script = user.file("answers", answers.as_bytes());
    user.run("chmod", &["700", "answers"]).well();
    let ask = format!("SSH_ASKPASS={}", script.display());
    let ways = format!("-oPreferredAuthentications={ways}");
    let ssh = ["ssh", "-oBatchMode=no", "-oNumberOfPasswordPrompts=1", &ways, "-F", "ssh_config"];
    let env = [&ask, "SSH_ASKPASS_REQUIRE=force"];
    user.run("env", &[&env[..], &ssh, &["gateway", "pwd"]].concat())
}

fn reasons(login: &str) -> Vec<String> {
    failures::after(&format!("auth_failed proto=sftp ip={SOURCE} user=\"{login}\" reason="))
}

#[tokio::test(flavor = "multi_thread")]
async fn openssh_gives_the_password_and_then_the_code() {
    failures::listen();
    let (gateway, user, secret) = with_codes("devries").await;
    let code = |steps| code(&gateway, &secret, steps);
    ssh(&user, "password,keyboard-interactive", PASSWORD, &code(-1)).well();
    ssh(&user, "keyboard-interactive", PASSWORD, &code(0)).well();
    // The same once more is a code that was used; then one of minutes ago; then neither is right.
    ssh(&user, "keyboard-interactive", PASSWORD, &code(0)).badly();
    ssh(&user, "password,keyboard-interactive", PASSWORD, &code(-15)).badly();
    ssh(&user, "keyboard-interactive", "een fout wachtwoord", &code(1)).badly();
    eventually("the lines", async || reasons("devries").len() == 3).await;
    assert_eq!(reasons("devries"), ["code", "clock", "bad_credentials"]);
    // The password alone, by whatever way, is half.
    ssh(&user, "password", PASSWORD, "").badly();
    ssh(&user, "keyboard-interactive", PASSWORD, "").badly();
    ssh(&user, "password,keyboard-interactive", PASSWORD, &code(1)).well();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_code_is_to_its_source_what_a_wrong_password_is() {
    failures::listen();
    let (gateway, user, secret) = with_codes("petra").await;
    let client = reqwest::Client::builder().local_address(IpAddr::from(SOURCE)).build().unwrap();
    for n in 0..9 {
        let get = client.get(gateway.url("/")).basic_auth("petra", Some(format!("geraden {n}")));
        assert_eq!(get.send().await.unwrap().status().as_u16(), 401);
    }
    ssh(&user, "keyboard-interactive", PASSWORD, &code(&gateway, &secret, -15)).badly();
    ssh(&user, "keyboard-interactive", PASSWORD, &code(&gateway, &secret, 0)).badly();
    eventually("the lines", async || reasons("petra").len() == 2).await;
    assert_eq!(reasons("petra"), ["clock", "throttled"]);
    user.ssh("pwd").well();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_or_an_app_password_needs_no_code() {
    let (gateway, user, _) = with_codes("jansen").await;
    user.ssh("pwd").well();
    let app = gateway.app_password("jansen", Scope::FULL).await;
    ssh(&user, "password", &app, "").well();
    ssh(&user, "keyboard-interactive", &app, "").well();
}

#[tokio::test(flavor = "multi_thread")]
async fn without_codes_the_password_is_enough_by_both_ways() {
    let gateway = Gateway::start().await;
    let user = User::new(&gateway, "bos", Scope::FULL).await;
    for way in ["password", "keyboard-interactive"] {
        ssh(&user, way, PASSWORD, "").well();
        ssh(&user, way, "een fout wachtwoord", "").badly();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn programs_that_have_a_password_give_it_whichever_way_they_are_asked() {
    let gateway = Gateway::start().await;
    let user = User::new(&gateway, "jansen", Scope::FULL).await;
    gateway.admin.revoke_key("jansen", &user.fingerprint).await.unwrap();
    let (ip, port) = (user.address.ip(), user.address.port());
    let lftp = format!(
        "set sftp:auto-confirm yes; set sftp:connect-program \"ssh -a -x -F /dev/null \
         -oUserKnownHostsFile=/dev/null\"; open -u \"jansen,{PASSWORD}\" -p {port} sftp://{ip}; ls"
    );
    let said = user.run("lftp", &["-c", &lftp]).well();
    assert!(said.contains("Mijn bestanden"), "{said}");
    let obscured = user.run("rclone", &["obscure", PASSWORD]).well();
    let conf = format!(
        "[gateway]\ntype = sftp\nhost = {ip}\nport = {port}\nuser = jansen\npass = {obscured}\n"
    );
    user.file("rclone.conf", conf.as_bytes());
    let said = user.run("rclone", &["lsf", "gateway:/"]).well();
    assert!(said.contains("Mijn bestanden/"), "{said}");
    std::fs::create_dir(user.folder.path().join("schijf")).unwrap();
    let (from, port) = (format!("jansen@{ip}:/"), format!("port={port}"));
    let options = ["-o", "password_stdin", "-o", &port, "-o", "StrictHostKeyChecking=no"];
    let known = ["-o", "UserKnownHostsFile=/dev/null", &from, "schijf"];
    user.feed("sshfs", &[&options[..], &known].concat(), PASSWORD).well();
    let seen = std::fs::read_dir(user.folder.path().join("schijf/Mijn bestanden")).is_ok();
    user.run("fusermount3", &["-u", "schijf"]).well();
    assert!(seen, "sshfs shows it");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_right_password_is_half_for_its_own_login_only() {
    let (gateway, user, secret) = with_codes("jansen").await;
    let code = |steps| code(&gateway, &secret, steps);
    let mut ssh = Line::at(user.address).await.unwrap().ssh;
    let half = ssh.authenticate_password("jansen", PASSWORD).await.unwrap();
    let only = MethodSet::from([MethodKind::KeyboardInteractive].as_slice());
    assert!(
        matches!(&half, AuthResult::Failure { partial_success: true, remaining_methods }
            if *remaining_methods == only),
        "{half:?}"
    );
    // As another, one is asked for everything; as oneself again too, for SSH begins anew.
    assert_eq!(asked(ssh.authenticate_keyboard_interactive_start("bos", None).await), "Password: ");
    let jansens = ssh.authenticate_keyboard_interactive_respond(vec![PASSWORD.into()]).await;
    assert!(matches!(jansens, Ok(Answer::Success)), "bos has that password and no codes");

    let mut ssh = Line::at(user.address).await.unwrap().ssh;
    assert_eq!(
        asked(ssh.authenticate_keyboard_interactive_start("jansen", None).await),
        "Password: "
    );
    let answer = ssh.authenticate_keyboard_interactive_respond(vec![PASSWORD.into()]).await;
    assert_eq!(asked(answer), "Code: ");
    // Who mistypes the code is asked for the code alone.
    let answer = ssh.authenticate_keyboard_interactive_respond(vec![code(-12)]).await;
    assert!(matches!(answer, Ok(Answer::Failure { partial_success: false, .. })), "{answer:?}");
    assert_eq!(asked(ssh.authenticate_keyboard_interactive_start("jansen", None).await), "Code: ");
    let answer = ssh.authenticate_keyboard_interactive_respond(vec![code(0)]).await;
    assert!(matches!(answer, Ok(Answer::Success)), "{answer:?}");
}

/// The one question that a server has.
fn asked(answer: Result<Answer, russh::Error>) -> String {
    match answer.unwrap() {
        Answer::InfoRequest { prompts, .. } => {
            let [prompt] = prompts.as_slice() else { panic!("{prompts:?}") };
            prompt.prompt.clone()
        }
        other => panic!("it asks nothing: {other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn libraries_give_the_password_and_then_the_code() {
    let (gateway, user, secret) = with_codes("jansen").await;
    for script in ["asyncssh_codes.py", "paramiko_codes.py"] {
        let codes = [-1, 0, 1].map(|steps| code(&gateway, &secret, steps));
        let codes: Vec<&str> = codes.iter().map(String::as_str).collect();
        user.python(script, PASSWORD, &codes).well();
        gateway.clock.advance(120_000);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn webdav_takes_an_app_password_and_says_so_to_who_knows_the_password() {
    let (gateway, _, _) = with_codes("jansen").await;
    let client = reqwest::Client::new();
    let get = async |password: &str| {
        let propfind = "PROPFIND".parse().unwrap();
        let ask = client.request(propfind, gateway.url("/")).header("depth", "0");
        let answer = ask.basic_auth("jansen", Some(password)).send().await.unwrap();
        let challenged = answer.headers().contains_key("www-authenticate");
        (answer.status().as_u16(), challenged, answer.text().await.unwrap())
    };
    let (status, challenged, text) = get(PASSWORD).await;
    assert_eq!((status, challenged), (401, true));
    assert!(text.contains("meld u hier aan met een app-wachtwoord"), "{text}");
    assert_eq!(get("een fout wachtwoord").await, (401, true, String::new()));
    let app = gateway.app_password("jansen", Scope::FULL).await;
    assert_eq!(get(&app).await.0, 207);
    gateway.admin.end_totp("jansen").await.unwrap();
    assert_eq!(get(PASSWORD).await.0, 207);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_of_a_party_tells_when_codes_begin_and_end() {
    let (gateway, user, _) = with_codes("jansen").await;
    gateway.admin.end_totp("jansen").await.unwrap();
    user.sftp("get Logboek/2026-11.csv\n").well();
    let log = String::from_utf8(user.read("2026-11.csv")).unwrap();
    for deed in ["eenmalige codes ingesteld", "eenmalige codes uitgezet"] {
        assert!(log.contains(&format!("de beheerder;{deed};;K. Jansen")), "{log}");
    }
}
