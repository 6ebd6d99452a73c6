//! Reading a JSON list up to a bound: what is beyond is counted, and not kept.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, DeserializeSeed, Deserializer, IgnoredAny, SeqAccess, Visitor};

/// A list, as far as it was kept.
pub(crate) struct List<T> {
    /// The first of its elements.
    pub(crate) kept: Vec<T>,
    /// How many it has in all.
    pub(crate) found: usize,
}

/// Reads a [`List`] and keeps at most so many elements.
pub(crate) struct Bounded<T> {
    max: usize,
    element: PhantomData<T>,
}

impl<T> Bounded<T> {
    pub(crate) const fn new(max: usize) -> Self {
        Self { max, element: PhantomData }
    }
}

impl<'de, T: Deserialize<'de>> DeserializeSeed<'de> for Bounded<T> {
    type Value = List<T>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<List<T>, D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de, T: Deserialize<'de>> Visitor<'de> for Bounded<T> {
    type Value = List<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<List<T>, A::Error> {
        let mut kept = Vec::new();
        while kept.len() < self.max {
            match list.next_element()? {
                Some(element) => kept.push(element),
                None => return Ok(List { found: kept.len(), kept }),
            }
        }
        let mut found = kept.len();
        while list.next_element::<IgnoredAny>()?.is_some() {
            found += 1;
        }
        Ok(List { kept, found })
    }
}
