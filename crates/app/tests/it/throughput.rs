//! What validation costs: `cargo nextest run --release -p hookledger-app --run-ignored only throughput`.

use std::sync::Arc;
use std::time::{Duration, Instant};

use app::publish::{NewEvent, PublishOptions};
use app::{App, Bounds, Request};
use catalog::builtin;
use domain::event_type::Mode;
use ledger::sqlite::{Options, SqliteLedger};

use crate::world::{World, event, json, kind};

/// Producers at once, each waiting for its answer.
const PRODUCERS: usize = 64;
const ROUND: Duration = Duration::from_secs(2);
/// Rounds of each mode, in turn, so that what else the machine does meets both.
const ROUNDS: usize = 5;

/// Every version of every built-in type, as its first example has it.
fn events() -> Vec<NewEvent> {
    let versions =
        builtin::types().iter().flat_map(|one| one.versions.iter().map(move |version| (one.name, version)));
    let sample = |(name, version): (&str, &builtin::BuiltinVersion)| {
        let schema = catalog::Schema::compile(version.schema, builtin::shared_parts()).unwrap();
        NewEvent {
            event_type: kind(name),
            version: version.number,
            ..event(json(&schema.sample(0).unwrap()).as_str())
        }
    };
    versions.map(sample).collect()
}

/// Events that were accepted in a second.
async fn rate(app: &App, request: &Request, events: &Arc<Vec<NewEvent>>, per_call: usize) -> f64 {
    let (started, mut producers) = (Instant::now(), tokio::task::JoinSet::new());
    for producer in 0..PRODUCERS {
        let (app, request, events) = (app.clone(), request.clone(), events.clone());
        producers.spawn(async move {
            let (mut next, mut accepted) = (producer, 0_u32);
            while started.elapsed() < ROUND {
                let call = (0..per_call).map(|n| events[(next + n) % events.len()].clone()).collect();
                next += per_call;
                let answers = app.publish(&request, call, PublishOptions::default()).await.unwrap();
                assert!(answers.iter().all(|answer| answer.warnings.is_empty()));
                accepted += u32::try_from(answers.len()).unwrap();
            }
            accepted
        });
    }
    let accepted: u32 = producers.join_all().await.into_iter().sum();
    f64::from(accepted) / started.elapsed().as_secs_f64()
}

async fn set(world: &World, mode: Mode) {
    for one in builtin::types() {
        world.app.set_event_type_validation(&world.admin(), &kind(one.name), mode, None).await.unwrap();
    }
}

/// The middle of the rates of each mode: off, enforced.
async fn measured(world: &World, per_call: usize) -> (f64, f64) {
    let (events, admin) = (Arc::new(events()), world.admin());
    let (mut off, mut enforced) = (Vec::new(), Vec::new());
    for round in 0..=ROUNDS {
        for (mode, rates) in [(Mode::Off, &mut off), (Mode::Enforce, &mut enforced)] {
            set(world, mode).await;
            let rate = rate(&world.app, &admin, &events, per_call).await;
            if round > 0 {
                rates.push(rate); // The first round warms up.
            }
        }
    }
    let middle = |rates: &mut Vec<f64>| {
        rates.sort_by(f64::total_cmp);
        rates[rates.len() / 2]
    };
    (middle(&mut off), middle(&mut enforced))
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a measurement of a minute; means something with --release, on a quiet machine"]
async fn enforcing_costs_less_than_a_fifth_of_the_throughput_of_publishing() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = SqliteLedger::open(folder.path(), Options::default()).unwrap();
    let world = World::unregistered(Arc::new(ledger), Bounds::default()).await;
    world.app.register_platform_types().await.unwrap();
    let mean: usize = events().iter().map(|event| event.data.as_str().len()).sum::<usize>() / events().len();
    println!("{PRODUCERS} producers, {} events of {mean} bytes of data on average", events().len());
    for per_call in [1, 20] {
        let (off, enforced) = measured(&world, per_call).await;
        println!(
            "{per_call} events a call: off {off:.0}/s, enforced {enforced:.0}/s, ratio {:.3}",
            enforced / off
        );
        assert!(enforced >= 0.8 * off, "{per_call} events a call: off {off:.0}/s, enforced {enforced:.0}/s");
    }
}
