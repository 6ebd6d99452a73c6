//! Reads pages ahead of those who fold them.
//!
//! The more records a page has, the less each of them costs: a delivery that appears and ends within a page touches its
//! rows once instead of twice, and a transaction has its price whatever is in it. So under load pages are let grow, to
//! several of the ledger's; whoever waits for a position gets it at once all the same.

use std::sync::Arc;
use std::time::Duration;

use domain::Position;
use ledger::{Filter, Ledger, LedgerError, Page, Tail};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

/// Pages that may lie ready beside the one that is being folded.
const AHEAD_MAX: usize = 1;
/// How long to wait for word of a commit before the tail looks by itself.
const PATIENCE: Duration = Duration::from_secs(1);
/// Records of a page from which on the next one may take longer to grow: some thousand a second.
const BUSY_RECORDS: usize = 250;
/// How much longer.
const BUSY_LINGER: u32 = 10;
/// Bytes of records from which on no further page of the ledger is added to a page.
const PAGE_BYTES: usize = ledger::bounds::PAGE_BYTES;
/// How long to wait after the ledger could not be read.
const BACKOFF: Duration = Duration::from_millis(500);

/// How a feed reads.
#[derive(Debug, Clone)]
pub(super) struct FeedOptions {
    /// Records of one page.
    pub(super) page_records: usize,
    /// How long a page may grow before it is read, unless it is full or somebody waits.
    pub(super) linger: Duration,
    /// The highest position that somebody waits for.
    pub(super) demand: watch::Receiver<Position>,
}

/// A page that was read.
#[derive(Debug, Clone)]
pub(super) struct Fetched {
    pub(super) page: Arc<Page>,
    /// Whether the ledger ended there when it was read. Positions do not tell: they may have gaps of any size.
    pub(super) is_last: bool,
}

/// Pages of the ledger, in order, read and decoded on other threads. Stops when dropped.
#[derive(Debug)]
pub(super) struct Feed {
    pages: mpsc::Receiver<Fetched>,
    task: JoinHandle<()>,
}

impl Feed {
    /// Starts to read behind `after`.
    pub(super) fn start(ledger: Arc<dyn Ledger>, after: Position, options: FeedOptions) -> Self {
        let (sender, pages) = mpsc::channel(AHEAD_MAX);
        Self { pages, task: tokio::spawn(read_ahead(ledger, after, options, sender)) }
    }

    /// The next page when there is one; none once the ledger has closed.
    pub(super) fn poll_next(
        &mut self,
        context: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Fetched>> {
        self.pages.poll_recv(context)
    }
}

impl Drop for Feed {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn read_ahead(
    ledger: Arc<dyn Ledger>,
    after: Position,
    mut options: FeedOptions,
    pages: mpsc::Sender<Fetched>,
) {
    let mut head = ledger.watch();
    let mut tail = Tail::new(ledger, after, Filter::All).with_limit(options.page_records);
    let mut busy = false;
    loop {
        let after = tail.after();
        let grown =
            timeout(PATIENCE, head.wait_for(|head| *head > after)).await.is_ok_and(|grown| grown.is_ok());
        if grown {
            linger(after, busy, &mut head, &mut options).await;
        }
        let fetched = match large_page(&mut tail, &head, options.page_records).await {
            Ok(page) => {
                busy = page.records.len() >= BUSY_RECORDS;
                let is_last = *head.borrow() <= page.upto;
                Fetched { page: decode(page).await, is_last }
            }
            Err(LedgerError::ShuttingDown) => return,
            Err(error) => {
                tracing::warn!(%error, position = after.0, "the ledger could not be read, the views wait");
                sleep(BACKOFF).await;
                continue;
            }
        };
        if pages.send(fetched).await.is_err() {
            return;
        }
    }
}

/// Lets a page grow, so that under load the views work seldom and on much. Ends early when a page is full or somebody
/// waits for what is not folded yet.
async fn linger(
    after: Position,
    busy: bool,
    head: &mut watch::Receiver<Position>,
    options: &mut FeedOptions,
) {
    // By positions, since records are not counted before they are read: where there are gaps it is read a little early.
    let full = Position(after.0.saturating_add(options.page_records as u64));
    let grown = async {
        tokio::select! {
            grown = head.wait_for(|head| *head >= full) => drop(grown),
            asked = options.demand.wait_for(|demand| *demand > after) => drop(asked),
        }
    };
    // Elapsed or not, it is time to read.
    let _ = timeout(if busy { options.linger * BUSY_LINGER } else { options.linger }, grown).await;
}

/// What is there now, in one page of at most `records` records.
async fn large_page(
    tail: &mut Tail,
    head: &watch::Receiver<Position>,
    records: usize,
) -> Result<Page, LedgerError> {
    let mut page = tail.next_page().await?;
    let mut bytes = weight(&page);
    while page.records.len() < records && bytes < PAGE_BYTES && *head.borrow() > page.upto {
        // What was read so far is not given up; the next page meets the error again.
        let Ok(more) = tail.next_page_of(records - page.records.len()).await else { break };
        bytes += weight(&more);
        page.records.extend(more.records);
        page.upto = more.upto;
    }
    Ok(page)
}

fn weight(page: &Page) -> usize {
    page.records.iter().map(|record| record.weight()).sum()
}

/// Decodes records where it does not keep the runtime or the writer waiting. Those that this process wrote a moment ago
/// are decoded already.
async fn decode(page: Page) -> Arc<Page> {
    let page = Arc::new(page);
    if page.records.iter().all(|record| record.is_decoded()) {
        return page;
    }
    let decoding = page.clone();
    let decoded = tokio::task::spawn_blocking(move || {
        for record in &decoding.records {
            // A record keeps what it says, or why it cannot be read.
            let _ = record.fact();
        }
    });
    // Were decoding to panic, the fold would meet the same and say so.
    let _ = decoded.await;
    page
}
