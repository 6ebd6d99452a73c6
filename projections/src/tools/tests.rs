use domain::bulk_action::Kind;

use super::*;
use crate::Page;
use crate::testing::{Backend, History, World, over_each, tenant};

async fn actions_are_listed_newest_first_with_how_far_they_came(backend: Backend) {
    let mut history = History::seeded(61);
    history.live(2_000).await;
    let world = World::of(backend, history.ledger()).await.catch_up(1_000).await;
    let tools = world.views.tools();
    let listed = tools.actions(tenant(0), Page::first(100)).await.unwrap().rows;
    assert!(listed.len() > 2 && listed.is_sorted_by(|one, other| one.id > other.id));
    for action in &listed {
        assert_eq!((action.order.kind, action.order.matched, action.version.0), (Kind::Retry, 7, 2));
        let looked_at = if action.state == ActionState::Cancelled { 0 } else { 3 };
        assert_eq!(action.looked_at, looked_at);
        assert_eq!(tools.action(tenant(0), action.id).await.unwrap().as_ref(), Some(action));
        assert_eq!(tools.action(tenant(1), action.id).await.unwrap(), None);
    }
    for state in [ActionState::Running, ActionState::Completed, ActionState::Cancelled] {
        let both = [tenant(0), tenant(1)];
        let mut found = false;
        for of in both {
            let rows = tools.actions(of, Page::first(100)).await.unwrap().rows;
            found |= rows.iter().any(|action| action.state == state);
        }
        assert!(found, "{state:?}");
    }
}

over_each!(actions_are_listed_newest_first_with_how_far_they_came);
