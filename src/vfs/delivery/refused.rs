//! `/Aanleveren/Afgewezen`: what was refused, each file with a text beside it that says why. The text is made
//! when it is read, in the language of the party.

use super::receipts;
use crate::catalog::intake::{self, Reason};
use crate::catalog::nodes::{self, Row, Slot};
use crate::catalog::{Conn, NOW, NodeId, locks, versions, walks};
use crate::dossier::name::{self, Policy};
use crate::dossier::{Error, Language, Leaf, Refusal, Result, Rights, tree};
use crate::vfs::asked::Asked;
use crate::vfs::content::{self, Content, Twin};
use crate::vfs::{Entry, May, Session, random_id};

/// No more bytes of a name go into that of its reason, which must be a name as well.
const LONGEST: usize = 230;

/// In milliseconds.
const A_DAY: i64 = 24 * 3_600_000;

/// Keeps a file that was refused, under a name that is free, with the reason.
///
/// # Errors
/// [`Error::Unavailable`], also for all below.
pub(in crate::vfs) async fn keep(
    asked: &Asked,
    tx: &mut Conn,
    content: &Content,
    modified: i64,
    refusal: Refusal,
) -> Result<()> {
    let Asked { door, session, .. } = asked;
    let now = door.clock.now();
    let node = nodes::make_file(tx, &random_id()?, session.party, now).await?;
    place(asked, tx, node, Some(content), refusal).await?;
    let version = content.version(node, modified, session.party);
    // It counts while it lies there; that there is no room for it is no reason to lose it.
    versions::add_used(tx, session.party, content.size).await?;
    content::add_version(tx, None, version, &Twin::None, session, now).await.map(drop)
}

/// Keeps what waited at the path that is asked for, with the reason why it is refused.
///
/// # Errors
/// As [`keep`].
pub(in crate::vfs) async fn take_over(
    asked: &Asked,
    tx: &mut Conn,
    row: &Row,
    refusal: Refusal,
) -> Result<()> {
    locks::delete_below(tx, row.id).await?;
    nodes::end_placement(tx, row.placement, asked.door.clock.now()).await?;
    place(asked, tx, row.id, None, refusal).await
}

/// Lets a node lie among what was refused, under the name that was asked for or with a number, and says why.
async fn place(
    asked: &Asked,
    tx: &mut Conn,
    node: NodeId,
    content: Option<&Content>,
    refusal: Refusal,
) -> Result<()> {
    let Asked { door, session, path, .. } = asked;
    let (now, given) = (door.clock.now(), path.name().unwrap_or_default());
    let root = match intake::roots(tx, session.account).await?.1 {
        Some(root) => root,
        None => intake::make_refused_root(tx, session.party, &random_id()?, now).await?,
    };
    let n = free_number(tx, session, root, given, true).await?;
    let name = name::numbered(given, false, n);
    let key = Policy::Portable.key(&name);
    let slot = Slot::plain(root, name, key);
    nodes::place(tx, node, &slot, None, now).await?;
    reason(asked, tx, n, (Some(node), content), refusal).await
}

/// Keeps only the reason.
///
/// # Errors
/// As [`keep`].
pub(in crate::vfs) async fn keep_reason(
    asked: &Asked,
    tx: &mut Conn,
    refusal: Refusal,
) -> Result<()> {
    let Asked { session, path, .. } = asked;
    let given = path.name().unwrap_or_default();
    let root = intake::roots(tx, session.account).await?.1.unwrap_or(NodeId(0));
    let n = free_number(tx, session, root, given, false).await?;
    reason(asked, tx, n, (None, None), refusal).await
}

/// Whether a reason of this kind alone, for what has this name, was kept within a day: nothing waits for longer.
///
/// # Errors
/// As [`keep`].
pub(in crate::vfs) async fn is_told(
    asked: &Asked,
    tx: &mut Conn,
    refusal: Refusal,
) -> Result<bool> {
    let Asked { door, session, path, .. } = asked;
    let given = path.name().unwrap_or_default();
    let since = door.clock.now() - A_DAY;
    let all = intake::reasons(tx, session.party).await?;
    Ok(all.iter().any(|reason| {
        let same = reason.node.is_none() && reason.code == refusal.kept() && reason.at > since;
        same && is_reason_of(&reason.name, given, session.language)
    }))
}

/// A number under which a name's reason has a place, and the file itself if there is one: the next, if none
/// between was taken away. In leaps, and back by halves, so that who is refused for ever keeps nobody waiting.
async fn free_number(
    tx: &mut Conn,
    session: &Session,
    root: NodeId,
    given: &str,
    with_file: bool,
) -> Result<u32> {
    let (mut taken, mut free) = (0, 1_u32);
    while !has_room(tx, session, root, given, with_file, free).await? {
        taken = free;
        free = free.checked_mul(2).ok_or(Error::Unavailable)?;
    }
    while free - taken > 1 {
        let middle = taken.midpoint(free);
        if has_room(tx, session, root, given, with_file, middle).await? {
            free = middle;
        } else {
            taken = middle;
        }
    }
    Ok(free)
}

async fn has_room(
    tx: &mut Conn,
    session: &Session,
    root: NodeId,
    given: &str,
    with_file: bool,
    n: u32,
) -> Result<bool> {
    let file_fits =
        !with_file || is_free(tx, session, root, &name::numbered(given, false, n)).await?;
    Ok(file_fits && is_free(tx, session, root, &reason_name(given, n, session.language)).await?)
}

/// Whether neither a file nor a reason has this name.
async fn is_free(tx: &mut Conn, session: &Session, root: NodeId, name: &str) -> Result<bool> {
    let key = [Policy::Portable.key(name)];
    let [reason] = &key;
    Ok(intake::reason(tx, session.party, reason).await?.is_none()
        && walks::walk(tx, root, NOW, ("", 0), &key).await?.is_empty())
}

async fn reason(
    asked: &Asked,
    tx: &mut Conn,
    n: u32,
    (node, content): (Option<NodeId>, Option<&Content>),
    refusal: Refusal,
) -> Result<()> {
    let Asked { door, session, path, .. } = asked;
    let given = path.name().unwrap_or_default();
    let name = reason_name(given, n, session.language);
    let name_key = Policy::Portable.key(&name);
    let (code, at) = (refusal.kept(), door.clock.now());
    intake::insert_reason(tx, session.party, &Reason { name, name_key, code, node, at }).await?;
    let state = receipts::State::Refused(refusal);
    // As what is taken in is named: with its folders.
    let spot = tree::locate(session.viewer(), path.parts()).leaf;
    let put_at = spot.map_or_else(|| given.to_owned(), |(_, rest)| rest.join("/"));
    let receipt = receipts::Receipt { name: &put_at, content, went: "", state, node: "" };
    receipts::write(asked, tx, &receipt).await
}

/// `<name>.reden.txt`, or `<name> (2).reden.txt` for a repeated name (PRODUCT.md section 5).
fn reason_name(given: &str, n: u32, language: Language) -> String {
    let end = language.pick("reden.txt", "reason.txt");
    let given = given.get(..given.floor_char_boundary(LONGEST)).unwrap_or(given);
    format!("{}.{end}", name::numbered(given, true, n))
}

/// Whether a reason is one of this name, under whatever number.
fn is_reason_of(name: &str, given: &str, language: Language) -> bool {
    let number =
        name.rfind(" (").and_then(|at| name.get(at + 2..)?.split_once(')')?.0.parse().ok());
    [1].into_iter().chain(number).any(|n| reason_name(given, n, language) == name)
}

/// The text of a reason: the code, and a sentence that says what to do.
pub(in crate::vfs) fn text(session: &Session, reason: &Reason) -> String {
    let sentence =
        Refusal::by_kept(&reason.code).map(|r| Error::Refused(r).sentence(session.language));
    format!("{}\r\n", sentence.unwrap_or_else(|| reason.code.clone()))
}

/// A reason as a file.
pub(in crate::vfs) fn entry(session: &Session, reason: &Reason) -> Entry {
    let rights = Leaf::Refused.narrows(Rights::READ | Rights::TAKE, session.scope);
    let may = if rights.has(Rights::TAKE) { May::READ | May::REMOVE } else { May::READ };
    Entry {
        name: reason.name.clone(),
        size: text(session, reason).len() as u64,
        modified: reason.at,
        created: reason.at,
        rights,
        may,
        version: 1,
        ..Entry::default()
    }
}

/// The reasons that a party was given.
///
/// # Errors
/// As [`keep`].
pub(in crate::vfs) async fn entries(conn: &mut Conn, session: &Session) -> Result<Vec<Entry>> {
    let all = intake::reasons(conn, session.party).await?;
    Ok(all.iter().map(|reason| entry(session, reason)).collect())
}

/// The reason of this name.
///
/// # Errors
/// [`Error::NotFound`].
pub(in crate::vfs) async fn one(conn: &mut Conn, session: &Session, name: &str) -> Result<Reason> {
    let key = Policy::Portable.key(name);
    intake::reason(conn, session.party, &key).await?.ok_or(Error::NotFound)
}
