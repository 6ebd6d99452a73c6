//! What every adapter of the port must do, as tests that it runs over itself.
//!
//! An adapter's test file names a [`Subject`] and calls [`crate::ledger_contract!`] with it; where positions have no
//! gaps, [`crate::ledger_contract_gapless!`] too; where several nodes can have it open, [`crate::ledger_contract_shared!`].
//! Each test gets a store of its own. A store that is not on every machine is `maybe` there: an `Option` of a subject.
#![expect(clippy::missing_panics_doc, reason = "tests panic when the adapter does not keep its promise")]

mod append;
mod follow;
mod read;
mod samples;
mod shared;

use std::sync::Arc;

use async_trait::async_trait;

pub use append::*;
pub use follow::*;
pub use read::*;
pub use shared::*;

use crate::store::Ledger;

/// An adapter under test: a place where one ledger can be opened, closed and opened again.
#[async_trait]
pub trait Subject: Send + Sync {
    /// Opens the ledger in this place; empty at first.
    async fn open(&self) -> Arc<dyn Ledger>;

    /// Closes `ledger`, the only one open, and opens what it left behind.
    async fn reopen(&self, ledger: Arc<dyn Ledger>) -> Arc<dyn Ledger>;
}

/// An adapter that several nodes can have open at the same time.
#[async_trait]
pub trait SharedSubject: Subject {
    /// Opens the ledger in this place once more, as another node would.
    async fn join(&self) -> Arc<dyn Ledger>;
}

/// Runs the contract of the ledger over what the expression makes, anew for each test.
#[macro_export]
macro_rules! ledger_contract {
    (maybe $subject:expr) => {
        $crate::ledger_contract! { $subject;
            positions_follow_the_order_of_appending
            a_batch_of_many_streams_is_recorded_whole
            a_batch_that_conflicts_in_one_stream_records_nothing
            the_same_records_again_change_nothing
            another_record_in_a_taken_place_is_a_conflict
            a_skipped_sequence_is_a_conflict
            a_batch_that_is_partly_there_is_a_conflict
            a_conflict_leaves_its_neighbours_unharmed
            batches_of_one_call_may_build_on_each_other
            the_same_bits_under_two_kinds_are_two_streams
            more_than_one_append_may_carry_is_refused
            of_many_writers_one_wins_each_sequence
            everything_about_a_record_is_kept
            payload_and_metadata_are_kept_byte_for_byte
            a_fact_is_read_back_as_it_was_recorded
            a_stream_is_read_page_by_page
            the_ledger_is_read_page_by_page
            a_filter_leaves_other_kinds_out
            a_page_of_large_records_is_cut_short
            what_is_absent_is_none
            a_tail_waits_for_the_next_commit
            a_tail_passes_what_its_filter_leaves_out
            a_tail_sees_every_record_once_and_in_order_while_many_write
            what_is_announced_can_be_read
            everything_survives_reopening
        }
    };
    ($subject:expr; $($test:ident)+) => {
        $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $test() {
            let Some(subject) = $subject else { return };
            $crate::contract::$test(&subject).await;
        })+
    };
    ($subject:expr) => {
        $crate::ledger_contract! { maybe Some($subject) }
    };
}

/// The part of the contract for adapters whose positions have no gaps.
#[macro_export]
macro_rules! ledger_contract_gapless {
    ($subject:expr) => {
        $crate::ledger_contract! { Some($subject); positions_have_no_gaps_whatever_conflicts }
    };
}

/// The part of the contract for adapters that several nodes can have open at the same time.
#[macro_export]
macro_rules! ledger_contract_shared {
    (maybe $subject:expr) => {
        $crate::ledger_contract! { $subject;
            of_many_nodes_one_wins_each_sequence
            every_node_sees_every_record_once_and_in_order_while_all_write
            a_node_that_is_idle_hears_of_what_others_append
        }
    };
}
