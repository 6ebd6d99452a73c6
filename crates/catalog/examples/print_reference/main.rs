//! Prints what is made of the built-in catalogue, for `cargo xtask codegen`: the pages of `docs/events`, the `AsyncAPI`
//! document, and the `OpenAPI` document with its webhooks.
//!
//! Pages are printed in one stream: before each a line with its name and its length in bytes.

#![expect(clippy::print_stdout, reason = "printing is what this program is for")]

mod asyncapi;
mod catalogue;
mod envelope;
mod fields;
mod json;
mod openapi;
mod pages;
mod steps;

use std::env;
use std::process::ExitCode;

fn main() -> ExitCode {
    match env::args().nth(1).as_deref() {
        Some("pages") => {
            for (name, page) in pages::all() {
                print!("{name} {}\n{page}", page.len());
            }
        }
        Some("asyncapi") => print!("{}", asyncapi::document().pretty()),
        Some("openapi") => print!("{}", openapi::document().pretty()),
        _ => {
            eprintln_usage();
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

#[expect(clippy::print_stderr, reason = "whoever calls it wrongly is told so")]
fn eprintln_usage() {
    eprintln!("say what to print: pages, asyncapi or openapi");
}
