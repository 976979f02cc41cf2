//! An SFTP client.

use crate::client::Told;
use crate::common::PASSWORD;
use loondossier::dossier::{Error as Door, Language, NameFault};
use russh::client::{self, Handle};
use russh::keys::PublicKeyOrCertificate;
use russh_sftp::client::RawSftpSession;
use russh_sftp::client::error::Error;
use russh_sftp::protocol::{FileAttributes, OpenFlags, Packet, StatusCode};
use std::net::SocketAddr;
use std::sync::Arc;

/// At most so much in one READ or WRITE.
const PIECE: u32 = 32 * 1024;

pub(crate) struct Sftp {
    pub(crate) login: &'static str,
    session: RawSftpSession,
    _connection: Handle<AnyKey>,
}

/// Trusts the server whatever its key.
struct AnyKey;

impl client::Handler for AnyKey {
    type Error = russh::Error;

    async fn check_server_key(&mut self, _: &PublicKeyOrCertificate) -> Result<bool, Self::Error> {
        Ok(true)
    }
}

impl Sftp {
    pub(crate) async fn connect(server: SocketAddr, login: &'static str) -> Self {
        let config = Arc::new(client::Config::default());
        let mut connection = client::connect(config, server, AnyKey).await.unwrap();
        let signed_in = connection.authenticate_password(login, PASSWORD).await.unwrap();
        assert!(signed_in.success(), "{login} signs in");
        let channel = connection.channel_open_session().await.unwrap();
        channel.request_subsystem(true, "sftp").await.unwrap();
        let session = RawSftpSession::new(channel.into_stream());
        session.set_timeout(30);
        session.init().await.unwrap();
        Self { login, session, _connection: connection }
    }

    async fn open(&self, path: &str, flags: OpenFlags) -> Result<String, Told> {
        let opened = self.session.open(path, flags, FileAttributes::empty()).await;
        Ok(opened.map_err(told)?.handle)
    }

    async fn close(&self, handle: String) -> Result<(), Told> {
        self.session.close(handle).await.map(drop).map_err(told)
    }

    async fn is_folder(&self, path: &str) -> Result<bool, Told> {
        Ok(self.session.lstat(path).await.map_err(told)?.attrs.is_dir())
    }

    pub(crate) async fn put(&self, path: &str, content: &[u8]) -> Told {
        let put = async {
            let flags = OpenFlags::WRITE | OpenFlags::CREATE | OpenFlags::TRUNCATE;
            let handle = self.open(path, flags).await?;
            let mut offset = 0;
            for piece in content.chunks(PIECE as usize) {
                self.session.write(&handle, offset, piece.to_owned()).await.map_err(told)?;
                offset += piece.len() as u64;
            }
            self.close(handle).await
        };
        done(put.await)
    }

    pub(crate) async fn get(&self, path: &str) -> Result<Vec<u8>, Told> {
        let handle = self.open(path, OpenFlags::READ).await?;
        let mut content = Vec::new();
        loop {
            match self.session.read(&handle, content.len() as u64, PIECE).await {
                Ok(read) => content.extend(read.data),
                Err(Error::Status(status)) if status.status_code == StatusCode::Eof => break,
                Err(error) => return Err(told(error)),
            }
        }
        self.close(handle).await?;
        Ok(content)
    }

    pub(crate) async fn list(&self, path: &str) -> Result<Vec<String>, Told> {
        let handle = self.session.opendir(path).await.map_err(told)?.handle;
        let mut names = Vec::new();
        loop {
            match self.session.readdir(&handle).await {
                Ok(page) => names.extend(page.files.into_iter().map(|file| file.filename)),
                Err(Error::Status(status)) if status.status_code == StatusCode::Eof => break,
                Err(error) => return Err(told(error)),
            }
        }
        self.close(handle).await?;
        names.retain(|name| name != "." && name != "..");
        Ok(names)
    }

    pub(crate) async fn size(&self, path: &str) -> Result<u64, Told> {
        Ok(self.session.stat(path).await.map_err(told)?.attrs.size.unwrap_or(0))
    }

    pub(crate) async fn make_folder(&self, path: &str) -> Told {
        done(self.session.mkdir(path, FileAttributes::empty()).await.map(drop).map_err(told))
    }

    pub(crate) async fn rename(&self, from: &str, to: &str, overwrite: bool) -> Told {
        if !overwrite {
            return done(self.session.rename(from, to).await.map(drop).map_err(told));
        }
        let body = [string(from.as_bytes()), string(to.as_bytes())].concat();
        done(self.extended("posix-rename@openssh.com", body).await)
    }

    pub(crate) async fn copy(&self, from: &str, to: &str) -> Told {
        self.copy_with(from, to, false).await
    }

    pub(crate) async fn copy_over(&self, from: &str, to: &str) -> Told {
        self.copy_with(from, to, true).await
    }

    /// Into a folder that is there already, a folder is copied over what has the same names in it.
    async fn copy_with(&self, from: &str, to: &str, over: bool) -> Told {
        let copied = async {
            if !self.is_folder(from).await? {
                return self.copy_data(from, to, over).await;
            }
            if !over || !matches!(self.is_folder(to).await, Ok(true)) {
                self.session.mkdir(to, FileAttributes::empty()).await.map_err(told)?;
            }
            for name in self.list(from).await? {
                let (from, to) = (format!("{from}/{name}"), format!("{to}/{name}"));
                match Box::pin(self.copy_with(&from, &to, over)).await {
                    Told::Done => {}
                    told => return Err(told),
                }
            }
            Ok(())
        };
        done(copied.await)
    }

    /// `copy-data` from the beginning to the end.
    async fn copy_data(&self, from: &str, to: &str, over: bool) -> Result<(), Told> {
        let from = self.open(from, OpenFlags::READ).await?;
        let how = if over { OpenFlags::TRUNCATE } else { OpenFlags::EXCLUDE };
        let opened = self.open(to, OpenFlags::WRITE | OpenFlags::CREATE | how).await;
        let Ok(to) = opened else {
            self.close(from).await?;
            return opened.map(drop);
        };
        let nought = [0; 8];
        let (source, target) = (string(from.as_bytes()), string(to.as_bytes()));
        let body = [&source[..], &nought, &nought, &target, &nought].concat();
        let copied = self.extended("copy-data", body).await;
        self.close(from).await?;
        let closed = self.close(to).await;
        copied.and(closed)
    }

    pub(crate) async fn modified(&self, path: &str) -> String {
        self.session.lstat(path).await.unwrap().attrs.mtime.unwrap().to_string()
    }

    pub(crate) async fn set_time(&self, path: &str) -> Told {
        let time = Some(1_795_392_000);
        let attributes = FileAttributes { atime: time, mtime: time, ..FileAttributes::empty() };
        done(self.session.setstat(path, attributes).await.map(drop).map_err(told))
    }

    pub(crate) async fn delete(&self, path: &str) -> Told {
        let deleted = async {
            if !self.is_folder(path).await? {
                return self.session.remove(path).await.map(drop).map_err(told);
            }
            let removed = self.session.rmdir(path).await.map(drop).map_err(told);
            if !matches!(&removed, Err(Told::Other(why)) if is_sentence(why, Door::NotEmpty)) {
                return removed;
            }
            for name in self.list(path).await? {
                match Box::pin(self.delete(&format!("{path}/{name}"))).await {
                    Told::Done => {}
                    told => return Err(told),
                }
            }
            self.session.rmdir(path).await.map(drop).map_err(told)
        };
        done(deleted.await)
    }

    async fn extended(&self, name: &str, body: Vec<u8>) -> Result<(), Told> {
        match self.session.extended(name, body).await.map_err(told)? {
            Packet::Status(status) if status.status_code == StatusCode::Ok => Ok(()),
            Packet::Status(status) => Err(told(Error::Status(status))),
            other => Err(Told::Other(format!("{other:?}"))),
        }
    }
}

/// A string as SFTP writes it: its length first.
fn string(bytes: &[u8]) -> Vec<u8> {
    [&u32::try_from(bytes.len()).unwrap().to_be_bytes(), bytes].concat()
}

fn done(answer: Result<(), Told>) -> Told {
    answer.err().unwrap_or(Told::Done)
}

fn told(error: Error) -> Told {
    let Error::Status(status) = error else {
        return Told::SignedOut;
    };
    let text = status.error_message;
    match status.status_code {
        StatusCode::NoSuchFile => Told::Absent,
        StatusCode::PermissionDenied => Told::Denied,
        StatusCode::NoConnection => Told::SignedOut,
        StatusCode::Failure if is_name_fault(&text) => Told::BadName(text),
        StatusCode::Failure => Told::by_sentence(text),
        code => Told::Other(format!("{code} {text}")),
    }
}

fn is_name_fault(text: &str) -> bool {
    let mut faults = vec![
        NameFault::Reserved,
        NameFault::Encoding,
        NameFault::TooLong,
        NameFault::Control,
        NameFault::Trailing,
        NameFault::Device,
    ];
    faults.extend(r#"\:*?"<>|"#.chars().map(NameFault::Character));
    faults.into_iter().any(|fault| is_sentence(text, Door::BadName(fault)))
}

fn is_sentence(text: &str, error: Door) -> bool {
    Language::ALL.iter().any(|language| error.sentence(*language) == text)
}
