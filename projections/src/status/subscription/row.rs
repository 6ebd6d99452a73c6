//! Subscriptions as rows, both ways.

use domain::policy::{Limits, RetryPolicy};
use domain::subscription::{
    DisableReason, EventTypes, Format, Health, Live, PauseReason, Scheme, SigningSecret, Status, Verification,
};
use domain::{
    Description, EndpointUrl, Filter, Labels, SecretId, Sequence, SubscriptionId, TenantId, Timestamp,
};
use serde::{Deserialize, Serialize};

use crate::page::{Cursor, id};
use crate::store::{Columns, Damage, Row, Value};

/// Whether a subscription delivers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SubscriptionState {
    /// It takes events and delivers them.
    Active,
    /// It takes events and holds them back.
    Paused,
    /// It takes no events and holds back what it has.
    Disabled,
    /// It is gone. Shown because its deliveries still are.
    Deleted,
}

impl SubscriptionState {
    /// Every state.
    pub const ALL: [Self; 4] = [Self::Active, Self::Paused, Self::Disabled, Self::Deleted];

    /// The stored number: chosen once, never reused.
    pub(crate) const fn number(self) -> i64 {
        match self {
            Self::Active => 0,
            Self::Paused => 1,
            Self::Disabled => 2,
            Self::Deleted => 3,
        }
    }
}

/// A secret that signs, without itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Secret {
    /// Its id.
    pub id: SecretId,
    /// What it signs with.
    pub scheme: Scheme,
    /// The public key, where the scheme has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub public_key: Option<String>,
    /// When it stops signing along; none for the current one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

/// The last attempt of any delivery of a subscription.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastAttempt {
    /// When it started.
    pub at: Timestamp,
    /// Whether it was answered with 2xx.
    pub succeeded: bool,
    /// The status, if there was a response.
    pub status: Option<u16>,
    /// Why there was none.
    pub error_class: Option<String>,
}

/// A tenant's wish, without secrets and values of headers, and how it fares.
#[derive(Debug, Clone, PartialEq)]
pub struct Subscription {
    /// Its id, which is also where it stands in lists.
    pub id: SubscriptionId,
    /// Whose it is.
    pub tenant: TenantId,
    /// Whether it delivers.
    pub state: SubscriptionState,
    /// Why it is paused.
    pub pause_reason: Option<PauseReason>,
    /// Why it is disabled.
    pub disable_reason: Option<DisableReason>,
    /// Since when failures of its attempts have prevailed.
    pub failing_since: Option<Timestamp>,
    /// Where deliveries go.
    pub endpoint: EndpointUrl,
    /// Which types of event are wanted.
    pub event_types: EventTypes,
    /// Which of those events; all if none.
    pub filter: Option<Filter>,
    /// The names of the headers that are added to each request.
    pub header_names: Vec<String>,
    /// In which form deliveries are sent.
    pub format: Format,
    /// Whether the endpoint has to agree before anything is delivered to it.
    pub verify_endpoint: bool,
    /// Whether it has.
    pub verification: Verification,
    /// When failed attempts are followed by others.
    pub retry: RetryPolicy,
    /// How hard the endpoint may be pressed.
    pub limits: Limits,
    /// What it is for.
    pub description: Description,
    /// The owner's own labels.
    pub metadata: Labels,
    /// The secrets that sign, the current one first. Old ones are listed until the next rotation, even expired.
    pub secrets: Vec<Secret>,
    /// When it came to be.
    pub created_at: Timestamp,
    /// When it was changed last.
    pub updated_at: Timestamp,
    /// What an edit is checked against.
    pub version: Sequence,
    /// The last attempt of any of its deliveries.
    pub last_attempt: Option<LastAttempt>,
    /// How many attempts succeeded.
    pub delivered: u64,
    /// How many attempts failed.
    pub failed_attempts: u64,
    /// How often a delivery became a dead letter.
    pub dead_letters: u64,
}

/// What is shown and never searched.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Details {
    event_types: EventTypes,
    filter: Option<Filter>,
    header_names: Vec<String>,
    #[serde(default)]
    format: Format,
    #[serde(default)]
    verify_endpoint: bool,
    #[serde(default)]
    verification: Verification,
    retry: RetryPolicy,
    limits: Limits,
    metadata: Labels,
    pause_reason: Option<PauseReason>,
    disable_reason: Option<DisableReason>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    failing_since: Option<Timestamp>,
    secrets: Vec<Secret>,
}

impl Details {
    pub(super) fn of(live: &Live) -> Self {
        let settings = &live.settings;
        let (pause_reason, disable_reason) = match &live.status {
            Status::Active => (None, None),
            Status::Paused(reason) => (Some(reason.clone()), None),
            Status::Disabled(reason) => (None, Some(reason.clone())),
        };
        let old = live.old_secrets.iter().map(|held| shown(&held.secret, Some(held.until)));
        Self {
            event_types: settings.event_types.clone(),
            filter: settings.filter.clone(),
            header_names: settings.headers.iter().map(|(name, _)| name.to_owned()).collect(),
            format: settings.format,
            verify_endpoint: settings.verify_endpoint,
            verification: live.verification.clone(),
            retry: settings.retry.clone(),
            limits: settings.limits,
            metadata: settings.metadata.clone(),
            pause_reason,
            disable_reason,
            failing_since: match live.health {
                Health::Well => None,
                Health::Failing { since, .. } => Some(since),
            },
            secrets: std::iter::once(shown(&live.secret, None)).chain(old).collect(),
        }
    }
}

fn shown(secret: &SigningSecret, until: Option<Timestamp>) -> Secret {
    Secret { id: secret.id, scheme: secret.scheme, public_key: secret.public_key.clone(), until }
}

impl Cursor for SubscriptionId {
    fn values(&self) -> Vec<Value<'static>> {
        vec![id(self.uuid())]
    }
}

pub(in crate::status) const SELECT: &str = "SELECT id, tenant, state, endpoint, description, details, created_at, \
     updated_at, version, last_attempt_at, last_succeeded, last_status, last_error_class, delivered, \
     failed_attempts, dead_letters FROM status_subscription";

pub(in crate::status) fn read(row: Row<'_>) -> Result<Subscription, Damage> {
    let mut columns = Columns::of("status_subscription", row);
    let id = SubscriptionId::from_uuid(columns.uuid()?);
    let tenant = TenantId::from_uuid(columns.uuid()?);
    let state: i64 = columns.number()?;
    let state = SubscriptionState::ALL.into_iter().find(|known| known.number() == state);
    let state = state.ok_or_else(|| columns.damage())?;
    let endpoint = columns.parsed(EndpointUrl::parse)?;
    let description = columns.parsed(Description::new)?;
    let Details {
        event_types,
        filter,
        header_names,
        format,
        verify_endpoint,
        verification,
        retry,
        limits,
        metadata,
        pause_reason,
        disable_reason,
        failing_since,
        secrets,
    } = columns.json()?;
    Ok(Subscription {
        id,
        tenant,
        state,
        pause_reason,
        disable_reason,
        failing_since,
        endpoint,
        event_types,
        filter,
        header_names,
        format,
        verify_endpoint,
        verification,
        retry,
        limits,
        description,
        metadata,
        secrets,
        created_at: columns.instant()?,
        updated_at: columns.instant()?,
        version: columns.sequence()?,
        last_attempt: last_attempt(&mut columns)?,
        delivered: columns.number()?,
        failed_attempts: columns.number()?,
        dead_letters: columns.number()?,
    })
}

fn last_attempt(columns: &mut Columns<'_>) -> Result<Option<LastAttempt>, Damage> {
    let at = columns.maybe_instant()?;
    let succeeded: Option<i64> = columns.maybe_number()?;
    let status = columns.maybe_number()?;
    let error_class = columns.maybe_text()?.map(str::to_owned);
    let both = at.zip(succeeded);
    Ok(both.map(|(at, succeeded)| LastAttempt { at, succeeded: succeeded != 0, status, error_class }))
}
