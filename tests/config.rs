//! `config/loondossier.toml` is what it says it is: every key, with its default, explained.

use loondossier::config::Config;
use std::path::Path;
use toml::{Table, Value};

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/config/loondossier.toml");

fn keys(table: &Table, above: &str) -> Vec<String> {
    let below = |(key, value): (&String, &Value)| match value {
        Value::Table(inner) => keys(inner, &format!("{above}{key}.")),
        _ => vec![format!("{above}{key}")],
    };
    table.iter().flat_map(below).collect()
}

#[test]
fn the_file_says_the_defaults() {
    let said = Config::load(Some(Path::new(FILE)), []).unwrap();
    assert_eq!(said, Config::default());
}

#[test]
fn the_file_has_every_key() {
    let file: Table = toml::from_str(&std::fs::read_to_string(FILE).unwrap()).unwrap();
    let known = Table::try_from(Config::default()).unwrap();
    assert_eq!(keys(&file, ""), keys(&known, ""));
}

#[test]
fn every_key_has_its_sentence() {
    let text = std::fs::read_to_string(FILE).unwrap();
    for (above, line) in text.lines().zip(text.lines().skip(1)) {
        let key = line.starts_with(|c: char| c.is_ascii_lowercase());
        assert!(!key || above.starts_with("# "), "no sentence above: {line}");
    }
}
