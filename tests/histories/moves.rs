//! The reference, continued: moving, copying, forwarding, withdrawing, and what ends by itself.

use crate::model::{Aim, Item, Key, Model, Told, What, free, key, seen_as};
use crate::trees::{Area, Party, Role, VANZELF, name_of};
use loondossier::dossier::Error::{Denied, Exists, KindsMeet};

impl Model {
    pub(crate) fn relocate(&mut self, who: Party, from: &str, to: &str, overwrite: bool) -> Told {
        let (from, item) = self.aim_at(who, from)?;
        if from.mount.role == Role::Deliver {
            return Err(Denied);
        }
        let to = self.aim(who, to)?;
        Self::apart(&from, &item, &to)?;
        if matches!(item.what, What::Link { .. }) || to.mount.role == Role::Forward {
            return self.give_back(who, &from, &to);
        }
        if from.mount.role == Role::Forward {
            return self.forward(who, &from, &to, true);
        }
        let (area, target) = (from.mount.area, to.mount.area);
        let leaves =
            from.mount.role == Role::Own || (area != target && from.mount.role == Role::TakeBack);
        let links = |(_, i): &(Key, Item)| matches!(i.what, What::Link { .. });
        let linked = area != target && self.below(area, &from.key).iter().any(links);
        if !leaves || to.mount.role != Role::Own || linked {
            return Err(Denied);
        }
        let over = to.found.as_ref().filter(|i| i.id != item.id);
        Self::may_replace(&item, over, &to, overwrite)?;
        self.collides(area, &from.key, target)?;
        let succeeds = over.filter(|o| !o.is_folder() && !item.is_folder()).cloned();
        let replaced = over.is_some() && succeeds.is_none();
        let all = if area == target && succeeds.is_none() {
            let all = self.below(area, &from.key);
            for (k, _) in &all {
                self.tree(area).remove(k);
            }
            all
        } else {
            self.take(who, area, &from.key)
        };
        if replaced {
            self.take(who, target, &to.key);
        }
        if let Some(kept) = succeeds {
            self.tree(target).insert(to.key.clone(), Item { what: item.what.clone(), ..kept });
        } else {
            self.lay(&all, &from.key, &to);
        }
        self.note_move(who, &from, &item, &to);
        Ok(())
    }

    /// Nothing goes onto itself, into itself, or onto a folder that it is in.
    fn apart(from: &Aim, item: &Item, to: &Aim) -> Told {
        let same = from.mount.area == to.mount.area;
        let itself = to.key == from.key && to.name == item.name;
        let into = to.key.len() > from.key.len() && to.key.starts_with(&from.key);
        let onto = from.key.len() > to.key.len() && from.key.starts_with(&to.key);
        if same && (itself || into || onto) { Err(Denied) } else { Ok(()) }
    }

    fn may_replace(item: &Item, over: Option<&Item>, to: &Aim, overwrite: bool) -> Told {
        match over {
            Some(_) if !overwrite => Err(Exists),
            Some(Item { what: What::Link { .. }, .. }) => Err(Denied),
            Some(o) if o.is_folder() != item.is_folder() && to.mount.area.is_shared() => {
                Err(KindsMeet)
            }
            _ => Ok(()),
        }
    }

    /// Names that differ in a backup may be one elsewhere.
    fn collides(&self, area: Area, top: &Key, target: Area) -> Told {
        let mut names: Vec<_> =
            self.below(area, top).iter().map(|(k, _)| key(target, &k.join("/"))).collect();
        names.sort();
        let all = names.len();
        names.dedup();
        if names.len() == all { Ok(()) } else { Err(Exists) }
    }

    fn lay(&mut self, all: &[(Key, Item)], was: &Key, to: &Aim) {
        let area = to.mount.area;
        for (n, (k, item)) in all.iter().enumerate() {
            let rest = key(area, &k[was.len()..].join("/"));
            let rest = if k.len() == was.len() { Vec::new() } else { rest };
            let name = if n == 0 { to.name.clone() } else { item.name.clone() };
            self.tree(area).insert([to.key.clone(), rest].concat(), Item { name, ..item.clone() });
        }
    }

    fn note_move(&mut self, who: Party, from: &Aim, item: &Item, to: &Aim) {
        let (was, is) = (item.name.as_str(), to.name.as_str());
        let (a, b) = (from.mount.area, to.mount.area);
        if a == b {
            let within = from.key[..from.key.len() - 1] == to.key[..to.key.len() - 1];
            let deed = if within { "hernoemd" } else { "verplaatst" };
            return self.tell(who, deed, &a.concerned(), was, is);
        }
        if a.is_shared() {
            self.tell_apart(who, "delen gestopt", (was, is), &a.concerned(), was);
        }
        if b.is_shared() {
            self.tell_apart(who, "gedeeld", (was, is), &b.concerned(), is);
        }
        if !a.is_shared() && !b.is_shared() {
            self.tell(who, "verplaatst", &[who], was, is);
        }
    }

    pub(crate) fn copy(&mut self, who: Party, from: &str, to: &str, overwrite: bool) -> Told {
        let (from, item) = self.aim_at(who, from)?;
        if from.mount.role == Role::Deliver {
            return Err(Denied);
        }
        let to = self.aim(who, to)?;
        Self::apart(&from, &item, &to)?;
        let (area, target) = (from.mount.area, to.mount.area);
        if from.mount.role == Role::Forward
            && to.mount.role == Role::Own
            && self.is_for_office(target)
        {
            return self.forward(who, &from, &to, false);
        }
        let link = matches!(item.what, What::Link { .. });
        let own = matches!(from.mount.role, Role::Own | Role::TakeBack) && !link;
        let over_link = to.found.as_ref().is_some_and(|i| matches!(i.what, What::Link { .. }));
        if to.mount.role != Role::Own || (!own && target.is_shared()) || over_link {
            return Err(Denied);
        }
        Self::may_replace(&item, to.found.as_ref(), &to, overwrite)?;
        let seen = |(k, i): &(Key, Item)| self.shows(who, &from.mount, k, i);
        let mut all = self.below(area, &from.key);
        all.retain(seen);
        self.collides(area, &from.key, target)?;
        self.note_copy(who, &from, &all, &to);
        let keeps = to.found.clone().filter(|o| !o.is_folder() && !item.is_folder());
        for (_, row) in &mut all {
            if let Some(content) = self.content(row) {
                row.what = What::File(content);
            } else {
                row.what = What::Folder { made_of: None };
            }
            row.id = self.fresh();
            row.placer = who;
            row.name = seen_as(&from.mount, row);
        }
        if let Some(kept) = keeps {
            self.tree(target).insert(to.key, Item { what: all.remove(0).1.what, ..kept });
            return Ok(());
        }
        if to.found.is_some() {
            self.take(who, target, &to.key);
        }
        self.lay(&all, &from.key, &to);
        Ok(())
    }

    fn note_copy(&mut self, who: Party, from: &Aim, all: &[(Key, Item)], to: &Aim) {
        for (n, (_, row)) in all.iter().enumerate() {
            let (home, row) = (self.home(row), row.clone());
            let owner = match row.what {
                What::Link { person, .. } => person,
                _ => from.mount.area.owner(),
            };
            self.opened.insert((who, home.id));
            let deed = if owner == who { "gekopieerd" } else { "kopie genomen" };
            if n == 0 {
                self.tell(who, deed, &[who], &seen_as(&from.mount, &row), &to.name);
            }
            if owner != who && !row.is_folder() {
                self.tell(who, deed, &[owner], &home.name, "");
            }
        }
        if to.mount.area.is_shared() {
            self.tell(who, "gedeeld", &to.mount.area.concerned(), &to.name, "");
        }
    }

    fn is_for_office(&self, area: Area) -> bool {
        matches!(area, Area::Shared(owner, with) if self.office.get(&owner) == Some(&with))
    }

    fn forward(&mut self, who: Party, from: &Aim, to: &Aim, moved: bool) -> Told {
        let (Area::Shared(person, _), Area::Shared(_, office)) = (from.mount.area, to.mount.area)
        else {
            return Err(Denied);
        };
        let mut all = self.below(from.mount.area, &from.key);
        all.retain(|(k, i)| self.shows(who, &from.mount, k, i));
        let nothing = all.iter().all(|(_, i)| i.is_folder());
        if !self.is_for_office(to.mount.area) || to.mount.role != Role::Own {
            return Err(Denied);
        }
        if to.found.is_some() {
            return Err(Exists);
        }
        if nothing {
            return Err(Denied);
        }
        for (n, (_, item)) in all.iter_mut().enumerate() {
            let of = item.id;
            item.what = match item.what {
                What::Folder { .. } => What::Folder { made_of: Some((of, moved)) },
                _ => What::Link { of, moved, person },
            };
            let shown = if n == 0 { to.name.clone() } else { item.name.clone() };
            if !item.is_folder() {
                self.tell(who, "doorgedeeld", &[person], &item.name, name_of(office));
                let from = name_of(person);
                self.tell(who, "doorgedeeld", &[who, office], &shown, from);
            }
            item.id = self.fresh();
        }
        self.lay(&all, &from.key, to);
        Ok(())
    }

    /// The employer moves what it forwarded back to where it came from.
    fn give_back(&mut self, who: Party, from: &Aim, to: &Aim) -> Told {
        let (area, back) = (from.mount.area, to.mount.area);
        let all = self.below(area, &from.key);
        let came = |(_, i): &&(Key, Item)| match i.what {
            What::Link { person, .. } => back == Area::Shared(person, who),
            _ => false,
        };
        let files = all.iter().filter(|(_, i)| !i.is_folder()).count();
        let may = to.mount.role == Role::Forward
            && self.is_for_office(area)
            && from.mount.role == Role::Own;
        if !may || files == 0 || all.iter().filter(came).count() != files {
            return Err(Denied);
        }
        if files == 1 && all.len() == 1 {
            self.end_link(who, area, &from.key);
        } else {
            self.take(who, area, &from.key);
        }
        Ok(())
    }

    /// The employer ends one forward.
    pub(crate) fn end_link(&mut self, who: Party, area: Area, k: &Key) {
        let Some(link) = self.tree(area).remove(k) else { return };
        let What::Link { of, person, .. } = link.what else { return };
        let home = self.found(|i| i.id == of).pop().map_or(String::new(), |(.., i)| i.name);
        self.tell(who, "doordelen gestopt", &area.concerned(), &link.name, "");
        self.tell(who, "doordelen gestopt", &[person], &home, "");
    }

    /// Its owner takes something out of an area: what was forwarded of it is so no more, and what
    /// was forwarded into it neither.
    pub(crate) fn take(&mut self, who: Party, area: Area, top: &Key) -> Vec<(Key, Item)> {
        let all = self.below(area, top);
        let ids: Vec<_> = all.iter().map(|(_, i)| i.id).collect();
        for (k, item) in &all {
            if matches!(item.what, What::Link { .. }) {
                self.end_link(who, area, k);
            }
        }
        let linked = |i: &Item| matches!(i.what, What::Link { of, .. } if ids.contains(&of));
        for (area, k, link) in self.found(linked) {
            self.tree(area).remove(&k);
            self.tell(who, "doordelen gestopt", &area.concerned(), &link.name, "");
        }
        let made = |i: &Item| matches!(i.what, What::Folder { made_of: Some((of, _)) } if ids.contains(&of));
        for (area, k, _) in self.found(made).into_iter().rev() {
            if self.below(area, &k).len() == 1 {
                self.tree(area).remove(&k);
            } else if let Some(item) = self.tree(area).get_mut(&k) {
                item.what = What::Folder { made_of: None };
            }
        }
        for (k, _) in &all {
            self.tree(area).remove(k);
        }
        all
    }

    /// In the order in which they were made.
    fn found(&self, which: impl Fn(&Item) -> bool) -> Vec<(Area, Key, Item)> {
        let all = self.everything().filter(|(.., i)| which(i));
        let mut all: Vec<_> = all.map(|(a, k, i)| (a, k.clone(), i.clone())).collect();
        all.sort_by_key(|(.., i)| i.id);
        all
    }

    pub(crate) fn withdraw(&mut self, who: Party, item: &Item) {
        let Some((area, k, _)) = self.found(|i| i.id == item.id).pop() else { return };
        self.tree(area).remove(&k);
        let opened = self.opened.iter().any(|(by, id)| *id == item.id && *by != who);
        let detail = if opened { "was geopend" } else { "was niet geopend" };
        self.tell_apart(
            who,
            "ingetrokken",
            (&item.placed_as, detail),
            &area.concerned(),
            &item.name,
        );
    }

    /// The engagement of an employer ends, and perhaps another begins.
    pub(crate) fn engage(&mut self, employer: Party, next: Option<Party>) {
        let Some(office) = self.office.remove(&employer) else { return };
        let area = Area::Shared(employer, office);
        let links = self.found(|i| matches!(i.what, What::Link { .. }));
        for (_, k, link) in links.into_iter().filter(|(a, ..)| *a == area) {
            let home = self.home(&link).name;
            let What::Link { person, .. } = link.what else { continue };
            self.tell(VANZELF, "doordelen gestopt", &[person], &home, name_of(office));
            self.tell(VANZELF, "doordelen gestopt", &[employer], &link.name, name_of(office));
            self.tell(VANZELF, "doordelen gestopt", &[office], &link.name, name_of(employer));
            self.tree(area).remove(&k);
        }
        let made = self.found(|i| matches!(i.what, What::Folder { made_of: Some(_) }));
        for (_, k, _) in made.into_iter().rev().filter(|(a, ..)| *a == area) {
            if self.below(area, &k).len() == 1 {
                self.tree(area).remove(&k);
            } else if let Some(item) = self.tree(area).get_mut(&k) {
                item.what = What::Folder { made_of: None };
            }
        }
        for (owner, other) in [(employer, office), (office, employer)] {
            self.go_back(owner, other);
        }
        self.office.extend(next.map(|next| (employer, next)));
    }

    fn go_back(&mut self, owner: Party, other: Party) {
        let own = Area::Own(owner);
        let all = self.areas.remove(&Area::Shared(owner, other)).unwrap_or_default();
        if all.is_empty() {
            return;
        }
        let name = format!("Eerder gedeeld met {}", name_of(other));
        let name =
            free(&name, |n| self.areas.get(&own).is_some_and(|t| t.contains_key(&key(own, n))));
        let folder = key(own, &name);
        self.tell(VANZELF, "teruggegaan", &[owner], &name, name_of(other));
        let (id, what) = (self.fresh(), What::Folder { made_of: None });
        let item = Item { id, placed_as: name.clone(), name, placer: owner, what };
        self.tree(own).insert(folder.clone(), item);
        for (k, item) in all {
            self.tree(own).insert([folder.clone(), k].concat(), item);
        }
    }

    /// A day passes: nothing is listed as just delivered any more.
    pub(crate) fn next_day(&mut self) {
        self.delivered.clear();
        self.opened_today.clear();
    }
}
