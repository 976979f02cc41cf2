//! SFTP frame by frame, for what no program sends: nothing is done by itself, and nothing is
//! waited for longer than the server itself would.

#![allow(clippy::indexing_slicing, reason = "a test fails by panicking")]

use super::ssh::User;
use russh::client::{self, Handle, Msg};
use russh::keys::{Certificate, PrivateKeyWithHashAlg, PublicKeyOrCertificate, load_secret_key};
use russh::{Channel, ChannelMsg};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::Duration;

/// Less than the minute after which the server itself gives up who does nothing.
const PATIENCE: Duration = Duration::from_secs(50);

/// Packet types (draft-ietf-secsh-filexfer-02 section 3).
pub mod kind {
    pub const INIT: u8 = 1;
    pub const VERSION: u8 = 2;
    pub const OPEN: u8 = 3;
    pub const CLOSE: u8 = 4;
    pub const READ: u8 = 5;
    pub const WRITE: u8 = 6;
    pub const LSTAT: u8 = 7;
    pub const FSTAT: u8 = 8;
    pub const SETSTAT: u8 = 9;
    pub const FSETSTAT: u8 = 10;
    pub const OPENDIR: u8 = 11;
    pub const READDIR: u8 = 12;
    pub const REMOVE: u8 = 13;
    pub const MKDIR: u8 = 14;
    pub const RMDIR: u8 = 15;
    pub const REALPATH: u8 = 16;
    pub const STAT: u8 = 17;
    pub const RENAME: u8 = 18;
    pub const READLINK: u8 = 19;
    pub const SYMLINK: u8 = 20;
    pub const STATUS: u8 = 101;
    pub const HANDLE: u8 = 102;
    pub const DATA: u8 = 103;
    pub const NAME: u8 = 104;
    pub const ATTRS: u8 = 105;
    pub const EXTENDED: u8 = 200;
    pub const EXTENDED_REPLY: u8 = 201;
}

/// Status codes (section 7).
pub mod code {
    pub const OK: u32 = 0;
    pub const EOF: u32 = 1;
    pub const NO_SUCH_FILE: u32 = 2;
    pub const PERMISSION_DENIED: u32 = 3;
    pub const FAILURE: u32 = 4;
    pub const BAD_MESSAGE: u32 = 5;
    pub const UNSUPPORTED: u32 = 8;
}

/// OPEN flags (section 6.3).
pub mod open {
    pub const READ: u32 = 1;
    pub const WRITE: u32 = 2;
    pub const CREAT: u32 = 8;
    pub const TRUNC: u32 = 16;
    pub const EXCL: u32 = 32;
    pub const NEW: u32 = WRITE | CREAT | TRUNC;
}

/// A connection on which somebody signed in.
pub struct Line {
    pub ssh: Handle<Trusting>,
    socket: TcpStream,
}

/// Takes any host key.
pub struct Trusting;

impl client::Handler for Trusting {
    type Error = russh::Error;

    async fn check_server_key(&mut self, _: &PublicKeyOrCertificate) -> Result<bool, Self::Error> {
        Ok(true)
    }
}

impl Line {
    pub async fn new(user: &User) -> Self {
        Self::try_new(user).await.expect("the key is right")
    }

    /// The same, if the connection lasts so long.
    pub async fn try_new(user: &User) -> Option<Self> {
        let mut line = Self::at(user.address).await?;
        let key = Arc::new(load_secret_key(&user.key, None).unwrap());
        let key = PrivateKeyWithHashAlg::new(key, None);
        let signed_in = line.ssh.authenticate_publickey(&user.login, key).await;
        signed_in.is_ok_and(|answer| answer.success()).then_some(line)
    }

    /// With a certificate around the user's key, in OpenSSH's text.
    pub async fn with_certificate(user: &User, certificate: &str) -> Self {
        let mut line = Self::at(user.address).await.expect("a connection");
        let key = Arc::new(load_secret_key(&user.key, None).unwrap());
        let certificate = Certificate::from_openssh(certificate).unwrap();
        let answer = line.ssh.authenticate_openssh_cert(&user.login, key, certificate).await;
        assert!(answer.unwrap().success());
        line
    }

    /// Somebody signed in by password.
    pub async fn by_password(address: SocketAddr, login: &str, password: &str) -> Self {
        let line = Self::try_by_password(address, login, password).await;
        line.expect("the password is right")
    }

    /// The same, if that lets in.
    pub async fn try_by_password(address: SocketAddr, login: &str, password: &str) -> Option<Self> {
        let mut line = Self::at(address).await.expect("a connection");
        let signed_in = line.ssh.authenticate_password(login, password).await;
        signed_in.is_ok_and(|answer| answer.success()).then_some(line)
    }

    /// Nobody has signed in on it yet; if the connection lasts so long.
    pub async fn at(address: SocketAddr) -> Option<Self> {
        let socket = TcpStream::connect(address).unwrap();
        socket.set_nonblocking(true).unwrap();
        let stream = tokio::net::TcpStream::from_std(socket.try_clone().unwrap()).unwrap();
        let config = Arc::new(client::Config::default());
        let ssh = client::connect_stream(config, stream, Trusting).await.ok()?;
        Some(Self { ssh, socket })
    }

    /// An SFTP session on a channel of its own, after INIT.
    pub async fn sftp(&self) -> Wire {
        self.try_sftp().await.expect("a channel")
    }

    /// The same, if the connection lasts so long.
    pub async fn try_sftp(&self) -> Option<Wire> {
        let wire = self.try_sftp_unbegun().await?;
        let init = string([&[kind::INIT][..], &3u32.to_be_bytes()].concat());
        wire.channel.data_bytes(init).await.ok()?;
        Some(wire)
    }

    /// An SFTP session before INIT.
    pub async fn sftp_unbegun(&self) -> Wire {
        self.try_sftp_unbegun().await.expect("a channel")
    }

    async fn try_sftp_unbegun(&self) -> Option<Wire> {
        let channel = self.ssh.channel_open_session().await.ok()?;
        channel.request_subsystem(true, "sftp").await.ok()?;
        Some(Wire { channel, input: Vec::new(), last: 0, exit: None })
    }

    /// Cuts the connection, as a pulled plug does.
    pub fn cut(self) {
        self.shut(Shutdown::Both);
    }

    /// Closes a half of it, or both.
    pub fn shut(&self, half: Shutdown) {
        self.socket.shutdown(half).unwrap();
    }
}

/// One SFTP session.
pub struct Wire {
    channel: Channel<Msg>,
    input: Vec<u8>,
    last: u32,
    exit: Option<u32>,
}

/// A frame that came: its type and what follows, with the id where there is one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    pub kind: u8,
    pub rest: Vec<u8>,
}

impl Frame {
    pub fn id(&self) -> u32 {
        number(&self.rest)
    }

    /// What follows the id.
    pub fn body(&self) -> &[u8] {
        &self.rest[4..]
    }

    /// The code of a STATUS.
    pub fn code(&self) -> u32 {
        assert_eq!(self.kind, kind::STATUS, "{self:?}");
        number(self.body())
    }

    /// The one string of a HANDLE or DATA.
    pub fn string(&self) -> Vec<u8> {
        assert!(matches!(self.kind, kind::HANDLE | kind::DATA), "{self:?}");
        self.body()[4..].to_vec()
    }

    /// The size in ATTRS.
    pub fn size(&self) -> u64 {
        assert_eq!(self.kind, kind::ATTRS, "{self:?}");
        assert_eq!(number(self.body()) & 1, 1, "{self:?}");
        u64::from_be_bytes(self.body()[4..12].try_into().unwrap())
    }
}

fn number(bytes: &[u8]) -> u32 {
    u32::from_be_bytes(bytes[..4].try_into().unwrap())
}

/// A string as the wire has it.
pub fn string(bytes: impl AsRef<[u8]>) -> Vec<u8> {
    let bytes = bytes.as_ref();
    [&u32::try_from(bytes.len()).unwrap().to_be_bytes(), bytes].concat()
}

/// The strings that follow each other.
pub fn strings(mut bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut strings = Vec::new();
    while !bytes.is_empty() {
        let end = 4 + number(bytes) as usize;
        strings.push(bytes[4..end].to_vec());
        bytes = &bytes[end..];
    }
    strings
}

impl Wire {
    /// Sends bytes as they are.
    pub async fn send_raw(&self, bytes: Vec<u8>) {
        self.channel.data_bytes(bytes).await.unwrap();
    }

    /// The same where the channel may be closed meanwhile.
    pub async fn try_to_send_raw(&self, bytes: Vec<u8>) {
        drop(self.channel.data_bytes(bytes).await);
    }

    /// Sends a frame of these fields.
    pub async fn send(&self, fields: &[&[u8]]) {
        self.send_raw(string(fields.concat())).await;
    }

    /// The next frame; `None` once the channel is closed.
    pub async fn receive(&mut self) -> Option<Frame> {
        loop {
            if self.input.len() >= 4 && self.input.len() >= 4 + number(&self.input) as usize {
                let rest = self.input.split_off(4 + number(&self.input) as usize);
                let frame = std::mem::replace(&mut self.input, rest);
                return Some(Frame { kind: frame[4], rest: frame[5..].to_vec() });
            }
            let message = tokio::time::timeout(PATIENCE, self.channel.wait()).await;
            match message.expect("hangs: no answer in time") {
                None | Some(ChannelMsg::Close) => return None,
                Some(ChannelMsg::Data { data }) => self.input.extend_from_slice(&data),
                Some(ChannelMsg::ExitStatus { exit_status }) => self.exit = Some(exit_status),
                Some(_) => {}
            }
        }
    }

    /// Sends a request and waits for its answer.
    pub async fn ask(&mut self, kind: u8, fields: &[&[u8]]) -> Frame {
        self.try_to_ask(kind, fields).await.expect("an answer before the channel closes")
    }

    /// The same where the channel may be closed before there is an answer.
    pub async fn try_to_ask(&mut self, kind: u8, fields: &[&[u8]]) -> Option<Frame> {
        self.last += 1;
        let id = self.last;
        let frame = [&[kind][..], &id.to_be_bytes(), &fields.concat()].concat();
        self.channel.data_bytes(string(frame)).await.ok()?;
        loop {
            let frame = self.receive().await?;
            if frame.kind != kind::VERSION {
                assert_eq!(frame.id(), id, "{frame:?}");
                return Some(frame);
            }
        }
    }

    /// An extended request.
    pub async fn extended(&mut self, name: &str, fields: &[&[u8]]) -> Frame {
        self.ask(kind::EXTENDED, &[&string(name), &fields.concat()]).await
    }

    /// Opens a file; the handle as the wire has it.
    pub async fn open(&mut self, path: &str, flags: u32) -> Vec<u8> {
        let fields = [string(path), flags.to_be_bytes().to_vec(), vec![0; 4]].concat();
        string(self.ask(kind::OPEN, &[&fields]).await.string())
    }

    /// Writes, and waits until it was taken.
    pub async fn write(&mut self, handle: &[u8], offset: u64, data: &[u8]) {
        let fields = [handle, &offset.to_be_bytes(), &string(data)].concat();
        assert_eq!(self.ask(kind::WRITE, &[&fields]).await.code(), code::OK);
    }

    pub async fn read(&mut self, handle: &[u8], offset: u64, length: u32) -> Vec<u8> {
        let fields = [handle, &offset.to_be_bytes(), &length.to_be_bytes()].concat();
        self.ask(kind::READ, &[&fields]).await.string()
    }

    pub async fn close(&mut self, handle: &[u8]) {
        assert_eq!(self.ask(kind::CLOSE, &[handle]).await.code(), code::OK);
    }

    /// Makes a folder.
    pub async fn make_folder(&mut self, path: &str) {
        let fields = [string(path), vec![0; 4]].concat();
        assert_eq!(self.ask(kind::MKDIR, &[&fields]).await.code(), code::OK);
    }

    /// Puts a whole file.
    pub async fn put(&mut self, path: &str, content: &[u8]) {
        let handle = self.open(path, open::NEW).await;
        for (i, piece) in content.chunks(32_768).enumerate() {
            self.write(&handle, i as u64 * 32_768, piece).await;
        }
        self.close(&handle).await;
    }

    /// Says that nothing more comes, and gives the exit status that it ends with.
    pub async fn leave(mut self) -> Option<u32> {
        self.channel.eof().await.unwrap();
        self.end().await
    }

    /// Waits until the server closes the channel, and gives the exit status.
    pub async fn end(&mut self) -> Option<u32> {
        while self.receive().await.is_some() {}
        self.exit
    }
}
