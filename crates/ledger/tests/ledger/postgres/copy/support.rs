//! Histories in files, targets in databases, and sides that behave as a test needs it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use domain::{Position, RecordId, StreamKind, TenantId, Timestamp};
use hookledger_ledger::copy::port::{Compared, Side, Target, Totals};
use hookledger_ledger::copy::{CopyError, Report, ahead, whole};
use hookledger_ledger::postgres::{Options, PostgresTarget};
use hookledger_ledger::sqlite::{self, SqliteLedger, SqliteSide, SqliteTarget};
use hookledger_ledger::{Batch, Filter, Ledger, LedgerError, Record};
use tempfile::TempDir;
use test_postgres::Version;
use tokio::sync::Semaphore;

use crate::postgres::place::Place;
use crate::samples::{batch, stream, with_payload};

/// Texts that a store is tempted to tidy up.
const PAYLOADS: [&str; 6] = [
    "{}",
    r#"{"b" : 1, "a":2,  "b":3}"#,
    r#"{"amount":12345678901234567890.10,"exp":1e400,"text":"\u0000\ud83d\ude00 ü\t"}"#,
    "[ ]",
    "\"\\ud800\"",
    "{\n  \"many\": [1.0, 1, -0, true, null]\n}",
];

/// A ledger in a file.
pub(super) struct File {
    folder: TempDir,
}

impl File {
    pub(super) async fn of(batches: impl IntoIterator<Item = Batch>) -> Self {
        let file = Self::none();
        let ledger = file.ledger();
        for batch in batches {
            ledger.append_one(batch).await.expect("the store is well").expect("it fits");
        }
        ledger.close().await;
        file
    }

    /// `batches` times seven records, of all kinds, in streams that go on from batch to batch.
    pub(super) async fn with_history(batches: u64) -> Self {
        Self::of((1..=batches).map(chapter)).await
    }

    pub(super) fn ledger(&self) -> SqliteLedger {
        SqliteLedger::open(self.folder.path(), sqlite::Options::default()).expect("it opens")
    }

    pub(super) fn alone(&self) -> Result<Arc<dyn Side>, sqlite::OpenError> {
        SqliteSide::alone(self.folder.path()).map(|side| Arc::new(side) as Arc<dyn Side>)
    }

    /// A folder with nothing in it.
    pub(super) fn none() -> Self {
        Self { folder: TempDir::new().expect("a folder can be made") }
    }

    pub(super) fn target(&self) -> Result<Arc<SqliteTarget>, sqlite::OpenError> {
        SqliteTarget::open(self.folder.path()).map(Arc::new)
    }

    pub(super) fn beside(&self) -> Arc<dyn Side> {
        Arc::new(SqliteSide::beside(self.folder.path()).expect("it opens"))
    }

    /// Changes what must never change.
    pub(super) fn vandalise(&self, sql: &str) {
        let vandal = rusqlite::Connection::open(self.folder.path().join("ledger.db")).expect("it opens");
        vandal.execute_batch("DROP TRIGGER IF EXISTS records_are_never_changed").expect("it is dropped");
        vandal.execute_batch(sql).expect("it is done");
    }
}

/// The `n`th batch of a history: seven records.
pub(super) fn chapter(n: u64) -> Batch {
    let id = u128::from(n);
    let payload = |i: u64| PAYLOADS[usize::try_from(n + i).expect("a small number") % PAYLOADS.len()];
    let mut records = vec![
        with_payload(stream(StreamKind::Event, id), 1, payload(0)),
        with_payload(stream(StreamKind::Delivery, id), 1, payload(1)),
        with_payload(stream(StreamKind::Delivery, id), 2, payload(2)),
        with_payload(stream(StreamKind::Subscription, 7), n, payload(3)),
        with_payload(stream(StreamKind::ApiKey, id), 1, payload(4)),
        // The same bits under another kind are another stream.
        with_payload(stream(StreamKind::Tenant, id), 1, payload(5)),
        with_payload(stream(StreamKind::Test, id), 1, payload(6)),
    ];
    for (record, i) in records.iter_mut().zip(0_u16..) {
        record.id = RecordId::from_uuid(uuid::Uuid::from_u128(id << 8 | u128::from(i)));
        record.tenant = TenantId::from_uuid(uuid::Uuid::from_u128(u128::from(n % 3)));
        record.recorded_at = Timestamp::from_micros(1_790_000_000_000_001 - i64::from(i) * 7);
        record.version = i + 1;
    }
    batch(records)
}

/// A database on each version that there is.
pub(super) async fn places() -> Vec<Place> {
    let mut places = Vec::new();
    for version in Version::ALL {
        places.extend(Place::with(version, Options::default()).await);
    }
    places
}

pub(super) async fn target(place: &Place) -> Arc<PostgresTarget> {
    Arc::new(PostgresTarget::open(place.database.options()).await.expect("it opens"))
}

/// Copies all of `source` and says what came out.
pub(super) async fn copy(source: Arc<dyn Side>, place: &Place) -> Result<Report, CopyError> {
    whole(source, target(place).await, |_| {}).await
}

pub(super) async fn copy_ahead(source: Arc<dyn Side>, place: &Place) -> Result<Compared, CopyError> {
    ahead(source, target(place).await, |_| {}).await
}

/// Everything about every record.
pub(super) async fn told(ledger: &dyn Ledger) -> Vec<String> {
    let (mut after, mut told) = (Position::START, Vec::new());
    while after < ledger.head() {
        let page = ledger.read_all(after, 1_000, Filter::All).await.expect("it reads");
        after = page.upto;
        told.extend(page.records.iter().map(|record| tell(record)));
    }
    told
}

fn tell(record: &Record) -> String {
    let Record { position, id, stream, sequence, record_type, version, payload, tenant, metadata, .. } =
        record;
    let instant = record.recorded_at.as_micros();
    format!(
        "{position} {id} {stream} {sequence} {record_type} {version} {payload} {tenant} {metadata} {instant}"
    )
}

/// A side that is read in small pages.
pub(super) struct Pages(pub(super) Arc<dyn Side>, pub(super) usize);

#[async_trait]
impl Side for Pages {
    async fn head(&self) -> Result<Position, LedgerError> {
        self.0.head().await
    }

    async fn page(&self, after: Position, upto: Position) -> Result<Vec<Record>, LedgerError> {
        let mut page = self.0.page(after, upto).await?;
        page.truncate(self.1);
        Ok(page)
    }

    async fn totals(&self) -> Result<Totals, LedgerError> {
        self.0.totals().await
    }
}

/// A side that gives no more pages than it was opened for.
pub(super) struct Gated {
    side: Arc<dyn Side>,
    pages: Semaphore,
}

impl Gated {
    pub(super) fn new(side: Arc<dyn Side>) -> Arc<Self> {
        Arc::new(Self { side, pages: Semaphore::new(0) })
    }

    pub(super) fn open(&self, pages: usize) {
        self.pages.add_permits(pages);
    }
}

#[async_trait]
impl Side for Gated {
    async fn head(&self) -> Result<Position, LedgerError> {
        self.side.head().await
    }

    async fn page(&self, after: Position, upto: Position) -> Result<Vec<Record>, LedgerError> {
        self.pages.acquire().await.expect("it stays").forget();
        self.side.page(after, upto).await
    }

    async fn totals(&self) -> Result<Totals, LedgerError> {
        self.side.totals().await
    }
}

/// A target that takes so many pages, and then is out of reach.
pub(super) struct Breaking {
    target: Arc<dyn Target>,
    pages: AtomicUsize,
}

impl Breaking {
    pub(super) async fn after(pages: usize, place: &Place) -> Arc<Self> {
        Self::over(target(place).await, pages)
    }

    pub(super) fn over(target: Arc<dyn Target>, pages: usize) -> Arc<Self> {
        Arc::new(Self { target, pages: AtomicUsize::new(pages) })
    }
}

#[async_trait]
impl Side for Breaking {
    async fn head(&self) -> Result<Position, LedgerError> {
        self.target.head().await
    }

    async fn page(&self, after: Position, upto: Position) -> Result<Vec<Record>, LedgerError> {
        self.target.page(after, upto).await
    }

    async fn totals(&self) -> Result<Totals, LedgerError> {
        self.target.totals().await
    }
}

#[async_trait]
impl Target for Breaking {
    async fn begin(&self, first: RecordId) -> Result<Compared, CopyError> {
        self.target.begin(first).await
    }

    async fn write(&self, records: Vec<Record>) -> Result<(), CopyError> {
        if self.pages.fetch_sub(1, Ordering::Relaxed) == 0 {
            return Err(CopyError::Unavailable(Arc::new(std::io::Error::other("out of reach"))));
        }
        self.target.write(records).await
    }

    async fn note(&self, compared: Compared) -> Result<(), CopyError> {
        self.target.note(compared).await
    }

    async fn finish(&self, last: Position) -> Result<(), CopyError> {
        self.target.finish(last).await
    }
}
