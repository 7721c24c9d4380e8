//! What waits to be told by letter: a digest a day or a week, at an hour in the member's zone, and soon after they happen
//! the kinds that a member wants so.

use std::time::Duration;

use time::{OffsetDateTime, UtcOffset};

use super::stop::Class;
use super::{devices, digest};
use crate::app::App;
use crate::clock::{self, Micros};
use crate::db::Tx;
use crate::error::Result;
use crate::id::{Id, Users};

const MINUTE: Micros = 60 * 1_000_000;
/// So long after it happened a letter goes that is wanted at once: what happens meanwhile is in the same.
pub const SOON: Micros = 5 * MINUTE;

/// So long after it happened devices are told: what happens meanwhile is in the same message.
pub const BURST: Micros = 5 * 1_000_000;

/// How often a member wants a digest.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Digest {
    Off,
    Day,
    Week,
}

impl Digest {
    pub const ALL: [Digest; 3] = [Digest::Off, Digest::Day, Digest::Week];

    pub fn name(self) -> &'static str {
        match self {
            Digest::Off => "off",
            Digest::Day => "day",
            Digest::Week => "week",
        }
    }

    pub fn named(name: &str) -> Option<Digest> {
        Digest::ALL.into_iter().find(|digest| digest.name() == name)
    }
}

impl TryFrom<String> for Digest {
    type Error = std::io::Error;

    fn try_from(name: String) -> std::result::Result<Digest, Self::Error> {
        Digest::named(&name).ok_or_else(|| std::io::Error::other(format!("no such digest: {name}")))
    }
}

/// When a member wants letters.
#[derive(Clone, Copy, PartialEq, Eq, Debug, sqlx::FromRow)]
pub struct When {
    #[sqlx(try_from = "String")]
    pub digest: Digest,
    /// Of the day, from 0 to 23.
    pub hour: i64,
    /// Minutes east of UTC; or else the site's.
    pub zone: Option<i64>,
}

impl Default for When {
    fn default() -> When {
        When {
            digest: Digest::Week,
            hour: 18,
            zone: None,
        }
    }
}

impl When {
    /// The next instant after `now` at which a digest goes: the hour of a day, or of a Sunday.
    pub fn next(&self, now: Micros, site: UtcOffset) -> Micros {
        let zone = self.zone.map(|minutes| minutes * 60);
        let zone = zone.and_then(|seconds| UtcOffset::from_whole_seconds(seconds as i32).ok());
        let zone = zone.unwrap_or(site);
        let here: OffsetDateTime = clock::date(now).to_offset(zone);
        let day = here.date().midnight().assume_offset(zone);
        let mut at = day + Duration::from_secs(self.hour.clamp(0, 23) as u64 * 3_600);
        let fits = |at: OffsetDateTime| {
            at > here && (self.digest != Digest::Week || at.weekday() == time::Weekday::Sunday)
        };
        while !fits(at) {
            at += Duration::from_secs(86_400);
        }
        (at.unix_timestamp_nanos() / 1_000) as Micros
    }
}

// What was told in this moment waits; of which kinds at once, their members have chosen.
const STIR: &str = "
    insert into outboxes (user_id, waits, soon_at, push_at)
    select n.user_id, 1, max(case when o.letter = 'once' then $2 end),
           max(case when exists (select 1 from push_subscriptions s where s.user_id = n.user_id) then $4 end)
      from notices n
      left join notice_choices o on o.user_id = n.user_id and o.kind = n.kind
     where n.at = $1 and n.kind = $3
     group by n.user_id
    on conflict (user_id)
    do update set waits = 1, soon_at = coalesce(outboxes.soon_at, excluded.soon_at),
                  push_at = coalesce(outboxes.push_at, excluded.push_at)";

/// Notices of this kind were just told at that instant, in this transaction.
pub async fn stir(tx: &mut Tx, kind: super::Kind, at: Micros) -> Result<()> {
    sqlx::query(STIR)
        .bind(at)
        .bind(at + SOON)
        .bind(kind.name())
        .bind(at + BURST)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

const FOLLOWS: &str = "
    insert into outboxes (user_id, waits) values ($1, 1) on conflict (user_id) do update set waits = 1";

/// The member follows somebody, of whose posts a digest may tell.
pub async fn follows(tx: &mut Tx, member: Id<Users>) -> Result<()> {
    sqlx::query(FOLLOWS).bind(member).execute(&mut **tx).await?;
    Ok(())
}

/// How often it is looked whether a letter is due.
const EVERY: Duration = Duration::from_secs(3);

/// Runs until the server ends.
pub async fn post(app: impl Fn() -> Option<App>) {
    while let Some(app) = app() {
        if let Err(error) = post_due(&app).await {
            tracing::error!(%error, "letters about notices were not put in; trying again");
        }
        drop(app);
        tokio::time::sleep(EVERY).await;
    }
}

#[derive(sqlx::FromRow)]
struct Due {
    user_id: Id<Users>,
    digest_at: Micros,
    #[sqlx(flatten)]
    when: When,
}

const DUE: &str = "
    select user_id, digest_at, digest, hour, zone from outboxes
     where waits = 1 and digest_at <= $1 order by digest_at limit 100";

// Of two nodes one finds it as it was. For who follows somebody it is looked every time whether they have posted.
const MOVE: &str = "
    update outboxes
       set digest_at = $3,
           waits = case when $4 = 1 or exists (select 1 from follows f where f.follower_id = $1) then 1 else 0 end
     where user_id = $1 and digest_at = $2 and waits = 1";

const SOON_DUE: &str = "
    select user_id from outboxes where soon_at <= $1 order by soon_at limit 100";

const TAKE_SOON: &str = "update outboxes set soon_at = null where user_id = $1 and soon_at <= $2";

const PUSH_DUE: &str = "
    select user_id from outboxes where push_at <= $1 order by push_at limit 100";

const TAKE_PUSH: &str = "update outboxes set push_at = null where user_id = $1 and push_at <= $2";

/// Whether this is the node that does what was due.
async fn take(tx: &mut Tx, query: &'static str, (user, now): (Id<Users>, Micros)) -> Result<bool> {
    let taken = sqlx::query(query)
        .bind(user)
        .bind(now)
        .execute(&mut **tx)
        .await?;
    Ok(taken.rows_affected() == 1)
}

/// Puts in what is due now.
pub async fn post_due(app: &App) -> Result<()> {
    loop {
        let now = app.clock.now();
        let due: Vec<Due> = sqlx::query_as(DUE)
            .bind(now)
            .fetch_all(app.db.read())
            .await?;
        let soon: Vec<(Id<Users>,)> = sqlx::query_as(SOON_DUE)
            .bind(now)
            .fetch_all(app.db.read())
            .await?;
        let pushes: Vec<(Id<Users>,)> = sqlx::query_as(PUSH_DUE)
            .bind(now)
            .fetch_all(app.db.read())
            .await?;
        if due.is_empty() && soon.is_empty() && pushes.is_empty() {
            return Ok(());
        }
        for one in due {
            move_on(app, &one, now).await?;
        }
        for (user,) in soon {
            let mut tx = app.db.write().await?;
            if take(&mut tx, TAKE_SOON, (user, now)).await? {
                digest::put(app, &mut tx, (user, Class::Once)).await?;
            }
            tx.commit().await?;
        }
        for (user,) in pushes {
            let mut tx = app.db.write().await?;
            if take(&mut tx, TAKE_PUSH, (user, now)).await? {
                devices::put(app, &mut tx, user).await?;
            }
            tx.commit().await?;
        }
    }
}

/// The next digest of a member has its time, and this one goes if it is due.
async fn move_on(app: &App, one: &Due, now: Micros) -> Result<()> {
    // Worked out now, or long past because nothing waited: it goes at the next time.
    let goes = one.digest_at > 0 && one.when.digest != Digest::Off;
    let next = match one.when.digest {
        Digest::Off => Micros::MAX,
        _ => one.when.next(now, app.settings.utc_offset),
    };
    let mut tx = app.db.write().await?;
    let moved = sqlx::query(MOVE)
        .bind(one.user_id)
        .bind(one.digest_at)
        .bind(next)
        .bind(i64::from(!goes))
        .execute(&mut *tx)
        .await?;
    if moved.rows_affected() == 1 && goes {
        digest::put(app, &mut tx, (one.user_id, Class::Digest)).await?;
    }
    tx.commit().await
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    fn next(when: When, now: OffsetDateTime) -> OffsetDateTime {
        let now = (now.unix_timestamp_nanos() / 1_000) as Micros;
        clock::date(when.next(now, UtcOffset::UTC))
    }

    #[test]
    fn a_digest_goes_at_its_hour_in_the_members_zone() {
        let day = When {
            digest: Digest::Day,
            hour: 7,
            zone: Some(330),
        };
        // 2026-11-25 is a Wednesday.
        for (now, at) in [
            (
                datetime!(2026-11-25 01:29 UTC),
                datetime!(2026-11-25 01:30 UTC),
            ),
            (
                datetime!(2026-11-25 01:30 UTC),
                datetime!(2026-11-26 01:30 UTC),
            ),
            (
                datetime!(2026-12-31 23:00 UTC),
                datetime!(2027-01-01 01:30 UTC),
            ),
        ] {
            assert_eq!(next(day, now), at, "{now}");
        }
        let week = When {
            digest: Digest::Week,
            hour: 23,
            zone: Some(-600),
        };
        for (now, at) in [
            (
                datetime!(2026-11-25 01:29 UTC),
                datetime!(2026-11-30 09:00 UTC),
            ),
            (
                datetime!(2026-11-30 09:00 UTC),
                datetime!(2026-12-07 09:00 UTC),
            ),
        ] {
            assert_eq!(next(week, now), at, "{now}");
        }
    }
}
