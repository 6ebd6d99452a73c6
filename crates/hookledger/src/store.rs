//! What every command needs: the ledger, the views and the use cases over them.

use std::sync::Arc;

use anyhow::{Context, Result};
use app::App;
use domain::IdSource;
use egress::{AddressPolicy, Client, Limits, Origin, UrlPolicy};
use failpoints::Point;
use projections::Views;
use vault::Vault;

use crate::backing::Backing;
use crate::config::Settings;
use crate::courier::NodeCourier;
use crate::engine_room;
use crate::inbox_transport::InboxTransport;
use crate::master_key;
use crate::system::{SystemClock, SystemIds, rng};

/// The ledger, the views and the use cases: what every command needs.
pub(crate) struct Store {
    pub(crate) backing: Backing,
    pub(crate) views: Views,
    pub(crate) app: App,
    pub(crate) vault: Arc<Vault>,
    pub(crate) ids: Arc<dyn IdSource>,
    pub(crate) urls: UrlPolicy,
    pub(crate) transport: InboxTransport,
    pub(crate) origin: Origin,
}

impl Store {
    /// Opens what is in the data folder or the database, or makes it; for a node that serves.
    pub(crate) async fn open(settings: &Settings) -> Result<Self> {
        Self::open_as(settings, true).await
    }

    /// The same for a command. With a database nodes may run beside it.
    pub(crate) async fn open_beside(settings: &Settings) -> Result<Self> {
        Self::open_as(settings, false).await
    }

    async fn open_as(settings: &Settings, serves: bool) -> Result<Self> {
        ledger::Upcasters::standard()
            .check()
            .context("this program cannot read every record that it may meet")?;
        let backing = Backing::open(settings, serves).await.context("failed to open the ledger")?;
        let vault = master_key::open_vault(settings, &*backing.ledger(), rng()?)?;
        let views = backing.open_views(settings).await.context("failed to open the views")?;
        let (addresses, urls) = policies(settings);
        let vault = Arc::new(vault);
        let ids: Arc<dyn IdSource> = Arc::new(SystemIds::new()?);
        let origin = Origin::new(&settings.delivery.origin)?;
        let transport = InboxTransport::new(client(settings, &addresses, delivery_limits(settings))?);
        let courier = courier(settings, &addresses, &urls, &origin, &vault)?;
        let parts = app::Parts {
            ledger: backing.ledger(),
            deliveries: Arc::new(views.clone()),
            courier: Arc::new(courier.0),
            vault: vault.clone(),
            clock: Arc::new(SystemClock),
            ids: ids.clone(),
            rng: Box::new(rng()?),
            url_policy: urls.clone(),
            transport: Arc::new(transport.clone()),
            origin: origin.clone(),
            bounds: bounds(settings),
        };
        let app = App::open(parts).await.context("failed to read the ledger")?;
        transport.connect(app.clone());
        courier.1.connect(app.clone());
        Ok(Self { backing, views, app, vault, ids, urls, transport, origin })
    }

    /// Closes views and ledger, in order.
    pub(crate) async fn close(self) {
        self.views.close().await;
        failpoints::reach(Point::StopViewsClosed);
        self.backing.close().await;
    }
}

/// The courier of test requests, and its way to the inboxes. It opens a connection for each request, so that every step
/// of it is seen.
fn courier(
    settings: &Settings,
    addresses: &AddressPolicy,
    urls: &UrlPolicy,
    origin: &Origin,
    vault: &Arc<Vault>,
) -> Result<(NodeCourier, InboxTransport)> {
    let limits = Limits { idle_per_host: 0, connections: 64, ..Limits::default() };
    let client = client(settings, addresses, limits)?;
    let transport = InboxTransport::new(client.clone());
    let tester = delivery::Tester {
        client,
        transport: Arc::new(transport.clone()),
        vault: vault.clone(),
        urls: urls.clone(),
        origin: origin.clone(),
        clock: Arc::new(SystemClock),
    };
    Ok((NodeCourier(tester), transport))
}

fn client(settings: &Settings, addresses: &AddressPolicy, limits: Limits) -> Result<Client> {
    let mut client = Client::builder().addresses(addresses.clone()).limits(limits);
    if let Some(file) = &settings.egress.extra_ca_file {
        let pem = std::fs::read(file).with_context(|| format!("failed to read {}", file.display()))?;
        client =
            client.trusting_pem(&pem).with_context(|| format!("{} holds no certificate", file.display()))?;
    }
    client.build().context("failed to make the HTTP client")
}

/// Many subscriptions may share a host: every connection that a request leaves behind is kept for the next one, or an event
/// for a thousand of them would open hundreds anew.
fn delivery_limits(settings: &Settings) -> Limits {
    let usual = Limits::default();
    let in_flight_max = engine_room::bounds(settings).in_flight_max;
    Limits { idle_per_host: in_flight_max.clamp(usual.idle_per_host, usual.connections), ..usual }
}

fn bounds(settings: &Settings) -> app::Bounds {
    let size = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
    app::Bounds {
        event_data_bytes: size(settings.limits.event_data_bytes),
        events_per_publish: size(settings.limits.events_per_publish),
        subscriptions_per_tenant: size(settings.limits.subscriptions_per_tenant),
        ..app::Bounds::default()
    }
}

fn policies(settings: &Settings) -> (AddressPolicy, UrlPolicy) {
    let egress = &settings.egress;
    let mut addresses = AddressPolicy::public_only()
        .allowing(egress.allow.iter().copied())
        .denying(egress.deny.iter().copied());
    if egress.allow_loopback {
        addresses = addresses.allowing_loopback();
    }
    let mut urls = UrlPolicy::https_only(addresses.clone()).allowing_inboxes();
    if egress.allow_http {
        urls = urls.allowing_http();
    }
    (addresses, urls)
}
