//! The reference, continued: PRODUCT.md section 4 once more, what each verb means, whom the logs tell of
//! it, and what ends by itself.

use crate::cast::{JOBS, LOON, NAMES, NOBODY, PEOPLE, Party};
use crate::model::{Doc, Gone, Id, Model, Spot, is_lent, is_own, is_shelf, is_within, name};
use crate::trees::Area;
use loondossier::dossier::Error::{self, Denied, Exists, IsFolder, KindsMeet};
use std::collections::BTreeSet;
use std::rc::Rc;

pub(crate) type Told = Result<(), Error>;

fn ensure(so: bool, else_told: Error) -> Told {
    if so { Ok(()) } else { Err(else_told) }
}

fn free(name: &str, taken: impl Fn(&str) -> bool) -> String {
    let (stem, end) = name.split_at(name.rfind('.').unwrap_or(name.len()));
    let numbered = (2..).map(|n| format!("{stem} ({n}){end}"));
    [name.to_owned()].into_iter().chain(numbered).find(|n| !taken(n)).unwrap()
}

/// What the log says of a move or a copy.
fn deed(moves: bool, beside: bool, own: bool) -> &'static str {
    match moves {
        true if beside => "hernoemd",
        true => "verplaatst",
        false if own => "gekopieerd",
        false => "kopie genomen",
    }
}

impl Model {
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

    /// Whoever forwarded a document is told of it as its owner is, by its own name for it.
    fn tell_forwarder(&mut self, who: Party, deed: &str, doc: &Doc) {
        if doc.is_link() && who != doc.area.1 {
            self.line(who, doc.area.1, deed, name(&doc.path), "");
        }
    }

    /// A copy of a document is a look at it, of which the others are told whose it is.
    fn take_copy(&mut self, who: Party, then: &Self, id: Id) {
        let (home_id, home) = then.home(id);
        self.opened.insert((who, home_id));
        if home.area.1 != who {
            self.line(who, home.area.1, "kopie genomen", name(&home.path), "");
        }
        self.tell_forwarder(who, "kopie genomen", &then.docs[&id]);
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
            self.tell_forwarder(who, "geopend", &doc);
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
                filed.map(|id| self.withdraw(who, id)).unwrap_or_default();
            }
            may if may.contains('x') => self.withdraw(who, id),
            may if may.contains('f') && doc.is_link() => self.take(who, id),
            may if may.contains('t') => {
                self.goes(who, id);
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

    /// Ends forwards; the folders made for them go when no document else is in them.
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
            let clutter = |id: &Id| self.docs[id].content.is_some() && self.docs[id].is_clutter();
            let (clutter, rest): (Vec<_>, Vec<_>) = self.below(*id).into_iter().partition(clutter);
            self.docs.get_mut(id).unwrap().of = None;
            if rest.iter().all(|id| all.contains_key(id)) {
                self.docs.retain(|other, _| other != id && !clutter.contains(other));
            }
        }
    }

    /// Moves or copies: renames, shares and un-shares, forwards and takes that back, restores.
    pub(crate) fn go(&mut self, who: Party, from: &str, to: &str, over: bool, moves: bool) -> Told {
        let (then, id, doc) = self.existing(who, from)?;
        ensure(doc.area.0 != "handed in", Denied)?;
        let (area, path, found) = self.spot(who, to)?;
        let (same, may) = (doc.area == area && !then.is_past, self.may(who, doc.area, Some(&doc)));
        let taken = found.filter(|found| *found != id).map_or(&path, |id| &self.docs[&id].path);
        let onto = is_within(&path, &doc.path) || is_within(&doc.path, taken);
        ensure(!same || !onto && (moves || found != Some(id)), Denied)?;
        let (mut rows, seen) = (then.below(id), then.seen(who, doc.area));
        rows.retain(|row| seen.iter().any(|(_, id)| id == row));
        let mut files = rows.iter().filter(|id| then.docs[id].content.is_some()).peekable();
        let to_office = (area.0, area.1) == ("shared", who) && area.2 <= LOON;
        if is_lent(doc.area, who) && (moves || to_office) {
            return self.forward(who, &doc, &rows, (area, path, found), moves);
        }
        if moves && (doc.is_link() || is_lent(area, who)) {
            let back = is_own(doc.area, who) && may != "r" && files.peek().is_some();
            ensure(back && files.all(|id| then.home(*id).1.area == area), Denied)?;
            self.take(who, id);
            return Ok(());
        }
        let own = is_own(doc.area, who) && !files.any(|id| then.docs[id].is_link());
        let leaves = may.contains(if same { 'w' } else { 't' }) && (own || same);
        let allowed = if moves { leaves } else { own || area.0 != "shared" };
        ensure(allowed && self.may(who, area, None).contains('w'), Denied)?;
        let found = found.filter(|found| !moves || *found != id);
        if let Some(old) = found.map(|id| &self.docs[&id]) {
            let kinds_meet = old.content.is_none() != doc.content.is_none();
            ensure(!old.is_link() || moves && !over, Denied)?;
            ensure(over, Exists)?;
            ensure(area.0 != "shared" || !kinds_meet, KindsMeet)?;
        }
        let beside = path.strip_suffix(name(&path)) == doc.path.strip_suffix(name(&doc.path));
        if moves && same && beside {
            if found.is_none() && self.goes_on(who, id, &doc, &path) {
                return Ok(());
            }
            self.goes(who, id);
        }
        let merged = found.filter(|id| doc.content.is_some() && self.docs[id].content.is_some());
        if moves && (!same || merged.is_some()) {
            self.end(who, |_, of, _| rows.contains(&of));
        }
        if let Some(found) = found {
            self.gives_way(who, found, merged.is_some(), (area, &path));
        }
        for id in &rows {
            let to = format!("{path}{}", &then.docs[id].path[doc.path.len()..]);
            let (_, home) = then.home(*id);
            let was = if moves { self.docs.remove(id) } else { None };
            // A folder that forwarding made is one like any other from then on.
            let of = was.filter(|_| same).and_then(|d| d.of);
            let new = Doc { of, ..Doc::new(area, &to, who, home.content.clone()) };
            self.lay(merged.or(moves.then_some(*id)), new);
            if !moves && home.content.is_some() {
                self.take_copy(who, &then, *id);
            }
        }
        let deed = deed(moves, same && beside, then.home(id).1.area.1 == who);
        self.note(who, deed, (doc.area, name(doc.shown(who))), (area, name(&path)), same);
        Ok(())
    }

    /// What has the name gives way to what is laid there, or goes on with its content: then it is called what it was
    /// asked for by.
    fn gives_way(&mut self, who: Party, id: Id, goes_on: bool, (area, path): (Area, &str)) {
        let was = name(&self.docs[&id].path).to_owned();
        if !goes_on {
            self.take(who, id);
        }
        let (deed, file) = if goes_on { ("vervangen", name(path)) } else { ("verwijderd", &*was) };
        self.tell(who, deed, area, (file, ""), (file, ""));
    }

    /// A document leaves its name, and may be about to get its next version.
    fn goes(&mut self, who: Party, id: Id) {
        let (was, of) = (self.docs[&id].clone(), |d: &Doc| d.of.is_some_and(|(of, _)| of == id));
        if was.content.is_some() && !was.is_link() && was.area.0 != "backups" {
            // Who puts it elsewhere once more leaves another name, and the links end with it then.
            let links = self.docs.iter().filter(|(_, d)| of(d));
            let links: Vec<_> = links.map(|(id, d)| (*id, d.clone())).collect();
            for gone in self.gone.iter_mut().filter(|gone| gone.id == id) {
                gone.links.clone_from(&links);
            }
            self.gone.push(Gone { who, id, was, links });
        }
    }

    /// What is renamed to a name that a document left a moment ago, in the same folder and by the same hand, is the
    /// next version of that one. What that was renamed to is another file, with the old content.
    fn goes_on(&mut self, who: Party, id: Id, new: &Doc, path: &str) -> bool {
        let left = |gone: &Gone| {
            let same = gone.was.path.to_lowercase() == path.to_lowercase();
            let beside = (gone.who, gone.was.area) == (who, new.area);
            same && beside && gone.id < id && self.fresh < id
        };
        let found = self.gone.iter().rposition(left).filter(|_| new.content.is_some());
        let Some(gone) = found.map(|at| self.gone.remove(at)) else { return false };
        self.end(who, |_, of, _| of == id);
        self.docs.remove(&id);
        let is = Doc::new(new.area, path, who, new.content.clone());
        let beside = self.docs.insert(gone.id, is);
        let ended = beside.is_none();
        if let Some(old) = beside {
            self.docs.insert(id, Doc::new(old.area, &old.path, who, old.content));
        }
        self.tell(who, "vervangen", new.area, (name(path), ""), (name(path), ""));
        for (id, link) in gone.links.into_iter().filter(|_| ended) {
            for reader in [link.area.1, link.area.2] {
                self.line(who, reader, "doorgedeeld", name(&link.path), "");
            }
            self.line(who, who, "doorgedeeld", name(path), NAMES[link.area.2]);
            self.docs.insert(id, link);
        }
        true
    }

    /// Tells that something was moved or copied, and with it shared, or no longer.
    fn note(&mut self, who: Party, deed: &str, from: (Area, &str), to: (Area, &str), same: bool) {
        let (moves, me) = (["hernoemd", "verplaatst"].contains(&deed), ("own", who, who));
        let (out_of, into) = (from.0.0 == "shared", to.0.0 == "shared");
        let (both, was, is) = ((from.1, to.1), (from.1, ""), (to.1, ""));
        for (_, deed, area, own, seen) in [
            (moves && same, deed, to.0, both, both),
            (moves && !same && !out_of && !into, deed, me, both, both),
            (moves && !same && out_of, "delen gestopt", from.0, both, was),
            (moves && !same && into, "gedeeld", to.0, both, is),
            (!moves, deed, me, both, both),
            (!moves && into, "gedeeld", to.0, is, is),
        ]
        .into_iter()
        .filter(|(so, ..)| *so)
        {
            self.tell(who, deed, area, own, seen);
        }
    }

    /// Forwards a document, or those that are in a folder now, to the office.
    fn forward(&mut self, who: Party, doc: &Doc, rows: &[Id], to: Spot, moved: bool) -> Told {
        let ((area, path, found), may) = (to, self.may(who, doc.area, Some(doc)));
        ensure(may.contains('f') && is_own(area, who) && area.2 <= LOON, Denied)?;
        ensure(found.is_none(), Exists)?;
        ensure(rows.iter().any(|id| self.docs[id].content.is_some()), Denied)?;
        for id in rows {
            let was = self.docs[id].clone();
            let to = format!("{path}{}", &was.path[doc.path.len()..]);
            if was.content.is_some() {
                let is = (name(&to), NAMES[was.area.1]);
                self.line(who, was.area.1, "doorgedeeld", name(&was.path), NAMES[area.2]);
                self.tell(who, "doorgedeeld", area, is, is);
            }
            self.lay(None, Doc { of: Some((*id, moved)), ..Doc::new(area, &to, who, was.content) });
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
        // A folder that forwarding made is no more of its owner's own than what is in it.
        let made = |id: &Id| then.docs[id].of.is_some();
        let bare = then.docs.keys().copied().filter(|id| then.below(*id).iter().all(made));
        let bare: Vec<_> = bare.collect();
        then.docs.retain(|id, _| !bare.contains(id));
        self.days.insert(day, Rc::new(then));
    }
}
