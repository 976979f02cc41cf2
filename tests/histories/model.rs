//! The reference: PRODUCT.md section 2 once more, who sees what, as plain data. A document lies in an area
//! of an owner under a path, and a forward is a link. What the verbs mean is in `verbs`.

use crate::cast::{DEVRIES, LOON, Party};
use crate::trees::{Area, areas};
use loondossier::dossier::Error::{self, NoParent, NotFound};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

pub(crate) type Id = usize;
/// An area, a path there, and what has it.
pub(crate) type Spot = (Area, String, Option<Id>);

#[derive(Clone, Debug)]
pub(crate) struct Doc {
    pub(crate) area: Area,
    pub(crate) path: String,
    /// By whom, and what that party calls it.
    pub(crate) placed: (Party, String),
    /// A folder has none.
    pub(crate) content: Option<Vec<u8>>,
    /// What a link, or a folder that forwarding made, is of; and whether that left its employer's view.
    pub(crate) of: Option<(Id, bool)>,
}

/// A document that left its name a moment ago, by whose hand, and the links to it that ended with it.
#[derive(Clone, Debug)]
pub(crate) struct Gone {
    pub(crate) who: Party,
    pub(crate) id: Id,
    pub(crate) was: Doc,
    pub(crate) links: Vec<(Id, Doc)>,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Model {
    pub(crate) docs: BTreeMap<Id, Doc>,
    pub(crate) count: Id,
    pub(crate) office: BTreeMap<Party, Party>,
    pub(crate) left: BTreeSet<(Party, Party)>,
    /// The employers whose office reads the payslips that it placed.
    pub(crate) visible: BTreeSet<Party>,
    pub(crate) reads_only: bool,
    pub(crate) opened: BTreeSet<(Party, Id)>,
    /// Lines for the log of each.
    pub(crate) told: Vec<(Party, String)>,
    /// As it was at the end of each day.
    pub(crate) days: BTreeMap<String, Rc<Self>>,
    pub(crate) is_past: bool,
    /// What was renamed or deleted within the last minute.
    pub(crate) gone: Vec<Gone>,
    /// The last document that was made a minute ago or more.
    pub(crate) fresh: Id,
}

pub(crate) fn name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

pub(crate) fn is_within(path: &str, top: &str) -> bool {
    format!("{path}/").starts_with(&format!("{top}/"))
}

/// Whether its owner's own hand writes there.
pub(crate) fn is_own(area: Area, who: Party) -> bool {
    area.1 == who && ["own", "backups", "shared"].contains(&area.0)
}

pub(crate) fn is_shelf(area: Area) -> bool {
    ["payslips", "overviews"].contains(&area.0)
}

/// Whether an employee shares it with this employer.
pub(crate) fn is_lent(area: Area, who: Party) -> bool {
    matches!(area, ("shared", DEVRIES.., with) if with == who)
}

impl Doc {
    pub(crate) fn new(area: Area, path: &str, who: Party, content: Option<Vec<u8>>) -> Self {
        Self { area, path: path.into(), placed: (who, name(path).into()), content, of: None }
    }

    pub(crate) fn is_link(&self) -> bool {
        self.of.is_some() && self.content.is_some()
    }

    /// What a system leaves behind.
    pub(crate) fn is_clutter(&self) -> bool {
        self.area.0 != "backups" && name(&self.path).starts_with("._")
    }

    /// An office knows what it placed by its own names.
    pub(crate) fn shown(&self, who: Party) -> &str {
        if who <= LOON && is_shelf(self.area) { &self.placed.1 } else { &self.path }
    }
}

impl Model {
    /// Section 2: what a viewer may do with a document, or with something new where there is none: read,
    /// write, take out, place, replace (x), forward, decide. What it may not read does not exist.
    pub(crate) fn may(&self, who: Party, area: Area, doc: Option<&Doc>) -> &'static str {
        let mine = doc.is_some_and(|d| d.placed.0 == who);
        let all = match area {
            _ if !mine && doc.is_some_and(Doc::is_clutter) => "",
            ("shared", by, _) if by == who && doc.is_some_and(Doc::is_link) => "rf",
            ("shared", by, with) if by == who && self.left.contains(&(by, with)) => "rt",
            _ if is_own(area, who) => "rwt",
            _ if is_lent(area, who) => "rf",
            ("shared", _, with) if with == who => "r",
            ("payslips", _, e) if mine && (e == who || self.visible.contains(&e)) => "rx",
            ("payslips", p, e) if p == who || e == who || doc.is_none() => "r",
            ("overviews", e, _) if e == who => "r",
            ("overviews", ..) if mine => "rpx",
            ("handed in", ..) if mine => "r",
            ("overviews" | "handed in", ..) if doc.is_none() => "rp",
            ("sets", e, _) if e == who => "rpd",
            ("decided", e, _) if e == who => "rp",
            ("decided", ..) => "r",
            ("sets", ..) => "rp",
            ("r" | "rp" | "rt", ..) => area.0,
            _ => "",
        };
        if self.reads_only { &all[..all.len().min(1)] } else { all }
    }

    /// The folders of a viewer's tree that are areas; one of overviews is there while any is in it.
    pub(crate) fn lines(&self, me: Party) -> BTreeMap<String, Area> {
        let mut all = areas(me, &self.office);
        let shelf = |area: Area| area.0 == "payslips" || area == ("overviews", me, me);
        all.retain(|_, area| !shelf(*area) || !self.seen(me, *area).is_empty());
        all.retain(|_, area| !self.is_past || is_own(*area, me));
        all
    }

    /// A document, and what is in it.
    pub(crate) fn below(&self, top: Id) -> Vec<Id> {
        let (area, top) = (self.docs[&top].area, &self.docs[&top].path);
        let all = self.docs.iter().filter(|(_, d)| d.area == area && is_within(&d.path, top));
        all.map(|(id, _)| *id).collect()
    }

    /// What a viewer sees in an area, by its path there; not what was forwarded out of its employer's
    /// view, a folder when all that is in it was.
    pub(crate) fn seen(&self, who: Party, area: Area) -> Vec<(&str, Id)> {
        let moved = |id: &Id| self.docs.values().any(|d| d.of == Some((*id, true)));
        let away = |top: &Id| {
            let mut files = self.below(*top);
            files.retain(|id| self.docs[id].content.is_some() && !self.docs[id].is_clutter());
            if !files.is_empty() && files.iter().all(moved) { self.below(*top) } else { Vec::new() }
        };
        let away = self.docs.keys().filter(|id| is_lent(area, who) && moved(id)).flat_map(away);
        let away: Vec<_> = away.collect();
        let mut all: Vec<_> = self.docs.iter().filter(|(_, d)| d.area == area).collect();
        all.retain(|(id, d)| !away.contains(id) && self.may(who, area, Some(d)).starts_with('r'));
        all.into_iter().map(|(id, d)| (d.shown(who), *id)).collect()
    }

    /// The whole tree of a viewer: what it may do at each path, and the content of a file.
    pub(crate) fn tree(&self, who: Party) -> BTreeMap<String, (&'static str, Option<Vec<u8>>)> {
        let mut all = BTreeMap::new();
        for (day, then) in &self.days {
            let then = then.tree(who).into_iter();
            all.extend(then.map(|(at, seen)| (format!("/Eerdere dagen/{day}{at}"), seen)));
        }
        for (at, area) in self.lines(who) {
            for (path, id) in self.seen(who, area) {
                let (may, home) = (self.may(who, area, Some(&self.docs[&id])), self.home(id));
                all.insert(format!("{at}/{path}"), (may, home.1.content.clone()));
            }
            for (end, _) in at.match_indices('/').skip(1).filter(|_| !self.is_past) {
                all.entry(at[..end].to_owned()).or_insert(("r", None));
            }
            if !self.is_past {
                all.insert(at, (self.may(who, area, None), None));
            }
        }
        all
    }

    /// The document itself, where it is a link to one.
    pub(crate) fn home(&self, id: Id) -> (Id, &Doc) {
        let of = self.docs[&id].of.filter(|_| self.docs[&id].is_link());
        of.map_or((id, &self.docs[&id]), |(of, _)| (of, &self.docs[&of]))
    }

    pub(crate) fn spot(&self, who: Party, path: &str) -> Result<Spot, Error> {
        let lines = self.lines(who).into_iter().filter(|(at, _)| is_within(path, at));
        let (at, area) = lines.max_by_key(|(at, _)| at.len()).ok_or(NoParent)?;
        let (mut path, all) = (path[at.len() + 1..].to_owned(), self.seen(who, area));
        let key = |path: &str| if area.0 == "backups" { path.into() } else { path.to_lowercase() };
        let find = |path: &str| all.iter().find(|(p, _)| key(p) == key(path)).map(|(_, id)| *id);
        if let Some((above, name)) = path.rsplit_once('/') {
            let above = find(above).map(|id| &self.docs[&id]).filter(|d| d.content.is_none());
            path = format!("{}/{name}", above.ok_or(NoParent)?.path);
        }
        Ok((area, path.clone(), find(&path)))
    }

    /// What a path leads to, today or on a day, and the dossier that it is in.
    pub(crate) fn existing(&self, who: Party, path: &str) -> Result<(Rc<Self>, Id, Doc), Error> {
        let day = path.strip_prefix("/Eerdere dagen/").map(|path| path.split_at(10));
        let then = day.and_then(|(day, path)| Some((Rc::clone(self.days.get(day)?), path)));
        let (then, path) = then.unwrap_or_else(|| (Rc::new(self.clone()), path));
        let id = then.spot(who, path).map_err(|_| NotFound)?.2.ok_or(NotFound)?;
        let doc = then.docs[&id].clone();
        Ok((then, id, doc))
    }
}
