//! Signing in over the wire, by the programs and libraries that people have.

#![cfg(test)]

#[path = "../common/mod.rs"]
mod common;
#[path = "../common/oath.rs"]
mod oath;

mod codes;
