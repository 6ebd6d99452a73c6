//! Lifting stored records to the version that the code of today understands.
//!
//! A record is never rewritten. When its payload's meaning changes, its version is raised and a [`Step`] is registered
//! that makes the payload of one version into that of the next. Readers see current versions only: the hot path
//! through [`Upcasters::lift`], the cqrs-es repositories through [`Upcasters::for_cqrs`], both over the same steps.
//!
//! Adding a step: raise the version in `domain::RECORD_TYPES`, add `Step::new("<type>", <old version>, <what it
//! does>, <lift>)` to `steps.rs`, keep the golden samples of the old version. Lift with [`Fields`], which leaves what it
//! does not touch byte for byte as it was; going through floats or sorted maps would not.

mod cqrs;
mod fields;
mod steps;

use std::borrow::Cow;
use std::fmt;
use std::sync::{Arc, LazyLock};

use hashbrown::HashMap;

pub(crate) use cqrs::{exact, marked, text_of};
pub use fields::{Fields, FieldsError};

/// Why a payload could not be lifted, in words.
pub type LiftError = Box<dyn std::error::Error + Send + Sync>;

type Lift = dyn Fn(&str) -> Result<String, LiftError> + Send + Sync;

/// Makes the payload of one version of a record type into that of the next.
pub struct Step {
    record_type: Cow<'static, str>,
    from: u16,
    says: Cow<'static, str>,
    lift: Box<Lift>,
}

impl Step {
    /// Lifts payloads of `record_type` from version `from`, at least 1, to the next one; `says` tells people how.
    pub fn new(
        record_type: impl Into<Cow<'static, str>>,
        from: u16,
        says: impl Into<Cow<'static, str>>,
        lift: impl Fn(&str) -> Result<String, LiftError> + Send + Sync + 'static,
    ) -> Self {
        Self { record_type: record_type.into(), from, says: says.into(), lift: Box::new(lift) }
    }
}

impl fmt::Debug for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Step({} {} to {})", self.record_type, self.from, self.from.saturating_add(1))
    }
}

/// Every known step, a chain for each record type.
#[derive(Debug, Default)]
pub struct Upcasters {
    /// The step from version n stands at n - 1.
    chains: HashMap<Cow<'static, str>, Vec<Arc<Step>>>,
}

/// Why steps do not make chains: a mistake of the programmer, found at start.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UpcastersError {
    /// There are later steps, but none from this version.
    #[error("no step lifts \"{record_type}\" from version {from}, but there are steps from later ones")]
    Missing {
        /// Of which record type.
        record_type: String,
        /// From which version.
        from: u16,
    },
    /// Two steps start at the same version, or at 0.
    #[error("more than one step lifts \"{record_type}\" from version {from}, or that version cannot be")]
    Surplus {
        /// Of which record type.
        record_type: String,
        /// From which version.
        from: u16,
    },
}

/// A record type whose records of older versions could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "records of \"{record_type}\" are written at version {current}, and steps lead to version {reached} only: older records \
     could not be read, so nothing is started"
)]
pub struct Incomplete {
    /// Which record type.
    pub record_type: &'static str,
    /// The version that is written now.
    pub current: u16,
    /// The version that the steps lead to.
    pub reached: u16,
}

/// A payload at some version, and how it got there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lifted<'p> {
    /// Which version.
    pub version: u16,
    /// The payload.
    pub payload: Cow<'p, str>,
    /// The steps, in order: from which version each starts, and what it does.
    pub steps: Vec<(u16, String)>,
}

/// Why a stored payload cannot be lifted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UpcastError {
    /// Written by a newer Hookledger.
    #[error(
        "version {found} is newer than {known}, the newest that is known; was it written by a newer Hookledger?"
    )]
    Newer {
        /// The stored version.
        found: u16,
        /// The newest that is known.
        known: u16,
    },
    /// No version that was ever written.
    #[error("no step lifts it from version {from}")]
    NoStep {
        /// The stored version.
        from: u16,
    },
    /// The payload is not what the version promises.
    #[error("lifting it from version {from} failed: {reason}")]
    Failed {
        /// The version that the failing step starts at.
        from: u16,
        /// What it said.
        reason: String,
    },
}

impl Upcasters {
    /// The steps of all records that Hookledger writes.
    pub fn standard() -> Arc<Self> {
        static STANDARD: LazyLock<Arc<Upcasters>> = LazyLock::new(|| {
            let steps = steps::all();
            Arc::new(Upcasters::new(steps).expect("the steps above follow each other from version 1"))
        });
        STANDARD.clone()
    }

    /// Chains `steps`, in whatever order they come: those of a type must lead from version 1 without a gap.
    pub fn new(mut steps: Vec<Step>) -> Result<Self, UpcastersError> {
        steps.sort_by_key(|step| step.from);
        let mut chains: HashMap<Cow<'static, str>, Vec<Arc<Step>>> = HashMap::new();
        for step in steps {
            let chain = chains.entry(step.record_type.clone()).or_default();
            let (next, record_type) = (chain.len() + 1, step.record_type.clone().into_owned());
            match usize::from(step.from) {
                from if from < next => return Err(UpcastersError::Surplus { record_type, from: step.from }),
                from if from > next => {
                    return Err(UpcastersError::Missing { record_type, from: version(next) });
                }
                _ => chain.push(Arc::new(step)),
            }
        }
        Ok(Self { chains })
    }

    /// Whether every record type can be lifted to its current version: asked before anything is read, since a record that
    /// cannot be lifted would come to light at any moment.
    pub fn check(&self) -> Result<(), Incomplete> {
        for (record_type, current) in domain::RECORD_TYPES {
            let (reached, current) = (self.newest(record_type), *current);
            if reached != current {
                return Err(Incomplete { record_type, current, reached });
            }
        }
        Ok(())
    }

    /// The newest version of `record_type` that the steps lead to; 1 if there are none.
    pub fn newest(&self, record_type: &str) -> u16 {
        self.chains.get(record_type).map_or(1, |chain| version(chain.len() + 1))
    }

    /// The payload at version `to`, at least as new as it is, with the steps that lead there.
    pub fn lift_to<'p>(
        &self,
        record_type: &str,
        (from, to): (u16, u16),
        payload: &'p str,
    ) -> Result<Lifted<'p>, UpcastError> {
        let known = self.newest(record_type);
        if to > known || from > to {
            return Err(if from > to {
                UpcastError::NoStep { from }
            } else {
                UpcastError::Newer { found: to, known }
            });
        }
        let mut lifted = Lifted { version: from, payload: payload.into(), steps: Vec::new() };
        let chain = self.chains.get(record_type).map(Vec::as_slice).unwrap_or_default();
        let first = usize::from(from).checked_sub(1).ok_or(UpcastError::NoStep { from })?;
        for step in chain.iter().take(usize::from(to) - 1).skip(first) {
            lifted.payload = step.apply(&lifted.payload)?.into();
            lifted.steps.push((step.from, step.says.clone().into_owned()));
            lifted.version = step.from.saturating_add(1);
        }
        Ok(lifted)
    }

    /// The payload at the newest version. One without steps comes back as it is, with its version: whether that is
    /// the right one is for the decoder to say.
    pub fn lift<'p>(
        &self,
        record_type: &str,
        from: u16,
        payload: &'p str,
    ) -> Result<(u16, Cow<'p, str>), UpcastError> {
        let Some(chain) = self.chains.get(record_type) else { return Ok((from, payload.into())) };
        let known = version(chain.len() + 1);
        if from > known {
            return Err(UpcastError::Newer { found: from, known });
        }
        let first = usize::from(from).checked_sub(1).ok_or(UpcastError::NoStep { from })?;
        let mut lifted = Cow::Borrowed(payload);
        for step in &chain[first..] {
            lifted = step.apply(&lifted)?.into();
        }
        Ok((known, lifted))
    }
}

impl Step {
    fn apply(&self, payload: &str) -> Result<String, UpcastError> {
        (self.lift)(payload)
            .map_err(|reason| UpcastError::Failed { from: self.from, reason: reason.to_string() })
    }
}

fn version(n: usize) -> u16 {
    u16::try_from(n).unwrap_or(u16::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Three versions of a record that only tests write: `{"n":1}`, then `{"count":1}`, then with a unit.
    pub(super) fn counted() -> Upcasters {
        let rename = Step::new("test.counted", 1, "call \"n\" \"count\"", |payload| {
            let mut fields = Fields::parse(payload)?;
            fields.rename("n", "count")?;
            Ok(fields.to_string())
        });
        let unit = Step::new("test.counted", 2, "add the unit", |payload| {
            let mut fields = Fields::parse(payload)?;
            fields.set("unit", "\"pieces\"")?;
            Ok(fields.to_string())
        });
        Upcasters::new(vec![unit, rename]).unwrap()
    }

    #[test]
    fn every_record_type_can_be_lifted_from_its_first_version_to_its_current_one() {
        for (record_type, current) in domain::RECORD_TYPES {
            assert_eq!(Upcasters::standard().newest(record_type), *current, "{record_type}");
        }
    }

    #[test]
    fn a_missing_step_is_found_before_anything_is_read() {
        assert_eq!(Upcasters::standard().check(), Ok(()));
        let missing = Upcasters::default().check().unwrap_err();
        assert_eq!((missing.record_type, missing.current, missing.reached), ("event_type.registered", 2, 1));
        assert!(missing.to_string().contains("steps lead to version 1 only"), "{missing}");
    }

    #[test]
    fn a_payload_is_lifted_to_any_later_version_with_the_steps_on_the_way() {
        let upcasters = counted();
        let lifted = |from, to| upcasters.lift_to("test.counted", (from, to), r#"{"n":1.10}"#);
        let halfway = lifted(1, 2).unwrap();
        assert_eq!((halfway.version, &*halfway.payload), (2, r#"{"count":1.10}"#));
        assert_eq!(halfway.steps, [(1, "call \"n\" \"count\"".to_owned())]);
        assert_eq!(lifted(1, 3).unwrap().steps.len(), 2);
        assert_eq!(lifted(1, 1).unwrap().payload, r#"{"n":1.10}"#);
        assert_eq!(lifted(3, 2), Err(UpcastError::NoStep { from: 3 }));
        assert_eq!(lifted(1, 4), Err(UpcastError::Newer { found: 4, known: 3 }));
    }

    #[test]
    fn a_payload_passes_every_step_from_its_own_version_on() {
        let upcasters = counted();
        let newest =
            |from, payload| upcasters.lift("test.counted", from, payload).map(|(v, p)| (v, p.into_owned()));
        assert_eq!(newest(1, r#"{"n":1.10}"#), Ok((3, r#"{"count":1.10,"unit":"pieces"}"#.into())));
        assert_eq!(newest(2, r#"{"count":2}"#), Ok((3, r#"{"count":2,"unit":"pieces"}"#.into())));
        assert_eq!(newest(3, r#"{"count":3,"unit":"tons"}"#), Ok((3, r#"{"count":3,"unit":"tons"}"#.into())));
    }

    #[test]
    fn a_version_from_the_future_is_told_with_the_newest_known() {
        assert_eq!(counted().lift("test.counted", 4, "{}"), Err(UpcastError::Newer { found: 4, known: 3 }));
        assert_eq!(counted().lift("test.counted", 0, "{}"), Err(UpcastError::NoStep { from: 0 }));
    }

    #[test]
    fn a_payload_that_a_step_cannot_lift_is_told_with_the_step() {
        assert!(matches!(counted().lift("test.counted", 1, "{}"), Err(UpcastError::Failed { from: 1, .. })));
    }

    #[test]
    fn a_type_without_steps_is_left_alone() {
        assert_eq!(counted().lift("test.other", 7, "[]"), Ok((7, "[]".into())));
    }

    #[test]
    fn chains_with_gaps_or_two_ways_are_refused_at_start() {
        let step = |from| Step::new("test.counted", from, "nothing", |payload| Ok(payload.to_owned()));
        let missing = UpcastersError::Missing { record_type: "test.counted".into(), from: 2 };
        let surplus = UpcastersError::Surplus { record_type: "test.counted".into(), from: 1 };
        assert_eq!(Upcasters::new(vec![step(1), step(3)]).err(), Some(missing));
        assert_eq!(Upcasters::new(vec![step(1), step(1)]).err(), Some(surplus));
    }
}
