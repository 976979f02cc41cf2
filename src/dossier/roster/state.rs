//! What the catalog says now, as far as a roster can change it.

use super::{Owner, Span, Terms};

/// Everything a roster is compared with. Parties are named by kind and key, other rows by id.
#[derive(Clone, Debug, Default)]
pub struct State {
    /// Every party.
    pub parties: Vec<KnownParty>,
    /// Every administration: its LHN, and the key of its employer.
    pub administrations: Vec<(String, String)>,
    /// Every account.
    pub accounts: Vec<KnownAccount>,
    /// Every engagement, also ended ones.
    pub engagements: Vec<KnownEngagement>,
    /// Every employment, also ended ones.
    pub employments: Vec<KnownEmployment>,
}

/// A party.
#[derive(Clone, Debug)]
pub struct KnownParty {
    /// The row.
    pub id: i64,
    /// Which one.
    pub party: Owner,
    /// Its name.
    pub name: String,
    /// Its language, as a code.
    pub language: String,
    /// It was erased: its id and logins stay, and mean nobody else.
    pub erased: bool,
}

/// An account.
#[derive(Clone, Debug)]
pub struct KnownAccount {
    /// The row.
    pub id: i64,
    /// For whom it acts.
    pub party: Owner,
    /// The login as it is shown.
    pub login: String,
    /// The login as it is compared.
    pub login_key: String,
    /// Keys and app passwords only.
    pub machine: bool,
    /// How far it reaches, as text.
    pub scope: String,
    /// Whose it is.
    pub name: String,
    /// The e-mail address.
    pub email: String,
    /// It has a password: from then on only its owner changes the address.
    pub activated: bool,
    /// It may not sign in.
    pub suspended: bool,
}

/// An engagement.
#[derive(Clone, Debug)]
pub struct KnownEngagement {
    /// The row.
    pub id: i64,
    /// The key of the office.
    pub office: String,
    /// The key of the employer.
    pub employer: String,
    /// What the employer's folder is called with the office.
    pub folder: String,
    /// What was agreed.
    pub terms: Terms,
    /// When.
    pub span: Span,
    /// Something is shared or forwarded in it.
    pub shares: bool,
}

/// An employment.
#[derive(Clone, Debug)]
pub struct KnownEmployment {
    /// The row.
    pub id: i64,
    /// The key of the person.
    pub person: String,
    /// The key of the employer.
    pub employer: String,
    /// The administration.
    pub lhn: String,
    /// The personnel number.
    pub number: String,
    /// The person's name with this employer.
    pub name: String,
    /// Since when digital payslips are agreed.
    pub consent: Option<String>,
    /// What the person's folder is called with the employer.
    pub employer_folder: String,
    /// What the employer's folder is called with the person.
    pub person_folder: String,
    /// When.
    pub span: Span,
}
