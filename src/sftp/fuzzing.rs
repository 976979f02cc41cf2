//! What holds of whatever a client sends in frames, as a path or as a command: the oracles of the fuzz
//! targets in `fuzz/`, which mount this file and those that it asks. Knows the readers; must not know what
//! is done with what they read.

use super::attrs::Attrs;
use super::codec::{Frames, HandleId, Incoming, MAX_FRAME, Path, Request, parse, path};
use super::extensions::{Check, Copy, Extended, expand};
use super::reply::put_string;
use super::words::words;
use crate::dossier::DossierPath;
use crate::dossier::name::Policy;
use bytes::{BufMut, Bytes, BytesMut};

/// Panics when something does not hold.
type Oracle = fn(&[u8]);

/// The targets, each with its oracle.
pub(crate) const TARGETS: [(&str, Oracle); 3] =
    [("frames", frames), ("path", paths), ("words", command)];

/// The first byte says how the rest comes in pieces. Frames come out the same in whatever pieces, in
/// memory of their own, and each says the same when it is written again.
fn frames(data: &[u8]) {
    let Some((cut, stream)) = data.split_first() else { return };
    let (whole, lost) = cut_up(stream, stream.len().max(1));
    assert_eq!(cut_up(stream, usize::from(*cut) % 64 + 1), (whole.clone(), lost));
    let read: usize = whole.iter().map(|frame| frame.len() + 4).sum();
    assert!(read <= stream.len());
    for frame in whole {
        assert!((1..=MAX_FRAME as usize).contains(&frame.len()));
        let Ok(Incoming::Request(id, request)) = parse(frame.clone()) else {
            assert!(frame.len() < 5 || frame.first() == Some(&1), "{frame:?}");
            continue;
        };
        assert_eq!(frame.get(1..5), Some(&id.to_be_bytes()[..]));
        let Some(again) = written(id, &request) else { continue };
        assert_eq!(parse(again), Ok(Incoming::Request(id, request)), "{frame:?}");
    }
}

/// The frames of a stream that comes in pieces of so many bytes, and whether its place was lost.
fn cut_up(stream: &[u8], piece: usize) -> (Vec<Bytes>, bool) {
    let (mut frames, mut found) = (Frames::default(), Vec::new());
    for piece in stream.chunks(piece) {
        let mut piece = Bytes::copy_from_slice(piece);
        loop {
            match frames.next(&mut piece) {
                Ok(Some(frame)) => found.push(frame),
                Ok(None) => break,
                Err(_) => return (found, true),
            }
        }
        assert!(piece.is_empty());
    }
    (found, false)
}

/// Writes the fields of a request.
struct Fields(BytesMut);

impl Fields {
    /// A path; what is none does not tell what it was.
    fn path(&mut self, path: &Path) -> Option<()> {
        put_string(&mut self.0, path.as_ref().ok()?.to_string().as_bytes());
        Some(())
    }

    fn handle(&mut self, handle: HandleId) {
        put_string(&mut self.0, format!("{handle:08x}").as_bytes());
    }

    fn check(&mut self, Check { algorithms, offset, length, block }: &Check) {
        put_string(&mut self.0, algorithms);
        self.0.put_u64(*offset);
        self.0.put_u64(*length);
        self.0.put_u32(*block);
    }
}

/// The frame that says a request; `None` where what was read does not tell.
fn written(id: u32, request: &Request) -> Option<Bytes> {
    let mut fields = Fields(BytesMut::new());
    fields.0.put_u8(kind(request)?);
    fields.0.put_u32(id);
    match request {
        Request::Open { path, flags, attrs } => {
            fields.path(path)?;
            fields.0.put_u32(flags.0);
            attrs.write(&mut fields.0);
        }
        Request::Close(handle) | Request::StatHandle(handle) | Request::ReadFolder(handle) => {
            fields.handle(*handle);
        }
        Request::Read { handle, offset, length } => {
            fields.handle(*handle);
            fields.0.put_u64(*offset);
            fields.0.put_u32(*length);
        }
        Request::Write { handle, offset, data } => {
            fields.handle(*handle);
            fields.0.put_u64(*offset);
            put_string(&mut fields.0, data);
        }
        Request::Set { path, attrs } => set(&mut fields, path, attrs)?,
        Request::SetHandle { handle, attrs } => {
            fields.handle(*handle);
            attrs.write(&mut fields.0);
        }
        Request::Stat(path)
        | Request::OpenFolder(path)
        | Request::Remove(path)
        | Request::MakeFolder(path)
        | Request::RemoveFolder(path)
        | Request::RealPath(path) => fields.path(path)?,
        Request::Rename { from, to, overwrite } => {
            if *overwrite {
                put_string(&mut fields.0, b"posix-rename@openssh.com");
            }
            fields.path(from)?;
            fields.path(to)?;
        }
        Request::Extended(extended) => extension(&mut fields, extended)?,
        Request::Unknown | Request::Malformed => return None,
    }
    Some(fields.0.freeze())
}

fn set(fields: &mut Fields, path: &Path, attrs: &Attrs) -> Option<()> {
    fields.path(path)?;
    attrs.write(&mut fields.0);
    Some(())
}

/// The type of a request (draft-ietf-secsh-filexfer-02 section 3).
const fn kind(request: &Request) -> Option<u8> {
    Some(match request {
        Request::Open { .. } => 3,
        Request::Close(_) => 4,
        Request::Read { .. } => 5,
        Request::Write { .. } => 6,
        Request::Stat(_) => 17,
        Request::StatHandle(_) => 8,
        Request::Set { .. } => 9,
        Request::SetHandle { .. } => 10,
        Request::OpenFolder(_) => 11,
        Request::ReadFolder(_) => 12,
        Request::Remove(_) => 13,
        Request::MakeFolder(_) => 14,
        Request::RemoveFolder(_) => 15,
        Request::RealPath(_) => 16,
        Request::Rename { overwrite: false, .. } => 18,
        Request::Rename { overwrite: true, .. } | Request::Extended(_) => 200,
        Request::Unknown | Request::Malformed => return None,
    })
}

fn extension(fields: &mut Fields, extended: &Extended) -> Option<()> {
    let name = match extended {
        Extended::Limits => "limits@openssh.com",
        Extended::Sync(_) => "fsync@openssh.com",
        Extended::Space(_) => "statvfs@openssh.com",
        Extended::SpaceHandle(_) => "fstatvfs@openssh.com",
        Extended::Owners { .. } => "users-groups-by-id@openssh.com",
        Extended::Copy(_) => "copy-data",
        Extended::Check { .. } => "check-file-name",
        Extended::CheckHandle { .. } => "check-file",
    };
    put_string(&mut fields.0, name.as_bytes());
    match extended {
        Extended::Limits => {}
        Extended::Sync(handle) | Extended::SpaceHandle(handle) => fields.handle(*handle),
        Extended::Space(path) => fields.path(path)?,
        Extended::Owners { users, groups } => {
            put_string(&mut fields.0, users);
            put_string(&mut fields.0, groups);
        }
        Extended::Copy(Copy { from, offset, length, to, at }) => {
            fields.handle(*from);
            fields.0.put_u64(*offset);
            fields.0.put_u64(*length);
            fields.handle(*to);
            fields.0.put_u64(*at);
        }
        Extended::Check { path, check } => {
            fields.path(path)?;
            fields.check(check);
        }
        Extended::CheckHandle { handle, check } => {
            fields.handle(*handle);
            fields.check(check);
        }
    }
    Some(())
}

/// A path goes down alone and is the same when it is written; a name that is taken is taken as it is, and
/// is the same name as what was sent.
fn paths(data: &[u8]) {
    for read in [path(data), expand(data)] {
        let Ok(read) = read else { continue };
        assert_eq!(DossierPath::parse(&read.to_string()), Ok(read.clone()));
        assert!(read.is_within(&DossierPath::default()) && read.is_within(&read.parent()));
        if let Some(name) = read.name() {
            assert_eq!(read.parent().join(name), read);
        }
        for part in read.parts().iter().take(64) {
            assert!(!["", ".", ".."].contains(&part.as_str()), "{read}");
            assert!(!part.contains(['/', '\0']), "{read}");
            for policy in [Policy::Portable, Policy::Exact] {
                let Ok(name) = policy.accept(part) else { continue };
                assert!(!name.contains(char::is_control), "{name:?}");
                assert_eq!(policy.accept(&name).as_ref(), Ok(&name), "{name:?}");
                assert_eq!(policy.key(&name), policy.key(part), "{name:?}");
            }
        }
    }
}

/// Words are the same when each stands between quotes, and plain ones are what is between spaces.
fn command(data: &[u8]) {
    let Ok(line) = std::str::from_utf8(data) else { return };
    let plain = |c: char| c.is_ascii_alphanumeric() || " /.-_".contains(c);
    let read = words(line);
    if line.chars().all(plain) {
        let split = line.split(' ').filter(|word| !word.is_empty()).map(str::to_owned);
        assert_eq!(read, Some(split.collect()));
    }
    let Some(read) = read else { return };
    let quote = |word: &String| format!("'{}'", word.replace('\'', r"'\''"));
    let quoted: Vec<_> = read.iter().map(quote).collect();
    assert_eq!(words(&quoted.join(" ")), Some(read));
}
