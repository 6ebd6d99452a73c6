//! Mappings in a row: from any version to any other, composed once.

use std::borrow::Cow;
use std::sync::Arc;

use serde_json::value::RawValue;

use super::apply::{Work, apply};
use super::error::{CastError, CastReason};
use super::limits;
use super::step::{Direction, Mapping};
use crate::document::Node;

/// One version to its neighbour.
#[derive(Debug, Clone)]
pub struct Leg {
    /// From which version.
    pub from: u32,
    /// To which version.
    pub to: u32,
    /// How.
    pub direction: Arc<Direction>,
}

/// The way from one version to another.
#[derive(Debug, Clone)]
pub struct Chain {
    /// From which version.
    pub from: u32,
    /// To which version.
    pub to: u32,
    legs: Vec<Leg>,
}

/// Data at another version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cast<'a> {
    /// The data as JSON; what was given, byte for byte, if no step changed it.
    pub data: Cow<'a, str>,
    /// The steps on the way, in order.
    pub steps: Vec<StepDone>,
}

/// A step of a chain, and whether it did something to the data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepDone {
    /// From which version it leads.
    pub from: u32,
    /// To which version.
    pub to: u32,
    /// The step as it is written: a JSON object.
    pub step: Box<str>,
    /// Whether the data was changed by it.
    pub changed: bool,
}

impl Chain {
    /// The way from version `from` to version `to`, where `mapping(n)` is the mapping between *n - 1* and *n*. `None` if
    /// a direction on the way is not promised, or there are more steps than a chain may have.
    pub fn compose<'m>(from: u32, to: u32, mapping: impl Fn(u32) -> Option<&'m Mapping>) -> Option<Self> {
        let leg = |from, to, direction: Option<&Arc<Direction>>| {
            direction.map(|direction| Leg { from, to, direction: direction.clone() })
        };
        let up = (from..to).map(|n| leg(n, n + 1, mapping(n + 1)?.up.as_ref()));
        let down = (to..from).rev().map(|n| leg(n + 1, n, mapping(n + 1)?.down.as_ref()));
        let legs: Vec<_> = up.chain(down).collect::<Option<_>>()?;
        let steps: usize = legs.iter().map(|leg| leg.direction.steps.len()).sum();
        (steps <= limits::CHAIN_STEPS).then_some(Self { from, to, legs })
    }

    /// The versions on the way.
    pub fn legs(&self) -> &[Leg] {
        &self.legs
    }

    /// Whether data comes out as it goes in, whatever it is.
    pub fn is_identity(&self) -> bool {
        self.legs.iter().all(|leg| leg.direction.is_empty())
    }

    /// Whether nothing is lost on the way.
    pub fn is_lossless(&self) -> bool {
        self.legs.iter().all(|leg| leg.direction.lossless)
    }

    /// The data `json` at the other version, and nothing about how it got there.
    pub fn cast<'a>(&self, json: &'a str) -> Result<Cow<'a, str>, CastError> {
        if self.is_identity() {
            return Ok(Cow::Borrowed(json));
        }
        self.run(json, |_| {})
    }

    /// The data `json` at the other version, with the steps that were done.
    pub fn trace<'a>(&self, json: &'a str) -> Result<Cast<'a>, CastError> {
        let mut steps = Vec::new();
        let data = self.run(json, |done| steps.push(done))?;
        Ok(Cast { data, steps })
    }

    fn run<'a>(&self, json: &'a str, mut done: impl FnMut(StepDone)) -> Result<Cow<'a, str>, CastError> {
        if json.len() > limits::DATA_BYTES {
            return Err(self.unreadable(CastReason::TooLarge));
        }
        // Reads without recursion, so that depth is no matter.
        let raw: &RawValue = serde_json::from_str(json).map_err(|_| self.unreadable(CastReason::NotJson))?;
        let mut node = Node::raw(raw.get());
        let mut work = Work { done: 0, bytes: json.len() };
        let mut any = false;
        for leg in &self.legs {
            for (place, written) in leg.direction.steps.iter().enumerate() {
                let changed = apply(&written.step, &mut node, &mut work).map_err(|stuck| CastError {
                    from: leg.from,
                    to: leg.to,
                    step: place,
                    op: written.step.op(),
                    path: stuck.path,
                    reason: stuck.reason,
                })?;
                any |= changed;
                done(StepDone { from: leg.from, to: leg.to, step: written.text.clone(), changed });
            }
        }
        if !any {
            return Ok(Cow::Borrowed(json));
        }
        let mut out = String::with_capacity(json.len() + 64);
        node.write(&mut out);
        if out.len() > limits::DATA_BYTES {
            return Err(self.unreadable(CastReason::TooLarge));
        }
        Ok(Cow::Owned(out))
    }

    fn unreadable(&self, reason: CastReason) -> CastError {
        CastError { from: self.from, to: self.to, step: 0, op: "read", path: String::new(), reason }
    }
}
