//! What can be asked of a subscription, and why the answer may be no.

use std::num::NonZeroU32;

use rules::Filter;

use super::{DisableReason, EventTypes, Format, NoConsent, Overlap, PauseReason, Settings, SigningSecret};
use crate::endpoint::{EndpointUrl, Headers};
use crate::id::SecretId;
use crate::policy::{Limits, RetryPolicy};
use crate::text::{Description, Labels};
use crate::time::Timestamp;

/// A wish concerning a subscription.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// Make it.
    Create {
        /// What the owner wishes.
        settings: Box<Settings>,
        /// What it signs with.
        secret: SigningSecret,
        /// Whether it delivers from the start.
        active: bool,
    },
    /// Change some of its settings; what is already so is not recorded again.
    Update {
        /// The changes, in order.
        changes: Vec<Change>,
    },
    /// Sign with a new secret.
    RotateSecret {
        /// The new one.
        secret: SigningSecret,
        /// How long the current one signs along.
        overlap: Overlap,
        /// The present instant.
        at: Timestamp,
    },
    /// Stop signing with an old secret before its time.
    RevokeSecret {
        /// Which; the current one cannot be revoked, only rotated.
        secret: SecretId,
        /// The present instant.
        at: Timestamp,
    },
    /// Deliver, after having been inactive.
    Activate,
    /// Hold deliveries back.
    Pause {
        /// Why.
        reason: PauseReason,
    },
    /// Deliver again.
    Resume,
    /// Remember what the endpoint answered when it was asked whether it agrees to deliveries.
    NoteVerification {
        /// Which endpoint was asked.
        endpoint: EndpointUrl,
        /// When.
        at: Timestamp,
        /// The requests a minute that it allows (as many as may be if `None`), or why it did not agree.
        answer: Result<Option<NonZeroU32>, NoConsent>,
    },
    /// Remember that attempts keep failing.
    NoteFailing {
        /// Since when none succeeded.
        since: Timestamp,
    },
    /// Warn its owner that it will be disabled.
    WarnOfDisable {
        /// When that will be.
        disable_at: Timestamp,
    },
    /// Remember that attempts succeed again.
    NoteRecovered,
    /// Take no more events.
    Disable {
        /// Why.
        reason: DisableReason,
    },
    /// Remove it, and cancel what waits.
    Delete,
}

/// One change of the settings.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// Deliver elsewhere.
    Endpoint(EndpointUrl),
    /// Want other types.
    EventTypes(EventTypes),
    /// Want other events of those types; all if `None`.
    Filter(Option<Filter>),
    /// Add other headers.
    Headers(Headers),
    /// Send in another form.
    Format(Format),
    /// Wait for the endpoint's consent, or do not.
    VerifyEndpoint(bool),
    /// Retry at other times.
    Retry(RetryPolicy),
    /// Press the endpoint harder or less hard.
    Limits(Limits),
    /// Describe it anew.
    Description(Description),
    /// Label it anew.
    Metadata(Labels),
}

/// Why a command was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// There is no such subscription.
    #[error("the subscription does not exist")]
    NeverCreated,
    /// The id is taken.
    #[error("the subscription already exists")]
    AlreadyCreated,
    /// It was deleted, which is final.
    #[error("the subscription was deleted")]
    Deleted,
    /// It can be activated, but not paused or resumed.
    #[error("the subscription is disabled; activate it first")]
    Disabled,
    /// It is paused, which resuming ends.
    #[error("the subscription is paused; resume it instead")]
    Paused,
    /// The endpoint was changed while it was asked.
    #[error("the endpoint was changed while it was asked; ask the new one")]
    EndpointChanged,
    /// So many old secrets are still good that another would exceed the bound.
    #[error("{max} old secrets still sign along; revoke one, or wait until one expires")]
    TooManySecrets {
        /// The bound.
        max: usize,
    },
    /// The current secret cannot be revoked.
    #[error("the current secret cannot be revoked; rotate it with an overlap of 0 instead")]
    CurrentSecret,
    /// No old secret has this id, or it has expired.
    #[error("no old secret that still signs has this id")]
    UnknownSecret,
}
