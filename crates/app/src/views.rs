//! Events as they are at other versions.

use std::convert::Infallible;
use std::sync::Arc;

use domain::versions::{Leg, NotCastable, Seen, View};
use domain::{EventId, Position, Scope};

use crate::app::App;
use crate::error::Error;
use crate::request::Request;

/// An event at some version, and how it got there.
#[derive(Debug, Clone)]
pub struct SeenEvent {
    /// The event there.
    pub seen: Seen<'static>,
    /// The versions on the way, with their steps.
    pub legs: Vec<Leg>,
}

impl App {
    /// The event with this id at some version, by what is registered now; `None` if there is no such event.
    ///
    /// Needs the scope `read`.
    pub async fn event_at_version(
        &self,
        request: &Request,
        id: EventId,
        view: View,
    ) -> Result<Option<Result<SeenEvent, Arc<NotCastable>>>, Error<Infallible>> {
        request.need(Scope::Read)?;
        let Some((event, _)) = self.published(request.tenant(), id).await? else { return Ok(None) };
        let versions = self.catalog().versions();
        let traced = versions.trace(request.tenant(), &event, view, Position::END);
        Ok(Some(traced.map(|(seen, legs)| SeenEvent { seen, legs }).map_err(Arc::new)))
    }
}
