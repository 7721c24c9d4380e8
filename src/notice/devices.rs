//! Devices that are told of notices while no page is open, and what they are told: one message for a burst, which says
//! what is new then.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::kind::List;
use super::list::{self, Notice};
use crate::app::App;
use crate::auth::Viewer;
use crate::clock::Micros;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::id::{Devices, Id, Users};
use crate::jobs::{Failure, Kind, Task};
use crate::push::{Pushed, Subscription};

/// So many of one member's are told at most; another one takes the place of the oldest.
const MOST: i64 = 20;

/// A device to be told.
pub struct New<'a> {
    pub subscription: Subscription<'a>,
    /// The words of what is not for everybody may be shown, on a locked screen too.
    pub says_all: bool,
    pub user_agent: &'a str,
}

// A browser has one subscription, whoever is signed in there.
const PUT: &str = "
    insert into push_subscriptions (id, user_id, session_id, endpoint, p256dh, auth, user_agent, says_all, created_at)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
    on conflict (endpoint)
    do update set user_id = excluded.user_id, session_id = excluded.session_id, p256dh = excluded.p256dh,
                  auth = excluded.auth, user_agent = excluded.user_agent, says_all = excluded.says_all";

const OLDEST: &str = "
    delete from push_subscriptions where user_id = $1 and id in (
        select s.id from push_subscriptions s where s.user_id = $1 order by s.created_at desc, s.id limit 500 offset $2)";

/// From now on this device is told. The inner error is a sentence.
pub async fn add(
    app: &App,
    viewer: &Viewer,
    new: New<'_>,
) -> Result<std::result::Result<(), String>> {
    if let Err(wrong) = app.pusher.check(&new.subscription) {
        return Ok(Err(wrong));
    }
    let mut tx = app.db.write_alone_as(viewer, &app.clock).await?;
    let Subscription {
        endpoint,
        p256dh,
        auth,
    } = new.subscription;
    sqlx::query(PUT)
        .bind(Id::<Devices>::new())
        .bind(viewer.id)
        .bind(viewer.session_id)
        .bind(endpoint)
        .bind(p256dh)
        .bind(auth)
        .bind(new.user_agent.chars().take(300).collect::<String>())
        .bind(i64::from(new.says_all))
        .bind(app.clock.now())
        .execute(&mut *tx)
        .await?;
    sqlx::query(OLDEST)
        .bind(viewer.id)
        .bind(MOST)
        .execute(&mut *tx)
        .await?;
    tx.commit().await?;
    Ok(Ok(()))
}

const END: &str = "delete from push_subscriptions where id = $1 and user_id = $2";

/// This device is told no more.
pub async fn end(app: &App, viewer: &Viewer, id: Id<Devices>) -> Result<()> {
    let mut tx = app.db.write_as(viewer, &app.clock).await?;
    let gone = sqlx::query(END)
        .bind(id)
        .bind(viewer.id)
        .execute(&mut *tx)
        .await?;
    if gone.rows_affected() == 0 {
        return Err(Error::NotFound);
    }
    tx.commit().await
}

/// A device that is told.
#[derive(sqlx::FromRow)]
pub struct Device {
    pub id: Id<Devices>,
    pub user_agent: String,
    #[sqlx(rename = "says_all")]
    all: i64,
    pub created_at: Micros,
    endpoint: String,
    p256dh: String,
    auth: String,
}

impl Device {
    pub fn says_all(&self) -> bool {
        self.all == 1
    }
}

const LIST: &str = "
    select id, user_agent, says_all, created_at, endpoint, p256dh, auth
      from push_subscriptions
     where user_id = $1
     order by created_at, id
     limit 20";

/// The devices of a member that are told.
pub async fn of(app: &App, user: Id<Users>) -> Result<Vec<Device>> {
    let devices = sqlx::query_as(LIST).bind(user);
    Ok(devices.fetch_all(app.db.read()).await?)
}

/// Tells a member's devices.
pub static PUSH: Kind<App> = Kind {
    name: "notice.push",
    at_once: 4,
    lease: Duration::from_secs(120),
    tries: 4,
    run: |app, task| Box::pin(push(app, task)),
    given_up: None,
    describe: |_| "Telling a member's devices what is new".into(),
};

#[derive(Serialize, Deserialize)]
struct About {
    user: Id<Users>,
}

/// Has a member's devices told.
pub async fn put(app: &App, tx: &mut Tx, user: Id<Users>) -> Result<()> {
    app.jobs.put(tx, &PUSH, &About { user }).await
}

const WHOM: &str = "
    select handle, notices_seen_at from users where id = $1 and is_active = 1 and hidden_at is null";

async fn push(app: App, task: Task) -> Result<(), Failure> {
    let About { user } = task.read()?;
    let whom: Option<(String, Micros)> = sqlx::query_as(WHOM)
        .bind(user)
        .fetch_optional(app.db.read())
        .await
        .map_err(Error::from)?;
    let Some((handle, seen)) = whom else {
        return Ok(());
    };
    let new = list::since(&app, (user, &handle), (seen, &List::All.kinds())).await?;
    let mut failed = None;
    for device in of(&app, user).await? {
        let Some(text) = message(&app, &new, &device) else {
            return Ok(());
        };
        let to = Subscription {
            endpoint: &device.endpoint,
            p256dh: &device.p256dh,
            auth: &device.auth,
        };
        match app.pusher.push(&to, (&text, app.clock.seconds())).await {
            Ok(Pushed::Taken) => {}
            Ok(Pushed::Gone) => forget(&app, &device).await?,
            Err(error) => failed = Some(error),
        }
        task.renew(0).await?;
    }
    match failed {
        // The others hear it a second time, in the place of the first.
        Some(error) => Err(Failure { error, again: true }),
        None => Ok(()),
    }
}

/// What a device shows; nothing where nothing is new.
fn message(app: &App, new: &[Notice], device: &Device) -> Option<String> {
    let newest = new.first()?;
    let says = match device.says_all() || newest.is_for_all {
        true => newest.sentence(),
        false => format!("{} {}", newest.by.name, newest.did),
    };
    let (body, url) = match new.len() {
        1 => (says, newest.href.as_str()),
        2 => (format!("{says}, and one other thing is new"), "/notices"),
        n => (
            format!("{says}, and {} other things are new", n - 1),
            "/notices",
        ),
    };
    let message =
        json!({ "title": app.site.name(), "body": body, "url": url, "unread": new.len() });
    Some(message.to_string())
}

const FORGET: &str = "delete from push_subscriptions where id = $1 and endpoint = $2";

async fn forget(app: &App, device: &Device) -> Result<()> {
    let mut tx = app.db.write().await?;
    sqlx::query(FORGET)
        .bind(device.id)
        .bind(&device.endpoint)
        .execute(&mut *tx)
        .await?;
    tx.commit().await
}
