//! Many nodes on one ledger: one order, seen by all, whoever writes.

use std::sync::Arc;

use domain::{Position, Sequence};

use super::SharedSubject;
use super::samples::{append, appended, by, event, everything, places, record};
use crate::filter::Filter;
use crate::store::Ledger;
use crate::tail::Tail;

const NODES: usize = 3;
/// Callers on each node.
const CALLERS: usize = 4;
const SEQUENCES: u64 = 25;

async fn nodes(subject: &dyn SharedSubject) -> Vec<Arc<dyn Ledger>> {
    let mut nodes = vec![subject.open().await];
    while nodes.len() < NODES {
        nodes.push(subject.join().await);
    }
    nodes
}

/// However many nodes try, each place in a stream is taken once, and everybody knows by whom.
pub async fn of_many_nodes_one_wins_each_sequence(subject: &dyn SharedSubject) {
    let nodes = nodes(subject).await;
    let mut writers = Vec::new();
    for (author, ledger) in (0_u64..).zip(&nodes) {
        let ledger = ledger.clone();
        writers.push(tokio::spawn(async move {
            let mut won = 0;
            for sequence in 1..=SEQUENCES {
                match append(&ledger, [by(author, event(1), sequence)]).await {
                    Ok(_) => won += 1,
                    Err(conflict) => {
                        assert!(conflict.found >= Sequence(sequence));
                        assert_ne!(conflict.existing, Some(by(author, event(1), sequence).id));
                    }
                }
            }
            won
        }));
    }
    let mut won = 0;
    for writer in writers {
        won += writer.await.expect("a writer does not panic");
    }
    assert_eq!(won, SEQUENCES, "each place was won once");
}

/// Every node sees the same records in the same order, none twice, none too late.
pub async fn every_node_sees_every_record_once_and_in_order_while_all_write(subject: &dyn SharedSubject) {
    let nodes = nodes(subject).await;
    let expected = NODES * CALLERS * usize::try_from(SEQUENCES).expect("a small number");
    let read = |ledger: &Arc<dyn Ledger>, limit| {
        let mut tail = Tail::new(ledger.clone(), Position::START, Filter::All).with_limit(limit);
        tokio::spawn(async move {
            let mut seen = Vec::new();
            while seen.len() < expected {
                seen.extend(tail.next_page().await.expect("the store is well").records);
            }
            seen
        })
    };
    let tails: Vec<_> = nodes.iter().zip([3, 50, 1_000]).map(|(ledger, limit)| read(ledger, limit)).collect();
    let mut writers = Vec::new();
    for caller in 0..NODES * CALLERS {
        let ledger = nodes[caller % NODES].clone();
        writers.push(tokio::spawn(async move {
            for sequence in 1..=SEQUENCES {
                let own = appended(&ledger, [record(event(caller as u128), sequence)]).await;
                let found = ledger.read_one(own.first).await.expect("the store is well");
                assert!(found.is_some(), "who was answered a position finds it");
            }
        }));
    }
    for writer in writers {
        writer.await.expect("a writer does not panic");
    }
    let mut all = Vec::new();
    for tail in tails {
        let seen = tail.await.expect("a tail does not panic");
        assert!(seen.is_sorted_by(|a, b| a.position < b.position), "positions increase");
        all.push(places(&seen));
    }
    assert!(all.windows(2).all(|pair| pair[0] == pair[1]), "all nodes see the same");
    let again = everything(&nodes[0], Position::START, 1_000, Filter::All).await;
    assert_eq!(places(&again), all[0]);
}

/// Who writes nothing follows all the same.
pub async fn a_node_that_is_idle_hears_of_what_others_append(subject: &dyn SharedSubject) {
    let nodes = nodes(subject).await;
    let mut tail = Tail::new(nodes[1].clone(), Position::START, Filter::All);
    for n in 0..3 {
        let appended = appended(&nodes[0], [record(event(n), 1)]).await;
        let page = tail.next_page().await.expect("the store is well");
        assert_eq!((places(&page.records), page.upto), (vec![(event(n), 1)], appended.last));
    }
}
