//! Frames and requests of SFTP version 3 (draft-ietf-secsh-filexfer-02), out of bytes.
//!
//! Knows the wire and nothing of what a request means. Never panics and never reserves more than
//! one frame, whatever a client sends.

use super::attrs::Attrs;
use super::extensions;
use crate::dossier::{self, DossierPath, Error, NameFault};
use bytes::{Buf, Bytes, BytesMut};

/// The most that one READ or WRITE carries, in bytes: what OpenSSH 9 uses too.
pub(super) const MAX_DATA: u32 = 261_120;
/// The longest frame, in bytes, without its length.
pub(super) const MAX_FRAME: u32 = 256 * 1024 + 1024;

/// A path as a request names it; an error when its bytes are no path.
pub(super) type Path = dossier::Result<DossierPath>;
/// What stands for something open. On the wire it is eight hex digits: some clients take a handle for
/// text, though the draft says opaque bytes.
pub(super) type HandleId = u32;
/// The handle that is never given out: what a client made up reads as this.
const NO_HANDLE: HandleId = 0;

/// Nothing that follows can be trusted: the place in the stream is lost. It says why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Lost(pub(super) &'static str);

/// Why a frame is none.
const LENGTH: Lost = Lost("a frame of an impossible length");
const SHORT: Lost = Lost("a frame too short for a request");

/// Cuts a stream into frames.
#[derive(Debug, Default)]
pub(super) struct Frames {
    head: BytesMut,
    body: BytesMut,
    want: Option<usize>,
}

impl Frames {
    /// The next whole frame, without its length; what it used is gone from `input`. Every frame has
    /// memory of its own, so that one that waits does not hold on to its neighbours.
    ///
    /// # Errors
    /// [`Lost`] for a frame that is empty or too long.
    pub(super) fn next(&mut self, input: &mut Bytes) -> Result<Option<Bytes>, Lost> {
        if self.want.is_none() {
            fill(&mut self.head, input, 4);
            let Ok(length) = self.head.try_get_u32() else { return Ok(None) };
            if length == 0 || length > MAX_FRAME {
                return Err(LENGTH);
            }
            self.want = Some(length as usize);
            self.body = BytesMut::with_capacity(length as usize);
        }
        let Some(want) = self.want else { return Ok(None) };
        fill(&mut self.body, input, want);
        if self.body.len() < want {
            return Ok(None);
        }
        self.want = None;
        Ok(Some(std::mem::take(&mut self.body).freeze()))
    }
}

/// Moves bytes until `to` has `length` of them or there are no more.
fn fill(to: &mut BytesMut, from: &mut Bytes, length: usize) {
    let more = length.saturating_sub(to.len()).min(from.len());
    to.extend_from_slice(&from.split_to(more));
}

/// How a file is opened (`pflags`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Flags(pub(super) u32);

impl Flags {
    pub(super) const WRITE: Self = Self(2);
    pub(super) const APPEND: Self = Self(4);
    pub(super) const CREAT: Self = Self(8);
    pub(super) const TRUNC: Self = Self(16);
    pub(super) const EXCL: Self = Self(32);

    /// Both together.
    #[cfg(test)]
    pub(super) const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether all of `other` is asked for.
    pub(super) const fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

/// What a client asks for.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Request {
    Open {
        path: Path,
        flags: Flags,
        attrs: Attrs,
    },
    Close(HandleId),
    Read {
        handle: HandleId,
        offset: u64,
        length: u32,
    },
    Write {
        handle: HandleId,
        offset: u64,
        data: Bytes,
    },
    /// STAT and LSTAT: there are no symbolic links.
    Stat(Path),
    StatHandle(HandleId),
    Set {
        path: Path,
        attrs: Attrs,
    },
    SetHandle {
        handle: HandleId,
        attrs: Attrs,
    },
    OpenFolder(Path),
    ReadFolder(HandleId),
    Remove(Path),
    MakeFolder(Path),
    RemoveFolder(Path),
    /// REALPATH and `expand-path@openssh.com`.
    RealPath(Path),
    Rename {
        from: Path,
        to: Path,
        overwrite: bool,
    },
    Extended(extensions::Extended),
    /// A type or extension that there is none of.
    Unknown,
    /// Its body ends too early.
    Malformed,
}

/// A frame, read.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Incoming {
    /// INIT; there is one version, so its number does not matter.
    Init,
    /// A request with its id.
    Request(u32, Request),
}

/// Reads a frame.
///
/// # Errors
/// [`Lost`] when not even its id can be read.
pub(super) fn parse(frame: Bytes) -> Result<Incoming, Lost> {
    const INIT: u8 = 1;
    let mut body = Reader(frame);
    let kind = body.u8().ok_or(SHORT)?;
    let id = body.u32().ok_or(SHORT)?;
    if kind == INIT {
        return Ok(Incoming::Init);
    }
    Ok(Incoming::Request(id, request(kind, &mut body).unwrap_or(Request::Malformed)))
}

fn request(kind: u8, body: &mut Reader) -> Option<Request> {
    Some(match kind {
        3 => {
            let path = body.path()?;
            Request::Open { path, flags: Flags(body.u32()?), attrs: Attrs::read(body)? }
        }
        4 => Request::Close(body.handle()?),
        5 => {
            let (handle, offset) = (body.handle()?, body.u64()?);
            Request::Read { handle, offset, length: body.u32()? }
        }
        6 => {
            let (handle, offset) = (body.handle()?, body.u64()?);
            Request::Write { handle, offset, data: body.string()? }
        }
        7 | 17 => Request::Stat(body.path()?),
        8 => Request::StatHandle(body.handle()?),
        9 => Request::Set { path: body.path()?, attrs: Attrs::read(body)? },
        10 => Request::SetHandle { handle: body.handle()?, attrs: Attrs::read(body)? },
        11 => Request::OpenFolder(body.path()?),
        12 => Request::ReadFolder(body.handle()?),
        13 => Request::Remove(body.path()?),
        14 => Request::MakeFolder(body.path()?),
        15 => Request::RemoveFolder(body.path()?),
        16 => Request::RealPath(body.path()?),
        18 => Request::Rename { from: body.path()?, to: body.path()?, overwrite: false },
        200 => {
            let name = body.string()?;
            return extensions::read(&name, body);
        }
        _ => Request::Unknown,
    })
}

/// Reads the fields of a frame; `None` past its end.
#[derive(Debug)]
pub(super) struct Reader(Bytes);

impl Reader {
    pub(super) fn u8(&mut self) -> Option<u8> {
        self.0.try_get_u8().ok()
    }

    pub(super) fn u32(&mut self) -> Option<u32> {
        self.0.try_get_u32().ok()
    }

    pub(super) fn u64(&mut self) -> Option<u64> {
        self.0.try_get_u64().ok()
    }

    pub(super) fn string(&mut self) -> Option<Bytes> {
        let length = self.u32()? as usize;
        (length <= self.0.len()).then(|| self.0.split_to(length))
    }

    pub(super) fn handle(&mut self) -> Option<HandleId> {
        let bytes = self.string()?;
        let text = std::str::from_utf8(&bytes).ok().filter(|text| text.len() == 8);
        let id = text.and_then(|text| HandleId::from_str_radix(text, 16).ok());
        Some(id.unwrap_or(NO_HANDLE))
    }

    pub(super) fn path(&mut self) -> Option<Path> {
        self.string().map(|bytes| path(&bytes))
    }
}

/// A path from its bytes.
pub(super) fn path(bytes: &[u8]) -> Path {
    let text = std::str::from_utf8(bytes).map_err(|_| Error::BadName(NameFault::Encoding))?;
    DossierPath::parse(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sftp::reply::put_string;
    use proptest::prelude::*;

    /// The body of a request: its kind, its id 7, then fields.
    fn frame(kind: u8, fields: &[&[u8]]) -> Bytes {
        [&[kind, 0, 0, 0, 7], fields.concat().as_slice()].concat().into()
    }

    fn text(text: &[u8]) -> Vec<u8> {
        let mut out = BytesMut::new();
        put_string(&mut out, text);
        out.to_vec()
    }

    const HANDLE: &[u8] = b"\0\0\0\x0800000009";
    /// Size, owners, permissions, times and one extended pair of empty strings.
    const ATTRS: [u8; 48] = [
        0x80, 0, 0, 15, 0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0o201, 0o244, 0, 0,
        0, 3, 0, 0, 0, 4, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1,
    ];

    /// One of each request, whole.
    fn every_request() -> Vec<Bytes> {
        let (path, eight, attrs) = (text(b"/a/b"), 3u64.to_be_bytes(), &ATTRS[..44]);
        let mut all = vec![
            frame(3, &[&path, &10u32.to_be_bytes(), attrs]),
            frame(5, &[HANDLE, &eight, &9u32.to_be_bytes()]),
            frame(6, &[HANDLE, &eight, &text(b"data")]),
            frame(9, &[&path, attrs]),
            frame(10, &[HANDLE, attrs]),
            frame(18, &[&path, &path]),
        ];
        all.extend([4, 8, 12].map(|kind| frame(kind, &[HANDLE])));
        all.extend([7, 11, 13, 14, 15, 16, 17].map(|kind| frame(kind, &[&path])));
        let numbers = [HANDLE, &eight, &eight, HANDLE, &eight].concat();
        let check = [text(b"md5,sha256"), numbers[8..24].to_vec(), vec![0; 4]].concat();
        let bodies: [(&str, &[&[u8]]); 11] = [
            ("posix-rename@openssh.com", &[&path, &path]),
            ("limits@openssh.com", &[]),
            ("fsync@openssh.com", &[HANDLE]),
            ("statvfs@openssh.com", &[&path]),
            ("fstatvfs@openssh.com", &[HANDLE]),
            ("lsetstat@openssh.com", &[&path, attrs]),
            ("expand-path@openssh.com", &[&path]),
            ("users-groups-by-id@openssh.com", &[&path, &path]),
            ("copy-data", &[&numbers]),
            ("check-file", &[HANDLE, &check]),
            ("check-file-name", &[&path, &check]),
        ];
        for ((offered, _), (name, body)) in extensions::OFFERED.iter().zip(bodies) {
            assert_eq!(*offered, name);
            all.push(frame(200, &[&text(name.as_bytes()), &body.concat()]));
        }
        all
    }

    fn read(frame: Bytes) -> Request {
        match parse(frame) {
            Ok(Incoming::Request(7, request)) => request,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn every_request_and_every_offered_extension_is_understood() {
        for frame in every_request() {
            let request = read(frame.clone());
            assert!(!matches!(request, Request::Malformed | Request::Unknown), "{frame:?}");
        }
    }

    #[test]
    fn every_request_cut_short_is_malformed_and_keeps_its_id() {
        for frame in every_request() {
            let shortest = match frame[0] {
                // Cut within its name, an extension is another one.
                200 => 5 + 4 + u32::from_be_bytes(frame[5..9].try_into().unwrap()) as usize,
                _ => 5,
            };
            for length in shortest..frame.len() {
                let request = read(frame.slice(..length));
                assert_eq!(request, Request::Malformed, "{frame:?} {length}");
            }
        }
    }

    #[test]
    fn fields_land_where_they_belong() {
        let [open, read_, write, ..] = &every_request()[..] else { panic!() };
        let attrs = Attrs { size: Some(5), permissions: Some(0o100_644), modified: Some(4) };
        let path = path(b"/a/b");
        assert_eq!(read(open.clone()), Request::Open { path, flags: Flags(10), attrs });
        assert_eq!(read(read_.clone()), Request::Read { handle: 9, offset: 3, length: 9 });
        let data = Bytes::from_static(b"data");
        assert_eq!(read(write.clone()), Request::Write { handle: 9, offset: 3, data });
        assert_eq!(read(frame(4, &[&text(b"made up")])), Request::Close(NO_HANDLE));
        assert_eq!(read(frame(20, &[&text(b"/a"), &text(b"/b")])), Request::Unknown);
        assert_eq!(parse(Bytes::from_static(&[1, 0, 0, 0, 3])), Ok(Incoming::Init));
        assert_eq!(parse(Bytes::from_static(&[5, 0, 0])), Err(SHORT));
    }

    #[test]
    fn names_that_are_no_utf8_are_refused_and_not_changed() {
        let request = read(frame(14, &[&text(b"/caf\xe9")]));
        assert_eq!(request, Request::MakeFolder(Err(Error::BadName(NameFault::Encoding))));
    }

    #[test]
    fn a_frame_without_bytes_or_with_too_many_is_the_end() {
        for length in [0, MAX_FRAME + 1, u32::MAX] {
            let mut input = Bytes::copy_from_slice(&length.to_be_bytes());
            assert_eq!(Frames::default().next(&mut input), Err(LENGTH));
        }
        let mut input = Bytes::copy_from_slice(&MAX_FRAME.to_be_bytes());
        assert_eq!(Frames::default().next(&mut input), Ok(None));
    }

    proptest! {
        #[test]
        fn frames_come_out_whole_however_the_stream_is_cut(
            bodies in prop::collection::vec(prop::collection::vec(any::<u8>(), 1..50), 1..10),
            cuts in prop::collection::vec(1usize..60, 1..100),
        ) {
            let mut stream = BytesMut::new();
            for body in &bodies {
                put_string(&mut stream, body);
            }
            let (mut stream, mut cuts) = (stream.freeze(), cuts.into_iter().cycle());
            let (mut frames, mut found) = (Frames::default(), Vec::new());
            while !stream.is_empty() {
                let length = cuts.next().unwrap_or(1).min(stream.len());
                let mut chunk = stream.split_to(length);
                while let Some(frame) = frames.next(&mut chunk).unwrap() {
                    found.push(frame.to_vec());
                }
                prop_assert!(chunk.is_empty());
            }
            prop_assert_eq!(found, bodies);
        }

        #[test]
        fn no_frame_panics(mut frame in prop::collection::vec(any::<u8>(), 0..200), kind in 0u8..25) {
            drop(parse(Bytes::from(frame.clone())));
            if let Some(first) = frame.first_mut() {
                *first = if kind == 0 { 200 } else { kind };
            }
            drop(parse(frame.into()));
        }

        #[test]
        fn no_change_of_one_byte_panics(which in 0usize..27, at in any::<prop::sample::Index>(), to: u8) {
            let mut frame = every_request()[which].to_vec();
            *at.get_mut(&mut frame) = to;
            drop(parse(frame.into()));
        }
    }
}
