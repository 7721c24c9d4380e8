//! Lists of members: who follows somebody, whom they follow, who asks to.

use sqlx::AnyConnection;

use super::follow::{Tie, tie};
use crate::app::App;
use crate::auth::Viewer;
use crate::clock::Micros;
use crate::error::{Error, Result};
use crate::id::{Id, Users};
use crate::post::faces::{FaceRow, Faces};
use crate::post::{keep_apart, reader};
use crate::view::Face;

/// A member as their page shows them.
#[derive(sqlx::FromRow)]
pub struct Member {
    pub id: Id<Users>,
    pub handle: String,
    pub name: String,
    pub face: Option<String>,
    pub about: String,
    /// Where they are, in their own words.
    pub place: String,
    /// Since when they are here.
    pub created_at: Micros,
    /// Whether they may come in.
    #[sqlx(rename = "is_active")]
    active: i64,
    pub posts: i64,
    pub followers: i64,
    pub following: i64,
    asks: i64,
}

impl Member {
    /// They want to be asked before somebody follows them.
    pub fn asks(&self) -> bool {
        self.asks == 1
    }

    /// An administrator has closed their account for now.
    pub fn is_closed(&self) -> bool {
        self.active == 0
    }

    pub fn face(&self) -> Face {
        let (handle, name) = (self.handle.clone(), self.name.clone());
        Face::new(self.id, handle, name, self.face.clone())
    }
}

const FIND: &str = "
    select u.id, u.handle, u.name, u.face, u.about, u.place, u.created_at, u.is_active, u.asks_followers as asks,
           cast((select count(*) from posts p
                  where p.author_id = u.id
                    and (p.audience = ''
                         or (p.audience = 'followers'
                             and (u.id = $2 or exists (select 1 from follows f
                                                        where f.follower_id = $2 and f.author_id = u.id))))) as bigint) as posts,
           coalesce(c.followers, 0) as followers, coalesce(c.following, 0) as following
      from users u
      left join user_counts c on c.user_id = u.id
     where u.handle = $1 and u.hidden_at is null";

/// The member of that handle, where the viewer sees them, and what the viewer is to them.
pub async fn find(app: &App, viewer: &Viewer, handle: &str) -> Result<(Member, Tie)> {
    let mut connection = app.db.read().acquire().await?;
    let member: Option<Member> = sqlx::query_as(FIND)
        .bind(handle)
        .bind(reader(Some(viewer.id)))
        .fetch_optional(&mut *connection)
        .await?;
    let member = member.ok_or(Error::NotFound)?;
    if keep_apart(&mut connection, viewer.id, member.id).await? {
        return Err(Error::NotFound);
    }
    let tie = tie(&mut connection, viewer.id, member.id).await?;
    Ok((member, tie))
}

/// The member of that handle, where the viewer sees them.
pub async fn id_of(app: &App, viewer: &Viewer, handle: &str) -> Result<Id<Users>> {
    Ok(find(app, viewer, handle).await?.0.id)
}

const WAS: &str = "
    select u.handle
      from freed_handles h
      join users u on u.id = h.user_id
     where h.handle = $1 and u.hidden_at is null
       and not exists (select 1 from ties t where t.user_id = $2 and t.other_id = u.id and t.why <> 'mute')";

/// What the member is called now who had this handle lately, where the viewer sees them.
pub async fn renamed(app: &App, viewer: &Viewer, handle: &str) -> Result<Option<String>> {
    let now: Option<(String,)> = sqlx::query_as(WAS)
        .bind(handle)
        .bind(viewer.id)
        .fetch_optional(app.db.read())
        .await?;
    Ok(now.map(|(handle,)| handle))
}

/// Which of a member's lists.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum List {
    Followers,
    Following,
    /// Those who ask to follow them.
    Requests,
}

/// SQL: members in a list, of `$1`, whom the reader `$2` sees, after `$3`.
macro_rules! listed {
    ($table:literal, $member:literal, $of:literal) => {
        concat!(
            "select u.id, u.handle, u.name, u.face
      from ",
            $table,
            " l
      join users u on u.id = l.",
            $member,
            "
     where l.",
            $of,
            " = $1 and l.",
            $member,
            " > $3 and u.hidden_at is null
       and not exists (select 1 from ties t where t.user_id = $2 and t.other_id = u.id and t.why <> 'mute')
     order by l.",
            $member,
            "
     limit 51"
        )
    };
}

const FOLLOWERS: &str = listed!("follows", "follower_id", "author_id");
const FOLLOWING: &str = listed!("follows", "author_id", "follower_id");
const REQUESTS: &str = listed!("follow_requests", "follower_id", "author_id");

/// A page of one of a member's lists, who are here longest first.
pub async fn list(
    app: &App,
    viewer: &Viewer,
    (of, list): (Id<Users>, List),
    after: Option<Id<Users>>,
) -> Result<Faces> {
    let query = match list {
        List::Followers => FOLLOWERS,
        List::Following => FOLLOWING,
        List::Requests => REQUESTS,
    };
    let rows: Vec<FaceRow> = sqlx::query_as(query)
        .bind(of)
        .bind(viewer.id)
        .bind(after.map(|id| id.to_string()).unwrap_or_default())
        .fetch_all(app.db.read())
        .await?;
    Ok(Faces::of(rows, |row| row.id.to_string()))
}

const SUGGESTED: &str = "
    select u.id, u.handle, u.name, u.face
      from (select author_id, max(created_at) as at
              from (select author_id, created_at from posts where audience = '' order by created_at desc limit 500) newest
             group by author_id) a
      join users u on u.id = a.author_id
     where u.id <> $1 and u.hidden_at is null
       and not exists (select 1 from follows f where f.follower_id = $1 and f.author_id = u.id)
       and not exists (select 1 from ties t where t.user_id = $1 and t.other_id = u.id)
     order by a.at desc
     limit 6";

/// Members whom the viewer might follow: those who posted last.
pub async fn suggested(connection: &mut AnyConnection, viewer: Id<Users>) -> Result<Vec<Face>> {
    let rows: Vec<FaceRow> = sqlx::query_as(SUGGESTED)
        .bind(viewer)
        .fetch_all(connection)
        .await?;
    Ok(rows.into_iter().map(Face::from).collect())
}
