//! Durations as counts in buckets whose width grows with the value: small, exact to 1.6 %, and made to be added up.

/// Buckets for each doubling of the value, as a power of two.
const BITS: u32 = 5;
/// Values above are counted as this: about 19 hours, far beyond what an attempt may take.
const MICROS_MAX: u64 = 1 << 36;

/// How often durations of about some length occurred.
///
/// What [`Sketch::quantile`] answers differs from the true value by at most 1/64 of it (1.6 %); below 64 µs it is exact.
/// Sketches of parts add up to the very sketch of the whole, in whichever order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sketch {
    /// Buckets that are not empty, in order, and how many durations are in each.
    buckets: Vec<(u16, u64)>,
}

impl Sketch {
    /// Counts one duration, in microseconds.
    pub fn record(&mut self, micros: u64) {
        self.add(bucket(micros), 1);
    }

    /// Counts what `other` has counted as well.
    pub fn merge(&mut self, other: &Self) {
        for (bucket, count) in &other.buckets {
            self.add(*bucket, *count);
        }
    }

    /// How many durations were counted.
    pub fn count(&self) -> u64 {
        self.buckets.iter().map(|(_, count)| count).sum()
    }

    /// The duration, in microseconds, that `per_mille` of a thousand do not exceed; none without any.
    pub fn quantile(&self, per_mille: u16) -> Option<u64> {
        let count = self.count();
        let rank = (count.saturating_mul(u64::from(per_mille)).div_ceil(1_000)).clamp(1, count.max(1));
        let mut seen = 0;
        let reached = |(_, count): &&(u16, u64)| {
            seen += count;
            seen >= rank
        };
        self.buckets.iter().find(reached).map(|(bucket, _)| middle(*bucket))
    }

    /// As bytes: for each bucket, how far it is from the one before, and its count, as LEB128.
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.buckets.len() * 3);
        let mut before = 0;
        for (bucket, count) in &self.buckets {
            push(&mut bytes, u64::from(bucket - before));
            push(&mut bytes, *count);
            before = *bucket;
        }
        bytes
    }

    /// Reads what [`Sketch::encode`] wrote; none if it is something else.
    pub(super) fn decode(mut bytes: &[u8]) -> Option<Self> {
        let mut buckets = Vec::new();
        let mut before = 0_u16;
        while !bytes.is_empty() {
            before = before.checked_add(u16::try_from(take(&mut bytes)?).ok()?)?;
            buckets.push((before, take(&mut bytes)?));
        }
        Some(Self { buckets })
    }

    fn add(&mut self, bucket: u16, count: u64) {
        match self.buckets.binary_search_by_key(&bucket, |(known, _)| *known) {
            Ok(place) => self.buckets[place].1 = self.buckets[place].1.saturating_add(count),
            Err(place) => self.buckets.insert(place, (bucket, count)),
        }
    }
}

/// The bucket of a duration: the five bits below the highest one, behind the number of bits that are left out.
fn bucket(micros: u64) -> u16 {
    let micros = micros.min(MICROS_MAX);
    let shift = micros.checked_ilog2().unwrap_or(0).saturating_sub(BITS);
    let place = (u64::from(shift) << BITS) + (micros >> shift);
    u16::try_from(place).expect("37 bits have fewer than 1,200 buckets")
}

/// The duration in the middle of a bucket.
fn middle(bucket: u16) -> u64 {
    let bucket = u64::from(bucket);
    let shift = (bucket >> BITS).saturating_sub(1);
    let lowest = (bucket - (shift << BITS)) << shift;
    lowest + (1 << shift) / 2
}

fn push(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        bytes.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(u8::try_from(number).expect("seven bits are left"));
}

fn take(bytes: &mut &[u8]) -> Option<u64> {
    let mut number = 0_u64;
    for shift in (0..64).step_by(7) {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        number |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(values: &[u64]) -> Sketch {
        let mut sketch = Sketch::default();
        for value in values {
            sketch.record(*value);
        }
        sketch
    }

    #[test]
    fn nothing_has_no_quantile() {
        assert_eq!(Sketch::default().quantile(500), None);
    }

    #[test]
    fn what_is_longer_than_the_bound_counts_as_the_bound() {
        assert_eq!(bucket(u64::MAX), bucket(MICROS_MAX));
    }

    proptest! {
        #[test]
        fn a_quantile_is_within_one_sixty_fourth_of_the_true_one(
            mut values in prop::collection::vec(0..MICROS_MAX, 1..300),
            per_mille in 0_u16..=1_000,
        ) {
            let found = of(&values).quantile(per_mille).unwrap();
            values.sort_unstable();
            let rank = (values.len() as u64 * u64::from(per_mille)).div_ceil(1_000).max(1);
            let truth = values[usize::try_from(rank).unwrap() - 1];
            prop_assert!(found.abs_diff(truth) <= truth / 64, "{found} for {truth}");
        }

        #[test]
        fn sketches_of_parts_add_up_to_that_of_the_whole(
            values in prop::collection::vec(any::<u64>(), 0..200),
            cut in any::<prop::sample::Index>(),
        ) {
            let (left, right) = values.split_at(if values.is_empty() { 0 } else { cut.index(values.len()) });
            let (mut one, mut other) = (of(left), of(right));
            let first = of(left);
            one.merge(&other);
            other.merge(&first);
            prop_assert_eq!(&one, &of(&values));
            prop_assert_eq!(&one, &other);
        }

        #[test]
        fn a_sketch_reads_back_from_its_bytes(values in prop::collection::vec(any::<u64>(), 0..200)) {
            let sketch = of(&values);
            prop_assert_eq!(Sketch::decode(&sketch.encode()), Some(sketch));
        }

        #[test]
        fn other_bytes_are_refused_or_read_and_never_more(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
            if let Some(sketch) = Sketch::decode(&bytes) {
                prop_assert!(sketch.buckets.len() <= bytes.len());
            }
        }
    }
}
