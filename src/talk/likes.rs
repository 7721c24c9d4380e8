//! Likes: set and taken back, never turned round, so that a press which comes twice or late changes nothing that was not
//! meant.

use crate::app::App;
use crate::auth::Viewer;
use crate::clock::Micros;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::id::{Id, Posts, Users};
use crate::live::Mark;
use crate::post;
use crate::post::faces::{FaceRow, Faces};

const LIKE: &str = "
    insert into likes (post_id, user_id, created_at) values ($1, $2, $3)
    on conflict (post_id, user_id) do nothing";

const LIKED: &str = "
    insert into post_counts (post_id, likes, liker_id, dirty, liked) values ($1, 1, $2, 1, 1)
    on conflict (post_id)
    do update set likes = post_counts.likes + 1, liker_id = excluded.liker_id, dirty = 1, liked = 1";

const UNLIKE: &str = "delete from likes where post_id = $1 and user_id = $2";

const UNLIKED: &str = "
    update post_counts
       set likes = likes - 1, dirty = 1,
           liker_id = case when liker_id = $2 then null else liker_id end
     where post_id = $1";

/// Lets the viewer like a post, or no more; how it stands then.
pub async fn set(app: &App, viewer: &Viewer, id: Id<Posts>, likes: bool) -> Result<Mark> {
    let (user, at) = (viewer.id, app.clock.now());
    let written = app.grouped.write(viewer, move |tx| {
        Box::pin(async move {
            post::require_part(tx, user, id).await?;
            write(tx, (id, user), likes.then_some(at)).await
        })
    });
    written.await?;
    post::mark_of(app, Some(user), id).await
}

async fn write(tx: &mut Tx, (id, user): (Id<Posts>, Id<Users>), at: Option<Micros>) -> Result<()> {
    let (write, count) = match at {
        Some(_) => (LIKE, LIKED),
        None => (UNLIKE, UNLIKED),
    };
    let mut query = sqlx::query(write).bind(id).bind(user);
    if let Some(at) = at {
        query = query.bind(at);
    }
    if query.execute(&mut **tx).await?.rows_affected() == 1 {
        sqlx::query(count)
            .bind(id)
            .bind(user)
            .execute(&mut **tx)
            .await?;
    }
    Ok(())
}

/// SQL: members who like the post `$1` and whom the reader `$2` sees.
macro_rules! likers {
    ($condition:literal) => {
        concat!(
            "select u.id, u.handle, u.name, u.face
      from likes l
      join users u on u.id = l.user_id
     where l.post_id = $1 and u.hidden_at is null
       and not exists (select 1 from ties t where t.user_id = $2 and t.other_id = l.user_id and t.why <> 'mute')
       and ",
            $condition
        )
    };
}

const LIST: &str = likers!(
    "l.user_id > $3
     order by l.user_id
     limit 51"
);

/// Who likes a post that the viewer may see; who is here longest comes first.
pub async fn list(
    app: &App,
    viewer: &Viewer,
    (id, after): (Id<Posts>, Option<Id<Users>>),
) -> Result<Faces> {
    let mut connection = app.db.read().acquire().await?;
    let sight = post::sight(&mut connection, Some(viewer.id), id).await?;
    if !sight.sees() {
        return Err(Error::NotFound);
    }
    if !sight.reads_talk() {
        return Ok(Faces::of(Vec::new(), |_| String::new()));
    }
    let rows: Vec<FaceRow> = sqlx::query_as(LIST)
        .bind(id)
        .bind(post::reader(Some(viewer.id)))
        .bind(after.map(|id| id.to_string()).unwrap_or_default())
        .fetch_all(&mut *connection)
        .await?;
    Ok(Faces::of(rows, |row| row.id.to_string()))
}
