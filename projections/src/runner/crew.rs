//! All passes, and how they take turns, join and swap.

use std::sync::Arc;
use std::task::Poll;

use domain::Position;
use failpoints::Point;

use super::apply::Target;
use super::feed::FeedOptions;
use super::pass::{Pass, Stepped};
use super::run::{RunnerError, RunnerOptions};
use crate::store::{Checkpoint, Copy, Registry, Session};
use crate::views::Shared;

/// Everything that is being folded.
pub(crate) struct Crew {
    shared: Arc<Shared>,
    options: RunnerOptions,
    /// The one that is furthest comes first; no other goes beyond it.
    passes: Vec<Pass>,
    /// Whose turn it is.
    turn: usize,
    /// Records that were folded, by whichever pass.
    folded: u64,
}

impl Crew {
    /// Those of the copies that `wanted` names.
    pub(crate) async fn load(
        shared: Arc<Shared>,
        options: RunnerOptions,
        wanted: impl Fn(&Checkpoint) -> bool,
    ) -> Result<Self, RunnerError> {
        let checkpoints = shared.writer.run(|session| Registry(session.connection()).checkpoints()).await?;
        let mut targets: Vec<(Position, Target)> = Vec::new();
        for checkpoint in checkpoints.iter().filter(|checkpoint| wanted(checkpoint)) {
            let view = shared.definitions.iter().find(|view| view.name() == checkpoint.name);
            // What another version filled stays as it is until it is replaced.
            if let Some(view) = view.filter(|view| view.version() == checkpoint.version) {
                targets.push((checkpoint.position, Target { view: *view, copy: checkpoint.copy }));
            }
        }
        targets.sort_by_key(|(position, _)| std::cmp::Reverse(*position));
        let mut crew = Self { shared, options, passes: Vec::new(), turn: 0, folded: 0 };
        for group in targets.chunk_by(|one, two| one.0 == two.0) {
            let members = group.iter().map(|(_, target)| *target).collect();
            crew.passes.push(Pass::start(&crew.shared.ledger, members, group[0].0, crew.feed_options()));
        }
        crew.shared.publish(&checkpoints);
        Ok(crew)
    }

    fn feed_options(&self) -> FeedOptions {
        FeedOptions {
            page_records: self.options.page_records,
            linger: self.options.linger,
            demand: self.shared.demand.subscribe(),
        }
    }

    /// Waits until there is something to fold, and for whom; none once the ledger has closed. May be dropped.
    pub(crate) async fn ready(&mut self) -> Option<usize> {
        let (count, first) = (self.passes.len(), self.turn);
        let passes = &mut self.passes;
        let ready = std::future::poll_fn(|context| {
            for place in (0..count).map(|step| (first + step) % count) {
                if let Poll::Ready(open) = passes[place].poll_ready(context) {
                    return Poll::Ready(open.then_some(place));
                }
            }
            Poll::Pending
        });
        ready.await
    }

    /// Folds the next page of the pass at `place`. Says whether the passes must be loaded anew.
    pub(crate) async fn step(&mut self, place: usize) -> Result<bool, RunnerError> {
        self.turn = (place + 1) % self.passes.len();
        let bound = (place > 0).then(|| self.passes[0].position);
        let pass = &mut self.passes[place];
        match pass.step(&*self.shared.ledger, &self.shared.writer, bound).await? {
            Stepped::Again => return Ok(false),
            Stepped::Moved => return Ok(true),
            Stepped::Applied { records, parked } => {
                self.folded += records as u64;
                for (target, parked) in pass.targets.iter().zip(parked) {
                    self.shared.advanced(&target.view, target.copy, pass.position, parked);
                }
            }
        }
        if place > 0 && self.passes[place].position == self.passes[0].position {
            self.join(place);
        }
        self.swap_what_is_ready().await?;
        Ok(false)
    }

    /// Lets a pass that has caught up go on with the first.
    fn join(&mut self, place: usize) {
        let joining = self.passes.remove(place);
        self.passes[0].targets.extend(joining.targets);
        self.turn = 0;
    }

    /// Whether some pass is behind the end of the ledger, or behind the furthest.
    #[cfg(test)]
    pub(crate) fn is_behind(&self) -> bool {
        self.passes.len() > 1 || self.position() < self.shared.ledger.head()
    }

    /// How many records were folded so far.
    pub(crate) const fn folded(&self) -> u64 {
        self.folded
    }

    /// Where the furthest pass stands.
    pub(crate) fn position(&self) -> Position {
        self.passes.first().map_or(Position::START, |first| first.position)
    }

    /// Whether anything is still being built.
    pub(crate) fn is_building(&self) -> bool {
        self.passes.iter().flat_map(|pass| &pass.targets).any(|target| target.copy == Copy::Next)
    }

    /// Puts copies that were built and have come to the end in the place of the live ones.
    pub(crate) async fn swap_what_is_ready(&mut self) -> Result<(), RunnerError> {
        let Some(first) = self.passes.first().filter(|first| first.is_at_end()) else { return Ok(()) };
        let built: Vec<_> =
            first.targets.iter().filter(|target| target.copy == Copy::Next).copied().collect();
        for target in built {
            let definition = target.view.tables;
            let swap = move |session: &mut Session| {
                let transaction = session.transaction()?;
                Registry(transaction.connection()).swap(&definition)?;
                Ok(transaction.commit()?)
            };
            failpoints::reach(Point::BeforeSwap);
            self.shared.writer.run(swap).await?;
            failpoints::reach(Point::AfterSwap);
            tracing::info!(
                view = definition.name,
                version = definition.version,
                "a view was built and took its place"
            );
            for pass in &mut self.passes {
                pass.targets.retain(|other| other.view.name() != definition.name);
            }
            self.passes[0].targets.push(Target { copy: Copy::Live, ..target });
            self.passes.retain(|pass| !pass.targets.is_empty());
            self.turn = 0;
            let checkpoints =
                self.shared.writer.run(|session| Registry(session.connection()).checkpoints()).await?;
            self.shared.publish(&checkpoints);
            self.shared.writer.run(move |session| Registry(session.connection()).sweep(&definition)).await?;
        }
        Ok(())
    }
}
