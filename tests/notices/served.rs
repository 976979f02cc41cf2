//! The program itself: what the configuration says is told, and nothing else.

use crate::common::eventually;
use crate::common::pdf;
use crate::common::server::{Server as Program, free_port};
use crate::post::{Mail, Server, written};
use crate::{DEVRIES, JANSEN, ONE};
use loondossier::catalog::{Db, notices};
use loondossier::net;
use std::io::Write;
use std::path::Path;

/// More lines for the configuration.
fn configure(folder: &Path, lines: &str) {
    let file = folder.join("loondossier.toml");
    let mut file = std::fs::OpenOptions::new().append(true).open(file).unwrap();
    file.write_all(lines.as_bytes()).unwrap();
}

/// What doctor finds of a part, when it trusts the certificates in a file.
fn doctor_says(program: &Program, part: &str, trusted: &Path) -> String {
    let mut doctor = program.command(&["doctor"]);
    let said = doctor.env("SSL_CERT_FILE", trusted).output().unwrap().stdout;
    let said = String::from_utf8(said).unwrap();
    said.lines().find(|line| line.starts_with(&format!("{part} "))).unwrap().to_owned()
}

/// Petra hands in a payslip of A. de Vries.
async fn payslip(program: &Program, period: &str) {
    let path = format!("/Aanleveren/123456782L01_0042_loonstrook_{period}.pdf");
    assert!(program.dav("petra").put(&path, pdf(period)).await);
}

#[tokio::test]
async fn after_a_restart_nothing_is_told_twice() {
    let folder = tempfile::tempdir().unwrap();
    let mut program = Program::make(folder.path(), &folder.path().join("data"));
    let at = free_port();
    configure(
        folder.path(),
        &format!(
            "mail.server = \"{at}\"\nmail.tls = \"off\"\nmail.quiet = \"1s\"\n\
             mail.from = \"dossier@example.nl\"\n"
        ),
    );
    let server = Server::of_mail(at, folder.path(), &[]).await;
    for (round, period) in ["2026-09", "2026-10", "2026-11"].into_iter().enumerate() {
        program.start().await;
        payslip(&program, period).await;
        eventually("each has its mail", || async {
            [DEVRIES, JANSEN].iter().all(|who| server.subjects(who).len() > round)
        })
        .await;
        assert!(program.stop().await);
    }
    for who in [DEVRIES, JANSEN] {
        assert_eq!(server.subjects(who), [ONE, ONE, ONE], "{who}");
    }
}

#[tokio::test]
async fn a_mail_server_is_spoken_to_over_tls_and_with_a_password_and_doctor_says_whether_it_answers()
 {
    let folder = tempfile::tempdir().unwrap();
    let mut program = Program::make(folder.path(), &folder.path().join("data"));
    let at = free_port();
    let (chain, key) = net::self_signed(&[at.ip().to_string()]).unwrap();
    let chain = written(folder.path(), "mail.crt", &chain);
    let key = written(folder.path(), "mail.key", &key);
    let password = written(folder.path(), "password", "een wachtwoord\n");
    configure(
        folder.path(),
        &format!(
            "mail.server = \"{at}\"\nmail.user = \"dossier\"\nmail.quiet = \"1s\"\n\
             mail.from = \"dossier@example.nl\"\nmail.password_file = \"{}\"\n",
            password.display()
        ),
    );
    let trust = format!("SSL_CERT_FILE={}", chain.display());
    let doctor = |trusting: bool| {
        let trusted = if trusting { chain.as_path() } else { Path::new("/dev/null") };
        doctor_says(&program, "mail", trusted)
    };
    assert!(doctor(true).contains("WRONG"), "nobody listens there");
    let paths = [chain.to_str().unwrap(), key.to_str().unwrap()];
    let args = ["--chain", paths[0], "--key", paths[1], "--user", "dossier", "--password"];
    let server =
        Server::of_mail(at, folder.path(), &[&args[..], &["een wachtwoord"]].concat()).await;
    assert!(doctor(true).ends_with(&format!("{at} answers")), "{}", doctor(true));
    assert!(doctor(false).contains("WRONG"), "nobody vouches for that certificate");

    program.start_under(&["env", &trust]).await;
    payslip(&program, "2026-11").await;
    for mail in server.takes::<Mail>(2).await {
        assert!(mail.encrypted);
        assert_eq!(mail.user.as_deref(), Some("dossier"));
        assert_eq!(mail.from, "dossier@example.nl");
    }
    written(folder.path(), "password", "een ander\n");
    let said = doctor_says(&program, "mail", &chain);
    assert!(said.contains("takes no mail from us"), "{said}");
}

#[tokio::test]
async fn nothing_is_said_to_a_mail_server_in_the_clear() {
    let folder = tempfile::tempdir().unwrap();
    let program = Program::make(folder.path(), &folder.path().join("data"));
    let (plain, at) = (free_port(), free_port());
    let (chain, key) = net::self_signed(&[at.ip().to_string()]).unwrap();
    let chain = written(folder.path(), "mail.crt", &chain);
    let key = written(folder.path(), "mail.key", &key);
    let password = written(folder.path(), "password", "een wachtwoord\n");
    let from = "mail.from = \"dossier@example.nl\"\n";
    configure(folder.path(), &format!("mail.server = \"{plain}\"\n{from}"));
    let server = Server::of_mail(plain, folder.path(), &[]).await;
    let said = doctor_says(&program, "mail", &chain);
    assert!(said.contains("STARTTLS is not supported"), "{said}");
    drop(server);

    let text = std::fs::read_to_string(folder.path().join("loondossier.toml")).unwrap();
    let text = text.replace(&plain.to_string(), &at.to_string());
    written(folder.path(), "loondossier.toml", &text);
    let password = password.display();
    configure(
        folder.path(),
        &format!(
            "mail.tls = \"tls\"\nmail.user = \"dossier\"\nmail.password_file = \"{password}\"\n"
        ),
    );
    let (chain_text, key) = (chain.to_str().unwrap(), key.to_str().unwrap());
    let args = ["--at-once", "--chain", chain_text, "--key", key, "--user", "dossier"];
    let args = [&args[..], &["--password", "een wachtwoord"]].concat();
    let _server = Server::of_mail(at, folder.path(), &args).await;
    let said = doctor_says(&program, "mail", &chain);
    assert!(said.ends_with(&format!("{at} answers")), "{said}");
}

#[tokio::test]
async fn by_default_nothing_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let mut program = Program::make(folder.path(), &data);
    program.start().await;
    payslip(&program, "2026-11").await;
    let found = program.dav("devries");
    let path = "/Werkgevers/Bakkerij Jansen BV/Loonstroken/2026/Loonstrook 2026-11.pdf";
    assert!(found.get(path).await.is_some());
    let said = program.command(&["doctor"]).output().unwrap();
    let said = String::from_utf8(said.stdout).unwrap();
    let off = said.lines().filter(|line| line.ends_with("none: it is off"));
    assert_eq!(off.count(), 2, "{said}");
    assert!(program.stop().await);
    let db = Db::sqlite(&data.join("dossier.sqlite")).await.unwrap();
    for channel in ["mail", "webhook"] {
        let since = notices::since(&mut db.reader().await.unwrap(), channel).await.unwrap();
        assert_eq!(since, None, "{channel} never began");
    }
}

#[tokio::test]
async fn doctor_says_when_there_is_no_secret_to_sign_a_webhook_with() {
    let folder = tempfile::tempdir().unwrap();
    let program = Program::make(folder.path(), &folder.path().join("data"));
    let secret = folder.path().join("secret");
    configure(
        folder.path(),
        &format!(
            "webhook.url = \"https://example.nl/hook\"\nwebhook.secret_file = \"{}\"\n",
            secret.display()
        ),
    );
    let doctor = || doctor_says(&program, "webhook", Path::new("/dev/null"));
    assert!(doctor().contains("WRONG"), "{}", doctor());
    written(folder.path(), "secret", "kort\n");
    assert!(doctor().contains("holds less than 16 bytes"), "{}", doctor());
    written(folder.path(), "secret", "een lang genoeg geheim\n");
    assert!(doctor().ends_with("to https://example.nl/hook"), "{}", doctor());
}
