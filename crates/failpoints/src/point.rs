//! The list of points.

/// Declares the points with their names, so that neither can be forgotten in the list of all.
macro_rules! points {
    ($($(#[$doc:meta])* $point:ident = $name:literal,)+) => {
        /// An edge of the way that an event goes.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Point {
            $($(#[$doc])* $point,)+
        }

        impl Point {
            /// Every point there is, in the order of the way.
            pub const ALL: &'static [Self] = &[$(Self::$point,)+];

            /// What the environment and reports call it.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$point => $name,)+
                }
            }

            /// What the code calls it.
            pub const fn variant(self) -> &'static str {
                match self {
                    $(Self::$point => stringify!($point),)+
                }
            }
        }
    };
}

points! {
    // The first start.
    /// The file for the master key has been made, and is not in its place yet.
    MasterKeyMade = "master_key_made",
    /// The master key is in its place.
    MasterKeyKept = "master_key_kept",
    /// An empty ledger has been made under another name.
    LedgerMade = "ledger_made",
    /// The empty ledger is in its place.
    LedgerPlaced = "ledger_placed",
    /// An empty views database has been made under another name.
    ViewsMade = "views_made",
    /// The views' tables have been made, and are not committed.
    ViewsPrepared = "views_prepared",
    /// The first tenant and key are about to be recorded.
    BeforeBootstrap = "before_bootstrap",
    /// The first tenant and key are recorded, and the key has not been shown.
    AfterBootstrap = "after_bootstrap",

    // Publishing.
    /// A publish call has come; those before it on its connection have been answered.
    PublishReceived = "publish_received",
    /// A group of records is written, and not committed.
    BeforeCommit = "before_commit",
    /// A group of records is committed and synced, and nobody knows.
    AfterCommit = "after_commit",
    /// Published events are in the ledger, and the publisher has not been answered.
    BeforeAcknowledge = "before_acknowledge",

    // Delivering.
    /// A page of the ledger has been matched with subscriptions.
    AfterMatch = "after_match",
    /// A request is ready to be sent.
    BeforeSend = "before_send",
    /// A request was answered, or failed, and nothing is recorded of it.
    AfterSend = "after_send",
    /// Outcomes are about to be appended.
    BeforeOutcome = "before_outcome",
    /// Outcomes are in the ledger, and the engine does not know.
    AfterOutcome = "after_outcome",

    // Looking after the files.
    /// The ledger's write-ahead log is about to be moved into the file.
    BeforeCheckpoint = "before_checkpoint",
    /// The ledger's write-ahead log was moved into the file.
    AfterCheckpoint = "after_checkpoint",
    /// A page is folded into the views, and not committed.
    BeforeViewsCommit = "before_views_commit",
    /// A page is folded into the views and committed.
    AfterViewsCommit = "after_views_commit",

    // Stopping.
    /// The server was asked to stop; nothing has been stopped.
    StopAsked = "stop_asked",
    /// The engine has stopped; the views still follow.
    StopDelivered = "stop_delivered",
    /// The views are closed; the ledger is open.
    StopViewsClosed = "stop_views_closed",

    // Making a view again.
    /// An empty copy was made beside the live view.
    RebuildBegun = "rebuild_begun",
    /// Some of the ledger is folded into the new copy.
    RebuildFolded = "rebuild_folded",
    /// The new copy is complete, and is about to take the place of the live one.
    BeforeSwap = "before_swap",
    /// The new copy is in place, and the old one has not been dropped.
    AfterSwap = "after_swap",
}

impl Point {
    /// The point that is called `name`.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|point| point.name() == name)
    }
}
