//! Every setting, with its environment variable and default.

use std::net::SocketAddr;
use std::path::PathBuf;

use confique::Config;
use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use super::values::{MasterKeyText, StoreUrl, between, comma_separated, dns_name};

/// All settings.
#[derive(Debug, Config)]
#[config(layer_attr(serde(deny_unknown_fields)))]
pub(crate) struct Settings {
    /// Where the API listens: address and port.
    #[config(env = "HOOKLEDGER_LISTEN", default = "127.0.0.1:4300")]
    pub(crate) listen: SocketAddr,

    /// The folder of this node: for the ledger and the views, unless they are in a database; for the master key, unless it
    /// is given; and for what is under way. Made if it is missing.
    #[config(env = "HOOKLEDGER_DATA", default = "data")]
    pub(crate) data: PathBuf,

    #[config(nested)]
    pub(crate) log: Log,

    #[config(nested)]
    pub(crate) store: Store,

    #[config(nested)]
    pub(crate) secrets: Secrets,

    #[config(nested)]
    pub(crate) egress: Egress,

    #[config(nested)]
    pub(crate) delivery: Delivery,

    #[config(nested)]
    pub(crate) api: Api,

    #[config(nested)]
    pub(crate) console: Console,

    #[config(nested)]
    pub(crate) limits: Limits,
}

/// What is logged, and how.
#[derive(Debug, Config)]
#[config(layer_attr(serde(deny_unknown_fields)))]
pub(crate) struct Log {
    /// Which messages: a level, or levels by module such as `info,hookledger_delivery=debug`.
    #[config(env = "HOOKLEDGER_LOG", default = "info")]
    pub(crate) filter: String,

    /// "text" for people, "json" for machines.
    #[config(env = "HOOKLEDGER_LOG_FORMAT", default = "text")]
    pub(crate) format: LogFormat,
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum LogFormat {
    Text,
    Json,
}

/// Where the records are kept.
#[derive(Debug, Config)]
#[config(layer_attr(serde(deny_unknown_fields)))]
pub(crate) struct Store {
    /// "sqlite:" for files in the data folder, which is the default; or the address of a database of PostgreSQL 15 or newer,
    /// such as `postgres://hookledger@db.example/hookledger?sslmode=verify-full`. A password in it is never shown; it may
    /// as well stand in the file that PGPASSFILE names.
    #[config(env = "HOOKLEDGER_STORE_URL")]
    pub(crate) url: Option<StoreUrl>,

    /// Connections to the database that this node opens at most. Seven of them are set aside, to write, to listen, to fold
    /// the views and to deliver; callers share the others, and those who find none free get 503 (10 to 200).
    #[config(env = "HOOKLEDGER_STORE_CONNECTIONS", default = 16, validate = between::<10, 200>)]
    pub(crate) connections: u64,

    /// How long a node that does not answer is believed to fold the views and to deliver, in seconds, before another node does:
    /// the same for all nodes on a database (2 to 60).
    #[config(env = "HOOKLEDGER_STORE_LEASE_SECONDS", default = 5, validate = between::<2, 60>)]
    pub(crate) lease_seconds: u64,
}

/// The keys that secrets are sealed under.
#[derive(Debug, Config)]
#[config(layer_attr(serde(deny_unknown_fields)))]
pub(crate) struct Secrets {
    /// The master key itself. Prefer the environment or a file over writing it here. Without this and
    /// `master_key_file`, one is made in the data folder on first start.
    #[config(env = "HOOKLEDGER_MASTER_KEY")]
    pub(crate) master_key: Option<MasterKeyText>,

    /// A file with the master key.
    #[config(env = "HOOKLEDGER_MASTER_KEY_FILE")]
    pub(crate) master_key_file: Option<PathBuf>,

    /// Files with former master keys, which still open what they sealed.
    #[config(env = "HOOKLEDGER_OLDER_MASTER_KEY_FILES", parse_env = comma_separated, default = [])]
    pub(crate) older_master_key_files: Vec<PathBuf>,

    /// Names of master keys that are lost, as the error at the start tells them. Deliveries of subscriptions that need
    /// one of them fail until their secrets are rotated and their headers set again.
    #[config(env = "HOOKLEDGER_LOST_MASTER_KEYS", parse_env = comma_separated, default = [])]
    pub(crate) lost_master_keys: Vec<String>,
}

/// Where deliveries may go.
#[derive(Debug, Config)]
#[config(layer_attr(serde(deny_unknown_fields)))]
pub(crate) struct Egress {
    /// Whether endpoints may be on this machine. For development only.
    #[config(env = "HOOKLEDGER_EGRESS_ALLOW_LOOPBACK", default = false)]
    pub(crate) allow_loopback: bool,

    /// Whether endpoints may be called without TLS.
    #[config(env = "HOOKLEDGER_EGRESS_ALLOW_HTTP", default = false)]
    pub(crate) allow_http: bool,

    /// Address ranges that may be called although they are not public, such as "10.20.0.0/16".
    #[config(env = "HOOKLEDGER_EGRESS_ALLOW", parse_env = comma_separated, default = [])]
    pub(crate) allow: Vec<IpNet>,

    /// Address ranges that may not be called although they are public.
    #[config(env = "HOOKLEDGER_EGRESS_DENY", parse_env = comma_separated, default = [])]
    pub(crate) deny: Vec<IpNet>,

    /// A file with further certificate authorities to believe, in PEM form.
    #[config(env = "HOOKLEDGER_EGRESS_EXTRA_CA_FILE")]
    pub(crate) extra_ca_file: Option<PathBuf>,
}

/// How deliveries are made.
#[derive(Debug, Config)]
#[config(layer_attr(serde(deny_unknown_fields)))]
pub(crate) struct Delivery {
    /// Requests on the network at once, over all subscriptions (1 to 10,000).
    #[config(env = "HOOKLEDGER_DELIVERY_IN_FLIGHT_MAX", default = 512, validate = between::<1, 10_000>)]
    pub(crate) in_flight_max: u64,

    /// What the system calls itself to endpoints that it asks for their consent: a DNS name that stands for all its
    /// nodes.
    #[config(env = "HOOKLEDGER_DELIVERY_ORIGIN", default = "hookledger", validate = dns_name)]
    pub(crate) origin: String,

    /// How long nearly all attempts of a subscription fail before its owner is warned, in hours (1 to 720).
    #[config(env = "HOOKLEDGER_DELIVERY_WARN_AFTER_HOURS", default = 24, validate = between::<1, 720>)]
    pub(crate) warn_after_hours: u64,

    /// How long nearly all attempts of a subscription fail before it is disabled, in hours (1 to 720).
    #[config(env = "HOOKLEDGER_DELIVERY_DISABLE_AFTER_HOURS", default = 120, validate = between::<1, 720>)]
    pub(crate) disable_after_hours: u64,

    /// How long requests that are under way may take to finish when the server stops, in seconds (0 to 300).
    #[config(env = "HOOKLEDGER_DELIVERY_DRAIN_SECONDS", default = 10, validate = between::<0, 300>)]
    pub(crate) drain_seconds: u64,
}

/// The HTTP and GraphQL front.
#[derive(Debug, Config)]
#[config(layer_attr(serde(deny_unknown_fields)))]
pub(crate) struct Api {
    /// Whether `/metrics` is shown to anybody, not only to API keys with the scope "operate".
    #[config(env = "HOOKLEDGER_API_METRICS_OPEN", default = false)]
    pub(crate) metrics_open: bool,

    /// Requests under way at once; beyond, callers get 503 (1 to 100,000).
    #[config(env = "HOOKLEDGER_API_REQUESTS_MAX", default = 2048, validate = between::<1, 100_000>)]
    pub(crate) requests_max: u64,
}

/// The web console.
#[derive(Debug, Config)]
#[config(layer_attr(serde(deny_unknown_fields)))]
pub(crate) struct Console {
    /// Whether the console is served at `/console/`.
    #[config(env = "HOOKLEDGER_CONSOLE_SERVED", default = true)]
    pub(crate) served: bool,

    /// Whether browsers keep its sessions only where they reach it over TLS. Without, a session can be read on its way.
    #[config(env = "HOOKLEDGER_CONSOLE_SECURE_COOKIES", default = true)]
    pub(crate) secure_cookies: bool,
}

/// How much each tenant may have, and how large things may be.
#[derive(Debug, Config)]
#[config(layer_attr(serde(deny_unknown_fields)))]
pub(crate) struct Limits {
    /// Bytes of one event's data (1 to 1,048,576).
    #[config(env = "HOOKLEDGER_LIMITS_EVENT_DATA_BYTES", default = 262_144, validate = between::<1, 1_048_576>)]
    pub(crate) event_data_bytes: u64,

    /// Events in one call (1 to 1,000).
    #[config(env = "HOOKLEDGER_LIMITS_EVENTS_PER_PUBLISH", default = 1_000, validate = between::<1, 1_000>)]
    pub(crate) events_per_publish: u64,

    /// Deliveries that may wait, over all tenants; beyond, publishing is refused with 503 (1,000 to 1,000,000,000).
    #[config(env = "HOOKLEDGER_LIMITS_DELIVERIES_WAITING", default = 10_000_000, validate = between::<1_000, 1_000_000_000>)]
    pub(crate) deliveries_waiting: u64,

    /// Deliveries of one tenant that may wait; beyond, its publishing is refused with 429 (1,000 to 1,000,000,000).
    #[config(env = "HOOKLEDGER_LIMITS_DELIVERIES_WAITING_PER_TENANT", default = 5_000_000, validate = between::<1_000, 1_000_000_000>)]
    pub(crate) deliveries_waiting_per_tenant: u64,

    /// Subscriptions of one tenant (1 to 1,000,000).
    #[config(env = "HOOKLEDGER_LIMITS_SUBSCRIPTIONS_PER_TENANT", default = 10_000, validate = between::<1, 1_000_000>)]
    pub(crate) subscriptions_per_tenant: u64,
}
