//! The torture test (`cargo xtask torture`): the real binary dies in every place, and nothing may be missing.
//!
//! A *fault* says how a server is hurt: it dies at a failpoint, is killed, finds its disk full, its syncs failing, its
//! log torn, its clock set, its database away. A *run* starts a server on a fresh folder, lets *publishers* write down what was
//! acknowledged and *receivers* what arrived, hurts the server several times, and lets it finish. Then the *check*
//! compares what they wrote down with the ledger, read with SQL, and with the views. A *table* tells the outcome.
//!
//! Promise: the check believes nobody. It reads files and tables by itself, with no crate of the server, and it does not
//! know which fault there was, save when a process began and how it ended.
//!
//! Elsewhere: the points in `crates/failpoints`; what is promised to users, in `docs/guarantees.md`.

pub mod check;
pub mod control;
pub mod desk;
pub mod fault;
pub mod post;
pub mod run;
pub mod site;
pub mod table;
pub mod wal;
pub mod way;
pub mod world;

mod scenarios;
