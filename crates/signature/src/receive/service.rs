//! The way of one request: envelope, body, claim, handler, and what becomes of the claim.

use std::{
    error::Error,
    fmt,
    future::Future,
    mem,
    pin::{Pin, pin},
    sync::Arc,
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{Request, Response, request};
use http_body_util::{BodyExt, Either, Full, LengthLimitError, Limited};
use tower::Service;

use super::{
    OnRepeat,
    answer::{Refusal, acknowledged},
    layer::Settings,
};
use crate::{
    ReplayGuard, UnixSeconds, Verified,
    replay::{Claim, Ticket},
};

/// Among the extensions of a request whose message was handled before; see [`OnRepeat::HandOn`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Repeated;

/// The service that [`VerifyLayer`](super::VerifyLayer) makes.
pub struct VerifyService<S, G> {
    inner: S,
    settings: Settings<G>,
}

impl<S, G> VerifyService<S, G> {
    pub(super) fn new(inner: S, settings: Settings<G>) -> Self {
        Self { inner, settings }
    }
}

impl<S: Clone, G> Clone for VerifyService<S, G> {
    fn clone(&self) -> Self {
        Self { inner: self.inner.clone(), settings: self.settings.clone() }
    }
}

impl<S: fmt::Debug, G> fmt::Debug for VerifyService<S, G> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerifyService").field("inner", &self.inner).finish_non_exhaustive()
    }
}

impl<S, G, B, R> Service<Request<B>> for VerifyService<S, G>
where
    S: Service<Request<Full<Bytes>>, Response = Response<R>> + Clone + Send + 'static,
    S::Future: Send,
    S::Error: Send,
    G: ReplayGuard,
    B: BodyExt<Data = Bytes> + Send + 'static,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
    R: Send,
{
    type Response = Response<Either<R, Full<Bytes>>>;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, S::Error>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let settings = self.settings.clone();
        // The one that was polled ready must be the one that is called.
        let spare = self.inner.clone();
        let inner = mem::replace(&mut self.inner, spare);
        Box::pin(async move {
            let (parts, body) = request.into_parts();
            match admit(&settings, parts, body).await {
                Ok(Admitted::New { request, claimed, remember_until }) => {
                    let handled = handle(inner, request, claimed, || remember_until.of(&settings)).await;
                    handled.map(|response| response.map(Either::Left))
                }
                Ok(Admitted::Repeat(request)) => repeat(inner, request, settings.on_repeat).await,
                Err(refusal) => Ok(refusal.into_response().map(Either::Right)),
            }
        })
    }
}

/// A request whose message is genuine.
enum Admitted<G: ReplayGuard> {
    New { request: Request<Full<Bytes>>, claimed: Claimed<G>, remember_until: RememberUntil },
    Repeat(Request<Full<Bytes>>),
}

async fn admit<G, B>(settings: &Settings<G>, parts: request::Parts, body: B) -> Result<Admitted<G>, Refusal>
where
    G: ReplayGuard,
    B: BodyExt<Data = Bytes>,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    let mut body = pin!(body);
    let now = (settings.clock)();
    let bytes_max = settings.body_bytes_max;
    let envelope = match settings.verifier.open(&parts.headers, now) {
        Ok(envelope) => envelope,
        Err(rejection) => {
            discard(body, bytes_max).await;
            return Err(rejection.into());
        }
    };
    let bytes = match read(body.as_mut(), bytes_max).await {
        Err(refusal @ Refusal::BodyTooLong { .. }) => {
            discard(body, bytes_max).await;
            return Err(refusal);
        }
        read => read?,
    };
    let verified = envelope.verify(&bytes)?;
    claim(settings, Request::from_parts(parts, Full::new(bytes)), verified, now).await
}

async fn read<B>(body: Pin<&mut B>, bytes_max: usize) -> Result<Bytes, Refusal>
where
    B: BodyExt<Data = Bytes>,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    let announced = body.size_hint().lower();
    if usize::try_from(announced).is_ok_and(|bytes| bytes <= bytes_max) {
        match Limited::new(body, bytes_max).collect().await {
            Ok(collected) => return Ok(collected.to_bytes()),
            Err(error) if !error.is::<LengthLimitError>() => return Err(Refusal::BodyBroken),
            Err(_) => {}
        }
    }
    Err(Refusal::BodyTooLong { bytes_max })
}

/// Reads on past a refusal and keeps nothing, for at most `bytes_max` bytes.
///
/// Many senders write all of a body before they look for an answer; a connection that is closed on them while
/// they write shows them a reset instead of the reason.
async fn discard<B: BodyExt<Data = Bytes>>(mut body: Pin<&mut B>, bytes_max: usize) {
    let mut discarded = 0;
    while discarded < bytes_max && !body.is_end_stream() {
        let Some(Ok(frame)) = body.frame().await else { return };
        discarded += frame.data_ref().map_or(0, Bytes::len);
    }
}

/// Takes the message for this request, unless it was or is being handled.
async fn claim<G: ReplayGuard>(
    settings: &Settings<G>,
    mut request: Request<Full<Bytes>>,
    verified: Verified,
    now: UnixSeconds,
) -> Result<Admitted<G>, Refusal> {
    let claim = settings.guard.claim(&verified.id, now).await.map_err(|_| Refusal::MemoryUnavailable)?;
    let remember_until = RememberUntil { sent: verified.timestamp };
    request.extensions_mut().insert(verified);
    // The mark is ours to make: one from outside must not survive.
    request.extensions_mut().remove::<Repeated>();
    match claim {
        Claim::Granted(ticket) => {
            let claimed = Claimed { guard: Arc::clone(&settings.guard), ticket: Some(ticket) };
            Ok(Admitted::New { request, claimed, remember_until })
        }
        Claim::Completed => Ok(Admitted::Repeat(request)),
        Claim::InProgress => Err(Refusal::InProgress),
        Claim::Full => Err(Refusal::MemoryFull),
    }
}

async fn handle<S, G, R>(
    mut inner: S,
    request: Request<Full<Bytes>>,
    claimed: Claimed<G>,
    remember_until: impl FnOnce() -> UnixSeconds,
) -> Result<Response<R>, S::Error>
where
    S: Service<Request<Full<Bytes>>, Response = Response<R>>,
    G: ReplayGuard,
{
    let outcome = inner.call(request).await;
    if outcome.as_ref().is_ok_and(|response| response.status().is_success()) {
        claimed.commit(remember_until()).await;
    } else {
        claimed.release().await;
    }
    outcome
}

async fn repeat<S, R>(
    mut inner: S,
    mut request: Request<Full<Bytes>>,
    on_repeat: OnRepeat,
) -> Result<Response<Either<R, Full<Bytes>>>, S::Error>
where
    S: Service<Request<Full<Bytes>>, Response = Response<R>>,
{
    match on_repeat {
        OnRepeat::Acknowledge => Ok(acknowledged().map(Either::Right)),
        OnRepeat::Refuse => Ok(Refusal::Replayed.into_response().map(Either::Right)),
        OnRepeat::HandOn => {
            request.extensions_mut().insert(Repeated);
            Ok(inner.call(request).await?.map(Either::Left))
        }
    }
}

/// When a message may be forgotten, which is known only once it has been handled.
struct RememberUntil {
    sent: UnixSeconds,
}

impl RememberUntil {
    fn of<G>(&self, settings: &Settings<G>) -> UnixSeconds {
        let acceptable_until = self.sent.saturating_add(settings.verifier.tolerance());
        acceptable_until.max((settings.clock)().saturating_add(settings.remember_for))
    }
}

/// A claim that is given back unless it is settled, however the handling ends.
struct Claimed<G: ReplayGuard> {
    guard: Arc<G>,
    ticket: Option<Ticket>,
}

impl<G: ReplayGuard> Claimed<G> {
    /// A memory that fails here has no say any more: the message was handled, and the sender must know.
    async fn commit(mut self, until: UnixSeconds) {
        if let Some(ticket) = self.ticket.take() {
            let _ = self.guard.commit(ticket, until).await;
        }
    }

    /// A memory that fails here leaves the id to its lease.
    async fn release(mut self) {
        if let Some(ticket) = self.ticket.take() {
            let _ = self.guard.release(ticket).await;
        }
    }
}

impl<G: ReplayGuard> Drop for Claimed<G> {
    fn drop(&mut self) {
        if let Some(ticket) = self.ticket.take() {
            self.guard.abandon(ticket);
        }
    }
}
