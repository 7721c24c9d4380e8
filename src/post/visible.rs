//! Who may see a post, written once: as conditions for lists, and as an answer for one. `Circle` says the same of what is
//! in memory already, and a test walks all that a reader and a post can be to each other over both.
//!
//! In all of these `$2` is the reader, as [`reader`] writes them; `p` is the post and `u` its author.

use sqlx::AnyConnection;

use crate::app::App;
use crate::auth::Viewer;
use crate::circle::GONE;
use crate::db::Tx;
use crate::error::Result;
use crate::id::{Id, Posts, Users};

/// SQL: what anybody at all still sees.
macro_rules! there {
    () => {
        "u.hidden_at is null and p.audience <> 'gone'"
    };
}
pub(super) use there;

/// SQL: of those to whom it is shown, of the groups `a` that `$groups` takes, and nobody who is tied to its author by what
/// `$ties` names.
macro_rules! shown {
    ($ties:literal, $groups:literal) => {
        concat!(
            "u.hidden_at is null
       and (p.audience = '' or (p.author_id = $2 and p.audience <> 'gone')
            or (p.audience = 'followers'
                and exists (select 1 from follows f where f.follower_id = $2 and f.author_id = p.author_id))
            or exists (select 1 from group_members a where a.user_id = $2 and a.group_id = p.audience",
            $groups,
            "))
       and not exists (select 1 from ties t where t.user_id = $2 and t.other_id = p.author_id and t.why in (",
            $ties,
            "))"
        )
    };
}
pub(crate) use shown;

/// SQL: the reader may see it.
macro_rules! visible {
    () => {
        $crate::post::visible::shown!("'block', 'blocked'", "")
    };
}
pub(crate) use visible;

/// SQL: the post `$p` says nothing that the reader has muted.
macro_rules! bearable {
    ($p:literal) => {
        concat!(
            "(",
            $p,
            ".author_id = $2
            or not exists (select 1 from muted_words mw
                             join post_terms mt on mt.term = mw.term and mt.at = ",
            $p,
            ".created_at
                            where mw.user_id = $2))"
        )
    };
}
pub(crate) use bearable;

/// SQL: the reader may find it: nobody whom they have muted says it, and it says nothing that they have.
macro_rules! findable {
    () => {
        concat!(
            $crate::post::visible::shown!("'block', 'blocked', 'mute'", ""),
            "
       and ",
            $crate::post::visible::bearable!("p")
        )
    };
}
pub(crate) use findable;

/// SQL: it belongs in the reader's feeds: they may find it, and it is for no group that they have set apart.
macro_rules! wanted {
    () => {
        concat!(
            $crate::post::visible::shown!("'block', 'blocked', 'mute'", " and a.home = 1"),
            "
       and ",
            $crate::post::visible::bearable!("p")
        )
    };
}
pub(crate) use wanted;

/// The reader as the conditions take one; a stranger is nobody.
pub fn reader(viewer: Option<Id<Users>>) -> String {
    viewer.map(|id| id.to_string()).unwrap_or_default()
}

const APART: &str =
    "select why from ties where user_id = $1 and other_id = $2 and why <> 'mute' limit 1";

/// Whether one of the two has blocked the other.
pub async fn keep_apart(
    connection: &mut AnyConnection,
    viewer: Id<Users>,
    other: Id<Users>,
) -> Result<bool> {
    let tie: Option<(String,)> = sqlx::query_as(APART)
        .bind(viewer)
        .bind(other)
        .fetch_optional(connection)
        .await?;
    Ok(tie.is_some())
}

/// Posts that are asked for at a time.
const AT_ONCE: usize = 20;

const VISIBLE_OF: &str = concat!(
    "select p.id
       from posts p
       join users u on u.id = p.author_id
      where p.id in ($1, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21)
        and ",
    visible!()
);

/// Those of the posts that the viewer may see.
pub async fn visible_of(app: &App, viewer: &Viewer, posts: &[Id<Posts>]) -> Result<Vec<Id<Posts>>> {
    let mut seen = Vec::new();
    for posts in posts.chunks(AT_ONCE) {
        let id = |n: usize| posts.get(n).map(Id::to_string).unwrap_or_default();
        let mut query = sqlx::query_as(VISIBLE_OF)
            .bind(id(0))
            .bind(reader(Some(viewer.id)));
        for n in 1..AT_ONCE {
            query = query.bind(id(n));
        }
        let rows: Vec<(Id<Posts>,)> = query.fetch_all(app.db.read()).await?;
        seen.extend(rows.into_iter().map(|(id,)| id));
    }
    Ok(seen)
}

const SETTLE: &str = "
    update posts
       set audience = case
           when exists (select 1 from withheld w where w.post_id = posts.id and w.why in ('erased', 'deleted')) then 'gone'
           when exists (select 1 from withheld w where w.post_id = posts.id) then 'none'
           else meant
           end
     where id = $1
    returning audience";

/// Draws the conclusion from whom a post is meant for and why it is withheld: after every change of either, in the same
/// transaction. The audience that follows.
pub(super) async fn settle(tx: &mut Tx, id: Id<Posts>) -> Result<String> {
    let settled: Option<(String,)> = sqlx::query_as(SETTLE)
        .bind(id)
        .fetch_optional(&mut **tx)
        .await?;
    Ok(settled.map_or_else(|| GONE.to_owned(), |(audience,)| audience))
}
