//! The tables as they are held to be: of the rules alone.

use loondossier::dossier::kind::KINDS;
use loondossier::dossier::retention::History;
use loondossier::dossier::tree::{Part, Viewer, locate};
use loondossier::dossier::{
    Error, Language, Leaf, NameFault, PartyKind, Refusal, Rights, Scope, SetState, table,
};
use std::fmt::Write;
use std::path::{Path, PathBuf};

const FROM: &str = "<!-- rights -->\n";
const TO: &str = "<!-- /rights -->";

fn in_house(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// Compares a text with the file that holds how it should be.
pub(crate) fn holds(path: &str, actual: &str) {
    let path = in_house(path);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, actual).unwrap();
    }
    let golden = std::fs::read_to_string(&path).unwrap();
    for (line, (was, is)) in golden.lines().zip(actual.lines()).enumerate() {
        assert_eq!(was, is, "line {} of {}", line + 1, path.display());
    }
    assert_eq!(golden.len(), actual.len(), "the length of {}", path.display());
}

#[test]
fn the_rights_are_those_of_the_table() {
    holds("tests/golden/rights.md", &table());
}

#[test]
fn the_readme_shows_the_same_table() {
    let text = std::fs::read_to_string(in_house("README.md")).unwrap();
    let (before, rest) = text.split_once(FROM).unwrap();
    let (_, after) = rest.split_once(TO).unwrap();
    holds("README.md", &[before, FROM, &table(), TO, after].concat());
}

#[test]
fn the_trees_are_those_of_the_table() {
    let mut out = String::new();
    for kind in [PartyKind::Person, PartyKind::Employer, PartyKind::Office] {
        for language in Language::ALL {
            for scope in [Scope::FULL, Scope::READ, Scope::DELIVER, Scope::BACKUP] {
                for past in [false, true] {
                    let viewer = Viewer { kind, language, scope, past };
                    let past = if past { ", on an earlier day" } else { "" };
                    writeln!(out, "# {kind}, {}, {scope}{past}", language.as_str()).unwrap();
                    walk(viewer, &mut Vec::new(), &mut Vec::new(), &mut out);
                    out.push('\n');
                }
            }
        }
    }
    out.push_str("# kinds\n");
    for kind in &KINDS {
        write!(out, "{:<12}  {:?}", kind.code, kind.goes_to).unwrap();
        for language in Language::ALL {
            write!(out, "  {} / {}", kind.folder(language), kind.file(language)).unwrap();
        }
        out.push('\n');
    }
    holds("tests/golden/trees.txt", &out);
}

/// What a user is told, in both languages, for a person to read.
#[test]
fn the_sentences_are_those_of_the_file() {
    use Refusal as R;
    let mut all = vec![
        Error::NotFound,
        Error::NoParent,
        Error::Denied,
        Error::Exists,
        Error::NotEmpty,
        Error::IsFolder,
        Error::NotFolder,
        Error::KindsMeet,
        Error::Locked,
        Error::Precondition,
        Error::TooLarge,
        Error::NoSpace,
        Error::Truncated,
        Error::Checksum,
        Error::TooMany,
        Error::Unsupported,
        Error::SessionEnded,
        Error::Unavailable,
    ];
    let faults = [
        NameFault::Reserved,
        NameFault::Encoding,
        NameFault::TooLong,
        NameFault::Control,
        NameFault::Character(':'),
        NameFault::Trailing,
        NameFault::Device,
    ];
    all.extend(faults.map(Error::BadName));
    let refusals = [
        R::Name,
        R::LhnCheck,
        R::Lhn,
        R::Employee,
        R::Ambiguous,
        R::Kind,
        R::Period,
        R::Type,
        R::Empty,
        R::Bsn,
        R::Ended,
        R::Quota,
        R::Manifest,
        R::Line(3),
        R::Employment,
    ];
    all.extend(refusals.map(Error::Refused));
    let mut out = String::new();
    for error in all {
        writeln!(out, "{error:?}").unwrap();
        for language in Language::ALL {
            writeln!(out, "  {}: {}", language.as_str(), error.sentence(language)).unwrap();
        }
    }
    holds("tests/golden/sentences.txt", &out);
}

/// What of all rights each scope can use where, which names each place takes, whose past shows it, by what
/// its history is kept, and what lies there.
#[test]
fn what_can_be_used_where_is_that_of_the_table() {
    use Leaf as L;
    let leaves = [
        L::EmployeeOverviews,
        L::EmployerOverviews,
        L::OnPaper,
        L::DeliverTo,
        L::Own,
        L::ByEmployee,
        L::ByEmployer,
        L::ByOffice,
        L::ToEmployee,
        L::Sets(SetState::ToReview),
        L::Deliver,
        L::Backups,
        L::Days,
        L::Log,
    ];
    let all = Rights::ALL | Rights::PLACE | Rights::REPLACE | Rights::FORWARD | Rights::DECIDE;
    let mut out = String::new();
    for leaf in leaves {
        write!(out, "{:<18} {:<9}", format!("{leaf:?}"), format!("{:?}", leaf.policy())).unwrap();
        for scope in [Scope::FULL, Scope::READ, Scope::DELIVER, Scope::BACKUP] {
            write!(out, " {scope}: {:<8}", leaf.narrows(all, scope).to_string()).unwrap();
        }
        for kind in [PartyKind::Person, PartyKind::Employer, PartyKind::Office] {
            if leaf.in_day_views(kind) {
                write!(out, " {kind}'s past").unwrap();
            }
        }
        write!(out, "\n{:18} kept as {:?}", "", History::of(leaf)).unwrap();
        for (holds, what) in [(leaf.holds_files(), "holds files"), (leaf.delivers(), "delivers")] {
            write!(out, "{}", if holds { format!(", {what}") } else { String::new() }).unwrap();
        }
        out.push('\n');
    }
    holds("tests/golden/places.txt", &out);
}

/// Goes down a tree as a path does. `path` is one that can be; `shown` names what stands in it.
fn walk(viewer: Viewer, path: &mut Vec<String>, shown: &mut Vec<String>, out: &mut String) {
    let spot = locate(viewer, path);
    if let Some((line, [])) = spot.leaf {
        let (leaf, when) = (line.leaf, line.when);
        let (owner, relation) = (leaf.owner(viewer.kind), leaf.relation(viewer.kind));
        let place = format!("/{}", shown.join("/"));
        writeln!(out, "{place:<62}  {leaf:?}, {when:?}, of the {owner} as {relation:?}").unwrap();
    }
    let mut next: Vec<Part> = spot.below.iter().map(|(part, _)| *part).collect();
    next.dedup();
    for part in next {
        let (name, mark) = match part {
            Part::Word(word) => (word.name(viewer.language), word.name(viewer.language)),
            Part::Employer => ("X", "<employer>"),
            Part::Employee => ("1 X", "<number name>"),
            Part::Kind => (KINDS[0].folder(viewer.language), "<kind>"),
            Part::Year => ("2026", "<year>"),
        };
        path.push(name.to_owned());
        shown.push(mark.to_owned());
        walk(viewer, path, shown, out);
        path.pop();
        shown.pop();
    }
}
