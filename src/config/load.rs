//! Reads a configuration: the TOML file, then the environment over it.
//!
//! What is wrong is told with its file and line, or its variable, so that it can be found.

use super::{Config, Dav, Tls};
use anyhow::{Context, Result, anyhow, bail};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};
use toml::de::{DeTable, DeValue};
use toml::{Table, Value};

/// Names the file when the command line does not.
pub const FILE_VARIABLE: &str = "LOONDOSSIER_CONFIG";
/// Begins the name of what says a key.
pub const PREFIX: &str = "LOONDOSSIER__";
const BETWEEN: &str = "__";
/// How much an unknown key may differ from one that there is, in typing errors per letter.
const KIN: usize = 3;

impl Config {
    /// Reads `file`, or the one that `LOONDOSSIER_CONFIG` names, or none; then
    /// `LOONDOSSIER__SECTION__KEY=value` over it.
    ///
    /// # Errors
    /// An unknown key, a value of the wrong form or one that cannot be, with where it is.
    pub fn load(
        file: Option<&Path>,
        env: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self> {
        let env: BTreeMap<String, String> = env.into_iter().collect();
        let named = env.get(FILE_VARIABLE).filter(|file| !file.is_empty());
        let file = file.map(Path::to_owned).or_else(|| named.map(PathBuf::from));
        let text = match &file {
            Some(file) => std::fs::read_to_string(file)
                .with_context(|| format!("the configuration {} cannot be read", file.display()))?,
            None => String::new(),
        };
        let name = file.map(|file| file.display().to_string()).unwrap_or_default();
        let known = Table::try_from(Self::default())?;
        let full = Table::try_from(Self::full())?;
        let source = Source::parse(&name, &text)?;
        source.check(&known, &full)?;

        let mut merged: Table = toml::from_str(&text)?;
        let variables = env.iter().filter(|(name, _)| name.starts_with(PREFIX));
        let mut said = BTreeMap::new();
        for (variable, raw) in variables {
            let key = set_variable(&mut merged, &known, &full, (variable, raw))?;
            said.insert(key, variable.clone());
        }
        let mut config: Self = merged.try_into()?;
        config.credentials = env.get("CREDENTIALS_DIRECTORY").map(PathBuf::from);
        if let Some((key, wrong)) = config.fault() {
            let at = said.get(key).cloned().unwrap_or_else(|| source.place(key));
            bail!("{at}`{key}` {wrong}", at = lead(&at));
        }
        Ok(config)
    }

    /// One in which every value that can have keys of its own has them.
    fn full() -> Self {
        let tls = Tls::Files { cert: PathBuf::new(), key: PathBuf::new() };
        Self { dav: Dav { tls, ..Dav::default() }, ..Self::default() }
    }
}

/// The file, and what lies where in it.
struct Source<'a> {
    name: &'a str,
    text: &'a str,
    table: DeTable<'a>,
}

impl<'a> Source<'a> {
    fn parse(name: &'a str, text: &'a str) -> Result<Self> {
        let table = DeTable::parse(text).map_err(|error| {
            let at = error.span().map(|span| line(name, text, &span)).unwrap_or_default();
            anyhow!("{at}: this is not TOML: {}", error.message())
        })?;
        Ok(Self { name, text, table: table.into_inner() })
    }

    /// Every key must be one of the `full` configuration, and every value of the form of the `known` default.
    fn check(&self, known: &Table, full: &Table) -> Result<()> {
        if let Some((key, span)) = unknown(&self.table, full, "") {
            bail!(
                "{}: {}",
                line(self.name, self.text, &span),
                no_such_key(&key, full, |k| k.into())
            );
        }
        let Err(error) = toml::from_str::<Config>(self.text) else { return Ok(()) };
        let span = error.span().unwrap_or_default();
        let key = key_at(&self.table, &span, "").unwrap_or_default();
        bail!(
            "{}: {}",
            line(self.name, self.text, &span),
            wrong_form(&key, error.message(), known)
        );
    }

    /// Where a key is said; the file alone when it is not.
    fn place(&self, key: &str) -> String {
        let mut table = &self.table;
        for part in key.split('.') {
            match table.get_key_value(part) {
                Some((at, value)) => match value.get_ref() {
                    DeValue::Table(inner) => table = inner,
                    _ => return line(self.name, self.text, &at.span()),
                },
                None => break,
            }
        }
        self.name.to_owned()
    }
}

/// Sets what a variable says. Gives the key it is about.
fn set_variable(
    merged: &mut Table,
    known: &Table,
    full: &Table,
    (variable, raw): (&str, &str),
) -> Result<String> {
    let key = variable.trim_start_matches(PREFIX).to_lowercase().replace(BETWEEN, ".");
    let kin = |key: &str| format!("{PREFIX}{}", key.to_uppercase().replace('.', BETWEEN));
    let default = match find(known, &key) {
        Some(Value::Table(section)) => {
            let first = keys(section, &key).into_iter().next().unwrap_or_default();
            bail!("{variable}: `{key}` is a section: say a key in it, like `{}`", kin(&first));
        }
        Some(default) => default,
        None => bail!("{variable}: {}", no_such_key(&key, known, kin)),
    };
    let value = read_variable(default, raw);
    if let (Some(said), Some(Value::Table(keys))) = (value.as_table(), find(full, &key))
        && let Some(strange) = said.keys().find(|inner| !keys.contains_key(*inner))
    {
        let strange = join(&key, strange);
        bail!("{variable}: {}", no_such_key(&strange, full, |k| k.into()));
    }
    let mut alone = Table::new();
    insert(&mut alone, &key, value.clone());
    if let Err(error) = Config::deserialize(alone) {
        bail!("{variable}: {}", wrong_form(&key, error.message(), known));
    }
    insert(merged, &key, value);
    Ok(key)
}

/// A variable is text; the key's default says what it is meant to be.
fn read_variable(default: &Value, raw: &str) -> Value {
    let text = || Value::String(raw.to_owned());
    match default {
        Value::String(_) if !raw.starts_with('{') => text(),
        Value::Array(_) if !raw.starts_with('[') => {
            let parts = raw.split(',').map(str::trim).filter(|part| !part.is_empty());
            Value::Array(parts.map(|part| Value::String(part.to_owned())).collect())
        }
        _ => raw.parse().unwrap_or_else(|_| text()),
    }
}

/// The first key of a file that is not known.
fn unknown(table: &DeTable<'_>, known: &Table, above: &str) -> Option<(String, Range<usize>)> {
    table.iter().find_map(|(key, value)| {
        let path = join(above, key.get_ref());
        match (known.get(key.get_ref().as_ref()), value.get_ref()) {
            (None, _) => Some((path, key.span())),
            (Some(Value::Table(known)), DeValue::Table(table)) => unknown(table, known, &path),
            _ => None,
        }
    })
}

/// The key whose value is at `span`.
fn key_at(table: &DeTable<'_>, span: &Range<usize>, above: &str) -> Option<String> {
    table.iter().find_map(|(key, value)| {
        let path = join(above, key.get_ref());
        match value.get_ref() {
            DeValue::Table(inner) if key_at(inner, span, &path).is_some() => {
                key_at(inner, span, &path)
            }
            _ => value.span().contains(&span.start).then_some(path),
        }
    })
}

/// Every key, as `section.key`, and every section.
fn keys(known: &Table, above: &str) -> Vec<String> {
    let below = |(key, value): (&String, &Value)| {
        let path = join(above, key);
        let mut all = value.as_table().map(|inner| keys(inner, &path)).unwrap_or_default();
        all.push(path);
        all
    };
    known.iter().flat_map(below).collect()
}

fn no_such_key(key: &str, known: &Table, show: impl Fn(&str) -> String) -> String {
    let far = |kin: &String| strsim::damerau_levenshtein(key, kin);
    let nearest = keys(known, "").into_iter().min_by_key(far);
    match nearest.filter(|kin| far(kin) * KIN <= key.len().max(KIN)) {
        Some(kin) => format!("unknown key `{key}`; did you mean `{}`?", show(&kin)),
        None => format!("unknown key `{key}`; config/loondossier.toml has all there are"),
    }
}

fn wrong_form(key: &str, message: &str, known: &Table) -> String {
    let message = message.trim_end().replace('\n', " ");
    match find(known, key) {
        Some(Value::Table(_)) => {
            format!("`{key}` is a section, not a value: write its keys below `[{key}]`")
        }
        Some(default) => format!("`{key}`: {message}; the default is {default}"),
        None => format!("`{key}`: {message}"),
    }
}

fn find<'t>(table: &'t Table, key: &str) -> Option<&'t Value> {
    let (first, rest) = key.split_once('.').map_or((key, None), |(f, r)| (f, Some(r)));
    let value = table.get(first)?;
    rest.map_or(Some(value), |rest| find(value.as_table()?, rest))
}

fn insert(table: &mut Table, key: &str, value: Value) {
    match key.split_once('.') {
        None => drop(table.insert(key.to_owned(), value)),
        Some((section, rest)) => {
            let inner = table.entry(section).or_insert_with(|| Table::new().into());
            if let Value::Table(inner) = inner {
                insert(inner, rest, value);
            }
        }
    }
}

fn join(above: &str, key: &str) -> String {
    if above.is_empty() { key.to_owned() } else { format!("{above}.{key}") }
}

fn lead(at: &str) -> String {
    if at.is_empty() { String::new() } else { format!("{at}: ") }
}

fn line(name: &str, text: &str, span: &Range<usize>) -> String {
    let before = text.get(..span.start).unwrap_or(text);
    format!("{name}, line {}", before.matches('\n').count() + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(text: &str, env: &[(&str, &str)]) -> Result<Config, String> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("loondossier.toml");
        std::fs::write(&file, text).unwrap();
        let env = env.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Config::load(Some(&file), env).map_err(|error| {
            let folder = format!("{}/", folder.path().display());
            error.to_string().replace(&folder, "")
        })
    }

    #[test]
    fn an_unknown_key_is_named_with_its_line_and_its_nearest_kin() {
        assert_eq!(
            load("data_dir = \"/x\"\n\n[sftp]\nlisen = \"127.0.0.1:22\"\n", &[]).unwrap_err(),
            "loondossier.toml, line 4: unknown key `sftp.lisen`; did you mean `sftp.listen`?"
        );
        assert_eq!(
            load("[davv]\nlisten = \"127.0.0.1:22\"\n", &[]).unwrap_err(),
            "loondossier.toml, line 1: unknown key `davv`; did you mean `dav`?"
        );
        assert_eq!(
            load("colour = 1\n", &[]).unwrap_err(),
            "loondossier.toml, line 1: unknown key `colour`; config/loondossier.toml has all there are"
        );
        assert_eq!(
            load("", &[("LOONDOSSIER__SFTP__LISEN", "x")]).unwrap_err(),
            "LOONDOSSIER__SFTP__LISEN: unknown key `sftp.lisen`; did you mean `LOONDOSSIER__SFTP__LISTEN`?"
        );
    }

    #[test]
    fn so_is_one_in_a_value_that_has_keys_of_its_own() {
        let value = "{ cert = \"/c\", key = \"/k\", ca = \"/ca\" }";
        let told = "unknown key `dav.tls.ca`; did you mean `dav.tls.cert`?";
        for text in [format!("[dav]\ntls = {value}\n"), format!("\ndav.tls = {value}\n")] {
            let error = load(&text, &[]).unwrap_err();
            assert_eq!(error, format!("loondossier.toml, line 2: {told}"));
        }
        let error = load("", &[("LOONDOSSIER__DAV__TLS", value)]).unwrap_err();
        assert_eq!(error, format!("LOONDOSSIER__DAV__TLS: {told}"));
    }

    #[test]
    fn a_value_of_the_wrong_form_is_named_with_its_line_and_what_would_be_right() {
        assert_eq!(
            load("[retention.backups]\ndays = \"many\"\n", &[]).unwrap_err(),
            "loondossier.toml, line 2: `retention.backups.days`: invalid type: string \"many\", \
             expected u32; the default is 14"
        );
        assert_eq!(
            load("[dav]\ntls = \"none\"\n", &[]).unwrap_err(),
            "loondossier.toml, line 2: `dav.tls`: expected \"self-signed\", \"off\" or \
             { cert = \"FILE\", key = \"FILE\" }; the default is \"self-signed\""
        );
        assert_eq!(
            load("[delivery]\nset_quiet = \"a while\"\n", &[]).unwrap_err(),
            "loondossier.toml, line 2: `delivery.set_quiet`: not a length of time like \"2m\"; \
             the default is \"2m\""
        );
        assert_eq!(
            load("", &[("LOONDOSSIER__SFTP__LISTEN", "here")]).unwrap_err(),
            "LOONDOSSIER__SFTP__LISTEN: `sftp.listen`: invalid socket address syntax; \
             the default is \"0.0.0.0:2222\""
        );
        assert!(load("x = [\n", &[]).unwrap_err().starts_with("loondossier.toml, line "));
    }

    #[test]
    fn a_section_is_not_taken_for_a_key() {
        for (text, key, line) in [
            ("sftp = 3\n", "sftp", 1),
            ("[[sftp]]\n", "sftp", 1),
            ("[retention]\nbackups = 14\n", "retention.backups", 2),
        ] {
            let told = format!(
                "loondossier.toml, line {line}: `{key}` is a section, not a value: write its keys \
                 below `[{key}]`"
            );
            assert_eq!(load(text, &[]).unwrap_err(), told);
        }
        assert_eq!(
            load("", &[("LOONDOSSIER__OPS", "x")]).unwrap_err(),
            "LOONDOSSIER__OPS: `ops` is a section: say a key in it, like `LOONDOSSIER__OPS__LISTEN`"
        );
    }

    #[test]
    fn a_value_that_cannot_be_is_named_with_where_it_was_said() {
        let off = load("[dav]\nlisten = \"0.0.0.0:80\"\ntls = \"off\"\n", &[]).unwrap_err();
        assert!(off.starts_with("loondossier.toml, line 3: `dav.tls` \"off\" would"), "{off}");
        let off = load("", &[("LOONDOSSIER__DAV__TLS", "off")]).unwrap_err();
        assert!(off.starts_with("LOONDOSSIER__DAV__TLS: `dav.tls`"), "{off}");
    }

    #[test]
    fn the_environment_goes_over_the_file() {
        let env = [
            ("LOONDOSSIER__SFTP__LISTEN", "127.0.0.1:2222"),
            ("LOONDOSSIER__RETENTION__BACKUPS__DAYS", "30"),
            ("LOONDOSSIER__TRUSTED_PROXIES", "10.0.0.0/8, 192.0.2.1/32"),
            ("LOONDOSSIER__BLOBS__BUCKET", "12345"),
            ("LOONDOSSIER__DAV__TLS", "{ cert = \"/c\", key = \"/k\" }"),
            ("PATH", "/bin"),
        ];
        let config =
            load("[sftp]\nlisten = \"0.0.0.0:22\"\nhost_key_file = \"/h\"\n", &env).unwrap();
        assert_eq!(config.sftp.listen, "127.0.0.1:2222".parse().unwrap());
        assert_eq!(config.sftp.host_key_file, Path::new("/h"));
        assert_eq!(config.retention.backups.days, 30);
        assert_eq!(config.retention.backups.weeks, 8);
        assert_eq!(config.trusted_proxies.len(), 2);
        assert_eq!(config.blobs.bucket, "12345");
        assert_eq!(config.tls_files(), Some(("/c".into(), "/k".into())));
    }

    #[test]
    fn a_credential_of_systemd_stands_in_for_a_key_file() {
        let credentials = tempfile::tempdir().unwrap();
        std::fs::write(credentials.path().join("master.key"), "").unwrap();
        let folder = credentials.path().display().to_string();
        let config = load("data_dir = \"/d\"", &[("CREDENTIALS_DIRECTORY", &folder)]).unwrap();
        assert_eq!(config.master_key_file(), credentials.path().join("master.key"));
        assert_eq!(config.pepper_file(), Path::new("/d/keys/pepper"));
        let said = "data_dir = \"/d\"\n[keys]\nmaster_key_file = \"/elsewhere\"";
        let config = load(said, &[("CREDENTIALS_DIRECTORY", &folder)]).unwrap();
        assert_eq!(config.master_key_file(), Path::new("/elsewhere"));
    }

    #[test]
    fn a_variable_names_the_file_when_the_command_line_does_not() {
        let missing = [(FILE_VARIABLE.to_owned(), "/nowhere/at/all.toml".to_owned())];
        let error = Config::load(None, missing).unwrap_err().to_string();
        assert_eq!(error, "the configuration /nowhere/at/all.toml cannot be read");
    }
}
