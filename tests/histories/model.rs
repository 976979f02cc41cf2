//! The reference: what the verbs of PRODUCT.md section 4 mean, once more, as maps in memory. Which
//! folders a party has is in `trees`. Knows nothing of the program but its errors.

use crate::trees::{Area, Mount, Party, Role, folder_of, known_as};
use loondossier::dossier::Error::{self, Denied, Exists, IsFolder, NoParent, NotFound};
use std::collections::{BTreeMap, BTreeSet};

pub(crate) type Told = Result<(), Error>;
pub(crate) type Key = Vec<String>;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum What {
    /// A folder; one that forwarding made knows of which, and whether that has left the view.
    Folder {
        made_of: Option<(u64, bool)>,
    },
    File(Vec<u8>),
    /// A forward: a link to an employee's document.
    Link {
        of: u64,
        moved: bool,
        person: Party,
    },
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Item {
    pub(crate) id: u64,
    pub(crate) name: String,
    /// What its placer calls it, where that may differ.
    pub(crate) placed_as: String,
    pub(crate) placer: Party,
    pub(crate) what: What,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Model {
    pub(crate) areas: BTreeMap<Area, BTreeMap<Key, Item>>,
    pub(crate) office: BTreeMap<Party, Party>,
    pub(crate) left: BTreeSet<(Party, Party)>,
    /// What was delivered in the last hour: by whom, where, under which name.
    pub(crate) delivered: BTreeMap<(Party, Area, String), (u64, Vec<u8>)>,
    pub(crate) logs: BTreeMap<Party, Vec<String>>,
    pub(crate) opened: BTreeSet<(Party, u64)>,
    pub(crate) opened_today: BTreeSet<(Party, u64, Vec<u8>)>,
    count: u64,
}

/// Something found, or a free name, in a mount.
pub(crate) struct Aim {
    pub(crate) mount: Mount,
    pub(crate) key: Key,
    pub(crate) name: String,
    pub(crate) found: Option<Item>,
}

pub(crate) fn key(area: Area, path: &str) -> Key {
    let exact = matches!(area, Area::Backups(_));
    path.split('/').map(|p| if exact { p.to_owned() } else { p.to_lowercase() }).collect()
}

pub(crate) fn free(name: &str, taken: impl Fn(&str) -> bool) -> String {
    let (stem, dot) =
        name.rsplit_once('.').map_or((name, String::new()), |(s, e)| (s, format!(".{e}")));
    let numbered = (2..).map(|n| format!("{stem} ({n}){dot}"));
    [name.to_owned()].into_iter().chain(numbered).find(|n| !taken(n)).unwrap()
}

impl Item {
    pub(crate) fn is_folder(&self) -> bool {
        matches!(self.what, What::Folder { .. })
    }
}

impl Model {
    pub(crate) fn fresh(&mut self) -> u64 {
        self.count += 1;
        self.count
    }

    pub(crate) fn tell(
        &mut self,
        who: Party,
        deed: &str,
        readers: &[Party],
        file: &str,
        detail: &str,
    ) {
        for reader in readers {
            let line = format!("{};{deed};{file};{detail}", known_as(who, *reader));
            self.logs.entry(*reader).or_default().push(line);
        }
    }

    /// Its doer is told one thing, whom else it concerns another.
    pub(crate) fn tell_apart(
        &mut self,
        who: Party,
        deed: &str,
        own: (&str, &str),
        others: &[Party],
        file: &str,
    ) {
        self.tell(who, deed, &[who], own.0, own.1);
        let others: Vec<_> = others.iter().copied().filter(|p| *p != who).collect();
        self.tell(who, deed, &others, file, "");
    }

    pub(crate) fn tree(&mut self, area: Area) -> &mut BTreeMap<Key, Item> {
        self.areas.entry(area).or_default()
    }

    pub(crate) fn everything(&self) -> impl Iterator<Item = (Area, &Key, &Item)> {
        self.areas.iter().flat_map(|(area, tree)| tree.iter().map(|(k, i)| (*area, k, i)))
    }

    /// A key and all below it, by depth and name.
    pub(crate) fn below(&self, area: Area, top: &[String]) -> Vec<(Key, Item)> {
        let all = self.areas.get(&area).into_iter().flatten().filter(|(k, _)| k.starts_with(top));
        let mut all: Vec<_> = all.map(|(k, i)| (k.clone(), i.clone())).collect();
        all.sort_by_key(|(k, _)| (k.len(), k.last().cloned()));
        all
    }

    pub(crate) fn home(&self, item: &Item) -> Item {
        let What::Link { of, .. } = item.what else { return item.clone() };
        self.everything().find(|(.., i)| i.id == of).map(|(.., i)| i.clone()).unwrap()
    }

    pub(crate) fn content(&self, item: &Item) -> Option<Vec<u8>> {
        if let What::File(content) = self.home(item).what { Some(content) } else { None }
    }

    /// Whether it has left the employer's view: a document that was moved on, and a folder that was
    /// while all that is in it has.
    fn is_away(&self, area: Area, k: &[String]) -> bool {
        let Some(item) = self.areas[&area].get(k) else { return true };
        let moved = |i: &Item| match i.what {
            What::Folder { made_of } => made_of == Some((item.id, true)),
            What::Link { of, moved, .. } => of == item.id && moved,
            What::File(_) => false,
        };
        let files: Vec<_> =
            self.below(area, k).into_iter().filter(|(_, i)| !i.is_folder()).collect();
        let all = item.is_folder()
            && !files.is_empty()
            && files.iter().all(|(k, _)| self.is_away(area, k));
        self.everything().any(|(.., i)| moved(i)) && (all || !item.is_folder())
    }

    pub(crate) fn shows(&self, who: Party, mount: &Mount, k: &[String], item: &Item) -> bool {
        match mount.role {
            Role::Place | Role::Manage => item.placer == who,
            Role::Forward => (1..=k.len()).all(|n| !self.is_away(mount.area, &k[..n])),
            _ => true,
        }
    }

    /// What a party sees in one of its folders: by the path there, with the content of a file.
    pub(crate) fn seen(&self, who: Party, mount: &Mount) -> Vec<(String, Item)> {
        if mount.role == Role::Deliver {
            let mine =
                self.delivered.iter().filter(|((by, at, _), _)| (*by, *at) == (who, mount.area));
            let listed =
                |((_, _, name), (_, content)): (&(Party, Area, String), &(u64, Vec<u8>))| {
                    let (name, placed_as) = (name.clone(), name.clone());
                    let what = What::File(content.clone());
                    (name.clone(), Item { id: 0, name, placed_as, placer: who, what })
                };
            return mine.map(listed).collect();
        }
        let all = self.below(mount.area, &[]);
        let path = |k: &Key| {
            let names = (1..=k.len()).map(|n| &self.areas[&mount.area][&k[..n]]);
            names.map(|i| seen_as(mount, i)).collect::<Vec<_>>().join("/")
        };
        all.into_iter()
            .filter(|(k, i)| self.shows(who, mount, k, i))
            .map(|(k, i)| (path(&k), i))
            .collect()
    }

    pub(crate) fn aim(&self, who: Party, path: &str) -> Result<Aim, Error> {
        let mounts = self.mounts(who);
        let within = |m: &&Mount| path.strip_prefix(&m.at).is_some_and(|r| r.starts_with('/'));
        let mount = mounts.iter().filter(within).max_by_key(|m| m.at.len()).ok_or(NoParent)?;
        let rest = &path[mount.at.len() + 1..];
        let key = key(mount.area, rest);
        let seen = self.seen(who, mount);
        let at = |k: &[String]| {
            seen.iter().find(|(p, _)| self::key(mount.area, p) == k).map(|(_, i)| i.clone())
        };
        if (1..key.len()).any(|n| at(&key[..n]).is_none_or(|i| !i.is_folder())) {
            return Err(NoParent);
        }
        let name = rest.rsplit('/').next().unwrap_or_default().to_owned();
        Ok(Aim { mount: mount.clone(), found: at(&key), key, name })
    }

    pub(crate) fn aim_at(&self, who: Party, path: &str) -> Result<(Aim, Item), Error> {
        let aim = self.aim(who, path).map_err(|_| NotFound)?;
        let item = aim.found.clone().ok_or(NotFound)?;
        Ok((aim, item))
    }

    pub(crate) fn read(&mut self, who: Party, path: &str) -> Result<Vec<u8>, Error> {
        let (Aim { mount, .. }, item) = self.aim_at(who, path)?;
        let link = matches!(item.what, What::Link { .. });
        match mount.role {
            Role::Deliver => return Err(Denied),
            _ if item.is_folder() => return Err(IsFolder),
            _ => {}
        }
        let (home, content) = (self.home(&item), self.content(&item).unwrap());
        let own = matches!(mount.role, Role::Own | Role::TakeBack) && !link;
        if !own && self.opened_today.insert((who, home.id, content.clone())) {
            self.opened.insert((who, home.id));
            if matches!(mount.role, Role::Place | Role::Manage) {
                self.tell(who, "geopend", &[who], &item.placed_as, "");
            }
            let owner =
                if let What::Link { person, .. } = item.what { person } else { mount.area.owner() };
            self.tell(who, "geopend", &[owner], &home.name, "");
        }
        Ok(content)
    }

    pub(crate) fn put(&mut self, who: Party, path: &str, content: &[u8]) -> Told {
        let aim = self.aim(who, path)?;
        let (area, role) = (aim.mount.area, aim.mount.role);
        match &aim.found {
            _ if role == Role::Deliver => return self.deliver(who, area, &aim.name, content),
            Some(item) if item.is_folder() => return Err(IsFolder),
            Some(Item { what: What::Link { .. }, .. }) => return Err(Denied),
            Some(i) if matches!(role, Role::Receive | Role::Manage) && i.placer == who => {}
            _ if !matches!(role, Role::Own | Role::Place) => return Err(Denied),
            _ => {}
        }
        if area.is_overviews() {
            self.file(who, area, &aim.name, content, "");
            return Ok(());
        }
        let deed = if aim.found.is_some() { "vervangen" } else { "geplaatst" };
        self.tell(who, deed, &area.concerned(), &aim.name, "");
        self.set(who, aim, What::File(content.to_vec()));
        Ok(())
    }

    fn set(&mut self, who: Party, aim: Aim, what: What) -> u64 {
        let (id, name) = (self.fresh(), aim.name);
        let item = Item { id, placed_as: name.clone(), name, placer: who, what: what.clone() };
        let item = self.tree(aim.mount.area).entry(aim.key).or_insert(item);
        item.what = what;
        item.id
    }

    fn deliver(&mut self, who: Party, area: Area, name: &str, content: &[u8]) -> Told {
        let Area::Payslips(person, employer) = area else { return Err(Denied) };
        self.file(who, area, name, content, folder_of(person, employer));
        let placed = self.tree(area).values().find(|i| i.placer == who && i.placed_as == name);
        let id = placed.map_or(0, |i| i.id);
        self.delivered.insert((who, area, name.to_owned()), (id, content.to_vec()));
        Ok(())
    }

    /// Files an overview; what is delivered again with the same content is not filed again.
    fn file(&mut self, who: Party, area: Area, name: &str, content: &[u8], detail: &str) {
        let placed = self.tree(area).iter().find(|(_, i)| i.placer == who && i.placed_as == name);
        let (found, what) = (placed.map(|(_, i)| i.clone()), What::File(content.to_vec()));
        if found.as_ref().is_some_and(|i| i.what == what && !detail.is_empty()) {
            return;
        }
        let deed = if found.is_some() { "nieuwe versie aangeleverd" } else { "aangeleverd" };
        let (id, tree) = (self.fresh(), self.tree(area));
        let shown =
            found.map_or_else(|| free(name, |n| tree.contains_key(&key(area, n))), |i| i.name);
        let new = Item {
            id,
            name: shown.clone(),
            placed_as: name.to_owned(),
            placer: who,
            what: what.clone(),
        };
        tree.entry(key(area, &shown)).or_insert(new).what = what;
        let receivers = area.concerned();
        if !receivers.contains(&who) {
            self.tell(who, deed, &[who], name, detail);
        }
        self.tell(who, deed, &receivers, &shown, detail);
    }

    pub(crate) fn make_folder(&mut self, who: Party, path: &str) -> Told {
        let aim = self.aim(who, path)?;
        match aim.found {
            Some(_) => return Err(Exists),
            None if aim.mount.role != Role::Own => return Err(Denied),
            None => self.tell(who, "map gemaakt", &aim.mount.area.concerned(), &aim.name, ""),
        }
        self.set(who, aim, What::Folder { made_of: None });
        Ok(())
    }

    pub(crate) fn remove(&mut self, who: Party, path: &str) -> Told {
        let (Aim { mount: Mount { area, role, .. }, key, .. }, item) = self.aim_at(who, path)?;
        match (role, &item.what) {
            (Role::Own, What::Link { .. }) => self.end_link(who, area, &key),
            (Role::Own | Role::TakeBack, _) => {
                self.take(who, area, &key);
                self.tell(who, "verwijderd", &area.concerned(), &item.name, "");
            }
            (Role::Place | Role::Manage | Role::Receive, _) if item.placer == who => {
                self.withdraw(who, &item);
            }
            (Role::Deliver, _) => {
                let listed = self.delivered.remove(&(who, area, item.name));
                let there = self
                    .tree(area)
                    .values()
                    .find(|i| listed.as_ref().is_some_and(|l| l.0 == i.id))
                    .cloned();
                if let Some(there) = there {
                    self.withdraw(who, &there);
                }
            }
            _ => return Err(Denied),
        }
        Ok(())
    }
}

pub(crate) fn seen_as(mount: &Mount, item: &Item) -> String {
    let placer = matches!(mount.role, Role::Place | Role::Manage);
    if placer { item.placed_as.clone() } else { item.name.clone() }
}
