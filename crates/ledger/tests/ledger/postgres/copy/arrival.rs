//! What is in the database after a copy.

use domain::Position;
use hookledger_ledger::Ledger;
use hookledger_ledger::copy::port::Totals;
use proptest::prelude::*;
use sqlx::Executor;
use test_postgres::Version;

use super::support::{File, chapter, copy, copy_ahead, places, told};
use crate::postgres::place::Place;
use crate::samples::{batch, event, record, with_payload};
use hookledger_ledger::postgres::Options;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_arrives_as_it_was_and_new_records_follow() {
    let file = File::with_history(100).await;
    let ledger = file.ledger();
    let expected = told(&ledger).await;
    ledger.close().await;
    for place in places().await {
        let report = copy(file.alone().unwrap(), &place).await.unwrap();
        let counted = Totals {
            records: 700,
            streams: 100 * 5 + 1,
            sequences: 700,
            first: Position(1),
            last: Position(700),
        };
        assert!(report.is_same());
        assert_eq!((report.copied, report.source, report.target), (700, counted, counted));
        let node = place.node().await;
        assert_eq!(told(&*node).await, expected);
        let next = node.append_one(chapter(101)).await.unwrap().unwrap();
        assert_eq!(next.first, Position(701));
        let again = node.append_one(chapter(100)).await.unwrap().unwrap();
        assert!(again.already, "a record that was copied is recognised by its id");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn gaps_between_positions_stay() {
    let file = File::with_history(2).await;
    let gap = "INSERT INTO records SELECT position + 100, aggregate_type, aggregate_id, sequence + 2, event_type, \
               event_version, payload, metadata, record_id, tenant, recorded_at FROM records WHERE aggregate_type = 33";
    file.vandalise(gap);
    for place in places().await {
        let report = copy(file.alone().unwrap(), &place).await.unwrap();
        assert!(report.is_same());
        let node = place.node().await;
        let positions: Vec<_> = told(&*node).await;
        let positions: Vec<_> = positions.iter().map(|told| told.split(' ').next().unwrap()).collect();
        assert_eq!(positions[13..], ["14", "102", "103", "109", "110"]);
        let next = node.append_one(batch([record(event(99), 1)])).await.unwrap().unwrap();
        assert_eq!(next.first, Position(111));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_copied_while_the_server_ran_is_not_copied_or_compared_again() {
    let file = File::with_history(50).await;
    for place in places().await {
        let server = file.ledger();
        let (before, extra) = (server.head(), u128::from(place.database.server().version().major()));
        let compared = copy_ahead(file.beside(), &place).await.unwrap();
        assert_eq!(compared.upto, before);
        server.append_one(batch((0..3).map(|n| record(event(extra << 64 | n), 1)))).await.unwrap().unwrap();
        let compared = copy_ahead(file.beside(), &place).await.unwrap();
        assert_eq!(compared.upto, server.head());
        server.append_one(batch([record(event(extra << 64 | 3), 1)])).await.unwrap().unwrap();
        let expected = told(&server).await;
        server.close().await;
        let report = copy(file.alone().unwrap(), &place).await.unwrap();
        assert!(report.is_same());
        assert_eq!((report.copied, report.compared.records), (1, before.0 + 4));
        assert_eq!(told(&*place.node().await).await, expected);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_only_reads_while_it_is_filled_does_not_keep_a_copy_from_its_end() {
    let Some(place) = Place::newest().await else { return };
    let (file, reader) = (File::with_history(3).await, place.node().await);
    assert!(copy(file.alone().unwrap(), &place).await.unwrap().is_same());
    let mut head = reader.watch();
    head.wait_for(|head| *head == Position(21)).await.unwrap();
    assert_eq!(told(&*reader).await.len(), 21);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_table_has_statistics_afterwards() {
    let Some(place) = Place::newest().await else { return };
    copy(File::with_history(20).await.alone().unwrap(), &place).await.unwrap();
    let known = "SELECT FROM pg_class WHERE oid = 'hookledger.records'::regclass AND reltuples = 140";
    place.connect().await.fetch_one(known).await.unwrap();
}

/// Any text, as JSON.
fn payload() -> impl Strategy<Value = String> {
    any::<String>().prop_map(|text| serde_json::to_string(&text).expect("a text is JSON"))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_history_arrives_as_it_was(payloads in prop::collection::vec((0_u128..9, payload()), 1..60)) {
        let mut versions = [0_u64; 9];
        let records = payloads.iter().map(|(n, payload)| {
            let version = &mut versions[usize::try_from(*n).expect("a small number")];
            *version += 1;
            batch([with_payload(event(*n), *version, payload)])
        });
        let records: Vec<_> = records.collect();
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        runtime.block_on(async {
            let Some(place) = Place::with(Version::Eighteen, Options::default()).await else { return };
            let file = File::of(records).await;
            let report = copy(file.alone().unwrap(), &place).await.unwrap();
            assert!(report.is_same());
            assert_eq!(told(&*place.node().await).await, told(&file.ledger()).await);
        });
    }
}
