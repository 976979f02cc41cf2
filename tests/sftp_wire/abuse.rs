//! What SSH and SFTP can be asked for that is not done here, and what somebody might try who has signed in.

use crate::common::server::free_port;
use crate::common::ssh::{User, content, names, noise};
use crate::common::wire::{Line, Trusting, Wire, code, kind, open, string};
use crate::common::{Gateway, eventually, failures};
use crate::{FILE, OTHER, jansen};
use loondossier::dossier::Scope;
use russh::client::Msg;
use russh::{Channel, ChannelMsg};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};
use tokio::time::timeout;

const PATIENCE: Duration = Duration::from_mins(1);

/// Whether the request that was made last on a channel was granted.
async fn granted(channel: &mut Channel<Msg>) -> bool {
    loop {
        match timeout(PATIENCE, channel.wait()).await.unwrap() {
            Some(ChannelMsg::Success) => return true,
            Some(ChannelMsg::Failure | ChannelMsg::Close) | None => return false,
            Some(_) => {}
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_all_that_ssh_can_be_asked_for_only_sftp_and_the_shell_are_here() {
    let (_gateway, _user, line) = jansen().await;
    let channel = &mut line.ssh.channel_open_session().await.unwrap();
    let modes = [(russh::Pty::VINTR, 3); 100];
    channel.request_subsystem(true, "netconf").await.unwrap();
    assert!(!granted(channel).await, "netconf");
    channel.request_pty(true, "xterm", 80, 24, 0, 0, &modes).await.unwrap();
    assert!(!granted(channel).await, "a terminal");
    channel.set_env(true, "LD_PRELOAD", "/tmp/a.so").await.unwrap();
    assert!(!granted(channel).await, "an environment");
    channel.request_x11(true, false, "MIT-MAGIC-COOKIE-1", "00", 0).await.unwrap();
    assert!(!granted(channel).await, "X11");
    channel.agent_forward(true).await.unwrap();
    assert!(!granted(channel).await, "an agent");
    channel.request_shell(true).await.unwrap();
    assert!(!granted(channel).await, "a shell");
    channel.request_subsystem(true, "sftp").await.unwrap();
    assert!(granted(channel).await, "sftp, after all that");
    channel.request_subsystem(true, "sftp").await.unwrap();
    assert!(!granted(channel).await, "a second one on the same channel");

    assert!(line.ssh.tcpip_forward("127.0.0.1", 0).await.is_err());
    assert!(line.ssh.streamlocal_forward("/tmp/a.sock").await.is_err());
    assert!(line.ssh.channel_open_direct_tcpip("127.0.0.1", 22, "127.0.0.1", 1).await.is_err());
    assert!(line.ssh.channel_open_direct_streamlocal("/run/systemd/notify").await.is_err());
    line.sftp().await.put(FILE, b"a").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_asks_for_a_terminal_of_more_modes_than_there_are_harms_itself_alone() {
    let (_gateway, user, line) = jansen().await;
    let other = Line::new(&user).await;
    let channel = line.ssh.channel_open_session().await.unwrap();
    let modes = [(russh::Pty::VINTR, 3); 1000];
    drop(channel.request_pty(true, "xterm", 80, 24, 0, 0, &modes).await);
    other.sftp().await.put(FILE, b"a").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn openssh_is_told_at_once_that_it_gets_no_terminal_and_forwards_nothing() {
    let (_gateway, user, _line) = jansen().await;
    for (args, refused) in [
        (&["-tt"][..], true),
        (&["-X", "-A"], true),
        (&["-o", "ExitOnForwardFailure=yes", "-R", "0:127.0.0.1:22", "-N"], true),
        (&["-W", "127.0.0.1:22"], true),
        (&["-s", "netconf"], true),
        (&["-A", "-o", "SendEnv=LANG", "pwd"], false),
    ] {
        let begun = Instant::now();
        let (options, command): (Vec<&str>, Vec<&str>) =
            args.iter().partition(|arg| **arg != "pwd");
        let (options, command) = match options.as_slice() {
            ["-s", name] => (vec!["-s"], vec![*name]),
            _ => (options, command),
        };
        let said = user
            .run("ssh", &[&["-F", "ssh_config"], &options[..], &["gateway"], &command].concat());
        assert_eq!(said.code != Some(0), refused, "{args:?}: {said:?}");
        assert!(begun.elapsed() < PATIENCE, "{args:?}");
    }
    // What is forwarded from here leads nowhere.
    let script = "ssh -F ssh_config -N -L $HOST:$PORT:127.0.0.1:22 gateway & forward=$!\n\
        for i in $(seq 100); do if exec 3<>/dev/tcp/$HOST/$PORT; then break; fi; sleep 0.1; done\n\
        read -t 10 line <&3; test -z \"$line\"; result=$?; kill $forward; exit $result\n";
    let free = free_port();
    let [host, port] = [free.ip().to_string(), free.port().to_string()];
    user.run("bash", &["-c", &script.replace("$HOST", &host).replace("$PORT", &port)]).well();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_not_lengthened_beyond_reason_and_what_overlaps_is_written_as_it_came() {
    const TIB: u64 = 1 << 40;
    const APPEND: u32 = 4;
    let (gateway, _user, line) = jansen().await;
    let mut wire = line.sftp().await;
    let size = |bytes: u64| [&1u32.to_be_bytes()[..], &bytes.to_be_bytes()].concat();
    for at in [1 << 62, u64::MAX - 1, TIB] {
        let handle = wire.open(FILE, open::NEW).await;
        let far = [&handle[..], &at.to_be_bytes(), &string("ver weg")].concat();
        assert_eq!(wire.ask(kind::WRITE, &[&far]).await.code(), code::FAILURE, "{at}");
        wire.ask(kind::CLOSE, &[&handle]).await;
        let longer = wire.ask(kind::SETSTAT, &[&string(FILE), &size(at)]).await;
        assert_ne!(longer.code(), code::OK, "{at}");
    }
    wire.put(FILE, b"0123456789").await;
    assert_eq!(wire.ask(kind::SETSTAT, &[&string(FILE), &size(TIB)]).await.code(), code::FAILURE);
    assert_eq!(content(&gateway, "jansen", FILE).await.unwrap(), b"0123456789");

    let handle = wire.open(FILE, open::WRITE).await;
    for (at, data) in [(2, "abcd"), (4, "EFGH"), (3, "x"), (12, "na een gat")] {
        wire.write(&handle, at, data.as_bytes()).await;
    }
    wire.close(&handle).await;
    let written = content(&gateway, "jansen", FILE).await.unwrap();
    assert_eq!(written, b"01axEFGH89\0\0na een gat");
    let handle = wire.open(FILE, open::WRITE | APPEND).await;
    wire.write(&handle, 0, b", aan het eind").await;
    wire.close(&handle).await;
    let appended = content(&gateway, "jansen", FILE).await.unwrap();
    assert_eq!(appended, [&written[..], b", aan het eind"].concat());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_byte_every_four_gibibytes_makes_no_file_that_is_mostly_nothing() {
    const STEP: u64 = 4 << 30;
    let (gateway, _user, line) = jansen().await;
    let mut wire = line.sftp().await;
    for folder in ["/Mijn bestanden", "/Back-ups"] {
        let path = format!("{folder}/gaten");
        let handle = wire.open(&path, open::NEW).await;
        let begun = Instant::now();
        let mut codes = BTreeMap::<u32, u32>::new();
        for n in 0..1_000 {
            let byte = [&handle[..], &(n * STEP).to_be_bytes(), &string("x")].concat();
            *codes.entry(wire.ask(kind::WRITE, &[&byte]).await.code()).or_default() += 1;
        }
        assert_eq!(codes, BTreeMap::from([(code::OK, 2), (code::FAILURE, 998)]), "{folder}");
        // What the first that failed left has a hole more, and is no file.
        assert_eq!(wire.ask(kind::CLOSE, &[&handle]).await.code(), code::FAILURE);
        assert!(begun.elapsed() < Duration::from_mins(1), "{:?}", begun.elapsed());
        assert_eq!(content(&gateway, "jansen", &path).await, None);

        // Nor by cutting and lengthening; what came may be written in any order.
        let handle = wire.open(&path, open::NEW).await;
        let size = |bytes: u64| [&1u32.to_be_bytes()[..], &bytes.to_be_bytes()].concat();
        for (bytes, answer) in [(STEP, code::OK), (0, code::OK), (STEP + 1, code::FAILURE)] {
            let set = wire.ask(kind::FSETSTAT, &[&handle, &size(bytes)]).await;
            assert_eq!(set.code(), answer, "{bytes}");
        }
        wire.ask(kind::CLOSE, &[&handle]).await;
        let handle = wire.open(&path, open::NEW).await;
        for at in [200_000, 0, 100_000] {
            wire.write(&handle, at, &vec![b'x'; 100_000]).await;
        }
        wire.close(&handle).await;
        let whole = content(&gateway, "jansen", &path).await;
        assert_eq!(whole, Some(vec![b'x'; 300_000]));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_overwritten_with_noise_and_deleted_is_had_back_with_one_command() {
    const FILES: usize = 500;
    let (gateway, user, line) = jansen().await;
    let mut wire = line.sftp().await;
    wire.make_folder("/Mijn bestanden/map").await;
    let path = |i: usize| format!("/Mijn bestanden/map/{i:03}.txt");
    for i in 0..FILES {
        wire.put(&path(i), format!("inhoud {i}").as_bytes()).await;
    }
    gateway.clock.advance(24 * 3_600_000);
    for i in 0..FILES {
        wire.put(&path(i), &noise(50, i as u64)).await;
    }
    for i in 0..FILES {
        assert_eq!(wire.ask(kind::REMOVE, &[&string(path(i))]).await.code(), code::OK);
    }
    let folder = string("/Mijn bestanden/map");
    assert_eq!(wire.ask(kind::RMDIR, &[&folder]).await.code(), code::OK);
    let yesterday = "/Eerdere dagen/2026-11-24/Mijn bestanden/map";
    user.scp(&["-r", &format!("gateway:{yesterday}"), "terug"]).well();
    for i in 0..FILES {
        assert_eq!(user.read(&format!("terug/{i:03}.txt")), format!("inhoud {i}").as_bytes());
    }
    // Nor does anything go from there.
    for i in [0, FILES - 1] {
        let gone = wire.ask(kind::REMOVE, &[&string(format!("{yesterday}/{i:03}.txt"))]).await;
        assert_eq!(gone.code(), code::PERMISSION_DENIED);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_has_1024_handles_and_a_handle_that_was_closed_or_made_up_is_none() {
    let (_gateway, _user, line) = jansen().await;
    let mut wire = line.sftp().await;
    wire.put(FILE, b"inhoud").await;
    let mut handles = Vec::new();
    for _ in 0..1024 {
        handles.push(wire.open(FILE, open::READ).await);
    }
    let fields = [string(FILE), open::READ.to_be_bytes().to_vec(), vec![0; 4]].concat();
    assert_eq!(wire.ask(kind::OPEN, &[&fields]).await.code(), code::FAILURE);
    assert_eq!(wire.ask(kind::OPENDIR, &[&string("/")]).await.code(), code::FAILURE);
    let closed = handles.pop().unwrap();
    wire.close(&closed).await;
    let (at, length) = (0u64.to_be_bytes(), 9u32.to_be_bytes());
    let (mut other, made_up) =
        (line.sftp().await, [string("ffffffff"), string(""), string([0; 256])]);
    for handle in made_up.iter().chain([&closed]) {
        refuses(&mut wire, handle).await;
    }
    // A handle is its session's alone.
    refuses(&mut other, &handles[0]).await;
    for handle in &handles {
        let read = wire.ask(kind::READ, &[handle, &at, &length]).await;
        assert_eq!(read.string(), b"inhoud");
    }
}

/// Nothing is done by a handle that is none.
async fn refuses(wire: &mut Wire, handle: &[u8]) {
    let (at, length) = (0u64.to_be_bytes(), 9u32.to_be_bytes());
    for answer in [
        wire.ask(kind::READ, &[handle, &at, &length]).await,
        wire.ask(kind::WRITE, &[handle, &at, &string("x")]).await,
        wire.ask(kind::FSTAT, &[handle]).await,
        wire.ask(kind::READDIR, &[handle]).await,
        wire.ask(kind::CLOSE, &[handle]).await,
    ] {
        assert!(![code::OK, code::EOF].contains(&answer.code()), "{handle:?}: {answer:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_may_only_read_or_deliver_does_nothing_else() {
    let (gateway, _user, line) = jansen().await;
    line.sftp().await.put(FILE, b"inhoud").await;
    let wire = async |scope| {
        let line = Line::new(&User::new(&gateway, "jansen", scope).await).await;
        let wire = line.sftp().await;
        (line, wire)
    };
    let (_reads, mut reads) = wire(Scope::READ).await;
    let handle = reads.open(FILE, open::READ).await;
    assert_eq!(reads.read(&handle, 0, 9).await, b"inhoud");
    let both = [string(FILE), string(OTHER)].concat();
    for (refused, what) in [
        (write_to(&mut reads, FILE).await, "overwrite"),
        (write_to(&mut reads, OTHER).await, "create"),
        (reads.ask(kind::REMOVE, &[&string(FILE)]).await.code(), "remove"),
        (reads.ask(kind::RENAME, &[&both]).await.code(), "rename"),
        (reads.extended("posix-rename@openssh.com", &[&both]).await.code(), "posix-rename"),
        (reads.ask(kind::MKDIR, &[&string("/Mijn bestanden/m"), &[0; 4]]).await.code(), "mkdir"),
        (set_size(&mut reads, FILE).await, "truncate"),
    ] {
        assert_eq!(refused, code::PERMISSION_DENIED, "{what}");
    }
    let (_delivers, mut delivers) = wire(Scope::DELIVER).await;
    for path in [FILE, "/Back-ups/a", "/Werknemers"] {
        let seen = delivers.ask(kind::STAT, &[&string(path)]).await;
        assert_eq!(seen.code(), code::NO_SUCH_FILE, "{path}");
        assert_ne!(write_to(&mut delivers, path).await, code::OK, "{path}");
    }
    assert_eq!(names(&gateway, "jansen", "/Mijn bestanden").await, ["a.txt"]);
    assert_eq!(content(&gateway, "jansen", FILE).await.unwrap(), b"inhoud");
}

/// What comes of an OPEN for writing, or of the CLOSE.
async fn write_to(wire: &mut Wire, path: &str) -> u32 {
    let fields = [string(path), open::NEW.to_be_bytes().to_vec(), vec![0; 4]].concat();
    let opened = wire.ask(kind::OPEN, &[&fields]).await;
    if opened.kind == kind::STATUS {
        return opened.code();
    }
    wire.ask(kind::CLOSE, &[&string(opened.string())]).await.code()
}

async fn set_size(wire: &mut Wire, path: &str) -> u32 {
    let nothing = [&1u32.to_be_bytes()[..], &0u64.to_be_bytes()].concat();
    wire.ask(kind::SETSTAT, &[&string(path), &nothing]).await.code()
}

#[tokio::test(flavor = "multi_thread")]
async fn no_login_forges_a_line_of_the_log() {
    failures::listen();
    let gateway = Gateway::start().await;
    let forged = "x\r\nauth_failed proto=sftp ip=192.0.2.1 user=\"forged\" reason=bad\u{1b}[31m";
    for login in [forged.to_owned(), "lang".repeat(16_000)] {
        let socket = tokio::net::TcpStream::connect(gateway.sftp).await.unwrap();
        let config = std::sync::Arc::new(russh::client::Config::default());
        let mut ssh = russh::client::connect_stream(config, socket, Trusting).await.unwrap();
        let signed_in = ssh.authenticate_password(login, "geheim").await;
        assert!(!signed_in.is_ok_and(|answer| answer.success()));
    }
    eventually("both are told", async || failures::after("user=\"langlang").len() == 1).await;
    let told = failures::after("auth_failed proto=sftp ip=127.0.0.1 user=\"x");
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].contains("forged") && !told[0].contains('\u{1b}'), "{told:?}");
    let long = failures::after("user=\"langlang");
    assert!(long[0].len() < 400, "{}", long[0].len());
    let lines = failures::after("ip=192.0.2.1 user=");
    assert!(lines.iter().all(|line| line.starts_with("\\x22")), "{lines:?}");
}
