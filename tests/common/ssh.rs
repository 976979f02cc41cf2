//! A user of SSH: a folder of its own, a key that is let in, and the programs that it runs.

use super::{Backing, Gateway, PASSWORD, program};
use loondossier::dossier::{DossierPath, Error, Scope};
use loondossier::vfs::{Also, Create, Quota, Session, Vfs};
use std::io::Write;
use std::net::SocketAddr;
use std::os::unix::fs::symlink;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// After so many seconds a program is taken to hang.
const LIMIT: &str = "600";

/// The options with which a program signs in by password and nothing else.
pub const BY_PASSWORD: [&str; 4] = [
    "-oBatchMode=no",
    "-oPubkeyAuthentication=no",
    "-oNumberOfPasswordPrompts=1",
    "-oIdentityFile=none",
];

/// Somebody who has the programs, and a key that the gateway knows.
pub struct User {
    /// Where its programs run.
    pub folder: tempfile::TempDir,
    pub login: String,
    /// The private key, Ed25519, in `folder`.
    pub key: PathBuf,
    pub fingerprint: String,
    pub address: SocketAddr,
}

/// What a program said.
#[derive(Debug)]
pub struct Said {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Said {
    /// The output of a program that ended well.
    pub fn well(self) -> String {
        assert_eq!(self.code, Some(0), "{}\n{}", self.out, self.err);
        self.out
    }

    /// What a program complained of that did not end well.
    pub fn badly(self) -> String {
        assert_ne!(self.code, Some(0), "it was content: {}\n{}", self.out, self.err);
        self.err
    }
}

impl User {
    pub async fn new(gateway: &Gateway, login: &str, scope: Scope) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let key = folder.path().join("key");
        let made = Command::new(program("ssh-keygen"))
            .args(["-q", "-t", "ed25519", "-N", "", "-C", login, "-f"])
            .arg(&key)
            .status()
            .unwrap();
        assert!(made.success());
        let public = std::fs::read_to_string(key.with_extension("pub")).unwrap();
        let fingerprint =
            gateway.admin.add_key(login, &public, Some(scope), &[], None).await.unwrap();
        let user =
            Self { folder, login: login.to_owned(), key, fingerprint, address: gateway.sftp };
        user.configure();
        user
    }

    /// The same user, to whom the gateway is at another address.
    #[must_use]
    pub fn at(mut self, address: SocketAddr) -> Self {
        self.address = address;
        self.configure();
        self
    }

    /// The same user in a folder of its own, whose programs go by way of this address.
    pub fn by_way_of(&self, address: SocketAddr) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let key = folder.path().join("key");
        std::fs::copy(&self.key, &key).unwrap();
        let (login, fingerprint) = (self.login.clone(), self.fingerprint.clone());
        let user = Self { folder, login, key, fingerprint, address };
        user.configure();
        user
    }

    /// The same user, whose OpenSSH comes from this address of this machine.
    #[must_use]
    pub fn coming_from(self, source: &str) -> Self {
        let config = String::from_utf8(self.read("ssh_config")).unwrap();
        self.file("ssh_config", format!("{config} BindAddress {source}\n").as_bytes());
        self
    }

    /// What this user's programs find: the gateway under the name `gateway`.
    fn configure(&self) {
        let (ip, port, login) = (self.address.ip(), self.address.port(), &self.login);
        let key = self.key.display();
        let ssh = format!(
            "Host gateway\n HostName {ip}\n Port {port}\n User {login}\n IdentityFile {key}\n \
             IdentitiesOnly yes\n BatchMode yes\n StrictHostKeyChecking no\n \
             UserKnownHostsFile /dev/null\n LogLevel ERROR\n"
        );
        self.file("ssh_config", ssh.as_bytes());
        let rclone = format!(
            "[gateway]\ntype = sftp\nhost = {ip}\nport = {port}\nuser = {login}\nkey_file = {key}\n"
        );
        self.file("rclone.conf", rclone.as_bytes());
    }

    /// From now on `gateway` is WebDAV for rclone, of this vendor.
    pub fn rclone_over_webdav(&self, gateway: &Gateway, vendor: &str) {
        let obscured = self.run("rclone", &["obscure", PASSWORD]).well();
        let (address, login) = (gateway.dav, &self.login);
        let text = format!(
            "[gateway]\ntype = webdav\nurl = http://{address}\nvendor = {vendor}\nuser = {login}\n\
             pass = {obscured}\n"
        );
        self.file("rclone.conf", text.as_bytes());
    }

    /// A file of the user's own, by a path below its folder.
    pub fn file(&self, path: &str, content: &[u8]) -> PathBuf {
        let file = self.folder.path().join(path);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(&file, content).unwrap();
        file
    }

    /// What is in a file of the user's own.
    pub fn read(&self, path: &str) -> Vec<u8> {
        std::fs::read(self.folder.path().join(path)).unwrap()
    }

    /// Runs a program in the user's folder.
    pub fn run(&self, name: &str, args: &[&str]) -> Said {
        self.feed(name, args, "")
    }

    /// Runs a program with something on its standard input.
    pub fn feed(&self, name: &str, args: &[&str], input: &str) -> Said {
        let folder = self.folder.path();
        let mut child = Command::new(program("timeout"))
            .args(["--kill-after=5", LIMIT])
            .arg(program(name))
            .args(args)
            .current_dir(folder)
            .env("HOME", folder)
            .env("LC_ALL", "C.UTF-8")
            .env("RCLONE_CONFIG", folder.join("rclone.conf"))
            .env("RESTIC_PASSWORD", "een ander wachtwoord")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // A program that wants no input may be gone before it has come.
        drop(child.stdin.take().unwrap().write_all(input.as_bytes()));
        let output = child.wait_with_output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        let said =
            Said { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) };
        // By another signal ends what finds its connection cut.
        let hangs = matches!(said.code, Some(124 | 137)) || output.status.signal() == Some(9);
        assert!(!hangs, "{name} {args:?} hangs: it did not end in {LIMIT} seconds\n{said:?}");
        said
    }

    /// OpenSSH's `sftp` with these commands, of which the first that fails ends it.
    pub fn sftp(&self, commands: &str) -> Said {
        self.feed("sftp", &["-F", "ssh_config", "-b", "-", "gateway"], commands)
    }

    /// OpenSSH's `scp`.
    pub fn scp(&self, args: &[&str]) -> Said {
        self.run("scp", &[&["-F", "ssh_config"], args].concat())
    }

    /// A command on the gateway, by OpenSSH's `ssh`.
    pub fn ssh(&self, command: &str) -> Said {
        self.run("ssh", &["-F", "ssh_config", "gateway", command])
    }

    /// A script for node, which looks for modules beside it, in the user's folder.
    pub fn node(&self, script: &str, args: &[&str]) -> Said {
        let text =
            std::fs::read(format!("{}/tests/tools/node/{script}", env!("CARGO_MANIFEST_DIR")));
        self.file(script, &text.unwrap());
        if let Some(tools) = std::env::var_os("LOONDOSSIER_TEST_BIN") {
            let modules = Path::new(&tools).with_file_name("node").join("node_modules");
            symlink(modules, self.folder.path().join("node_modules")).unwrap();
        }
        self.run("node", &[&[script], args].concat())
    }

    /// A program in `tests/tools` for Java with a library of Debian, made in the user's folder.
    pub fn java(&self, name: &str, library: &str, args: &[&str]) -> Said {
        let source = format!("{}/tests/tools/{name}.java", env!("CARGO_MANIFEST_DIR"));
        let library = format!("/usr/share/java/{library}.jar");
        let path = format!("{library}:.");
        self.run("javac", &["-cp", &library, "-d", ".", &source]).well();
        self.run("java", &[&["-cp", &path, name], args].concat())
    }

    /// One of the scripts in `tests/tools`, which gets host, port, login and password first.
    pub fn python(&self, script: &str, password: &str, args: &[&str]) -> Said {
        let script = format!("{}/tests/tools/{script}", env!("CARGO_MANIFEST_DIR"));
        let (ip, port) = (self.address.ip().to_string(), self.address.port().to_string());
        self.run("python", &[&[&*script, &ip, &port, &self.login, password], args].concat())
    }
}

/// So many bytes that look like nothing, and differ for each seed.
pub fn noise(length: usize, seed: u64) -> Vec<u8> {
    let mut state = seed.wrapping_mul(2).wrapping_add(1);
    let step = |_| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 32) as u32
    };
    (0..length.div_ceil(4)).map(step).flat_map(u32::to_le_bytes).take(length).collect()
}

/// Puts a file, as the door takes it from any protocol.
pub async fn put(gateway: &Gateway, login: &str, path: &str, content: &[u8]) {
    let session = gateway.session(login).await;
    put_by(&gateway.vfs, &session, path, content).await;
}

/// The same through another door to the same dossier.
pub async fn put_by(vfs: &Vfs, session: &Session, path: &str, content: &[u8]) {
    let create = Create { make: true, ..Create::default() };
    let path = DossierPath::parse(path).unwrap();
    let mut upload = vfs.create(session, &path, create).await.unwrap();
    for (at, piece) in (0..).step_by(65_536).zip(content.chunks(65_536)) {
        upload.write_at(at, piece.to_vec().into()).await.unwrap();
    }
    upload.commit().await.unwrap();
}

/// What a login reads at a path of its tree, asked of the door itself; `None` where nothing is.
pub async fn content(gateway: &Gateway, login: &str, path: &str) -> Option<Vec<u8>> {
    let (session, path) = (gateway.session(login).await, DossierPath::parse(path).unwrap());
    let download = match gateway.vfs.open(&session, &path).await {
        Err(Error::NotFound) => return None,
        opened => opened.unwrap(),
    };
    let mut content = Vec::new();
    loop {
        let piece = download.read_at(content.len() as u64, 1 << 20).await.unwrap();
        if piece.is_empty() {
            return Some(content);
        }
        content.extend_from_slice(&piece);
    }
}

/// The names that a login finds in a folder of its tree, asked of the door itself.
pub async fn names(gateway: &Gateway, login: &str, path: &str) -> Vec<String> {
    let (session, path) = (gateway.session(login).await, DossierPath::parse(path).unwrap());
    let mut listing = gateway.vfs.list(&session, &path, Also::default()).await.unwrap();
    let mut names = Vec::new();
    while let Some(entry) = listing.next().await.unwrap() {
        names.push(entry.name);
    }
    names
}

/// A gateway of which each party may keep 10 MiB, and in which this login has written over a file that was
/// there yesterday.
pub async fn with_a_past(login: &str) -> Gateway {
    let quota = Quota { default: Some(10 << 20), history: None };
    let gateway = Gateway::start_with(Backing::Embedded, quota).await;
    for content in [&b"gisteren"[..], b"vandaag"] {
        let session = gateway.session(login).await;
        let path = DossierPath::parse("/Mijn bestanden/brief").unwrap();
        let create = Create { make: true, ..Create::default() };
        let mut upload = gateway.vfs.create(&session, &path, create).await.unwrap();
        upload.write_at(0, content.to_vec().into()).await.unwrap();
        upload.commit().await.unwrap();
        gateway.clock.advance(24 * 3_600_000);
    }
    gateway
}

/// What holds in `schijf`, where that gateway is mounted: `df` knows the quota, and yesterday is there to be
/// read and copied out, and nothing else.
pub const PAST: &str = r#"
    set -eux
    # Clients count in blocks.
    all="$(df -B4096 --output=size schijf | tail -1 | tr -d ' ')"
    test "$all" = 2560 || test "$all" = 2559
    left="$(df -B1 --output=avail schijf | tail -1 | tr -d ' ')"
    test "$left" -lt 10485760 && test "$left" -gt 10450000
    cd schijf
    was="Eerdere dagen/2026-11-24/Mijn bestanden"
    ls "Eerdere dagen"
    test "$(cat "$was/brief")" = gisteren
    if echo x > "$was/brief"; then echo "it was written"; exit 1; fi
    if rm "$was/brief"; then echo "it was deleted"; exit 1; fi
    if mkdir "$was/map"; then echo "it was made"; exit 1; fi
    cp "$was/brief" "Mijn bestanden/terug"
    test "$(cat "$was/brief") $(cat "Mijn bestanden/brief")" = "gisteren vandaag"
"#;
