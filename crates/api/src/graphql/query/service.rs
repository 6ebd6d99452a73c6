//! Who asks, what the service is, and anything by its id.

use async_graphql::{Context, ID, Object, Result};

use crate::graphql::model::node::Node;
use crate::graphql::model::scalars::PositionText;
use crate::graphql::model::service::{Projection, Service};
use crate::graphql::model::viewer::Viewer;
use crate::graphql::scope::CtxExt;

#[derive(Default)]
pub(crate) struct ServiceQueries;

#[Object]
impl ServiceQueries {
    /// Who is asking, and what they may ask for.
    async fn viewer(&self) -> Viewer {
        Viewer
    }

    /// The service itself: its version, and how much it allows.
    async fn service(&self, ctx: &Context<'_>) -> Service {
        let state = ctx.scope().state();
        Service {
            version: env!("CARGO_PKG_VERSION"),
            head: state.ledger().head().into(),
            bounds: state.app().bounds().into(),
        }
    }

    /// How far the views have come that queries read.
    async fn projections(&self, ctx: &Context<'_>) -> Vec<Projection> {
        ctx.scope().views().progress().into_iter().map(Projection::from).collect()
    }

    /// Anything by its global id; none if there is nothing with it that the caller may see.
    async fn node(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The id.")] id: ID,
        #[graphql(desc = "Wait until the views have come to this position: what a mutation answered with.")]
        min_position: Option<PositionText>,
    ) -> Result<Option<Node>> {
        ctx.scope().reach_if(min_position).await?;
        Node::load(ctx.scope(), &id).await
    }
}
