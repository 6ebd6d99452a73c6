//! Which events a tenant may publish.

use std::convert::Infallible;

use domain::event_type::{self, Command, Registration};
use domain::{Description, EventType, EventTypeId, Scope, Sequence};

use crate::app::App;
use crate::catalog::EventTypeEntry;
use crate::change::Changed;
use crate::decide::{Decided, Edit};
use crate::error::{Error, Refused};
use crate::request::Request;

/// The most event types of one page.
pub const PAGE_MAX: usize = 1_000;

/// Why a wish concerning an event type was not granted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The tenant has no such type.
    #[error("the event type is not registered")]
    NotFound,
    /// Somebody changed it since the caller looked.
    #[error("the event type has been changed and is at version {current} now; look again")]
    Stale {
        /// The version that it is at.
        current: Sequence,
    },
    /// The tenant has as many as it may have.
    #[error("there are {max} event types already, which is as many as are allowed")]
    TooMany {
        /// The bound.
        max: usize,
    },
}

impl Refused for Refusal {
    fn code(&self) -> &'static str {
        match self {
            Self::NotFound => "not_found",
            Self::Stale { .. } => "stale",
            Self::TooMany { .. } => "too_many_event_types",
        }
    }
}

impl Decided<event_type::Refusal> for Refusal {
    fn not_found() -> Self {
        Self::NotFound
    }

    fn stale(current: Sequence) -> Self {
        Self::Stale { current }
    }

    fn is_stale(&self) -> bool {
        matches!(self, Self::Stale { .. })
    }

    fn rule(refusal: event_type::Refusal) -> Self {
        match refusal {
            event_type::Refusal::NeverRegistered => Self::NotFound,
        }
    }
}

impl App {
    /// Allows events of this type to be published. Registered again, it is described anew, and restored.
    ///
    /// Needs the scope `manage`. Bounded by [`crate::Bounds::event_types_per_tenant`].
    pub async fn register_event_type(
        &self,
        request: &Request,
        name: EventType,
        description: Description,
    ) -> Result<Changed, Error<Refusal>> {
        request.need(Scope::Manage)?;
        let (tenant, max) = (request.tenant(), self.bounds().event_types_per_tenant);
        let _turn = self.admission().await;
        if self.catalog().count(tenant) >= max && self.catalog().get(tenant, &name).is_none() {
            return Err(Error::Refused(Refusal::TooMany { max }));
        }
        let edit = Edit::of(tenant, EventTypeId::of(tenant, name.as_str()), None);
        self.change::<Registration, Refusal>(request, edit, Command::Register { name, description }).await
    }

    /// Allows events of this type to be published no more; those that were stay as they are.
    ///
    /// Needs the scope `manage`.
    pub async fn archive_event_type(
        &self,
        request: &Request,
        name: &EventType,
        expected: Option<Sequence>,
    ) -> Result<Changed, Error<Refusal>> {
        request.need(Scope::Manage)?;
        let tenant = request.tenant();
        let edit = Edit::of(tenant, EventTypeId::of(tenant, name.as_str()), expected);
        self.change::<Registration, Refusal>(request, edit, Command::Archive).await
    }

    /// The registered types after `after`, in the order of their names; at most `limit` and [`PAGE_MAX`].
    ///
    /// Needs the scope `read`.
    pub fn event_types(
        &self,
        request: &Request,
        after: Option<&EventType>,
        limit: usize,
    ) -> Result<Vec<EventTypeEntry>, Error<Infallible>> {
        request.need(Scope::Read)?;
        Ok(self.catalog().list(request.tenant(), after, limit.min(PAGE_MAX)))
    }

    /// The registered type of this name, archived or not.
    ///
    /// Needs the scope `read`.
    pub fn event_type(
        &self,
        request: &Request,
        name: &EventType,
    ) -> Result<Option<EventTypeEntry>, Error<Infallible>> {
        request.need(Scope::Read)?;
        Ok(self.catalog().get(request.tenant(), name))
    }
}
