//! From JSON text to clauses, strictly: what is not understood is refused, with its place.

use std::borrow::Cow;
use std::fmt::Write;

use serde_json::value::RawValue;

use super::clause::Clause;
use super::condition::{Bound, Comparison, Condition, Test};
use super::error::{FilterError, FilterProblem, PathProblem, shortened};
use super::instant::Instant;
use super::limits;
use super::operator::Operator;
use super::path::{Path, Root};
use super::pattern::Pattern;
use super::scalar::{Scalar, Scalars, number, string};
use crate::json::{Container, Index, Value};

type Members<'d> = Vec<(Cow<'d, str>, Value<'d>)>;

/// Reads the clause that is the whole of a filter.
pub(super) fn read(json: &str) -> Result<Clause, FilterError> {
    let mut reader = Reader::default();
    if json.len() > limits::FILTER_BYTES_MAX {
        return Err(reader.refuse(FilterProblem::TooLong { found: json.len() }));
    }
    // The index below trusts its text; this does not, and says where a mistake is.
    serde_json::from_str::<&RawValue>(json)
        .map_err(|error| reader.refuse(FilterProblem::NotJson { reason: error.to_string() }))?;
    let index = Index::build(json).expect("what serde_json accepts within the bound has an index");
    reader.clause(index.root(), 1)
}

/// Where the reader is, and what it has counted on its way.
#[derive(Debug, Default)]
struct Reader {
    pointer: String,
    conditions: usize,
    stars: usize,
    patterns: usize,
    positions: usize,
}

impl Reader {
    fn clause(&mut self, value: Value<'_>, depth: usize) -> Result<Clause, FilterError> {
        if depth > limits::DEPTH_MAX {
            return Err(self.refuse(FilterProblem::TooDeep));
        }
        let Value::Object(object) = value else {
            return Err(self.refuse(FilterProblem::NotAClause { found: value.type_name() }));
        };
        let members = self.members(object)?;
        for key in ["and", "or", "not"] {
            let Some((_, below)) = members.iter().find(|(name, _)| name == key) else { continue };
            if members.len() > 1 {
                return Err(self.refuse(FilterProblem::NotAlone { key }));
            }
            return self.below(key, |reader| match key {
                "and" => reader.group(key, *below, depth).map(Clause::And),
                "or" => reader.group(key, *below, depth).map(Clause::Or),
                _ => reader.clause(*below, depth + 1).map(|clause| Clause::Not(clause.into())),
            });
        }
        self.condition(&members).map(Clause::Condition)
    }

    fn members<'d>(&self, object: Container<'d>) -> Result<Members<'d>, FilterError> {
        let mut members = Members::new();
        for (name, value) in object.members() {
            let known =
                matches!(&*name, "and" | "or" | "not" | "path") || Operator::from_name(&name).is_some();
            // Refused at once, so that there are never more members than known keys.
            if !known {
                return Err(self.refuse(FilterProblem::UnknownKey { key: shortened(&name) }));
            }
            if members.iter().any(|(other, _)| *other == name) {
                return Err(self.refuse(FilterProblem::RepeatedKey { key: shortened(&name) }));
            }
            members.push((name, value));
        }
        Ok(members)
    }

    fn group(
        &mut self,
        key: &'static str,
        value: Value<'_>,
        depth: usize,
    ) -> Result<Box<[Clause]>, FilterError> {
        let Value::Array(array) = value else {
            return Err(self.refuse(FilterProblem::NotAList { key, found: value.type_name() }));
        };
        let mut clauses = Vec::new();
        for (n, item) in array.items().enumerate() {
            clauses.push(self.below(n, |reader| reader.clause(item, depth + 1))?);
        }
        if clauses.is_empty() {
            return Err(self.refuse(FilterProblem::NoClauses { key }));
        }
        Ok(clauses.into())
    }

    fn condition(&mut self, members: &Members<'_>) -> Result<Condition, FilterError> {
        self.conditions += 1;
        if self.conditions > limits::CONDITIONS_MAX {
            return Err(self.refuse(FilterProblem::TooManyConditions));
        }
        let path = members.iter().find(|(name, _)| name == "path");
        let (_, path) = path.ok_or_else(|| self.refuse(FilterProblem::NoPath))?;
        let path = self.below("path", |reader| reader.path(*path))?;

        let mut operators = members
            .iter()
            .filter_map(|(name, value)| Operator::from_name(name).map(|operator| (operator, *value)));
        let (operator, operand) = operators.next().ok_or_else(|| self.refuse(FilterProblem::NoOperator))?;
        if let Some((second, _)) = operators.next() {
            return Err(self.refuse(FilterProblem::SeveralOperators { first: operator, second }));
        }
        self.below(operator, |reader| {
            let test = reader.test(operator, operand)?;
            match path.bare_root().filter(|root| !can_match(*root, &test)) {
                Some(root) => Err(reader.refuse(FilterProblem::NeverMatches { root })),
                None => Ok(Condition { path, test }),
            }
        })
    }

    fn path(&mut self, value: Value<'_>) -> Result<Path, FilterError> {
        let Value::String(text) = value else {
            return Err(self.refuse(PathProblem::NotAString { found: value.type_name() }.into()));
        };
        let text = text.read_strictly().ok_or_else(|| self.refuse(FilterProblem::HalfCharacter))?;
        let path = Path::parse(&text).map_err(|problem| self.refuse(problem.into()))?;
        self.stars += usize::from(path.has_star());
        if self.stars > limits::STARS_MAX {
            return Err(self.refuse(FilterProblem::TooManyStars));
        }
        Ok(path)
    }

    fn test(&mut self, operator: Operator, operand: Value<'_>) -> Result<Test, FilterError> {
        Ok(match operator {
            Operator::Equals => Test::Equals(self.scalar(operator, operand)?),
            Operator::NotEquals => Test::NotEquals(self.scalar(operator, operand)?),
            Operator::Contains => Test::Contains(self.scalar(operator, operand)?),
            Operator::In => Test::In(self.scalars(operator, operand)?),
            Operator::NotIn => Test::NotIn(self.scalars(operator, operand)?),
            Operator::Matches => Test::Matches(self.pattern(operand)?),
            Operator::Exists => match operand {
                Value::Bool(wanted) => Test::Exists(wanted),
                other => return Err(self.refuse_operand(operator, "true or false", other)),
            },
            Operator::Gt => Test::Compare(Comparison::Gt, self.bound(operator, operand)?),
            Operator::Gte => Test::Compare(Comparison::Gte, self.bound(operator, operand)?),
            Operator::Lt => Test::Compare(Comparison::Lt, self.bound(operator, operand)?),
            Operator::Lte => Test::Compare(Comparison::Lte, self.bound(operator, operand)?),
        })
    }

    fn scalar(&self, operator: Operator, operand: Value<'_>) -> Result<Scalar, FilterError> {
        Scalar::read(operand)
            .map_err(|problem| self.refuse(problem))?
            .ok_or_else(|| self.refuse_operand(operator, Scalar::WANTED, operand))
    }

    fn scalars(&mut self, operator: Operator, operand: Value<'_>) -> Result<Scalars, FilterError> {
        let Value::Array(array) = operand else {
            return Err(self.refuse_operand(operator, "a list of values", operand));
        };
        match array.items().count() {
            0 => return Err(self.refuse(FilterProblem::NoValues)),
            1..=limits::LIST_MAX => {}
            found => return Err(self.refuse(FilterProblem::TooManyValues { found })),
        }
        let mut items = Vec::new();
        for (n, item) in array.items().enumerate() {
            items.push(self.below(n, |reader| reader.scalar(operator, item))?);
        }
        Ok(Scalars::new(items))
    }

    fn pattern(&mut self, operand: Value<'_>) -> Result<Pattern, FilterError> {
        let Value::String(text) = operand else {
            return Err(self.refuse_operand(Operator::Matches, "a regular expression as a string", operand));
        };
        self.patterns += 1;
        if self.patterns > limits::PATTERNS_MAX {
            return Err(self.refuse(FilterProblem::TooManyPatterns));
        }
        let pattern = text.read_strictly().ok_or(FilterProblem::HalfCharacter);
        let pattern =
            pattern.and_then(|pattern| Pattern::compile(&pattern)).map_err(|problem| self.refuse(problem))?;
        self.positions += pattern.positions();
        if self.positions > limits::PATTERN_POSITIONS_MAX {
            return Err(self.refuse(FilterProblem::PatternTooCostly));
        }
        Ok(pattern)
    }

    fn bound(&self, operator: Operator, operand: Value<'_>) -> Result<Bound, FilterError> {
        match operand {
            Value::Number(text) => number(text).map(Bound::Number).map_err(|problem| self.refuse(problem)),
            Value::String(text) => {
                let text = string(text).map_err(|problem| self.refuse(problem))?;
                Ok(match Instant::parse(&text) {
                    Some(instant) => Bound::Instant(instant, text.into()),
                    None => Bound::String(text.into()),
                })
            }
            other => Err(self.refuse_operand(operator, "a number or a string", other)),
        }
    }

    /// Reads what stands below `token`.
    fn below<T>(
        &mut self,
        token: impl std::fmt::Display,
        read: impl FnOnce(&mut Self) -> Result<T, FilterError>,
    ) -> Result<T, FilterError> {
        let length = self.pointer.len();
        // Tokens are known keys and positions: nothing in them needs the escapes of a JSON pointer.
        let _ = write!(self.pointer, "/{token}"); // Writing to a String cannot fail.
        let outcome = read(self);
        self.pointer.truncate(length);
        outcome
    }

    fn refuse(&self, problem: FilterProblem) -> FilterError {
        FilterError { pointer: self.pointer.clone(), problem }
    }

    fn refuse_operand(&self, operator: Operator, wanted: &'static str, operand: Value<'_>) -> FilterError {
        self.refuse(FilterProblem::Operand { operator, wanted, found: operand.type_name() })
    }
}

/// Whether a condition on a root that always has the same type can be true: one that cannot is a mistake.
fn can_match(root: Root, test: &Test) -> bool {
    let (string, number) = match root {
        Root::Type | Root::Source => (true, false),
        Root::Version => (false, true),
        Root::Data | Root::Metadata => return true,
    };
    let suits = |operand: &Scalar| match operand {
        Scalar::String(_) => string,
        Scalar::Number(_) => number,
        Scalar::Null | Scalar::Bool(_) => false,
    };
    match test {
        Test::Equals(operand) | Test::NotEquals(operand) => suits(operand),
        Test::Contains(operand) => string && suits(operand),
        Test::In(operands) | Test::NotIn(operands) => operands.items().iter().all(suits),
        Test::Matches(_) | Test::Compare(_, Bound::Instant(..) | Bound::String(_)) => string,
        Test::Compare(_, Bound::Number(_)) => number,
        Test::Exists(_) => true,
    }
}
