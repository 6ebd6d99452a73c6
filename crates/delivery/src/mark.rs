//! What records of outcomes carry where engines share a ledger: the lane, and the epoch of the lease under which the request
//! was made. By it an engine tells its own records from those of a former holder, of a lane that it has now.

use std::sync::Arc;

use domain::delivery::Event;
use domain::{Actor, Metadata, SubscriptionId};
use serde::{Deserialize, Serialize};

use crate::core::{LANES, Lane, Whose};

/// How often the lease of a lane was taken, so that no two holders have the same one.
pub type Epoch = i64;

/// [`Metadata`], and what else is told.
#[derive(Serialize)]
struct Marked<'a> {
    #[serde(flatten)]
    metadata: &'a Metadata,
    #[serde(flatten)]
    mark: Mark,
}

/// Of which lease a record is, and of which subscription: a record of a failed attempt does not say that by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
struct Mark {
    #[serde(skip_serializing_if = "Option::is_none")]
    lane: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    epoch: Option<Epoch>,
    #[serde(skip_serializing_if = "Option::is_none")]
    subscription: Option<SubscriptionId>,
}

/// What the records of an engine carry, of each lane as it last had it.
#[derive(Debug)]
pub(crate) struct Marks {
    epochs: [Option<Epoch>; LANES as usize],
    /// Of outcomes after which a delivery does not go on: nearly all.
    usual: [Arc<str>; LANES as usize],
}

impl Marks {
    /// Of an engine that has no lease.
    pub(crate) fn new() -> Self {
        let plain = text(Mark::default());
        Self { epochs: [None; LANES as usize], usual: std::array::from_fn(|_| plain.clone()) }
    }

    /// Marks what is recorded of `lane` from now on.
    pub(crate) fn set(&mut self, lane: Lane, epoch: Epoch) {
        let place = usize::from(lane.number());
        self.epochs[place] = Some(epoch);
        self.usual[place] = text(Mark { lane: Some(lane.number()), epoch: Some(epoch), subscription: None });
    }

    /// What the records of an outcome carry.
    pub(crate) fn of(&self, subscription: SubscriptionId, events: &[Event]) -> Arc<str> {
        let lane = Lane::of(subscription);
        let place = usize::from(lane.number());
        let failed = events.iter().any(|event| matches!(event, Event::AttemptFailed { .. }));
        match self.epochs[place].filter(|_| failed) {
            Some(epoch) => {
                text(Mark { lane: Some(lane.number()), epoch: Some(epoch), subscription: Some(subscription) })
            }
            None => self.usual[place].clone(),
        }
    }

    /// What the record of an outcome says of whose it is, if it is not one of this engine's by the leases that it has or had
    /// last.
    pub(crate) fn whose(&self, metadata: &str) -> Option<Whose> {
        // Damaged metadata says nothing.
        let Mark { lane, epoch, subscription } = serde_json::from_str(metadata).unwrap_or_default();
        let lane = lane.and_then(Lane::new);
        let own =
            lane.is_some_and(|lane| epoch.is_some() && self.epochs[usize::from(lane.number())] == epoch);
        (!own).then_some(Whose { lane, subscription })
    }
}

/// What the records of requests carry that an earlier life made: no lease, so that whoever has the lane takes them for news.
pub(crate) fn of_an_earlier_life(subscription: SubscriptionId) -> Arc<str> {
    text(Mark { subscription: Some(subscription), ..Mark::default() })
}

fn text(mark: Mark) -> Arc<str> {
    let metadata = &Metadata::by(Actor::Engine);
    serde_json::to_string(&Marked { metadata, mark }).expect("metadata has text keys only").into()
}

#[cfg(test)]
mod tests {
    use domain::delivery::{Attempt, Phases, Trigger};
    use domain::{Sequence, Timestamp};
    use uuid::Uuid;

    use super::*;

    const ONE: SubscriptionId = SubscriptionId::from_uuid(Uuid::from_u128(1));

    fn attempt_failed() -> Event {
        let attempt = Attempt {
            number: 1,
            trigger: Trigger::Schedule,
            started_at: Timestamp::default(),
            phases: Phases::default(),
            subscription_version: Sequence(1),
            address: None,
            body_sha256: String::new(),
            answer: Attempt::interrupted(),
        };
        Event::AttemptFailed { attempt: Arc::new(attempt), retry_at: None }
    }

    #[test]
    fn marked_records_are_metadata_as_ever_and_tell_whose_they_are() {
        let (mut marks, lane) = (Marks::new(), Lane::of(ONE));
        let plain = marks.of(ONE, &[]);
        assert_eq!(*plain, *serde_json::to_string(&Metadata::by(Actor::Engine)).unwrap());
        assert_eq!(marks.whose(&plain), Some(Whose::default()));
        marks.set(lane, 3);
        let marked = marks.of(ONE, &[]);
        assert_eq!(serde_json::from_str::<Metadata>(&marked).unwrap(), Metadata::by(Actor::Engine));
        assert_eq!(*marked, *r#"{"actor":{"kind":"engine"},"lane":9,"epoch":3}"#);
        assert_eq!(marks.whose(&marked), None);
        marks.set(lane, 5);
        let of_it = Whose { lane: Some(lane), subscription: None };
        assert_eq!(marks.whose(&marked), Some(of_it), "of an earlier tenure");
    }

    #[test]
    fn a_failure_tells_whose_delivery_goes_on() {
        let mut marks = Marks::new();
        marks.set(Lane::of(ONE), 3);
        let marked = marks.of(ONE, &[attempt_failed()]);
        let of_it = Whose { lane: Some(Lane::of(ONE)), subscription: Some(ONE) };
        assert_eq!((marks.whose(&marked), Marks::new().whose(&marked)), (None, Some(of_it)));
        let found = Marks::new().whose(&of_an_earlier_life(ONE));
        assert_eq!(found, Some(Whose { lane: None, subscription: Some(ONE) }));
    }
}
