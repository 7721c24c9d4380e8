//! Which kinds of notices a member wants.

use serde::Serialize;
use utoipa::ToSchema;

use super::kind::Kind;
use super::outbox::{Digest, When};
use crate::app::App;
use crate::auth::Viewer;
use crate::clock::Micros;
use crate::error::Result;

/// A kind of notice, and whether you want it
#[derive(Serialize, ToSchema)]
pub struct Choice {
    #[schema(example = "like")]
    kind: &'static str,
    /// As a page says it.
    #[schema(example = "Somebody likes what you posted")]
    words: &'static str,
    shown: bool,
    /// Which letter it stands in: `digest`, `once` (soon after it happened) or `off`.
    #[schema(example = "digest")]
    letter: &'static str,
}

/// The letters that a kind may stand in.
pub const LETTERS: [&str; 3] = ["digest", "once", "off"];

impl Choice {
    /// The letter is one of [`LETTERS`], or else the digest.
    fn new(kind: Kind, shown: bool, letter: &str) -> Choice {
        let known = LETTERS.into_iter().find(|known| *known == letter);
        Choice {
            kind: kind.name(),
            words: kind.words(),
            shown,
            letter: known.unwrap_or(LETTERS[0]),
        }
    }
}

/// What was chosen of one kind; what is left out stays.
pub struct Wish<'a> {
    pub kind: Kind,
    pub shown: Option<bool>,
    pub letter: Option<&'a str>,
}

impl Choice {
    /// Whether a wish is for nothing else.
    fn is_of(&self, wish: &Wish<'_>) -> bool {
        self.kind == wish.kind.name()
    }
}

const CHOSEN: &str = "select kind, shown, letter from notice_choices where user_id = $1";

#[derive(sqlx::FromRow)]
struct Row {
    kind: String,
    shown: i64,
    letter: String,
}

/// Every kind, and what the viewer wants of it.
pub async fn choices(app: &App, viewer: &Viewer) -> Result<Vec<Choice>> {
    let rows: Vec<Row> = sqlx::query_as(CHOSEN)
        .bind(viewer.id)
        .fetch_all(app.db.read())
        .await?;
    let choice = |kind: Kind| match rows.iter().find(|row| row.kind == kind.name()) {
        Some(row) => Choice::new(kind, row.shown == 1, &row.letter),
        None => Choice::new(kind, true, LETTERS[0]),
    };
    Ok(Kind::of(viewer.office()).into_iter().map(choice).collect())
}

const WHEN: &str = "select digest, hour, zone from outboxes where user_id = $1";

/// When the viewer wants letters.
pub async fn when(app: &App, viewer: &Viewer) -> Result<When> {
    let when: Option<When> = sqlx::query_as(WHEN)
        .bind(viewer.id)
        .fetch_optional(app.db.read())
        .await?;
    Ok(when.unwrap_or_default())
}

const SET_WHEN: &str = "
    insert into outboxes (user_id, digest, hour, zone, digest_at) values ($1, $2, $3, $4, $5)
    on conflict (user_id)
    do update set digest = excluded.digest, hour = excluded.hour, zone = excluded.zone, digest_at = excluded.digest_at";

/// From now on the viewer gets their digest then.
pub async fn set_when(app: &App, viewer: &Viewer, when: When) -> Result<()> {
    let mut tx = app.db.write_as(viewer, &app.clock).await?;
    let next = match when.digest {
        Digest::Off => Micros::MAX,
        _ => when.next(app.clock.now(), app.settings.utc_offset),
    };
    sqlx::query(SET_WHEN)
        .bind(viewer.id)
        .bind(when.digest.name())
        .bind(when.hour)
        .bind(when.zone)
        .bind(next)
        .execute(&mut *tx)
        .await?;
    tx.commit().await
}

const CHOOSE: &str = "
    insert into notice_choices (user_id, kind, shown, letter) values ($1, $2, $3, $4)
    on conflict (user_id, kind) do update set shown = excluded.shown, letter = excluded.letter";

/// From now on the viewer is told so.
pub async fn choose(app: &App, viewer: &Viewer, wishes: &[Wish<'_>]) -> Result<()> {
    let before = choices(app, viewer).await?;
    let mut tx = app.db.write_as(viewer, &app.clock).await?;
    for wish in wishes {
        let stays = before.iter().find(|choice| choice.is_of(wish));
        let stays = stays.expect("every kind is listed");
        let shown = wish.shown.unwrap_or(stays.shown);
        let chosen = Choice::new(wish.kind, shown, wish.letter.unwrap_or(stays.letter));
        sqlx::query(CHOOSE)
            .bind(viewer.id)
            .bind(chosen.kind)
            .bind(i64::from(chosen.shown))
            .bind(chosen.letter)
            .execute(&mut *tx)
            .await?;
    }
    tx.commit().await
}
