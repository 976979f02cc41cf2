//! Random histories: whatever a few parties do, in whatever order, each is told what the reference
//! says, and sees what it says, with the same log.
//!
//! `HISTORIES` says how many there are: 4,000 by default, 1,000,000 in soak. They are the same ones each
//! time, so that what fails is what was changed; another `SEED` gives others, and soak takes a new one.

#[cfg(test)]
mod cast;
#[cfg(test)]
mod model;
#[cfg(test)]
mod play;
#[cfg(test)]
mod script;
#[cfg(test)]
mod story;
#[cfg(test)]
mod trees;
#[cfg(test)]
mod verbs;
