//! Who caused something.

use async_graphql::{Enum, ID, SimpleObject};

/// What kind of actor it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub(crate) enum ActorKind {
    /// Somebody with an API key.
    ApiKey,
    /// Somebody at the machine: the command line.
    Operator,
    /// The delivery engine.
    Engine,
    /// Hookledger itself.
    System,
}

/// Who caused something.
#[derive(Debug, Clone, SimpleObject)]
pub(crate) struct Actor {
    /// What kind of actor it was.
    kind: ActorKind,
    /// The id of the API key, if it was somebody with one.
    api_key_id: Option<ID>,
}

impl From<&domain::Actor> for Actor {
    fn from(actor: &domain::Actor) -> Self {
        let (kind, api_key_id) = match actor {
            domain::Actor::ApiKey { id } => (ActorKind::ApiKey, Some(id.into())),
            domain::Actor::Operator => (ActorKind::Operator, None),
            domain::Actor::Engine => (ActorKind::Engine, None),
            domain::Actor::System => (ActorKind::System, None),
        };
        Self { kind, api_key_id }
    }
}
