//! Rows of items that go. Their files are queued in the same transaction and removed after its commit.

use sqlx::AnyConnection;

use crate::clock::Micros;
use crate::error::{Error, Result};
use crate::id::{Id, Media as MediaTable, Posts, Users};

const DISCARD: &str =
    "delete from media where id = $1 and owner_id = $2 and post_id is null returning key";

const DISCARD_STAGED: &str = "
    delete from media
     where id = $1 and owner_id = $2 and post_id is null and purpose = 'post'
    returning key";

const DISCARD_POST: &str = "delete from media where post_id = $1 returning key";

const DISCARD_SOME: &str = "
    delete from media
     where id in (select id from media where owner_id = $1 order by created_at, id limit $2)
    returning key";

const QUEUE: &str = "
    insert into media_gc (key, queued_at) values ($1, $2) on conflict (key) do nothing";

/// Deletes the rows of a post's items and queues their files. The caller removes them after the
/// commit.
pub async fn discard_post(
    connection: &mut AnyConnection,
    post: Id<Posts>,
    at: Micros,
) -> Result<Vec<String>> {
    let keys = sqlx::query_as(DISCARD_POST)
        .bind(post)
        .fetch_all(&mut *connection)
        .await?;
    queue(connection, keys, at).await
}

/// The same for so many of what a member owns.
pub(super) async fn discard_some(
    connection: &mut AnyConnection,
    owner: Id<Users>,
    (at, count): (Micros, i64),
) -> Result<Vec<String>> {
    let keys = sqlx::query_as(DISCARD_SOME)
        .bind(owner)
        .bind(count)
        .fetch_all(&mut *connection)
        .await?;
    queue(connection, keys, at).await
}

async fn queue(
    connection: &mut AnyConnection,
    keys: Vec<(String,)>,
    at: Micros,
) -> Result<Vec<String>> {
    for (key,) in &keys {
        sqlx::query(QUEUE)
            .bind(key)
            .bind(at)
            .execute(&mut *connection)
            .await?;
    }
    Ok(keys.into_iter().map(|(key,)| key).collect())
}

/// The same for one item that was chosen in a composer and not posted.
pub async fn discard_staged(
    connection: &mut AnyConnection,
    owner: Id<Users>,
    id: Id<MediaTable>,
    at: Micros,
) -> Result<String> {
    discard_one(connection, DISCARD_STAGED, (owner, id), at).await
}

/// The same for one item that hangs in no post, whatever it is for.
pub async fn discard(
    connection: &mut AnyConnection,
    owner: Id<Users>,
    id: Id<MediaTable>,
    at: Micros,
) -> Result<String> {
    discard_one(connection, DISCARD, (owner, id), at).await
}

async fn discard_one(
    connection: &mut AnyConnection,
    query: &'static str,
    (owner, id): (Id<Users>, Id<MediaTable>),
    at: Micros,
) -> Result<String> {
    let key: Option<(String,)> = sqlx::query_as(query)
        .bind(id)
        .bind(owner)
        .fetch_optional(&mut *connection)
        .await?;
    let (key,) = key.ok_or(Error::NotFound)?;
    queue(connection, vec![(key.clone(),)], at).await?;
    Ok(key)
}

const TAKE_OUT: &str = "delete from media where id = $1 and post_id = $2 returning key";

/// The same for one item of a post that stays.
pub(super) async fn take_out(
    connection: &mut AnyConnection,
    (id, post): (Id<MediaTable>, Id<Posts>),
    at: Micros,
) -> Result<Vec<String>> {
    let keys = sqlx::query_as(TAKE_OUT)
        .bind(id)
        .bind(post)
        .fetch_all(&mut *connection)
        .await?;
    queue(connection, keys, at).await
}
