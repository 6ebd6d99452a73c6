//! Folds the ledger into views: the runner, and a folder per view.
