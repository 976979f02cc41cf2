//! The fixed cast as a roster: Kantoor Visser; Bakkerij Jansen and Garage Bos; A. de Vries, and
//! S. Yilmaz who works at both.

use loondossier::dossier::roster::{Roster, read};

pub(crate) const HEADER: &str =
    "personeelsnummer;naam;email;login;taal;in_dienst;uit_dienst;instemming_digitaal;persoon\n";

/// A roster file and the files beside it.
#[derive(Clone)]
pub(crate) struct Files(pub(crate) Vec<(String, String)>);

impl Files {
    /// Kantoor Visser; Bakkerij Jansen and Garage Bos; A. de Vries, and S. Yilmaz who works at both.
    pub(crate) fn cast() -> Self {
        let roster = r#"schema = 1

[[office]]
id = "kantoor-visser"
name = "Administratiekantoor Visser"
language = "nl"
staff    = [ { login = "petra", name = "P. de Boer", email = "petra@visser.example" } ]
machines = [ { login = "loon-visser", scopes = ["deliver", "backup"] } ]

[[employer]]
id = "bakkerij-jansen"
name = "Bakkerij Jansen BV"
administrations = ["123456782L01"]
office = { id = "kantoor-visser", from = 2026-01-01, release = "manual", payslips = "hidden" }
staff    = [ { login = "jansen", name = "K. Jansen", email = "k@bakkerij.example" } ]
machines = []
employees = { "123456782L01" = "jansen.csv" }

[[employer]]
id = "garage-bos"
name = "Garage Bos"
administrations = ["111222333L01"]
office = { id = "kantoor-visser", from = 2026-01-01 }
staff    = [ { login = "bos", name = "T. Bos", email = "t@bos.example" } ]
employees = { "111222333L01" = "bos.csv" }
"#;
        let jansen = "0042;A. de Vries;a.devries@example.nl;devries;nl;2019-03-01;;2019-02-20;\n\
                      0043;S. Yilmaz;s.yilmaz@example.nl;yilmaz;nl;2020-01-01;;2020-01-01;yilmaz\n\
                      0044;B. Zonder;;;;2021-01-01;;;\n";
        let bos = "7;S. Yilmaz;s.yilmaz@example.nl;yilmaz;nl;2024-05-01;;;yilmaz\n";
        Self(vec![
            ("roster.toml".into(), roster.into()),
            ("jansen.csv".into(), format!("{HEADER}{jansen}")),
            ("bos.csv".into(), format!("{HEADER}{bos}")),
        ])
    }

    /// The same with one text replaced, which must be there exactly once.
    pub(crate) fn with(mut self, file: &str, old: &str, new: &str) -> Self {
        let text = &mut self.0.iter_mut().find(|(name, _)| name == file).unwrap().1;
        assert_eq!(text.matches(old).count(), 1, "{old} in {file}");
        *text = text.replace(old, new);
        self
    }

    pub(crate) fn and(mut self, file: &str, text: &str) -> Self {
        self.0.push((file.into(), text.into()));
        self
    }

    pub(crate) fn read(&self) -> Result<Roster, String> {
        let get = |name: &str| self.0.iter().find(|(n, _)| n == name).map(|(_, text)| text);
        let mut open = |name: &str| {
            get(name).map(|text| text.clone().into_bytes()).ok_or_else(|| "no such file".to_owned())
        };
        read("roster.toml", get("roster.toml").unwrap(), &mut open).map_err(|problems| {
            problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
        })
    }

    pub(crate) fn problems(&self) -> String {
        self.read().map(|_| ()).expect_err("this should be refused")
    }
}

pub(crate) fn jansen(old: &str, new: &str) -> Files {
    Files::cast().with("jansen.csv", old, new)
}

pub(crate) fn toml(old: &str, new: &str) -> Files {
    Files::cast().with("roster.toml", old, new)
}
