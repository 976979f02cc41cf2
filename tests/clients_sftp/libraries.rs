//! The libraries that programs are written with, each in the hands of a script of `tests/tools`.

use super::jansen;
use crate::common::PASSWORD;
use crate::common::ssh::names;

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
