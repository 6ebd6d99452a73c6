//! The ledger, folded by hand.

use std::collections::{BTreeMap, HashMap, HashSet};

use anyhow::{Context as _, Result};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::records::{Gaps, Kind, Record};

/// The lease of a lane, as records of outcomes name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub struct Lease {
    /// Which lane.
    pub lane: u8,
    /// Which of its leases.
    pub epoch: i64,
}

/// What the ledger holds.
#[derive(Debug, Default)]
pub struct History {
    /// Its last position.
    pub head: u64,
    /// Published events by id.
    pub events: HashMap<String, Event>,
    /// Deliveries by id.
    pub deliveries: BTreeMap<String, Delivery>,
    /// The id of each record, by its position.
    pub ids: BTreeMap<u64, Vec<u8>>,
    /// What is wrong with the records as such.
    pub problems: Vec<String>,
    /// The last sequence of each stream.
    pub(super) sequences: HashMap<String, u64>,
    /// Every record's id.
    pub(super) seen: HashSet<Vec<u8>>,
}

/// A published event.
#[derive(Debug)]
pub struct Event {
    /// Where it stands.
    pub position: u64,
    /// Its type.
    pub event_type: String,
    /// Its data, byte for byte.
    pub data: String,
}

/// A delivery, as its records tell.
#[derive(Debug)]
pub struct Delivery {
    /// Of which event.
    pub event: String,
    /// To which subscription.
    pub subscription: String,
    /// What was tried.
    pub attempts: Vec<Attempt>,
    /// How it ended, if it has.
    pub end: Option<End>,
    /// The place among its attempts of the one that ended it first.
    pub ended_by: Option<usize>,
}

/// How a delivery ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// With an answer of 2xx.
    Delivered,
    /// As a dead letter.
    Dead,
}

/// A recorded attempt.
#[derive(Debug)]
pub struct Attempt {
    /// Where it stands in the ledger.
    pub position: u64,
    /// Under which lease it was recorded; none where there are no lanes, and of an earlier life.
    pub lease: Option<Lease>,
    /// Whether the delivery had ended before it in the ledger.
    pub after_end: bool,
    /// Which one it says it is.
    pub number: u64,
    /// When it started, by the server's clock, in microseconds since the Unix epoch.
    pub started_at: u64,
    /// How long it took.
    pub took_us: u64,
    /// What was answered; none if there was no response.
    pub status: Option<u16>,
    /// The class of the failure, if there was no response.
    pub failure: Option<String>,
    /// Of the body that was sent.
    pub body_sha256: String,
    /// When the next one is due, if there is one.
    pub retry_at: Option<u64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Payload<'a> {
    #[serde(borrow)]
    Published(Published<'a>),
    Scheduled {
        origin: Origin,
    },
    DeliveredAtOnce {
        origin: Origin,
        attempt: Attempted,
    },
    AttemptSucceeded {
        attempt: Attempted,
    },
    AttemptFailed {
        attempt: Attempted,
        retry_at: Option<Instant>,
    },
    AttemptInterrupted {
        attempt: Attempted,
    },
    DeadLettered {},
}

#[derive(Deserialize)]
struct Published<'a> {
    #[serde(rename = "type")]
    event_type: String,
    #[serde(borrow)]
    data: &'a RawValue,
}

#[derive(Deserialize)]
struct Origin {
    event: String,
    event_position: u64,
    subscription: String,
}

#[derive(Deserialize)]
struct Attempted {
    number: u64,
    started_at: Instant,
    phases: Phases,
    body_sha256: String,
    answer: Answer,
}

/// Where an attempt was recorded, and by whose right.
#[derive(Clone, Copy)]
struct Place {
    position: u64,
    lease: Option<Lease>,
}

/// Microseconds since the Unix epoch, stored as RFC 3339.
#[derive(Deserialize, Clone, Copy)]
#[serde(try_from = "String")]
struct Instant(u64);

#[derive(Deserialize)]
struct Phases {
    total_us: u64,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Answer {
    Response { status: u16 },
    Failure { class: String },
}

impl History {
    /// Adds the record that follows those before.
    pub(super) fn add(&mut self, record: Record, gaps: Gaps) -> Result<()> {
        self.place(&record, gaps);
        self.fold(record)
    }

    /// Positions follow each other, sequences too, and no record is there twice.
    fn place(&mut self, record: &Record, gaps: Gaps) {
        let Record { position, sequence, .. } = *record;
        let follows = if gaps == Gaps::Allowed { position > self.head } else { position == self.head + 1 };
        if !follows {
            self.problems.push(format!("position {position} follows {}", self.head));
        }
        self.head = position;
        let last = self.sequences.entry(record.stream.clone()).or_default();
        if sequence != *last + 1 {
            self.problems.push(format!("sequence {sequence} follows {last} at position {position}"));
        }
        *last = sequence;
        if !self.seen.insert(record.id.clone()) {
            self.problems.push(format!("the record at position {position} is there twice"));
        }
        self.ids.insert(position, record.id.clone());
    }

    fn fold(&mut self, record: Record) -> Result<()> {
        let Record { position, kind, stream: id, payload: text, metadata, .. } = record;
        if kind == Kind::Other {
            return Ok(());
        }
        let payload = serde_json::from_str(&text).with_context(|| format!("the payload at {position}"))?;
        if let Payload::Published(Published { event_type, data }) = payload {
            let event = Event { position, event_type, data: data.get().to_owned() };
            self.events.insert(id, event);
            return Ok(());
        }
        if let Payload::Scheduled { origin } = payload {
            self.scheduled(id, origin);
            return Ok(());
        }
        let place = Place { position, lease: serde_json::from_str(&metadata).ok() };
        if let Payload::DeliveredAtOnce { origin, attempt } = payload {
            let delivery = self.scheduled(id, origin);
            delivery.tried(place, attempt, None);
            delivery.ends(End::Delivered);
            return Ok(());
        }
        let Some(delivery) = self.deliveries.get_mut(&id) else {
            self.problems.push(format!("{id} has a record at position {position} before it was scheduled"));
            return Ok(());
        };
        match payload {
            Payload::AttemptSucceeded { attempt } => {
                delivery.tried(place, attempt, None);
                delivery.ends(End::Delivered);
            }
            Payload::AttemptFailed { attempt, retry_at } => delivery.tried(place, attempt, retry_at),
            Payload::AttemptInterrupted { attempt } => delivery.tried(place, attempt, None),
            Payload::DeadLettered {} => {
                if delivery.end.is_some() {
                    self.problems.push(format!("{id} has a record at position {position} after its end"));
                }
                delivery.ends(End::Dead);
            }
            Payload::Published(_) | Payload::Scheduled { .. } | Payload::DeliveredAtOnce { .. } => {}
        }
        Ok(())
    }

    /// Begins a delivery.
    fn scheduled(&mut self, id: String, origin: Origin) -> &mut Delivery {
        let Origin { event, event_position, subscription } = origin;
        let known = self.events.get(&event);
        if known.is_none_or(|event| event.position != event_position) {
            self.problems.push(format!("{id} is of {event}, which is not where it says"));
        }
        if self.deliveries.contains_key(&id) {
            self.problems.push(format!("{id} was scheduled twice"));
        }
        let delivery = Delivery { event, subscription, attempts: Vec::new(), end: None, ended_by: None };
        self.deliveries.entry(id).insert_entry(delivery).into_mut()
    }
}

impl Delivery {
    /// The attempts that the policy counts: neither what a death interrupted nor what came of it after the end.
    pub fn judged(&self) -> impl Iterator<Item = &Attempt> {
        self.attempts.iter().filter(|attempt| !attempt.was_interrupted() && !attempt.after_end)
    }

    fn tried(&mut self, place: Place, attempt: Attempted, retry_at: Option<Instant>) {
        let after_end = self.end.is_some();
        self.attempts.push(attempt.told(place, after_end, retry_at));
    }

    fn ends(&mut self, end: End) {
        self.end = Some(end);
        self.ended_by = self.ended_by.or(self.attempts.len().checked_sub(1));
    }
}

impl Attempt {
    /// Whether it was under way when a process died, so that what came of it is not known.
    pub fn was_interrupted(&self) -> bool {
        self.failure.as_deref() == Some("interrupted")
    }
}

impl Attempted {
    fn told(self, place: Place, after_end: bool, retry_at: Option<Instant>) -> Attempt {
        let (status, failure) = match self.answer {
            Answer::Response { status } => (Some(status), None),
            Answer::Failure { class } => (None, Some(class)),
        };
        Attempt {
            position: place.position,
            lease: place.lease,
            after_end,
            number: self.number,
            started_at: self.started_at.0,
            took_us: self.phases.total_us,
            status,
            failure,
            body_sha256: self.body_sha256,
            retry_at: retry_at.map(|at| at.0),
        }
    }
}

impl TryFrom<String> for Instant {
    type Error = jiff::Error;

    fn try_from(text: String) -> Result<Self, jiff::Error> {
        Ok(Self(text.parse::<jiff::Timestamp>()?.as_microsecond().unsigned_abs()))
    }
}

/// An id as the API writes it: a prefix and the 128 bits in base 32.
pub(super) fn type_id(prefix: &str, bytes: [u8; 16]) -> String {
    const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
    let bits = u128::from_be_bytes(bytes);
    let digit =
        |place: u32| char::from(ALPHABET[usize::try_from(bits >> (5 * place) & 31).expect("five bits")]);
    let suffix: String = (0..26).rev().map(digit).collect();
    format!("{prefix}_{suffix}")
}
