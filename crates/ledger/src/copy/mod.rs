//! Moving a whole ledger from one store to another, unchanged.
//!
//! Two *sides*: the source is only read, the target gets every record with its position, its id and its bytes. Pages are
//! written in order of position and committed one by one, so a copy that was broken off goes on behind the last page that
//! is there. Then both sides are read again and *compared*, record by record, under a running digest; and only then is the
//! target made ready for servers, which refuse it until that has happened.
//!
//! A source whose server still runs can be copied [`ahead`]; what was copied and compared then need not be again, so the
//! server stands still only for the rest ([`whole`]).
//!
//! Promise: a target that was made ready holds what the source holds. Memory is bounded by a few pages
//! ([`port::PAGE_BYTES`]).
//!
//! Elsewhere: the sides are beside the adapters, in `sqlite::copy` and `postgres::copy`.

mod compare;
mod digest;
mod outcome;
pub mod port;
mod read_ahead;
mod run;

pub use digest::Digest;
pub use outcome::{CopyError, Progress, Report, SideName, Step};
pub use run::{ahead, whole};
