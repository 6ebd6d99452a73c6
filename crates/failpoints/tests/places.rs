//! The list of points and the code agree.

use std::fs;
use std::path::{Path, PathBuf};

use hookledger_failpoints::Point;

#[test]
fn every_point_is_passed_in_exactly_one_place() {
    let sources = sources();
    for point in Point::ALL {
        let call = format!("failpoints::reach(Point::{})", point.variant());
        let places = sources.iter().filter(|(path, text)| !repeats(path) && text.contains(&call));
        let places: Vec<_> = places.map(|(path, _)| path).collect();
        assert_eq!(places.len(), 1, "{call} stands in {places:?}");
    }
}

#[test]
fn every_place_is_written_as_one_line_that_names_a_point() {
    for (path, text) in sources() {
        for line in text.lines().filter(|line| line.contains("failpoints::reach")) {
            let named =
                Point::ALL.iter().any(|point| line.contains(&format!("(Point::{})", point.variant())));
            assert!(named, "{}: {line}", path.display());
        }
    }
}

#[test]
fn nothing_is_armed_unless_it_was_asked_for() {
    assert_eq!(hookledger_failpoints::armed(), cfg!(feature = "armed"));
    for point in Point::ALL {
        hookledger_failpoints::reach(*point);
    }
}

#[test]
fn no_two_points_share_a_name() {
    let mut names: Vec<_> = Point::ALL.iter().map(|point| point.name()).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), Point::ALL.len());
}

/// Whether a source passes the points of another one that stands in its place: a process has one adapter of the ledger.
fn repeats(path: &Path) -> bool {
    let own = path.components().rev().skip(1).map_while(|folder| folder.as_os_str().to_str());
    own.take_while(|folder| *folder != "src").any(|folder| folder == "postgres")
}

/// The server's own sources, this crate left out.
fn sources() -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut found = Vec::new();
    for crate_folder in fs::read_dir(root.join("crates")).expect("the crates are beside this one") {
        let folder = crate_folder.expect("a readable folder").path();
        if !folder.ends_with("failpoints") {
            collect(&folder.join("src"), &mut found);
        }
    }
    collect(&root.join("projections/src"), &mut found);
    assert!(found.len() > 100, "the sources are where they were");
    found
}

fn collect(folder: &Path, found: &mut Vec<(PathBuf, String)>) {
    for entry in fs::read_dir(folder).expect("a crate has sources") {
        let path = entry.expect("a readable folder").path();
        if path.is_dir() {
            collect(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).expect("sources are text");
            found.push((path, text));
        }
    }
}
