//! Whether a version may follow another one: by the schemas, and by trying the mapping out.

use std::fmt;
use std::sync::Arc;

use crate::mapping::same;
use crate::schema::{Broken, Problem, Schema, accepts_all, names};
use crate::{CastError, Chain, Direction, Mapping};

/// How much data is made from each schema to try a mapping out, beside its examples.
const GENERATED: u64 = 32;

/// Why a version does not keep what it promises of the one before it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Incompatible {
    /// The schema of the target does not accept all that the schema of the source does.
    #[error("{way}: {broken}")]
    Schema {
        /// In which direction.
        way: Way,
        /// What is broken, and where.
        broken: Broken,
    },
    /// An example cannot be cast.
    #[error("{way}, {sample}: {error}")]
    NotCastable {
        /// In which direction.
        way: Way,
        /// What was cast.
        sample: Sample,
        /// Why not.
        error: CastError,
    },
    /// What was cast is not valid there.
    #[error("{way}, {sample} is not valid there: {problem}")]
    Invalid {
        /// In which direction.
        way: Way,
        /// What was cast.
        sample: Sample,
        /// What is wrong with it.
        problem: Problem,
    },
    /// The mapping says that it loses nothing, and does.
    #[error("{way}, {sample} does not come back as it was, although the mapping says \"lossless\": {why}")]
    NotLossless {
        /// In which direction.
        way: Way,
        /// What was cast.
        sample: Sample,
        /// What came back, or why nothing did.
        why: String,
    },
    /// There are more steps from the first version than a chain may have.
    #[error("the mappings of the type have more steps than can be composed")]
    TooLong,
}

/// A direction between two versions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Way {
    /// From which version.
    pub from: u32,
    /// To which version.
    pub to: u32,
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "from version {} to {}", self.from, self.to)
    }
}

/// What a mapping was tried out with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sample {
    /// An example of the source, from 0.
    Example(usize),
    /// Data that was made from its schema; [`Schema::generated`] makes it again.
    Generated(u64),
}

impl fmt::Display for Sample {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Example(place) => write!(f, "example {place}"),
            Self::Generated(which) => write!(f, "data made from the schema (no. {which})"),
        }
    }
}

impl Incompatible {
    /// A stable name for programs.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Schema { .. } => "incompatible",
            Self::NotCastable { .. } => "example_not_castable",
            Self::Invalid { .. } => "example_invalid",
            Self::NotLossless { .. } => "not_lossless",
            Self::TooLong => "mapping_too_long",
        }
    }

    /// Where in the data, as far as it is known.
    pub fn path(&self) -> &str {
        match self {
            Self::Schema { broken, .. } => &broken.path,
            Self::NotCastable { error, .. } => &error.path,
            Self::Invalid { problem, .. } => &problem.path,
            Self::NotLossless { .. } | Self::TooLong => "",
        }
    }

    /// The rule that is broken: a keyword of the schema, the reason of a cast, or `lossless`.
    pub fn rule(&self) -> &str {
        match self {
            Self::Schema { broken, .. } => broken.rule,
            Self::NotCastable { error, .. } => error.reason.code(),
            Self::Invalid { problem, .. } => &problem.rule,
            Self::NotLossless { .. } => "lossless",
            Self::TooLong => "steps",
        }
    }
}

/// Judges whether version `number` with the schema `next` may follow the version before it, with the schema `previous`.
pub fn check(previous: &Schema, next: &Schema, mapping: &Mapping, number: u32) -> Result<(), Incompatible> {
    let before = number - 1;
    let (up, down) = (Way { from: before, to: number }, Way { from: number, to: before });
    for (way, direction, source, target) in
        [(up, &mapping.up, previous, next), (down, &mapping.down, next, previous)]
    {
        let Some(direction) = direction else { continue };
        accepts_all(source.document(), target.document(), &touched(direction))
            .map_err(|broken| Incompatible::Schema { way, broken })?;
        let chain =
            |way: Way| Chain::compose(way.from, way.to, |_| Some(mapping)).ok_or(Incompatible::TooLong);
        let back = Way { from: way.to, to: way.from };
        let trial = Trial {
            way,
            there: chain(way)?,
            back: direction.lossless.then(|| chain(back)).transpose()?,
            target,
        };
        for (place, example) in source.examples().enumerate() {
            trial.run(Sample::Example(place), example)?;
        }
        for which in 0..GENERATED {
            // Where nothing can be made, the examples have to do.
            let Ok(data) = source.generated(which) else { break };
            trial.run(Sample::Generated(which), &data)?;
        }
    }
    Ok(())
}

/// The places that the steps work on, those that come to be by renaming included.
fn touched(direction: &Arc<Direction>) -> Vec<Vec<String>> {
    direction.touched().into_iter().map(|place| names(&place)).collect()
}

/// Casting there, and back if that has to work.
struct Trial<'s> {
    way: Way,
    there: Chain,
    back: Option<Chain>,
    target: &'s Schema,
}

impl Trial<'_> {
    fn run(&self, sample: Sample, data: &str) -> Result<(), Incompatible> {
        let way = self.way;
        let cast = match (self.there.cast(data), sample) {
            (Ok(cast), _) => cast,
            (Err(error), Sample::Example(_)) => return Err(Incompatible::NotCastable { way, sample, error }),
            // Odd data that a step refuses is told when it comes, and nothing of it is lost.
            (Err(_), Sample::Generated(_)) => return Ok(()),
        };
        if let Some(problem) = self.target.validate(&cast).into_iter().next() {
            return Err(Incompatible::Invalid { way, sample, problem });
        }
        let Some(back) = &self.back else { return Ok(()) };
        let lost = |why| Err(Incompatible::NotLossless { way, sample, why });
        match back.cast(&cast) {
            Ok(returned) if same(data, &returned) => Ok(()),
            Ok(returned) => lost(shortened(&returned)),
            Err(error) => lost(error.to_string()),
        }
    }
}

fn shortened(text: &str) -> String {
    const CHARS_MAX: usize = 400;
    text.chars().take(CHARS_MAX).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn schema(text: &str) -> Schema {
        Schema::compile(text, &BTreeMap::new()).unwrap()
    }

    fn judged(previous: &str, next: &str, mapping: &str) -> Result<(), (&'static str, String, String)> {
        let mapping = Mapping::parse(mapping).unwrap();
        check(&schema(previous), &schema(next), &mapping, 2)
            .map_err(|error| (error.code(), error.path().to_owned(), error.rule().to_owned()))
    }

    fn refused(code: &'static str, path: &str, rule: &str) -> Result<(), (&'static str, String, String)> {
        Err((code, path.to_owned(), rule.to_owned()))
    }

    const OLD: &str = r#"{"type":"object","required":["duration_ms","model"],"additionalProperties":false,
        "properties":{"duration_ms":{"type":"integer","minimum":0},"model":{"type":"string","pattern":"^[a-z]+/[a-z]+$"},"note":{"type":"string"}},
        "examples":[{"duration_ms":1500,"model":"acme/bert"},{"duration_ms":0,"model":"a/b","note":"x"}]}"#;
    const NEW: &str = r#"{"type":"object","required":["duration_s","provider","name"],"additionalProperties":false,
        "properties":{"duration_s":{"type":"number","minimum":0,"multipleOf":0.001},"provider":{"type":"string","pattern":"^[a-z]+$"},"name":{"type":"string","pattern":"^[a-z]+$"},"note":{"type":"string"}},
        "examples":[{"duration_s":1.5,"provider":"acme","name":"bert"}]}"#;
    const UP: &str = r#"{"op":"convert","path":"/duration_ms","unit":["ms","s"]},{"op":"rename","path":"/duration_ms","to":"duration_s"},{"op":"split","path":"/model","into":["/provider","/name"],"separator":"/"}"#;
    const DOWN: &str = r#"{"op":"join","from":["/provider","/name"],"path":"/model","separator":"/"},{"op":"rename","path":"/duration_s","to":"duration_ms"},{"op":"convert","path":"/duration_ms","unit":["s","ms"]}"#;

    fn full(up: &str, down: &str) -> String {
        format!(
            r#"{{"compatibility":"full","up":{{"lossless":true,"steps":[{up}]}},"down":{{"lossless":true,"steps":[{down}]}}}}"#
        )
    }

    #[test]
    fn a_mapping_that_keeps_its_word_is_accepted() {
        assert_eq!(judged(OLD, NEW, &full(UP, DOWN)), Ok(()));
    }

    #[test]
    fn what_the_schema_does_not_take_any_more_is_told_by_path_and_rule() {
        let none = r#"{"compatibility":"backward"}"#;
        for (previous, next, path, rule) in [
            (OLD, NEW, "/duration_s", "required"),
            (
                r#"{"type":"object","properties":{"a":{"type":"number"}}}"#,
                r#"{"type":"object","properties":{"a":{"type":"integer"}}}"#,
                "/a",
                "type",
            ),
            (
                r#"{"type":"object","properties":{"a":{"enum":["x","y"]}}}"#,
                r#"{"type":"object","properties":{"a":{"enum":["x"]}}}"#,
                "/a",
                "enum",
            ),
            (
                r#"{"type":"object","properties":{"a":{"type":"array","items":{"type":"integer","minimum":0}}}}"#,
                r#"{"type":"object","properties":{"a":{"type":"array","items":{"type":"integer","minimum":1}}}}"#,
                "/a/*",
                "minimum",
            ),
            (
                r#"{"type":"object","properties":{"a":{"type":"string"}}}"#,
                r#"{"type":"object","properties":{"a":{"type":"string","maxLength":9}}}"#,
                "/a",
                "maxLength",
            ),
            (
                r#"{"type":"object"}"#,
                r#"{"type":"object","additionalProperties":false}"#,
                "",
                "additionalProperties",
            ),
            (
                r#"{"type":"object","properties":{"a":true},"additionalProperties":false}"#,
                r#"{"type":"object","additionalProperties":false}"#,
                "/a",
                "additionalProperties",
            ),
            (
                r#"{"type":"object"}"#,
                r#"{"type":"object","anyOf":[{"required":["a"]}]}"#,
                "",
                "not_comparable",
            ),
            (
                r##"{"type":"object","properties":{"a":{"$ref":"#/$defs/t"}},"$defs":{"t":{"type":"string"}}}"##,
                r##"{"type":"object","properties":{"a":{"$ref":"#/$defs/t"}},"$defs":{"t":{"type":"integer"}}}"##,
                "/a",
                "type",
            ),
        ] {
            assert_eq!(judged(previous, next, none), refused("incompatible", path, rule), "{next}");
        }
        let wider =
            r#"{"type":["object","null"],"properties":{"a":{"type":"number"},"b":{"type":"string"}}}"#;
        assert_eq!(
            judged(r#"{"type":"object","properties":{"a":{"type":"integer","minimum":3}}}"#, wider, none),
            Ok(())
        );
        assert_eq!(
            judged(
                wider,
                r#"{"type":"object","properties":{"a":{"type":"integer"}}}"#,
                r#"{"compatibility":"forward"}"#
            ),
            Ok(())
        );
        assert_eq!(judged(OLD, NEW, r#"{"compatibility":"none"}"#), Ok(()));
    }

    #[test]
    fn an_example_that_cannot_be_cast_or_is_invalid_afterwards_is_named() {
        let typed = UP.replace("\"/model\"", "\"/duration_s\"");
        assert_eq!(judged(OLD, NEW, &full(&typed, DOWN)).unwrap_err().0, "incompatible");
        let split = format!(
            "{UP},{{\"op\":\"split\",\"path\":\"/duration_s\",\"into\":[\"/x\",\"/y\"],\"separator\":\"-\"}}"
        );
        assert_eq!(
            judged(OLD, NEW, &full(&split, DOWN)),
            refused("example_not_castable", "/duration_s", "wrong_type")
        );
        let without = UP.replace(r#""separator":"/""#, r#""separator":"@""#);
        assert_eq!(judged(OLD, NEW, &full(&without, DOWN)), refused("example_invalid", "", "required"));
    }

    #[test]
    fn a_mapping_that_loses_data_while_claiming_not_to_is_refused() {
        let drops = format!("{UP},{{\"op\":\"drop\",\"path\":\"/note\"}}");
        assert_eq!(judged(OLD, NEW, &full(&drops, DOWN)), refused("not_lossless", "", "lossless"));
        let rounds = UP.replace(r#"["ms","s"]"#, r#"["ms","s"],"round":1"#);
        assert_eq!(judged(OLD, NEW, &full(&rounds, DOWN)), refused("not_lossless", "", "lossless"));
        let says = format!(
            r#"{{"compatibility":"full","up":{{"loses":["the note (/note)"],"steps":[{drops}]}},"down":{{"lossless":false,"loses":["nothing that matters"],"steps":[{DOWN}]}}}}"#
        );
        assert_eq!(judged(OLD, NEW, &says), Ok(()));
    }
}
