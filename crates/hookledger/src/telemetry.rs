//! Logs to standard error, metrics to whoever asks.

use std::time::Duration;

use anyhow::{Context, Result};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tracing_subscriber::EnvFilter;

use crate::config::{LogFormat, Settings};

/// Bounds of the buckets for durations, in seconds.
const SECONDS: &[f64] =
    &[0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0];

/// Starts logging as configured.
pub(crate) fn log(settings: &Settings) -> Result<()> {
    let filter = EnvFilter::try_new(&settings.log.filter).with_context(|| {
        format!("log.filter \"{}\" is not a filter for log messages", settings.log.filter)
    })?;
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let started = match settings.log.format {
        LogFormat::Text => builder.try_init(),
        LogFormat::Json => builder.json().try_init(),
    };
    started.map_err(|error| anyhow::anyhow!("failed to start logging: {error}"))
}

/// How often samples are folded into their buckets, so that they take no memory while nobody asks.
const UPKEEP: Duration = Duration::from_secs(5);

/// Starts collecting metrics; the handle renders them. Must be called within the runtime.
pub(crate) fn metrics() -> Result<PrometheusHandle> {
    let handle = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("seconds".to_owned()), SECONDS)
        .and_then(PrometheusBuilder::install_recorder)
        .context("failed to start collecting metrics")?;
    let kept = handle.clone();
    tokio::spawn(async move {
        loop {
            tokio::time::sleep(UPKEEP).await;
            kept.run_upkeep();
        }
    });
    Ok(handle)
}
