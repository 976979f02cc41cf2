//! The libraries that programs are written with, each in the hands of a script of `tests/tools`.

use super::jansen;
use crate::common::ssh::{User, content, names};
use crate::common::{Gateway, PASSWORD, pdf};
use loondossier::dossier::Scope;
use loondossier::sftp;

#[tokio::test(flavor = "multi_thread")]
async fn ssh2_sftp_client_of_javascript_does_all_there_is() {
    let (gateway, user) = jansen().await;
    let (ip, port) = (user.address.ip().to_string(), user.address.port().to_string());
    user.node("sftp.mjs", &[&ip, &port, "jansen", PASSWORD]).well();
    assert!(names(&gateway, "jansen", "/Mijn bestanden").await.is_empty());
}

/// The new one asks for authentication once, and may guess twice.
#[tokio::test(flavor = "multi_thread")]
async fn paramiko_of_the_new_style_signs_in_after_a_wrong_password_and_puts_and_gets() {
    let (gateway, user) = jansen().await;
    user.python("paramiko_client.py", PASSWORD, &[]).well();
    assert!(names(&gateway, "jansen", "/Mijn bestanden").await.is_empty());
}

/// The last of its line that Debian has. It knows no key of hosts that we have but RSA's, so the host has one.
#[tokio::test(flavor = "multi_thread")]
async fn jsch_of_java_does_all_there_is_and_delivers() {
    let gateway = Gateway::start().await;
    let user = User::new(&gateway, "jansen", Scope::FULL).await;
    for (name, kind) in [("host", &["rsa", "-b", "3072"][..]), ("java", &["ecdsa", "-m", "PEM"])] {
        user.run("ssh-keygen", &[&["-q", "-N", "", "-f", name, "-t"], kind].concat()).well();
    }
    let text = |name: &str| String::from_utf8(user.read(name)).unwrap();
    let key = sftp::load_host_key(&text("host")).unwrap();
    let config = sftp::Config { host_keys: vec![key], ..sftp::Config::default() };
    let (at, _serving) = gateway.also_sftp(config).await;
    gateway.admin.add_key("petra", &text("java.pub"), None, &[], None).await.unwrap();
    let (ip, port) = (at.ip().to_string(), at.port().to_string());
    user.file("known", format!("[{ip}]:{port} {}", text("host.pub")).as_bytes());
    let args = [&*ip, &port, "jansen", PASSWORD, "petra", "java"];
    user.java("JschFiles", "jsch", &args).well();
    assert!(names(&gateway, "jansen", "/Mijn bestanden").await.is_empty());
    let payslip = "/Werkgevers/Bakkerij Jansen BV/Loonstroken/2026/Loonstrook 2026-11.pdf";
    assert_eq!(content(&gateway, "devries", payslip).await, Some(pdf("JSch")));
}
