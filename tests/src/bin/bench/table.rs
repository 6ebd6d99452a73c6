//! The numbers as one table for people.

use std::fmt::Write as _;

use super::burst::QUIET_RATE;
use super::cluster::Work;
use super::machine::Machine;
use super::results::{Comparison, Cost, Results};
use super::stores::Numbers;

/// The table, with a line end.
pub(crate) fn of(results: &Results) -> String {
    let mut table = String::new();
    // Writing to a text cannot fail.
    let _ = write(&mut table, results);
    table
}

/// The table of the stores beside each other, with a line end.
pub(crate) fn of_stores(machine: &Machine, stores: &[Numbers]) -> String {
    let mut table = String::new();
    let _ = write_stores(&mut table, machine, stores);
    table
}

/// The row that says how well deliveries keep up with publishers.
const BEHIND: &str = "  last receipt after last publish, most ms";

fn head(out: &mut String, machine: &Machine) -> std::fmt::Result {
    writeln!(out, "\nHookledger {} ({}), {}", machine.version, machine.revision, machine.date)?;
    writeln!(out, "{} cores, {}, {}", machine.cores, machine.processor, machine.system)?;
    writeln!(out, "server, load, receiver and yardsticks share the cores: trust the ratios\n")
}

fn write_stores(out: &mut String, machine: &Machine, stores: &[Numbers]) -> std::fmt::Result {
    head(out, machine)?;
    let mut row = |title: &str, cell: &dyn Fn(&Numbers) -> String| {
        write!(out, "{title:<44}")?;
        stores.iter().try_for_each(|store| write!(out, "{:>24}", cell(store)))?;
        writeln!(out)
    };
    let of_work = |work: Option<&Work>, part: fn(&Work) -> f64, digits: usize| {
        work.map_or_else(|| "-".to_owned(), |work| format!("{:.digits$}", part(work)))
    };
    row("", &|store| store.name.to_owned())?;
    row("publish → acknowledged, 64 callers, events/s", &|store| whole(store.publish.per_second))?;
    row("  p99 ms", &|store| millis(store.publish.acknowledged_us.p99))?;
    row("publish → receipt at 100 events/s, p50 ms", &|store| millis(store.latency.received_us.p50))?;
    row("  p99 ms", &|store| millis(store.latency.received_us.p99))?;
    for (title, yardstick, pick) in [
        ("publish → delivered, events/s", "null relay", relayed as Picked),
        ("draining a backlog, events/s", "bare client", drained),
    ] {
        row(title, &|store| whole(pick(store).0.rates()[0]))?;
        row(&format!("  share of the {yardstick}"), &|store| percent(pick(store).0.share()))?;
        row("  CPU µs a delivery: Hookledger", &|store| format!("{:.0}", pick(store).0.costs()[0].sender))?;
        row("  … PostgreSQL", &|store| of_work(pick(store).1, |work| work.cpu_us, 0))?;
        row(BEHIND, &|store| pick(store).0.behind_us().map_or_else(|| "-".to_owned(), millis))?;
        row("  statements a delivery", &|store| of_work(pick(store).1, |work| work.statements, 3))?;
        row("  … of the most frequent one", &|store| of_work(pick(store).1, |work| work.most_frequent, 3))?;
        row("  transactions a delivery", &|store| of_work(pick(store).1, |work| work.commits, 3))?;
        row("  log of changes, bytes a delivery", &|store| of_work(pick(store).1, |work| work.log_bytes, 0))?;
    }
    row("on disk, bytes a delivered event", &|store| whole(store.bytes))
}

/// The two measurements of a store that are made beside a yardstick.
type Picked = fn(&Numbers) -> (&Comparison, Option<&Work>);

fn relayed(store: &Numbers) -> (&Comparison, Option<&Work>) {
    (&store.relayed, store.relayed_work.as_ref())
}

fn drained(store: &Numbers) -> (&Comparison, Option<&Work>) {
    (&store.drained, store.drained_work.as_ref())
}

fn write(out: &mut String, results: &Results) -> std::fmt::Result {
    head(out, &results.machine)?;

    writeln!(
        out,
        "{:<44}{:>12}{:>12}{:>12}",
        "publish → acknowledged (synced)", "events/s", "p50 ms", "p99 ms"
    )?;
    for publish in &results.publish {
        let callers = format!("  {} caller{}", publish.callers, if publish.callers == 1 { "" } else { "s" });
        let latency = publish.acknowledged_us;
        let (rate, p50, p99) = (whole(publish.per_second), millis(latency.p50), millis(latency.p99));
        writeln!(out, "{callers:<44}{rate:>12}{p50:>12}{p99:>12}")?;
    }
    compare(out, "publish → acknowledged, data validated", "not validated", &results.validated)?;
    compare(out, "publish → delivered, one endpoint", "null relay", &results.relayed)?;
    compare(out, "draining a backlog, one endpoint", "bare client", &results.drained)?;

    let title = format!("publish → receipt at {} events/s", results.latency.per_second);
    writeln!(out, "\n{title:<44}{:>12}{:>12}{:>12}{:>12}", "p50 ms", "p90 ms", "p99 ms", "max ms")?;
    let latency = results.latency.received_us;
    let [p50, p90, p99, max] = [latency.p50, latency.p90, latency.p99, latency.max].map(millis);
    writeln!(out, "{:<44}{p50:>12}{p90:>12}{p99:>12}{max:>12}", "")?;

    writeln!(out, "\n{:<44}{:>12}{:>12}", "memory of the server, MiB", "resident", "peak")?;
    for (when, memory) in
        [("  at that rate", results.memory_at_rate), ("  after everything", results.memory_at_end)]
    {
        writeln!(out, "{when:<44}{:>12}{:>12}", mebibytes(memory.resident), mebibytes(memory.peak))?;
    }
    let disk = &results.disk;
    let each = |bytes: u64| whole(number(bytes) / number(disk.deliveries.max(1)));
    writeln!(out, "\n{:<44}{:>12}{:>12}{:>12}", "disk, bytes for each delivery", "ledger", "views", "both")?;
    let (ledger, views) = (each(disk.ledger_bytes), each(disk.views_bytes));
    writeln!(out, "{:<44}{ledger:>12}{views:>12}{:>12}", "", each(disk.ledger_bytes + disk.views_bytes))?;
    let share = |count: u64| format!("{:.3}", number(count) / number(disk.deliveries.max(1)));
    let (records, commits) = (share(disk.records), share(disk.commits));
    writeln!(out, "{:<44}{records:>12}{commits:>12}", "  records, and synced commits")?;

    writeln!(out, "\n{:<44}{:>12}", "one event to many subscriptions", "deliveries/s")?;
    for fan_out in &results.fan_out {
        let title = format!("  {}", whole(f64::from(fan_out.subscriptions)));
        writeln!(out, "{title:<44}{:>12}", whole(fan_out.per_second))?;
    }
    let matching = results.matching;
    writeln!(out, "\n{:<44}{:>12}", "finding the 10 subscriptions of an event", "µs")?;
    for (among, micros) in [
        ("  there are no others", matching.alone),
        ("  among 100,000 of other types", matching.among_types),
        ("  among 100,000 with other values in filters", matching.among_filters),
    ] {
        writeln!(out, "{among:<44}{micros:>12.2}")?;
    }
    writeln!(out, "\n{:<44}{:>12}", "noting a request that goes out", "ns")?;
    writeln!(out, "{:<44}{:>12.0}", "", results.journal_ns)?;
    crowds(out, results)
}

fn crowds(out: &mut String, results: &Results) -> std::fmt::Result {
    let hanging = &results.hanging;
    let title = format!("10 endpoints beside {} that hang", whole(f64::from(hanging.endpoints)));
    writeln!(out, "\n{title:<44}{:>12}{:>12}{:>12}", "p50 ms", "p99 ms", "max ms")?;
    for (when, latency) in [("  alone", hanging.alone_us), ("  beside them", hanging.beside_us)] {
        let [p50, p99, max] = [latency.p50, latency.p99, latency.max].map(millis);
        writeln!(out, "{when:<44}{p50:>12}{p99:>12}{max:>12}")?;
    }
    let title = format!("a tenant with {QUIET_RATE} events/s");
    writeln!(out, "\n{title:<44}{:>12}{:>12}{:>12}", "p50 ms", "p99 ms", "max ms")?;
    let burst = &results.burst;
    for (way, alone, beside) in [
        ("", burst.alone_us, &burst.beside),
        ("null relays: ", burst.relayed_alone_us, &burst.relayed_beside),
    ] {
        let others = beside.iter().map(|beside| {
            (format!("  {way}beside one with {}/s", whole(beside.published_per_second)), beside.us)
        });
        for (when, latency) in std::iter::once((format!("  {way}alone"), alone)).chain(others) {
            let [p50, p99, max] = [latency.p50, latency.p99, latency.max].map(millis);
            writeln!(out, "{when:<44}{p50:>12}{p99:>12}{max:>12}")?;
        }
    }
    let backlog = &results.backlog;
    let title = format!("{} deliveries wait for a dead endpoint", whole(number(backlog.deliveries)));
    writeln!(out, "\n{title:<44}{:>12}{:>12}", "MiB at most", "restart ms")?;
    let behind = format!("  views {} records behind", whole(number(backlog.lag_at_kill)));
    let (before, after) = (mebibytes(backlog.memory.peak), mebibytes(backlog.memory_after_restart.peak));
    writeln!(out, "{behind:<44}{before:>12}{:>12}", whole(number(backlog.restart_behind_ms)))?;
    writeln!(
        out,
        "{:<44}{after:>12}{:>12}",
        "  views that have caught up",
        whole(number(backlog.restart_ms))
    )?;
    let overload = &results.overload;
    let title = format!("3 times the capacity for {} s", overload.seconds);
    writeln!(
        out,
        "\n{title:<44}{:>12}{:>12}{:>12}{:>12}",
        "acked", "turned away", "received", "MiB at most"
    )?;
    let [acked, away, received] =
        [overload.acknowledged, overload.turned_away, overload.received].map(|count| whole(number(count)));
    writeln!(out, "{:<44}{acked:>12}{away:>12}{received:>12}{:>12}", "", mebibytes(overload.memory.peak))
}

fn compare(out: &mut String, title: &str, yardstick: &str, comparison: &Comparison) -> std::fmt::Result {
    writeln!(out, "\n{title:<44}{:>12}{:>12}", "events/s", "share")?;
    let share = percent(comparison.share());
    let rates = comparison.rates().map(whole);
    writeln!(out, "{:<44}{:>12}{share:>12}", "  Hookledger", rates[0])?;
    writeln!(out, "{:<44}{:>12}", format!("  {yardstick}"), rates[1])?;
    for (who, cost) in ["Hookledger", yardstick].into_iter().zip(comparison.costs()) {
        let Cost { sender, receiver, load } = cost;
        let title = format!("  CPU µs a delivery: {who}");
        write!(out, "{title:<44}{sender:>12.0}   receiver {receiver:.0}")?;
        if load > 0.0 {
            write!(out, ", load {load:.0}")?;
        }
        writeln!(out)?;
    }
    match comparison.behind_us() {
        Some(behind) => writeln!(out, "{BEHIND:<44}{:>12}", millis(behind)),
        None => Ok(()),
    }
}

/// A number without a fraction, in groups of three digits.
fn whole(value: f64) -> String {
    let digits = format!("{value:.0}");
    let grouped = |(place, digit): (usize, char)| {
        let comma = place > 0 && (digits.len() - place).is_multiple_of(3);
        comma.then_some(',').into_iter().chain([digit])
    };
    digits.chars().enumerate().flat_map(grouped).collect()
}

fn percent(share: f64) -> String {
    format!("{:.0} %", share * 100.0)
}

fn millis(micros: u64) -> String {
    format!("{:.2}", number(micros) / 1_000.0)
}

fn mebibytes(bytes: u64) -> String {
    format!("{:.1}", number(bytes) / 1_048_576.0)
}

#[expect(clippy::cast_precision_loss, reason = "numbers are told in a few digits")]
fn number(value: u64) -> f64 {
    value as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_numbers_are_grouped() {
        assert_eq!([0.4, 999.0, 1_000.0, 1_234_567.0].map(whole), ["0", "999", "1,000", "1,234,567"]);
    }
}
