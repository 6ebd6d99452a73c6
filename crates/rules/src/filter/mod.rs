//! Filters: which events a subscription accepts by what they say.
//!
//! A filter is a JSON document of *clauses*. A clause is a *condition* (a path, one operator, its operand) or joins
//! other clauses:
//!
//! ```
//! # use hookledger_rules::{Event, Filter, ParsedEvent};
//! let filter = Filter::parse(r#"{
//!     "and": [
//!         {"path": "data.model.name", "in": ["llama-4", "qwen-3"]},
//!         {"path": "data.metrics[*].p99_ms", "gt": 250},
//!         {"not": {"path": "data.environment", "equals": "staging"}}
//!     ]
//! }"#)?;
//!
//! let event = ParsedEvent::new(Event {
//!     event_type: "benchmark.completed",
//!     version: 1,
//!     source: "https://bench.example",
//!     data: r#"{"model":{"name":"qwen-3"},"metrics":[{"p99_ms":12.5},{"p99_ms":300}]}"#,
//!     metadata: "",
//! });
//! assert!(filter.matches(&event));
//! # Ok::<(), hookledger_rules::FilterError>(())
//! ```
//!
//! # Clauses
//!
//! | clause | matches |
//! |---|---|
//! | `{"and": [clause, ...]}` | if each of its clauses matches; there is at least one |
//! | `{"or": [clause, ...]}` | if one of its clauses matches; there is at least one |
//! | `{"not": clause}` | if its clause does not match, for whatever reason, a missing field included |
//! | `{"path": "...", "<operator>": operand}` | as the operator says |
//!
//! # Paths
//!
//! A path starts at one of `type`, `version`, `source`, `data`, `metadata` (after `$.`, if you like) and goes down:
//! `.name`, `['any name']` or `["any name"]` into an object, `[0]` into an array from its start. Names outside brackets
//! are letters, digits, `_`, `-` and characters beyond ASCII; inside, the escapes of JSON and `\'` work. Of several
//! members with the same name the last one counts.
//!
//! `[*]` stands for every element of an array: a condition matches if **any** value that the path reaches satisfies
//! it. ("None of them" is `not` around it.) A condition enters at most 10,000 elements. Only `[n]` and `[*]` enter an array and only names enter an object;
//! whatever else a path meets, it leads nowhere: the field is *missing*.
//!
//! # Operators
//!
//! A condition on a missing field does not match, nor does one on a value of a type that the operator cannot compare
//! with its operand; both are answers, not errors. Only `"exists": false` and `not` match on absence.
//!
//! | operator | operand | matches a value that |
//! |---|---|---|
//! | `equals` | string, number, boolean, `null` | is the same |
//! | `not_equals` | likewise | has the operand's type and differs; with `null`: is anything but `null` |
//! | `in` | list of 1 to 256 of them | equals one of the list |
//! | `not_in` | likewise | has a type that occurs in the list (any type if `null` does) and equals none of it |
//! | `contains` | likewise, one | is a string with the operand, a string, inside; or an array with an element equal to it |
//! | `matches` | regular expression | is a string of at most 8 KiB in which the expression is found (anchor with `^` and `$` for all of it) |
//! | `exists` | `true`, `false` | is there at all, `null` included; with `false`: the path leads nowhere |
//! | `gt`, `gte`, `lt`, `lte` | number | is a number greater (or equal), less (or equal) |
//! | | RFC 3339 date and time | is one too, later (or the same instant), earlier; offsets and fractions are respected |
//! | | any other string | is a string that follows (or is equal), precedes, by code points |
//!
//! Numbers are exact decimals of any length: `1.10` equals `1.1`, `-0` equals `0`, `1e999` is a number like any other,
//! and `12345678901234567890.123456789` differs from its neighbour. Strings are compared after their escapes have been
//! read, byte for byte, without case folding or normalisation (`(?i)` in a regular expression ignores case). Half a
//! surrogate pair in an event reads as U+FFFD.
//!
//! Regular expressions are those of Rust's `regex` crate: linear time, no look-around, no back-references. With `[*]`,
//! one is tried on strings of 8 KiB together.
//!
//! # Strictness
//!
//! Unknown and repeated keys, a second operator, empty lists, and conditions that could never match (such as a string
//! for `version`) are refused when the filter is read, with the JSON pointer of the clause and what to do. Every
//! bound is a constant in [`limits`].

mod clause;
mod condition;
mod demand;
mod error;
mod explain;
mod instant;
pub mod limits;
mod operator;
mod path;
mod pattern;
mod read;
mod scalar;
#[cfg(test)]
mod tests;
mod tree;

pub use demand::Demand;
pub use error::{FilterError, FilterProblem, PathProblem};
pub use explain::{ExplainedClause, Explanation};
pub use operator::Operator;
pub use path::Root;
pub use tree::Filter;
