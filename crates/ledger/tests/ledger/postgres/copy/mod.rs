//! A ledger that moves from a file to a database: everything arrives as it was, whatever breaks off in between; and what
//! cannot be copied, or copied into, is refused.

mod arrival;
mod back;
mod breaks;
mod measure;
mod refusals;
mod support;
