//! What publishers and the owners of subscriptions wish, made up by chance.

use domain::event::Published;
use domain::policy::{Backoff, Limits, LimitsFields, RetryPolicy, RetryPolicyFields};
use domain::subscription::{Change, Command, DisableReason, Event, Overlap, PauseReason, Settings};
use domain::testing::{created, published, secret};
use domain::{Description, EndpointUrl, EventType, Filter, RawJson, Timestamp, TypePattern};

use super::chance::Chance;
use super::trail::Kind;

const TYPES: [&str; 4] = ["test.passed", "test.failed", "benchmark.completed", "user.created"];
const WISHES: [&[&str]; 5] =
    [&["*"], &["*"], &["test.*"], &["test.passed", "benchmark.completed"], &["user.created", "test.failed"]];
const DATA: [&str; 2] = [r#"{"n":1}"#, r#"{"n":9}"#];
const FILTER: &str = r#"{"path":"data.n","lt":5}"#;

/// Makes wishes up.
#[derive(Debug)]
pub(crate) struct People {
    types: Vec<EventType>,
    data: Vec<RawJson>,
    template: Box<Published>,
    settings: Box<Settings>,
    filter: Filter,
    wishes: Vec<Vec<TypePattern>>,
    secrets: u128,
}

impl People {
    pub(crate) fn new() -> Self {
        let Event::Created { settings, .. } = created(&["*"], None) else {
            unreachable!("it creates a subscription")
        };
        let pattern = |text: &&str| TypePattern::parse(text).expect("a pattern");
        Self {
            types: TYPES.iter().map(|name| EventType::parse(name).expect("a type")).collect(),
            data: DATA.iter().map(|data| RawJson::parse(data).expect("JSON")).collect(),
            template: published(TYPES[0], DATA[0]),
            settings,
            filter: Filter::parse(FILTER).expect("a filter"),
            wishes: WISHES.iter().map(|wish| wish.iter().map(pattern).collect()).collect(),
            secrets: 1,
        }
    }

    /// An event that is accepted at `now`.
    pub(crate) fn event(&self, chance: &mut Chance, now: Timestamp) -> Published {
        let mut event = (*self.template).clone();
        event.event_type = self.types[chance.index(self.types.len())].clone();
        event.data = self.data[chance.index(self.data.len())].clone();
        (event.time, event.accepted_at) = (now, now);
        event
    }

    /// A new subscription.
    pub(crate) fn create(&mut self, chance: &mut Chance) -> Command {
        let mut settings = self.settings.clone();
        settings.event_types = self.wish(chance);
        settings.filter = self.filter(chance);
        settings.retry = policy(chance);
        settings.limits = limits(chance);
        self.secrets += 1;
        Command::Create { settings, secret: secret(self.secrets), active: !chance.one_in(8) }
    }

    /// A change of a subscription of this kind.
    pub(crate) fn change(&mut self, kind: Kind, chance: &mut Chance, now: Timestamp) -> Command {
        let note = Description::default();
        let wish = match kind {
            Kind::Paused => return Command::Pause { reason: PauseReason::Requested { note } },
            Kind::Resumed => return Command::Resume,
            Kind::Disabled => return Command::Disable { reason: DisableReason::Requested { note } },
            Kind::Activated => return Command::Activate,
            Kind::Deleted => return Command::Delete,
            Kind::Rotated => {
                self.secrets += 1;
                let overlap = Overlap::from_seconds(chance.below(60)).expect("it is short");
                return Command::RotateSecret { secret: secret(self.secrets), overlap, at: now };
            }
            Kind::EndpointChanged => Change::Endpoint(endpoint(chance)),
            Kind::TypesChanged => Change::EventTypes(self.wish(chance)),
            Kind::FilterChanged => Change::Filter(self.filter(chance)),
            Kind::PolicyChanged => Change::Retry(policy(chance)),
            Kind::LimitsChanged => Change::Limits(limits(chance)),
            other => unreachable!("{} is no change of a subscription", other.text()),
        };
        Command::Update { changes: vec![wish] }
    }

    fn wish(&self, chance: &mut Chance) -> domain::subscription::EventTypes {
        self.wishes[chance.index(self.wishes.len())].clone().try_into().expect("a few patterns")
    }

    fn filter(&self, chance: &mut Chance) -> Option<Filter> {
        chance.one_in(4).then(|| self.filter.clone())
    }
}

fn endpoint(chance: &mut Chance) -> EndpointUrl {
    EndpointUrl::parse(&format!("https://example.com/hooks/{}", chance.below(4))).expect("a URL")
}

/// Waits from a tenth of a second to an hour, few attempts.
fn policy(chance: &mut Chance) -> RetryPolicy {
    let backoff = if chance.one_in(3) {
        let waits = chance.below(4);
        Backoff::Delays((0..waits).map(|_| chance.pick(&[100, 700, 3_000, 60_000])).collect())
    } else {
        let base_ms = chance.pick(&[100, 1_000, 5_000]);
        Backoff::Exponential { base_ms, factor_percent: chance.pick(&[100, 200, 400]), cap_ms: base_ms * 30 }
    };
    RetryPolicy::new(RetryPolicyFields {
        backoff,
        attempts_max: u32::try_from(chance.between(1, 6)).expect("it is small"),
        window_ms: chance.pick(&[5_000, 60_000, 3_600_000, 86_400_000]),
        jitter_percent: chance.pick(&[0, 10, 100]),
        final_statuses: if chance.one_in(2) { vec![400, 404] } else { Vec::new() },
    })
    .expect("it lies within the bounds")
}

fn limits(chance: &mut Chance) -> Limits {
    Limits::new(LimitsFields {
        concurrency: chance.pick(&[1, 2, 4, 64, 64]),
        rate_per_second: chance.pick(&[None, None, Some(1), Some(5), Some(40)]),
        ..LimitsFields::default()
    })
    .expect("it lies within the bounds")
}
