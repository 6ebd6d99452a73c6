//! Whether a call's events may be accepted at all, before anything is made of them.

use catalog::Problem;
use domain::RawJson;
use domain::event_type::Mode;

use super::{NewEvent, Refusal};
use crate::bounds::Bounds;
use crate::catalog::{NoRule, Rule, TenantTypes};

/// Whether there are events, and not too much of them.
pub(super) fn bounds(events: &[NewEvent], bounds: &Bounds) -> Result<(), Refusal> {
    let found = events.len();
    if found == 0 {
        return Err(Refusal::Empty);
    }
    if found > bounds.events_per_publish {
        return Err(Refusal::TooMany { found, max: bounds.events_per_publish });
    }
    let mut total = 0;
    for (index, event) in events.iter().enumerate() {
        total += one(index, event, bounds)?;
    }
    if total > bounds.publish_bytes {
        return Err(Refusal::TooLarge { found: total, max: bounds.publish_bytes });
    }
    Ok(())
}

/// Whether an event by itself is within the bounds.
pub(crate) fn check_one(event: &NewEvent, bounds: &Bounds) -> Result<(), Refusal> {
    one(0, event, bounds).map(drop)
}

/// How many bytes an event brings, if it may.
fn one(index: usize, event: &NewEvent, bounds: &Bounds) -> Result<usize, Refusal> {
    if event.version == 0 {
        return Err(Refusal::Version { index });
    }
    let data = event.data.as_str().len();
    if data > bounds.event_data_bytes {
        return Err(Refusal::DataTooLarge { index, found: data, max: bounds.event_data_bytes });
    }
    let Some(metadata) = event.metadata.as_ref().map(RawJson::as_str) else { return Ok(data) };
    if metadata.len() > bounds.event_metadata_bytes {
        return Err(Refusal::MetadataTooLarge {
            index,
            found: metadata.len(),
            max: bounds.event_metadata_bytes,
        });
    }
    if !metadata.starts_with('{') {
        return Err(Refusal::MetadataNotObject { index });
    }
    Ok(data + metadata.len())
}

/// What the data of each event is validated by.
pub(super) fn rules(events: &[NewEvent], types: &TenantTypes<'_>) -> Result<Vec<Rule>, Refusal> {
    let rule = |(index, event): (usize, &NewEvent)| {
        let event_type = || event.event_type.clone();
        types.rule(&event.event_type, event.version).map_err(|none| match none {
            NoRule::Unknown => Refusal::UnknownType { index, event_type: event_type() },
            NoRule::Archived => Refusal::ArchivedType { index, event_type: event_type() },
            NoRule::Version { newest } => {
                Refusal::UnknownVersion { index, event_type: event_type(), version: event.version, newest }
            }
        })
    };
    events.iter().enumerate().map(rule).collect()
}

/// What is wrong with each event, where that is no reason to refuse it; the first where it is refuses the call.
pub(super) fn validate(events: &[NewEvent], rules: &[Rule]) -> Result<Vec<Vec<Problem>>, Refusal> {
    let one = |(index, (event, rule)): (usize, (&NewEvent, &Rule))| {
        let Some(version) = rule.version.as_ref().filter(|_| rule.mode != Mode::Off) else {
            return Ok(Vec::new());
        };
        let problems = version.validate(event.data.as_str());
        if problems.is_empty() || rule.mode == Mode::Warn {
            return Ok(problems);
        }
        let (event_type, version) = (event.event_type.clone(), event.version);
        Err(Refusal::Invalid { index, event_type, version, problems })
    };
    events.iter().zip(rules).enumerate().map(one).collect()
}
