//! Reading: everything as it was written, in order, in pages, filtered.

use domain::{
    Actor, Fact, Metadata, Name, Position, RecordId, Sequence, StreamId, StreamKind, TenantId, Timestamp,
    tenant,
};
use uuid::Uuid;

use super::Subject;
use super::samples::{appended, event, everything, origin, places, record, singly};
use crate::filter::{Filter, Kinds};
use crate::new_record::{NewRecord, Origin};
use crate::store::bounds;

/// Read what was just written, and read it again after reopening.
const FROM_MEMORY_THEN_DISK: [&str; 2] = ["memory", "disk"];

/// Every column comes back, whatever extremes it holds.
pub async fn everything_about_a_record_is_kept(subject: &dyn Subject) {
    let mut ledger = subject.open().await;
    let origin = Origin {
        tenant: TenantId::from_uuid(Uuid::max()),
        metadata: r#"{"actor":{"kind":"operator"},"trace":"00-1-2-00"}"#.into(),
        recorded_at: Timestamp::MAX,
    };
    let stream = StreamId { kind: StreamKind::Subscription, uuid: Uuid::max() };
    let kind = || ("subscription.paused".into(), u16::MAX);
    let new = NewRecord::raw(RecordId::from_uuid(Uuid::max()), stream, Sequence(1), kind(), "{}", &origin);
    let position = appended(&ledger, [new]).await.first;
    for _ in FROM_MEMORY_THEN_DISK {
        let record = ledger.read_one(position).await.expect("the store is well").expect("it is there");
        assert_eq!((record.position, record.id), (position, RecordId::from_uuid(Uuid::max())));
        assert_eq!((record.stream, record.sequence), (stream, Sequence(1)));
        assert_eq!((record.record_type.clone(), record.version), kind());
        assert_eq!((record.tenant, record.recorded_at), (origin.tenant, Timestamp::MAX));
        assert_eq!((&*record.payload, &record.metadata), ("{}", &origin.metadata));
        ledger = subject.reopen(ledger).await;
    }
}

/// Numbers, escapes, white space and order of keys are the author's.
pub async fn payload_and_metadata_are_kept_byte_for_byte(subject: &dyn Subject) {
    let mut ledger = subject.open().await;
    let payloads = [
        r#"{"b":1.10,"a":12345678901234567890.123456789,"a":1e999,"z":-0.0}"#.to_owned(),
        "{ \"tab\":\t1 ,\r\n \"line\" : \"\\u2028 \u{2028} \\u0000 \\ud83d\\ude00 \u{1f600}\" }".to_owned(),
        "\"\u{7f}\u{80}\u{fffd}\u{10ffff}e\u{301}\u{feff}\"".to_owned(),
        "null".to_owned(),
        format!("\"{}\"", "long ".repeat(50_000)),
    ];
    let metadata = "{ \"actor\" : {\"kind\":\"system\"}, \"correlation\":\"\\u0000 \u{1f980}\" }";
    let origin = Origin { metadata: metadata.into(), ..origin() };
    let new = |(n, payload): (usize, &String)| {
        let id = RecordId::from_uuid(Uuid::from_u128(n as u128));
        NewRecord::raw(
            id,
            event(n as u128),
            Sequence(1),
            ("test.happened".into(), 1),
            payload.as_str(),
            &origin,
        )
    };
    appended(&ledger, payloads.iter().enumerate().map(new)).await;
    for _ in FROM_MEMORY_THEN_DISK {
        let records = everything(&ledger, Position::START, 100, Filter::All).await;
        assert_eq!(records.iter().map(|record| &*record.payload).collect::<Vec<_>>(), payloads);
        assert!(records.iter().all(|record| &*record.metadata == metadata));
        ledger = subject.reopen(ledger).await;
    }
}

/// What the domain recorded is what consumers get, from memory or from disk.
pub async fn a_fact_is_read_back_as_it_was_recorded(subject: &dyn Subject) {
    let mut ledger = subject.open().await;
    let fact = Fact::from(tenant::Event::Created { name: Name::new("acme").expect("a good name") });
    let metadata = Metadata::by(Actor::Operator);
    let origin = Origin::new(origin().tenant, &metadata, Timestamp::from_seconds(1));
    let stream = StreamId::from(origin.tenant);
    let new = NewRecord::of(RecordId::from_uuid(Uuid::nil()), stream, Sequence(1), fact.clone(), &origin);
    let position = appended(&ledger, [new]).await.first;
    for _ in FROM_MEMORY_THEN_DISK {
        let record = ledger.read_one(position).await.expect("the store is well").expect("it is there");
        assert_eq!(record.fact(), Ok(&fact));
        assert_eq!(record.parse_metadata().ok(), Some(metadata.clone()));
        ledger = subject.reopen(ledger).await;
    }
}

/// A stream is read in order, from any sequence.
pub async fn a_stream_is_read_page_by_page(subject: &dyn Subject) {
    let ledger = subject.open().await;
    ledger.append(singly((1..=5).map(|n| record(event(1), n)))).await.expect("the store is well");
    appended(&ledger, [record(event(2), 1)]).await;
    let page = async |after, limit| {
        let records = ledger.read_stream(event(1), Sequence(after), limit).await.expect("the store is well");
        records.iter().map(|record| record.sequence.0).collect::<Vec<_>>()
    };
    assert_eq!(page(0, 2).await, [1, 2]);
    assert_eq!(page(2, 2).await, [3, 4]);
    assert_eq!(page(4, 2).await, [5]);
    assert_eq!(page(5, 2).await, [0_u64; 0]);
    assert_eq!(page(0, usize::MAX).await, [1, 2, 3, 4, 5]);
}

/// Pages put together are the ledger, whatever their size, from memory or from disk.
pub async fn the_ledger_is_read_page_by_page(subject: &dyn Subject) {
    let mut ledger = subject.open().await;
    let streams: Vec<_> = (0..25).map(|n| (event(n), 1)).collect();
    ledger
        .append(singly(streams.iter().map(|(stream, n)| record(*stream, *n))))
        .await
        .expect("the store is well");
    for _ in FROM_MEMORY_THEN_DISK {
        for limit in [1, 2, 7, 25, 26] {
            assert_eq!(places(&everything(&ledger, Position::START, limit, Filter::All).await), streams);
        }
        let beyond = ledger.read_all(ledger.head(), 10, Filter::All).await.expect("the store is well");
        assert_eq!((beyond.records.len(), beyond.upto), (0, ledger.head()));
        ledger = subject.reopen(ledger).await;
    }
}

/// Who wants some kinds gets those, in order, and reaches the head all the same.
pub async fn a_filter_leaves_other_kinds_out(subject: &dyn Subject) {
    let mut ledger = subject.open().await;
    let streams: Vec<_> = (0..60)
        .map(|n| (StreamId { kind: StreamKind::ALL[n % StreamKind::ALL.len()], ..event(n as u128) }, 1))
        .collect();
    ledger
        .append(singly(streams.iter().map(|(stream, n)| record(*stream, *n))))
        .await
        .expect("the store is well");
    for _ in FROM_MEMORY_THEN_DISK {
        for kinds in
            [&StreamKind::CONTROL[..], &[StreamKind::Event], &[StreamKind::ApiKey, StreamKind::Delivery], &[]]
        {
            let filter = Filter::Kinds(Kinds::of(kinds));
            let wanted: Vec<_> =
                streams.iter().filter(|(stream, _)| kinds.contains(&stream.kind)).copied().collect();
            for limit in [1, 3, 100] {
                assert_eq!(
                    places(&everything(&ledger, Position::START, limit, filter).await),
                    wanted,
                    "{kinds:?}"
                );
            }
        }
        ledger = subject.reopen(ledger).await;
    }
}

/// A page is bounded by its bytes, too, but goes on.
pub async fn a_page_of_large_records_is_cut_short(subject: &dyn Subject) {
    const RECORDS: usize = 7;
    let mut ledger = subject.open().await;
    let payload = format!("\"{}\"", "x".repeat(bounds::PAYLOAD_BYTES - 2));
    for n in 0..RECORDS {
        let large = NewRecord { payload: payload.as_str().into(), ..record(event(n as u128), 1) };
        appended(&ledger, [large]).await;
    }
    for _ in FROM_MEMORY_THEN_DISK {
        let page = ledger.read_all(Position::START, 100, Filter::All).await.expect("the store is well");
        assert!(page.records.len() * bounds::PAYLOAD_BYTES <= bounds::PAGE_BYTES && !page.records.is_empty());
        assert_eq!(everything(&ledger, Position::START, 100, Filter::All).await.len(), RECORDS);
        ledger = subject.reopen(ledger).await;
    }
}

/// What is not there is nothing, not an error.
pub async fn what_is_absent_is_none(subject: &dyn Subject) {
    let ledger = subject.open().await;
    let page = ledger.read_all(Position::START, 10, Filter::All).await.expect("the store is well");
    assert_eq!((page.records.len(), page.upto), (0, Position::START));
    appended(&ledger, [record(event(1), 1)]).await;
    for absent in [Position::START, Position(ledger.head().0 + 1), Position(u64::MAX)] {
        assert!(ledger.read_one(absent).await.expect("the store is well").is_none());
    }
    let other = ledger.read_stream(event(2), Sequence::NONE, 10).await.expect("the store is well");
    assert!(other.is_empty());
}
