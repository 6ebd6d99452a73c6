//! A simulation of the engine's core: a made-up world in which everything that can go wrong does, in an order that a
//! seed decides, judged after each step by a model that knows what is the case.
//!
//! The world has a model of the ledger, one of the `queue` view, people who publish and change their minds, receivers
//! of every mood, and a clock that jumps. A *life* is one run of the core; crashes end it. In some worlds there are several
//! nodes, each with a life, and lanes move among them. Now and then faults stop,
//! and everything has to drain.

mod breaker;
mod chance;
mod ends;
mod engine;
mod invariants;
mod lanes;
mod ledger;
mod life;
mod people;
mod profile;
mod reading;
mod trail;
mod truth;
mod view;
mod wishes;
mod world;

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

pub(crate) use trail::Counts;

use trail::Trail;
use world::World;

/// How many steps a world has: short worlds of many characters find more than a long one.
pub(crate) const WORLD_STEPS: u64 = 1_000;

/// Runs the world of `seed`, and drains it now and then and at the end. Panics with the seed, the last steps and how to
/// repeat them if something does not hold.
pub(crate) fn run(seed: u64) -> Counts {
    let mut world = World::new(seed);
    let ran = catch_unwind(AssertUnwindSafe(|| {
        while world.step < WORLD_STEPS {
            let round = world.profile.round.min(WORLD_STEPS - world.step);
            (0..round).for_each(|_| world.step());
            world.drain();
        }
    }));
    match ran {
        Ok(()) => world.trail.counts,
        Err(cause) => panic!(
            "{}\n\nin step {} of seed {seed}, in a world with {:?}; what happened in the last {} steps:\n{}\n\
             repeat it with: cargo xtask simulate --seed {seed} --steps {WORLD_STEPS}",
            message(&*cause),
            world.step,
            world.profile.bounds,
            Trail::STEPS_SHOWN,
            world.trail.story(world.step),
        ),
    }
}

fn message(cause: &(dyn Any + Send)) -> &str {
    let owned = cause.downcast_ref::<String>().map(String::as_str);
    owned.or_else(|| cause.downcast_ref::<&str>().copied()).unwrap_or("it panicked")
}
