//! The reference: PRODUCT.md sections 2 and 4 once more, as plain data. A document lies in an area of an
//! owner under a path, a forward is a link, and each verb is a short match.

use crate::cast::{DEVRIES, JOBS, LOON, NAMES, NOBODY, PEOPLE, Party};
use crate::trees::{Area, areas};
use loondossier::dossier::Error::{self, Denied, Exists, IsFolder, KindsMeet, NoParent, NotFound};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

pub(crate) type Told = Result<(), Error>;
type Id = usize;

#[derive(Clone, Debug)]
struct Doc {
    area: Area,
    path: String,
    /// By whom, and what that party calls it.
    placed: (Party, String),
    /// A folder has none.
    content: Option<Vec<u8>>,
    /// What a link, or a folder that forwarding made, is of; and whether that left its employer's view.
    of: Option<(Id, bool)>,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Model {
    docs: BTreeMap<Id, Doc>,
    count: Id,
    pub(crate) office: BTreeMap<Party, Party>,
    pub(crate) left: BTreeSet<(Party, Party)>,
    /// The employers whose office reads the payslips that it placed.
    pub(crate) visible: BTreeSet<Party>,
    pub(crate) reads_only: bool,
    opened: BTreeSet<(Party, Id)>,
    /// Lines for the log of each.
    pub(crate) told: Vec<(Party, String)>,
    /// As it was at the end of each day.
    days: BTreeMap<String, Rc<Self>>,
    is_past: bool,
}

fn ensure(so: bool, else_told: Error) -> Told {
    if so { Ok(()) } else { Err(else_told) }
}

fn name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

fn is_within(path: &str, top: &str) -> bool {
    format!("{path}/").starts_with(&format!("{top}/"))
}

fn free(name: &str, taken: impl Fn(&str) -> bool) -> String {
    let (stem, end) = name.split_at(name.rfind('.').unwrap_or(name.len()));
    let numbered = (2..).map(|n| format!("{stem} ({n}){end}"));
    [name.to_owned()].into_iter().chain(numbered).find(|n| !taken(n)).unwrap()
}

/// Whether its owner's own hand writes there.
fn is_own(area: Area, who: Party) -> bool {
    area.1 == who && ["own", "backups", "shared"].contains(&area.0)
}

fn is_shelf(area: Area) -> bool {
    ["payslips", "overviews"].contains(&area.0)
}

/// Whether an employee shares it with this employer.
fn is_lent(area: Area, who: Party) -> bool {
    matches!(area, ("shared", DEVRIES.., with) if with == who)
}

impl Doc {
    fn new(area: Area, path: &str, who: Party, content: Option<Vec<u8>>) -> Self {
        Self { area, path: path.into(), placed: (who, name(path).into()), content, of: None }
    }

    fn is_link(&self) -> bool {
        self.of.is_some() && self.content.is_some()
    }

    /// What a system leaves behind.
    fn is_clutter(&self) -> bool {
        self.area.0 != "backups" && name(&self.path).starts_with("._")
    }

    /// An office knows what it placed by its own names.
    fn shown(&self, who: Party) -> &str {
        if who <= LOON && is_shelf(self.area) { &self.placed.1 } else { &self.path }
    }
}

impl Model {
    /// Section 2: what a viewer may do with a document, or with something new where there is none: read,
    /// write, take out, place, replace (x), forward, decide. What it may not read does not exist.
    fn may(&self, who: Party, area: Area, doc: Option<&Doc>) -> &'static str {
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
            ("sets", e, _) if e == who => "rd",
            ("sets", ..) => "rp",
            ("r" | "rp", ..) => area.0,
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
    fn below(&self, top: Id) -> Vec<Id> {
        let (area, top) = (self.docs[&top].area, &self.docs[&top].path);
        let all = self.docs.iter().filter(|(_, d)| d.area == area && is_within(&d.path, top));
        all.map(|(id, _)| *id).collect()
    }

    /// What a viewer sees in an area, by its path there; not what was forwarded out of its employer's
    /// view, a folder when all that is in it was.
    fn seen(&self, who: Party, area: Area) -> Vec<(&str, Id)> {
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
    fn home(&self, id: Id) -> (Id, &Doc) {
        let of = self.docs[&id].of.filter(|_| self.docs[&id].is_link());
        of.map_or((id, &self.docs[&id]), |(of, _)| (of, &self.docs[&of]))
    }

    /// The area that a path is in, the path there, and what has it.
    fn spot(&self, who: Party, path: &str) -> Result<(Area, String, Option<Id>), Error> {
        let lines = self.lines(who).into_iter().filter(|(at, _)| is_within(path, at));
        let (at, area) = lines.last().ok_or(NoParent)?;
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
    fn existing(&self, who: Party, path: &str) -> Result<(Rc<Self>, Id, Doc), Error> {
        let day = path.strip_prefix("/Eerdere dagen/").map(|path| path.split_at(10));
        let then = day.and_then(|(day, path)| Some((Rc::clone(self.days.get(day)?), path)));
        let (then, path) = then.unwrap_or_else(|| (Rc::new(self.clone()), path));
        let id = then.spot(who, path).map_err(|_| NotFound)?.2.ok_or(NotFound)?;
        let doc = then.docs[&id].clone();
        Ok((then, id, doc))
    }

    /// Writes in the log of a reader, but of what a system leaves behind.
    fn line(&mut self, who: Party, reader: Party, deed: &str, file: &str, more: &str) {
        let by = match who {
            NOBODY => "vanzelf".to_owned(),
            _ if who == reader => PEOPLE[who].to_owned(),
            _ => format!("{} ({})", PEOPLE[who], NAMES[who]),
        };
        let line = (reader, format!("{by};{deed};{file};{more}"));
        self.told.extend((!file.starts_with("._")).then_some(line));
    }

    /// Its doer is told one thing, whom else it concerns another: each a file, and what more there is.
    fn tell(&mut self, who: Party, deed: &str, area: Area, own: (&str, &str), seen: (&str, &str)) {
        for reader in BTreeSet::from([area.1, area.2]) {
            let (file, more) = if reader == who { own } else { seen };
            self.line(who, reader, deed, file, more);
        }
        if ![area.1, area.2].contains(&who) {
            self.line(who, who, deed, own.0, own.1);
        }
    }

    /// Gives a document its content, or makes it.
    fn lay(&mut self, id: Option<Id>, doc: Doc) {
        self.count += 1;
        let content = doc.content.clone();
        self.docs.entry(id.unwrap_or(self.count)).or_insert(doc).content = content;
    }

    pub(crate) fn read(&mut self, who: Party, path: &str) -> Result<Vec<u8>, Error> {
        let (then, id, doc) = self.existing(who, path)?;
        let ((id, home), area) = (then.home(id), doc.area);
        ensure(area.0 != "handed in", Denied)?;
        let content = home.content.clone().ok_or(IsFolder)?;
        if !is_own(area, who) || doc.is_link() {
            self.opened.insert((who, id));
            self.line(who, home.area.1, "geopend", name(&home.path), "");
            if who <= LOON && is_shelf(area) {
                self.line(who, who, "geopend", doc.shown(who), "");
            }
        }
        Ok(content)
    }

    /// Puts a file, or without content makes a folder.
    pub(crate) fn put(&mut self, who: Party, path: &str, content: Option<&[u8]>) -> Told {
        let (area, path, found) = self.spot(who, path)?;
        let listed = area.0 == "handed in";
        let old = found.filter(|_| !listed).map(|id| &self.docs[&id]);
        let is_overview = listed || is_shelf(area);
        let (needs, deed) = match (content, old) {
            (None, _) => ('w', "map gemaakt"),
            (_, Some(_)) => (if is_overview { 'x' } else { 'w' }, "vervangen"),
            (_, None) => (if is_overview { 'p' } else { 'w' }, "geplaatst"),
        };
        ensure(content.is_some() || found.is_none(), Exists)?;
        ensure(old.is_none_or(|d| d.content.is_some()), IsFolder)?;
        ensure(self.may(who, area, old).contains(needs), Denied)?;
        let (file, doc) = (name(&path), Doc::new(area, &path, who, content.map(<[u8]>::to_vec)));
        if is_overview {
            self.file(doc.clone(), who);
        } else {
            self.tell(who, deed, area, (file, ""), (file, ""));
        }
        if listed || !is_overview {
            self.lay(found, doc);
        }
        Ok(())
    }

    /// Files an overview: a new version of what its placer calls so, or a new one under a free name.
    fn file(&mut self, mut doc: Doc, who: Party) {
        let listed = doc.area.0 == "handed in";
        let job = JOBS.iter().find(|(p, e, _)| listed && (doc.area.1, doc.area.2) == (*p, *e));
        let more = job.map_or("", |(.., job)| job);
        doc.area.0 = if listed { "payslips" } else { doc.area.0 };
        let mut same =
            self.docs.iter().filter(|(_, d)| (d.area, &d.placed) == (doc.area, &doc.placed));
        let old = same.next().map(|(id, d)| (*id, d.clone()));
        let deed = if old.is_some() { "nieuwe versie aangeleverd" } else { "aangeleverd" };
        let taken = |n: &str| self.docs.values().any(|d| d.area == doc.area && d.path == n);
        doc.path = match &old {
            Some((_, old)) if listed && old.content == doc.content => return,
            Some((_, old)) => old.path.clone(),
            None => free(&doc.placed.1, taken),
        };
        self.tell(who, deed, doc.area, (doc.shown(who), more), (&doc.path, more));
        self.lay(old.map(|(id, _)| id), doc);
    }

    pub(crate) fn remove(&mut self, who: Party, path: &str) -> Told {
        let (_, id, doc) = self.existing(who, path)?;
        let file = name(&doc.path);
        match self.may(who, doc.area, Some(&doc)) {
            _ if doc.area.0 == "handed in" && !self.reads_only => {
                let filed = ("payslips", doc.area.1, doc.area.2);
                let mut filed =
                    self.docs.iter().filter(|(_, d)| d.area == filed && d.placed == doc.placed);
                let filed = filed.next().map(|(id, _)| *id);
                self.docs.remove(&id);
                filed.into_iter().for_each(|id| self.withdraw(who, id));
            }
            may if may.contains('x') => self.withdraw(who, id),
            may if may.contains('f') && doc.is_link() => self.take(who, id),
            may if may.contains('t') => {
                self.take(who, id);
                self.tell(who, "verwijderd", doc.area, (file, ""), (file, ""));
            }
            _ => return Err(Denied),
        }
        Ok(())
    }

    fn withdraw(&mut self, who: Party, id: Id) {
        let doc = self.docs.remove(&id).unwrap();
        let opened = self.opened.iter().any(|(by, of)| *by != who && *of == id);
        let opened = if opened { "was geopend" } else { "was niet geopend" };
        self.tell(who, "ingetrokken", doc.area, (&doc.placed.1, opened), (&doc.path, ""));
    }

    /// Its owner takes something out of an area, with all that is in it.
    fn take(&mut self, who: Party, id: Id) {
        let all = self.below(id);
        self.end(who, |id, of, _| all.contains(&id) || all.contains(&of));
        self.docs.retain(|id, _| !all.contains(id));
    }

    /// Ends forwards; the folders made for them go when nothing else is in them.
    fn end(&mut self, who: Party, which: impl Fn(Id, Id, Area) -> bool) {
        let mut all = self.docs.clone();
        all.retain(|id, d| d.of.is_some_and(|(of, _)| which(*id, of, d.area)));
        for (id, link) in all.iter().filter(|(_, d)| d.is_link()) {
            let (home, (_, employer, office)) = (self.home(*id).1.clone(), link.area);
            let more = |other: Party| if who == NOBODY { NAMES[other] } else { "" };
            let (deed, file) = ("doordelen gestopt", name(&link.path));
            self.line(who, employer, deed, file, more(office));
            self.line(who, office, deed, file, more(employer));
            if who != home.area.1 {
                self.line(who, home.area.1, deed, name(&home.path), more(office));
            }
            self.docs.remove(id);
        }
        for id in all.iter().filter(|(_, d)| !d.is_link()).map(|(id, _)| id) {
            let bare = self.below(*id).iter().all(|id| all.contains_key(id));
            self.docs.get_mut(id).unwrap().of = None;
            self.docs.retain(|other, _| other != id || !bare);
        }
    }

    /// Moves or copies: renames, shares and un-shares, forwards and takes that back, restores.
    pub(crate) fn go(&mut self, who: Party, from: &str, to: &str, over: bool, moves: bool) -> Told {
        let (then, id, doc) = self.existing(who, from)?;
        ensure(doc.area.0 != "handed in", Denied)?;
        let (area, path, found) = self.spot(who, to)?;
        let (same, may) = (doc.area == area && !then.is_past, self.may(who, doc.area, Some(&doc)));
        let onto = is_within(&path, &doc.path) || is_within(&doc.path, &path);
        ensure(!same || !onto, Denied)?;
        let mut rows = then.below(id);
        let seen = then.seen(who, doc.area);
        rows.retain(|row| seen.iter().any(|(_, id)| id == row));
        let files: Vec<_> = rows.iter().filter(|id| then.docs[id].content.is_some()).collect();
        let office = ("shared", who, self.office.get(&who).copied().unwrap_or(NOBODY));
        let forwards = is_lent(doc.area, who) && (moves || area == office);
        if moves && (doc.is_link() || is_lent(area, who)) {
            let back =
                is_own(doc.area, who) && files.iter().all(|id| then.home(**id).1.area == area);
            ensure(back && may != "r" && !files.is_empty(), Denied)?;
            self.take(who, id);
            return Ok(());
        }
        let own = is_own(doc.area, who) && !files.iter().any(|id| then.docs[id].is_link());
        let allowed = match moves {
            _ if forwards => may.contains('f') && area == office,
            true => may.contains(if same { 'w' } else { 't' }) && (own || same),
            false => own || area.0 != "shared",
        };
        ensure(allowed && self.may(who, area, None).contains('w'), Denied)?;
        let found = found.filter(|found| !moves || *found != id);
        if let Some(old) = found.map(|id| &self.docs[&id]) {
            let kinds_meet = old.content.is_none() != doc.content.is_none();
            ensure(!old.is_link() || forwards || moves && !over, Denied)?;
            ensure(over && !forwards, Exists)?;
            ensure(area.0 != "shared" || !kinds_meet, KindsMeet)?;
        }
        ensure(!forwards || !files.is_empty(), Denied)?;
        let merged = found.filter(|id| doc.content.is_some() && self.docs[id].content.is_some());
        let relocates = moves && !forwards;
        if relocates && (!same || merged.is_some()) {
            self.end(who, |_, of, _| rows.contains(&of));
        }
        if let (Some(found), None) = (found, merged) {
            self.take(who, found);
        }
        for id in &rows {
            let (was, (home_id, home)) = (&then.docs[id], then.home(*id));
            let to = format!("{path}{}", &was.path[doc.path.len()..]);
            let gone = relocates.then(|| self.docs.remove(id)).flatten();
            let of = gone.map_or(forwards.then_some((*id, moves)), |d| d.of);
            let new = Doc { of, ..Doc::new(area, &to, who, home.content.clone()) };
            self.lay(merged.or(relocates.then_some(*id)), new);
            let person = home.area.1;
            if forwards && was.content.is_some() {
                self.line(who, person, "doorgedeeld", name(&home.path), NAMES[office.2]);
                let is = (name(&to), NAMES[person]);
                self.tell(who, "doorgedeeld", area, is, is);
            } else if !moves && person != who && was.content.is_some() {
                self.opened.insert((who, home_id));
                self.line(who, person, "kopie genomen", name(&home.path), "");
            }
        }
        let parent = |path: &str| path.rsplit_once('/').map(|(above, _)| above.to_owned());
        let (renames, own) = (parent(&path) == parent(&doc.path), then.home(id).1.area.1 == who);
        let (out_of, into) = (doc.area.0 == "shared", area.0 == "shared");
        let (was, is, me) = ((name(doc.shown(who)), name(&path)), name(&path), ("own", who, who));
        for (_, deed, area, own, seen) in [
            (moves && same && renames, "hernoemd", area, was, was),
            (moves && same && !renames, "verplaatst", area, was, was),
            (moves && !same && !out_of && !into, "verplaatst", me, was, was),
            (moves && !same && out_of, "delen gestopt", doc.area, was, (was.0, "")),
            (moves && !same && into, "gedeeld", area, was, (is, "")),
            (!moves && own, "gekopieerd", me, was, was),
            (!moves && !own, "kopie genomen", me, was, was),
            (!moves && into, "gedeeld", area, (is, ""), (is, "")),
        ]
        .into_iter()
        .filter(|(so, ..)| *so && !forwards)
        {
            self.tell(who, deed, area, own, seen);
        }
        Ok(())
    }

    /// An employer changes office: what was shared goes back.
    pub(crate) fn engage(&mut self, employer: Party, next: Option<Party>) {
        let ended = self.office.remove(&employer);
        self.end(NOBODY, |_, _, area| ended.is_some_and(|o| area == ("shared", employer, o)));
        for (owner, other) in ended.into_iter().flat_map(|o| [(employer, o), (o, employer)]) {
            let (own, shared) = (("own", owner, owner), ("shared", owner, other));
            let taken = |n: &str| self.docs.values().any(|d| d.area == own && d.path == n);
            let name = free(&format!("Eerder gedeeld met {}", NAMES[other]), taken);
            let there = self.docs.values().any(|d| d.area == shared);
            for doc in self.docs.values_mut().filter(|d| d.area == shared) {
                (doc.area, doc.path) = (own, format!("{name}/{}", doc.path));
            }
            if there {
                self.lay(None, Doc::new(own, &name, owner, None));
                self.line(NOBODY, owner, "teruggegaan", &name, NAMES[other]);
            }
        }
        self.office.extend(next.map(|next| (employer, next)));
    }

    /// A day is over: it can be looked back to, and nothing is listed as just handed in.
    pub(crate) fn end_day(&mut self, day: String) {
        self.docs.retain(|_, d| d.area.0 != "handed in");
        let mut then = Self { reads_only: true, is_past: true, ..self.clone() };
        then.days.clear();
        then.docs.retain(|_, d| !d.is_link() && !d.is_clutter());
        self.days.insert(day, Rc::new(then));
    }
}
