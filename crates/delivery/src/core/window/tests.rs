use domain::EventId;
use domain::delivery::State;
use uuid::Uuid;

use super::*;

const NOW: Timestamp = Timestamp::from_seconds(1_790_000_000);
const MAX: usize = 4;

fn first(n: u64) -> Job {
    let id = Uuid::from_u128(n.into());
    Job::new(DeliveryId::from_uuid(id), EventId::from_uuid(id), Position(n), NOW)
}

fn retry(n: u64, due_at: Timestamp) -> Job {
    let mut job = first(n);
    job.progress.attempts = 1;
    job.progress.state = State::Waiting { due_at, by_hand: false };
    job
}

fn page(as_of: u64, jobs: Vec<Job>, more: bool) -> Page {
    Page { as_of: Position(as_of), jobs, more }
}

fn none(_: DeliveryId) -> bool {
    false
}

/// A window whose deliveries are all in the view.
fn unloaded() -> Window {
    Window::covering(vec![], Some(Position::START), Some(EARLIEST))
}

/// A window that has read the first attempts of a former run, of which there are none.
fn without_first() -> Window {
    let mut window = unloaded();
    window.want(NOW, MAX / 2, MAX);
    window.loaded(page(0, vec![], false), Position(0), none);
    window
}

#[test]
fn what_comes_while_a_page_is_late_counts_and_no_more_is_held_than_may_be() {
    let mut window = unloaded();
    assert!(matches!(window.want(NOW, MAX / 2, MAX), Some(Wanted::First { .. })));
    for n in 10..20 {
        let room = window.len() < MAX;
        window.push_first(first(n), room);
        assert!(window.len() <= MAX);
    }
    window.loaded(page(9, (1..=4).map(first).collect(), false), Position(19), none);
    window.shrink_to(3);
    assert_eq!(window.len(), 3);
    window.pop(NOW);
    window.pop(NOW);
    let wanted = window.want(NOW, MAX / 2, MAX - 1);
    assert_eq!(wanted, Some(Wanted::First { after: Position(3) }), "the rest is asked for again");
}

#[test]
fn a_retry_that_finds_no_room_while_a_page_is_late_is_left_to_the_view() {
    let mut window = without_first();
    assert!(matches!(window.want(NOW, MAX / 2, MAX), Some(Wanted::Retries { .. })));
    window.push_retry(retry(7, NOW), false);
    assert_eq!(window.len(), 0);
    window.loaded(page(9, vec![], false), Position(9), none);
    let from = (NOW, DeliveryId::from_uuid(Uuid::from_u128(7)));
    assert_eq!(window.want(NOW, MAX / 2, MAX), Some(Wanted::Retries { from }));
}

#[test]
fn a_row_of_what_is_held_is_no_second_delivery() {
    let mut window = without_first();
    window.want(NOW, MAX / 2, MAX);
    window.loaded(page(9, vec![retry(7, NOW)], true), Position(9), none);
    assert!(matches!(window.want(NOW, MAX / 2, MAX), Some(Wanted::Retries { .. })));
    // Somebody asked for it by hand, which the view knows before the engine.
    let later = NOW.after(std::time::Duration::from_secs(1));
    window.loaded(page(10, vec![retry(7, later)], false), Position(9), none);
    assert_eq!(window.len(), 1);
}

#[test]
fn a_retry_of_an_event_that_is_not_followed_yet_is_left_to_the_ledger() {
    let mut window = without_first();
    window.want(NOW, MAX / 2, MAX);
    window.loaded(page(30, vec![retry(20, NOW)], false), Position(10), none);
    assert_eq!(window.len(), 0);
}

#[test]
fn retries_are_not_asked_for_without_room() {
    let mut window = without_first();
    assert_eq!(window.want(NOW, MAX / 2, 0), None);
}

#[test]
fn a_row_that_is_newer_than_a_change_is_taken() {
    let mut window = without_first();
    window.want(NOW, MAX / 2, MAX);
    // What was asked for by hand, at 5, has failed since, and waits for a retry that is due earlier.
    let asked_at = NOW.after(std::time::Duration::from_secs(5));
    window.note_change(retry(4, NOW).delivery, Position(5));
    window.note_retry((asked_at, retry(4, NOW).delivery));
    window.loaded(page(9, vec![retry(4, NOW)], false), Position(5), none);
    assert_eq!(window.pop(NOW), Some(retry(4, NOW)));
}

#[test]
fn a_row_that_is_older_than_a_change_is_not_taken() {
    let mut window = without_first();
    window.want(NOW, MAX / 2, MAX);
    window.note_change(retry(4, NOW).delivery, Position(10));
    window.loaded(page(9, vec![retry(4, NOW)], false), Position(9), none);
    assert_eq!(window.pop(NOW), None);
}
