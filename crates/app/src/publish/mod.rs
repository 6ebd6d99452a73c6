//! Accepting events: one append for each call, all or nothing.
//!
//! An event that its publisher names (by its own id, or by the call's `Idempotency-Key`) gets an id that is derived
//! from the name. Its stream can begin only once, so the append itself finds out whether it was published before:
//! no look-up precedes it, and no two calls can both succeed.

mod check;
mod name;
mod refusal;
mod repeat;

pub(crate) use check::check_one;
pub use name::{IdempotencyKey, IdempotencyKeyError};
pub use refusal::Refusal;

use catalog::Problem;
use domain::event::{EventKey, Published, Source};
use domain::event_type::Deprecation;
use domain::{EventId, EventType, Fact, Position, RawJson, RecordId, Scope, Sequence, Timestamp, event};
use ledger::{Appended, Batch, LedgerError, NewRecord, Origin, Verdict};

use self::repeat::Sifted;
use crate::app::App;
use crate::error::{Error, Fault};
use crate::request::Request;

/// An event as its publisher gives it.
#[derive(Debug, Clone)]
pub struct NewEvent {
    /// What kind of fact it is; must be registered.
    pub event_type: EventType,
    /// The version of the type's data, from 1.
    pub version: u32,
    /// Where it happened.
    pub source: Source,
    /// When it happened; when it is accepted if `None`.
    pub time: Option<Timestamp>,
    /// What the publisher calls it, unique within the source: published again, it is recognised.
    pub key: Option<EventKey>,
    /// The fact itself.
    pub data: RawJson,
    /// What the publisher says about it besides: an object.
    pub metadata: Option<RawJson>,
}

/// What a publish call says besides its events.
#[derive(Debug, Clone, Default)]
pub struct PublishOptions {
    /// Names the call, so that making it again is recognised: each event without a key is named by this and its place.
    pub idempotency_key: Option<IdempotencyKey>,
}

/// An event is in the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// What it is called here.
    pub id: EventId,
    /// Where it stands.
    pub position: Position,
    /// Whether an earlier call had published it, so that nothing was recorded now.
    pub duplicate: bool,
    /// What its type's schema does not allow, although it was accepted; and whether the type should not be used any more.
    pub warnings: Vec<Problem>,
}

/// How often a call with known names is tried when others publish the same names at the same moment.
const TRIES: u32 = 4;

/// An event that is ready to be recorded.
#[derive(Debug, Clone)]
pub(crate) struct Pending {
    /// Its place in the call.
    index: usize,
    id: EventId,
    /// Whether the publisher named it, so that it may have been published before.
    named: bool,
    /// That the type should not be used any more; told, and not recorded.
    deprecated: Option<Problem>,
    published: Box<Published>,
}

impl App {
    /// Accepts all of `events`, durably, or none of them. Answers in the order of the call.
    ///
    /// Needs the scope `publish`. Bounded by [`crate::Bounds`].
    pub async fn publish(
        &self,
        request: &Request,
        events: Vec<NewEvent>,
        options: PublishOptions,
    ) -> Result<Vec<Accepted>, Error<Refusal>> {
        request.need(Scope::Publish)?;
        self.admit(request.tenant())?;
        check::bounds(&events, self.bounds()).map_err(Error::Refused)?;
        let rules = check::rules(&events, &self.catalog().of(request.tenant())).map_err(Error::Refused)?;
        let warnings = check::validate(&events, &rules).map_err(Error::Refused)?;
        let now = self.clock().now();
        let origin = Origin::new(request.tenant(), &request.metadata(), now);
        let mut pending = self.prepare(request, events, &options, now)?;
        for ((pending, warnings), rule) in pending.iter_mut().zip(warnings).zip(rules) {
            pending.published.warnings = warnings;
            pending.deprecated = rule.deprecated.as_ref().map(deprecated);
        }
        self.record(pending, &origin).await
    }

    fn prepare(
        &self,
        request: &Request,
        events: Vec<NewEvent>,
        options: &PublishOptions,
        now: Timestamp,
    ) -> Result<Vec<Pending>, Error<Refusal>> {
        let ids = name::ids(request.tenant(), &events, options, self.ids()).map_err(Error::Refused)?;
        let pending = events.into_iter().zip(ids).enumerate();
        let pending = pending.map(|(index, (event, (id, named)))| Pending {
            index,
            id,
            named,
            deprecated: None,
            published: Box::new(event.accepted(now)),
        });
        Ok(pending.collect())
    }

    async fn record(
        &self,
        mut pending: Vec<Pending>,
        origin: &Origin,
    ) -> Result<Vec<Accepted>, Error<Refusal>> {
        let mut accepted = vec![None; pending.len()];
        for _ in 0..TRIES {
            if pending.is_empty() {
                break;
            }
            let places: Vec<_> = pending.iter().map(|event| (event.index, event.id)).collect();
            let warnings: Vec<_> = pending.iter().map(Pending::warnings).collect();
            // Only what may have been published before can conflict, and is needed again if it does.
            let spare = if pending.iter().any(|event| event.named) { pending.clone() } else { Vec::new() };
            if let Ok(appended) = self.append_events(pending, origin).await? {
                let positions = self.positions(appended, &places).await?;
                for (((index, id), position), warnings) in places.into_iter().zip(positions).zip(warnings) {
                    accepted[index] = Some(Accepted { id, position, duplicate: false, warnings });
                }
                break;
            }
            let Sifted { known, left } = repeat::sift(self.ledger(), spare).await?;
            for (index, repeat) in known {
                accepted[index] = Some(repeat);
            }
            pending = left;
        }
        let contended =
            || Fault::Contended { what: "the ids of the published events".to_owned(), tries: TRIES };
        accepted.into_iter().collect::<Option<_>>().ok_or_else(|| contended().into())
    }

    async fn append_events(&self, pending: Vec<Pending>, origin: &Origin) -> Result<Verdict, LedgerError> {
        let record = |event: Pending| {
            // A fresh event's only record may share its bits. A named one must not: appending it a second time would
            // pass for the first one, whatever it says.
            let id = if event.named {
                RecordId::generate(self.ids())
            } else {
                RecordId::from_uuid(event.id.uuid())
            };
            let fact = Fact::Event(event::Event::Published(event.published));
            NewRecord::of(id, event.id.into(), Sequence(1), fact, origin)
        };
        let batch = Batch::new(pending.into_iter().map(record).collect());
        self.ledger().append_one(batch.expect("the bounds of a call lie within those of a batch")).await
    }

    /// Where the events of one append stand.
    async fn positions(
        &self,
        appended: Appended,
        places: &[(usize, EventId)],
    ) -> Result<Vec<Position>, LedgerError> {
        if appended.last.0 - appended.first.0 + 1 == places.len() as u64 {
            return Ok((appended.first.0..=appended.last.0).map(Position).collect());
        }
        // A store whose positions have gaps has to be asked.
        let mut positions = Vec::with_capacity(places.len());
        for (_, id) in places {
            let record = self.ledger().read_stream((*id).into(), Sequence::NONE, 1).await?;
            positions.push(record.first().map_or(appended.last, |record| record.position));
        }
        Ok(positions)
    }
}

impl Pending {
    /// What its publisher is told.
    fn warnings(&self) -> Vec<Problem> {
        self.published.warnings.iter().chain(&self.deprecated).cloned().collect()
    }
}

/// A deprecation as publishers are told of it.
fn deprecated(deprecation: &Deprecation) -> Problem {
    let what =
        deprecation.version.map_or_else(|| "the type".to_owned(), |version| format!("version {version}"));
    let note = Some(deprecation.note.as_str()).filter(|note| !note.is_empty());
    let note = note.map_or_else(String::new, |note| format!(": {note}"));
    Problem {
        path: String::new(),
        rule: "deprecated".to_owned(),
        schema_path: String::new(),
        message: format!("{what} should not be used after {}{note}", deprecation.sunset),
    }
}

impl NewEvent {
    fn accepted(self, now: Timestamp) -> Published {
        Published {
            event_type: self.event_type,
            version: self.version,
            source: self.source,
            time: self.time.unwrap_or(now),
            accepted_at: now,
            key: self.key,
            data: self.data,
            metadata: self.metadata,
            warnings: Vec::new(),
        }
    }
}
