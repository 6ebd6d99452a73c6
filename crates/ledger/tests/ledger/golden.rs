//! What older versions wrote is lifted and folds to what it always meant.

use std::fs;
use std::path::{Path, PathBuf};

use domain::event_type::Registration;
use domain::{Decider, Fact, RECORD_TYPES, current_version};
use hookledger_ledger::Upcasters;
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

#[derive(Deserialize)]
struct History {
    stream: String,
    records: Vec<Recorded>,
    then: Value,
}

#[derive(Deserialize)]
struct Recorded {
    #[serde(rename = "type")]
    record_type: String,
    version: u16,
    payload: Box<RawValue>,
}

/// The fact that a reader of today sees.
fn lifted(record_type: &str, version: u16, payload: &str) -> Fact {
    let (version, payload) = Upcasters::standard()
        .lift(record_type, version, payload)
        .unwrap_or_else(|error| panic!("{record_type} version {version}: {error}"));
    assert_eq!(Some(version), current_version(record_type));
    Fact::decode(record_type, version, &payload).unwrap_or_else(|error| panic!("{record_type}: {error}"))
}

#[test]
fn every_sample_of_every_version_is_lifted_and_read() {
    let (mut read, mut old) = (0, 0);
    for (record_type, current) in RECORD_TYPES {
        for path in files(&records().join(record_type)) {
            let stem = path.file_stem().unwrap().to_str().unwrap();
            let version: u16 = stem.split('-').next().unwrap().strip_prefix('v').unwrap().parse().unwrap();
            let payload = fs::read_to_string(&path).unwrap();
            let fact = lifted(record_type, version, payload.trim_end_matches('\n'));
            assert_eq!(fact.record_type(), *record_type, "{}", path.display());
            read += 1;
            old += usize::from(version < *current);
        }
    }
    assert!(read > RECORD_TYPES.len() && old >= 3, "{read} samples, {old} of older versions");
}

#[test]
fn histories_of_event_types_fold_to_the_same_whatever_version_their_records_are_of() {
    let mut old = 0;
    for path in files(&records().join("streams")) {
        let history: History = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        if !history.stream.starts_with("typ_") {
            continue;
        }
        let mut state = Registration::default();
        for Recorded { record_type, version, payload } in &history.records {
            let fact = lifted(record_type, *version, payload.get());
            state = state.evolve(&Registration::from_fact(fact).unwrap());
            old += usize::from(Some(*version) != current_version(record_type));
        }
        let Registration::Known(known) = state else { panic!("{}", path.display()) };
        let then = |member: &str| history.then.get(member).and_then(Value::as_str);
        assert_eq!(then("name"), Some(known.name.as_str()), "{}", path.display());
        assert_eq!(then("description"), Some(known.description.as_str()), "{}", path.display());
        assert_eq!(
            then("state"),
            Some(if known.archived { "archived" } else { "open" }),
            "{}",
            path.display()
        );
        let origin = serde_json::to_value(known.origin).unwrap();
        assert!(history.then.get("origin").is_none_or(|stated| *stated == origin), "{}", path.display());
    }
    assert!(old >= 6, "{old} records of older versions");
}

fn records() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schemas/records")
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<_> = fs::read_dir(folder)
        .expect("a folder of samples")
        .map(|entry| entry.expect("an entry of it").path())
        .collect();
    paths.sort();
    paths
}
