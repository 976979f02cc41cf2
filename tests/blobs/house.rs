//! Contents somewhere, in a folder or in a bucket, and somebody that they are written for.

use crate::place::place;
use bytes::Bytes;
use loondossier::blobs::{Blobs, Identity, Keyring, Reader, Service, Stored};
use loondossier::dossier::Error;
use std::env;
use std::fs::{File, OpenOptions};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

pub(crate) const KIB: usize = 1024;
pub(crate) const CHUNK: usize = 64 * KIB;
/// A program that the tests run.
pub(crate) fn program(name: &str) -> PathBuf {
    let own = env::var_os("LOONDOSSIER_TEST_BIN").map(PathBuf::from);
    let path = env::var_os("PATH").unwrap_or_default();
    own.into_iter()
        .chain(env::split_paths(&path))
        .map(|folder| folder.join(name))
        .find(|file| file.is_file())
        .unwrap_or_else(|| {
            panic!("the program {name} is missing: run tests/run, which installs it")
        })
}

/// Waits until something is so, and fails when it does not come to be.
pub(crate) async fn eventually<F: Future<Output = bool>>(what: &str, so: impl Fn() -> F) {
    let until = Instant::now() + Duration::from_mins(2);
    while !so().await {
        assert!(Instant::now() < until, "not within two minutes: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// An S3 server with one bucket.
pub(crate) struct Moto {
    server: Child,
    endpoint: String,
}

impl Moto {
    pub(crate) async fn start() -> Self {
        // A port of this process alone.
        let [_, a, b, c] = std::process::id().to_be_bytes();
        let free = TcpListener::bind(SocketAddr::from(([127, a | 1, b, c], 0))).unwrap();
        let at = free.local_addr().unwrap();
        drop(free);
        let server = Command::new(program("moto_server"))
            .args(["-H", &at.ip().to_string(), "-p", &at.port().to_string()])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let moto = Self { server, endpoint: format!("http://{at}") };
        eventually("moto answers", || async { TcpStream::connect(at).is_ok() }).await;
        let made = reqwest::Client::new().put(moto.bucket()).send().await.unwrap();
        assert!(made.status().is_success());
        moto
    }

    pub(crate) fn bucket(&self) -> String {
        format!("{}/dossier", self.endpoint)
    }

    pub(crate) async fn uploads_under_way(&self) -> bool {
        let asked = reqwest::get(format!("{}?uploads", self.bucket())).await.unwrap();
        asked.text().await.unwrap().contains("<Upload>")
    }

    pub(crate) fn service(&self) -> Service {
        Service::S3 {
            bucket: "dossier".into(),
            endpoint: self.endpoint.clone(),
            region: "us-east-1".into(),
            access_key_id: "test".into(),
            secret_access_key: "a secret that is not shown".into(),
            prefix: "somewhere/in/it".into(),
        }
    }
}

impl Drop for Moto {
    fn drop(&mut self) {
        self.server.kill().unwrap();
        self.server.wait().unwrap();
    }
}

/// Contents somewhere, and somebody that they are written for.
pub(crate) struct House {
    pub(crate) folder: TempDir,
    pub(crate) blobs: Blobs,
    pub(crate) identity: Identity,
}

impl House {
    pub(crate) async fn in_folder() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let service = Service::Folder(folder.path().to_owned());
        Self::with(folder, service).await
    }

    pub(crate) async fn with(folder: TempDir, service: Service) -> Self {
        let blobs = Blobs::open(service, &folder.path().join("staging")).await.unwrap();
        let keyring = Keyring::create(&folder.path().join("master.key")).unwrap();
        let sealed = keyring.new_identity().unwrap();
        let identity = keyring.open(&sealed.sealed, &sealed.master).unwrap();
        Self { folder, blobs, identity }
    }

    /// Writes in pieces that fit no chunk.
    pub(crate) async fn store(&self, content: &[u8]) -> Stored {
        let mut writer = self.blobs.writer(&self.identity.recipient()).unwrap();
        for piece in content.chunks(100_003) {
            writer.write(Bytes::copy_from_slice(piece)).await.unwrap();
        }
        assert_eq!(writer.size(), content.len() as u64);
        writer.finish().await.unwrap()
    }

    pub(crate) async fn open(&self, stored: &Stored) -> Result<Reader, Error> {
        let sealed = self.identity.seal(&stored.file_key).unwrap();
        let file_key = self.identity.unseal(&sealed).unwrap();
        self.blobs.reader(&stored.key, &file_key, stored.size, stored.packed).await
    }

    /// The names and sizes of all that is stored.
    pub(crate) async fn listed(&self) -> Vec<(String, u64)> {
        let mut listing = self.blobs.list().await.unwrap();
        let mut all = Vec::new();
        while let Some(page) = listing.page().await.unwrap() {
            all.extend(page.into_iter().map(|found| (found.key.to_string(), found.stored_size)));
        }
        all.sort();
        all
    }

    /// The file that an object in a folder lies in, and where it begins there.
    pub(crate) fn place(&self, stored: &Stored) -> (PathBuf, u64) {
        place(&self.folder.path().join("blobs"), &stored.key.object())
    }

    /// What rage has in an object, with the identity alone.
    pub(crate) fn rage(&self, object: &Path) -> Vec<u8> {
        let identity = self.folder.path().join("identity.txt");
        std::fs::write(&identity, self.identity.secret()).unwrap();
        let out = Command::new(program("rage"))
            .args(["--decrypt", "--identity"])
            .args([&identity, object])
            .output()
            .unwrap();
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
        out.stdout
    }

    /// An object as it lies in a folder.
    pub(crate) fn object(&self, stored: &Stored) -> Vec<u8> {
        let (file, begins) = self.place(stored);
        let mut object = vec![0; usize::try_from(stored.stored_size).unwrap()];
        File::open(file).unwrap().read_exact_at(&mut object, begins).unwrap();
        object
    }

    /// Puts something in its place, to the end of its file.
    pub(crate) fn spoil(&self, stored: &Stored, object: &[u8]) {
        let (file, begins) = self.place(stored);
        let file = OpenOptions::new().write(true).open(file).unwrap();
        file.write_all_at(object, begins).unwrap();
        file.set_len(begins + object.len() as u64).unwrap();
    }
}

pub(crate) fn content(size: usize) -> Vec<u8> {
    (0..251).cycle().take(size).collect()
}
