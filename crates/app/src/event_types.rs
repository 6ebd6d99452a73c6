//! Which events a tenant may publish, and what their data looks like.

use std::convert::Infallible;

use catalog::builtin;
use domain::event_type::{self, Adopt, Command, Mode, NewVersion, Registration, VersionError};
use domain::{Description, EventType, EventTypeId, RawJson, Scope, Sequence, Timestamp};

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
    /// What was given cannot be a version, whatever came before it.
    #[error(transparent)]
    Version(#[from] VersionError),
    /// The type itself says no.
    #[error(transparent)]
    Rule(event_type::Refusal),
}

impl Refused for Refusal {
    fn code(&self) -> &'static str {
        match self {
            Self::NotFound => "not_found",
            Self::Stale { .. } => "stale",
            Self::TooMany { .. } => "too_many_event_types",
            Self::Version(error) => error.code(),
            Self::Rule(refusal) => match refusal {
                event_type::Refusal::NeverRegistered => "not_found",
                event_type::Refusal::NotNext { .. } => "version_not_next",
                event_type::Refusal::Frozen { .. } => "version_frozen",
                event_type::Refusal::TooManyVersions { .. } => "too_many_versions",
                event_type::Refusal::OfThePlatform => "event_type_of_the_platform",
                event_type::Refusal::UnknownVersion { .. } => "version_unknown",
                event_type::Refusal::Incompatible(why) => why.code(),
                event_type::Refusal::Stored(error) => error.code(),
            },
        }
    }
}

impl Refusal {
    /// The place within the schema, the mapping, or the data that broke a rule: a JSON pointer; empty if there is none.
    pub fn pointer(&self) -> &str {
        match self {
            Self::Version(VersionError::Schema(error)) => error.path(),
            Self::Version(VersionError::Mapping(error)) => &error.pointer,
            Self::Rule(event_type::Refusal::Incompatible(why)) => why.path(),
            _ => "",
        }
    }

    /// The rule that is broken, such as `required`; `None` if it is about no rule of a schema.
    pub fn broken_rule(&self) -> Option<&str> {
        match self {
            Self::Version(VersionError::Schema(catalog::SchemaError::Example { problem, .. })) => {
                Some(&problem.rule)
            }
            Self::Rule(event_type::Refusal::Incompatible(why)) => Some(why.rule()),
            _ => None,
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
            refusal => Self::Rule(refusal),
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

    /// Gives a type of the tenant another version, which is compiled, bounded and judged by the one before; a type that
    /// is not registered is registered with it. The same version again is agreement.
    ///
    /// Needs the scope `manage`. `number` counts from 1; the next one if `None`.
    pub async fn add_event_type_version(
        &self,
        request: &Request,
        name: &EventType,
        (number, schema, mapping): (Option<u32>, RawJson, Option<RawJson>),
        expected: Option<Sequence>,
    ) -> Result<(u32, Changed), Error<Refusal>> {
        request.need(Scope::Manage)?;
        let tenant = request.tenant();
        let own = self.catalog().own(tenant, name);
        let known = own.as_ref().map_or(0, |own| own.versions.len());
        if own.is_none() && self.catalog().of_platform(name).is_some() {
            return Err(Error::Refused(Refusal::Rule(event_type::Refusal::OfThePlatform)));
        }
        let number = number.unwrap_or_else(|| u32::try_from(known).unwrap_or(u32::MAX).saturating_add(1));
        let version = NewVersion::read(number, schema, mapping, builtin::shared_parts());
        let version = version.map_err(|error| Error::Refused(error.into()))?;
        if own.is_none() {
            self.register_event_type(request, name.clone(), Description::default()).await?;
        }
        let edit = Edit::of(tenant, EventTypeId::of(tenant, name.as_str()), expected);
        let command = Command::AddVersion { version: Box::new(version) };
        Ok((number, self.change::<Registration, Refusal>(request, edit, command).await?))
    }

    /// Tells publishers that a type of the tenant, or a version of it, should not be used any more after `sunset`.
    ///
    /// Needs the scope `manage`.
    pub async fn deprecate_event_type(
        &self,
        request: &Request,
        name: &EventType,
        (version, sunset, note): (Option<u32>, Timestamp, Description),
        expected: Option<Sequence>,
    ) -> Result<Changed, Error<Refusal>> {
        request.need(Scope::Manage)?;
        let tenant = request.tenant();
        let edit = Edit::of(tenant, EventTypeId::of(tenant, name.as_str()), expected);
        let command = Command::Deprecate { version, sunset, note };
        self.change::<Registration, Refusal>(request, edit, command).await
    }

    /// Sets how the data of a type is validated when the tenant publishes it; also of a type of the platform.
    ///
    /// Needs the scope `manage`.
    pub async fn set_event_type_validation(
        &self,
        request: &Request,
        name: &EventType,
        mode: Mode,
        expected: Option<Sequence>,
    ) -> Result<Changed, Error<Refusal>> {
        request.need(Scope::Manage)?;
        let tenant = request.tenant();
        let edit = Edit::of(tenant, EventTypeId::of(tenant, name.as_str()), expected);
        let command = Command::SetValidation { mode, adopt: self.adopt(name) };
        self.change::<Registration, Refusal>(request, edit, command).await
    }

    /// Allows events of this type to be published no more; those that were stay as they are. Also of a type of the
    /// platform, for this tenant alone.
    ///
    /// Needs the scope `manage`.
    pub async fn archive_event_type(
        &self,
        request: &Request,
        name: &EventType,
        note: Description,
        expected: Option<Sequence>,
    ) -> Result<Changed, Error<Refusal>> {
        request.need(Scope::Manage)?;
        let tenant = request.tenant();
        let edit = Edit::of(tenant, EventTypeId::of(tenant, name.as_str()), expected);
        let command = Command::Archive { note, adopt: self.adopt(name) };
        self.change::<Registration, Refusal>(request, edit, command).await
    }

    /// The platform's type of this name, for a tenant that wishes it otherwise.
    fn adopt(&self, name: &EventType) -> Option<Adopt> {
        let platform = self.catalog().of_platform(name)?;
        Some(Adopt { name: platform.name, description: platform.description })
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
