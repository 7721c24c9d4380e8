//! What a member has been told, the newest first, and how much of it they have not looked at.

use serde::Serialize;
use sqlx::AnyConnection;

use super::kind::{Kind, List};
use crate::app::App;
use crate::audience::{For, Name, named};
use crate::auth::Viewer;
use crate::circle::EVERYONE;
use crate::clock::Micros;
use crate::cursor::Page;
use crate::db::Db;
use crate::error::{Error, Result};
use crate::id::{Id, Posts, Users};
use crate::post::{reader, visible};
use crate::view::{Face, Moment, moment};

/// Notices on a page.
const PAGE: usize = 30;

/// The place of a notice in its list.
#[derive(Clone)]
pub struct Place {
    pub at: Micros,
    pub id: String,
}

impl Place {
    /// As an address has it.
    pub fn read(text: &str) -> Result<Place> {
        let (at, id) = text.split_once('-').ok_or(Error::NotFound)?;
        let at = at.parse().map_err(|_| Error::NotFound)?;
        Ok(Place { at, id: id.into() })
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}-{}", self.at, self.id)
    }
}

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    #[sqlx(try_from = "String")]
    kind: Kind,
    post_id: Option<Id<Posts>>,
    comment_id: String,
    at: Micros,
    actor_id: Id<Users>,
    handle: String,
    name: String,
    face: Option<String>,
    likes: i64,
    own_like: i64,
    commenters: i64,
    said: Option<String>,
    audience: Option<String>,
    key: Option<String>,
    format: Option<String>,
    master: Option<String>,
    duration_ms: Option<i64>,
    #[sqlx(try_from = "String")]
    group: For,
}

/// SQL: of the notice `n` by `a`, of a post `p` by `u` where it is about one: the reader `$2` may know of it.
macro_rules! told {
    () => {
        concat!(
            "case when n.kind in ('asks', 'waits', 'reports')
            then a.gone_at is null
                 and exists (select 1 from users o where o.id = $2 and (o.is_admin = 1 or o.is_moderator = 1))
            when n.kind in ('group-asks', 'group-waits')
            then a.gone_at is null
                 and exists (select 1 from group_members o
                              where o.group_id = n.group_id and o.user_id = $2 and o.office = 'owner')
            else a.hidden_at is null
                 and not exists (select 1 from ties t where t.user_id = $2 and t.other_id = n.actor_id) end
       and (n.group_id is null
            or exists (select 1 from group_members gm where gm.group_id = n.group_id and gm.user_id = $2)
            or exists (select 1 from group_requests gr where gr.group_id = n.group_id and gr.user_id = $2))
       and (n.post_id is null or (",
            visible!(),
            "))
       and not exists (select 1 from muted_words mw
                         join comments mc on mc.id = n.comment_id
                         join comment_terms mt on mt.term = mw.term and mt.at = mc.created_at
                        where mw.user_id = $2 and n.comment_id <> '')"
        )
    };
}

/// SQL: notices of the reader `$2`, of the kinds `$4`, in this range, the newest first.
macro_rules! rows {
    ($range:literal) => { concat!(
    "select n.id, n.kind, n.post_id, n.comment_id, n.at, n.actor_id, a.handle, a.name, a.face,
       cast(coalesce(c.likes, 0) as bigint) as likes,
       cast(coalesce((select 1 from likes l where l.post_id = n.post_id and l.user_id = $2), 0) as bigint) as own_like,
       cast(case when n.kind <> 'comment' then 0 else (
           select count(distinct x.author_id)
             from (select author_id from comments
                    where post_id = n.post_id and root_id = '' order by created_at desc limit 100) x
            where x.author_id <> n.actor_id and x.author_id <> n.user_id) end as bigint) as commenters,
       cm.body as said, p.audience, m.key, m.format, m.master, m.duration_ms,
       ",
    named!("coalesce(n.group_id, p.meant, '')"),
    " as \"group\"
      from notices n
      join users a on a.id = n.actor_id
      left join posts p on p.id = n.post_id
      left join users u on u.id = p.author_id
      left join post_counts c on c.post_id = n.post_id
      left join media m on m.post_id = n.post_id and m.position = 0
      left join comments cm on cm.id = n.comment_id
     where n.user_id = $2 and ", $range, " and $4 like '%,' || n.kind || ',%'
       and (n.kind <> 'like' or coalesce(c.likes, 0) > 0)
       and ",
    told!(),
    "
     order by n.at desc, n.id desc
     limit 31"
)
    };
}

const LIST: &str = rows!("(n.at, n.id) < ($1, $3)");

const SINCE: &str = rows!("n.at > $1 and n.id > $3");

/// Something that a member was told.
#[derive(Serialize)]
pub struct Notice {
    pub kind: &'static str,
    pub by: Face,
    /// So many others did the same.
    pub others: i64,
    pub post: Option<Id<Posts>>,
    /// What they did, after who did it: "and one other like your photo".
    pub did: String,
    /// The words of a comment, the first of them.
    pub said: String,
    /// Where it leads.
    pub href: String,
    /// The address of a picture of the post, without steps.
    pub picture: Option<String>,
    /// Its steps stand before this.
    pub end: &'static str,
    pub when: Moment,
    pub is_new: bool,
    /// It is about nothing that only some may see.
    #[serde(skip)]
    pub is_for_all: bool,
    #[serde(skip)]
    pub at: Micros,
}

impl Notice {
    /// In one line, as a letter says it.
    pub fn sentence(&self) -> String {
        let (name, did) = (&self.by.name, &self.did);
        match self.said.is_empty() {
            true => format!("{name} {did}"),
            false => format!("{name} {did}: “{}”", self.said),
        }
    }
}

/// So many characters of a comment stand in a notice.
const SAID: usize = 120;

impl Notice {
    fn of(app: &App, own: &str, seen: Micros, row: Row) -> Notice {
        let is_video = row.duration_ms.unwrap_or_default() > 0;
        let has_picture = !is_video || row.master.is_some();
        let post = row.post_id;
        let actor = &row.handle;
        let to_post = || post.map(|post| format!("/p/{post}")).unwrap_or_default();
        let group = row.group.0.as_ref();
        let slug = group.map(|group| &*group.slug).unwrap_or_default();
        let href = match row.kind {
            Kind::Like | Kind::Post | Kind::Looked | Kind::GroupLooked => to_post(),
            Kind::Mention if row.comment_id.is_empty() => to_post(),
            Kind::Comment | Kind::Reply | Kind::Mention => {
                let comment = &row.comment_id;
                format!("{}?c={comment}#c-{comment}", to_post())
            }
            Kind::Follow | Kind::Lets => format!("/@{actor}"),
            Kind::Request => format!("/@{own}/followers"),
            Kind::Asks => "/admin/joining".into(),
            Kind::Waits => "/admin/posts".into(),
            Kind::Reports => "/admin/reports".into(),
            Kind::House => "/standing".into(),
            Kind::Answered => "/reports".into(),
            Kind::GroupInvites | Kind::GroupLets | Kind::GroupOwner => format!("/~{slug}"),
            Kind::GroupAsks => format!("/~{slug}/members"),
            Kind::GroupWaits => format!("/~{slug}/waiting"),
        };
        let others = match row.kind {
            Kind::Like => (row.likes - 1 - row.own_like).max(0),
            Kind::Comment => row.commenters,
            _ => 0,
        };
        Notice {
            kind: row.kind.name(),
            others,
            post,
            did: match row.kind {
                // Nobody has named them: nobody else was there.
                Kind::GroupOwner if row.handle == own => {
                    let name = group.map(|group| &*group.name).unwrap_or_default();
                    format!("looks after {name} now")
                }
                kind => did(
                    (kind, group),
                    others,
                    if is_video { "video" } else { "photo" },
                ),
            },
            said: first(&row.said.unwrap_or_default()),
            href,
            picture: row.key.filter(|_| has_picture && row.format.is_some()),
            end: if is_video { "/ik-thumbnail.jpg" } else { "" },
            when: moment(row.at, app.settings.utc_offset),
            is_new: row.at > seen,
            is_for_all: row.audience.unwrap_or_default() == EVERYONE,
            at: row.at,
            by: match row.kind.is_of_the_place() {
                true => Face::new(row.actor_id, String::new(), "The moderators".into(), None),
                false => Face::new(row.actor_id, row.handle, row.name, row.face),
            },
        }
    }
}

/// What somebody and so many others did, in words.
fn did((kind, group): (Kind, Option<&Name>), others: i64, thing: &str) -> String {
    let name = group.map(|group| &*group.name).unwrap_or_default();
    let others_too = match others {
        0 => String::new(),
        1 => "and one other ".to_owned(),
        _ => format!("and {others} others "),
    };
    let did = match kind {
        Kind::Like if others > 0 => format!("like your {thing}"),
        Kind::Like => format!("likes your {thing}"),
        Kind::Comment => format!("commented on your {thing}"),
        Kind::Reply => "answered you".into(),
        Kind::Mention => "named you".into(),
        Kind::Follow => "follows you".into(),
        Kind::Request => "asks to follow you".into(),
        Kind::Lets => "lets you follow them".into(),
        Kind::Post if group.is_some() => format!("posted a {thing} in {name}"),
        Kind::Post => format!("posted a {thing}"),
        Kind::Asks => "asks to be let in".into(),
        Kind::Waits => "has posted what you look at first".into(),
        Kind::GroupInvites => format!("invites you into {name}"),
        Kind::GroupLets => format!("let you into {name}"),
        Kind::GroupOwner => format!("made you an owner of {name}"),
        Kind::GroupAsks => format!("asks to come into {name}"),
        Kind::Reports => "has reported something, or speaks against a decision".into(),
        Kind::House => "have decided something about you".into(),
        Kind::Answered => "have looked at what you reported".into(),
        Kind::Looked => format!("have looked at your {thing}"),
        Kind::GroupLooked => format!("has looked at your {thing} for {name}"),
        Kind::GroupWaits => format!("has posted in {name} what you look at first"),
    };
    others_too + &did
}

fn first(said: &str) -> String {
    let line = said.replace('\n', " ");
    match line.char_indices().nth(SAID) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

/// A page of notices, and where the next one begins.
pub struct Notices {
    pub notices: Vec<Notice>,
    pub next: Option<String>,
}

const SEEN: &str = "select notices_seen_at from users where id = $1";

/// What the viewer was told, from a place on or from the newest.
pub async fn list(
    app: &App,
    viewer: &Viewer,
    (list, after): (List, Option<Place>),
) -> Result<Notices> {
    let mut connection = app.db.read().acquire().await?;
    let (seen,): (Micros,) = sqlx::query_as(SEEN)
        .bind(viewer.id)
        .fetch_one(&mut *connection)
        .await?;
    let place = after.unwrap_or(Place {
        at: Micros::MAX,
        id: String::new(),
    });
    let rows: Vec<Row> = sqlx::query_as(LIST)
        .bind(place.at)
        .bind(reader(Some(viewer.id)))
        .bind(&place.id)
        .bind(list.kinds())
        .fetch_all(&mut *connection)
        .await?;
    let page = Page::of(rows, PAGE);
    let last = page.rows.last().filter(|_| page.more);
    let next = last.map(|row| Place {
        at: row.at,
        id: row.id.clone(),
    });
    let notice = |row| Notice::of(app, &viewer.handle, seen, row);
    Ok(Notices {
        next: next.map(|place| place.to_string()),
        notices: page.rows.into_iter().map(notice).collect(),
    })
}

/// What a member was told after an instant, of these kinds, the newest first: 31 at most.
pub async fn since(
    app: &App,
    (member, handle): (Id<Users>, &str),
    (after, kinds): (Micros, &str),
) -> Result<Vec<Notice>> {
    let rows: Vec<Row> = sqlx::query_as(SINCE)
        .bind(after)
        .bind(reader(Some(member)))
        .bind("")
        .bind(kinds)
        .fetch_all(app.db.read())
        .await?;
    let notice = |row| Notice::of(app, handle, after, row);
    Ok(rows.into_iter().map(notice).collect())
}

// The same as the list shows, up to a hundred.
const UNREAD: &str = concat!(
    "select cast(count(*) as bigint) from (
        select n.id
          from notices n
          join users a on a.id = n.actor_id
          left join posts p on p.id = n.post_id
          left join users u on u.id = p.author_id
          left join post_counts c on c.post_id = n.post_id
         where n.user_id = $2 and n.at > (select s.notices_seen_at from users s where s.id = $1)
           and (n.kind <> 'like' or coalesce(c.likes, 0) > 0)
           and ",
    told!(),
    "
         limit 100) few"
);

/// How many notices a member has not looked at; 100 are a hundred or more.
pub async fn unread(db: &Db, member: Id<Users>) -> Result<i64> {
    let mut connection = db.read().acquire().await?;
    count(&mut connection, member).await
}

async fn count(connection: &mut AnyConnection, member: Id<Users>) -> Result<i64> {
    let (count,) = sqlx::query_as(UNREAD)
        .bind(member)
        .bind(reader(Some(member)))
        .fetch_one(connection)
        .await?;
    Ok(count)
}

const LOOK: &str = "update users set notices_seen_at = $2 where id = $1 and notices_seen_at < $2";

/// The viewer has looked at their notices up to that instant, on this device and so on all.
pub async fn look(app: &App, viewer: &Viewer, upto: Micros) -> Result<()> {
    let mut tx = app.db.write_as(viewer, &app.clock).await?;
    sqlx::query(LOOK)
        .bind(viewer.id)
        // Nothing that is still to come is read.
        .bind(upto.min(app.clock.now()))
        .execute(&mut *tx)
        .await?;
    let (hub, member) = (app.hub.clone(), viewer.id);
    tx.after_commit(move || hub.ring(member));
    tx.commit().await
}
