//! The programs that people use over SFTP, each doing what it is used for in an own folder. A
//! program that does not end in time fails, and the failure says that it hangs.

#[path = "../common/mod.rs"]
mod common;
mod desktops;
mod extensions;
mod libraries;
mod putty;

use common::mounts::Fuse;
use common::ssh::{BY_PASSWORD, PAST, User, content, names, noise, with_a_past};
use common::{Gateway, PASSWORD, pdf};
use loondossier::dossier::Scope;
use std::time::{Duration, SystemTime};

async fn jansen() -> (Gateway, User) {
    let gateway = Gateway::start().await;
    let user = User::new(&gateway, "jansen", Scope::FULL).await;
    (gateway, user)
}

#[tokio::test(flavor = "multi_thread")]
async fn openssh_sftp_creates_reads_resumes_renames_lists_and_deletes() {
    let (gateway, user) = jansen().await;
    let whole = noise(3_000_000, 1);
    user.file("whole.bin", &whole);
    user.file("half.bin", &whole[..1_000_000]);
    user.file("brief.txt", b"een brief");
    let said = user.sftp(
        "cd \"Mijn bestanden\"\n\
         mkdir \"Map \u{e9}\"\n\
         put brief.txt \"Map \u{e9}/een brief \u{e9}.txt\"\n\
         get \"Map \u{e9}/een brief \u{e9}.txt\" terug.txt\n\
         put half.bin groot.bin\n\
         reput whole.bin groot.bin\n\
         get groot.bin groot.bin\n\
         rename groot.bin \"Map \u{e9}/groter.bin\"\n\
         put brief.txt weg.txt\n\
         rm weg.txt\n\
         mkdir leeg\n\
         rmdir leeg\n\
         ls -l\n\
         ls -l \"Map \u{e9}\"\n\
         df -h .\n",
    );
    let out = said.well();
    assert_eq!(user.read("terug.txt"), b"een brief");
    assert_eq!(user.read("groot.bin"), whole);
    let line = |name: &str| {
        out.lines().find(|l| l.contains(name) && l.contains(" loondossier ")).unwrap_or_default()
    };
    assert!(line("Map \u{e9}").starts_with("drwxr-xr-x"), "{out}");
    assert!(line("een brief \u{e9}.txt").starts_with("-rw-r--r--"), "{out}");
    assert!(line("groter.bin").contains(" 3000000 "), "{out}");
    assert!(out.contains("%Capacity"), "{out}");
    assert_eq!(names(&gateway, "jansen", "/Mijn bestanden").await, ["Map \u{e9}"]);
    let groter = "/Mijn bestanden/Map \u{e9}/groter.bin";
    assert_eq!(content(&gateway, "jansen", groter).await, Some(whole));

    for refused in ["put brief.txt a:b.txt", "ln brief.txt b.txt", "ln -s brief.txt b.txt"] {
        let said = user.sftp(&format!("cd \"Mijn bestanden\"\nput brief.txt\n{refused}\n")).badly();
        assert!(!said.is_empty(), "{refused}");
    }
    assert_eq!(names(&gateway, "jansen", "/Mijn bestanden").await, ["brief.txt", "Map \u{e9}"]);
}

/// As Ansible has it, and whoever has `ControlMaster` in a configuration.
#[tokio::test(flavor = "multi_thread")]
async fn openssh_has_several_sessions_at_once_on_one_connection() {
    let (gateway, user) = jansen().await;
    user.file("a.bin", &noise(2_000_000, 1));
    let script = r#"
        set -eu
        ssh -F ssh_config -o ControlPath=shared -M -N gateway </dev/null >said 2>&1 &
        master=$!
        trap 'kill $master; cat said >&2' EXIT
        until test -S shared; do sleep 0.1; done
        copies=
        for n in 0 1 2 3 4; do
            # It has no key of its own.
            scp -F ssh_config -o IdentityFile=none -o ControlPath=shared a.bin \
                "gateway:/Mijn bestanden/$n.bin" </dev/null &
            copies="$copies $!"
        done
        for copy in $copies; do wait $copy; done
    "#;
    user.feed("sh", &["-s"], script).well();
    let there = names(&gateway, "jansen", "/Mijn bestanden").await;
    assert_eq!(there, ["0.bin", "1.bin", "2.bin", "3.bin", "4.bin"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn openssh_scp_copies_a_file_twice_and_a_tree_with_its_times() {
    let (gateway, user) = jansen().await;
    let (first, second) = (noise(700_000, 1), noise(300_000, 2));
    for bytes in [&first, &second] {
        user.file("a.bin", bytes);
        user.scp(&["a.bin", "gateway:/Mijn bestanden/a.bin"]).well();
        let there = content(&gateway, "jansen", "/Mijn bestanden/a.bin").await;
        assert_eq!(there.as_ref(), Some(bytes), "the second is shorter than the first");
    }
    let old = SystemTime::UNIX_EPOCH + Duration::from_hours(438_300);
    for name in ["boom/een.txt", "boom/tak \u{e9}/twee.txt"] {
        let file = std::fs::File::create(user.file(name, name.as_bytes())).unwrap();
        file.set_modified(old).unwrap();
    }
    // Its old protocol is a command on the server, which there is none of.
    let refused = user.scp(&["-O", "a.bin", "gateway:/Mijn bestanden/b.bin"]).badly();
    assert!(refused.contains("exec request failed"), "{refused}");
    user.scp(&["-r", "-p", "boom", "gateway:/Mijn bestanden/"]).well();
    user.scp(&["-r", "-p", "gateway:/Mijn bestanden/boom", "terug"]).well();
    for name in ["een.txt", "tak \u{e9}/twee.txt"] {
        let file = user.folder.path().join("terug").join(name);
        assert_eq!(std::fs::metadata(file).unwrap().modified().unwrap(), old, "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_signs_in_by_key_by_password_and_by_app_password_and_by_nothing_wrong() {
    let (gateway, user) = jansen().await;
    let app = gateway.app_password("jansen", Scope::FULL).await;
    user.file("a.txt", b"a");
    user.scp(&["a.txt", "gateway:/Mijn bestanden/sleutel.txt"]).well();
    let by = |password: &str, name: &str| {
        let to = format!("gateway:/Mijn bestanden/{name}");
        let scp = ["-p", password, "scp", "-F", "ssh_config"];
        user.run("sshpass", &[&scp, &BY_PASSWORD[..], &["a.txt", &to]].concat())
    };
    by(PASSWORD, "wachtwoord.txt").well();
    by(&app, "app.txt").well();
    by("een fout wachtwoord", "fout.txt").badly();
    let there = names(&gateway, "jansen", "/Mijn bestanden").await;
    assert_eq!(there, ["app.txt", "sleutel.txt", "wachtwoord.txt"]);

    gateway.admin.revoke_key("jansen", &user.fingerprint).await.unwrap();
    user.scp(&["a.txt", "gateway:/Mijn bestanden/ingetrokken.txt"]).badly();
}

#[tokio::test(flavor = "multi_thread")]
async fn sshfs_mounts_the_dossier_as_a_disk() {
    let (gateway, user) = jansen().await;
    let big = noise(5_000_000, 3);
    user.file("big.bin", &big);
    let mount = Fuse::sshfs(&user);
    let script = r#"
        set -eux
        cd "schijf/Mijn bestanden"
        echo een > brief; echo twee >> brief
        test "$(cat brief)" = "$(printf 'een\ntwee')"
        cp ../../big.bin groot
        cmp groot ../../big.bin
        echo nieuw > brief.tmp; mv brief.tmp brief
        test "$(cat brief)" = nieuw
        for i in 1 2 3 4 5; do echo $i > q.tmp; mv q.tmp q; test "$(cat q)" = $i; done
        truncate -s 3 brief
        test "$(cat brief)" = nie
        dd if=/dev/zero of=brief bs=1 count=2 seek=5 conv=notrunc
        test "$(stat -c %s brief)" = 7
        touch -d 2020-01-01T12:00:00Z groot
        test "$(stat -c %Y groot)" = 1577880000
        mkdir "map é"; mv brief "map é/brief"
        test "$(ls "map é")" = brief
        rm q
        echo blijft > synced; sync synced
        dd if=../../big.bin of=synced bs=64k count=3 conv=fsync
        test "$(stat -c %s synced)" = 196608
        rm synced
        df . | tail -1
        rm -r "map é"
        ls
    "#;
    let out = user.feed("sh", &["-s"], script).well();
    assert!(out.ends_with("groot\n"), "{out}");
    drop(mount);
    assert_eq!(names(&gateway, "jansen", "/Mijn bestanden").await, ["groot"]);
    assert_eq!(content(&gateway, "jansen", "/Mijn bestanden/groot").await, Some(big));
}

#[tokio::test(flavor = "multi_thread")]
async fn lftp_mirrors_a_tree_in_parallel_and_resumes_a_file() {
    let (gateway, user) = jansen().await;
    for i in 0..40 {
        user.file(
            &format!("boom/tak {}/{i} \u{e9}.bin", i % 4),
            &noise(20_000 + i * 999, i as u64),
        );
    }
    let whole = noise(2_000_000, 9);
    user.file("whole.bin", &whole);
    user.file("half.bin", &whole[..600_000]);
    let begin = "set cmd:fail-exit yes\nset net:max-retries 1\n\
         set sftp:connect-program \"ssh -a -x -F ssh_config\"\nopen -u jansen,x sftp://gateway\n\
         cd \"/Mijn bestanden\"\n";
    let script = format!(
        "{begin}mirror -R --parallel=4 boom spiegel\n\
         mirror --parallel=4 spiegel terug\n\
         put half.bin -o groot.bin\n\
         put -c whole.bin -o groot.bin\n\
         mv groot.bin groter.bin\n\
         rm -r \"spiegel/tak 3\"\n\
         cls\n"
    );
    let out = user.feed("lftp", &[], &script).well();
    assert!(out.contains("groter.bin"), "{out}");
    user.run("diff", &["-r", "boom", "terug"]).well();
    assert_eq!(content(&gateway, "jansen", "/Mijn bestanden/groter.bin").await, Some(whole));
    let left = names(&gateway, "jansen", "/Mijn bestanden/spiegel").await;
    assert_eq!(left, ["tak 0", "tak 1", "tak 2"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn rclone_copies_checks_syncs_moves_and_purges() {
    let (gateway, user) = jansen().await;
    for i in 0..20 {
        user.file(&format!("boom/{}/a b {i} \u{e9}.bin", i % 3), &noise(10_000 + i, i as u64));
    }
    let to = "gateway:/Mijn bestanden/rclone";
    user.run("rclone", &["copy", "boom", to]).well();
    let md5 = |of: &str| {
        let mut lines: Vec<_> =
            user.run("rclone", &["md5sum", of]).well().lines().map(str::to_owned).collect();
        lines.sort();
        lines
    };
    assert_eq!(md5("boom"), md5(to), "the digests that the gateway stored");
    let checked = user.run("rclone", &["check", "boom", to]);
    assert!(checked.err.contains("20 matching files"), "{checked:?}");
    assert!(!checked.err.contains("could not be checked"), "{checked:?}");
    checked.well();

    user.file("boom/0/nieuw.bin", b"nieuw");
    std::fs::remove_file(user.folder.path().join("boom/1/a b 1 \u{e9}.bin")).unwrap();
    let sync = || {
        let said = user.run("rclone", &["sync", "-v", "boom", to]);
        let done = [": Copied (", ": Deleted\n"].map(|word| said.err.matches(word).count());
        said.well();
        done
    };
    assert_eq!(sync(), [1, 1]);
    assert_eq!(sync(), [0, 0], "the second time there is nothing to do");

    let (from, moved) = (format!("{to}/0/nieuw.bin"), format!("{to}/oud.bin"));
    user.run("rclone", &["moveto", &from, &moved]).well();
    let path = "/Mijn bestanden/rclone/oud.bin";
    assert_eq!(content(&gateway, "jansen", path).await.as_deref(), Some(&b"nieuw"[..]));
    user.run("rclone", &["touch", "-t", "2020-01-01T12:00:00", &moved]).well();
    user.run("rclone", &["touch", "-t", "2020-01-01T12:00:00", &format!("{to}/leeg.txt")]).well();
    let listed = user.run("rclone", &["lsl", to]).well();
    for name in [
        "    5 2020-01-01 12:00:00.000000000 oud.bin",
        "    0 2020-01-01 12:00:00.000000000 leeg.txt",
    ] {
        assert!(listed.contains(name), "{listed}");
    }
    user.run("rclone", &["purge", to]).well();
    assert!(names(&gateway, "jansen", "/Mijn bestanden").await.is_empty());
}

/// As it is set up where a server has no commands to compute them.
#[tokio::test(flavor = "multi_thread")]
async fn rclone_copies_and_syncs_without_digests() {
    let (gateway, user) = jansen().await;
    let mut config = String::from_utf8(user.read("rclone.conf")).unwrap();
    config += "disable_hashcheck = true\nmd5sum_command = none\nsha1sum_command = none\n";
    user.file("rclone.conf", config.as_bytes());
    for i in 0..5 {
        user.file(&format!("boom/{i}.bin"), &noise(10_000 + i, i as u64));
    }
    let to = "gateway:/Mijn bestanden/rclone";
    user.run("rclone", &["copy", "boom", to]).well();
    user.file("boom/2.bin", b"anders");
    let sync = || {
        let said = user.run("rclone", &["sync", "-v", "boom", to]);
        let copied = said.err.matches(": Copied (").count();
        said.well();
        copied
    };
    assert_eq!((sync(), sync()), (1, 0));
    user.run("rclone", &["check", "--download", "boom", to]).well();
    let there = content(&gateway, "jansen", "/Mijn bestanden/rclone/2.bin").await;
    assert_eq!(there.as_deref(), Some(&b"anders"[..]));
}

#[tokio::test(flavor = "multi_thread")]
async fn rclone_tells_the_room_that_the_quota_leaves() {
    let gateway = with_a_past("jansen").await;
    let user = User::new(&gateway, "jansen", Scope::FULL).await;
    let told = user.run("rclone", &["about", "gateway:", "--full"]).well();
    let of = |word: &str| {
        let line = told.lines().find_map(|line| line.strip_prefix(word)).unwrap_or_default();
        line.trim().parse::<u64>().unwrap_or_else(|_| panic!("no {word} in {told}"))
    };
    assert_eq!(of("Total:"), 10 << 20);
    assert_eq!(of("Total:"), of("Used:") + of("Free:"));
    assert!((1..100_000).contains(&of("Used:")), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn rclone_delivers_payslips_and_is_content_when_it_checks_what_it_sent() {
    let gateway = Gateway::start().await;
    let user = User::new(&gateway, "petra", Scope::FULL).await;
    let folder = "/Werkgevers/Bakkerij Jansen BV/Werknemers/0042 A. de Vries";
    let to = format!("gateway:{folder}");
    let read = "/Werkgevers/Bakkerij Jansen BV/Loonstroken/2026/Loonstrook 2026-11.pdf";
    // The second is another version of the first, and the third the same once more.
    for text in ["eerste", "tweede versie", "tweede versie"] {
        user.file("uit/Loonstrook 2026-11.pdf", &pdf(text));
        let said = user.run("rclone", &["copy", "--ignore-times", "uit", &to]);
        assert!(!said.err.contains("corrupted"), "{said:?}");
        said.well();
        assert_eq!(names(&gateway, "petra", folder).await, ["Loonstrook 2026-11.pdf"]);
        assert_eq!(content(&gateway, "devries", read).await, Some(pdf(text)));
        user.run("rclone", &["check", "uit", &to]).well();
    }
    user.file("uit/Loonstrook 2026-11.pdf", &pdf("wat er niet staat"));
    user.run("rclone", &["check", "uit", &to]).badly();
}

#[tokio::test(flavor = "multi_thread")]
async fn paramiko_puts_gets_and_sees_what_it_writes() {
    let (gateway, user) = jansen().await;
    let big = noise(64 << 20, 4);
    user.file("big.bin", &big);
    // It asks for all 2,048 pieces before it reads an answer: who does not go on taking in hangs.
    user.python("paramiko_files.py", PASSWORD, &["big.bin"]).well();
    assert!(user.read("back.bin") == big, "what came back differs");
    assert!(names(&gateway, "jansen", "/Mijn bestanden").await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn paramiko_with_a_wrong_then_the_right_password_ends_in_time_and_disturbs_nobody() {
    let (_gateway, user) = jansen().await;
    user.python("paramiko_retry.py", PASSWORD, &[]).well();
}

#[tokio::test(flavor = "multi_thread")]
async fn asyncssh_does_all_there_is_with_64_requests_in_flight() {
    let (gateway, user) = jansen().await;
    user.python("asyncssh_files.py", PASSWORD, &[]).well();
    assert!(names(&gateway, "jansen", "/Mijn bestanden").await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn sshfs_shows_the_quota_and_yesterday() {
    let gateway = with_a_past("jansen").await;
    let user = User::new(&gateway, "jansen", Scope::FULL).await;
    let mount = Fuse::sshfs(&user);
    let out = user.feed("sh", &["-s"], PAST).well();
    assert_eq!(out, "2026-11-24\n2026-11-25\n");
    drop(mount);
    let restored = content(&gateway, "jansen", "/Mijn bestanden/terug").await;
    assert_eq!(restored.as_deref(), Some(&b"gisteren"[..]));
}
