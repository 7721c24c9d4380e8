//! Whether this place is as closed as it says: it asks itself for every address as a stranger does, over HTTP, on this machine
//! and at its public address, and keeps what came of it.

use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::seen_ask::{self, Colour, From, Line, Secrets};
use super::seen_ways;
use crate::app::App;
use crate::audit::{Deed, Done};
use crate::auth::Viewer;
use crate::clock::Micros;
use crate::config::Setting;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::house::Pictures;
use crate::id::{Checks, Id, Users};
use crate::jobs::{Failure, Kind, Task};
use crate::office::Office;

/// Asks for every address.
pub static CHECK: Kind<App> = Kind {
    name: "self-check",
    at_once: 1,
    lease: Duration::from_secs(120),
    tries: 3,
    run: |app, task| Box::pin(run(app, task)),
    given_up: None,
    describe: |_| "Asking for every address as a stranger".into(),
};

#[derive(Serialize, Deserialize)]
struct Asked {
    by: Option<Id<Users>>,
}

/// Settings after whose change it is looked again.
pub fn is_of_the_door(setting: Setting) -> bool {
    matches!(
        setting,
        Setting::Joining | Setting::Pictures | Setting::Guests
    )
}

/// Has it looked at once `tx` is committed.
pub async fn put(app: &App, tx: &mut Tx, by: Option<Id<Users>>) -> Result<()> {
    app.jobs.put(tx, &CHECK, &Asked { by }).await
}

/// Has it looked at for an administrator; it is done once where several ask.
pub async fn ask(app: &App, viewer: &Viewer) -> Result<()> {
    viewer.require(Office::Administrator)?;
    let done = Done::to(Deed::PlaceChecked, "");
    let mut tx = app.db.write_in_office(viewer, &app.clock, done).await?;
    if !is_under_way(app).await? {
        put(app, &mut tx, Some(viewer.id)).await?;
    }
    tx.commit().await
}

/// Whether it is being looked at.
pub async fn is_under_way(app: &App) -> Result<bool> {
    let counts = app.jobs.counts().await?;
    let mine = counts.iter().filter(|one| one.kind == CHECK.name);
    Ok(mine.map(|one| one.waiting + one.running).sum::<i64>() > 0)
}

/// What came of one look.
#[derive(Clone, sqlx::FromRow)]
pub struct Check {
    pub at: Micros,
    /// Who asked, as they are called now.
    pub by: Option<String>,
    pub green: i64,
    pub amber: i64,
    pub red: i64,
    lines: String,
}

impl Check {
    /// Every address that was asked for, what should not be first.
    pub fn lines(&self) -> Vec<Line> {
        serde_json::from_str(&self.lines).unwrap_or_default()
    }
}

const NEWEST: &str = "
    select c.at, u.name as by, c.green, c.amber, c.red, c.lines
      from site_checks c
      left join users u on u.id = c.by_id and u.gone_at is null
     order by c.at desc, c.id desc limit 1";

/// The last look, where there was one.
pub async fn newest(app: &App) -> Result<Option<Check>> {
    Ok(sqlx::query_as(NEWEST).fetch_optional(app.db.read()).await?)
}

/// It takes no longer than that; what was not asked for by then is said to be so.
const LONGEST: Duration = Duration::from_secs(30);

const KEEP: &str = "
    insert into site_checks (id, at, by_id, green, amber, red, lines) values ($1, $2, $3, $4, $5, $6, $7)";

const OLD: &str = "
    delete from site_checks
     where at < $1 or id in (select id from site_checks order by at desc, id desc limit 100 offset 100)";

/// A look is kept for a year, and of the last hundred.
const KEPT: Micros = 365 * 86_400 * 1_000_000;

async fn run(app: App, task: Task) -> std::result::Result<(), Failure> {
    let Asked { by } = task.read()?;
    let mut lines = task.renewing(look(&app)).await??;
    lines.sort_by(|a, b| (a.colour, &a.address).cmp(&(b.colour, &b.address)));
    let count = |colour| lines.iter().filter(|line| line.colour == colour).count() as i64;
    let text = serde_json::to_string(&lines).map_err(|e| Error::Internal(e.to_string()))?;
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    sqlx::query(KEEP)
        .bind(Id::<Checks>::new())
        .bind(now)
        .bind(by)
        .bind(count(Colour::Green))
        .bind(count(Colour::Amber))
        .bind(count(Colour::Red))
        .bind(text)
        .execute(&mut *tx)
        .await
        .map_err(Error::from)?;
    sqlx::query(OLD)
        .bind(now - KEPT)
        .execute(&mut *tx)
        .await
        .map_err(Error::from)?;
    if count(Colour::Red) > 0 {
        tracing::error!("strangers get something that they should not: see /admin/seen");
    }
    tx.commit().await?;
    Ok(())
}

/// Asks for all of it, here and at the public address.
async fn look(app: &App) -> Result<Vec<Line>> {
    let things = seen_ways::things(app).await?;
    let ways = seen_ways::all(app, &things).await?;
    let rules = app.house.rules().await?;
    let site = app.site.name();
    let own = [&*site, rules.value(Setting::Contact)];
    let are_open = rules.pictures() == Pictures::Address;
    let secrets = Secrets::of(&things, &own, are_open);
    let client = seen_ask::client().map_err(|e| Error::Internal(e.to_string()))?;
    let port = app
        .served
        .get()
        .map_or(app.settings.port, |served| served.port);
    let home = app.settings.address_url(port);
    let mut servers = vec![app.settings.here_url(port)];
    servers.extend(app.settings.public_url.clone());
    servers.dedup();
    let (begun, mut lines) = (Instant::now(), Vec::new());
    for server in &servers {
        let from = From {
            client: &client,
            server,
            home: &home,
        };
        for way in &ways {
            if begun.elapsed() > LONGEST {
                lines.push(Line {
                    colour: Colour::Amber,
                    address: format!("{server}{}", way.address),
                    says: "not asked: the time was over".into(),
                });
                continue;
            }
            lines.push(seen_ask::ask(&from, way, &secrets).await);
        }
    }
    Ok(lines)
}

/// So long after the last look it is looked by itself.
const WEEK: Micros = 7 * 86_400 * 1_000_000;

const LIVED_IN: &str = "select id from posts where created_at < $1 limit 1";

/// Looks once a week, where something was posted more than a day ago.
pub async fn check_weekly(app: &App) -> Result<()> {
    let now = app.clock.now();
    let last = newest(app).await?.map_or(0, |check| check.at);
    let lived_in: Option<(String,)> = sqlx::query_as(LIVED_IN)
        .bind(now - WEEK / 7)
        .fetch_optional(app.db.read())
        .await?;
    if last > now - WEEK || lived_in.is_none() || is_under_way(app).await? {
        return Ok(());
    }
    let mut tx = app.db.write().await?;
    put(app, &mut tx, None).await?;
    tx.commit().await
}
