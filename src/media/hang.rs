//! Items in posts: hung into them, changed, arranged.

use sqlx::AnyConnection;

use super::discard::take_out;
use super::item::of_post;
use crate::clock::Micros;
use crate::error::Result;
use crate::id::{Id, Media as MediaTable, Posts, Users};

/// What an edit changes of an item: what it shows to those who cannot see it, and what stays when it is cut.
pub struct Change {
    pub id: Id<MediaTable>,
    pub alt: Option<String>,
    pub focus: Option<String>,
}

const CHANGE: &str = "
    update media
       set alt = coalesce($1, alt), focus = coalesce($2, focus)
     where id = $3 and post_id = $4";

pub async fn change(
    connection: &mut AnyConnection,
    post: Id<Posts>,
    Change { id, alt, focus }: &Change,
) -> Result<()> {
    sqlx::query(CHANGE)
        .bind(alt)
        .bind(focus)
        .bind(id)
        .bind(post)
        .execute(connection)
        .await?;
    Ok(())
}

/// A file in a post, or in one to be: with what it shows to those who cannot see it, and what stays when it is cut.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Described {
    pub id: Id<MediaTable>,
    pub alt: String,
    pub focus: String,
}

impl Described {
    /// One of which nothing is said.
    pub fn bare(id: Id<MediaTable>) -> Described {
        Described {
            id,
            alt: String::new(),
            focus: String::new(),
        }
    }
}

const ATTACH: &str = "
    update media
       set post_id = $1, position = $2, alt = $3, focus = $4
     where id = $5 and owner_id = $6 and post_id is null and purpose = 'post' and state = 'ready'";

const DRAFTED: &str = "select media_id as id, alt, focus from draft_items where media_id = $1";

/// What a draft says of an item; nothing is said of what is in none.
async fn drafted(connection: &mut AnyConnection, id: Id<MediaTable>) -> Result<Described> {
    let known = sqlx::query_as(DRAFTED)
        .bind(id)
        .fetch_optional(connection)
        .await?;
    Ok(known.unwrap_or(Described::bare(id)))
}

const OUT_OF_DRAFT: &str = "delete from draft_items where media_id = $1";

/// Hangs a staged item into a post; it is in no draft any more. False when there is no such item any more.
pub async fn attach(
    connection: &mut AnyConnection,
    (post, position): (Id<Posts>, usize),
    owner: Id<Users>,
    Described { id, alt, focus }: &Described,
) -> Result<bool> {
    let done = sqlx::query(ATTACH)
        .bind(post)
        .bind(position as i64)
        .bind(alt)
        .bind(focus)
        .bind(id)
        .bind(owner)
        .execute(&mut *connection)
        .await?;
    sqlx::query(OUT_OF_DRAFT)
        .bind(id)
        .execute(connection)
        .await?;
    Ok(done.rows_affected() == 1)
}

const PLACE: &str = "update media set position = $1 where id = $2 and post_id = $3";

/// Gives a post these items in this order: what it had and is not named goes, with its file after the commit (the keys);
/// what is new was staged by `owner`. Nothing when one of them is not there.
pub async fn arrange(
    connection: &mut AnyConnection,
    (post, owner): (Id<Posts>, Id<Users>),
    order: &[Id<MediaTable>],
    at: Micros,
) -> Result<Option<Vec<String>>> {
    let there = of_post(connection, post).await?;
    let mut gone = Vec::new();
    for item in there.iter().filter(|item| !order.contains(&item.id)) {
        gone.extend(take_out(connection, (item.id, post), at).await?);
    }
    for (position, id) in order.iter().enumerate() {
        let placed = sqlx::query(PLACE)
            .bind(position as i64)
            .bind(id)
            .bind(post)
            .execute(&mut *connection)
            .await?;
        if placed.rows_affected() == 0 {
            let new = drafted(connection, *id).await?;
            if !attach(connection, (post, position), owner, &new).await? {
                return Ok(None);
            }
        }
    }
    Ok(Some(gone))
}
