//! The requests of a client, as they are written down.

/// All of a file.
#[derive(Debug, Default)]
pub(crate) struct Script {
    /// In which places it is played.
    pub(crate) places: Vec<String>,
    /// The login that the client signs in with, where that is not the account's own.
    pub(crate) domain: Option<String>,
    /// Files that are there before, and their content.
    pub(crate) given: Vec<(String, String)>,
    /// Headers of every request.
    pub(crate) always: Vec<(String, String)>,
    pub(crate) requests: Vec<Request>,
    /// What holds in the end.
    pub(crate) then: Vec<String>,
}

/// A request, and what is wanted of its answer.
#[derive(Debug, Default)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<String>,
    pub(crate) wanted: Vec<Wanted>,
}

#[derive(Debug)]
pub(crate) enum Wanted {
    Status(Vec<u16>),
    Header(String, String),
    Body(String),
    NoBody(String),
    /// Its lock token is called so from then on.
    Token(String),
}

fn pair(line: &str) -> (String, String) {
    let (name, value) = line.split_once(':').unwrap_or_else(|| panic!("no header: {line}"));
    (name.trim().to_owned(), value.trim().to_owned())
}

impl Script {
    pub(crate) fn parse(text: &str) -> Self {
        let mut script = Self::default();
        let mut has_source = false;
        for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
            let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
            match word {
                "source" => has_source = true,
                "places" => script.places = rest.split(' ').map(str::to_owned).collect(),
                "domain" => script.domain = Some(rest.to_owned()),
                "always" => script.always.push(pair(rest)),
                "given" => {
                    let (name, content) = rest.split_once(" = ").unwrap();
                    script.given.push((name.to_owned(), content.to_owned()));
                }
                "then" => script.then.push(rest.to_owned()),
                ">" => {
                    let (method, path) = rest.split_once(' ').unwrap();
                    let (method, path) = (method.to_owned(), path.to_owned());
                    script.requests.push(Request { method, path, ..Request::default() });
                }
                _ => script.requests.last_mut().unwrap().take(word, rest, line),
            }
        }
        assert!(has_source, "a recording says where it comes from");
        script
    }
}

impl Request {
    fn take(&mut self, word: &str, rest: &str, line: &str) {
        match word {
            "|" => self.body.push(rest.to_owned()),
            "<" => self.wanted.push(Wanted::parse(rest)),
            _ => self.headers.push(pair(line)),
        }
    }
}

impl Wanted {
    fn parse(text: &str) -> Self {
        let after = |word| text.strip_prefix(word).map(str::to_owned);
        if text.starts_with(|c: char| c.is_ascii_digit()) {
            return Self::Status(text.split(' ').map(|status| status.parse().unwrap()).collect());
        }
        if let Some(name) = after("token ") {
            return Self::Token(name);
        }
        if let Some(text) = after("no body: ") {
            return Self::NoBody(text);
        }
        if let Some(text) = after("body: ") {
            return Self::Body(text);
        }
        let (name, value) = pair(text);
        Self::Header(name, value)
    }
}
