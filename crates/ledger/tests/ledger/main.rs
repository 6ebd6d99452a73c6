//! The ledger from outside: its contract, what `SQLite` promises beyond it, commands, crashes.

mod commands;
mod contract;
mod control;
mod golden;
mod kill;
mod opening;
mod postgres;
mod samples;
mod sqlite;
