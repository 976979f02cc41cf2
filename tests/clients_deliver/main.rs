//! The programs that people deliver with (PRODUCT.md section 5): each puts a payslip where its employee then
//! sees it, and says so when it is refused.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

#[path = "../common/mod.rs"]
mod common;
mod mounted;
mod refusals;
mod ways;

use common::ssh::{Said, User, content, names, put};
use common::{Gateway, PASSWORD, eventually, pdf};
use loondossier::dossier::{Error, Language, Refusal, Scope};
use std::fs::File;
use std::time::{Duration, UNIX_EPOCH};

const DROP: &str = "/Aanleveren";
const REFUSED: &str = "/Aanleveren/Afgewezen";
const STRAIGHT: &str = "/Werkgevers/Bakkerij Jansen BV/Werknemers/0042 A. de Vries";
const SHELF: &str = "/Werkgevers/Bakkerij Jansen BV/Overzichten/Journaalposten/2026";
const RECEIVED: &str = "/Werkgevers/Bakkerij Jansen BV/Loonstroken/2026";
const UNKNOWN: &str = "123456782L01_0099_loonstrook_2026-11.pdf";

async fn petra() -> (Gateway, User) {
    let gateway = Gateway::start().await;
    let user = User::new(&gateway, "petra", Scope::FULL).await;
    user.file("strook.pdf", &pdf("strook"));
    (gateway, user)
}

/// A path in `/Aanleveren` for a payslip of A. de Vries.
fn dropped(month: u32) -> String {
    format!("{DROP}/{}", by_name(month))
}

fn by_name(month: u32) -> String {
    format!("123456782L01_0042_loonstrook_2026-{month:02}.pdf")
}

fn straight(month: u32) -> String {
    format!("{STRAIGHT}/Loonstrook 2026-{month:02}.pdf")
}

/// A. de Vries has these payslips and no other, all with the content of `strook.pdf`.
async fn received(gateway: &Gateway, months: &[u32]) {
    let there = names(gateway, "devries", RECEIVED).await;
    let wanted: Vec<_> = months.iter().map(|m| format!("Loonstrook 2026-{m:02}.pdf")).collect();
    assert_eq!(there, wanted);
    for name in there {
        let path = format!("{RECEIVED}/{name}");
        assert_eq!(content(gateway, "devries", &path).await, Some(pdf("strook")), "{name}");
    }
}

fn sentence() -> String {
    Error::Refused(Refusal::Employee).sentence(Language::Nl)
}

/// What has the name of nobody was refused so often, and lies there.
async fn refused(gateway: &Gateway, times: usize) {
    let mut wanted = Vec::new();
    for n in 1..=times {
        let number = if n == 1 { String::new() } else { format!(" ({n})") };
        wanted.push(format!("{}{number}.pdf", UNKNOWN.trim_end_matches(".pdf")));
        wanted.push(format!("{UNKNOWN}{number}.reden.txt"));
    }
    wanted.sort();
    let mut there = names(gateway, "petra", REFUSED).await;
    there.sort();
    assert_eq!(there, wanted);
    let file = content(gateway, "petra", &format!("{REFUSED}/{UNKNOWN}")).await;
    assert_eq!(file, Some(pdf("strook")));
    assert!(!names(gateway, "petra", DROP).await.contains(&UNKNOWN.to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn openssh_sftp_puts_payslips() {
    let (gateway, user) = petra().await;
    let puts = [("", dropped(1)), ("-p", dropped(2)), ("", straight(3)), ("-p", straight(4))];
    for (way, path) in puts {
        user.sftp(&format!("put {way} strook.pdf \"{path}\"\n")).well();
    }
    received(&gateway, &[1, 2, 3, 4]).await;
    for (way, n) in [("", 1), ("-p", 2)] {
        let said = user.sftp(&format!("put {way} strook.pdf {DROP}/{UNKNOWN}\n")).badly();
        // It shows the code of the answer, not its text.
        assert!(said.contains("Failure"), "{said}");
        refused(&gateway, n).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn openssh_scp_copies_payslips() {
    let (gateway, user) = petra().await;
    for (way, month) in [(&[][..], 1), (&["-p"], 3)] {
        for path in [dropped(month), straight(month + 1)] {
            let to = format!("gateway:{path}");
            user.scp(&[way, &["strook.pdf", &to]].concat()).well();
        }
        let to = format!("gateway:{DROP}/{UNKNOWN}");
        let said = user.scp(&[way, &["strook.pdf", &to]].concat()).badly();
        assert!(said.contains("Failure"), "{said}");
        refused(&gateway, month.div_ceil(2) as usize).await;
    }
    received(&gateway, &[1, 2, 3, 4]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn winscp_renames_and_then_sets_the_time_and_paramiko_checks_the_size() {
    let (gateway, user) = petra().await;
    let deliver = |way: &str, folder: &str, name: &str| {
        user.python("paramiko_deliver.py", PASSWORD, &[way, "strook.pdf", folder, name])
    };
    for (n, way) in (0..).zip(["winscp", "winscp-plain", "put", "look"]) {
        let month = 2 * n + 1;
        deliver(way, DROP, &by_name(month)).well();
        deliver(way, STRAIGHT, &format!("Loonstrook 2026-{:02}.pdf", month + 1)).well();
        let said = deliver(way, DROP, UNKNOWN).badly();
        if way.starts_with("winscp") {
            assert!(said.contains(&sentence()), "{way}: {said}");
        } else {
            // Paramiko keeps what a close answers to itself; it misses the file when it asks for it.
            assert!(said.contains("[Errno 2]"), "{way}: {said}");
        }
        refused(&gateway, n as usize + 1).await;
    }
    received(&gateway, &[1, 2, 3, 4, 5, 6, 7, 8]).await;
}

/// What `lftp` is told before it does anything.
const LFTP: &str = "set cmd:fail-exit yes\nset net:max-retries 1\n\
                    set sftp:connect-program \"ssh -a -x -F ssh_config\"\n\
                    open -u petra,x sftp://gateway\n";

#[tokio::test(flavor = "multi_thread")]
async fn lftp_mirrors_a_folder_of_payslips() {
    let (gateway, user) = petra().await;
    for month in 1..=10 {
        user.file(&format!("uit/{}", by_name(month)), &pdf("strook"));
        user.file(&format!("uit/{}", by_name(month).replace("0042", "0043")), &pdf("strook"));
    }
    let mirror = format!("{LFTP}mirror -R -v uit {DROP}\n");
    let transferred = || {
        let out = user.feed("lftp", &[], &mirror).well();
        out.matches("Transferring file").count()
    };
    assert_eq!(transferred(), 20);
    received(&gateway, &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]).await;
    assert_eq!(names(&gateway, "yilmaz", RECEIVED).await.len(), 10);
    assert_eq!(transferred(), 0, "within the hour it is content with what is listed");
}

#[tokio::test(flavor = "multi_thread")]
async fn lftp_puts_payslips_under_a_temporary_name() {
    let (gateway, user) = petra().await;
    for (set, month) in [("yes", 1), ("no", 3)] {
        let begin = format!("{LFTP}set xfer:use-temp-file {set}\n");
        let both = format!(
            "{begin}put strook.pdf -o {}\nput strook.pdf -o \"{}\"\n",
            dropped(month),
            straight(month + 1)
        );
        user.feed("lftp", &[], &both).well();
        let bad = format!("{begin}put strook.pdf -o {DROP}/{UNKNOWN}\n");
        let said = user.feed("lftp", &[], &bad).badly();
        assert!(said.contains(&sentence()), "{said}");
        refused(&gateway, month.div_ceil(2) as usize).await;
    }
    received(&gateway, &[1, 2, 3, 4]).await;
}

/// How often `rclone copy` sent something.
fn copied(said: Said) -> usize {
    let times = said.err.matches(": Copied (").count();
    assert!(!said.err.contains("corrupted"), "{said:?}");
    said.well();
    times
}

async fn rclone_delivers(gateway: &Gateway, user: &User) {
    let old = UNIX_EPOCH + Duration::from_hours(438_300);
    for month in 1..=3 {
        let file = user.file(&format!("uit/{}", by_name(month)), &pdf("strook"));
        File::open(file).unwrap().set_modified(old).unwrap();
        let name = format!("recht/Loonstrook 2026-{:02}.pdf", month + 3);
        let file = user.file(&name, &pdf("strook"));
        File::open(file).unwrap().set_modified(old).unwrap();
    }
    for (from, to) in [("uit", DROP), ("recht", STRAIGHT)] {
        let to = format!("gateway:{to}");
        let copy = || user.run("rclone", &["copy", "-v", from, &to]);
        assert_eq!(copied(copy()), 3);
        assert_eq!(copied(copy()), 0, "{to}: the second time there is nothing to do");
    }
    received(gateway, &[1, 2, 3, 4, 5, 6]).await;
    let to = format!("gateway:{DROP}/{UNKNOWN}");
    let said = user.run("rclone", &["copyto", "--retries", "1", "strook.pdf", &to]).badly();
    assert!(said.contains(&sentence()), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn rclone_copies_payslips_over_sftp_once() {
    let (gateway, user) = petra().await;
    rclone_delivers(&gateway, &user).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rclone_copies_payslips_over_webdav_once() {
    for vendor in ["other", "owncloud"] {
        let (gateway, user) = petra().await;
        user.rclone_over_webdav(&gateway, vendor);
        rclone_delivers(&gateway, &user).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn curl_uploads_payslips() {
    const ABSENT: &[&str] = &["-H", "If-None-Match: *"];
    let (gateway, user) = petra().await;
    let login = format!("petra:{PASSWORD}");
    let curl = |path: &str, more: &[&str]| {
        let url = gateway.url(path);
        let args = ["-sS", "-u", &login, "-w", "\n%{http_code}", "-T", "strook.pdf", &url];
        user.run("curl", &[&args[..], more].concat()).well()
    };
    assert_eq!(curl(&dropped(1), &[]), "\n201");
    assert_eq!(curl(&straight(2), &[]), "\n201");
    assert_eq!(curl(&dropped(3), ABSENT), "\n201");
    assert_eq!(curl(&straight(4), ABSENT), "\n201");
    for path in [dropped(3), straight(4)] {
        assert!(curl(&path, ABSENT).ends_with("\n412"), "it is listed");
    }
    let unknown = format!("{DROP}/{UNKNOWN}");
    assert_eq!(curl(&unknown, &[]), format!("{}\n422", sentence()));
    assert_eq!(curl(&unknown, ABSENT), format!("{}\n422", sentence()));
    refused(&gateway, 2).await;
    received(&gateway, &[1, 2, 3, 4]).await;
}

/// What Explorer does to copy a file: it sets the times after the content, with the lock that it still has.
fn as_explorer(gateway: &Gateway, user: &User, path: &str, content: &str) {
    let login = format!("petra:{PASSWORD}");
    let lockinfo = r#"<D:lockinfo xmlns:D="DAV:"><D:lockscope><D:exclusive/></D:lockscope><D:locktype><D:write/></D:locktype></D:lockinfo>"#;
    let times = r#"<D:propertyupdate xmlns:D="DAV:" xmlns:Z="urn:schemas-microsoft-com:"><D:set><D:prop><Z:Win32LastModifiedTime>Wed, 01 Jan 2020 12:00:00 GMT</Z:Win32LastModifiedTime></D:prop></D:set></D:propertyupdate>"#;
    let url = gateway.url(path);
    let curl = |args: &[&str]| {
        let always = ["-sS", "-u", &login, "-w", "\n%{http_code}", &url];
        let said = user.run("curl", &[&always[..], args].concat()).well();
        let (body, status) = said.rsplit_once('\n').unwrap();
        (body.to_owned(), status.to_owned())
    };
    let (lock, status) = curl(&["-X", "LOCK", "-d", lockinfo]);
    assert_eq!(status, "200", "{path}");
    let (_, token) = lock.split_once("<D:locktoken><D:href>").unwrap();
    let token = token.split_once('<').unwrap().0;
    let held = format!("If: (<{token}>)");
    assert_eq!(curl(&["-X", "PROPPATCH", "-H", &held, "-d", times]).1, "207", "{path}");
    assert_eq!(curl(&["-T", content]).1, "423", "{path}");
    let sent = curl(&["-T", content, "-H", &held]).1;
    assert!(["201", "204"].contains(&&*sent), "{path}: {sent}");
    let (set, status) = curl(&["-X", "PROPPATCH", "-H", &held, "-d", times]);
    assert!(status == "207" && set.contains(" 200 OK"), "{path}: {status} {set}");
    let unlock = format!("Lock-Token: <{token}>");
    assert_eq!(curl(&["-X", "UNLOCK", "-H", &unlock]).1, "204", "{path}");
    assert_eq!(curl(&["-X", "UNLOCK", "-H", &unlock]).1, "409", "{path}");
    let (listed, _) = curl(&["-X", "PROPFIND", "-H", "Depth: 0"]);
    assert!(listed.contains("Wed, 01 Jan 2020 12:00:00 GMT"), "{path}: {listed}");
}

#[tokio::test(flavor = "multi_thread")]
async fn explorer_locks_a_name_then_sends_sets_times_and_unlocks() {
    let (gateway, user) = petra().await;
    for path in [dropped(1), straight(2), format!("{SHELF}/Journaal.pdf")] {
        put(&gateway, "petra", &path, b"").await;
        as_explorer(&gateway, &user, &path, "strook.pdf");
        // Once more over what is listed by then.
        as_explorer(&gateway, &user, &path, "strook.pdf");
    }
    received(&gateway, &[1, 2]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn cadaver_locks_puts_and_unlocks_payslips() {
    let (gateway, user) = petra().await;
    let password = gateway.app_password("petra", Scope::FULL).await;
    let netrc = format!("machine 127.0.0.1 login petra password {password}\n");
    user.file(".netrc", netrc.as_bytes());
    let (first, second) = (by_name(1), by_name(2));
    let script = format!(
        "put strook.pdf {first}\nlock {first}\nput strook.pdf {first}\nunlock {first}\n\
         put strook.pdf {second}\nls\ndelete {first}\nquit\n"
    );
    let out = user.feed("cadaver", &[&gateway.url(DROP)], &script).well();
    assert!(!out.contains("failed") && !out.contains("not recognised"), "{out}");
    received(&gateway, &[1, 2]).await;
    let refused = format!("put strook.pdf {UNKNOWN}\nquit\n");
    let out = user.feed("cadaver", &[&gateway.url(DROP)], &refused).well();
    assert!(out.contains("failed") && out.contains("422"), "{out}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_that_was_cut_waits_unseen_until_it_is_resumed() {
    let (gateway, user) = petra().await;
    let piet = r#"staff    = [ { login = "piet", name = "P. Bos", email = "p@visser.example" }, { login = "petra""#;
    let mut cast = common::cast();
    cast[0].1 = cast[0].1.replace(r#"staff    = [ { login = "petra""#, piet);
    gateway.apply(&cast).await;
    let big = [&b"%PDF-1.4\n"[..], &vec![b'%'; 3_000_000], b"\n%%EOF\n"].concat();
    user.file("groot.pdf", &big);
    for (folder, name, month) in
        [(DROP, by_name(1), 1), (STRAIGHT, "Loonstrook 2026-02.pdf".into(), 2)]
    {
        let args = ["cut", "groot.pdf", folder, &name];
        user.python("paramiko_deliver.py", PASSWORD, &args).well();
        eventually("what came is kept", || async {
            names(&gateway, "petra", folder).await.contains(&name)
        })
        .await;
        assert!(!names(&gateway, "piet", folder).await.contains(&name));
        let path = format!("{RECEIVED}/Loonstrook 2026-{month:02}.pdf");
        assert_eq!(content(&gateway, "devries", &path).await, None);
        user.sftp(&format!("reput groot.pdf \"{folder}/{name}\"\n")).well();
        assert_eq!(content(&gateway, "devries", &path).await.as_ref(), Some(&big));
        assert!(names(&gateway, "piet", folder).await.contains(&name), "it is listed");
    }
    assert!(names(&gateway, "petra", REFUSED).await.is_empty());
}
