//! Replies of SFTP version 3: what a client is answered, as bytes.

use super::attrs::Attrs;
use super::codec::HandleId;
use super::extensions;
use super::status::Code;
use bytes::{BufMut, Bytes, BytesMut};

/// A name with what `ls -l` shows of it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Name {
    pub(super) short: String,
    pub(super) long: String,
    pub(super) attrs: Attrs,
}

/// What a client is answered.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Reply {
    Status(Code, String),
    Handle(HandleId),
    Data(Bytes),
    Names(Vec<Name>),
    Attrs(Attrs),
    /// `EXTENDED_REPLY`, with the body that the extension defines.
    Extended(Bytes),
}

impl Reply {
    /// Done, with nothing to tell.
    pub(super) fn ok() -> Self {
        Self::Status(Code::Ok, String::new())
    }

    /// There is no more.
    pub(super) fn eof() -> Self {
        Self::Status(Code::Eof, String::new())
    }

    /// Appends the frame that answers request `id`.
    pub(super) fn write(&self, id: u32, out: &mut BytesMut) {
        let (kind, start) = (self.kind(), out.len());
        out.put_u32(0);
        out.put_u8(kind);
        out.put_u32(id);
        match self {
            Self::Status(code, sentence) => {
                out.put_u32(*code as u32);
                put_string(out, sentence.as_bytes());
                put_string(out, b"");
            }
            Self::Handle(handle) => put_string(out, format!("{handle:08x}").as_bytes()),
            Self::Data(data) => put_string(out, data),
            Self::Names(names) => {
                out.put_u32(length(names.len()));
                for name in names {
                    put_string(out, name.short.as_bytes());
                    put_string(out, name.long.as_bytes());
                    name.attrs.write(out);
                }
            }
            Self::Attrs(attrs) => attrs.write(out),
            Self::Extended(body) => out.extend_from_slice(body),
        }
        close_frame(out, start);
    }

    const fn kind(&self) -> u8 {
        match self {
            Self::Status(..) => 101,
            Self::Handle(_) => 102,
            Self::Data(_) => 103,
            Self::Names(_) => 104,
            Self::Attrs(_) => 105,
            Self::Extended(_) => 201,
        }
    }
}

/// Appends VERSION with the extensions that work here.
pub(super) fn write_version(out: &mut BytesMut) {
    let start = out.len();
    out.put_u32(0);
    out.put_u8(2);
    out.put_u32(3);
    for (name, version) in extensions::OFFERED {
        put_string(out, name.as_bytes());
        put_string(out, version.as_bytes());
    }
    close_frame(out, start);
}

/// Appends bytes with their length before them.
pub(super) fn put_string(out: &mut BytesMut, bytes: &[u8]) {
    out.put_u32(length(bytes.len()));
    out.extend_from_slice(bytes);
}

/// Writes the length of the frame that began at `start` into its first four bytes.
fn close_frame(out: &mut BytesMut, start: usize) {
    let body = length(out.len() - start - 4);
    if let Some(head) = out.get_mut(start..start + 4) {
        head.copy_from_slice(&body.to_be_bytes());
    }
}

/// A length on the wire. No frame of ours comes near four gigabytes.
fn length(bytes: usize) -> u32 {
    u32::try_from(bytes).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dossier::DossierPath;
    use bytes::Buf;

    #[test]
    fn replies_look_as_the_draft_says() {
        let wire = |reply: Reply| {
            let mut out = BytesMut::from(&b"before"[..]);
            reply.write(7, &mut out);
            out.split_off(6).to_vec()
        };
        let ok = wire(Reply::ok());
        assert_eq!(ok, [0, 0, 0, 17, 101, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        let data = wire(Reply::Data(Bytes::from_static(b"xy")));
        assert_eq!(data, [0, 0, 0, 11, 103, 0, 0, 0, 7, 0, 0, 0, 2, b'x', b'y']);
        let handle = wire(Reply::Handle(9));
        assert_eq!(
            handle,
            [&[0, 0, 0, 17, 102, 0, 0, 0, 7][..], &[0, 0, 0, 8], b"00000009"].concat()
        );
        let root = DossierPath::default();
        let names = wire(Reply::Names(vec![Name::path(&root)]));
        let expected =
            [0, 0, 0, 23, 104, 0, 0, 0, 7, 0, 0, 0, 1, 0, 0, 0, 1, b'/', 0, 0, 0, 1, b'/'];
        assert_eq!(names, [&expected[..], &[0; 4]].concat());
    }

    #[test]
    fn version_lists_every_extension() {
        let mut out = BytesMut::new();
        write_version(&mut out);
        let mut body = out.freeze();
        let string = |body: &mut Bytes| {
            let length = body.get_u32() as usize;
            body.split_to(length)
        };
        let mut frame = string(&mut body);
        assert!(body.is_empty());
        assert_eq!((frame.get_u8(), frame.get_u32()), (2, 3));
        for (name, version) in extensions::OFFERED {
            assert_eq!(string(&mut frame), name);
            assert_eq!(string(&mut frame), version);
        }
        assert!(frame.is_empty());
    }
}
