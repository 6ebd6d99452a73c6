//! The Hookledger server.
fn main() {}
