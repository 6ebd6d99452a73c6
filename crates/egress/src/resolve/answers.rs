//! What name servers said, for as long as it is good: addresses and nothing else, of a bounded number of names.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use super::ResolveError;

/// Addresses that are kept over all names, and names without any; a mebibyte or two in all.
const KEPT_MAX: usize = 32_768;

type Answer = Result<Vec<IpAddr>, ResolveError>;

#[derive(Default)]
pub(super) struct Answers(Mutex<Kept>);

#[derive(Default)]
struct Kept {
    answers: HashMap<Box<str>, (Answer, Instant)>,
    /// What all of them weigh.
    weight: usize,
}

impl Answers {
    /// What is known of a name at `now`.
    pub(super) fn get(&self, host: &str, now: Instant) -> Option<Answer> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.answers.get(host).filter(|(_, good_until)| *good_until > now).map(|(answer, _)| answer.clone())
    }

    /// Keeps an answer until then. What is too much is forgotten: first what is not good any more, then everything.
    pub(super) fn put(&self, host: &str, answer: Answer, good_until: Instant, now: Instant) {
        if good_until <= now {
            return;
        }
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.weight += weight(&answer);
        if let Some((former, _)) = kept.answers.insert(host.into(), (answer, good_until)) {
            kept.weight -= weight(&former);
        }
        if kept.weight > KEPT_MAX {
            kept.answers.retain(|_, (_, good_until)| *good_until > now);
            kept.weight = kept.answers.values().map(|(answer, _)| weight(answer)).sum();
        }
        if kept.weight > KEPT_MAX {
            *kept = Kept::default();
        }
    }
}

/// Names without addresses take room as well: so do their names, which have at most 253 bytes.
fn weight(answer: &Answer) -> usize {
    16 + answer.as_ref().map_or(0, Vec::len)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn addresses(count: u16) -> Vec<IpAddr> {
        (0..count).map(|n| IpAddr::from([8, 8, n.to_be_bytes()[0], n.to_be_bytes()[1]])).collect()
    }

    #[test]
    fn an_answer_is_known_as_long_as_it_is_good() {
        let (answers, now) = (Answers::default(), Instant::now());
        let minute = Duration::from_mins(1);
        answers.put("one.example", Ok(addresses(2)), now + minute, now);
        answers.put("none.example", Err(ResolveError::NotFound), now + minute, now);
        answers.put("never.example", Ok(addresses(1)), now, now);
        assert_eq!(answers.get("one.example", now), Some(Ok(addresses(2))));
        assert_eq!(answers.get("none.example", now), Some(Err(ResolveError::NotFound)));
        assert_eq!(answers.get("one.example", now + minute), None);
        assert_eq!(answers.get("never.example", now), None);
    }

    #[test]
    fn however_many_names_there_are_a_bounded_number_of_addresses_is_kept() {
        let (answers, now) = (Answers::default(), Instant::now());
        for n in 0..1_000 {
            answers.put(&format!("n{n}.example"), Ok(addresses(1_000)), now + Duration::from_mins(1), now);
            let kept = answers.0.lock().unwrap();
            let found: usize = kept.answers.values().map(|(answer, _)| answer.as_ref().unwrap().len()).sum();
            assert!(found <= KEPT_MAX && kept.weight >= found);
        }
    }
}
