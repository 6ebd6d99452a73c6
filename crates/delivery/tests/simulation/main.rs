//! The engine's core in a simulated world: see `sim`.

mod sim;

use sim::Counts;

/// Worlds of one test; the tests run beside each other. Together they have a million steps.
const SEEDS: u64 = 250_000 / sim::WORLD_STEPS;

/// A quarter of the worlds each, so that they run on several processors.
fn quarter(nth: u64) {
    let mut counts = Counts::default();
    for seed in nth * SEEDS..(nth + 1) * SEEDS {
        counts.add(&sim::run(seed));
    }
    assert_eq!(counts.missing(), [""; 0], "a simulation in which this never happens shows nothing of it");
}

#[test]
fn whatever_happens_the_invariants_hold_in_the_first_quarter_of_a_million_steps() {
    quarter(0);
}

#[test]
fn whatever_happens_the_invariants_hold_in_the_second_quarter_of_a_million_steps() {
    quarter(1);
}

#[test]
fn whatever_happens_the_invariants_hold_in_the_third_quarter_of_a_million_steps() {
    quarter(2);
}

#[test]
fn whatever_happens_the_invariants_hold_in_the_fourth_quarter_of_a_million_steps() {
    quarter(3);
}

#[test]
fn the_same_seed_is_the_same_world() {
    assert_eq!(sim::run(7).to_string(), sim::run(7).to_string());
}

/// Found by a longer run (`cargo xtask simulate`): a start from an older view forgot a delivery that somebody had asked for
/// while its attempt was under way.
#[test]
fn what_is_asked_for_during_its_attempt_is_not_forgotten_by_a_start() {
    sim::run(5_441);
}
