//! Groups as audiences: for which of them a member may post, and what a post says of the one that it is for.

use serde::Serialize;
use sqlx::AnyConnection;
use utoipa::ToSchema;

use crate::error::{Error, Result};
use crate::id::{Groups, Id, Users};

/// A group as a post that is for it names it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, ToSchema)]
pub struct Name {
    /// Behind `/~` in its address.
    #[schema(example = "choir")]
    pub slug: String,
    #[schema(example = "The choir")]
    pub name: String,
}

/// SQL: slug and name of the group whose id is `$id`, to be read as a [`For`]; empty for none and one that has ended.
macro_rules! named {
    ($id:literal) => {
        concat!(
            "coalesce((select ng.slug || ' ' || ng.name from groups ng where ng.id = ",
            $id,
            " and ng.closed_at is null), '')"
        )
    };
}
pub(crate) use named;

/// The group that a post is for, where it is for one that is still there.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct For(pub Option<Name>);

impl From<String> for For {
    fn from(named: String) -> For {
        For(named.split_once(' ').map(|(slug, name)| Name {
            slug: slug.to_owned(),
            name: name.to_owned(),
        }))
    }
}

/// A group for which a member may post.
#[derive(Serialize, sqlx::FromRow)]
pub struct Choice {
    pub id: Id<Groups>,
    pub slug: String,
    pub name: String,
    /// How many are in it.
    pub members: i64,
    #[serde(skip)]
    posts: i64,
}

impl Choice {
    /// The member may post for it, and not only look.
    pub fn takes_posts(&self) -> bool {
        self.posts == 1
    }
}

/// A member is in so many groups at most.
pub const MOST: i64 = 200;

const OF_MEMBER: &str = "
    select g.id, g.slug, g.name, g.members,
           cast(case when g.posting <> 'owners' or m.office = 'owner' then 1 else 0 end as bigint) as posts
      from group_members m
      join groups g on g.id = m.group_id
     where m.user_id = $1 and g.closed_at is null
     order by g.name, g.id
     limit 200";

/// The groups that a member is in, by name.
pub async fn of_member(connection: &mut AnyConnection, member: Id<Users>) -> Result<Vec<Choice>> {
    Ok(sqlx::query_as(OF_MEMBER)
        .bind(member)
        .fetch_all(connection)
        .await?)
}

/// The error of whoever posts for a group that is not for them.
const NOT_IN_IT: &str =
    "You are not in this group, or it has ended. Choose again who sees the post.";

const OWNERS_POST: &str =
    "Only the owners of this group post in it. Choose again who sees the post.";

const RULE: &str = "
    select g.posting, m.office
      from group_members m
      join groups g on g.id = m.group_id
     where m.group_id = $1 and m.user_id = $2 and g.closed_at is null";

/// Whether an owner looks first at what this member posts for a group; the error says why they may not post for it.
pub async fn is_looked_at_first(
    connection: &mut AnyConnection,
    (group, member): (Id<Groups>, Id<Users>),
) -> Result<bool> {
    let rule: Option<(String, String)> = sqlx::query_as(RULE)
        .bind(group)
        .bind(member)
        .fetch_optional(connection)
        .await?;
    match rule
        .as_ref()
        .map(|(posting, office)| (&**posting, &**office))
    {
        None => Err(Error::Unprocessable(NOT_IN_IT.into())),
        Some((_, "owner") | ("members", _)) => Ok(false),
        Some(("review", _)) => Ok(true),
        Some(_) => Err(Error::Unprocessable(OWNERS_POST.into())),
    }
}

const KNOWN: &str = "
    select g.id
      from groups g
      join group_members m on m.group_id = g.id and m.user_id = $2
     where g.slug = $1 and g.closed_at is null";

/// The group of that slug that the member is in.
pub async fn find(
    connection: &mut AnyConnection,
    slug: &str,
    member: Id<Users>,
) -> Result<Id<Groups>> {
    let found: Option<(Id<Groups>,)> = sqlx::query_as(KNOWN)
        .bind(slug.trim().trim_start_matches('~').to_lowercase())
        .bind(member)
        .fetch_optional(connection)
        .await?;
    found.map(|(id,)| id).ok_or(Error::NotFound)
}

const KEEPS_OUT: &str = "
    select g.id from groups g
     where g.id = $1 and g.closed_at is null
       and not exists (select 1 from group_members m where m.group_id = g.id and m.user_id = $2)";

/// Whether a member is in a group; whatever has ended keeps nobody out.
pub async fn is_in(
    connection: &mut AnyConnection,
    (group, member): (Id<Groups>, Id<Users>),
) -> Result<bool> {
    let found: Option<(Id<Groups>,)> = sqlx::query_as(KEEPS_OUT)
        .bind(group)
        .bind(member)
        .fetch_optional(connection)
        .await?;
    Ok(found.is_none())
}

const OWNS: &str = "
    select group_id from group_members where group_id = $1 and user_id = $2 and office = 'owner'";

/// Whether a member looks after a group.
pub async fn owns(
    connection: &mut AnyConnection,
    (group, member): (Id<Groups>, Id<Users>),
) -> Result<bool> {
    let found: Option<(Id<Groups>,)> = sqlx::query_as(OWNS)
        .bind(group)
        .bind(member)
        .fetch_optional(connection)
        .await?;
    Ok(found.is_some())
}
