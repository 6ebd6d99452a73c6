//! Records in the binary form of `COPY`: no text is escaped, and no statement is planned for them.

use crate::postgres::row::{Instant, integer};
use crate::record::Record;

/// Into which columns, in the order that is written here.
pub(super) const COPY: &str = "COPY hookledger.records (position, sequence, recorded_at, record_id, tenant, aggregate_type, aggregate_id, \
     event_type, event_version, payload, metadata) FROM STDIN (FORMAT binary)";

/// How many there are.
const COLUMNS: i16 = 11;
/// The magic, no flags, no extension.
const HEADER: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";
/// Instead of the number of columns of another row.
const END: i16 = -1;
/// What a row takes beside its texts, about.
const ROW_BYTES: usize = 200;

/// `records` as one message.
pub(super) fn encode(records: &[Record]) -> Vec<u8> {
    let bytes: usize = records.iter().map(|record| record.weight() + ROW_BYTES).sum();
    let mut message = Vec::with_capacity(bytes + HEADER.len());
    message.extend_from_slice(HEADER);
    for record in records {
        message.extend_from_slice(&COLUMNS.to_be_bytes());
        field(&mut message, &integer(record.position.0).to_be_bytes());
        field(&mut message, &integer(record.sequence.0).to_be_bytes());
        field(&mut message, &Instant(record.recorded_at).to_database().to_be_bytes());
        field(&mut message, record.id.uuid().as_bytes());
        field(&mut message, record.tenant.uuid().as_bytes());
        field(&mut message, record.stream.kind.as_str().as_bytes());
        field(&mut message, record.stream.to_string().as_bytes());
        field(&mut message, record.record_type.as_bytes());
        field(&mut message, record.version.to_string().as_bytes());
        field(&mut message, record.payload.as_bytes());
        field(&mut message, record.metadata.as_bytes());
    }
    message.extend_from_slice(&END.to_be_bytes());
    message
}

fn field(message: &mut Vec<u8>, bytes: &[u8]) {
    let length = i32::try_from(bytes.len()).expect("a text is far shorter than 2 GiB");
    message.extend_from_slice(&length.to_be_bytes());
    message.extend_from_slice(bytes);
}
