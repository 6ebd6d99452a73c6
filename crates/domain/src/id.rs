//! Typed ids, written as `TypeID` 0.3: a prefix that says what the id names, then 26 characters of base 32.
//!
//! Ids order by time (RFC 9562 `UUIDv7`), so that what is written together lies together. Two kinds are derived
//! instead of drawn: a delivery's from its event and subscription, and that of an event which its publisher keyed.
//! Deriving them twice gives the same id, which is how a repeat is recognised by the store itself.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::time::Timestamp;

/// Where new ids come from; injected, so that tests and simulations repeat.
pub trait IdSource: Send + Sync {
    /// A new `UUIDv7` (RFC 9562 section 5.7), greater than those before it from the same source.
    fn next(&self) -> Uuid;
}

/// Why a text is not an id of the wanted kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// The prefix is missing or names another kind.
    #[error("expected an id that starts with \"{expected}_\"")]
    Prefix {
        /// The prefix that the wanted kind has.
        expected: &'static str,
    },
    /// What follows the prefix is not 26 characters of lower-case base 32.
    #[error("an id is its prefix, \"_\" and 26 characters of 0-9 and a-z without i, l, o and u")]
    Malformed,
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal;)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Uuid);

        impl $name {
            /// What ids of this kind start with, before the underscore.
            pub const PREFIX: &'static str = $prefix;

            /// The id with these 128 bits.
            pub const fn from_uuid(uuid: Uuid) -> Self {
                Self(uuid)
            }

            /// The next id from `source`.
            pub fn generate(source: &dyn IdSource) -> Self {
                Self(source.next())
            }

            /// The 128 bits.
            pub const fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write_id(f, $prefix, self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                parse_id(text, $prefix).map(Self)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_str(IdVisitor($prefix)).map(Self)
            }
        }
    )+};
}

ids! {
    /// Names an isolated customer of the platform.
    TenantId = "ten";
    /// Names an API key; not the key itself.
    ApiKeyId = "key";
    /// Names a registered event type of a tenant.
    EventTypeId = "typ";
    /// Names a subscription.
    SubscriptionId = "sub";
    /// Names one of a subscription's signing secrets; not the secret itself.
    SecretId = "sec";
    /// Names a published event; the `webhook-id` of a delivery names the delivery instead.
    EventId = "evt";
    /// Names one event for one subscription. Receivers see it as `webhook-id`.
    DeliveryId = "dlv";
    /// Names something that is done to many deliveries.
    BulkActionId = "act";
    /// Names a request that was made to see how an endpoint answers. Receivers see it as `webhook-id`.
    TestId = "tst";
    /// Names one entry of the ledger, so that appending it again can be recognised.
    RecordId = "rec";
}

impl EventId {
    /// The id of an event that its publisher keyed: the same for the same key, whenever it is published.
    pub fn keyed(tenant: TenantId, source: &str, key: &str) -> Self {
        Self(derive(None, &[b"event", tenant.0.as_bytes(), source.as_bytes(), key.as_bytes()]))
    }
}

impl DeliveryId {
    /// The delivery of `event`, published at `published_at`, to `subscription`.
    ///
    /// The time goes in front, so that deliveries order as their events do.
    pub fn of(event: EventId, published_at: Timestamp, subscription: SubscriptionId) -> Self {
        Self(derive(Some(published_at), &[b"delivery", event.0.as_bytes(), subscription.0.as_bytes()]))
    }
}

impl EventTypeId {
    /// The registration of the event type called `name` by `tenant`.
    pub fn of(tenant: TenantId, name: &str) -> Self {
        Self(derive(None, &[b"event_type", tenant.0.as_bytes(), name.as_bytes()]))
    }
}

/// `UUIDv8` (RFC 9562 section 5.8): optionally 48 bits of Unix milliseconds, then SHA-256 over the length-prefixed parts.
fn derive(at: Option<Timestamp>, parts: &[&[u8]]) -> Uuid {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    let digest = hash.finalize();
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    if let Some(at) = at {
        let millis = u64::try_from(at.as_micros() / 1_000).unwrap_or(0);
        bytes[..6].copy_from_slice(&millis.to_be_bytes()[2..]);
    }
    Uuid::new_v8(bytes)
}

const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
const SUFFIX_LEN: usize = 26;

fn write_id(f: &mut fmt::Formatter<'_>, prefix: &str, uuid: Uuid) -> fmt::Result {
    let mut suffix = [0; SUFFIX_LEN];
    let mut rest = uuid.as_u128();
    for place in suffix.iter_mut().rev() {
        *place = ALPHABET[(rest & 31) as usize];
        rest >>= 5;
    }
    f.write_str(prefix)?;
    f.write_str("_")?;
    f.write_str(std::str::from_utf8(&suffix).expect("the alphabet is ASCII"))
}

fn parse_id(text: &str, prefix: &'static str) -> Result<Uuid, IdError> {
    let suffix = text
        .strip_prefix(prefix)
        .and_then(|rest| rest.strip_prefix('_'))
        .ok_or(IdError::Prefix { expected: prefix })?;
    // 26 characters carry 130 bits: the first may not exceed 7, or the number would overflow.
    if suffix.len() != SUFFIX_LEN || suffix.as_bytes()[0] > b'7' {
        return Err(IdError::Malformed);
    }
    suffix
        .bytes()
        .try_fold(0_u128, |bits, byte| digit(byte).map(|digit| bits << 5 | u128::from(digit)))
        .map(Uuid::from_u128)
}

const fn digit(byte: u8) -> Result<u8, IdError> {
    match byte {
        b'0'..=b'9' => Ok(byte - b'0'),
        b'a'..=b'h' => Ok(byte - b'a' + 10),
        b'j' | b'k' => Ok(byte - b'j' + 18),
        b'm' | b'n' => Ok(byte - b'm' + 20),
        b'p'..=b't' => Ok(byte - b'p' + 22),
        b'v'..=b'z' => Ok(byte - b'v' + 27),
        _ => Err(IdError::Malformed),
    }
}

struct IdVisitor(&'static str);

impl serde::de::Visitor<'_> for IdVisitor {
    type Value = Uuid;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an id that starts with \"{}_\"", self.0)
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Uuid, E> {
        parse_id(text, self.0).map_err(E::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: Uuid = Uuid::from_u128(0x0188_bac7_4afa_78aa_bc3b_bd1e_ef28_d881);

    #[test]
    fn an_id_is_written_as_the_typeid_specification_shows() {
        // A valid example of the TypeID specification, under our prefix.
        assert_eq!(SubscriptionId::from_uuid(ONE).to_string(), "sub_01h2xcejqtf2nbrexx3vqjhp41");
    }

    #[test]
    fn an_id_reads_back_as_it_was_written() {
        let id = EventId::from_uuid(ONE);
        assert_eq!(id.to_string().parse(), Ok(id));
    }

    #[test]
    fn an_id_of_another_kind_is_refused() {
        let text = EventId::from_uuid(ONE).to_string();
        assert_eq!(text.parse::<DeliveryId>(), Err(IdError::Prefix { expected: "dlv" }));
    }

    #[test]
    fn letters_that_look_like_digits_and_overflows_are_refused() {
        for suffix in [
            "01h2xcejqtf2nbrexx3vqjhp4l",
            "81h2xcejqtf2nbrexx3vqjhp41",
            "01H2XCEJQTF2NBREXX3VQJHP41",
            "",
            "é1h2xcejqtf2nbrexx3vqjhp4",
        ] {
            assert_eq!(format!("evt_{suffix}").parse::<EventId>(), Err(IdError::Malformed), "{suffix}");
        }
    }

    #[test]
    fn a_delivery_is_named_the_same_every_time_and_orders_by_its_event() {
        let (event, subscription) = (EventId::from_uuid(ONE), SubscriptionId::from_uuid(ONE));
        let early = DeliveryId::of(event, Timestamp::from_micros(1_000_000), subscription);
        let late = DeliveryId::of(event, Timestamp::from_micros(2_000_000), subscription);
        assert_eq!(early, DeliveryId::of(event, Timestamp::from_micros(1_000_000), subscription));
        assert!(early < late);
    }

    #[test]
    fn parts_of_a_key_do_not_run_into_each_other() {
        let tenant = TenantId::from_uuid(ONE);
        assert_ne!(EventId::keyed(tenant, "ab", "c"), EventId::keyed(tenant, "a", "bc"));
    }
}
