//! How a receiver is set up.

use std::{fmt, sync::Arc, time::Duration};

use tower::Layer;

use super::VerifyService;
use crate::{ReplayGuard, TOLERANCE_DEFAULT, UnixSeconds, Verifier, replay::Forgetful, system_clock};

/// The longest body that is read unless set otherwise, in bytes.
pub const BODY_BYTES_MAX_DEFAULT: usize = 1024 * 1024;

/// Lets only verified messages through to the service that it wraps.
///
/// See [the module](super) for what it answers to the others.
pub struct VerifyLayer<G = Forgetful> {
    settings: Settings<G>,
}

/// What to do with a message that was handled before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OnRepeat {
    /// Answer 204 without handling it again, which ends the sender's retries.
    #[default]
    Acknowledge,
    /// Answer 409. A sender takes that for a failure, so use it where every repeat is suspicious.
    Refuse,
    /// Let the handler decide: the request carries [`Repeated`](super::Repeated) among its extensions.
    HandOn,
}

impl VerifyLayer {
    /// Judges by `verifier`, reads bodies of up to [`BODY_BYTES_MAX_DEFAULT`], goes by the machine's clock, and
    /// remembers nothing.
    pub fn new(verifier: Verifier) -> Self {
        Self {
            settings: Settings {
                verifier: Arc::new(verifier),
                guard: Arc::new(Forgetful),
                clock: Arc::new(system_clock),
                body_bytes_max: BODY_BYTES_MAX_DEFAULT,
                remember_for: TOLERANCE_DEFAULT,
                on_repeat: OnRepeat::default(),
            },
        }
    }
}

impl<G: ReplayGuard> VerifyLayer<G> {
    /// Sets the longest body that is read, in bytes; a longer one is answered 413.
    #[must_use]
    pub fn body_bytes_max(mut self, bytes: usize) -> Self {
        self.settings.body_bytes_max = bytes;
        self
    }

    /// Remembers handled messages with `guard`. Layers that share a guard share what it knows.
    #[must_use]
    pub fn remember_with<H: ReplayGuard>(self, guard: impl Into<Arc<H>>) -> VerifyLayer<H> {
        let Settings { verifier, guard: _, clock, body_bytes_max, remember_for, on_repeat } = self.settings;
        let guard = guard.into();
        VerifyLayer { settings: Settings { verifier, guard, clock, body_bytes_max, remember_for, on_repeat } }
    }

    /// Sets how long a handled message is remembered at the least: 5 minutes unless set.
    ///
    /// It is always remembered for as long as the very same request would be accepted. More than that serves
    /// against retries whose first attempt was handled although the sender never learned of it; choose the
    /// span of the sender's retries, and a memory that can hold as much.
    #[must_use]
    pub fn remember_for(mut self, duration: Duration) -> Self {
        self.settings.remember_for = duration;
        self
    }

    /// Sets what to do with a message that was handled before.
    #[must_use]
    pub fn on_repeat(mut self, on_repeat: OnRepeat) -> Self {
        self.settings.on_repeat = on_repeat;
        self
    }

    /// Goes by another clock than the machine's.
    #[must_use]
    pub fn clock(mut self, clock: impl Fn() -> UnixSeconds + Send + Sync + 'static) -> Self {
        self.settings.clock = Arc::new(clock);
        self
    }
}

impl<S, G> Layer<S> for VerifyLayer<G> {
    type Service = VerifyService<S, G>;

    fn layer(&self, inner: S) -> Self::Service {
        VerifyService::new(inner, self.settings.clone())
    }
}

impl<G> Clone for VerifyLayer<G> {
    fn clone(&self) -> Self {
        Self { settings: self.settings.clone() }
    }
}

impl<G> fmt::Debug for VerifyLayer<G> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerifyLayer")
            .field("verifier", &self.settings.verifier)
            .field("body_bytes_max", &self.settings.body_bytes_max)
            .field("remember_for", &self.settings.remember_for)
            .field("on_repeat", &self.settings.on_repeat)
            .finish_non_exhaustive()
    }
}

/// What the layer and its services share.
pub(super) struct Settings<G> {
    pub(super) verifier: Arc<Verifier>,
    pub(super) guard: Arc<G>,
    pub(super) clock: Arc<dyn Fn() -> UnixSeconds + Send + Sync>,
    pub(super) body_bytes_max: usize,
    pub(super) remember_for: Duration,
    pub(super) on_repeat: OnRepeat,
}

// Derived, it would ask the guard to be `Clone`, which the `Arc` makes needless.
impl<G> Clone for Settings<G> {
    fn clone(&self) -> Self {
        Self {
            verifier: Arc::clone(&self.verifier),
            guard: Arc::clone(&self.guard),
            clock: Arc::clone(&self.clock),
            body_bytes_max: self.body_bytes_max,
            remember_for: self.remember_for,
            on_repeat: self.on_repeat,
        }
    }
}
