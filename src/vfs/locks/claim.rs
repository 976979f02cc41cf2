//! What a client says that a resource is, or is not. Knows nothing of where that is looked up.

/// That a resource is in a state, or is not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// That it is not.
    pub not: bool,
    /// The state.
    pub state: State,
}

/// A state of a resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// Locked by this account, with this token; any other URI is the state of nothing.
    Token(String),
    /// It has this entity tag, without quotes. `None` is a weak one, which is never the same.
    Tag(Option<String>),
}
