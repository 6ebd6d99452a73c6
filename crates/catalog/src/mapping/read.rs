//! From the JSON of a mapping to steps, with every flaw named by its place.

use std::sync::Arc;

use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::value::RawValue;

use super::convert::{Conversion, Kind};
use super::error::{MappingError, MappingProblem};
use super::instant::Notation;
use super::limits;
use super::scalar::Scalar;
use super::step::{Compatibility, Direction, Mapping, Step, Written};
use super::unit;
use crate::document::Pointer;

type Result<T> = std::result::Result<T, MappingError>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawMapping {
    compatibility: String,
    up: Option<Box<RawValue>>,
    down: Option<Box<RawValue>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawDirection {
    #[serde(default)]
    lossless: bool,
    #[serde(default)]
    loses: Vec<String>,
    steps: Vec<Box<RawValue>>,
}

impl Mapping {
    /// Reads and compiles a mapping.
    pub fn parse(json: &str) -> Result<Self> {
        if json.len() > limits::MAPPING_BYTES {
            return flawed("", MappingProblem::TooLarge { found: json.len() });
        }
        let raw: RawMapping = members(json, "")?;
        let Ok(compatibility) = raw.compatibility.parse::<Compatibility>() else {
            return malformed(
                "/compatibility",
                "the compatibility is \"backward\", \"forward\", \"full\" or \"none\"",
            );
        };
        let read = |raw: Option<&RawValue>, at, promised| direction(raw, at, promised, compatibility);
        Ok(Self {
            compatibility,
            up: read(raw.up.as_deref(), "/up", compatibility.promises_up())?,
            down: read(raw.down.as_deref(), "/down", compatibility.promises_down())?,
        })
    }
}

fn direction(
    raw: Option<&RawValue>,
    at: &str,
    promised: bool,
    compatibility: Compatibility,
) -> Result<Option<Arc<Direction>>> {
    let Some(raw) = raw else {
        return Ok(
            promised.then(|| Arc::new(Direction { steps: Vec::new(), lossless: false, loses: Vec::new() }))
        );
    };
    if !promised {
        return flawed(at, MappingProblem::NotPromised { compatibility: compatibility.as_str() });
    }
    let RawDirection { lossless, loses, steps } = members(raw.get(), at)?;
    if lossless != loses.is_empty() {
        return flawed(at, MappingProblem::LossUnstated);
    }
    if lossless && compatibility != Compatibility::Full {
        return flawed(&format!("{at}/lossless"), MappingProblem::NoWayBack);
    }
    let said = |text: &String| (1..=limits::LOSES_CHARS).contains(&text.chars().count());
    if loses.len() > limits::LOSES || !loses.iter().all(said) {
        return bounds(&format!("{at}/loses"), "at most 16 texts of 1 to 256 characters say what is lost");
    }
    let at = format!("{at}/steps");
    let mut left = limits::STEPS;
    let read = read_steps(&steps, &at, &mut left, 0)?;
    let steps = read.into_iter().zip(steps);
    let steps = steps.map(|(step, text)| Written { step, text: text.get().into() }).collect();
    Ok(Some(Arc::new(Direction { steps, lossless, loses })))
}

fn read_steps(raw: &[Box<RawValue>], at: &str, left: &mut usize, depth: usize) -> Result<Vec<Step>> {
    *left = left
        .checked_sub(raw.len())
        .ok_or(())
        .or_else(|()| bounds(at, "a direction has at most 64 steps, those within \"each\" included"))?;
    let read = |(place, text): (usize, &str)| step(text, &format!("{at}/{place}"), left, depth);
    raw.iter().map(|raw| raw.get()).enumerate().map(read).collect()
}

#[derive(Deserialize)]
struct Op {
    op: String,
}

macro_rules! raw_steps {
    ($($name:ident { $($(#[$attribute:meta])* $field:ident: $type:ty),* $(,)? })+) => {$(
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct $name {
            #[serde(rename = "op")]
            _op: IgnoredAny,
            $($(#[$attribute])* $field: $type,)*
        }
    )+};
}

raw_steps! {
    RawRename { path: String, to: String }
    RawMove { from: String, to: String, #[serde(default)] prune: bool }
    RawCopy { from: String, to: String }
    RawDefault { path: String, value: Box<RawValue>, #[serde(default)] parents: bool }
    RawDrop {
        path: String,
        #[serde(default, deserialize_with = "given")]
        value: Option<Box<RawValue>>,
        #[serde(default)]
        prune: bool,
    }
    RawConvert {
        path: String,
        unit: Option<(String, String)>,
        r#type: Option<String>,
        time: Option<(String, String)>,
        round: Option<u8>,
    }
    RawValues { path: String, map: Vec<(Box<RawValue>, Box<RawValue>)>, otherwise: Option<String> }
    RawSplit { path: String, into: Vec<String>, separator: String }
    RawJoin { from: Vec<String>, path: String, separator: String }
    RawEach { path: String, steps: Vec<Box<RawValue>> }
}

/// A member that is there, `null` included.
fn given<'de, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> std::result::Result<Option<Box<RawValue>>, D::Error> {
    Box::<RawValue>::deserialize(deserializer).map(Some)
}

fn step(json: &str, at: &str, left: &mut usize, depth: usize) -> Result<Step> {
    let Op { op } = members(json, at)?;
    match op.as_str() {
        "rename" => rename(&members(json, at)?, at),
        "move" => {
            let raw: RawMove = members(json, at)?;
            let (from, to) = (place(&raw.from, at, "from")?, place(&raw.to, at, "to")?);
            Ok(Step::Move { from, to, prune: raw.prune })
        }
        "copy" => {
            let raw: RawCopy = members(json, at)?;
            Ok(Step::Copy { from: pointer(&raw.from, at, "from")?, to: place(&raw.to, at, "to")? })
        }
        "default" => {
            let raw: RawDefault = members(json, at)?;
            let value = value(&raw.value, &format!("{at}/value"))?;
            Ok(Step::Default { path: place(&raw.path, at, "path")?, value, parents: raw.parents })
        }
        "drop" => {
            let raw: RawDrop = members(json, at)?;
            let value = raw.value.map(|raw| value(&raw, &format!("{at}/value"))).transpose()?;
            Ok(Step::Drop { path: place(&raw.path, at, "path")?, value, prune: raw.prune })
        }
        "convert" => convert(&members(json, at)?, at),
        "values" => values(&members(json, at)?, at),
        "split" => {
            let RawSplit { path, into, separator, .. } = members(json, at)?;
            let (into, separator) = parts(&into, &separator, at, "into")?;
            Ok(Step::Split { path: place(&path, at, "path")?, into, separator })
        }
        "join" => {
            let RawJoin { from, path, separator, .. } = members(json, at)?;
            let (from, separator) = parts(&from, &separator, at, "from")?;
            Ok(Step::Join { from, path: place(&path, at, "path")?, separator })
        }
        "each" => {
            let RawEach { path, steps, .. } = members(json, at)?;
            if depth == limits::EACH_DEPTH {
                return bounds(at, "\"each\" is nested at most 3 deep");
            }
            let steps = read_steps(&steps, &format!("{at}/steps"), left, depth + 1)?;
            Ok(Step::Each { path: pointer(&path, at, "path")?, steps })
        }
        _ => flawed(&format!("{at}/op"), MappingProblem::UnknownStep(op.chars().take(32).collect())),
    }
}

fn rename(raw: &RawRename, at: &str) -> Result<Step> {
    let path = place(&raw.path, at, "path")?;
    // The new name is checked as a part of a path, since that is where it will stand.
    Pointer::parse(&format!("/{}", raw.to.replace('~', "~0").replace('/', "~1")))
        .map_err(|error| MappingError { pointer: format!("{at}/to"), problem: error.into() })?;
    Ok(Step::Rename { path, to: raw.to.as_str().into() })
}

fn convert(raw: &RawConvert, at: &str) -> Result<Step> {
    let path = pointer(&raw.path, at, "path")?;
    if raw.round.is_some_and(|places| places > limits::ROUND) {
        return bounds(&format!("{at}/round"), "numbers are rounded to 0 to 18 digits behind the point");
    }
    let conversion = match (&raw.unit, &raw.r#type, &raw.time) {
        (Some((from, to)), None, None) => {
            let (numerator, denominator) = unit::factor(from, to)
                .map_err(|problem| MappingError { pointer: format!("{at}/unit"), problem })?;
            Conversion::Unit { numerator, denominator, round: raw.round }
        }
        (None, Some(name), None) => kind(name, raw.round, at)?,
        (None, None, Some((from, to))) if raw.round.is_none() => {
            let notation = |name: &str| {
                let known = Notation::from_name(name);
                known.ok_or(()).or_else(|()| {
                    malformed(
                        &format!("{at}/time"),
                        "instants are written as \"rfc3339\", \"unix_s\" or \"unix_ms\"",
                    )
                })
            };
            Conversion::Time { from: notation(from)?, to: notation(to)? }
        }
        _ => {
            return malformed(
                at,
                "\"convert\" has one of \"unit\", \"type\" and \"time\"; \"round\" goes with the first two",
            );
        }
    };
    Ok(Step::Convert { path, conversion })
}

fn kind(name: &str, round: Option<u8>, at: &str) -> Result<Conversion> {
    let to = match name {
        "string" => Kind::String,
        "number" => Kind::Number,
        "integer" => Kind::Integer,
        "boolean" => Kind::Boolean,
        _ => {
            return malformed(
                &format!("{at}/type"),
                "a type is \"string\", \"number\", \"integer\" or \"boolean\"",
            );
        }
    };
    if round.is_some_and(|places| places > 0 || to != Kind::Integer) {
        return malformed(&format!("{at}/round"), "only integers are rounded, to 0 digits behind the point");
    }
    Ok(Conversion::Type { to, round: round.is_some() })
}

fn values(raw: &RawValues, at: &str) -> Result<Step> {
    let path = pointer(&raw.path, at, "path")?;
    if !(1..=limits::PAIRS).contains(&raw.map.len()) {
        return bounds(&format!("{at}/map"), "\"values\" has 1 to 64 pairs");
    }
    let keep = match raw.otherwise.as_deref() {
        None | Some("fail") => false,
        Some("keep") => true,
        Some(_) => return malformed(&format!("{at}/otherwise"), "\"otherwise\" is \"keep\" or \"fail\""),
    };
    let mut map = std::collections::HashMap::new();
    for (index, (from, to)) in raw.map.iter().enumerate() {
        let at = format!("{at}/map/{index}");
        let (Some(from), Some(_)) = (Scalar::read(from.get()), Scalar::read(to.get())) else {
            return malformed(&at, "values are texts, numbers, booleans or null");
        };
        if map.insert(from, value(to, &at)?).is_some() {
            return malformed(&at, "the value has a counterpart already");
        }
    }
    Ok(Step::Values { path, map, keep })
}

fn parts(paths: &[String], separator: &str, at: &str, member: &str) -> Result<(Vec<Pointer>, Box<str>)> {
    if !(2..=limits::PARTS).contains(&paths.len()) {
        return bounds(&format!("{at}/{member}"), "there are 2 to 8 parts");
    }
    if !(1..=limits::SEPARATOR_CHARS).contains(&separator.chars().count()) {
        return bounds(&format!("{at}/separator"), "a separator has 1 to 16 characters");
    }
    let read = |(place_in, path): (usize, &String)| place(path, at, &format!("{member}/{place_in}"));
    Ok((paths.iter().enumerate().map(read).collect::<Result<_>>()?, separator.into()))
}

/// A path to something that can be put or taken away: not the whole value.
fn place(text: &str, at: &str, member: &str) -> Result<Pointer> {
    if text.is_empty() {
        return flawed(
            &format!("{at}/{member}"),
            MappingProblem::Path("this step does not work on the whole value".to_owned()),
        );
    }
    pointer(text, at, member)
}

fn pointer(text: &str, at: &str, member: &str) -> Result<Pointer> {
    Pointer::parse(text)
        .map_err(|error| MappingError { pointer: format!("{at}/{member}"), problem: error.into() })
}

fn value(raw: &RawValue, at: &str) -> Result<Box<str>> {
    if raw.get().len() > limits::VALUE_BYTES {
        return bounds(at, "a value has at most 4096 bytes");
    }
    Ok(raw.get().into())
}

fn members<T: DeserializeOwned>(json: &str, at: &str) -> Result<T> {
    serde_json::from_str(json).or_else(|error| malformed(at, &error.to_string()))
}

fn malformed<T>(at: &str, what: &str) -> Result<T> {
    flawed(at, MappingProblem::Malformed(what.to_owned()))
}

fn bounds<T>(at: &str, what: &str) -> Result<T> {
    flawed(at, MappingProblem::Bounds(what.to_owned()))
}

fn flawed<T>(at: &str, problem: MappingProblem) -> Result<T> {
    Err(MappingError { pointer: at.to_owned(), problem })
}
