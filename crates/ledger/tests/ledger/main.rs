//! The ledger from outside: its contract, what `SQLite` promises beyond it, commands, crashes.

mod contract;
mod control;
mod kill;
mod opening;
mod postgres;
mod samples;
mod sqlite;
