//! Making sure, before anything is folded, that every view is there, of this version or of one that can be read meanwhile,
//! and of this ledger.

use std::time::Duration;

use domain::Position;
use failpoints::Point;
use ledger::LedgerError;
use tokio::time::timeout;

use super::Shared;
use crate::runner::ViewDefinition;
use crate::store::{Anchor, Copy, OpenError, Registry, Session, WriteError};

/// How long the ledger may take to come to where the views are.
const LEDGER_PATIENCE: Duration = Duration::from_secs(10);

impl Shared {
    /// Waits for the ledger to come to where the views are: another node may have folded what this one has not heard of.
    pub(super) async fn await_ledger(&self) -> Result<(), OpenError> {
        let checkpoints = self.writer.run(|session| Registry(session.connection()).checkpoints()).await?;
        let furthest =
            checkpoints.iter().map(|checkpoint| checkpoint.anchor.position).max().unwrap_or_default();
        // One that never comes there is another ledger, or an older copy of this one.
        let mut head = self.ledger.watch();
        let _ = timeout(LEDGER_PATIENCE, head.wait_for(|head| *head >= furthest)).await;
        Ok(())
    }

    /// Makes the copies that are missing, and empties those that are not of this ledger.
    pub(super) async fn prepare(&self) -> Result<(), OpenError> {
        let definitions = self.definitions;
        let checkpoints = self.writer.run(|session| Registry(session.connection()).checkpoints()).await?;
        let mut foreign = Vec::new();
        for checkpoint in checkpoints {
            if !self.is_of_this_ledger(checkpoint.anchor).await? {
                tracing::warn!(
                    view = checkpoint.name,
                    position = checkpoint.position.0,
                    "a view was folded from another ledger and starts anew"
                );
                foreign.push((checkpoint.name, checkpoint.copy));
            }
        }
        let settle = move |session: &mut Session| {
            let transaction = session.transaction()?;
            let registry = Registry(transaction.connection());
            for view in definitions {
                settle(registry, view, &foreign)?;
            }
            let checkpoints = registry.checkpoints()?;
            failpoints::reach(Point::ViewsPrepared);
            transaction.commit()?;
            Ok(checkpoints)
        };
        let checkpoints = self.writer.run(settle).await?;
        self.publish(&checkpoints);
        Ok(())
    }

    async fn is_of_this_ledger(&self, anchor: Anchor) -> Result<bool, LedgerError> {
        if anchor.position == Position::START {
            return Ok(true);
        }
        let found = self.ledger.read_one(anchor.position).await?;
        Ok(found.is_some_and(|found| found.id == anchor.record))
    }
}

fn settle(
    registry: Registry<'_>,
    view: &ViewDefinition,
    foreign: &[(String, Copy)],
) -> Result<(), WriteError> {
    registry.sweep(&view.tables)?;
    for (_, copy) in foreign.iter().filter(|(name, _)| name == view.name()) {
        registry.drop_copy(&view.tables, *copy)?;
    }
    let checkpoints = registry.checkpoints()?;
    let version = |copy| {
        let mut found = checkpoints.iter().filter(|found| found.name == view.name() && found.copy == copy);
        found.next().map(|found| found.version)
    };
    let (live, next) = (version(Copy::Live), version(Copy::Next));
    if next.is_some_and(|version| version != view.version()) {
        registry.drop_copy(&view.tables, Copy::Next)?;
    }
    match live {
        None => registry.create(&view.tables, Copy::Live),
        Some(version) if version != view.version() && next != Some(view.version()) => {
            registry.create(&view.tables, Copy::Next)
        }
        Some(_) => Ok(()),
    }
}
