//! The files for containers, as other people's programs judge them: what a container engine would say first, where none runs.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use hookledger_tests::{Home, programs};

/// A file at the root of the repository.
fn ours(name: &str) -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the tests lie in the repository");
    root.join(name)
}

/// What a program of the tests' Python environment says of a file.
fn judged(program: &str, arguments: &[&str], file: &Path) -> Result<(), String> {
    let mut command = Command::new(programs::python().with_file_name(program));
    let Output { status, stdout, stderr } =
        command.args(arguments).arg(file).output().expect("it is installed");
    let said = [stdout, stderr].map(|said| String::from_utf8_lossy(&said).into_owned()).concat();
    if status.success() { Ok(()) } else { Err(said) }
}

/// What is looked for in every line: the rules of hadolint, and of shellcheck for what is run in a shell.
fn dockerfile(file: &Path) -> Result<(), String> {
    judged("hadolint", &[], file)
}

/// The schema of the Compose specification.
fn compose(file: &Path) -> Result<(), String> {
    judged("check-jsonschema", &["--builtin-schema", "vendor.compose-spec"], file)
}

#[test]
fn the_dockerfile_and_the_compose_file_are_as_their_formats_want_them() {
    assert_eq!(dockerfile(&ours("Dockerfile")), Ok(()));
    assert_eq!(compose(&ours("compose.yaml")), Ok(()));
}

#[test]
fn whoever_judges_them_finds_what_is_wrong() {
    let home = Home::new();
    let file = home.path().join("Dockerfile");
    fs::write(&file, "FROM debian\nRUN cd /tmp && rm -rf $HOME\n").unwrap();
    let said = dockerfile(&file).unwrap_err();
    assert!(["DL3006", "SC2086"].iter().all(|rule| said.contains(rule)), "{said}");
    let right = fs::read_to_string(ours("compose.yaml")).unwrap();
    let wrong = right.replace("stop_grace_period:", "stop_gracefully:");
    assert_ne!(wrong, right);
    let file = home.path().join("compose.yaml");
    fs::write(&file, wrong).unwrap();
    let said = compose(&file).unwrap_err();
    assert!(said.contains("stop_gracefully"), "{said}");
}
