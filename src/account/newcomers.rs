//! Newcomers: whose posts somebody looks at before others see them, and how many more.

use crate::db::Tx;
use crate::error::Result;
use crate::id::{Id, Users};

/// A post that was kept back is one more to be looked at, up to so many.
const MOST: i64 = 5;

const GIVE: &str = "update users set review_left = $2 where id = $1";

/// So many posts of a new member are looked at first.
pub async fn give(tx: &mut Tx, user: Id<Users>, posts: i64) -> Result<()> {
    sqlx::query(GIVE)
        .bind(user)
        .bind(posts)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

const IS_ONE: &str = "
    select id from users where id = $1 and review_left <> 0 and is_admin = 0 and is_moderator = 0";

/// Whether what this member posts now is looked at first; of those who look after the place nothing is.
pub async fn is_newcomer(tx: &mut Tx, user: Id<Users>) -> Result<bool> {
    let found: Option<(Id<Users>,)> = sqlx::query_as(IS_ONE)
        .bind(user)
        .fetch_optional(&mut **tx)
        .await?;
    Ok(found.is_some())
}

const BEFORE: &str = "select review_left from users where id = $1";

const UNTIL_LIFTED: i64 = -1;

/// Whatever a member posts is looked at first, until that is lifted; how it was before.
pub async fn look_first(tx: &mut Tx, user: Id<Users>) -> Result<i64> {
    let (before,) = sqlx::query_as(BEFORE)
        .bind(user)
        .fetch_one(&mut **tx)
        .await?;
    give(tx, user, UNTIL_LIFTED).await?;
    Ok(before)
}

const AS_BEFORE: &str = "update users set review_left = $2 where id = $1 and review_left = $3";

/// It is looked at as before.
pub async fn look_as_before(tx: &mut Tx, user: Id<Users>, before: i64) -> Result<()> {
    sqlx::query(AS_BEFORE)
        .bind(user)
        .bind(before)
        .bind(UNTIL_LIFTED)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

const ONE_LESS: &str =
    "update users set review_left = review_left - 1 where id = $1 and review_left > 0";

const ONE_MORE: &str = "update users set review_left = review_left + 1 where id = $1 and review_left > 0 and review_left < $2";

/// A post of theirs was looked at, and shown or not.
pub async fn judged(tx: &mut Tx, user: Id<Users>, is_shown: bool) -> Result<()> {
    let query = match is_shown {
        true => sqlx::query(ONE_LESS).bind(user),
        false => sqlx::query(ONE_MORE).bind(user).bind(MOST),
    };
    query.execute(&mut **tx).await?;
    Ok(())
}
