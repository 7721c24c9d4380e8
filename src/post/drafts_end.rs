//! How drafts end: posted, thrown away, forgotten.

use super::drafts::{DROP, KEEP, drafted};
use super::meant::Meant;
use crate::app::App;
use crate::auth::Viewer;
use crate::clock::Micros;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::id::{Id, Media, Users};
use crate::media;

/// What nobody touches for so long goes.
const KEPT: Micros = 30 * 86_400 * 1_000_000;

/// Throws a draft away, with its files.
pub async fn discard(app: &App, viewer: &Viewer, id: &str) -> Result<()> {
    let tx = app.db.write_as(viewer, &app.clock).await?;
    discard_in(app, tx, (id, viewer.id)).await
}

async fn discard_in(app: &App, mut tx: Tx, (id, owner): (&str, Id<Users>)) -> Result<()> {
    let mut keys = Vec::new();
    for item in drafted(&mut tx, id).await? {
        match media::discard_staged(&mut tx, owner, item.id, app.clock.now()).await {
            Ok(key) => keys.push(key),
            Err(Error::NotFound) => {}
            Err(other) => return Err(other),
        }
    }
    let dropped = sqlx::query(DROP)
        .bind(id)
        .bind(owner)
        .execute(&mut *tx)
        .await?;
    if dropped.rows_affected() == 0 {
        return Err(Error::NotFound);
    }
    let media = app.media.clone();
    tx.after_commit(move || media.remove_files_soon(keys));
    tx.commit().await
}

const REST: &str =
    "select media_id from draft_items where draft_id = $1 and media_id is not null limit 1";

const MOVE: &str = "update draft_items set draft_id = $1 where draft_id = $2";

/// What becomes a post is no draft any more. Files that did not go along, chosen on another page, are a draft of their
/// own from now on.
pub(super) async fn is_posted(
    tx: &mut Tx,
    (owner, at): (Id<Users>, Micros),
    id: &str,
) -> Result<()> {
    let rest: Option<(Id<Media>,)> = sqlx::query_as(REST)
        .bind(id)
        .fetch_optional(&mut **tx)
        .await?;
    if rest.is_some() {
        let another = crate::id::random_text(26);
        sqlx::query(KEEP)
            .bind(&another)
            .bind(owner)
            .bind("")
            .bind(at)
            .bind(&*Meant::default().audience())
            .execute(&mut **tx)
            .await?;
        sqlx::query(MOVE)
            .bind(&another)
            .bind(id)
            .execute(&mut **tx)
            .await?;
    }
    sqlx::query(DROP)
        .bind(id)
        .bind(owner)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

const OF_OWNER: &str = "delete from drafts where owner_id = $1";

/// What a member who goes was writing. (Its files are taken away with all others of theirs.)
pub(super) async fn take_away(tx: &mut Tx, owner: Id<Users>) -> Result<()> {
    sqlx::query(OF_OWNER).bind(owner).execute(&mut **tx).await?;
    Ok(())
}

const OLD: &str =
    "select id, owner_id from drafts where updated_at < $1 order by updated_at limit 100";

/// Throws away what nobody has touched for a month.
pub async fn forget_old(app: &App) -> Result<()> {
    let before = app.clock.now() - KEPT;
    loop {
        let old: Vec<(String, Id<Users>)> = sqlx::query_as(OLD)
            .bind(before)
            .fetch_all(app.db.read())
            .await?;
        if old.is_empty() {
            return Ok(());
        }
        for (id, owner) in old {
            let tx = app.db.write().await?;
            match discard_in(app, tx, (&id, owner)).await {
                Ok(()) | Err(Error::NotFound) => {}
                Err(other) => return Err(other),
            }
        }
    }
}
