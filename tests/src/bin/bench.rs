//! The benchmark (`cargo xtask bench`).
fn main() {}
