//! Delivery: for whom a file is that was handed in, by the folder that it was put in, its name and its
//! manifest (PRODUCT.md section 5). What reads two ways is refused, never guessed.
//!
//! Knows names and numbers; which administrations and employees there are, the catalog knows.

pub mod batch;
mod dispute;
mod manifest;
pub mod patience;
pub mod publish;
mod roll;
mod template;
mod times;

pub use manifest::{Manifest, ManifestLine};
use roll::pick;
pub use template::{Template, TemplateFault};

use super::error::Refusal;
use super::kind::{GoesTo, Kind};
use super::lhn::{self, Lhn, LhnFault};
use super::name::{is_clutter, is_partial};
use super::overview::{Named, filed, known_extension, lhns};
use super::period::Period;
use template::Fields;

/// Whether what has this name waits for another one: its client is still sending it, or a system left it
/// behind.
pub fn is_waiting_name(name: &str) -> bool {
    is_partial(name) || is_clutter(name)
}

/// Whether the files of a folder of `/Aanleveren` wait for a manifest: its name is no LHN.
pub fn is_batch(folder: &str) -> bool {
    !matches!(folder.parse::<Lhn>(), Ok(_) | Err(LhnFault::Check))
}

/// For whom a file is, and what it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// The administration.
    pub lhn: Lhn,
    /// The personnel number as it was given; `None` is for the employer itself.
    pub number: Option<String>,
    /// The number once more, where the name writes it with other zeros than the folder or the manifest.
    pub also: Option<String>,
    /// The kind.
    pub kind: Kind,
    /// The period.
    pub period: Period,
    /// What else the name says; often empty.
    pub free: String,
    /// `pdf` or `xml`.
    pub extension: &'static str,
    /// From when its receivers may see it, where its manifest says so, in Unix milliseconds.
    pub publish_at: Option<i64>,
}

impl Address {
    /// The name it is filed under, in stored form.
    pub fn filed(&self) -> String {
        filed(self.period, &self.free, self.extension)
    }

    /// Which of these numbers it means, however it writes its own: see [`pick`].
    ///
    /// # Errors
    /// E05 when none is, E06 when several different ones could be.
    pub fn pick<'n>(
        &self,
        numbers: impl IntoIterator<Item = &'n str> + Clone,
    ) -> Result<Vec<usize>, Refusal> {
        let meant = pick(self.number.as_deref().ok_or(Refusal::Employee)?, numbers.clone())?;
        match &self.also {
            Some(also) if pick(also, numbers)? != meant => Err(Refusal::Ambiguous),
            _ => Ok(meant),
        }
    }

    /// Whether the kind goes to whom the number says: to an employee, or without one to the employer.
    ///
    /// # Errors
    /// E05 for an employee's kind without an employee, E06 for an employer's with one.
    fn checked(self) -> Result<Self, Refusal> {
        match (self.kind.goes_to, &self.number) {
            (GoesTo::Employee, None) => Err(Refusal::Employee),
            (GoesTo::Employer, Some(_)) => Err(Refusal::Ambiguous),
            _ => Ok(self),
        }
    }

    /// Unless the name that it is delivered by, without its extension, tells another LHN, or its free part, which
    /// its receivers see, any.
    ///
    /// # Errors
    /// E06.
    fn discreet(self, stem: &str) -> Result<Self, Refusal> {
        let is_own = |lhn: &str| lhn.eq_ignore_ascii_case(self.lhn.as_str());
        let told = lhns(&self.free).next().is_some() || !lhns(stem).all(|(_, lhn)| is_own(lhn));
        if told { Err(Refusal::Ambiguous) } else { Ok(self) }
    }
}

/// What the folder says that a file was put in.
#[derive(Clone, Debug, Default)]
struct Folder {
    lhn: Option<Lhn>,
    number: Option<String>,
}

impl Folder {
    fn read(folders: &[String]) -> Result<Self, Refusal> {
        let (lhn, number) = match folders {
            [] => return Ok(Self::default()),
            [lhn] => (lhn, None),
            [lhn, number] => (lhn, Some(number.trim().to_owned())),
            _ => return Err(Refusal::Name),
        };
        Ok(Self { lhn: Some(read_lhn(lhn)?), number })
    }

    /// With what a name, or a line of a manifest, says; what both say must be the same.
    fn with(&self, said: Fields, extension: &'static str) -> Result<Address, Refusal> {
        let named = said.lhn.as_deref().map(read_lhn).transpose()?;
        let kind = said.kind.ok_or(Refusal::Kind)?;
        let period = said.period.ok_or(Refusal::Period)?;
        let lhn = agreed(self.lhn.clone(), named)?.ok_or(Refusal::Name)?;
        let (number, also) = match (&self.number, said.number) {
            (Some(folder), Some(name)) if !same_number(folder, &name) => {
                return Err(Refusal::Ambiguous);
            }
            (Some(folder), name) => (Some(folder.clone()), name.filter(|name| name != folder)),
            (None, name) => (name, None),
        };
        let free = said.free.unwrap_or_default();
        let publish_at = None;
        Address { lhn, number, also, kind, period, free, extension, publish_at }.checked()
    }
}

/// Reads an LHN.
///
/// # Errors
/// E03 when its check fails, E01 for what is none.
fn read_lhn(text: &str) -> Result<Lhn, Refusal> {
    text.parse().map_err(|fault| match fault {
        LhnFault::Check => Refusal::LhnCheck,
        LhnFault::Form => Refusal::Name,
    })
}

/// What one or the other says, or both alike.
fn agreed<T: PartialEq>(one: Option<T>, other: Option<T>) -> Result<Option<T>, Refusal> {
    match (one, other) {
        (Some(one), Some(other)) if one != other => Err(Refusal::Ambiguous),
        (one, other) => Ok(one.or(other)),
    }
}

fn same_number(one: &str, other: &str) -> bool {
    one.trim_start_matches('0') == other.trim_start_matches('0')
}

/// The ways in which names are read: the templates in force.
#[derive(Clone, Debug)]
pub struct Names(Vec<Template>);

impl Default for Names {
    fn default() -> Self {
        Self::new(&["loondossier".to_owned()]).unwrap_or(Self(Vec::new()))
    }
}

impl Names {
    /// By presets or templates.
    ///
    /// # Errors
    /// The one that is neither, and why.
    pub fn new(texts: &[String]) -> Result<Self, (String, TemplateFault)> {
        let mut all = Vec::new();
        for text in texts {
            all.extend(template::preset(text).map_or_else(
                || Template::parse(text).map(|one| vec![one]).map_err(|e| (text.clone(), e)),
                Ok,
            )?);
        }
        Ok(Self(all))
    }

    /// For whom a file is by its folders below `/Aanleveren` (an LHN, and perhaps a number in it) and its
    /// name.
    ///
    /// # Errors
    /// E12, E03, E06, E07, E08, E05 or E01.
    pub fn read(&self, folders: &[String], file: &str) -> Result<Address, Refusal> {
        if lhn::holds_bsn(file) || folders.iter().any(|name| lhn::holds_bsn(name)) {
            return Err(Refusal::Bsn);
        }
        let folder = Folder::read(folders)?;
        let (stem, extension) = file.rsplit_once('.').ok_or(Refusal::Name)?;
        let extension = known_extension(extension).ok_or(Refusal::Name)?;
        let said: Vec<_> = self.0.iter().map(|template| template.read(stem)).collect();
        let with = |fields: &Fields| folder.with(fields.clone(), extension);
        let mut readings = Vec::new();
        for said in &said {
            let read: Vec<_> = said.iter().map(with).collect();
            // What a template reads only as a contradiction, no other way of reading makes good.
            let contradicts = |fault: &Refusal| read.contains(&Err(*fault));
            let fault = [Refusal::LhnCheck, Refusal::Ambiguous].into_iter().find(contradicts);
            if let Some(fault) = fault.filter(|_| !read.iter().any(Result::is_ok)) {
                return Err(fault);
            }
            readings.extend(read);
        }
        if folder.lhn.is_some() {
            readings.push(Named::read(file).and_then(|named| folder.with(named.into(), extension)));
        }
        let address = judge(readings)?;
        let against = |fields: &Fields| {
            with(fields).as_ref() == Ok(&address) && dispute::passes_over_another(fields, &address)
        };
        if said.iter().flatten().any(against) {
            return Err(Refusal::Ambiguous);
        }
        address.discreet(stem)
    }

    /// For whom a file of a batch is by its line in the manifest and, as far as that can be read, its name.
    ///
    /// # Errors
    /// As [`Names::read`]; E15 when it names no moment where it should.
    pub fn read_line(&self, line: &ManifestLine) -> Result<Address, Refusal> {
        if lhn::holds_bsn(&line.file) {
            return Err(Refusal::Bsn);
        }
        let (stem, extension) = line.file.rsplit_once('.').ok_or(Refusal::Name)?;
        let extension = known_extension(extension).ok_or(Refusal::Name)?;
        let publish_at = line.moment()?;
        let said = Address { publish_at, ..Folder::default().with(line.fields(), extension)? };
        let read: Vec<_> = self.0.iter().map(|template| template.read(stem)).collect();
        let mut named: Vec<_> = read.iter().flatten().cloned().collect();
        named.extend(Named::read(&line.file).ok().map(Fields::from));
        let of_same = |fields: &Fields| {
            fields.lhn.as_ref().is_none_or(|lhn| lhn.eq_ignore_ascii_case(said.lhn.as_str()))
                && fields.number.as_ref().is_none_or(|number| {
                    said.number.as_ref().is_some_and(|said| same_number(said, number))
                })
        };
        let agrees = |fields: &Fields| {
            of_same(fields) && fields.kind == Some(said.kind) && fields.period == Some(said.period)
        };
        let is_disputed = |fields: &Fields| {
            dispute::passes_over_another(fields, &said) || dispute::follows_another(fields, &said)
        };
        let reads = |fields: &Fields| fields.kind.is_some() && fields.period.is_some();
        // As for a folder: what a template reads only as a contradiction, no other way of reading makes good.
        let contradicts = |read: &Vec<Fields>| read.iter().any(reads) && !read.iter().any(agrees);
        if read.iter().any(contradicts) || named.iter().any(|f| agrees(f) && is_disputed(f)) {
            return Err(Refusal::Ambiguous);
        }
        if let Some(same) = named.iter().find(|fields| agrees(fields)) {
            let also = same.number.clone().filter(|number| said.number.as_ref() != Some(number));
            let free = same.free.clone().unwrap_or_default();
            return Address { also, free, ..said }.discreet(stem);
        }
        let against = |fields: &Fields| reads(fields) || !of_same(fields);
        if named.iter().any(against) || dispute::is_of_another(stem, &said) {
            return Err(Refusal::Ambiguous);
        }
        said.discreet(stem)
    }
}

/// The one good reading, or what is wrong with the best of the others.
fn judge(readings: Vec<Result<Address, Refusal>>) -> Result<Address, Refusal> {
    let mut good: Vec<Address> = Vec::new();
    let mut faults = Vec::new();
    for reading in readings {
        match reading {
            Ok(address) if good.contains(&address) => {}
            Ok(address) => good.push(address),
            Err(fault) => faults.push(fault),
        }
    }
    match (good.pop(), good.is_empty()) {
        (Some(only), true) => Ok(only),
        (Some(_), false) => Err(Refusal::Ambiguous),
        (None, _) => {
            let worst_first = [
                Refusal::LhnCheck,
                Refusal::Ambiguous,
                Refusal::Employee,
                Refusal::Period,
                Refusal::Kind,
            ];
            Err(worst_first
                .into_iter()
                .find(|fault| faults.contains(fault))
                .unwrap_or(Refusal::Name))
        }
    }
}

#[cfg(test)]
mod tests;
