//! The engine's shell, in model: does what the core asks for, slowly, out of order, and not always with success.

use std::sync::Arc;
use std::time::Duration;

use domain::delivery::{Answer, Attempt, AttemptMade, Phases, Trigger};
use domain::{Fact, Sequence, SubscriptionId, Timestamp};
use hookledger_delivery::Underway;
use hookledger_delivery::core::{Action, Core, Job, Lane, Report};

use super::ledger::{Batch, Verdict};
use super::life::{Append, Fate, Flight, Load, Outcome, Pending};
use super::trail::Kind;
use super::world::World;

/// How many records the engine, or the view, takes at once at most.
const PAGE_MAX: u64 = 12;
/// After how long an answer is called late.
const LATE: Duration = Duration::from_mins(1);
/// How long 429 and 503 hold a subscription back if the receiver does not say.
const SLOW_DOWN: Duration = Duration::from_secs(1);

impl World {
    /// Whether something can happen to the engine, or around it.
    pub(crate) fn engine_can(&self, kind: Kind) -> bool {
        let life = &self.life;
        let alarm = || life.core.next_alarm().is_some_and(|at| at > self.now);
        match kind {
            Kind::Followed => life.core.folded() < self.ledger.head(),
            Kind::ViewFolded => self.view.position() < self.ledger.head(),
            Kind::Success => !life.flights.is_empty(),
            Kind::Committed => life.appends.iter().any(is_queued),
            Kind::ResultLost => life.appends.iter().any(is_committed),
            Kind::Settled => life.appends.iter().any(|pending| !is_queued(pending)),
            Kind::PageRead => life.loads.iter().any(|load| self.can_read(load)),
            Kind::PageFailed => !life.loads.is_empty(),
            Kind::PageTold => life.loads.iter().any(|load| load.read.is_some()),
            Kind::NotedByEngine | Kind::NoteLost => !life.notes.is_empty(),
            Kind::AlarmKept | Kind::AlarmLate => alarm(),
            Kind::LaneTaken
            | Kind::LaneForced
            | Kind::LaneYielded
            | Kind::LaneFreed
            | Kind::LossTold
            | Kind::SurveyRead
            | Kind::SurveyTold
            | Kind::SurveyFailed => self.lanes_can(kind),
            _ => true,
        }
    }

    /// Lets it happen.
    pub(crate) fn engine_happens(&mut self, kind: Kind) {
        match kind {
            Kind::Followed => {
                let count = self.chance.between(1, PAGE_MAX);
                self.follow(count);
            }
            Kind::ViewFolded => {
                let count = self.chance.between(1, PAGE_MAX);
                self.fold_view(count);
            }
            Kind::Success => {
                let place = self.chance.index(self.life.flights.len());
                let (answer, not_before) = self.answer(place);
                self.complete(place, answer, not_before);
            }
            Kind::Committed => self.on_append(is_queued, Self::commit),
            Kind::ResultLost => self.on_append(is_committed, Self::lose_result),
            Kind::Settled => self.on_append(|pending| !is_queued(pending), Self::settle),
            Kind::PageRead => self.on_load(Self::can_read, Self::read),
            Kind::PageFailed => self.on_load(|_, _| true, Self::fail_to_load),
            Kind::PageTold => self.on_load(|_, load| load.read.is_some(), Self::tell_page),
            Kind::NotedByEngine => {
                let place = self.chance.index(self.life.notes.len());
                self.carry_out(place);
            }
            Kind::NoteLost => {
                let place = self.chance.index(self.life.notes.len());
                self.lose_note(place);
            }
            Kind::AlarmKept | Kind::AlarmLate => {
                let at = self.life.core.next_alarm().expect("there is an alarm");
                let late = if kind == Kind::AlarmLate { self.chance.below(10_000_000) } else { 0 };
                self.now = self.now.max(at.after(Duration::from_micros(late)));
                self.note(kind, late);
            }
            Kind::Crashed | Kind::Stopped => self.crash(kind == Kind::Stopped),
            kind => self.lanes_happen(kind),
        }
    }

    fn on_append(&mut self, of: fn(&Pending) -> bool, then: fn(&mut Self, usize)) {
        let count = self.life.appends.iter().filter(|pending| of(pending)).count();
        let nth = self.chance.index(count);
        let mut places = self.life.appends.iter().enumerate().filter(|(_, pending)| of(pending));
        let (place, _) = places.nth(nth).expect("it is one of them");
        then(self, place);
    }

    /// Asks the core what is to be done.
    pub(crate) fn dispatch(&mut self) {
        let mut actions = Vec::new();
        self.life.core.dispatch(self.now, &mut actions);
        self.perform(actions);
    }

    fn tell(&mut self, input: impl FnOnce(&mut Core, &mut Vec<Action>)) {
        let mut actions = Vec::new();
        input(&mut self.life.core, &mut actions);
        self.perform(actions);
    }

    fn perform(&mut self, actions: Vec<Action>) {
        for action in actions {
            match action {
                Action::Send { subscription, job } => {
                    if self.is_let_out(subscription, job.delivery) {
                        self.send(subscription, &job);
                    }
                }
                Action::Append { tenant, subscription, delivery, expected, events } => {
                    assert_eq!(self.truth.deliveries[&delivery].tenant, tenant, "isolation: another tenant");
                    self.may_append(subscription, delivery, expected, &events);
                    let (batch, state) = (self.ledger.name_batch(), Append::Queued);
                    self.mark(batch, subscription, &events);
                    let pending = Pending { batch, tenant, subscription, delivery, expected, events, state };
                    self.life.appends.push(pending);
                }
                Action::Survey { id, at_least } => self.wants_survey(id, at_least),
                Action::Load { subscription, queue, wanted, limit, at_least } => {
                    let bounds = self.life.bounds;
                    assert!((1..=bounds.window_max).contains(&limit), "bounds: a page of {limit} is wanted");
                    let folded = self.life.core.folded();
                    assert!(at_least >= folded, "a page older than what was followed is wanted");
                    let watched = self.life.watch(subscription);
                    assert_eq!(watched.loading, None, "two pages at once are wanted");
                    watched.loading = Some(queue);
                    self.life.loads.push(Load { subscription, queue, wanted, limit, at_least, read: None });
                    self.note(Kind::PageWanted, (subscription, at_least.0));
                }
                Action::Note { tenant, subscription, command } => {
                    self.may_note(subscription, &command);
                    self.life.notes.push((tenant, subscription, command));
                }
            }
        }
    }

    fn send(&mut self, subscription: SubscriptionId, job: &Job) {
        self.may_send(subscription, job);
        self.count_request(subscription, job.delivery, job.sequence);
        let (_, version) = self.life.core.live(subscription).expect("it was checked");
        let followed = self.life.followed.get(subscription).expect("it was checked");
        assert_eq!(version, followed.subscription.version, "attempt truth: another version is used");
        let request = self.requests.len();
        self.requests.push(Fate::UnderWay);
        let by_hand = matches!(job.progress.state, domain::delivery::State::Waiting { by_hand: true, .. });
        let (delivery, sent_at) = (job.delivery, self.now);
        let noted = Underway {
            delivery,
            subscription,
            event_position: job.event_position,
            number: job.progress.attempts + 1,
            trigger: if by_hand { Trigger::Manual } else { Trigger::Schedule },
            started_at: sent_at,
            subscription_version: version,
            body_sha256: [0; 32],
        };
        self.journal.push((request, noted));
        let under_way_since = sent_at;
        let bereaved = false;
        let flight =
            Flight { request, subscription, delivery, version, by_hand, sent_at, under_way_since, bereaved };
        self.life.flights.push(flight);
        let kind = match (job.is_first(), by_hand) {
            (true, _) => Kind::SentFirst,
            (false, true) => Kind::SentByHand,
            (false, false) => Kind::SentRetry,
        };
        self.note(kind, (subscription, delivery, job.event_position.0));
    }

    /// What the receiver of a request says.
    fn answer(&mut self, place: usize) -> (Answer, Option<Timestamp>) {
        let flight = self.life.flights[place];
        let response =
            |status| Answer::Response { status, headers: vec![], body: String::new(), truncated: false };
        if self.now.since(flight.under_way_since) > LATE {
            self.note(Kind::LateAnswer, flight.subscription);
        }
        if self.chance.below(100) < self.profile.success_percent {
            self.note(Kind::Success, (flight.subscription, flight.delivery, 200));
            return (response(200), None);
        }
        let wait = Duration::from_secs(self.chance.pick(&[0, 1, 7, 600, 86_400]));
        let asked = self.chance.one_in(2).then(|| self.now.after(wait));
        let status = self.chance.pick(&[500, 500, 500, 302, 400, 404, 410, 429, 503, 0, 0]);
        let (kind, not_before) = match status {
            0 => {
                let failure = Answer::Failure { class: "timeout".to_owned(), message: String::new() };
                self.note(Kind::NoAnswer, (flight.subscription, flight.delivery, 0));
                return (failure, None);
            }
            429 | 503 if asked.is_some() => (Kind::SlowDownUntil, asked),
            429 | 503 => (Kind::SlowDown, None),
            410 => (Kind::Gone, None),
            400 | 404 => (Kind::Final, None),
            _ if asked.is_some() && self.chance.one_in(4) => (Kind::RetryAfter, asked),
            _ => (Kind::Failure, None),
        };
        self.note(kind, (flight.subscription, flight.delivery, u64::from(status)));
        (response(status), not_before)
    }

    /// A request has ended.
    pub(crate) fn complete(&mut self, place: usize, answer: Answer, not_before: Option<Timestamp>) {
        let flight = self.life.flights.swap_remove(place);
        let Flight { request, subscription, delivery, version, by_hand, sent_at, .. } = flight;
        let at = self.now;
        let watched = self.life.watch(subscription);
        watched.in_flight -= 1;
        // How an endpoint fares is the business of whoever has its lane.
        let ours = self.life.core.lanes().contains(Lane::of(subscription));
        let watched = self.life.watch(subscription);
        if ours && matches!(answer.status(), Some(429 | 503)) {
            let until = not_before.unwrap_or_else(|| at.after(SLOW_DOWN));
            watched.blocked_until = watched.blocked_until.max(until);
        }
        self.life.outcomes.insert(delivery, Outcome { request, answer: answer.clone(), at, not_before });
        let attempt = Attempt {
            number: 0,
            trigger: if by_hand { Trigger::Manual } else { Trigger::Schedule },
            started_at: sent_at,
            phases: Phases::default(),
            subscription_version: version,
            address: None,
            body_sha256: request.to_string(),
            answer,
        };
        let chance = u16::try_from(self.chance.below(1 << 16)).expect("it is less");
        let made = AttemptMade { attempt: Arc::new(attempt), at, chance, not_before };
        let report = Report { made, event_type: self.truth.deliveries[&delivery].event_type.clone() };
        let before = self.life.core.load().breakers_open;
        if ours {
            self.learn(subscription, delivery);
        }
        self.tell(|core, out| core.completed(subscription, delivery, report, out));
        if ours {
            self.follow_breaker(subscription, delivery, before);
        }
    }

    /// The ledger comes to an outcome.
    pub(crate) fn commit(&mut self, place: usize) {
        let pending = &self.life.appends[place];
        let (subscription, delivery) = (pending.subscription, pending.delivery);
        let state = match self.append(&batch(&self.life.appends[place])) {
            Verdict::Appended(last) => {
                self.note(Kind::Committed, (subscription, delivery, last.0));
                self.note_zombie(subscription, delivery);
                Append::Committed(last)
            }
            Verdict::Already(last) => Append::Committed(last),
            Verdict::Conflict => {
                self.note(Kind::Conflict, (subscription, delivery, 0));
                let read_now = self.chance.one_in(2);
                Append::Conflicted(read_now.then(|| self.truth.deliveries[&delivery].job(delivery)))
            }
        };
        self.life.appends[place].state = state;
    }

    fn lose_result(&mut self, place: usize) {
        let pending = &mut self.life.appends[place];
        pending.state = Append::Queued;
        let about = (pending.subscription, pending.delivery, 0);
        self.note(Kind::ResultLost, about);
    }

    /// The core is told what became of an outcome.
    pub(crate) fn settle(&mut self, place: usize) {
        let Pending { subscription, delivery, expected, events, state, .. } =
            self.life.appends.swap_remove(place);
        match state {
            Append::Queued => unreachable!("nothing became of it yet"),
            Append::Committed(last) => {
                self.life.outcomes.remove(&delivery);
                self.life.held.as_of.remove(&delivery);
                self.life.told.insert(delivery, Sequence(expected.0 + events.len() as u64));
                self.note(Kind::Settled, (subscription, delivery, last.0));
                self.tell(|core, out| core.appended(subscription, delivery, last, out));
            }
            Append::Conflicted(found) => {
                let found = found.unwrap_or_else(|| self.truth.deliveries[&delivery].job(delivery));
                self.note(Kind::Settled, (subscription, delivery, 0));
                self.tell(|core, out| core.conflicted(subscription, delivery, found, out));
            }
        }
    }

    /// The engine's wish to record something of a subscription is carried out, and told to the tenant.
    pub(crate) fn carry_out(&mut self, place: usize) {
        let (tenant, subscription, command) = self.life.notes.swap_remove(place);
        if self.ask(subscription, command, Kind::NotedByEngine) {
            self.publish_for(tenant);
            self.note(Kind::Noticed, subscription);
        }
        self.is_noted(subscription);
    }

    fn lose_note(&mut self, place: usize) {
        let (_, subscription, _) = self.life.notes.swap_remove(place);
        self.note(Kind::NoteLost, subscription);
        self.is_noted(subscription);
    }

    fn is_noted(&mut self, subscription: SubscriptionId) {
        self.life.watch(subscription).noting = false;
        self.tell(|core, _| core.noted(subscription));
    }
}

/// What is appended.
pub(crate) fn batch(pending: &Pending) -> Batch {
    Batch {
        id: pending.batch,
        tenant: pending.tenant,
        stream: pending.delivery.uuid(),
        expected: pending.expected,
        facts: pending.events.iter().cloned().map(Fact::Delivery).collect(),
    }
}

pub(crate) fn is_queued(pending: &Pending) -> bool {
    matches!(pending.state, Append::Queued)
}

fn is_committed(pending: &Pending) -> bool {
    matches!(pending.state, Append::Committed(_))
}
