//! The journal as a file of fixed size in the data folder. Never synced: it is there for the death of the process, which
//! the kernel's memory survives.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::Path;

use domain::delivery::Trigger;
use domain::{DeliveryId, Position, Sequence, SubscriptionId, Timestamp};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::{Journal, Underway};

/// Begins each slot that was written by this version of the format.
const MAGIC: [u8; 4] = *b"HLJ1";
/// Bytes of a slot. It divides a page, so that a slot is never torn by the death of the process.
const SLOT_BYTES: usize = 128;
/// Bytes of the checksum at the end of a slot, which a loss of power may have torn.
const CHECKSUM_BYTES: usize = 8;

/// See the module's own words.
#[derive(Debug)]
pub struct FileJournal {
    file: File,
    slots: usize,
}

impl FileJournal {
    /// Opens the journal at `path` with so many slots, or makes it, readable by its owner only. What an earlier process
    /// left is there until it is cleared. Refused if the file cannot be opened or there is no room for it.
    pub fn open(path: &Path, slots: usize) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(path)?;
        let journal = Self { file, slots };
        let found = usize::try_from(journal.file.metadata()?.len()).unwrap_or(usize::MAX);
        if found < journal.bytes() {
            // Written and not only measured out, so that a full disk is noticed now.
            journal.write(&vec![0; journal.bytes() - found], found)?;
        }
        Ok(journal)
    }

    const fn bytes(&self) -> usize {
        self.slots * SLOT_BYTES
    }

    #[cfg(unix)]
    fn write(&self, bytes: &[u8], at: usize) -> io::Result<()> {
        std::os::unix::fs::FileExt::write_all_at(&self.file, bytes, at as u64)
    }

    #[cfg(not(unix))]
    fn write(&self, bytes: &[u8], at: usize) -> io::Result<()> {
        use std::io::{Seek as _, Write as _};
        let mut file = self.file.try_clone()?;
        file.seek(io::SeekFrom::Start(at as u64))?;
        file.write_all(bytes)
    }
}

impl Journal for FileJournal {
    fn begin(&self, slot: usize, request: &Underway) -> io::Result<()> {
        if slot >= self.slots {
            return Err(io::Error::other("there is no such slot in the journal"));
        }
        self.write(&encode(request), slot * SLOT_BYTES)
    }

    fn left_behind(&self) -> io::Result<Vec<Underway>> {
        use std::io::{Read as _, Seek as _};
        let mut file = &self.file;
        file.seek(io::SeekFrom::Start(0))?;
        let mut bytes = Vec::with_capacity(self.bytes());
        // More slots than there are now may have been in use.
        file.read_to_end(&mut bytes)?;
        Ok(bytes.chunks_exact(SLOT_BYTES).filter_map(decode).collect())
    }

    fn clear(&self) -> io::Result<()> {
        self.file.set_len(self.bytes() as u64)?;
        self.write(&vec![0; self.bytes()], 0)
    }
}

fn encode(request: &Underway) -> [u8; SLOT_BYTES] {
    let trigger: u8 = match request.trigger {
        Trigger::Schedule => 0,
        Trigger::Manual => 1,
        Trigger::Test => 2,
    };
    let (delivery, subscription) = (request.delivery.uuid(), request.subscription.uuid());
    let parts: [&[u8]; 9] = [
        &MAGIC,
        delivery.as_bytes(),
        subscription.as_bytes(),
        &request.event_position.0.to_le_bytes(),
        &request.number.to_le_bytes(),
        &[trigger],
        &request.started_at.as_micros().to_le_bytes(),
        &request.subscription_version.0.to_le_bytes(),
        &request.body_sha256,
    ];
    let mut slot = [0; SLOT_BYTES];
    let mut at = 0;
    for part in parts {
        slot[at..at + part.len()].copy_from_slice(part);
        at += part.len();
    }
    let checksum = checksum(&slot);
    slot[SLOT_BYTES - CHECKSUM_BYTES..].copy_from_slice(&checksum);
    slot
}

/// What stands in a slot; none if nothing does, or nothing whole.
fn decode(slot: &[u8]) -> Option<Underway> {
    let mut rest = slot.strip_prefix(&MAGIC)?;
    if slot[SLOT_BYTES - CHECKSUM_BYTES..] != checksum(slot) {
        return None;
    }
    let delivery = DeliveryId::from_uuid(Uuid::from_bytes(take(&mut rest)?));
    let subscription = SubscriptionId::from_uuid(Uuid::from_bytes(take(&mut rest)?));
    let event_position = Position(u64::from_le_bytes(take(&mut rest)?));
    let number = u32::from_le_bytes(take(&mut rest)?);
    let trigger = match take(&mut rest)? {
        [0] => Trigger::Schedule,
        [1] => Trigger::Manual,
        [2] => Trigger::Test,
        _ => return None,
    };
    let started_at = Timestamp::from_micros(i64::from_le_bytes(take(&mut rest)?));
    let subscription_version = Sequence(u64::from_le_bytes(take(&mut rest)?));
    let body_sha256 = take(&mut rest)?;
    Some(Underway {
        delivery,
        subscription,
        event_position,
        number,
        trigger,
        started_at,
        subscription_version,
        body_sha256,
    })
}

fn take<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (taken, left) = rest.split_first_chunk()?;
    *rest = left;
    Some(*taken)
}

fn checksum(slot: &[u8]) -> [u8; CHECKSUM_BYTES] {
    let digest = Sha256::digest(&slot[..SLOT_BYTES - CHECKSUM_BYTES]);
    std::array::from_fn(|place| digest[place])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(n: u128) -> Underway {
        Underway {
            delivery: DeliveryId::from_uuid(Uuid::from_u128(n)),
            subscription: SubscriptionId::from_uuid(Uuid::from_u128(2)),
            event_position: Position(3),
            number: 4,
            trigger: Trigger::Manual,
            started_at: Timestamp::from_seconds(1_790_000_000),
            subscription_version: Sequence(5),
            body_sha256: [6; 32],
        }
    }

    #[test]
    fn what_stands_in_slots_is_found_when_the_file_is_opened_again_and_gone_once_cleared() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("inflight");
        let journal = FileJournal::open(&path, 4).unwrap();
        assert_eq!(journal.left_behind().unwrap(), []);
        for (slot, n) in [(0, 1), (3, 2), (0, 3)] {
            journal.begin(slot, &request(n)).unwrap();
        }
        assert!(journal.begin(4, &request(9)).is_err());
        let again = FileJournal::open(&path, 2).unwrap();
        assert_eq!(again.left_behind().unwrap(), [request(3), request(2)]);
        again.clear().unwrap();
        assert_eq!(again.left_behind().unwrap(), []);
        assert_eq!(std::fs::metadata(&path).unwrap().len(), 2 * SLOT_BYTES as u64);
    }

    #[test]
    fn a_torn_slot_is_passed_over() {
        let whole = encode(&request(1));
        for at in 0..SLOT_BYTES {
            let mut torn = whole;
            torn[at] ^= 1;
            assert_eq!(decode(&torn), None, "byte {at}");
        }
        assert_eq!(decode(&whole), Some(request(1)));
    }

    #[cfg(unix)]
    #[test]
    fn only_its_owner_reads_it() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("inflight");
        FileJournal::open(&path, 1).unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
}
