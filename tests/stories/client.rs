//! What a story's people do, whatever their protocol.

use crate::dav::Dav;
use crate::sftp::Sftp;
use loondossier::clock::Clock;
use loondossier::dossier::{Error, Language};

/// What a client is told when it did not get what it asked for, or did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Told {
    Done,
    /// It is not there, or its folder is not.
    Absent,
    /// It is there, but this may not be done with it.
    Denied,
    /// The name is taken.
    Taken,
    /// A file would replace a folder where that is not done, or a folder a file.
    KindsMeet,
    /// The name is not allowed, with the reason.
    BadName(String),
    /// A delivery was not taken in, with code and reason.
    Refused(String),
    /// Somebody else has locked it.
    Locked,
    /// The credentials hold no more.
    SignedOut,
    /// Anything else, as it was told.
    Other(String),
}

impl Told {
    /// What a failure says by its sentence alone.
    pub(crate) fn by_sentence(text: String) -> Self {
        let says = |error: Error| Language::ALL.iter().any(|l| error.sentence(*l) == text);
        match text.split_once(": ") {
            _ if says(Error::Exists) || says(Error::IsFolder) => Self::Taken,
            _ if says(Error::KindsMeet) => Self::KindsMeet,
            _ if says(Error::NoParent) => Self::Absent,
            _ if says(Error::Locked) => Self::Locked,
            Some((code, _)) if code.len() == 3 && code.starts_with('E') => Self::Refused(text),
            _ => Self::Other(text),
        }
    }
}

/// Somebody's client, signed in.
pub(crate) struct Client {
    pub(crate) speaks: Speaks,
    /// The server's.
    pub(crate) clock: Clock,
}

pub(crate) enum Speaks {
    Dav(Dav),
    Sftp(Sftp),
}

/// Hands a request to the protocol, a millisecond after the one before: no two are of one instant.
macro_rules! by_protocol {
    ($self:ident, $client:ident => $ask:expr) => {{
        $self.clock.advance(1);
        match &$self.speaks {
            Speaks::Dav($client) => $ask.await,
            Speaks::Sftp($client) => $ask.await,
        }
    }};
}

impl Client {
    pub(crate) async fn put(&self, path: &str, content: &[u8]) -> Told {
        by_protocol!(self, client => client.put(path, content))
    }

    pub(crate) async fn get(&self, path: &str) -> Result<Vec<u8>, Told> {
        by_protocol!(self, client => client.get(path))
    }

    /// The names in a folder, sorted.
    pub(crate) async fn list(&self, path: &str) -> Result<Vec<String>, Told> {
        let mut names = by_protocol!(self, client => client.list(path))?;
        names.sort();
        Ok(names)
    }

    /// The size of what is there.
    pub(crate) async fn size(&self, path: &str) -> Result<u64, Told> {
        by_protocol!(self, client => client.size(path))
    }

    pub(crate) async fn make_folder(&self, path: &str) -> Told {
        by_protocol!(self, client => client.make_folder(path))
    }

    pub(crate) async fn rename(&self, from: &str, to: &str, overwrite: bool) -> Told {
        by_protocol!(self, client => client.rename(from, to, overwrite))
    }

    /// On the server: COPY, or `copy-data` of each file.
    pub(crate) async fn copy(&self, from: &str, to: &str) -> Told {
        by_protocol!(self, client => client.copy(from, to))
    }

    /// The same over whatever has the name: COPY with `Overwrite: T`, or `copy-data` into what is there.
    pub(crate) async fn copy_over(&self, from: &str, to: &str) -> Told {
        by_protocol!(self, client => client.copy_over(from, to))
    }

    /// When it was changed, as it is told.
    pub(crate) async fn modified(&self, path: &str) -> String {
        by_protocol!(self, client => client.modified(path))
    }

    /// Sets when it was changed: PROPPATCH, or SETSTAT.
    pub(crate) async fn set_time(&self, path: &str) -> Told {
        by_protocol!(self, client => client.set_time(path))
    }

    /// A file, or a folder with all that is in it.
    pub(crate) async fn delete(&self, path: &str) -> Told {
        by_protocol!(self, client => client.delete(path))
    }
}

/// What goes well.
impl Client {
    pub(crate) async fn puts(&self, path: &str, content: &[u8]) {
        assert_eq!(self.put(path, content).await, Told::Done, "{self} puts {path}");
    }

    pub(crate) async fn makes(&self, path: &str) {
        assert_eq!(self.make_folder(path).await, Told::Done, "{self} makes {path}");
    }

    pub(crate) async fn moves(&self, from: &str, to: &str) {
        assert_eq!(self.rename(from, to, false).await, Told::Done, "{self} moves {from} to {to}");
    }

    pub(crate) async fn copies(&self, from: &str, to: &str) {
        assert_eq!(self.copy(from, to).await, Told::Done, "{self} copies {from} to {to}");
    }

    pub(crate) async fn copies_over(&self, from: &str, to: &str) {
        let told = self.copy_over(from, to).await;
        assert_eq!(told, Told::Done, "{self} copies {from} over {to}");
    }

    pub(crate) async fn deletes(&self, path: &str) {
        assert_eq!(self.delete(path).await, Told::Done, "{self} deletes {path}");
    }

    /// This content is there, and its folder lists it.
    pub(crate) async fn reads(&self, path: &str, content: &[u8]) {
        let wanted = Ok(content.to_owned());
        assert!(self.get(path).await == wanted, "{self} reads {path}: {:?}", self.get(path).await);
        let (folder, name) = path.rsplit_once('/').unwrap();
        let listed = self.list(folder).await;
        assert!(listed.iter().flatten().any(|n| n == name), "{self} sees {path} in {listed:?}");
    }

    /// These names, and no others, are in the folder.
    pub(crate) async fn sees(&self, folder: &str, names: &[&str]) {
        let wanted = Ok(names.iter().map(|&n| n.to_owned()).collect());
        assert_eq!(self.list(folder).await, wanted, "{self} lists {folder}");
    }

    /// All that lies in a folder, however deep; a folder ends in a slash.
    pub(crate) async fn tree(&self, folder: &str) -> Vec<String> {
        let (mut found, mut folders) = (Vec::new(), vec![folder.to_owned()]);
        while let Some(folder) = folders.pop() {
            for name in self.list(&folder).await.unwrap() {
                let path = format!("{}/{name}", folder.trim_end_matches('/'));
                match self.list(&path).await {
                    Ok(_) => {
                        found.push(format!("{path}/"));
                        folders.push(path);
                    }
                    Err(_) => found.push(path),
                }
            }
        }
        found.sort();
        found
    }

    /// Nothing is there: not to look at, not to open, not in the list, not to change.
    pub(crate) async fn has_no(&self, path: &str) {
        assert_eq!(self.size(path).await, Err(Told::Absent), "{self} looks at {path}");
        assert_eq!(self.get(path).await, Err(Told::Absent), "{self} opens {path}");
        assert_eq!(self.list(path).await, Err(Told::Absent), "{self} lists {path}");
        assert_eq!(self.delete(path).await, Told::Absent, "{self} deletes {path}");
        let (folder, name) = path.rsplit_once('/').unwrap();
        match self.list(folder).await {
            Ok(names) => assert!(!names.iter().any(|n| n == name), "{self} sees {path}"),
            Err(told) => assert_eq!(told, Told::Absent, "{self} lists {folder}"),
        }
    }
}

/// What is not done.
impl Client {
    pub(crate) async fn may_not_put(&self, path: &str) {
        assert_eq!(self.put(path, b"x").await, Told::Denied, "{self} puts {path}");
    }

    pub(crate) async fn may_not_make(&self, path: &str) {
        assert_eq!(self.make_folder(path).await, Told::Denied, "{self} makes {path}");
    }

    pub(crate) async fn may_not_move(&self, from: &str, to: &str) {
        for overwrite in [false, true] {
            let told = self.rename(from, to, overwrite).await;
            assert_eq!(told, Told::Denied, "{self} moves {from} to {to}");
        }
    }

    pub(crate) async fn may_not_copy(&self, from: &str, to: &str) {
        assert_eq!(self.copy(from, to).await, Told::Denied, "{self} copies {from} to {to}");
    }

    pub(crate) async fn may_not_delete(&self, path: &str) {
        assert_eq!(self.delete(path).await, Told::Denied, "{self} deletes {path}");
    }
}

impl std::fmt::Display for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match &self.speaks {
            Speaks::Dav(client) => client.login,
            Speaks::Sftp(client) => client.login,
        })
    }
}
