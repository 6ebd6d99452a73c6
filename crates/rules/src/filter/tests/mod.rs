//! The language as its users meet it: read, asked, explained, refused.

mod ask;
mod explanations;
mod language;
mod operators;
mod properties;
