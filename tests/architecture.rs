//! Holds the house together: arrows between rooms point only down, every module says what it knows,
//! files and functions stay short, those of the tests too, and nothing unexpected lies at the top of the
//! repository.
//!
//! A search over text, not a compiler: it reads what is before a file's tests and leaves out lines
//! that are comments.

use std::path::Path;
use std::{fs, io};

/// Every room, from the ground up, and the rooms that it may use.
const ROOMS: [(&str, &[&str]); 13] = [
    ("dossier", &[]),
    ("clock", &[]),
    ("net", &[]),
    ("config", &["dossier"]),
    ("catalog", &["dossier"]),
    ("blobs", &["dossier", "clock"]),
    ("vfs", &["dossier", "clock", "catalog", "blobs"]),
    ("auth", &["dossier", "clock", "net", "catalog", "vfs"]),
    ("dav", &["dossier", "clock", "net", "vfs", "auth"]),
    ("sftp", &["dossier", "clock", "net", "vfs", "auth"]),
    ("ops", &["dossier", "clock", "vfs"]),
    (
        "cli",
        &[
            "dossier", "clock", "net", "config", "catalog", "blobs", "vfs", "auth", "dav", "sftp",
            "ops",
        ],
    ),
    ("lib", &[]),
];

/// What `dossier` may not even mention: it is pure.
const IMPURE: [&str; 8] =
    ["tokio", "sqlx", "opendal", "hyper", "http::", "SystemTime", "Timestamp::now", "rand"];

/// Lines of a file before its tests.
const LONGEST: usize = 400;

/// Lines between the braces of a function, as clippy counts them: without comments. It does not look into
/// macros, and lets a function be excepted.
const LONGEST_FUNCTION: usize = 60;

/// What may lie at the top of the repository, besides hidden files.
const TOP: [&str; 13] = [
    "CHANGELOG.md",
    "Cargo.lock",
    "Cargo.toml",
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "README.md",
    "benches",
    "config",
    "fuzz",
    "src",
    "systemd",
    "target",
    "tests",
];

/// What is wrong with a file of `src`. `path` is from there: `dav/mod.rs`.
fn faults(path: &str, text: &str) -> Vec<String> {
    let code = code(text);
    let mut faults = out_of_form(text);
    let module = module(path);
    let Some(room) = module.first().map_or(Some("lib"), |room| known(room)) else {
        faults.push("lies in a room that this test does not know".to_owned());
        return faults;
    };
    let allowed = ROOMS.iter().find(|(name, _)| *name == room).map_or(&[][..], |(_, may)| may);
    for used in used(&code, module.len()) {
        match known(&used) {
            Some(used) if used == room || allowed.contains(&used) => {}
            Some(used) => faults.push(format!("{room} may not use {used}")),
            None if used == "*" || used == "self" => {
                faults.push("takes the whole crate, which hides what it uses".to_owned());
            }
            None => {}
        }
    }
    if room == "dossier" {
        let named = IMPURE.iter().filter(|word| mentions(&code, word));
        faults.extend(named.map(|word| format!("dossier may not mention {word}")));
    }
    faults
}

/// What is wrong with a file wherever it lies.
fn out_of_form(text: &str) -> Vec<String> {
    let mut faults = Vec::new();
    if !text.starts_with("//!") {
        faults.push("does not open with `//!`: say what it knows and must not know".to_owned());
    }
    let lines = before_tests(text).lines().count();
    if lines > LONGEST {
        faults.push(format!("has {lines} lines: {LONGEST} at most"));
    }
    let long = functions(text).into_iter().filter(|(_, lines)| *lines > LONGEST_FUNCTION);
    faults.extend(
        long.map(|(name, lines)| {
            format!("has {lines} lines in {name}: {LONGEST_FUNCTION} at most")
        }),
    );
    faults
}

/// Every function with a body, and how many lines that has.
fn functions(text: &str) -> Vec<(&str, usize)> {
    let lines: Vec<&str> = text.lines().collect();
    (0..lines.len()).filter_map(|at| begins(lines.get(at..)?)).collect()
}

/// The function that begins on the first line. As rustfmt has it, its body ends where a brace stands under
/// that.
fn begins<'a>(lines: &[&'a str]) -> Option<(&'a str, usize)> {
    let first = lines.first()?;
    let name = function(first)?;
    let (margin, _) = first.split_at(first.len() - first.trim_start().len());
    let under = |line: &str| line.strip_prefix(margin).is_some_and(|line| !line.starts_with(' '));
    let signed = |line: &&&str| under(line) && line.ends_with(['{', '}', ';']);
    let closes = |line: &str| under(line) && line.trim_start().starts_with('}');
    let mut rest = lines.iter();
    rest.find(signed)?.ends_with('{').then(|| {
        let body = rest.take_while(|line| !closes(line)).map(|line| line.trim_start());
        (name, body.filter(|line| !line.is_empty() && !line.starts_with("//")).count())
    })
}

/// The name of the function that begins on a line.
fn function(line: &str) -> Option<&str> {
    let (before, name) = line.split_once("fn ")?;
    let with = |word: &str| word.starts_with("pub") || ["const", "async", "unsafe"].contains(&word);
    let named = name.split(|c| !identifier(c)).next()?;
    before.split_whitespace().all(with).then_some(named)
}

fn known(name: &str) -> Option<&'static str> {
    ROOMS.iter().map(|(room, _)| *room).find(|room| *room == name)
}

/// `dav/fs.rs` is the module `dav::fs`; `dav/mod.rs` is `dav`; `lib.rs` the crate itself.
fn module(path: &str) -> Vec<&str> {
    let mut parts: Vec<&str> = path.trim_end_matches(".rs").split('/').collect();
    if matches!(parts.last(), Some(&("mod" | "lib" | "main"))) {
        parts.pop();
    }
    parts
}

fn before_tests(text: &str) -> &str {
    text.split("#[cfg(test)]\nmod tests").next().unwrap_or(text)
}

fn code(text: &str) -> String {
    let comment = |line: &&str| !line.trim_start().starts_with("//");
    before_tests(text).lines().filter(comment).flat_map(|line| [line, "\n"]).collect()
}

/// The names right under the crate that a module uses, by `crate::` or by enough `super::`.
fn used(code: &str, depth: usize) -> Vec<String> {
    let supers = "super::".repeat(depth);
    let by_super = after(code, &supers).filter(|_| depth > 0);
    after(code, "crate::").chain(by_super).flat_map(first_names).collect()
}

/// What follows each place where `word` begins a path.
fn after<'a>(code: &'a str, word: &'a str) -> impl Iterator<Item = &'a str> {
    code.match_indices(word).filter_map(move |(at, _)| {
        let before = code[..at].chars().next_back();
        let begins = !before.is_some_and(|c| identifier(c) || c == ':');
        begins.then(|| &code[at + word.len()..])
    })
}

/// `a::b` names a; `{a::b, c::{d, e}}` names a and c.
fn first_names(path: &str) -> Vec<String> {
    let first = |path: &str| {
        let path = path.trim_start();
        path.chars().take_while(|c| identifier(*c) || *c == '*').collect()
    };
    let Some(group) = path.strip_prefix('{') else { return vec![first(path)] };
    let mut open = 1;
    let outer: String = group
        .chars()
        .take_while(|c| {
            open += i32::from(*c == '{') - i32::from(*c == '}');
            open > 0
        })
        .collect();
    let mut open = 0;
    let parts = outer.split(|c| {
        open += i32::from(c == '{') - i32::from(c == '}');
        c == ',' && open == 0
    });
    parts.map(first).collect()
}

fn mentions(code: &str, word: &str) -> bool {
    code.match_indices(word).any(|(at, _)| {
        let before = code[..at].chars().next_back().is_some_and(identifier);
        let after = code[at + word.len()..].chars().next().is_some_and(identifier);
        !before && (!after || word.ends_with(':'))
    })
}

fn identifier(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Every `.rs` below a folder, as its path from `root` and its text.
fn sources(folder: &Path, root: &Path) -> io::Result<Vec<(String, String)>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(sources(&path, root)?);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let named = path.strip_prefix(root).map_err(io::Error::other)?;
            found.push((named.display().to_string(), fs::read_to_string(&path)?));
        }
    }
    Ok(found)
}

fn nothing_is_wrong(folder: &str, faults: fn(&str, &str) -> Vec<String>) -> io::Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let files = sources(&root, &root)?;
    let wrong: Vec<String> = files
        .iter()
        .flat_map(|(path, text)| {
            faults(path, text).into_iter().map(move |fault| format!("{folder}/{path} {fault}"))
        })
        .collect();
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
    assert!(files.len() > 20, "the sources were not found");
    Ok(())
}

#[test]
fn the_house_stands() {
    nothing_is_wrong("src", faults).unwrap();
}

#[test]
fn its_tests_are_as_short() {
    nothing_is_wrong("tests", |_, text| out_of_form(text)).unwrap();
}

#[test]
fn nothing_unexpected_lies_at_the_top() {
    for entry in fs::read_dir(env!("CARGO_MANIFEST_DIR")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(name.starts_with('.') || TOP.contains(&name.as_str()), "what is {name}?");
    }
}

mod checker {
    //! A violation that is planted is found.

    use super::faults;

    /// The first fault of a file that opens as it should.
    fn planted(path: &str, code: &str) -> Option<String> {
        faults(path, &format!("//! A room.\n\n{code}\n")).into_iter().next()
    }

    fn found(path: &str, code: &str, fault: &str) {
        assert_eq!(planted(path, code).as_deref(), Some(fault), "{path}: {code}");
    }

    fn fine(path: &str, code: &str) {
        assert_eq!(planted(path, code), None, "{path}: {code}");
    }

    #[test]
    fn an_arrow_that_points_up_is_found() {
        found("dossier/tree.rs", "use crate::vfs::Vfs;", "dossier may not use vfs");
        found("vfs/list.rs", "fn f(a: &crate::auth::Auth) {}", "vfs may not use auth");
        found("blobs/mod.rs", "use crate::catalog::Db;", "blobs may not use catalog");
        found("ops/mod.rs", "use crate::dav;", "ops may not use dav");
        found("ops/mod.rs", "use crate::catalog::Db;", "ops may not use catalog");
        found("clock.rs", "use crate::dossier::Error;", "clock may not use dossier");
        fine("vfs/list.rs", "use crate::catalog::Db;\nuse crate::dossier::Error;");
        fine("cli/serve.rs", "use crate::{dav, sftp};");
    }

    #[test]
    fn protocols_do_not_see_each_other_nor_what_is_behind_the_door() {
        found("dav/put.rs", "use crate::sftp::Status;", "dav may not use sftp");
        found("sftp/mod.rs", "use crate::catalog::NodeId;", "sftp may not use catalog");
        found("dav/put.rs", "use crate::blobs::Blobs;", "dav may not use blobs");
    }

    #[test]
    fn an_arrow_in_a_group_is_found() {
        found("dav/put.rs", "use crate::{clock::Clock, sftp};", "dav may not use sftp");
        let nested = "use crate::{\n    vfs::{Entry, Vfs},\n    catalog::{Db, Row},\n};";
        found("dav/put.rs", nested, "dav may not use catalog");
        fine("dav/put.rs", "use crate::{auth::Auth, vfs::{catalog, sftp}};");
    }

    #[test]
    fn an_arrow_by_the_roof_is_found() {
        found("dav/put.rs", "use super::super::sftp;", "dav may not use sftp");
        found("dav/mod.rs", "use super::sftp;", "dav may not use sftp");
        found("dav/xml/read.rs", "use super::super::super::{vfs, sftp};", "dav may not use sftp");
        fine("dav/put.rs", "use super::sftp;");
        fine("dav/xml/read.rs", "use super::super::catalog;");
    }

    #[test]
    fn the_whole_crate_at_once_is_found() {
        let fault = "takes the whole crate, which hides what it uses";
        found("dav/put.rs", "use crate::*;", fault);
        found("dav/put.rs", "use crate::{self as all};", fault);
    }

    #[test]
    fn what_is_impure_is_found_in_dossier_alone() {
        found("dossier/day.rs", "use tokio::fs;", "dossier may not mention tokio");
        found("dossier/day.rs", "jiff::Timestamp::now()", "dossier may not mention Timestamp::now");
        found("dossier/day.rs", "http::StatusCode::OK", "dossier may not mention http::");
        found("dossier/day.rs", "let n = rand::random();", "dossier may not mention rand");
        fine("dossier/day.rs", "let brand = operand + rand_free;");
        fine("dav/put.rs", "use http::StatusCode;");
    }

    #[test]
    fn comments_and_tests_may_speak_of_other_rooms() {
        fine("dossier/tree.rs", "/// As [`crate::vfs::Vfs`] has it, over tokio.\nfn f() {}");
        fine("dossier/tree.rs", "#[cfg(test)]\nmod tests {\n    use crate::vfs::Vfs;\n}");
        let between = "#[cfg(test)]\nfn f() {}\nuse crate::vfs::Vfs;";
        found("dossier/tree.rs", between, "dossier may not use vfs");
    }

    #[test]
    fn a_module_that_does_not_say_what_it_is_is_found() {
        let fault = faults("dossier/tree.rs", "use std::fmt;\n");
        assert!(fault[0].starts_with("does not open with `//!`"), "{fault:?}");
    }

    #[test]
    fn a_file_that_is_too_long_is_found() {
        found("dossier/tree.rs", &"x\n".repeat(500), "has 503 lines: 400 at most");
        let tests = format!("#[cfg(test)]\nmod tests {{\n{}}}", "x\n".repeat(500));
        fine("dossier/tree.rs", &tests);
    }

    #[test]
    fn a_function_that_is_too_long_is_found() {
        let of = |lines: usize| format!("{}\n    // More.\n\n", "    let x = {};\n".repeat(lines));
        let fault = "has 61 lines in f: 60 at most";
        for begins in
            ["fn f() {", "pub(crate) async fn f<T>(\n    x: T,\n) -> T\nwhere\n    T: X,\n{"]
        {
            fine("dossier/tree.rs", &format!("fn e() {{}}\n{begins}\n{}}}", of(60)));
            found("dossier/tree.rs", &format!("fn e() {{}}\n{begins}\n{}}}", of(61)), fault);
        }
        let inside = of(61).replace("    ", "        ");
        for around in ["proptest! {", "impl X {", "#[cfg(test)]\nmod tests {"] {
            let code = format!("{around}\n    fn f() {{\n{inside}    }}\n}}");
            found("dossier/tree.rs", &code, fault);
        }
        let two =
            format!("trait X {{\n    fn e(\n        self,\n    );\n}}\nfn f() {{\n{}}}", of(61));
        found("dossier/tree.rs", &two, fault);
    }

    #[test]
    fn a_room_that_nobody_agreed_on_is_found() {
        let fault = "lies in a room that this test does not know";
        found("helpers/mod.rs", "", fault);
        found("utils.rs", "", fault);
    }
}
