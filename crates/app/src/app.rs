//! What the use cases work on.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use domain::{Caller, Clock, IdSource, Position};
use egress::{Origin, Transport, UrlPolicy};
use ledger::{Control, Ledger};
use rand::Rng;
use tokio_util::sync::CancellationToken;
use vault::Vault;

use crate::auth::{AuthError, Keyring, Sessions};
use crate::bounds::Bounds;
use crate::bulk::Running;
use crate::catalog::Catalog;
use crate::census::Census;
use crate::deliveries::DeliveryIndex;
use crate::error::Fault;
use crate::folds::Folds;
use crate::hold_back::Gate;
use crate::inboxes::{Desk, Expected};
use crate::playground::{Courier, Pace};

/// What an [`App`] is made of.
pub struct Parts {
    /// Where everything is recorded.
    pub ledger: Arc<dyn Ledger>,
    /// Where deliveries are found by what they are.
    pub deliveries: Arc<dyn DeliveryIndex>,
    /// Writes and carries test requests.
    pub courier: Arc<dyn Courier>,
    /// Seals secrets.
    pub vault: Arc<Vault>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// New ids.
    pub ids: Arc<dyn IdSource>,
    /// Chance for keys and secrets: cryptographic, except in tests.
    pub rng: Box<dyn Rng + Send>,
    /// Which URLs may be saved as an endpoint.
    pub url_policy: UrlPolicy,
    /// Asks endpoints for their consent, under the address policy.
    pub transport: Arc<dyn Transport>,
    /// What it calls itself then.
    pub origin: Origin,
    /// How much is allowed.
    pub bounds: Bounds,
}

/// The use cases. Cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Inner>);

struct Inner {
    ledger: Arc<dyn Ledger>,
    deliveries: Arc<dyn DeliveryIndex>,
    courier: Arc<dyn Courier>,
    desk: Desk,
    expected: Expected,
    pace: Pace,
    vault: Arc<Vault>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdSource>,
    rng: Mutex<Box<dyn Rng + Send>>,
    url_policy: UrlPolicy,
    transport: Arc<dyn Transport>,
    origin: Origin,
    /// As many permits as endpoints may be asked at once.
    asking: tokio::sync::Semaphore,
    bounds: Bounds,
    control: Control,
    folds: Folds,
    sessions: Sessions,
    /// Held while something is created whose number is bounded, so that the bound holds on this node.
    admitting: tokio::sync::Mutex<()>,
    /// Whose events are refused for now.
    gate: Gate,
}

impl App {
    /// Reads the control records up to the ledger's head; a bound that cannot be kept is refused.
    pub async fn open(parts: Parts) -> Result<Self, Fault> {
        parts.bounds.check()?;
        let folds = Folds::load(parts.ledger.clone()).await?;
        let control = Control::new(parts.ledger.clone(), parts.clock.clone(), parts.ids.clone());
        Ok(Self(Arc::new(Inner {
            ledger: parts.ledger,
            deliveries: parts.deliveries,
            courier: parts.courier,
            desk: Desk::default(),
            expected: Expected::default(),
            pace: Pace::default(),
            vault: parts.vault,
            clock: parts.clock,
            ids: parts.ids,
            rng: Mutex::new(parts.rng),
            url_policy: parts.url_policy,
            transport: parts.transport,
            origin: parts.origin,
            asking: tokio::sync::Semaphore::new(parts.bounds.verifications_at_once),
            bounds: parts.bounds,
            control,
            folds,
            sessions: Sessions::default(),
            admitting: tokio::sync::Mutex::new(()),
            gate: Gate::default(),
        })))
    }

    /// Keeps what is in memory up with the ledger until `stop`: run it beside whatever uses the app.
    ///
    /// Outages are waited for. An error means that a control record cannot be understood: serving on would mean to
    /// ignore a change, so whoever gets it should stop.
    pub async fn follow(&self, stop: CancellationToken) -> Result<(), Fault> {
        self.0.folds.follow(stop).await
    }

    /// Makes every control record up to `position` effective on this node. Use cases that change something do so
    /// themselves before they answer.
    pub async fn caught_up_to(&self, position: Position) -> Result<(), Fault> {
        self.0.folds.advance_to(position).await
    }

    /// Up to where control records are effective on this node.
    pub fn effective(&self) -> Position {
        self.0.folds.effective()
    }

    pub(crate) fn gate(&self) -> &Gate {
        &self.0.gate
    }

    /// Who holds the API key `token`. Without IO: a look-up, a hash and a comparison in constant time.
    pub fn authenticate(&self, token: &str) -> Result<Arc<Caller>, AuthError> {
        self.keyring().authenticate(token, self.clock().now())
    }

    /// What may be published.
    pub fn catalog(&self) -> &Catalog {
        &self.0.folds.catalog
    }

    /// How much is allowed.
    pub fn bounds(&self) -> &Bounds {
        &self.0.bounds
    }

    pub(crate) fn ledger(&self) -> &dyn Ledger {
        &*self.0.ledger
    }

    pub(crate) fn control(&self) -> &Control {
        &self.0.control
    }

    pub(crate) fn deliveries(&self) -> &dyn DeliveryIndex {
        &*self.0.deliveries
    }

    pub(crate) fn courier(&self) -> &dyn Courier {
        &*self.0.courier
    }

    pub(crate) fn desk(&self) -> &Desk {
        &self.0.desk
    }

    pub(crate) fn expected(&self) -> &Expected {
        &self.0.expected
    }

    pub(crate) fn pace(&self) -> &Pace {
        &self.0.pace
    }

    pub(crate) fn vault(&self) -> &Vault {
        &self.0.vault
    }

    pub(crate) fn clock(&self) -> &dyn Clock {
        &*self.0.clock
    }

    pub(crate) fn ids(&self) -> &dyn IdSource {
        &*self.0.ids
    }

    pub(crate) fn url_policy(&self) -> &UrlPolicy {
        &self.0.url_policy
    }

    pub(crate) fn transport(&self) -> &dyn Transport {
        &*self.0.transport
    }

    pub(crate) fn origin(&self) -> &Origin {
        &self.0.origin
    }

    pub(crate) fn asking(&self) -> &tokio::sync::Semaphore {
        &self.0.asking
    }

    pub(crate) fn keyring(&self) -> &Keyring {
        &self.0.folds.keyring
    }

    pub(crate) fn sessions(&self) -> &Sessions {
        &self.0.sessions
    }

    pub(crate) fn running(&self) -> &Running {
        &self.0.folds.running
    }

    pub(crate) fn census(&self) -> &Census {
        &self.0.folds.census
    }

    /// Draws chance.
    pub(crate) fn draw<T>(&self, from: impl FnOnce(&mut dyn Rng) -> T) -> T {
        from(&mut **self.0.rng.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Waits for the turn to create something whose number is bounded; hold it until the new one is counted.
    pub(crate) async fn admission(&self) -> tokio::sync::MutexGuard<'_, ()> {
        self.0.admitting.lock().await
    }
}

impl fmt::Debug for App {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("App").field("effective", &self.effective()).finish_non_exhaustive()
    }
}
