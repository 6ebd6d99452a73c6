//! Why a filter accepts an event or not, clause by clause, for people who ask "why did this not arrive?".

use serde::{Deserialize, Serialize};

use super::clause::Clause;
use super::condition::{Budget, Condition, Test};
use super::error::shortened;
use super::limits;
use super::operator::Operator;
use super::scalar::{Scalar, quoted};
use crate::event::ParsedEvent;
use crate::json::Value;

/// A clause, its answer for one event, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Explanation {
    /// Whether the clause accepts the event.
    pub matched: bool,
    /// The reason in words, such as `data.status is "passed", not "failed"`.
    pub sentence: String,
    /// Where the clause stands in the filter's document: a JSON pointer (RFC 6901), empty for the whole.
    pub pointer: String,
    /// What kind of clause it is, with what it looked at.
    #[serde(flatten)]
    pub clause: ExplainedClause,
}

/// What a clause looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ExplainedClause {
    /// All of them must match.
    And {
        /// In the order of the document.
        clauses: Vec<Explanation>,
    },
    /// One of them must match.
    Or {
        /// In the order of the document.
        clauses: Vec<Explanation>,
    },
    /// It must not match.
    Not {
        /// The clause that must not.
        clause: Box<Explanation>,
    },
    /// A field of the event compared with an operand.
    Condition {
        /// Where the field is.
        path: String,
        /// How it is compared.
        operator: Operator,
        /// With what, as JSON, shortened.
        operand: String,
        /// What is there, as JSON, shortened: the value that satisfies the condition, else the first
        /// [`limits::SHOWN_VALUES_MAX`]; empty if the field is missing.
        found: Vec<String>,
        /// How many values the path leads to, up to the one that satisfies the condition. More than one with `[*]` only.
        found_count: usize,
    },
}

impl Explanation {
    /// The sentences of the conditions that decided, in the order of the document.
    pub fn reasons(&self) -> Vec<&str> {
        let mut reasons = Vec::new();
        self.collect_reasons(&mut reasons);
        reasons
    }

    fn collect_reasons<'e>(&'e self, reasons: &mut Vec<&'e str>) {
        match &self.clause {
            // Clauses that answer as the whole does are those that made it so, under `and` and `or` alike.
            ExplainedClause::And { clauses } | ExplainedClause::Or { clauses } => {
                for clause in clauses.iter().filter(|clause| clause.matched == self.matched) {
                    clause.collect_reasons(reasons);
                }
            }
            ExplainedClause::Not { clause } => clause.collect_reasons(reasons),
            ExplainedClause::Condition { .. } => reasons.push(&self.sentence),
        }
    }
}

/// Asks every clause, the ones that cannot change the answer included.
pub(super) fn explain(clause: &Clause, event: &ParsedEvent<'_>) -> Explanation {
    explain_at(clause, event, String::new())
}

fn explain_at(clause: &Clause, event: &ParsedEvent<'_>, pointer: String) -> Explanation {
    match clause {
        Clause::And(clauses) => {
            let clauses = explain_each(clauses, event, &pointer, "and");
            let (count, matching) = count(&clauses);
            let sentence = match count - matching {
                0 => format!("all of {count} match"),
                missing => format!("{missing} of {count} do not match, and all must"),
            };
            Explanation {
                matched: matching == count,
                sentence,
                pointer,
                clause: ExplainedClause::And { clauses },
            }
        }
        Clause::Or(clauses) => {
            let clauses = explain_each(clauses, event, &pointer, "or");
            let (count, matching) = count(&clauses);
            let sentence = match matching {
                0 => format!("none of {count} matches, and one must"),
                _ => format!("{matching} of {count} match, and one is enough"),
            };
            Explanation { matched: matching > 0, sentence, pointer, clause: ExplainedClause::Or { clauses } }
        }
        Clause::Not(clause) => {
            let clause = Box::new(explain_at(clause, event, format!("{pointer}/not")));
            let sentence = if clause.matched { "matches, and must not" } else { "does not match, as wanted" };
            let matched = !clause.matched;
            Explanation {
                matched,
                sentence: sentence.into(),
                pointer,
                clause: ExplainedClause::Not { clause },
            }
        }
        Clause::Condition(condition) => explain_condition(condition, event, pointer),
    }
}

fn explain_each(clauses: &[Clause], event: &ParsedEvent<'_>, pointer: &str, key: &str) -> Vec<Explanation> {
    let explain = |(n, clause)| explain_at(clause, event, format!("{pointer}/{key}/{n}"));
    clauses.iter().enumerate().map(explain).collect()
}

fn count(clauses: &[Explanation]) -> (usize, usize) {
    (clauses.len(), clauses.iter().filter(|clause| clause.matched).count())
}

/// What a condition met on its way.
#[derive(Default)]
struct Met<'d> {
    first: Vec<Value<'d>>,
    count: usize,
}

fn explain_condition(condition: &Condition, event: &ParsedEvent<'_>, pointer: String) -> Explanation {
    let Condition { path, test } = condition;
    let mut met = Met::default();
    let mut budget = Budget::default();
    let satisfied = path.any(event, |value| {
        let holds = matches!(test, Test::Exists(_)) || test.holds(value, &mut budget);
        if holds {
            met.first.clear();
        }
        if met.first.len() < limits::SHOWN_VALUES_MAX {
            met.first.push(value);
        }
        met.count += 1;
        holds
    });
    let matched = match test {
        Test::Exists(wanted) => satisfied == *wanted,
        _ => satisfied,
    };
    let clause = ExplainedClause::Condition {
        path: path.as_str().to_owned(),
        operator: test.operator(),
        operand: shortened(&test.operand_json()),
        found: met.first.iter().copied().map(shown).collect(),
        found_count: met.count,
    };
    Explanation { matched, sentence: sentence(path.as_str(), test, &met, matched), pointer, clause }
}

fn sentence(path: &str, test: &Test, met: &Met<'_>, matched: bool) -> String {
    match met.first[..] {
        [] => format!("{path} is missing"),
        [value] if matched || met.count == 1 => describe(path, test, value, matched),
        _ => {
            let values: Vec<String> = met.first.iter().copied().map(shown).collect();
            let more = if met.count > values.len() { ", …" } else { "" };
            let (operator, operand) = (test.operator(), shortened(&test.operand_json()));
            let (values, count) = (values.join(", "), met.count);
            format!("none of the {count} values of {path} satisfies {operator} {operand}: {values}{more}")
        }
    }
}

/// One value and what the test makes of it.
fn describe(path: &str, test: &Test, value: Value<'_>, matched: bool) -> String {
    let found = shown(value);
    if let Some(wanted) = wanted_instead(test, value).filter(|_| !matched) {
        let (kind, operator) = (value.type_name(), test.operator());
        let kind = if matches!(value, Value::Null) { String::new() } else { format!(" ({kind})") };
        return format!("{path} is {found}{kind}; {operator} here compares with {wanted}");
    }
    let operand = shortened(&test.operand_json());
    let relation = match (test, matched) {
        (Test::Exists(_), _) => return format!("{path} is there: {found}"),
        (Test::Equals(_), true) | (Test::NotEquals(_), false) => return format!("{path} is {found}"),
        (Test::Equals(_), false) | (Test::NotEquals(_), true) => {
            return format!("{path} is {found}, not {operand}");
        }
        (Test::In(_), true) | (Test::NotIn(_), false) => "one of",
        (Test::In(_), false) | (Test::NotIn(_), true) => "none of",
        (Test::Contains(_), true) => "which contains",
        (Test::Contains(_), false) => "which does not contain",
        (Test::Matches(_), true) => "in which this is found:",
        (Test::Matches(_), false) => "in which this is not found:",
        (Test::Compare(..), true) => "which is",
        (Test::Compare(..), false) => "which is not",
    };
    match test {
        Test::Compare(..) => format!("{path} is {found}, {relation} {} {operand}", in_words(test.operator())),
        _ => format!("{path} is {found}, {relation} {operand}"),
    }
}

/// What the test compares with, if the value is something else.
fn wanted_instead(test: &Test, value: Value<'_>) -> Option<&'static str> {
    match test {
        Test::Equals(operand) | Test::NotEquals(operand) if !operand.can_differ_from(value) => {
            Some(kind_of(operand))
        }
        Test::In(operands) | Test::NotIn(operands)
            if !operands.items().iter().any(|operand| operand.can_differ_from(value)) =>
        {
            Some("values of other types")
        }
        Test::Contains(Scalar::String(_)) => {
            (!matches!(value, Value::String(_) | Value::Array(_))).then_some("a string or an array")
        }
        Test::Contains(_) => (!matches!(value, Value::Array(_))).then_some("an array"),
        Test::Matches(_) => match value {
            Value::String(found) => (found.bytes() > limits::MATCHED_BYTES_MAX).then_some("shorter strings"),
            _ => Some("a string"),
        },
        Test::Compare(_, bound) => bound.order_of(value).is_none().then(|| bound.type_name()),
        _ => None,
    }
}

const fn kind_of(operand: &Scalar) -> &'static str {
    match operand {
        Scalar::Null => "null",
        Scalar::Bool(_) => "a boolean",
        Scalar::Number(_) => "a number",
        Scalar::String(_) => "a string",
    }
}

const fn in_words(operator: Operator) -> &'static str {
    match operator {
        Operator::Gt => "greater than",
        Operator::Gte => "greater than or equal to",
        Operator::Lt => "less than",
        Operator::Lte => "less than or equal to",
        other => other.as_str(),
    }
}

/// The value as JSON, shortened.
fn shown(value: Value<'_>) -> String {
    match value {
        Value::Null => "null".into(),
        Value::Bool(flag) => flag.to_string(),
        Value::Number(text) => shortened(text),
        Value::String(text) => quoted(&shortened(&text.read())),
        Value::Array(container) | Value::Object(container) => shortened(container.source()),
    }
}
