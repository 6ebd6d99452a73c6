//! Why a text is not a filter: where, and what to do about it.

use std::fmt::Write;

use super::limits;
use super::operator::Operator;
use super::path::Root;

/// Why a text is not a filter, and where in it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("at {}: {problem}", if pointer.is_empty() { "the top" } else { pointer })]
pub struct FilterError {
    /// The JSON pointer (RFC 6901) of the clause or operand; empty for the whole document.
    pub pointer: String,
    /// What is wrong there.
    pub problem: FilterProblem,
}

/// What is wrong with a clause, in words for whoever wrote it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FilterProblem {
    /// The text has more bytes than the bound.
    #[error("the filter has {found} bytes, at most {max} are allowed", max = limits::FILTER_BYTES_MAX)]
    TooLong {
        /// How many there are.
        found: usize,
    },
    /// The text is not JSON.
    #[error("the filter is not JSON: {reason}")]
    NotJson {
        /// What the parser says, with line and column.
        reason: String,
    },
    /// Clauses within clauses beyond the bound.
    #[error("clauses are nested deeper than {max} levels: join some of them", max = limits::DEPTH_MAX)]
    TooDeep,
    /// More conditions than the bound.
    #[error("there are more than {max} conditions: \"in\" takes many values at once", max = limits::CONDITIONS_MAX)]
    TooManyConditions,
    /// More conditions with `[*]` than the bound.
    #[error("there are more than {max} conditions with [*] in their paths: ask for positions, or use \"in\"", max = limits::STARS_MAX)]
    TooManyStars,
    /// More regular expressions than the bound.
    #[error("there are more than {max} regular expressions: join some with \"|\"", max = limits::PATTERNS_MAX)]
    TooManyPatterns,
    /// Something else where a clause should be.
    #[error(
        "a clause is an object such as {{\"path\": \"data.status\", \"equals\": \"failed\"}} or {{\"and\": [...]}}, not {found}"
    )]
    NotAClause {
        /// What is there.
        found: &'static str,
    },
    /// A key that means nothing here.
    #[error("the key {key:?} is unknown: use \"and\", \"or\", \"not\", or \"path\" with one of {operators}", operators = operator_names())]
    UnknownKey {
        /// The key, shortened.
        key: String,
    },
    /// A key given twice.
    #[error("the key {key:?} is given twice: keep one")]
    RepeatedKey {
        /// The key, shortened.
        key: String,
    },
    /// Other keys beside `and`, `or` or `not`.
    #[error("{key:?} must stand alone in its clause: move the rest into clauses of their own")]
    NotAlone {
        /// Which of the three.
        key: &'static str,
    },
    /// `and` or `or` without a list.
    #[error("{key:?} takes a list of clauses, not {found}")]
    NotAList {
        /// Which of the two.
        key: &'static str,
        /// What is there.
        found: &'static str,
    },
    /// `and` or `or` with an empty list.
    #[error("{key:?} needs at least one clause; to accept every event, leave the filter out")]
    NoClauses {
        /// Which of the two.
        key: &'static str,
    },
    /// A condition without a path.
    #[error("the condition has no \"path\": say which field it is about, such as \"data.status\"")]
    NoPath,
    /// A condition without an operator.
    #[error("the condition has no operator: add one of {}", operator_names())]
    NoOperator,
    /// A condition with several operators.
    #[error("the condition has both {first:?} and {second:?}: write two conditions in an \"and\"", first = first.as_str(), second = second.as_str())]
    SeveralOperators {
        /// The first one.
        first: Operator,
        /// The next one.
        second: Operator,
    },
    /// A path that is not one.
    #[error(transparent)]
    Path(#[from] PathProblem),
    /// An operand that the operator cannot use.
    #[error("{operator:?} takes {wanted}, not {found}", operator = operator.as_str())]
    Operand {
        /// The operator.
        operator: Operator,
        /// What it takes.
        wanted: &'static str,
        /// What is there.
        found: &'static str,
    },
    /// An empty list of values.
    #[error("the list is empty: give at least one value")]
    NoValues,
    /// More values than the bound.
    #[error("the list has {found} values, at most {max} are allowed", max = limits::LIST_MAX)]
    TooManyValues {
        /// How many there are.
        found: usize,
    },
    /// A string with more bytes than the bound.
    #[error("the string has {found} bytes, at most {max} are allowed", max = limits::STRING_BYTES_MAX)]
    StringTooLong {
        /// How many there are.
        found: usize,
    },
    /// A string with half a surrogate pair.
    #[error(
        "the string has half a surrogate pair (\\ud800 to \\udfff alone), which is no character: remove it"
    )]
    HalfCharacter,
    /// A number with more bytes than the bound.
    #[error("the number has {found} bytes, at most {max} are allowed", max = limits::NUMBER_BYTES_MAX)]
    NumberTooLong {
        /// How many there are.
        found: usize,
    },
    /// A number too large or too near to zero to compare with.
    #[error("the exponent of the number is beyond {max}", max = limits::EXPONENT_MAX)]
    NumberTooExtreme,
    /// A regular expression with more bytes than the bound.
    #[error("the regular expression has {found} bytes, at most {max} are allowed", max = limits::PATTERN_BYTES_MAX)]
    PatternTooLong {
        /// How many there are.
        found: usize,
    },
    /// A regular expression that is not one.
    #[error("the regular expression is not valid: {reason}")]
    PatternInvalid {
        /// What its parser says.
        reason: String,
    },
    /// A regular expression beyond [`limits::PATTERN_POSITIONS_MAX`], alone or with those before it, or beyond
    /// [`limits::PATTERN_SIZE_MAX`] when compiled.
    #[error(
        "the regular expressions are too costly: repeat less, use \"in\" for lists of words, and classes such as [a-z] \
         and [0-9] in place of \\w and \\d"
    )]
    PatternTooCostly,
    /// A condition on a field whose type is known and another.
    #[error("{root:?} is always {kind}, so that this would never match: give {kind}", root = root.as_str(), kind = root.type_name())]
    NeverMatches {
        /// The field.
        root: Root,
    },
}

/// What is wrong with a path.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PathProblem {
    /// Not a string.
    #[error("the path is a string such as \"data.status\", not {found}")]
    NotAString {
        /// What is there.
        found: &'static str,
    },
    /// More bytes than the bound.
    #[error("the path has {found} bytes, at most {max} are allowed", max = limits::PATH_BYTES_MAX)]
    TooLong {
        /// How many there are.
        found: usize,
    },
    /// More steps than the bound.
    #[error("the path has more than {max} steps", max = limits::PATH_STEPS_MAX)]
    TooManySteps,
    /// A start that events do not have.
    #[error("a path starts with {}, not {found:?}", root_names())]
    UnknownRoot {
        /// The start, shortened.
        found: String,
    },
    /// Steps below a text or number.
    #[error("{root:?} is {kind} and has nothing below it", root = root.as_str(), kind = root.type_name())]
    BelowScalar {
        /// The root.
        root: Root,
    },
    /// Something that the grammar does not know.
    #[error("the path is not understood at byte {at}: {wanted}")]
    Syntax {
        /// Where, from 0.
        at: usize,
        /// What could stand there.
        wanted: &'static str,
    },
    /// A position beyond the bound.
    #[error("positions in an array go up to {max}", max = limits::PATH_POSITION_MAX)]
    PositionTooLarge,
}

fn operator_names() -> String {
    listed(Operator::ALL.map(Operator::as_str))
}

fn root_names() -> String {
    listed(Root::ALL.map(Root::as_str))
}

fn listed<const N: usize>(names: [&str; N]) -> String {
    let mut text = String::new();
    for (n, name) in names.iter().enumerate() {
        let joint = if n == 0 { "" } else { ", " };
        let _ = write!(text, "{joint}\"{name}\""); // Writing to a String cannot fail.
    }
    text
}

/// At most [`limits::SHOWN_BYTES_MAX`] bytes of a text, cut between characters.
pub(super) fn shortened(text: &str) -> String {
    if text.len() <= limits::SHOWN_BYTES_MAX {
        return text.to_owned();
    }
    let end = text.floor_char_boundary(limits::SHOWN_BYTES_MAX - '…'.len_utf8());
    format!("{}…", &text[..end])
}
