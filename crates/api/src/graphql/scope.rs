//! One request: who asks, what its resolvers may reach, and how much it has taken.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use app::App;
use async_graphql::dataloader::DataLoader;
use async_graphql::{Context, Error, Result};
use domain::{Position, TenantId, Timestamp};
use projections::{ReadError, Views};
use tokio::time::{Instant, timeout};

use super::errors::{fault, field_error};
use super::loaders::Source;
use crate::middleware::CallContext;
use crate::state::ApiState;

/// How long this node may take to hear of what another one has recorded.
const ELSEWHERE_MAX: Duration = Duration::from_secs(2);

/// One request, or one operation of a socket.
pub(crate) struct Scope {
    state: ApiState,
    request: app::Request,
    call: CallContext,
    loaders: DataLoader<Source>,
    /// Bytes of events and responses that were loaded for it.
    loaded: AtomicUsize,
}

impl Scope {
    /// Of whoever makes `request`.
    pub(crate) fn new(state: ApiState, request: app::Request, call: CallContext) -> Self {
        let source = Source::new(state.clone(), request.clone(), call.request_id.clone());
        // What is asked for in one go is loaded in one go; nothing is kept, so that a mutation's own answer is fresh.
        let loaders = DataLoader::new(source, tokio::spawn).delay(Duration::ZERO);
        Self { state, request, call, loaders, loaded: AtomicUsize::new(0) }
    }

    pub(crate) fn state(&self) -> &ApiState {
        &self.state
    }

    pub(crate) fn app(&self) -> &App {
        self.state.app()
    }

    pub(crate) fn views(&self) -> &Views {
        self.state.views()
    }

    /// Who asks, and as part of what.
    pub(crate) const fn request(&self) -> &app::Request {
        &self.request
    }

    /// The tenant whose data the request may touch.
    pub(crate) fn tenant(&self) -> TenantId {
        self.request.tenant()
    }

    /// What the request is called in logs.
    pub(crate) fn request_id(&self) -> &str {
        &self.call.request_id
    }

    /// Loads things by their ids, many at once.
    pub(crate) const fn loaders(&self) -> &DataLoader<Source> {
        &self.loaders
    }

    /// The present instant.
    pub(crate) fn now(&self) -> Timestamp {
        self.state.clock().now()
    }

    /// Refuses callers without the scope.
    pub(crate) fn need(&self, needed: domain::Scope) -> Result<()> {
        if self.request.caller().may(needed) {
            return Ok(());
        }
        Err(field_error("FORBIDDEN", format!("this needs the scope \"{}\"", needed.as_str())))
    }

    /// Waits until the views have come to `position`.
    pub(crate) async fn reach(&self, position: Position) -> Result<()> {
        if position > self.state.ledger().head() {
            // Another node may have recorded it a moment ago.
            let mut head = self.state.ledger().watch();
            let _ = timeout(ELSEWHERE_MAX, head.wait_for(|head| *head >= position)).await;
        }
        if position > self.state.ledger().head() {
            return Err(field_error(
                "BAD_USER_INPUT",
                format!("nothing is recorded at position {position} yet"),
            ));
        }
        let deadline = Instant::now() + self.state.config().view_wait_max;
        self.views()
            .wait_for(position, deadline)
            .await
            .map_err(|lagging| field_error("VIEW_BEHIND", lagging.to_string()))
    }

    /// [`Scope::reach`], if the caller asked for it.
    pub(crate) async fn reach_if(&self, position: Option<super::model::scalars::PositionText>) -> Result<()> {
        match position {
            Some(position) => self.reach(position.0).await,
            None => Ok(()),
        }
    }

    /// Counts what is loaded, and refuses more than the bound.
    pub(crate) fn charge(&self, bytes: usize) -> Result<()> {
        let max = self.state.config().graphql.loaded_bytes_max;
        let before = self.loaded.fetch_add(bytes, Ordering::Relaxed);
        if before.saturating_add(bytes) <= max {
            return Ok(());
        }
        Err(field_error(
            "RESPONSE_TOO_LARGE",
            format!("the request loads more than {max} bytes of content; ask for fewer entries at once"),
        ))
    }

    /// One more result of a live feed begins: it has a budget of its own.
    pub(crate) fn begin_item(&self) {
        self.loaded.store(0, Ordering::Relaxed);
    }

    /// What a failed query of the views is told as.
    pub(crate) fn read_error(&self, error: &ReadError) -> Error {
        read_error(error, self.request_id())
    }
}

/// What a failed query of the views is told as.
pub(crate) fn read_error(error: &ReadError, request_id: &str) -> Error {
    match error {
        ReadError::Busy => field_error("OVERLOADED", error.to_string()),
        ReadError::TooSlow { .. } => field_error("QUERY_TOO_SLOW", error.to_string()),
        ReadError::Building { .. } => field_error("VIEW_BUILDING", error.to_string()),
        ReadError::Damaged(_) => fault(error, false, request_id),
        ReadError::Closed | ReadError::Unavailable(_) => fault(error, true, request_id),
    }
}

/// The scope of the request that is being resolved.
pub(crate) trait CtxExt<'a> {
    /// The scope of the request that is being resolved.
    fn scope(&self) -> &'a Scope;
}

impl<'a> CtxExt<'a> for Context<'a> {
    fn scope(&self) -> &'a Scope {
        self.data_unchecked::<std::sync::Arc<Scope>>()
    }
}
