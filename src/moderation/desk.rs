//! The verb by which a post that waits for those who look after the place is shown or kept back.

use crate::account;
use crate::app::App;
use crate::audit::{Deed, Done};
use crate::auth::Viewer;
use crate::db::Db;
use crate::error::Result;
use crate::notice;
use crate::post::{self, Judgement, Queue};

/// Shows a post that waits, or keeps it back; of two who decide the second hears that it is done.
pub async fn decide(app: &App, viewer: &Viewer, judgement: Judgement<'_>) -> Result<()> {
    let id = judgement.post.to_string();
    let deed = match judgement.is_shown {
        true => Deed::PostShown,
        false => Deed::PostKeptBack,
    };
    let mut tx = app
        .db
        .write_in_office(viewer, &app.clock, Done::to(deed, &id))
        .await?;
    let author = post::judge(app, &mut tx, (viewer.id, Queue::House), &judgement).await?;
    account::judged(&mut tx, author, judgement.is_shown).await?;
    notice::looked(app, &mut tx, (author, judgement.post), None).await?;
    tx.commit().await
}

/// How much waits; 100 for more.
pub async fn count(db: &Db) -> Result<i64> {
    let mut connection = db.read().acquire().await?;
    post::posts_waiting(&mut connection, Queue::House).await
}
