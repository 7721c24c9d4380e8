//! The letter that tells of notices: what is new since the last one and was not looked at, a line for each.

use serde::{Deserialize, Serialize};
use tera::Context;

use super::list::{self, Notice};
use super::stop::{self, Class};
use crate::account::{self, Letter, Reader};
use crate::app::App;
use crate::clock::Micros;
use crate::db::Tx;
use crate::error::Result;
use crate::id::{Id, Users};
use crate::jobs::{Failure, Task};
use crate::post::{self, Of};

pub static LETTER: Letter = Letter::news(
    "letter.news",
    |app, task| Box::pin(send(app, task)),
    |_| "Letter: what is new".into(),
);

#[derive(Serialize, Deserialize)]
struct About {
    user: Id<Users>,
    class: Class,
}

/// Has a letter sent of what a member has not looked at.
pub async fn put(app: &App, tx: &mut Tx, (user, class): (Id<Users>, Class)) -> Result<()> {
    let Some(owner) = account::find(tx, user).await? else {
        return Ok(());
    };
    let about = About { user, class };
    account::put_letter(app, tx, (&LETTER, &Reader::of(&owner)), &about).await?;
    Ok(())
}

/// A line of the letter.
#[derive(Serialize)]
struct Line {
    text: String,
    href: String,
}

/// Lines of a letter.
const MOST: usize = 20;

const SINCE: &str = "
    select u.handle,
           case when u.notices_seen_at > case when $2 = 'once' then o.soon_told_at else o.digest_told_at end
                then u.notices_seen_at
                else case when $2 = 'once' then o.soon_told_at else o.digest_told_at end end as since
      from users u
      join outboxes o on o.user_id = u.id
     where u.id = $1 and u.is_active = 1 and u.hidden_at is null";

const KINDS: &str = "select kind from notice_choices where user_id = $1 and letter = $2";

const OTHERS: &str = "select kind from notice_choices where user_id = $1 and letter <> $2";

async fn send(app: App, task: Task) -> Result<(), Failure> {
    let About { user, class } = task.read()?;
    let Some(owner) = account::by_id(&app, user).await? else {
        return Ok(());
    };
    let whom: Option<(String, Micros)> = sqlx::query_as(SINCE)
        .bind(user)
        .bind(class.name())
        .fetch_optional(app.db.read())
        .await
        .map_err(crate::error::Error::from)?;
    let Some((handle, since)) = whom else {
        return Ok(());
    };
    let now = app.clock.now();
    let kinds = kinds(&app, user, class).await?;
    let new = list::since(&app, (user, &handle), (since, &kinds)).await?;
    let posted = match class {
        Class::Digest => posted(&app, user, since.max(now - LONG_AGO)).await?,
        Class::Once => Vec::new(),
    };
    let home = account::letter_home(&app);
    let line = |notice: &Notice| Line {
        text: notice.sentence(),
        href: format!("{home}{}", notice.href),
    };
    let mut lines: Vec<Line> = new.iter().take(MOST).map(line).collect();
    lines.extend(posted);
    let more = new.len().saturating_sub(MOST);
    let subject = match &lines[..] {
        [] => return Ok(()),
        [only] => only.text.clone(),
        several => format!("{} things are new", several.len() + more),
    };
    let mut context = Context::new();
    context.insert("more", &more);
    context.insert("lines", &lines);
    context.insert("daily", &(class == Class::Digest));
    let stop = stop::address(&app, user, class)?;
    let reader = Reader::of(&owner).stopping(&stop);
    account::send_letter(&app, &LETTER, &reader, ("news", &subject), context).await?;
    told(&app, user, (class, now)).await?;
    Ok(())
}

/// Of what was posted before that nothing is told: a week ago, and a day for a letter that is late.
const LONG_AGO: Micros = 8 * 86_400 * 1_000_000;

/// Members whose posts are named.
const AUTHORS: usize = 10;

/// What those whom a member follows have posted since, a line for each of them.
async fn posted(app: &App, user: Id<Users>, since: Micros) -> Result<Vec<Line>> {
    let by = post::posted_since(app, user, (Of::Followed, since)).await?;
    let home = account::letter_home(app);
    let line = |by: post::By| Line {
        text: match by.posts {
            1 => format!("{} has posted something", by.author.name),
            posts => format!("{} has posted {posts} times", by.author.name),
        },
        href: format!("{home}/@{}", by.author.handle),
    };
    Ok(by.into_iter().take(AUTHORS).map(line).collect())
}

/// The kinds that stand in such a letter, each between commas.
async fn kinds(app: &App, user: Id<Users>, class: Class) -> Result<String> {
    let chosen = sqlx::query_as(if class == Class::Once { KINDS } else { OTHERS });
    let rows: Vec<(String,)> = chosen
        .bind(user)
        .bind(class.name())
        .fetch_all(app.db.read())
        .await?;
    let named = |kind: &super::Kind| rows.iter().any(|(name,)| name == kind.name());
    // In the digest are those of which nothing else was chosen.
    let wanted = super::Kind::ALL
        .into_iter()
        .filter(|kind| named(kind) == (class == Class::Once));
    Ok(wanted.map(|kind| format!(",{},", kind.name())).collect())
}

const TOLD_SOON: &str =
    "update outboxes set soon_told_at = $2 where user_id = $1 and soon_told_at < $2";

const TOLD_DIGEST: &str =
    "update outboxes set digest_told_at = $2 where user_id = $1 and digest_told_at < $2";

async fn told(app: &App, user: Id<Users>, (class, upto): (Class, Micros)) -> Result<()> {
    let mut tx = app.db.write().await?;
    let query = match class {
        Class::Digest => TOLD_DIGEST,
        Class::Once => TOLD_SOON,
    };
    sqlx::query(query)
        .bind(user)
        .bind(upto)
        .execute(&mut *tx)
        .await?;
    tx.commit().await
}
