//! The end of the ledger's log is damaged, in a copy of the folder.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};

use super::dies::finishing;
use crate::torture::check::{self, End, Store};
use crate::torture::desk::{Log, TYPES};
use crate::torture::fault::Kind;
use crate::torture::wal;
use crate::torture::world::{Verdict, World, settled};
use crate::{Home, Launch, Server};

/// A damaged copy.
pub(crate) struct Copy {
    home: Home,
    /// What its undamaged part holds, by our own reading of the log.
    kept_upto: u64,
}

/// Kills the server several times, and each time damages a copy of what it left. The server itself goes on unharmed.
pub(crate) async fn damage(
    world: &mut World,
    kind: Kind,
    times: usize,
    copies: &mut Vec<Copy>,
) -> Result<Server> {
    for _ in 0..times {
        let server = world.start(&Launch::default()).await?;
        let steps = world.steps();
        world.wait_for_progress(steps).await;
        world.kill(server);
        let data = world.data();
        let (at, log) = wal::somewhere(&data, &mut world.rng)?.context("a killed server leaves a log")?;
        let intact = wal::commits(&log).into_iter().rfind(|end| *end <= at).unwrap_or(0);
        // Whatever the damage, every transaction that lies before it as a whole must survive.
        let sound = copy_of(&data)?;
        wal::cut(&sound.data(), intact)?;
        let kept_upto = check::head(&sound.data())?;
        let home = copy_of(&data)?;
        if kind == Kind::LogCut {
            wal::cut(&home.data(), at)?;
        } else {
            wal::scramble(&home.data(), at, &mut world.rng)?;
        }
        copies.push(Copy { home, kept_upto });
    }
    finishing(world).await
}

/// Starts a server on a damaged copy, lets it finish, and compares its history with that of the unharmed server.
pub(crate) async fn check_copy(copy: Copy, token: &str, log: &Log, verdict: &mut Verdict) -> Result<()> {
    let Copy { home, kept_upto } = copy;
    let mut server = home.launch(&Launch::default());
    ensure!(
        server.ready_or_ended().await.is_ok(),
        "a damaged copy does not start: {}",
        server.output().text()
    );
    // The damage may lie before the first key: then the copy has made itself another.
    let said = server.output().text();
    server.use_token(said.split_whitespace().find(|word| word.starts_with("hk_")).unwrap_or(token));
    settled(&server.api()).await;
    server.stop().await;
    let store = Store::Files(home.data());
    let history = store.history().await?;
    let findings = &mut verdict.findings;
    for problem in &history.problems {
        findings.violate(format!("damaged copy: {problem}"));
    }
    for position in 1..=kept_upto {
        if history.ids.get(&position) != verdict.history.ids.get(&position) {
            findings
                .violate(format!("damaged copy: position {position} of {kept_upto} holds another record"));
        }
    }
    for (number, acknowledged) in &log.acknowledged {
        let published = &acknowledged.published;
        if published.position <= kept_upto && !history.events.contains_key(&published.id) {
            findings.lost += 1;
            findings.violate(format!("damaged copy: event {number} lies before the damage and is lost"));
        }
    }
    for (id, delivery) in &history.deliveries {
        let doomed = history.events.get(&delivery.event).is_some_and(|event| event.event_type == TYPES[1]);
        if delivery.end.is_none() || delivery.end == Some(End::Dead) && !doomed {
            findings.lost += 1;
            findings.violate(format!("damaged copy: {id} was not delivered"));
        }
    }
    let live = store.dump().await?;
    let rebuilt = home.command(&["rebuild"]).output()?;
    ensure!(rebuilt.status.success(), "rebuild failed: {}", String::from_utf8_lossy(&rebuilt.stderr));
    if store.dump().await? != live {
        findings.violate("damaged copy: the views differ when made again");
    }
    Ok(())
}

/// Everything but the memory that processes shared, which no crash of a machine leaves.
fn copy_of(data: &Path) -> Result<Home> {
    let home = Home::new();
    fs::create_dir_all(home.data())?;
    for entry in fs::read_dir(data)? {
        let entry = entry?;
        let name = entry.file_name();
        if !name.to_string_lossy().ends_with("-shm") {
            fs::copy(entry.path(), home.data().join(&name))?;
        }
    }
    Ok(home)
}
