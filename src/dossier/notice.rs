//! Notices: what of another party's doings a party is told outside the dossier, how much of it at once,
//! when, and in which words. A notice says how many and what sort of thing in general: no names, no kinds of
//! overview, no periods, nothing of payroll.

use super::deed::Deed;
use super::party::{Language, PartyKind};
use std::collections::{BTreeMap, HashMap};

/// Nobody waits longer for its digest than this, in milliseconds, however long the quiet does not come.
const LONGEST: i64 = 3_600_000;
/// After one failure so long is waited, in milliseconds; twice as long after each that follows.
const FIRST_PAUSE: i64 = 1_000;
/// No pause is longer, in milliseconds.
const LAST_PAUSE: i64 = 600_000;

/// A sort of thing that is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Notice {
    /// A new document, or a new version of one.
    Document,
    /// The same, to be given to an employee on paper.
    OnPaper,
    /// Something that another party shared, or forwarded.
    Shared,
    /// A document that is there no more.
    Withdrawn,
    /// What this party handed in itself and was refused.
    Refused,
    /// A set that waits for the employer's decision.
    ToReview,
    /// A set that the employer approved.
    Approved,
    /// A set that the employer rejected, or that closed with the engagement.
    Rejected,
}

/// Where what was done with it lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lies {
    /// Among files that a party keeps or shares.
    Shared,
    /// Among the overviews.
    Overviews,
    /// With an employer, on paper.
    OnPaper,
}

/// What another party did, as the log of this one has it.
#[derive(Clone, Copy, Debug)]
pub struct Doing {
    /// What it did.
    pub deed: Deed,
    /// The document, where it is about one.
    pub document: Option<i64>,
    /// Where that lies.
    pub lies: Lies,
}

impl Notice {
    /// The name by which programs know it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Document => "documents",
            Self::OnPaper => "on_paper",
            Self::Shared => "shared",
            Self::Withdrawn => "withdrawn",
            Self::Refused => "refused",
            Self::ToReview => "sets_to_review",
            Self::Approved => "sets_approved",
            Self::Rejected => "sets_rejected",
        }
    }

    /// What a deed of another party is to a reader; `None` for what nobody is told of outside the log.
    pub fn of(doing: Doing, reader: PartyKind) -> Option<Self> {
        match doing.deed {
            Deed::Put | Deed::Replaced | Deed::Delivered | Deed::Redelivered => {
                Some(match doing.lies {
                    Lies::Shared => Self::Shared,
                    Lies::Overviews => Self::Document,
                    Lies::OnPaper => Self::OnPaper,
                })
            }
            Deed::Shared => Some(Self::Shared),
            // Its owner is told in the log, as of every opening.
            Deed::Forwarded if reader == PartyKind::Office => Some(Self::Shared),
            Deed::EndedForward if reader == PartyKind::Office => Some(Self::Withdrawn),
            Deed::Withdrew | Deed::Unshared | Deed::Deleted => Some(Self::Withdrawn),
            Deed::ToReview => Some(Self::ToReview),
            Deed::Approved => Some(Self::Approved),
            Deed::Rejected => Some(Self::Rejected),
            Deed::SetRefused => Some(Self::Refused),
            _ => None,
        }
    }

    /// A sentence about so many, without its full stop.
    fn sentence(self, count: u64, language: Language) -> String {
        let (nl, nl_many, en, en_many) = match self {
            Self::Document => (
                "Er staat 1 nieuw document voor u klaar",
                "Er staan {} nieuwe documenten voor u klaar",
                "1 new document is ready for you",
                "{} new documents are ready for you",
            ),
            Self::OnPaper => (
                "Er staat 1 document klaar om op papier te geven",
                "Er staan {} documenten klaar om op papier te geven",
                "1 document is ready to be given on paper",
                "{} documents are ready to be given on paper",
            ),
            Self::Shared => (
                "Er is 1 document of map met u gedeeld",
                "Er zijn {} documenten of mappen met u gedeeld",
                "1 document or folder was shared with you",
                "{} documents or folders were shared with you",
            ),
            Self::Withdrawn => (
                "Er is 1 document of map ingetrokken",
                "Er zijn {} documenten of mappen ingetrokken",
                "1 document or folder was withdrawn",
                "{} documents or folders were withdrawn",
            ),
            Self::Refused => (
                "Er is 1 aanlevering afgewezen",
                "Er zijn {} aanleveringen afgewezen",
                "1 delivery was refused",
                "{} deliveries were refused",
            ),
            Self::ToReview => (
                "Er staat 1 set klaar om te controleren",
                "Er staan {} sets klaar om te controleren",
                "1 set is ready to be reviewed",
                "{} sets are ready to be reviewed",
            ),
            Self::Approved => (
                "Er is 1 set goedgekeurd",
                "Er zijn {} sets goedgekeurd",
                "1 set was approved",
                "{} sets were approved",
            ),
            Self::Rejected => (
                "Er is 1 set afgekeurd",
                "Er zijn {} sets afgekeurd",
                "1 set was rejected",
                "{} sets were rejected",
            ),
        };
        match count {
            1 => language.pick(nl, en).to_owned(),
            _ => language.pick(nl_many, en_many).replace("{}", &count.to_string()),
        }
    }
}

/// How many of each there are to tell.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Digest(BTreeMap<Notice, u64>);

impl Digest {
    /// Of deeds in the order in which they were done, and of refusals. A document counts once, as what was
    /// done with it last; one that came and is gone again is not told of.
    pub fn of(doings: impl IntoIterator<Item = Doing>, refused: u64, reader: PartyKind) -> Self {
        let mut counts = BTreeMap::new();
        let mut documents: HashMap<i64, (bool, Notice)> = HashMap::new();
        for doing in doings {
            let Some(notice) = Notice::of(doing, reader) else { continue };
            let Some(document) = doing.document else {
                *counts.entry(notice).or_default() += 1;
                continue;
            };
            let new = !matches!(doing.deed, Deed::Replaced | Deed::Redelivered);
            match documents.get(&document) {
                Some((true, _)) if notice == Notice::Withdrawn => drop(documents.remove(&document)),
                Some((came, _)) => drop(documents.insert(document, (*came, notice))),
                None => {
                    let came = new && notice != Notice::Withdrawn;
                    documents.insert(document, (came, notice));
                }
            }
        }
        for (_, notice) in documents.into_values() {
            *counts.entry(notice).or_default() += 1;
        }
        if refused > 0 {
            counts.insert(Notice::Refused, refused);
        }
        Self(counts)
    }

    /// Whether there is nothing to tell.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Each sort, with how many.
    pub fn counts(&self) -> impl Iterator<Item = (Notice, u64)> {
        self.0.iter().map(|(notice, count)| (*notice, *count))
    }

    /// What a mail about it is called.
    pub fn subject(&self, language: Language) -> String {
        let first = self.sentences(language).next().unwrap_or_default();
        let more = if self.0.len() > 1 { language.pick(", en meer", ", and more") } else { "" };
        format!("{first}{more}")
    }

    /// What a mail about it says, with where the dossier is.
    pub fn text(&self, language: Language, address: &str) -> String {
        let mut text = String::new();
        for sentence in self.sentences(language) {
            text.push_str(&format!("{sentence}.\n"));
        }
        let ends =
            language.pick("U vindt alles in uw dossier", "You find everything in your dossier");
        let automatic = language.pick(
            "Dit bericht is automatisch verstuurd; een antwoord wordt niet gelezen.",
            "This message was sent automatically; nobody reads an answer.",
        );
        text.push_str(&format!("\n{ends}: {address}\n\n{automatic}\n"));
        text
    }

    fn sentences(&self, language: Language) -> impl Iterator<Item = String> {
        self.counts().map(move |(notice, count)| notice.sentence(count, language))
    }
}

/// When what happened between two instants is to be told: once nothing has come for `quiet` milliseconds, but
/// no more than an hour late, unless the quiet itself is longer. All instants are Unix milliseconds.
pub fn due(oldest: i64, newest: i64, quiet: i64) -> i64 {
    newest.saturating_add(quiet).min(oldest.saturating_add(quiet.max(LONGEST)))
}

/// How long one waits after so many failures in a row, in milliseconds.
pub fn pause(failures: u32) -> i64 {
    // Past the longest pause it need not be known how much longer it would be.
    let doublings = failures.saturating_sub(1).min(16);
    (FIRST_PAUSE << doublings).min(LAST_PAUSE)
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn doing(deed: Deed, document: i64) -> Doing {
        Doing { deed, document: Some(document), lies: Lies::Overviews }
    }

    fn counts(deeds: &[Doing], reader: PartyKind) -> Vec<(Notice, u64)> {
        Digest::of(deeds.iter().copied(), 0, reader).counts().collect()
    }

    #[test]
    fn a_document_counts_once_however_often_it_changed() {
        let deeds = [
            doing(Deed::Delivered, 1),
            doing(Deed::Redelivered, 1),
            doing(Deed::Delivered, 2),
            doing(Deed::Opened, 2),
        ];
        assert_eq!(counts(&deeds, PartyKind::Person), [(Notice::Document, 2)]);
    }

    #[test]
    fn what_came_and_is_gone_again_is_not_told() {
        let gone =
            [doing(Deed::Delivered, 1), doing(Deed::Redelivered, 1), doing(Deed::Withdrew, 1)];
        assert_eq!(counts(&gone, PartyKind::Employer), []);
        let known = [doing(Deed::Redelivered, 1), doing(Deed::Withdrew, 1)];
        assert_eq!(counts(&known, PartyKind::Employer), [(Notice::Withdrawn, 1)]);
        let back = [doing(Deed::Withdrew, 1), doing(Deed::Delivered, 1)];
        assert_eq!(counts(&back, PartyKind::Employer), [(Notice::Document, 1)]);
    }

    #[test]
    fn a_forward_is_something_shared_for_the_office_alone() {
        let forward = [Doing { lies: Lies::Shared, ..doing(Deed::Forwarded, 1) }];
        assert_eq!(counts(&forward, PartyKind::Office), [(Notice::Shared, 1)]);
        assert_eq!(counts(&forward, PartyKind::Person), []);
    }

    #[test]
    fn where_it_lies_says_what_sort_of_thing_it_is() {
        let deeds = [Lies::Shared, Lies::Overviews, Lies::OnPaper].map(|lies| Doing {
            lies,
            document: None,
            deed: Deed::Delivered,
        });
        let each = [(Notice::Document, 1), (Notice::OnPaper, 1), (Notice::Shared, 1)];
        assert_eq!(counts(&deeds, PartyKind::Employer), each);
    }

    #[test]
    fn a_mail_says_how_many_and_where_and_no_more() {
        let two =
            Digest::of([doing(Deed::Delivered, 1), doing(Deed::Put, 2)], 0, PartyKind::Person);
        let (nl, en) = (Language::Nl, Language::En);
        assert_eq!(two.subject(nl), "Er staan 2 nieuwe documenten voor u klaar");
        assert_eq!(two.subject(en), "2 new documents are ready for you");
        let text = two.text(nl, "https://dossier.example.nl");
        assert_eq!(
            text,
            "Er staan 2 nieuwe documenten voor u klaar.\n\nU vindt alles in uw dossier: \
             https://dossier.example.nl\n\nDit bericht is automatisch verstuurd; een antwoord wordt niet \
             gelezen.\n"
        );
        let more = Digest::of([doing(Deed::Delivered, 1)], 3, PartyKind::Office);
        assert_eq!(more.subject(nl), "Er staat 1 nieuw document voor u klaar, en meer");
        assert!(more.text(en, "").contains("\n3 deliveries were refused.\n"));
        assert!(Digest::default().is_empty() && !more.is_empty());
    }

    #[test]
    fn it_is_told_when_it_is_quiet_and_within_the_hour() {
        let minute = 60_000;
        assert_eq!(due(0, 0, 5 * minute), 5 * minute);
        assert_eq!(due(0, 20 * minute, 5 * minute), 25 * minute);
        assert_eq!(due(0, 58 * minute, 5 * minute), 60 * minute);
        assert_eq!(due(0, 0, 90 * minute), 90 * minute);
    }

    #[test]
    fn pauses_grow_and_end_at_ten_minutes() {
        let seconds: Vec<i64> = [1, 2, 3, 10, 11, 64, 1_000].map(|n| pause(n) / 1_000).to_vec();
        assert_eq!(seconds, [1, 2, 4, 512, 600, 600, 600]);
    }
}
