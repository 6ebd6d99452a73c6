//! What is told at the end of a copy.

use ledger::copy::Report;
use ledger::copy::port::{Compared, Totals};

use super::place::{Ends, Place};
use crate::say;

/// The two sides beside each other.
pub(super) fn table(report: &Report) {
    say::line("");
    for row in rows(report) {
        say::line(&row);
    }
    say::line("");
}

fn rows(report: &Report) -> Vec<String> {
    let missing = |totals: &Totals| totals.sequences.saturating_sub(totals.records);
    let Report { source, target, compared, .. } = report;
    let pairs = [
        ("records", source.records, target.records),
        ("streams", source.streams, target.streams),
        ("missing in streams", missing(source), missing(target)),
        ("first position", source.first.0, target.first.0),
        ("last position", source.last.0, target.last.0),
        ("compared one by one", compared.records, compared.records),
    ];
    let row = |(name, one, other): &(&str, u64, u64)| {
        let verdict = if one == other { "same" } else { "DIFFERENT" };
        format!("{name:<20}{:>18}{:>18}  {verdict}", grouped(*one), grouped(*other))
    };
    let head = format!("{:<20}{:>18}{:>18}", "", "source", "target");
    let digest = format!("{:<20}{}  same", "SHA-256", compared.digest);
    std::iter::once(head).chain(pairs.iter().map(row)).chain([digest]).collect()
}

/// What is left to do after everything is there.
pub(super) fn next_steps(ends: &Ends, key: &str) {
    let start = match &ends.to {
        Place::Database(_) => {
            "Start it with HOOKLEDGER_STORE_URL (or store.url) naming the database, best on the same data folder.".to_owned()
        }
        Place::Folder(folder) => format!("Start it on the folder {}, without store.url.", folder.display()),
    };
    let keep = match &ends.from {
        Place::Folder(folder) => folder.join("ledger.db").display().to_string(),
        database @ Place::Database(_) => format!("the {database}"),
    };
    say::line(&format!(
        "The target holds what the source holds. To go on:\n\
         1. Give the new server the master key that the secrets in the ledger are sealed with: {key}.\n\
         2. {start}\n   \
            The first start makes the views from the records; `hookledger rebuild` does the same by hand. API keys are records\n   \
            and work as before.\n\
         3. Keep {keep} until all is well, and start no server on it: that would send again what the\n   \
            new one has sent."
    ));
}

/// What is left to do while the source's server still runs.
pub(super) fn ahead(compared: &Compared) {
    say::line(&format!(
        "Both sides are the same up to position {}, with {} records. The target is not ready yet.\n\
         To go on: stop the servers, then run this command without --ahead. It copies what came since, and no more.",
        grouped(compared.upto.0),
        grouped(compared.records),
    ));
}

/// A number with its thousands apart.
pub(super) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use domain::Position;

    use super::*;

    fn report(target_records: u64) -> Report {
        let totals = Totals {
            records: 1_200,
            streams: 7,
            sequences: 1_200,
            first: Position(1),
            last: Position(1_201),
        };
        Report {
            copied: 9,
            compared: Compared { upto: Position(1_201), records: 1_200, ..Compared::default() },
            source: totals,
            target: Totals { records: target_records, ..totals },
        }
    }

    #[test]
    fn what_differs_stands_out() {
        let rows = rows(&report(1_199));
        assert_eq!(rows[1], format!("{:<20}{:>18}{:>18}  DIFFERENT", "records", "1,200", "1,199"));
        assert_eq!(rows[3], format!("{:<20}{:>18}{:>18}  DIFFERENT", "missing in streams", "0", "1"));
        assert_eq!(rows.iter().filter(|row| row.ends_with("same")).count(), 5);
    }

    #[test]
    fn numbers_are_grouped_by_thousands() {
        assert_eq!([0, 999, 1_000, 1_234_567].map(grouped), ["0", "999", "1,000", "1,234,567"]);
    }
}
