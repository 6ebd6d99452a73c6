//! Putting the sources together.

use std::borrow::Cow;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use confique::{Config, Layer};

use super::settings::Settings;

/// The file that is read if none is named, provided that it is there.
pub(crate) const DEFAULT_FILE: &str = "hookledger.toml";

/// What the command line sets.
#[derive(Debug, Clone, Default)]
pub(crate) struct Overrides {
    pub(crate) listen: Option<SocketAddr>,
    pub(crate) data: Option<PathBuf>,
    pub(crate) log: Option<String>,
    /// Endpoints may be on this machine and without TLS, and so may be the console.
    pub(crate) development: bool,
}

/// Why there is no configuration.
#[derive(Debug)]
pub(crate) struct ConfigError(confique::Error);

impl std::fmt::Display for ConfigError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The alternate form names what is wrong with the value, not only where it stands.
        let message = format!("{:#}", self.0);
        for (index, line) in message.lines().enumerate() {
            write!(f, "{}{}", if index == 0 { "" } else { "\n" }, without_value(line))?;
        }
        Ok(())
    }
}

/// A line of an error as it is, unless it shows a line of the file (`12 | name = value`): that may hold a
/// secret, and only the name stays.
fn without_value(line: &str) -> Cow<'_, str> {
    match line.split_once('|') {
        Some((number, shown)) if number.trim().bytes().all(|byte| byte.is_ascii_digit()) => {
            match shown.split_once('=') {
                Some((name, _)) => format!("{number}|{name}= …").into(),
                None => format!("{number}|").into(),
            }
        }
        _ => line.into(),
    }
}

impl std::error::Error for ConfigError {}

/// The settings from the command line, the environment, `file` (or the default one) and the defaults.
pub(crate) fn load(file: Option<&Path>, overrides: Overrides) -> Result<Settings, ConfigError> {
    load_over(file, overrides, <Settings as Config>::Layer::from_env().map_err(ConfigError)?)
}

fn load_over(
    file: Option<&Path>,
    overrides: Overrides,
    environment: <Settings as Config>::Layer,
) -> Result<Settings, ConfigError> {
    let mut layer = <Settings as Config>::Layer::empty();
    layer.listen = overrides.listen;
    layer.data = overrides.data;
    layer.log.filter = overrides.log;
    if overrides.development {
        layer.egress.allow_loopback = Some(true);
        layer.egress.allow_http = Some(true);
        layer.console.secure_cookies = Some(false);
    }
    let builder = Settings::builder().preloaded(layer).preloaded(environment);
    let builder = match file {
        // A file that was asked for must be there.
        Some(file) => builder.preloaded(
            confique::File::new(file).map_err(ConfigError)?.required().load().map_err(ConfigError)?,
        ),
        None => builder.file(DEFAULT_FILE),
    };
    builder.load().map_err(ConfigError)
}

/// A file with every setting, its meaning and its default, to start from.
pub(crate) fn template() -> String {
    confique::toml::template::<Settings>(confique::toml::FormatOptions::default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load_file(text: &str, overrides: Overrides) -> Result<Settings, String> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("hookledger.toml");
        std::fs::write(&file, text).unwrap();
        load_over(Some(&file), overrides, <Settings as Config>::Layer::empty())
            .map_err(|error| error.to_string())
    }

    #[test]
    fn the_command_line_goes_before_the_file_and_the_file_before_the_defaults() {
        let overrides = Overrides { data: Some("elsewhere".into()), ..Overrides::default() };
        let settings = load_file("data = 'here'\nlisten = '127.0.0.1:1'", overrides).unwrap();
        assert_eq!(settings.data, PathBuf::from("elsewhere"));
        assert_eq!(settings.listen.port(), 1);
        assert_eq!(settings.delivery.in_flight_max, 512);
    }

    #[test]
    fn an_error_names_the_setting_its_source_and_its_bounds() {
        let error = load_file("[delivery]\nin_flight_max = 0", Overrides::default()).unwrap_err();
        assert!(error.contains("hookledger.toml") && error.contains("in_flight_max"), "{error}");
        assert!(error.contains("between 1 and 10000"), "{error}");
    }

    #[test]
    fn an_unknown_setting_is_refused() {
        let error = load_file("liste = '127.0.0.1:1'", Overrides::default()).unwrap_err();
        assert!(error.contains("unknown field `liste`"), "{error}");
    }

    #[test]
    fn a_malformed_master_key_is_refused_without_being_repeated() {
        for written in ["'hunter2'", "[\"hunter2\"]", "{ hunter2 = 1 }"] {
            let file = format!("[secrets]\nmaster_key = {written}");
            let error = load_file(&file, Overrides::default()).unwrap_err();
            assert!(error.contains("a master key is hkmk_") && !error.contains("hunter2"), "{error}");
            assert!(error.contains("line 2"), "{error}");
        }
    }

    #[test]
    fn a_malformed_address_of_a_database_is_refused_without_being_repeated() {
        for written in ["'mysql://me:hunter2@db/x'", "'postgres://me:hunter2@db:port/x'", "['hunter2']"] {
            let error = load_file(&format!("[store]\nurl = {written}"), Overrides::default()).unwrap_err();
            assert!(error.contains("postgres://` URL") && !error.contains("hunter2"), "{error}");
            assert!(error.contains("line 2"), "{error}");
        }
    }

    #[test]
    fn the_password_in_the_address_of_a_database_is_not_shown() {
        let file = "[store]\nurl = 'postgres://me:hunter2@db.example:6432/events?sslmode=require'";
        let shown = format!("{:#?}", load_file(file, Overrides::default()).unwrap());
        assert!(shown.contains("database events at db.example:6432, as me"), "{shown}");
        assert!(!shown.contains("hunter2"), "{shown}");
    }

    #[test]
    fn a_line_that_cannot_be_read_is_named_without_being_repeated() {
        let error = load_file("[secrets]\nmaster_key = hunter2 |", Overrides::default()).unwrap_err();
        assert!(error.contains("line 2") && !error.contains("hunter2"), "{error}");
    }

    #[test]
    fn a_file_that_was_asked_for_must_exist() {
        let missing = Path::new("/nonexistent/hookledger.toml");
        let error =
            load_over(Some(missing), Overrides::default(), <Settings as Config>::Layer::empty()).unwrap_err();
        assert!(error.to_string().contains("/nonexistent/hookledger.toml"), "{error}");
    }

    #[test]
    fn the_template_is_a_valid_configuration() {
        load_file(&template(), Overrides::default()).unwrap();
    }
}
