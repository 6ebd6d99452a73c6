//! Folds one page into the copies of views that stand before it, in one transaction.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use domain::Position;
use domain::routing::Router;
use failpoints::Point;
use ledger::{Page, Record};

use super::page::RoutedPage;
use super::projection::{Parking, ViewDefinition};
use crate::store::{Anchor, Connection, Copy, Parked, Registry, Session, Tables, WriteError};

/// A copy of a view.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Target {
    pub(crate) view: ViewDefinition,
    pub(crate) copy: Copy,
}

/// What is to be folded, and into what.
#[derive(Debug)]
pub(super) struct Work {
    /// The copies; all stand at `from`.
    pub(super) targets: Vec<Target>,
    /// Their checkpoint.
    pub(super) from: Position,
    /// The records.
    pub(super) page: Arc<Page>,
    /// How many of them were folded before.
    pub(super) skip: usize,
    /// Only what stands up to here.
    pub(super) upto: Position,
    /// The subscriptions as of `from`.
    pub(super) router: Router,
    /// Whether to fold a single record, and to park it in those copies that cannot fold it.
    pub(super) careful: bool,
}

/// What was folded.
#[derive(Debug)]
pub(super) struct Applied {
    /// The new checkpoint.
    pub(super) position: Position,
    /// How many records.
    pub(super) records: usize,
    /// The subscriptions as of the new checkpoint.
    pub(super) router: Router,
    /// How many records each target passed over, in their order.
    pub(super) parked: Vec<u64>,
}

/// Folds what fits into one transaction. After an error nothing of it was.
pub(super) fn apply(session: &mut Session, work: Work) -> Result<Applied, WriteError> {
    let Work { targets, from, page, skip, upto, mut router, careful } = work;
    let transaction = session.page()?;
    let connection = transaction.connection();
    let registry = Registry(connection);
    for target in &targets {
        if registry.held_position(target.view.name(), target.copy)? != Some(from) {
            return Err(WriteError::Moved { view: target.view.name(), expected: from });
        }
    }
    let wanted = || page.records[skip..].iter().take_while(|record| record.position <= upto);
    let limit = if careful { 1 } else { usize::MAX };
    let routed = RoutedPage::route(wanted().map(|record| &**record), limit, &mut router);
    let position = match routed.last {
        Some(last) if routed.len < wanted().count() => last.position,
        _ => upto,
    };
    let anchor = routed.last.map(|last| Anchor { position: last.position, record: last.id });
    let mut parked = Vec::with_capacity(targets.len());
    for target in &targets {
        let parking = if careful {
            fold_or_park(connection, *target, &routed)?
        } else {
            fold(connection, *target, &routed)?
        };
        parked.push(park(registry, *target, parking)?);
        registry.advance(target.view.name(), target.copy, position, anchor)?;
    }
    let records = routed.len;
    failpoints::reach(Point::BeforeViewsCommit);
    transaction.commit()?;
    failpoints::reach(Point::AfterViewsCommit);
    Ok(Applied { position, records, router, parked })
}

fn fold(connection: Connection<'_>, target: Target, page: &RoutedPage<'_>) -> Result<Parking, WriteError> {
    let mut parking = Parking::default();
    for (record, unreadable) in &page.unreadable {
        parking.park(record, &chain(unreadable));
    }
    (target.view.fold)(page, Tables::new(connection, target.copy), &mut parking)?;
    Ok(parking)
}

/// Folds a page of one record; if that fails because of the record, the record is parked instead.
fn fold_or_park(
    connection: Connection<'_>,
    target: Target,
    page: &RoutedPage<'_>,
) -> Result<Parking, WriteError> {
    connection.batch("SAVEPOINT one_fold")?;
    let result = catch_unwind(AssertUnwindSafe(|| fold(connection, target, page)));
    let result = result.unwrap_or_else(|panic| Err(WriteError::panicked(&*panic)));
    let parking = match result {
        Err(error) if error.blames_records() => {
            connection.batch("ROLLBACK TO one_fold")?;
            let mut parking = Parking::default();
            if let Some(record) = page.last {
                parking.park(record, &chain(&error));
            }
            parking
        }
        result => result?,
    };
    connection.batch("RELEASE one_fold")?;
    Ok(parking)
}

fn park(registry: Registry<'_>, target: Target, parking: Parking) -> Result<u64, WriteError> {
    let view = target.view.name();
    let mut count = 0;
    for (position, record_type, reason) in parking.into_parked() {
        tracing::error!(
            view,
            position = position.0,
            record_type,
            reason,
            "a record could not be folded and is parked"
        );
        metrics::counter!("hookledger_views_parked_total", "view" => view).increment(1);
        registry.park(target.copy, &Parked { view: view.to_owned(), position, record_type, reason })?;
        count += 1;
    }
    Ok(count)
}

/// An error and what led to it, in one line.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text.push_str(": ");
        text.push_str(&error.to_string());
        source = error.source();
    }
    text
}

/// What routing goes by as of `position`: subscriptions, and the versions of event types.
pub(super) async fn router_as_of(
    ledger: &dyn ledger::Ledger,
    position: Position,
) -> Result<Router, ledger::LedgerError> {
    const ROUTING: ledger::Filter = ledger::Filter::Kinds(ledger::Kinds::of(&domain::routing::KINDS));
    let mut router = Router::default();
    let mut after = Position::START;
    while after < position {
        let page = ledger.read_all(after, ledger::bounds::PAGE_RECORDS, ROUTING).await?;
        for record in page.records.iter().take_while(|record| record.position <= position) {
            follow(&mut router, record);
        }
        if page.upto <= after {
            break;
        }
        after = page.upto;
    }
    Ok(router)
}

fn follow(router: &mut Router, record: &Record) {
    // What cannot be read was parked when it was passed.
    match record.fact() {
        Ok(domain::Fact::Subscription(event)) => {
            router.apply(record.tenant, domain::SubscriptionId::from_uuid(record.stream.uuid), event);
        }
        Ok(domain::Fact::EventType(event)) => {
            router.apply_type(record.tenant, record.stream.uuid, record.position, event);
        }
        _ => {}
    }
}
