//! Clauses: conditions joined by `and`, `or` and `not`.

use std::fmt::Write;

use super::condition::Condition;
use super::scalar::quoted;
use crate::event::ParsedEvent;

/// A compiled clause. How deep they nest is bounded when they are read.
#[derive(Debug)]
pub(super) enum Clause {
    And(Box<[Self]>),
    Or(Box<[Self]>),
    Not(Box<Self>),
    Condition(Condition),
}

impl Clause {
    /// Asks no more clauses than the answer needs.
    pub(super) fn matches(&self, event: &ParsedEvent<'_>) -> bool {
        match self {
            Self::And(clauses) => clauses.iter().all(|clause| clause.matches(event)),
            Self::Or(clauses) => clauses.iter().any(|clause| clause.matches(event)),
            Self::Not(clause) => !clause.matches(event),
            Self::Condition(condition) => condition.matches(event),
        }
    }

    /// Writes the clause in its one spelling: no white space, the path first, texts with no more escapes than needed.
    pub(super) fn write(&self, json: &mut String) {
        match self {
            Self::And(clauses) => write_group("and", clauses, json),
            Self::Or(clauses) => write_group("or", clauses, json),
            Self::Not(clause) => {
                json.push_str("{\"not\":");
                clause.write(json);
                json.push('}');
            }
            Self::Condition(Condition { path, test }) => {
                let (path, operator, operand) = (quoted(path.as_str()), test.operator(), test.operand_json());
                // Writing to a String cannot fail.
                let _ = write!(json, "{{\"path\":{path},\"{operator}\":{operand}}}");
            }
        }
    }
}

fn write_group(key: &str, clauses: &[Clause], json: &mut String) {
    json.push_str("{\"");
    json.push_str(key);
    json.push_str("\":[");
    for (n, clause) in clauses.iter().enumerate() {
        if n > 0 {
            json.push(',');
        }
        clause.write(json);
    }
    json.push_str("]}");
}
