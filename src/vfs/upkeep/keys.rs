//! The keys of the dossier: sealing them under another master key, and what is needed to have the
//! contents back without this program.

use crate::blobs::{BlobKey, Identity, SealedIdentity};
use crate::catalog::held;
use crate::catalog::history::{self, Indexed, Top};
use crate::catalog::keys::{self, Sealed};
use crate::catalog::nodes;
use crate::catalog::relations::Party;
use crate::catalog::{Conn, FOREVER, KeyId, NodeId, Transaction};
use crate::dossier::tree::{self, Names};
use crate::dossier::{Language, PartyKind, Result, kind, overview};
use crate::vfs::Vfs;
use crate::vfs::door::Door;
use serde::Serialize;
use std::collections::HashMap;
use std::sync::Arc;

/// One version of one file, and how to have its content back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct IndexLine {
    /// The owner: `employer bakkerij-jansen`.
    pub party: String,
    /// Where it lies, or lay last, in the owner's tree.
    pub path: String,
    /// Counted per file from 1; 0 of what was replaced before anybody saw it.
    pub version: i64,
    /// From when it was the newest (RFC 3339).
    pub from: String,
    /// Until when; empty while it is.
    pub until: String,
    /// Bytes.
    pub size: i64,
    /// In hexadecimal.
    pub sha256: String,
    /// The object below `blobs/`: `ab/ab....age`, or `ab/ab....tar/ab...-0.age` for a member of an archive.
    pub object: String,
    /// `zstd` when the content is packed in the object; else empty.
    pub packed: &'static str,
    /// Whose identity opens it, `age1...`.
    pub recipient: String,
}

impl Vfs {
    /// Whether every key is sealed under the master key that seals now.
    ///
    /// # Errors
    /// [`crate::dossier::Error::Unavailable`].
    pub async fn keys_are_sealed_anew(&self) -> Result<bool> {
        let Door { db, keyring, .. } = &*self.0;
        Ok(keys::not_under(&mut db.reader().await?, &keyring.current()).await?.is_empty())
    }

    /// Seals every key under the master key that seals now, a page in a transaction each, so that who
    /// serves meanwhile opens each as it is. Done again after it was cut off, it does what is left. How
    /// many it sealed; `progress` is told on the way.
    ///
    /// # Errors
    /// [`crate::dossier::Error::Unavailable`] when a master key is missing that keys are sealed under.
    pub async fn seal_keys_anew(&self, mut progress: impl FnMut(u64)) -> Result<u64> {
        let Door { db, keyring, .. } = &*self.0;
        let mut done = 0;
        loop {
            let page = keys::not_under(&mut db.reader().await?, &keyring.current()).await?;
            if page.is_empty() {
                return Ok(done);
            }
            let anew = |key: Sealed| {
                let sealed = keyring.reseal(&key.sealed, &key.master)?;
                Ok((key, sealed))
            };
            done += db.write(Reseal(page.into_iter().map(anew).collect::<Result<_>>()?)).await?;
            progress(done);
        }
    }

    /// Every identity that is not destroyed, in the clear.
    ///
    /// # Errors
    /// [`crate::dossier::Error::Unavailable`], also when a master key is missing.
    pub async fn identities(&self, mut tell: impl FnMut(&Identity)) -> Result<()> {
        let Door { db, keyring, .. } = &*self.0;
        let mut after = KeyId(0);
        loop {
            let page = keys::page(&mut db.reader().await?, after).await?;
            let Some(last) = page.last() else { return Ok(()) };
            after = last.id;
            for key in &page {
                tell(&keyring.open(&key.sealed, &key.master)?);
            }
        }
    }

    /// Every version that there is, of today and of the past, with where its content lies.
    ///
    /// # Errors
    /// [`crate::dossier::Error::Unavailable`]; what `tell` says.
    pub async fn index<E: From<crate::dossier::Error>>(
        &self,
        mut tell: impl FnMut(IndexLine) -> std::result::Result<(), E>,
    ) -> std::result::Result<(), E> {
        let mut paths = Paths::read(&self.0).await?;
        let mut after = 0;
        loop {
            let page = history::index(&mut self.0.db.reader().await?, after).await?;
            let Some(last) = page.last() else { return Ok(()) };
            after = last.id;
            for version in page {
                tell(paths.line(version).await?)?;
            }
        }
    }
}

/// Where nodes lie in the trees of their owners.
struct Paths<'a> {
    door: &'a Door,
    tops: HashMap<NodeId, Top>,
}

impl<'a> Paths<'a> {
    async fn read(door: &'a Door) -> Result<Self> {
        let tops = history::tops(&mut door.db.reader().await?).await?;
        Ok(Self { door, tops: tops.into_iter().map(|top| (top.top, top)).collect() })
    }

    async fn line(&mut self, of: Indexed) -> Result<IndexLine> {
        let conn = &mut self.door.db.reader().await?;
        let mut way = history::way_up(conn, of.node, of.from_ms.max(of.until_ms - 1)).await?;
        if let Some(step) = way.last_mut().filter(|step| step.kind == held::SHELF.0) {
            // Where it will lie, or came to lie.
            if let Some(held) = held::one(conn, of.node).await? {
                (step.kind, step.year, step.name) = (held.kind, held.year, held.name);
            } else if let Some(row) = nodes::home(conn, of.node).await? {
                (step.kind, step.year, step.name) = (row.kind, row.year, row.name);
            }
        }
        let top = way.last().and_then(|step| self.tops.get(&step.node));
        let (party, path) = match top {
            Some(top) => {
                let party = self.door.party(conn, top.party).await?;
                (format!("{} {}", party.kind, party.key), path(top, &party, &way))
            }
            // It was put and taken away in one instant, or another version took its place in it.
            None => (String::new(), of.public_id),
        };
        let object = of.blob.parse::<BlobKey>()?.object();
        Ok(IndexLine {
            party,
            path,
            version: of.number.max(0),
            from: instant(of.from_ms),
            until: if of.until_ms == FOREVER { String::new() } else { instant(of.until_ms) },
            size: of.size,
            sha256: data_encoding::HEXLOWER.encode(&of.sha256),
            object,
            packed: if of.packed.is_some() { "zstd" } else { "" },
            recipient: of.recipient,
        })
    }
}

/// The path of what lies at the end of a way, in its owner's tree and language.
fn path(top: &Top, party: &Arc<Party>, way: &[history::Step]) -> String {
    let language: Language = party.language.parse().unwrap_or_default();
    let owner: Option<PartyKind> = party.kind.parse().ok();
    let at_top = way.last();
    let kind = at_top.and_then(|step| kind::by_code(&step.kind));
    let folder = Some(top.folder.as_str());
    let year = at_top.and_then(|step| u16::try_from(step.year).ok());
    let names = Names { employer: folder, employee: folder, kind, year };
    let folders = owner.and_then(|owner| tree::folder(owner, language, top.leaf, &names));
    let mut parts = folders.unwrap_or_default();
    for step in way.iter().rev().filter(|step| !step.name.is_empty()) {
        parts.push(match kind::by_code(&step.kind) {
            Some(kind) => overview::shown(kind, &step.name, language),
            None => step.name.clone(),
        });
    }
    format!("/{}", parts.join("/"))
}

fn instant(ms: i64) -> String {
    jiff::Timestamp::from_millisecond(ms).map(|at| at.to_string()).unwrap_or_default()
}

struct Reseal(Vec<(Sealed, SealedIdentity)>);

impl Transaction for Reseal {
    type Output = u64;

    async fn run(&self, tx: &mut Conn) -> Result<u64> {
        let mut done = 0;
        for (was, is) in &self.0 {
            done += keys::reseal(tx, was, &is.sealed, &is.master).await?;
        }
        Ok(done)
    }
}
