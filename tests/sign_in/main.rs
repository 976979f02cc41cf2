//! Signing in over the wire, by the programs and libraries that people have.

#![cfg(test)]

#[path = "../common/ca.rs"]
mod ca;
#[path = "../common/mod.rs"]
mod common;
#[path = "../common/oath.rs"]
mod oath;

mod certificates;
mod codes;
mod commands;
mod hosts;
mod keys;
mod limits;
mod strangers;
mod tries;
