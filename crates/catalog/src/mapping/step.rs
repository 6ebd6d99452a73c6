//! What a mapping is made of.

use std::collections::HashMap;
use std::str::FromStr;
use std::sync::Arc;

use super::convert::Conversion;
use super::scalar::Scalar;
use crate::document::Pointer;

/// What a version promises of its neighbour before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Compatibility {
    /// Data of the version before can be read at this one.
    Backward,
    /// Data of this version can be read at the one before.
    Forward,
    /// Both.
    Full,
    /// Neither: no event is cast between the two.
    None,
}

impl Compatibility {
    /// Every one.
    pub const ALL: [Self; 4] = [Self::Backward, Self::Forward, Self::Full, Self::None];

    /// The name, in mappings and records.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Backward => "backward",
            Self::Forward => "forward",
            Self::Full => "full",
            Self::None => "none",
        }
    }

    /// Whether data of the version before can be read at this one.
    pub const fn promises_up(self) -> bool {
        matches!(self, Self::Backward | Self::Full)
    }

    /// Whether data of this version can be read at the one before.
    pub const fn promises_down(self) -> bool {
        matches!(self, Self::Forward | Self::Full)
    }
}

impl FromStr for Compatibility {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|compatibility| compatibility.as_str() == text).ok_or(())
    }
}

/// How data gets from the version before to this one, and back.
#[derive(Debug, Clone)]
pub struct Mapping {
    /// What is promised.
    pub compatibility: Compatibility,
    /// From the version before to this one, if that is promised.
    pub up: Option<Arc<Direction>>,
    /// From this version to the one before, if that is promised.
    pub down: Option<Arc<Direction>>,
}

impl Mapping {
    /// Nothing has to be done in the directions that are promised.
    pub fn identity(compatibility: Compatibility) -> Self {
        // Whether anything is lost by doing nothing depends on the schemas; what is not claimed need not be kept.
        let nothing = || Arc::new(Direction { steps: Vec::new(), lossless: false, loses: Vec::new() });
        Self {
            compatibility,
            up: compatibility.promises_up().then(nothing),
            down: compatibility.promises_down().then(nothing),
        }
    }
}

/// The steps of one direction, and what becomes of the data by them.
#[derive(Debug)]
pub struct Direction {
    pub(crate) steps: Vec<Written>,
    /// Whether going there and back gives the same data.
    pub lossless: bool,
    /// What is lost, in words.
    pub loses: Vec<String>,
}

impl Direction {
    /// The steps as they are written, in order: JSON objects.
    pub fn steps(&self) -> impl Iterator<Item = &str> {
        self.steps.iter().map(|step| &*step.text)
    }

    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// The places in the data that the steps work on.
    pub(crate) fn touched(&self) -> Vec<Pointer> {
        self.steps.iter().flat_map(|step| step.step.touched()).collect()
    }
}

/// A step beside its text.
#[derive(Debug)]
pub(crate) struct Written {
    pub(crate) step: Step,
    pub(crate) text: Box<str>,
}

#[derive(Debug)]
pub(crate) enum Step {
    Rename { path: Pointer, to: Box<str> },
    Move { from: Pointer, to: Pointer, prune: bool },
    Copy { from: Pointer, to: Pointer },
    Default { path: Pointer, value: Box<str>, parents: bool },
    Drop { path: Pointer, value: Option<Box<str>>, prune: bool },
    Convert { path: Pointer, conversion: Conversion },
    Values { path: Pointer, map: HashMap<Scalar, Box<str>>, keep: bool },
    Split { path: Pointer, into: Vec<Pointer>, separator: Box<str> },
    Join { from: Vec<Pointer>, path: Pointer, separator: Box<str> },
    Each { path: Pointer, steps: Vec<Step> },
}

impl Step {
    pub(crate) const fn op(&self) -> &'static str {
        match self {
            Self::Rename { .. } => "rename",
            Self::Move { .. } => "move",
            Self::Copy { .. } => "copy",
            Self::Default { .. } => "default",
            Self::Drop { .. } => "drop",
            Self::Convert { .. } => "convert",
            Self::Values { .. } => "values",
            Self::Split { .. } => "split",
            Self::Join { .. } => "join",
            Self::Each { .. } => "each",
        }
    }

    /// The places that it reads or writes.
    fn touched(&self) -> Vec<Pointer> {
        match self {
            Self::Rename { path, to } => vec![path.clone(), path.beside(to)],
            Self::Default { path, .. }
            | Self::Drop { path, .. }
            | Self::Convert { path, .. }
            | Self::Values { path, .. }
            | Self::Each { path, .. } => vec![path.clone()],
            Self::Move { from, to, .. } | Self::Copy { from, to } => vec![from.clone(), to.clone()],
            Self::Split { path, into: others, .. } | Self::Join { from: others, path, .. } => {
                std::iter::once(path).chain(others).cloned().collect()
            }
        }
    }
}
