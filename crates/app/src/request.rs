//! Who asks, and as part of what.

use std::sync::Arc;

use domain::{Actor, Caller, Metadata, Scope, TenantId};

use crate::error::{Error, Refused};

/// An authenticated call: every use case takes one first. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Request {
    caller: Arc<Caller>,
    correlation: Option<Correlation>,
    trace: Option<TraceParent>,
}

impl Request {
    /// A call by `caller`, part of nothing larger.
    pub fn new(caller: impl Into<Arc<Caller>>) -> Self {
        Self { caller: caller.into(), correlation: None, trace: None }
    }

    /// Somebody at the machine, acting for `tenant`: may do everything.
    pub fn operator(tenant: TenantId) -> Self {
        Self::new(Caller { tenant, actor: Actor::Operator, scopes: Scope::ALL.to_vec() })
    }

    /// What goes on in the name of whoever asked for it, by what is recorded of their call.
    pub(crate) fn continued(tenant: TenantId, metadata: Metadata) -> Self {
        let Metadata { actor, correlation, causation: _, trace } = metadata;
        Self {
            caller: Arc::new(Caller { tenant, actor, scopes: vec![Scope::Manage] }),
            correlation: correlation.map(Correlation),
            trace: trace.map(TraceParent),
        }
    }

    /// The same call as part of a larger whole.
    #[must_use]
    pub fn correlated(self, correlation: Option<Correlation>) -> Self {
        Self { correlation, ..self }
    }

    /// The same call inside a trace.
    #[must_use]
    pub fn traced(self, trace: Option<TraceParent>) -> Self {
        Self { trace, ..self }
    }

    /// Who asks.
    pub fn caller(&self) -> &Caller {
        &self.caller
    }

    /// The tenant whose data the call may touch.
    pub fn tenant(&self) -> TenantId {
        self.caller.tenant
    }

    /// Refuses a call without this scope.
    pub(crate) fn need<R: Refused>(&self, needed: Scope) -> Result<(), Error<R>> {
        if self.caller.may(needed) { Ok(()) } else { Err(Error::Forbidden { needed }) }
    }

    /// What records say of their origin.
    pub(crate) fn metadata(&self) -> Metadata {
        Metadata {
            actor: self.caller.actor.clone(),
            correlation: self.correlation.as_ref().map(|correlation| correlation.0.clone()),
            causation: None,
            trace: self.trace.as_ref().map(|trace| trace.0.clone()),
        }
    }
}

/// What the caller calls the whole of which a call is a part: 1 to 128 visible ASCII characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Correlation(String);

/// Why a text is not a correlation id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a correlation id must be 1 to {max} visible ASCII characters without spaces", max = Correlation::CHARS_MAX)]
pub struct CorrelationError;

impl Correlation {
    /// The most characters.
    pub const CHARS_MAX: usize = 128;

    /// Checks what a caller gave.
    pub fn new(text: &str) -> Result<Self, CorrelationError> {
        let good =
            (1..=Self::CHARS_MAX).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
        if good { Ok(Self(text.to_owned())) } else { Err(CorrelationError) }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The trace that a call happens in: a W3C `traceparent` of version 00.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TraceParent(String);

impl TraceParent {
    /// Reads the header of that name. What is not one is ignored, as the recommendation asks for.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('-');
        let mut hex = |length: usize| {
            let part = parts.next()?;
            let good =
                part.len() == length && part.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
            good.then_some(part)
        };
        let (version, trace, span, _flags) = (hex(2)?, hex(32)?, hex(16)?, hex(2)?);
        let empty = |id: &str| id.bytes().all(|byte| byte == b'0');
        (version == "00" && !empty(trace) && !empty(span) && parts.next().is_none())
            .then(|| Self(text.to_owned()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trace_parent_is_read_or_ignored() {
        let good = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        assert_eq!(TraceParent::parse(good).unwrap().as_str(), good);
        let bad = [
            "",
            "00",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-x",
            "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
            "00-00000000000000000000000000000000-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
            "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        ];
        for text in bad {
            assert_eq!(TraceParent::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_correlation_id_is_bounded_and_visible() {
        assert_eq!(Correlation::new("run-7").unwrap().as_str(), "run-7");
        for text in ["", "a b", "a\n", "é", &"x".repeat(129)] {
            assert_eq!(Correlation::new(text), Err(CorrelationError), "{text:?}");
        }
    }
}
