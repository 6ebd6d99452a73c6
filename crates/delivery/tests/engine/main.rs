//! The engine over a real ledger in memory, with a transport that answers as told.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod deliveries;
mod world;
