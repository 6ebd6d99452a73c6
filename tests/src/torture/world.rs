//! One server folder with everything around it: publishers, receivers, and a record of what happened to the process.

use std::collections::HashSet;
use std::os::unix::process::ExitStatusExt as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use failpoints::{Point, VARIABLE};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use serde_json::json;
use tokio::task::JoinSet;

use super::check::{self, Evidence, Findings, Freeze, History, Life, Mail, Store};
use super::desk::{Desk, TYPES};
use super::fault::Kind;
use super::post::{Manner, Post};
use super::site::Site;
use super::way::Way;
use crate::api::Api;
use crate::server::STORE;
use crate::{Home, Launch, Server, clock, programs, wait};

/// The most acknowledgements and arrivals until the next blow; the fewest is one.
const PROGRESS_MAX: usize = 300;
/// How long everything may take to be delivered at the end.
const SETTLING: Duration = Duration::from_mins(2);
/// For how long nothing must have been recorded then.
const STILL: Duration = Duration::from_millis(250);
/// How long after the database accepts connections again an event may take to be published and delivered.
const RECOVERY_MAX: Duration = Duration::from_secs(10);
/// The same after a node is gone, for another to deliver what it delivered: its lease, and the start of an engine, on a machine
/// that does other things.
const TAKEOVER_MAX: Duration = Duration::from_secs(30);
/// How many calls are put off by something that is broken, before it is mended.
const PUT_OFF: u64 = 12;
/// How `abort` ends a process.
const SIGABRT: i32 = 6;

/// A folder, and everything around it.
pub struct World {
    /// The folder.
    pub home: Home,
    /// Chance, by the seed of the run.
    pub rng: StdRng,
    /// Publishers.
    pub desk: Arc<Desk>,
    /// Receivers.
    pub posts: Vec<Post>,
    /// What must not be, and was seen on the way.
    pub violations: Vec<String>,
    /// Whether receivers and server tell the same time.
    pub one_clock: bool,
    /// The database, if there is one.
    site: Option<Site>,
    /// When the database accepted connections again, in microseconds since the Unix epoch.
    accepted_at: Vec<u64>,
    /// When one of several nodes was gone.
    gone_at: Vec<u64>,
    /// When one of them stood still.
    freezes: Vec<Freeze>,
    /// What all nodes find in their environment.
    shared: Vec<(String, String)>,
    publishers: JoinSet<()>,
    token: Option<String>,
    lives: Vec<Life>,
    started_at: u64,
    /// How often another command died.
    commands_died: usize,
}

/// What a run came to.
pub struct Verdict {
    /// What the check found.
    pub findings: Findings,
    /// From each start after a death to the first request that a receiver got; and from each moment at which the database
    /// accepted connections again to the arrival of an event that was acknowledged after it.
    pub recoveries: Vec<Duration>,
    /// How often the process died.
    pub deaths: usize,
    /// The ledger at the end.
    pub history: History,
}

impl World {
    /// Everything but the server, for this kind of fault. None, after saying so, if it needs a PostgreSQL that cannot be had
    /// and need not be.
    pub async fn for_kind(kind: Kind, seed: u64) -> Result<Option<Self>> {
        let Kind::Database(blow) = kind else { return Ok(Some(Self::new(seed, Home::new(), None, 1).await)) };
        let Some((site, database)) = Site::for_blow(blow).await? else { return Ok(None) };
        let heeded = if blow.keeps_all_together() { Manner::ALL.len() } else { 1 };
        Ok(Some(Self::new(seed, Home::on(database), Some(site), heeded).await))
    }

    /// Publishers wait for so many of the receivers.
    async fn new(seed: u64, home: Home, site: Option<Site>, heeded: usize) -> Self {
        let mut posts = Vec::new();
        for manner in Manner::ALL {
            posts.push(Post::start(manner).await);
        }
        let heeded = posts[..heeded].iter().map(|post| Arc::clone(&post.receiver));
        let (desk, publishers) = Desk::staffed(heeded.collect());
        Self {
            home,
            rng: StdRng::seed_from_u64(seed),
            desk,
            posts,
            violations: Vec::new(),
            one_clock: true,
            site,
            accepted_at: Vec::new(),
            gone_at: Vec::new(),
            freezes: Vec::new(),
            shared: Vec::new(),
            publishers,
            token: None,
            lives: Vec::new(),
            started_at: 0,
            commands_died: 0,
        }
    }

    /// The data folder.
    pub fn data(&self) -> PathBuf {
        self.home.data()
    }

    /// The database.
    pub fn site(&mut self) -> &mut Site {
        self.site.as_mut().expect("this fault is one of the database")
    }

    /// The way to it, which can be cut.
    pub fn way(&mut self) -> &Way {
        self.site().way.as_ref().expect("this fault needs a way")
    }

    /// Where ledger and views are.
    fn store(&self) -> Store {
        match &self.site {
            Some(site) => Store::Database(Box::new(site.options())),
            None => Store::Files(self.home.data()),
        }
    }

    /// Has all nodes find this in their environment.
    pub fn shares(&mut self, name: &str, value: &str) {
        self.shared.push((name.to_owned(), value.to_owned()));
    }

    /// The same start, by the way that leads to the database, and with what nodes share.
    pub fn led(&self, launch: &Launch) -> Launch {
        let detour = self.site.as_ref().and_then(Site::detour).map(|url| (STORE.to_owned(), url));
        let shared = self.shared.iter().chain(&launch.environment).cloned();
        let environment = detour.into_iter().chain(shared).collect();
        Launch { program: launch.program.clone(), environment }
    }

    /// Starts the server, and does not wait.
    pub fn launch(&mut self, launch: &Launch) -> Server {
        self.started_at = clock::unix_micros();
        self.home.launch(&self.led(launch))
    }

    /// Starts the server, waits until it is ready, and lets publishers go on.
    pub async fn start(&mut self, launch: &Launch) -> Result<Server> {
        let mut server = self.launch(launch);
        let ready = server.ready_or_ended().await;
        ensure!(ready.is_ok(), "the server did not start: {}", server.output().text());
        self.serve(&mut server).await?;
        Ok(server)
    }

    /// Lets publishers use a server that is ready. On the first one, subscriptions are made.
    pub async fn serve(&mut self, server: &mut Server) -> Result<()> {
        let token = self.token.take().or_else(|| server.shown_token()).context("nobody has a key")?;
        server.use_token(&token);
        self.token = Some(token);
        let api = server.api();
        if self.posts[0].id.is_empty() {
            api.register(TYPES).await;
            for post in &mut self.posts {
                post.subscribe(&api).await;
            }
        }
        self.desk.open(api);
        Ok(())
    }

    /// Uses this key from now on, if there is none yet.
    pub fn give_token(&mut self, token: String) {
        self.token.get_or_insert(token);
    }

    /// The key, if there is one already.
    pub fn token(&self) -> Option<&str> {
        self.token.as_deref()
    }

    /// Whether there is a key already.
    pub const fn has_token(&self) -> bool {
        self.token.is_some()
    }

    /// A number of steps until the next blow.
    pub fn steps(&mut self) -> usize {
        self.rng.random_range(1..PROGRESS_MAX)
    }

    /// A number of steps that lets everything happen a few times.
    pub const fn steps_for_some_load(&self) -> usize {
        PROGRESS_MAX
    }

    /// Waits until that many more events were acknowledged or have arrived.
    pub async fn wait_for_progress(&self, steps: usize) {
        let goal = self.progress() + steps;
        wait::until_true("publishers and deliveries to go on", async || self.progress() >= goal).await;
    }

    /// Waits until that many more requests have arrived at the receiver that takes everything at once.
    pub async fn wait_for_deliveries(&self, count: usize) {
        let goal = self.posts[0].receiver.count() + count;
        wait::until_true("deliveries to go on", async || self.posts[0].receiver.count() >= goal).await;
    }

    /// Waits until the database accepts connections, and then until publishing and delivering go on by themselves.
    pub async fn recovers(&mut self) {
        self.site().accepts().await;
        self.accepted_at.push(clock::unix_micros());
        self.goes_on().await;
    }

    /// Another node delivers what was delivered by one that is gone `at` this moment.
    pub async fn is_taken_over(&mut self, at: u64) {
        self.gone_at.push(at);
        for place in 0..self.posts.len() {
            let goal = self.posts[place].receiver.count() + 2 * PROGRESS_MAX / 10;
            wait::until_true("deliveries to every receiver to go on", async || {
                self.posts[place].receiver.count() >= goal
            })
            .await;
        }
    }

    /// Waits until events are accepted, and delivered.
    pub async fn goes_on(&self) {
        let acknowledged = self.desk.acknowledged();
        wait::until_true("events to be accepted again", async || self.desk.acknowledged() > acknowledged)
            .await;
        self.wait_for_deliveries(50).await;
    }

    /// Waits until a number of calls were put off that is enough to see it.
    pub async fn wait_until_put_off(&self) {
        let put_off = self.desk.put_off();
        wait::until_true("calls to be put off", async || self.desk.put_off() >= put_off + PUT_OFF).await;
    }

    /// No call that began after `from` was acknowledged before `to`.
    pub fn silence(&mut self, from: u64, to: u64) {
        let log = self.desk.log();
        let told =
            log.acknowledged.values().filter(|one| one.asked_at > from && one.answered_at < to).count();
        if told > 0 {
            self.violate(format!("{told} events were acknowledged while nothing could be written"));
        }
    }

    fn progress(&self) -> usize {
        self.desk.acknowledged() + self.posts.iter().map(|post| post.receiver.count()).sum::<usize>()
    }

    /// Kills the server.
    pub fn kill(&mut self, server: Server) {
        self.desk.close();
        server.kill();
        self.ended(true);
    }

    /// Waits for the server to die at `point`, as it was told to.
    pub async fn wait_for_death(&mut self, mut server: Server, point: Point) -> Result<()> {
        let status = server.wait_for_end().await;
        self.desk.close();
        self.ended(true);
        let told = server.output().text().contains(&format!("failpoint {} passed", point.name()));
        ensure!(
            status.signal() == Some(SIGABRT) && told,
            "the server did not die at {} but ended with {status}:\n{}",
            point.name(),
            server.output().text()
        );
        Ok(())
    }

    /// Stops the server in order.
    pub async fn stop(&mut self, server: Server) {
        self.desk.close();
        server.stop().await;
        self.ended(false);
    }

    fn ended(&mut self, died: bool) {
        self.lived(self.started_at, clock::unix_micros(), died);
    }

    /// Notes the life of one of several processes.
    pub fn lived(&mut self, started_at: u64, ended_at: u64, died: bool) {
        self.lives.push(Life { started_at, ended_at, died });
    }

    /// Notes that a node stood still.
    pub fn froze(&mut self, freeze: Freeze) {
        self.freezes.push(freeze);
    }

    /// The process that was started then is the one that finishes.
    pub const fn continues(&mut self, started_at: u64) {
        self.started_at = started_at;
    }

    /// Notes that another command died.
    pub const fn command_died(&mut self) {
        self.commands_died += 1;
    }

    /// Notes something that must not be.
    pub fn violate(&mut self, what: impl Into<String>) {
        self.violations.push(what.into());
    }

    /// Sends publishers home, waits until everything is delivered, stops the server, and checks.
    pub async fn finish(mut self, server: Server) -> Result<Verdict> {
        self.desk.end();
        std::mem::take(&mut self.publishers).join_all().await;
        if !settles(&server.api()).await {
            self.violate(format!("{SETTLING:?} later not everything was delivered"));
        }
        server.stop().await;
        self.lives.push(Life { started_at: self.started_at, ended_at: clock::unix_micros(), died: false });
        let store = self.store();
        let (history, live) = (store.history().await?, store.dump().await?);
        let rebuilt = self.home.command_of(&self.led(&Launch::default()), &["rebuild"]).output()?;
        ensure!(rebuilt.status.success(), "rebuild failed: {}", String::from_utf8_lossy(&rebuilt.stderr));
        let mail = self.posts.iter().map(|post| Mail {
            manner: post.manner,
            subscription: post.id.clone(),
            secret: post.secret.clone(),
            requests: post.receiver.requests(),
        });
        let evidence = Evidence {
            log: self.desk.log(),
            mail: mail.collect(),
            history,
            live,
            rebuilt: store.dump().await?,
            lives: self.lives,
            freezes: self.freezes,
            one_clock: self.one_clock,
            one_node: self.gone_at.is_empty(),
        };
        let mut findings = check::check(&evidence);
        findings.violations.extend(self.violations);
        let deaths = evidence.lives.iter().filter(|life| life.died).count() + self.commands_died;
        let mut recoveries = if evidence.one_node { recoveries(&evidence) } else { Vec::new() };
        let outages =
            self.accepted_at.iter().map(|at| (later(&evidence, *at).into_iter().min(), RECOVERY_MAX));
        let takeovers = self.gone_at.iter().map(|at| {
            let everywhere = later(&evidence, *at);
            let all = everywhere.len() == evidence.mail.len();
            (everywhere.into_iter().max().filter(|_| all), TAKEOVER_MAX)
        });
        for (time, limit) in outages.chain(takeovers) {
            match time {
                Some(time) if time > limit => findings.violate(format!("it took {time:?} to go on")),
                Some(_) => {}
                None => findings.violate("nothing arrived that was accepted after the blow"),
            }
            recoveries.extend(time);
        }
        Ok(Verdict { findings, recoveries, deaths, history: evidence.history })
    }
}

/// The binary that dies at `point`, at this pass.
pub fn armed(point: Point, pass: u64) -> Launch {
    let order = format!("{}:{pass}", point.name());
    let program = Some(programs::built("hookledger-armed"));
    Launch { program, environment: vec![(VARIABLE.to_owned(), order)] }
}

/// Waits until nothing waits any more, as of all that is recorded.
pub async fn settled(api: &Api) {
    assert!(settles(api).await, "waited {SETTLING:?} in vain for everything to be delivered");
}

/// The same, and says whether it came to that in time, with nothing recorded for a moment.
async fn settles(api: &Api) -> bool {
    const QUERY: &str = "query ($filter: DeliveryFilterInput, $head: Position) { \
        deliveries(filter: $filter, first: 1, minPosition: $head) { nodes { id } } }";
    let filter = json!({ "states": ["WAITING", "RETRYING"] });
    // What is told of a delivery, such as that its subscription is failing, is recorded a moment after its end.
    let mut still = None;
    let nothing_waits = async || {
        let head = api.graphql("{ service { head } }", json!({})).await["service"]["head"].take();
        let answer = api.graphql_answer(QUERY, json!({ "filter": filter, "head": head })).await;
        // Views that lag behind refuse; then it is too early to tell.
        let nothing = answer["data"]["deliveries"]["nodes"].as_array().is_some_and(Vec::is_empty);
        still = match still.take() {
            _ if !nothing => None,
            Some((at, since)) if at == head => Some((at, since)),
            _ => Some((head, Instant::now())),
        };
        still.as_ref().is_some_and(|(_, since)| since.elapsed() >= STILL)
    };
    wait::comes_true_within(SETTLING, nothing_waits).await
}

fn recoveries(evidence: &Evidence) -> Vec<Duration> {
    let mut arrivals: Vec<_> =
        evidence.mail.iter().flat_map(|mail| &mail.requests).map(|request| request.at_micros).collect();
    arrivals.sort_unstable();
    let after_death = evidence.lives.windows(2).filter(|pair| pair[0].died).map(|pair| pair[1]);
    let first = |life: Life| {
        let at = arrivals.get(arrivals.partition_point(|at| *at < life.started_at))?;
        (*at <= life.ended_at).then(|| Duration::from_micros(at - life.started_at))
    };
    after_death.filter_map(first).collect()
}

/// How long after `at` something arrived at each receiver that was acknowledged after it.
fn later(evidence: &Evidence, at: u64) -> Vec<Duration> {
    let later = evidence.log.acknowledged.values().filter(|one| one.answered_at >= at);
    let later: HashSet<&str> = later.map(|one| one.published.id.as_str()).collect();
    let first = |mail: &Mail| {
        let mut requests = mail.requests.iter().filter(|request| request.at_micros >= at);
        requests.find(|request| later.contains(request.envelope().id.as_str())).map(|found| found.at_micros)
    };
    evidence.mail.iter().filter_map(first).map(|first| Duration::from_micros(first - at)).collect()
}
