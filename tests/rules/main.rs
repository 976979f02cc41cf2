//! The rules: who may see what and how the trees look, as tables to read and compare; and that
//! what is invisible is absent.
//!
//! `UPDATE_GOLDEN=1` writes the tables of `tests/golden` and of the README anew.

#[cfg(test)]
mod absent;
#[cfg(test)]
mod cast;
#[cfg(test)]
#[path = "../common/mod.rs"]
mod common;
#[cfg(test)]
mod deliveries;
#[cfg(test)]
mod golden;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod reference;
#[cfg(test)]
mod story;
