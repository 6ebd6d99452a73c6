//! Who may not publish for now, since too much waits already.
//!
//! Whoever watches the queue says so ([`App::hold_back`]); publishers are told when to come again. What is recorded stays
//! and is delivered, and everything but publishing goes on.

use std::collections::HashSet;
use std::sync::{PoisonError, RwLock};
use std::time::Duration;

use domain::TenantId;

use crate::app::App;
use crate::error::{Error, Refused};

/// When a publisher who was held back should come again.
const COME_AGAIN: Duration = Duration::from_secs(5);

/// Who is held back. By default nobody.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HoldBack {
    /// Everybody: as many deliveries wait as are allowed over all tenants.
    pub everyone: bool,
    /// Those for whom as many deliveries wait as a tenant may have waiting.
    pub tenants: HashSet<TenantId>,
}

#[derive(Debug, Default)]
pub(crate) struct Gate(RwLock<HoldBack>);

impl App {
    /// Refuses events of these from now on, instead of those it was told before.
    pub fn hold_back(&self, who: HoldBack) {
        *self.gate().0.write().unwrap_or_else(PoisonError::into_inner) = who;
    }

    /// Whether `tenant` may publish now.
    pub(crate) fn admit<R: Refused>(&self, tenant: TenantId) -> Result<(), Error<R>> {
        let held = self.gate().0.read().unwrap_or_else(PoisonError::into_inner);
        if held.everyone {
            Err(Error::Overloaded { why: "as many deliveries wait as are allowed", retry_after: COME_AGAIN })
        } else if held.tenants.contains(&tenant) {
            Err(Error::ShareTaken {
                why: "as many of your deliveries wait as one tenant may have waiting",
                retry_after: COME_AGAIN,
            })
        } else {
            Ok(())
        }
    }
}
