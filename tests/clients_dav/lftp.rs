//! lftp, which lists a folder by GET, as a web server has it, and so by HTTP sees none of ours.

use super::{Encrypted, OWN, devries};
use crate::common::ssh::{Said, User, names};
use loondossier::dossier::Scope;

/// Runs commands of which the first that fails ends it.
fn lftp(user: &User, url: &str, password: &str, commands: &str) -> Said {
    let login = &user.login;
    let script = format!(
        "set cmd:fail-exit yes\nset net:max-retries 2\nset net:timeout 20\n\
         set ssl:ca-file tls.crt\nopen -u {login},{password} {url}\n{commands}"
    );
    user.feed("lftp", &[], &script)
}

#[tokio::test(flavor = "multi_thread")]
async fn lftp_puts_gets_renames_and_removes_over_tls() {
    let (gateway, user) = devries().await;
    let password = gateway.app_password("devries", Scope::FULL).await;
    let encrypted = Encrypted::new(&gateway).await;
    user.file("tls.crt", encrypted.certificate.as_bytes());
    let url = format!("https://localhost:{}", encrypted.port);
    user.file("een.txt", b"een");
    user.file("twee.txt", b"twee");
    let out = lftp(
        &user,
        &url,
        &password,
        r#"
            mkdir "/Mijn bestanden/map é/"
            put een.txt -o "/Mijn bestanden/map é/brief #1.txt"
            put twee.txt -o "/Mijn bestanden/map é/brief #1.txt"
            get "/Mijn bestanden/map é/brief #1.txt" -o terug.txt
            cat "/Mijn bestanden/map é/brief #1.txt"
            mv "/Mijn bestanden/map é/brief #1.txt" "/Mijn bestanden/map é/brief+2.txt"
            put een.txt -o "/Mijn bestanden/weg.txt"
            rm "/Mijn bestanden/weg.txt"
            mkdir "/Mijn bestanden/leeg/"
            rmdir "/Mijn bestanden/leeg/"
        "#,
    );
    assert!(out.well().contains("twee"));
    assert_eq!(user.read("terug.txt"), b"twee");
    assert_eq!(names(&gateway, "devries", OWN).await, ["map \u{e9}"]);
    assert_eq!(names(&gateway, "devries", &format!("{OWN}/map \u{e9}")).await, ["brief+2.txt"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn lftp_deletes_nothing_because_it_sees_no_folders() {
    let (gateway, user) = devries().await;
    let password = gateway.app_password("devries", Scope::FULL).await;
    user.file("tls.crt", b"");
    user.file("spiegel/blijf.txt", b"blijf");
    let url = gateway.url("");
    let make = r#"
        mkdir "/Mijn bestanden/map/"
        put spiegel/blijf.txt -o "/Mijn bestanden/map/brief"
    "#;
    lftp(&user, &url, &password, make).well();
    for propfind in ["no", "yes"] {
        for mirror in [
            "mirror --delete \"/Mijn bestanden/\" spiegel",
            "mirror --delete \"/Mijn bestanden/map\" spiegel",
            "cd \"/Mijn bestanden\"; mirror --delete . spiegel",
            "mirror -R --delete spiegel \"/Mijn bestanden/map\"",
        ] {
            let commands = format!("set http:use-propfind {propfind}\n{mirror}\n");
            let said = lftp(&user, &url, &password, &commands).badly();
            assert!(said.contains("405"), "{mirror}: {said}");
            assert_eq!(user.read("spiegel/blijf.txt"), b"blijf", "{mirror}");
        }
    }
    assert_eq!(names(&gateway, "devries", &format!("{OWN}/map")).await, ["brief"]);
}
