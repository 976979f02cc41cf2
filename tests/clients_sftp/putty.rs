//! `psftp` and `pscp` of `PuTTY`, of which FileZilla and WinSCP have their SSH; and what FileZilla made of it.

use super::{jansen, noise};
use crate::common::ssh::{Said, User, content, names};
use crate::common::{PASSWORD, file};

/// Runs one of them; it takes no host key that it was not told.
fn putty(user: &User, program: &str, args: &[&str]) -> Said {
    let (ip, port) = (user.address.ip().to_string(), user.address.port().to_string());
    let known = user.run("ssh-keyscan", &["-p", &port, &ip]).well();
    file(user.folder.path(), "known", known.as_bytes());
    let shown = user.run("ssh-keygen", &["-l", "-f", "known"]).well();
    let print = shown.split(' ').find(|word| word.starts_with("SHA256:")).unwrap_or_default();
    let begin = ["-batch", "-hostkey", print, "-P", &port, "-l", &user.login, "-pw", PASSWORD];
    user.run(program, &[&begin, args].concat())
}

#[tokio::test(flavor = "multi_thread")]
async fn psftp_and_pscp_put_resume_get_rename_and_delete() {
    let (gateway, user) = jansen().await;
    let ip = user.address.ip().to_string();
    let whole = noise(3_000_000, 7);
    user.file("whole.bin", &whole);
    user.file("half.bin", &whole[..1_100_000]);
    let batch = "cd \"Mijn bestanden\"\nmkdir \"map \u{e9}\"\nput half.bin groot.bin\nreput whole.bin groot.bin\n\
                 get groot.bin terug.bin\nmv groot.bin \"map \u{e9}/groter.bin\"\n\
                 chmod 600 \"map \u{e9}/groter.bin\"\nls \"map \u{e9}\"\nmput *.bin\nrm *.bin\nquit\n";
    user.file("batch", batch.as_bytes());
    let out = putty(&user, "psftp", &["-b", "batch", &ip]).well();
    assert!(out.contains("-rw-------") && out.contains(" 3000000 "), "{out}");
    assert!(user.read("terug.bin") == whole, "what came back differs");
    assert_eq!(names(&gateway, "jansen", "/Mijn bestanden").await, ["map \u{e9}"]);

    let at = format!("{ip}:/Mijn bestanden/map \u{e9}/groter.bin");
    putty(&user, "pscp", &["-sftp", "-p", "half.bin", &at]).well();
    let there = content(&gateway, "jansen", "/Mijn bestanden/map \u{e9}/groter.bin").await;
    assert!(there.as_deref() == Some(&whole[..1_100_000]), "the second is shorter");
    putty(&user, "pscp", &["-sftp", &at, "weer.bin"]).well();
    assert!(user.read("weer.bin") == whole[..1_100_000], "what came back differs");
    let refused = putty(&user, "pscp", &["-scp", "half.bin", &at]).badly();
    assert!(refused.contains("refused"), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn filezilla_puts_resumes_gets_sets_times_renames_and_deletes() {
    let (gateway, user) = jansen().await;
    user.python("filezilla.py", PASSWORD, &[]).well();
    assert!(names(&gateway, "jansen", "/Mijn bestanden").await.is_empty());
}
