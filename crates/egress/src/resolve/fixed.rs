//! A resolver that answers from a list, for tests: no network, and every kind of trouble on request.

use std::collections::{HashMap, VecDeque};
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;

use super::{Resolve, ResolveError};

/// One answer of a [`FixedResolver`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// These addresses.
    Addresses(Vec<IpAddr>),
    /// This error.
    Error(ResolveError),
    /// No answer, ever.
    Silence,
}

/// Answers from a list; names that are not on it are not found.
///
/// A name with several answers gives them one after the other and then stays with the last: that is how a
/// name that changes its address between two lookups is made.
#[derive(Debug, Default)]
pub struct FixedResolver {
    answers: Mutex<HashMap<String, VecDeque<Answer>>>,
}

impl FixedResolver {
    /// Knows no name.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a further answer for a name.
    #[must_use]
    pub fn answering(self, host: &str, answer: Answer) -> Self {
        self.add(host, answer);
        self
    }

    /// Adds an answer with one address.
    #[must_use]
    pub fn with(self, host: &str, address: impl Into<IpAddr>) -> Self {
        self.answering(host, Answer::Addresses(vec![address.into()]))
    }

    /// Adds a further answer while the resolver is in use.
    pub fn add(&self, host: &str, answer: Answer) {
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        answers.entry(host.to_owned()).or_default().push_back(answer);
    }

    fn next(&self, host: &str) -> Answer {
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        match answers.get_mut(host) {
            None => Answer::Error(ResolveError::NotFound),
            Some(left) if left.len() > 1 => left.pop_front().expect("there are at least two"),
            Some(left) => left.front().cloned().unwrap_or(Answer::Error(ResolveError::NotFound)),
        }
    }
}

#[async_trait]
impl Resolve for FixedResolver {
    async fn resolve(&self, host: &str) -> Result<Vec<IpAddr>, ResolveError> {
        match self.next(host) {
            Answer::Addresses(addresses) => Ok(addresses),
            Answer::Error(error) => Err(error),
            Answer::Silence => std::future::pending().await,
        }
    }
}
