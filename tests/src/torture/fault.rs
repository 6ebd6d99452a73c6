//! The list of faults.

use failpoints::Point;

/// A way to hurt a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fault {
    /// What it is called, for `--fault` and in the table.
    pub name: &'static str,
    /// How it is done.
    pub kind: Kind,
    /// Whether it belongs to the short form.
    pub short: bool,
}

/// How a server is hurt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// It dies at a point, at a pass between the first and this one.
    Dies(Stage, Point, u64),
    /// It is killed at random moments.
    Kills,
    /// All writes in its folder fail for a while.
    DiskFull,
    /// Syncs of the ledger fail, for a while or once.
    SyncFails,
    /// Syncs of the ledger take long, and it is killed meanwhile.
    SyncSlow,
    /// It is killed, and what was written and not synced is replaced by noise.
    UnsyncedLost,
    /// It is killed, and the end of its log is cut off, wherever that is.
    LogCut,
    /// It is killed, and the log is noise from some place on.
    LogTorn,
    /// Others are started on its folder.
    Second,
    /// The clock is set forward, back, and further back.
    Clock,
    /// Its ledger is in PostgreSQL, and that is hurt.
    Database(Blow),
}

/// What is done to a database, or to nodes that share one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Blow {
    /// The server ends as in a crash, and is started again.
    Restart,
    /// The connection that writes the ledger is cut before a commit, in it, or before its answer.
    CutAtCommit,
    /// The session that hears of other nodes is ended.
    Listener,
    /// All sessions are ended.
    Sessions,
    /// The primary is gone for good, and its synchronous standby takes its place.
    Promotion,
    /// The synchronous standby is gone for a while, and comes back as such or in place of the primary.
    StandbyAway,
    /// Somebody holds locks that the writer of the ledger needs, and a deadlock is made.
    Locks,
    /// The server refuses what is written, for the reasons that it has in busy hours.
    Refusals,
    /// Others take every connection that there is.
    Connections,
    /// Its disk is full.
    DiskFull,
    /// One of two nodes is killed.
    NodeKilled,
    /// The synchronous standby is gone for a while, and two nodes write.
    NodesLackStandby,
    /// One of two nodes stands still for longer than its lease, and goes on.
    NodeFrozen,
}

impl Blow {
    /// Whether publishers wait for every receiver meanwhile: a node stands still for long, and those whose lanes it has would
    /// be left so far behind that a takeover could not be told from what waited.
    pub const fn keeps_all_together(self) -> bool {
        matches!(self, Self::NodeFrozen)
    }
}

/// When it dies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// During the first start on an empty folder.
    FirstStart,
    /// While it publishes and delivers.
    Load,
    /// While it stops.
    Stop,
    /// While a view is made again.
    Rebuild,
}

const fn dies(stage: Stage, point: Point, passes_max: u64, short: bool) -> Fault {
    Fault { name: point.name(), kind: Kind::Dies(stage, point, passes_max), short }
}

const fn fault(name: &'static str, kind: Kind, short: bool) -> Fault {
    Fault { name, kind, short }
}

/// Every fault, in the order of the way that an event goes.
pub const ALL: &[Fault] = &[
    // The second pass of these two is the secret of the development mode's receiver, or the other way round.
    dies(Stage::FirstStart, Point::MasterKeyMade, 2, true),
    dies(Stage::FirstStart, Point::MasterKeyKept, 2, false),
    dies(Stage::FirstStart, Point::LedgerMade, 1, false),
    dies(Stage::FirstStart, Point::LedgerPlaced, 1, false),
    dies(Stage::FirstStart, Point::ViewsMade, 1, false),
    dies(Stage::FirstStart, Point::ViewsPrepared, 1, false),
    dies(Stage::FirstStart, Point::BeforeBootstrap, 1, false),
    dies(Stage::FirstStart, Point::AfterBootstrap, 1, true),
    dies(Stage::Load, Point::PublishReceived, 300, false),
    dies(Stage::Load, Point::BeforeCommit, 200, true),
    dies(Stage::Load, Point::AfterCommit, 200, true),
    dies(Stage::Load, Point::BeforeAcknowledge, 300, false),
    dies(Stage::Load, Point::AfterMatch, 60, false),
    dies(Stage::Load, Point::BeforeSend, 300, false),
    dies(Stage::Load, Point::AfterSend, 300, true),
    dies(Stage::Load, Point::BeforeOutcome, 150, false),
    dies(Stage::Load, Point::AfterOutcome, 150, true),
    dies(Stage::Load, Point::BeforeCheckpoint, 2, false),
    dies(Stage::Load, Point::AfterCheckpoint, 2, false),
    dies(Stage::Load, Point::BeforeViewsCommit, 20, true),
    dies(Stage::Load, Point::AfterViewsCommit, 20, false),
    dies(Stage::Stop, Point::StopAsked, 1, false),
    dies(Stage::Stop, Point::StopDelivered, 1, true),
    dies(Stage::Stop, Point::StopViewsClosed, 1, false),
    dies(Stage::Rebuild, Point::RebuildBegun, 2, false),
    dies(Stage::Rebuild, Point::RebuildFolded, 2, false),
    dies(Stage::Rebuild, Point::BeforeSwap, 2, true),
    dies(Stage::Rebuild, Point::AfterSwap, 2, false),
    fault("kill", Kind::Kills, true),
    fault("disk_full", Kind::DiskFull, true),
    fault("sync_fails", Kind::SyncFails, true),
    fault("sync_slow", Kind::SyncSlow, false),
    fault("unsynced_lost", Kind::UnsyncedLost, true),
    fault("log_cut", Kind::LogCut, false),
    fault("log_torn", Kind::LogTorn, false),
    fault("second_process", Kind::Second, true),
    fault("clock_set", Kind::Clock, true),
    fault("db_restart", Kind::Database(Blow::Restart), true),
    fault("db_cut_at_commit", Kind::Database(Blow::CutAtCommit), true),
    fault("db_listener_cut", Kind::Database(Blow::Listener), false),
    fault("db_sessions_cut", Kind::Database(Blow::Sessions), true),
    fault("db_promotion", Kind::Database(Blow::Promotion), true),
    fault("db_standby_away", Kind::Database(Blow::StandbyAway), false),
    fault("db_locks", Kind::Database(Blow::Locks), false),
    fault("db_refusals", Kind::Database(Blow::Refusals), true),
    fault("db_connections", Kind::Database(Blow::Connections), false),
    fault("db_disk_full", Kind::Database(Blow::DiskFull), true),
    fault("node_killed", Kind::Database(Blow::NodeKilled), false),
    fault("node_frozen", Kind::Database(Blow::NodeFrozen), false),
    fault("nodes_standby_away", Kind::Database(Blow::NodesLackStandby), false),
];

impl Fault {
    /// Whether the server must be built so that it can die at points.
    pub const fn needs_armed(&self) -> bool {
        matches!(self.kind, Kind::Dies(..))
    }

    /// Whether it is one of PostgreSQL.
    pub const fn is_of_database(&self) -> bool {
        matches!(self.kind, Kind::Database(_))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_point_has_a_fault_and_no_two_faults_share_a_name() {
        for point in Point::ALL {
            let named = ALL.iter().filter(|fault| fault.name == point.name()).count();
            assert_eq!(named, 1, "{}", point.name());
        }
        let mut names: Vec<_> = ALL.iter().map(|fault| fault.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), ALL.len());
    }
}
