//! What a row shows.

use super::*;

async fn what_belongs_to_another_tenant_is_as_if_it_were_not_there(backend: Backend) {
    let mut history = History::seeded(1);
    let id = history.subscribe(tenant(0), &["*"]).await;
    let delivery = history.deliver(tenant(0), "test.passed").await[0];
    let world = World::of(backend, history.ledger()).await.catch_up(1_000).await;
    let status = world.views.status();
    let row = status.delivery(tenant(0), delivery).await.unwrap().unwrap();
    assert_eq!(status.delivery(tenant(1), delivery).await.unwrap(), None);
    assert_eq!(status.event(tenant(1), row.event).await.unwrap(), None);
    assert_eq!(status.subscription(tenant(1), id).await.unwrap(), None);
    let of_event = DeliveryFilter { event: Some(row.event), ..DeliveryFilter::default() };
    let of_subscription = DeliveryFilter { subscription: Some(id), ..DeliveryFilter::default() };
    for filter in [of_event, of_subscription, DeliveryFilter::default()] {
        assert_eq!(all_deliveries(&status, tenant(0), &filter, 5).await.len(), 1);
        assert_eq!(all_deliveries(&status, tenant(1), &filter, 5).await, []);
    }
}

async fn a_delivery_shows_what_became_of_its_attempts(backend: Backend) {
    let mut history = History::seeded(1);
    let id = history.subscribe(tenant(0), &["*"]).await;
    let delivery = history.publish(tenant(0), "test.passed").await[0];
    let world = World::of(backend, history.ledger()).await.catch_up(1_000).await;
    let shown =
        async |world: &World| world.views.status().delivery(tenant(0), delivery).await.unwrap().unwrap();
    let waiting = shown(&world).await;
    assert_eq!((waiting.state, waiting.attempts, waiting.version.0), (DeliveryState::Waiting, 0, 0));
    assert_eq!(waiting.next_attempt_at, Some(waiting.created_at));

    let refused = Answer::Failure { class: "connect_refused".into(), message: "refused".into() };
    history.attempt(delivery, refused).await;
    let world = world.catch_up(1_000).await;
    let retrying = shown(&world).await;
    assert_eq!((retrying.state, retrying.attempts, retrying.version.0), (DeliveryState::Retrying, 1, 2));
    assert_eq!((retrying.last_status, retrying.last_error_class.as_deref()), (None, Some("connect_refused")));
    assert!(retrying.next_attempt_at > Some(retrying.created_at));

    let gone = Answer::Response { status: 410, headers: vec![], body: String::new(), truncated: false };
    history.attempt(delivery, gone).await;
    let world = world.catch_up(1_000).await;
    let dead = shown(&world).await;
    assert_eq!((dead.state, dead.attempts, dead.last_status), (DeliveryState::DeadLettered, 2, Some(410)));
    assert_eq!(
        dead.dead_letter_reason.map(domain::delivery::DeadLetterReason::as_str),
        Some("endpoint_gone")
    );
    assert_eq!((dead.last_error_class, dead.next_attempt_at), (None, None));

    let subscription = world.views.status().subscription(tenant(0), id).await.unwrap().unwrap();
    assert_eq!((subscription.delivered, subscription.failed_attempts, subscription.dead_letters), (0, 2, 1));
    assert_eq!(subscription.last_attempt.unwrap().status, Some(410));

    history.retry(delivery).await;
    let world = world.catch_up(1_000).await;
    let again = shown(&world).await;
    assert_eq!((again.state, again.dead_letter_reason), (DeliveryState::Retrying, None));
}

async fn deleting_a_subscription_cancels_what_waits_and_nothing_else(backend: Backend) {
    let mut history = History::seeded(1);
    let id = history.subscribe(tenant(0), &["*"]).await;
    let other = history.subscribe(tenant(0), &["*"]).await;
    history.deliver(tenant(0), "test.passed").await;
    let late = history.publish(tenant(0), "test.failed").await;
    history.change(id, Command::Delete).await;
    // A request that was under way is recorded, and changes nothing else.
    let of_deleted =
        late.iter().find(|delivery| **delivery == DeliveryId::of(event_id_of(&history, &late), at(), id));
    let failure = Answer::Failure { class: "timeout".into(), message: "late".into() };
    history.attempt(*of_deleted.unwrap(), failure).await;
    let world = World::of(backend, history.ledger()).await.catch_up(1_000).await;
    let states = async |subscription| {
        let filter = DeliveryFilter { subscription: Some(subscription), ..DeliveryFilter::default() };
        let rows = all_deliveries(&world.views.status(), tenant(0), &filter, 10).await;
        let mut states: Vec<_> =
            rows.iter().map(|row| (row.event_type.as_str().to_owned(), row.state)).collect();
        states.sort();
        states
    };
    let (failed, passed) = ("test.failed".to_owned(), "test.passed".to_owned());
    assert_eq!(
        states(id).await,
        [(failed.clone(), DeliveryState::Cancelled), (passed.clone(), DeliveryState::Delivered)]
    );
    assert_eq!(states(other).await, [(failed, DeliveryState::Waiting), (passed, DeliveryState::Delivered)]);
    let shown = world.views.status().subscription(tenant(0), id).await.unwrap().unwrap();
    assert_eq!(shown.state, SubscriptionState::Deleted);
    let listed =
        world.views.status().subscriptions(tenant(0), SubscriptionFilter::default(), Page::first(9)).await;
    assert_eq!(listed.unwrap().rows.iter().map(|row| row.id).collect::<Vec<_>>(), [other]);
}

fn at() -> Timestamp {
    Timestamp::from_seconds(1_790_000_000)
}

fn event_id_of(history: &History, deliveries: &[DeliveryId]) -> domain::EventId {
    history.event_of(deliveries[0])
}

async fn a_subscription_shows_its_settings_and_no_secret(backend: Backend) {
    let mut history = History::seeded(1);
    let id = history.subscribe(tenant(0), &["benchmark.*"]).await;
    let overlap = domain::subscription::Overlap::from_seconds(60).unwrap();
    let rotate = Command::RotateSecret { secret: domain::testing::secret(9), overlap, at: at() };
    history.change(id, rotate).await;
    let world = World::of(backend, history.ledger()).await.catch_up(1_000).await;
    let shown = world.views.status().subscription(tenant(0), id).await.unwrap().unwrap();
    assert_eq!((shown.version.0, shown.state), (2, SubscriptionState::Active));
    let until: Vec<_> = shown.secrets.iter().map(|secret| secret.until).collect();
    assert_eq!(until, [None, Some(at().after(Duration::from_mins(1)))]);
    let stored = format!("{:?}", world.dump().await["status_subscription"]);
    let sealed = domain::testing::secret(9).sealed;
    assert!(stored.contains("hooks-1.example") && !stored.contains(&sealed.ciphertext), "{stored}");
}

async fn tenants_keys_and_types_are_listed(backend: Backend) {
    let world = lived(backend, 13, 900).await;
    let status = world.views.status();
    let keys = status.api_keys(tenant(0), Page::first(LIMIT_MAX)).await.unwrap().rows;
    assert!(keys.len() > 2 && keys.is_sorted_by(|one, two| one.id > two.id));
    assert!(
        keys.iter().any(|key| key.revoked_at.is_some()) && keys.iter().any(|key| key.revoked_at.is_none())
    );
    let types = status.event_types(tenant(0), None, 100).await.unwrap();
    assert!(types.len() > 2 && types.is_sorted_by(|one, two| one.name < two.name));
    let rest = status.event_types(tenant(0), Some(types[0].name.clone()), 100).await.unwrap();
    assert_eq!(rest, types[1..]);
    let tenants = status.tenants(Page::first(10)).await.unwrap().rows;
    assert_eq!(tenants.iter().map(|row| row.id).collect::<Vec<_>>(), [tenant(1), tenant(0)]);
    assert_eq!(status.tenant(tenant(1)).await.unwrap().as_ref(), Some(&tenants[0]));
    assert_eq!(status.events_by_id(tenant(0), vec![event_id(u64::MAX)]).await.unwrap(), []);
    assert_eq!(status.subscription(tenant(0), subscription_id(u64::MAX)).await.unwrap(), None);
}

async fn a_closed_view_refuses(backend: Backend) {
    let world = lived(backend, 14, 10).await;
    world.views.close().await;
    let refused = world.views.status().tenant(tenant(0)).await;
    assert!(matches!(refused, Err(ReadError::Closed)));
    assert!(world.positions().iter().all(|position| *position > Position::START));
}

over_each!(
    what_belongs_to_another_tenant_is_as_if_it_were_not_there,
    a_delivery_shows_what_became_of_its_attempts,
    deleting_a_subscription_cancels_what_waits_and_nothing_else,
    a_subscription_shows_its_settings_and_no_secret,
    tenants_keys_and_types_are_listed,
    a_closed_view_refuses,
);
