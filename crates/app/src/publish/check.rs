//! Whether a call's events may be accepted at all, before anything is made of them.

use domain::RawJson;

use super::{NewEvent, Refusal};
use crate::bounds::Bounds;
use crate::catalog::{Standing, TenantTypes};

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

/// Whether each event's type may be published.
pub(super) fn types(events: &[NewEvent], types: &TenantTypes<'_>) -> Result<(), Refusal> {
    for (index, event) in events.iter().enumerate() {
        match types.standing(&event.event_type) {
            Standing::Open => {}
            Standing::Archived => {
                return Err(Refusal::ArchivedType { index, event_type: event.event_type.clone() });
            }
            Standing::Unknown => {
                return Err(Refusal::UnknownType { index, event_type: event.event_type.clone() });
            }
        }
    }
    Ok(())
}
