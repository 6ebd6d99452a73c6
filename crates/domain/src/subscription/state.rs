//! The state of a subscription, and the decisions over it.

use std::time::Duration;

use super::{
    Change, Command, DisableReason, Event, PauseReason, Refusal, Settings, SigningSecret, Verification,
};
use crate::decider::Decider;
use crate::record::Fact;
use crate::stream::StreamKind;
use crate::time::Timestamp;

/// A subscription as its records tell it.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum Subscription {
    /// Nothing is recorded.
    #[default]
    Unborn,
    /// It exists.
    Live(Box<Live>),
    /// It was deleted.
    Deleted,
}

/// A subscription that exists.
#[derive(Debug, Clone, PartialEq)]
pub struct Live {
    /// What the owner wishes.
    pub settings: Settings,
    /// Whether it delivers.
    pub status: Status,
    /// The secret that signs.
    pub secret: SigningSecret,
    /// Older secrets that sign along, newest first.
    pub old_secrets: Vec<HeldSecret>,
    /// How its attempts have fared.
    pub health: Health,
    /// Whether its endpoint has agreed to deliveries.
    pub verification: Verification,
}

/// How the attempts of a subscription have fared, as far as it is recorded.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Health {
    /// Nothing speaks against it.
    #[default]
    Well,
    /// They keep failing.
    Failing {
        /// Since when none succeeded.
        since: Timestamp,
        /// Whether its owner was warned that it will be disabled.
        warned: bool,
    },
}

/// An older secret and how long it is good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldSecret {
    /// The secret.
    pub secret: SigningSecret,
    /// When it stops signing along.
    pub until: Timestamp,
}

/// Whether a subscription delivers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Status {
    /// It takes events and delivers them.
    Active,
    /// It takes events and holds them back.
    Paused(PauseReason),
    /// It takes no events and holds back what it has.
    Disabled(DisableReason),
}

impl Live {
    /// The most old secrets that sign along at any time.
    pub const OLD_SECRETS_MAX: usize = 4;

    /// Whether events match: it is active or paused.
    pub const fn takes_events(&self) -> bool {
        !matches!(self.status, Status::Disabled(_))
    }

    /// Whether attempts may start.
    pub const fn delivers(&self) -> bool {
        matches!(self.status, Status::Active) && !self.awaits_consent()
    }

    /// Whether nothing is delivered since the owner wishes the endpoint to agree first, and it has not.
    pub const fn awaits_consent(&self) -> bool {
        self.settings.verify_endpoint && !matches!(self.verification, Verification::Agreed { .. })
    }

    /// The least time between the starts of two attempts: the stricter of what the owner and what the endpoint allows.
    pub fn spacing(&self) -> Option<Duration> {
        let owner = self.settings.limits.rate_per_second().map(|rate| Duration::from_secs(1) / rate);
        let endpoint = match self.verification {
            Verification::Agreed { rate_per_minute: Some(rate), .. } if self.settings.verify_endpoint => {
                Some(Duration::from_mins(1) / rate.get())
            }
            _ => None,
        };
        owner.max(endpoint)
    }

    /// The secrets that sign at `at`, the current one first, then older ones, newest first.
    pub fn signing_secrets(&self, at: Timestamp) -> impl Iterator<Item = &SigningSecret> {
        let old = self.old_secrets.iter().filter(move |held| held.until > at).map(|held| &held.secret);
        std::iter::once(&self.secret).chain(old)
    }

    fn decide(&self, command: Command) -> Result<Vec<Event>, Refusal> {
        match (&self.status, command) {
            (_, Command::Create { .. }) => Err(Refusal::AlreadyCreated),
            (_, Command::Update { changes }) => {
                Ok(changes.into_iter().filter_map(|change| self.change(change)).collect())
            }
            (_, Command::RotateSecret { secret, overlap, at }) => {
                let previous_until = at.after(overlap.duration());
                let kept = self.old_secrets.iter().filter(|held| held.until > at).count();
                if previous_until > at && kept >= Self::OLD_SECRETS_MAX {
                    return Err(Refusal::TooManySecrets { max: Self::OLD_SECRETS_MAX });
                }
                Ok(vec![Event::SecretRotated { secret, at, previous_until }])
            }
            (_, Command::RevokeSecret { secret, .. }) if secret == self.secret.id => {
                Err(Refusal::CurrentSecret)
            }
            (_, Command::RevokeSecret { secret, at }) => {
                let known = self.old_secrets.iter().any(|held| held.secret.id == secret && held.until > at);
                if known { Ok(vec![Event::SecretRevoked { secret }]) } else { Err(Refusal::UnknownSecret) }
            }
            (_, Command::NoteVerification { endpoint, .. }) if endpoint != self.settings.endpoint => {
                Err(Refusal::EndpointChanged)
            }
            (_, Command::NoteVerification { at, answer, .. }) => Ok(vec![match answer {
                Ok(rate_per_minute) => Event::EndpointVerified { at, rate_per_minute },
                Err(reason) => Event::EndpointNotVerified { at, reason },
            }]),
            (_, Command::Delete) => Ok(vec![Event::Deleted]),
            (Status::Disabled(_), Command::Activate) => Ok(vec![Event::Activated]),
            (Status::Paused(_), Command::Activate) => Err(Refusal::Paused),
            (Status::Active, Command::Pause { reason }) => Ok(vec![Event::Paused { reason }]),
            (Status::Paused(_), Command::Resume) => Ok(vec![Event::Resumed]),
            (Status::Active | Status::Paused(_), Command::Disable { reason }) => {
                Ok(vec![Event::Disabled { reason }])
            }
            (Status::Active, Command::NoteFailing { since }) if self.health == Health::Well => {
                Ok(vec![Event::Failing { since }])
            }
            (Status::Active, Command::WarnOfDisable { disable_at })
                if matches!(self.health, Health::Failing { warned: false, .. }) =>
            {
                Ok(vec![Event::DisableWarned { disable_at }])
            }
            (_, Command::NoteRecovered) if self.health != Health::Well => Ok(vec![Event::Recovered]),
            (_, Command::NoteFailing { .. } | Command::WarnOfDisable { .. } | Command::NoteRecovered) => {
                Ok(vec![])
            }
            (Status::Disabled(_), Command::Pause { .. } | Command::Resume) => Err(Refusal::Disabled),
            // Asking for what already holds is agreement, not a mistake.
            (Status::Active, Command::Activate | Command::Resume)
            | (Status::Paused(_), Command::Pause { .. })
            | (Status::Disabled(_), Command::Disable { .. }) => Ok(vec![]),
        }
    }

    fn change(&self, change: Change) -> Option<Event> {
        let now = &self.settings;
        match change {
            Change::Endpoint(endpoint) => {
                (endpoint != now.endpoint).then_some(Event::EndpointChanged { endpoint })
            }
            Change::EventTypes(event_types) => {
                (event_types != now.event_types).then_some(Event::EventTypesChanged { event_types })
            }
            Change::Filter(filter) => (filter != now.filter).then_some(Event::FilterChanged { filter }),
            Change::Headers(headers) => (headers != now.headers).then_some(Event::HeadersChanged { headers }),
            Change::Format(format) => (format != now.format).then_some(Event::FormatChanged { format }),
            Change::VerifyEndpoint(verify_endpoint) => (verify_endpoint != now.verify_endpoint)
                .then_some(Event::VerificationChanged { verify_endpoint }),
            Change::Retry(retry) => (retry != now.retry).then_some(Event::RetryPolicyChanged { retry }),
            Change::Limits(limits) => (limits != now.limits).then_some(Event::LimitsChanged { limits }),
            Change::Description(description) => {
                (description != now.description).then_some(Event::DescriptionChanged { description })
            }
            Change::Metadata(metadata) => {
                (metadata != now.metadata).then_some(Event::MetadataChanged { metadata })
            }
        }
    }

    fn evolve(mut self: Box<Self>, event: &Event) -> Subscription {
        match event.clone() {
            // A second creation cannot be recorded; were it, the first would stand.
            Event::Created { .. } => {}
            Event::EndpointChanged { endpoint } => {
                self.settings.endpoint = endpoint;
                self.health = Health::Well;
                self.verification = Verification::Unasked;
            }
            Event::EventTypesChanged { event_types } => self.settings.event_types = event_types,
            Event::FilterChanged { filter } => self.settings.filter = filter,
            Event::HeadersChanged { headers } => self.settings.headers = headers,
            Event::FormatChanged { format } => self.settings.format = format,
            Event::VerificationChanged { verify_endpoint } => self.settings.verify_endpoint = verify_endpoint,
            Event::EndpointVerified { at, rate_per_minute } => {
                self.verification = Verification::Agreed { at, rate_per_minute };
            }
            Event::EndpointNotVerified { at, reason } => {
                self.verification = std::mem::take(&mut self.verification).refused(at, reason);
            }
            Event::RetryPolicyChanged { retry } => self.settings.retry = retry,
            Event::LimitsChanged { limits } => self.settings.limits = limits,
            Event::DescriptionChanged { description } => self.settings.description = description,
            Event::MetadataChanged { metadata } => self.settings.metadata = metadata,
            Event::SecretRotated { secret, at, previous_until } => {
                let previous = std::mem::replace(&mut self.secret, secret);
                self.old_secrets.insert(0, HeldSecret { secret: previous, until: previous_until });
                self.old_secrets.retain(|held| held.until > at);
            }
            Event::SecretRevoked { secret } => self.old_secrets.retain(|held| held.secret.id != secret),
            Event::Failing { since } => self.health = Health::Failing { since, warned: false },
            Event::DisableWarned { .. } => {
                if let Health::Failing { warned, .. } = &mut self.health {
                    *warned = true;
                }
            }
            Event::Recovered => self.health = Health::Well,
            Event::Activated => {
                self.status = Status::Active;
                self.health = Health::Well;
            }
            Event::Resumed => self.status = Status::Active,
            Event::Paused { reason } => self.status = Status::Paused(reason),
            Event::Disabled { reason } => self.status = Status::Disabled(reason),
            Event::Deleted => return Subscription::Deleted,
        }
        Subscription::Live(self)
    }
}

impl Subscription {
    /// The subscription, if it exists.
    pub const fn live(&self) -> Option<&Live> {
        match self {
            Self::Live(live) => Some(live),
            Self::Unborn | Self::Deleted => None,
        }
    }
}

impl Decider for Subscription {
    const KIND: StreamKind = StreamKind::Subscription;
    type Command = Command;
    type Event = Event;
    type Refusal = Refusal;

    fn decide(&self, command: Command) -> Result<Vec<Event>, Refusal> {
        match (self, command) {
            (Self::Unborn, Command::Create { settings, secret, active }) => {
                Ok(vec![Event::Created { settings, secret, active }])
            }
            (Self::Unborn, _) => Err(Refusal::NeverCreated),
            (Self::Deleted, Command::Delete) => Ok(vec![]),
            (Self::Deleted, _) => Err(Refusal::Deleted),
            (Self::Live(live), command) => live.decide(command),
        }
    }

    fn evolve(self, event: &Event) -> Self {
        match (self, event) {
            (Self::Unborn, Event::Created { settings, secret, active }) => {
                let status =
                    if *active { Status::Active } else { Status::Disabled(DisableReason::NotActivated) };
                let live = Live {
                    settings: (**settings).clone(),
                    status,
                    secret: secret.clone(),
                    old_secrets: Vec::new(),
                    health: Health::Well,
                    verification: Verification::Unasked,
                };
                Self::Live(Box::new(live))
            }
            (Self::Live(live), event) => live.evolve(event),
            (ended, _) => ended,
        }
    }

    fn from_fact(fact: Fact) -> Option<Event> {
        match fact {
            Fact::Subscription(event) => Some(event),
            _ => None,
        }
    }
}
