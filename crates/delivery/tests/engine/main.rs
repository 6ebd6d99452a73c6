//! The engine over a real ledger in memory, with a transport that answers as told.

mod deliveries;
mod world;
