//! Doing steps on data, within bounds.

use std::fmt::Write;

use super::error::CastReason;
use super::limits;
use super::scalar::{Scalar, same};
use super::step::Step;
use crate::document::{Node, Pointer};

/// What has been done so far for one event, over all steps.
#[derive(Debug, Default)]
pub(super) struct Work {
    /// Steps done and members looked at.
    pub(super) done: usize,
    /// Bytes of the data as it was given and of all that was put into it.
    pub(super) bytes: usize,
}

/// Why a step failed, and where: a pointer, from the value that the step began at.
#[derive(Debug)]
pub(super) struct Stuck {
    pub(super) path: String,
    pub(super) reason: CastReason,
}

type Done = Result<bool, Stuck>;

impl Work {
    fn count(&mut self, cost: usize) -> Result<(), CastReason> {
        self.done = self.done.saturating_add(cost);
        if self.done > limits::WORK { Err(CastReason::TooMuchWork) } else { Ok(()) }
    }

    fn grow(&mut self, bytes: usize) -> Result<(), CastReason> {
        self.bytes = self.bytes.saturating_add(bytes);
        if self.bytes > limits::DATA_BYTES { Err(CastReason::TooLarge) } else { Ok(()) }
    }
}

/// Does `step`; whether it changed anything.
pub(super) fn apply<'a>(step: &'a Step, node: &mut Node<'a>, work: &mut Work) -> Done {
    if let Step::Each { path, steps } = step {
        return each(path, steps, node, work);
    }
    let at = |path: &Pointer, reason| Stuck { path: path.to_string(), reason };
    let place = main_path(step);
    work.count(1 + node.width()).map_err(|reason| at(place, reason))?;
    match step {
        Step::Rename { path, to } => rename(path, to, node).map_err(|reason| at(path, reason)),
        Step::Move { from, to, prune } => {
            let Some((name, way)) = from.split_last() else { return Ok(false) };
            let Some(value) = node.take(way, name, *prune) else { return Ok(false) };
            put(node, to, value).map_err(|reason| at(to, reason))
        }
        Step::Copy { from, to } => {
            let Some(value) = node.at(from.names()) else { return Ok(false) };
            work.count(value.width())
                .and_then(|()| work.grow(value.bytes()))
                .map_err(|reason| at(from, reason))?;
            let copy = value.clone();
            put(node, to, copy).map_err(|reason| at(to, reason))
        }
        Step::Default { path, value, parents } => {
            default(path, value, *parents, node, work).map_err(|reason| at(path, reason))
        }
        Step::Drop { path, value, prune } => Ok(drop_value(path, value.as_deref(), *prune, node)),
        Step::Convert { path, conversion } => {
            replace(path, node, work, |json| conversion.convert(json)).map_err(|reason| at(path, reason))
        }
        Step::Values { path, map, keep } => replace(path, node, work, |json| {
            let found = Scalar::read(json).and_then(|scalar| map.get(&scalar));
            match found {
                Some(value) => Ok(Some(value.to_string())),
                None if *keep => Ok(None),
                None => Err(CastReason::NotInMap),
            }
        })
        .map_err(|reason| at(path, reason)),
        Step::Split { path, into, separator } => split(path, into, separator, node),
        Step::Join { from, path, separator } => join(from, path, separator, node),
        Step::Each { .. } => Ok(false),
    }
}

/// The path that an error about the step as a whole is told with.
fn main_path(step: &Step) -> &Pointer {
    match step {
        Step::Move { from, .. } | Step::Copy { from, .. } => from,
        Step::Rename { path, .. }
        | Step::Default { path, .. }
        | Step::Drop { path, .. }
        | Step::Convert { path, .. }
        | Step::Values { path, .. }
        | Step::Split { path, .. }
        | Step::Join { path, .. }
        | Step::Each { path, .. } => path,
    }
}

fn each<'a>(path: &'a Pointer, steps: &'a [Step], node: &mut Node<'a>, work: &mut Work) -> Done {
    let stuck = |reason| Stuck { path: path.to_string(), reason };
    work.count(1 + node.width()).map_err(stuck)?;
    let Some(list) = node.at(path.names()) else { return Ok(false) };
    let elements = list.elements().ok_or_else(|| stuck(CastReason::NotAList))?;
    work.count(elements.len()).map_err(stuck)?;
    let mut changed = false;
    for (place, element) in elements.iter_mut().enumerate() {
        for step in steps {
            changed |= apply(step, element, work).map_err(|inner| {
                let mut whole = path.to_string();
                let _ = write!(whole, "/{place}{}", inner.path);
                Stuck { path: whole, reason: inner.reason }
            })?;
        }
    }
    Ok(changed)
}

fn rename<'a>(path: &'a Pointer, to: &'a str, node: &mut Node<'a>) -> Result<bool, CastReason> {
    let Some((name, way)) = path.split_last() else { return Ok(false) };
    Ok(node.rename(way, name, to)?)
}

fn put<'a>(node: &mut Node<'a>, to: &'a Pointer, value: Node<'a>) -> Result<bool, CastReason> {
    let (name, way) = to.split_last().expect("places are not the whole value");
    node.put(way, name, value)?;
    Ok(true)
}

fn default<'a>(
    path: &'a Pointer,
    value: &'a str,
    parents: bool,
    node: &mut Node<'a>,
    work: &mut Work,
) -> Result<bool, CastReason> {
    if node.at(path.names()).is_some() {
        return Ok(false);
    }
    let (_, way) = path.split_last().expect("places are not the whole value");
    if !parents && node.at(way).is_none() {
        return Ok(false);
    }
    work.grow(value.len())?;
    put(node, path, Node::raw(value))
}

fn drop_value(path: &Pointer, value: Option<&str>, prune: bool, node: &mut Node<'_>) -> bool {
    let Some((name, way)) = path.split_last() else { return false };
    if let Some(value) = value {
        let Some(found) = node.at(path.names()) else { return false };
        if !same(&text_of(found), value) {
            return false;
        }
    }
    node.take(way, name, prune).is_some()
}

/// Replaces what stands at `path` by what `convert` makes of it.
fn replace(
    path: &Pointer,
    node: &mut Node<'_>,
    work: &mut Work,
    convert: impl FnOnce(&str) -> Result<Option<String>, CastReason>,
) -> Result<bool, CastReason> {
    let Some(found) = node.at(path.names()) else { return Ok(false) };
    let Some(json) = convert(&text_of(found))? else { return Ok(false) };
    work.grow(json.len())?;
    *found = Node::raw(json);
    Ok(true)
}

fn split<'a>(path: &Pointer, into: &'a [Pointer], separator: &str, node: &mut Node<'a>) -> Done {
    let stuck = |path: &Pointer, reason| Stuck { path: path.to_string(), reason };
    let Some(found) = node.at(path.names()) else { return Ok(false) };
    let text = string(found).map_err(|reason| stuck(path, reason))?;
    let (name, way) = path.split_last().expect("places are not the whole value");
    node.take(way, name, false);
    for (part, to) in text.splitn(into.len(), separator).zip(into) {
        put(node, to, Node::text(part)).map_err(|reason| stuck(to, reason))?;
    }
    Ok(true)
}

fn join<'a>(from: &[Pointer], path: &'a Pointer, separator: &str, node: &mut Node<'a>) -> Done {
    let stuck = |path: &Pointer, reason| Stuck { path: path.to_string(), reason };
    let mut parts: Vec<String> = Vec::with_capacity(from.len());
    for (place, part) in from.iter().enumerate() {
        let Some(found) = node.at(part.names()) else { continue };
        if parts.len() < place {
            return Err(stuck(&from[parts.len()], CastReason::Gap));
        }
        parts.push(string(found).map_err(|reason| stuck(part, reason))?);
    }
    // Whatever fills the last place may hold the separator: it takes what remains when it comes apart.
    if let Some(place) = parts.iter().take(from.len() - 1).position(|part| part.contains(separator)) {
        return Err(stuck(&from[place], CastReason::Ambiguous));
    }
    if parts.is_empty() {
        return Ok(false);
    }
    for part in &from[..parts.len()] {
        let (name, way) = part.split_last().expect("places are not the whole value");
        node.take(way, name, false);
    }
    put(node, path, Node::text(&parts.join(separator))).map_err(|reason| stuck(path, reason))
}

fn string(node: &Node<'_>) -> Result<String, CastReason> {
    serde_json::from_str(&text_of(node)).map_err(|_| CastReason::WrongType)
}

fn text_of(node: &Node<'_>) -> String {
    let mut text = String::new();
    node.write(&mut text);
    text
}
