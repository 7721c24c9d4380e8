//! A feed by what is asked of it: one member's, photos or videos, between two days. Nothing of it has an index of its own:
//! windows of the whole feed are looked through, so many at most for a page, and the next page goes on where that ended.

use time::{Date, UtcOffset, macros::format_description};

use super::visible::{findable, reader, visible, wanted};
use crate::app::App;
use crate::auth::Viewer;
use crate::clock::Micros;
use crate::cursor::Cursor;
use crate::error::{Error, Result};
use crate::id::{Groups, Id, Posts, Users};
use crate::live::Key;

/// SQL: the columns of a [`Key`].
macro_rules! columns {
    () => {
        "p.id, p.created_at, p.author_id, p.audience,
       p.card_seq, coalesce(p.edited_seq, 0) as edited, u.card_version"
    };
}

pub(super) use columns;

/// Whose posts a feed shows.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Of {
    #[default]
    Everyone,
    /// Those whom the reader follows, and their own.
    Followed,
}

impl Of {
    /// The feed of that name in an address.
    pub fn named(name: &str) -> Option<Of> {
        [Of::Everyone, Of::Followed]
            .into_iter()
            .find(|of| of.name() == name)
    }

    pub fn name(self) -> &'static str {
        match self {
            Of::Everyone => "everyone",
            Of::Followed => "following",
        }
    }
}

/// What is asked of a feed.
#[derive(Default)]
pub struct Filter {
    pub of: Of,
    /// One member's.
    pub by: Option<Id<Users>>,
    /// `photo` or `video`.
    pub kind: Option<&'static str>,
    /// What has this tag, as words hold it.
    pub tag: Option<String>,
    /// What is for this group.
    pub group: Option<Id<Groups>>,
    /// From this instant on, and before that one.
    pub from: Option<Micros>,
    pub until: Option<Micros>,
}

impl Filter {
    /// Whether anything is asked but whose posts they are.
    pub fn is_plain(&self) -> bool {
        self.by.is_none()
            && self.tag.is_none()
            && self.group.is_none()
            && self.kind.is_none()
            && self.from.is_none()
            && self.until.is_none()
    }
}

/// `photos` or `videos`, as an address says it.
pub fn kind(text: &str) -> Result<&'static str> {
    match text {
        "photos" => Ok("photo"),
        "videos" => Ok("video"),
        _ => Err(Error::NotFound),
    }
}

/// The instant at which a day begins (`2026-08-31`), or the one after it.
pub fn day(text: &str, after: bool, zone: UtcOffset) -> Result<Micros> {
    let format = format_description!("[year]-[month]-[day]");
    let day = Date::parse(text, format).map_err(|_| Error::NotFound)?;
    let day = if after { day.next_day() } else { Some(day) };
    let day = day.ok_or(Error::NotFound)?;
    let instant = day.midnight().assume_offset(zone);
    Ok((instant.unix_timestamp_nanos() / 1_000) as Micros)
}

/// Posts that a query brings, and windows that are looked through beside those that bring as many.
const BROUGHT: usize = 21;
const MOST_WINDOWS: usize = 4;

macro_rules! of_kind {
    () => {
        "
       and ($4 = '' or exists (
           select 1 from media m
            where m.post_id = p.id and case when m.duration_ms > 0 then 'video' else 'photo' end = $4))
     order by p.created_at desc
     limit 21"
    };
}

const OF_ALL: &str = concat!(
    "select ",
    columns!(),
    "
      from (select * from posts where created_at < $1 and created_at >= $3 order by created_at desc limit 500) p
      join users u on u.id = p.author_id
     where ",
    wanted!(),
    of_kind!()
);

const OF_FOLLOWED: &str = concat!(
    "select ",
    columns!(),
    "
      from (select * from posts where created_at < $1 and created_at >= $3 order by created_at desc limit 500) p
      join users u on u.id = p.author_id
     where ",
    wanted!(),
    "
       and (p.author_id = $2
            or exists (select 1 from follows f where f.follower_id = $2 and f.author_id = p.author_id))",
    of_kind!()
);

const OF_MEMBER: &str = concat!(
    "select ",
    columns!(),
    "
      from (select * from posts
             where author_id = $5 and created_at < $1 and created_at >= $3 order by created_at desc limit 500) p
      join users u on u.id = p.author_id
     where ",
    visible!(),
    of_kind!()
);

const OF_TAG: &str = concat!(
    "select ",
    columns!(),
    "
      from (select at from post_terms
             where term = $5 and at < $1 and at >= $3 order by at desc limit 500) t
      join posts p on p.created_at = t.at
      join users u on u.id = p.author_id
     where ($6 = '' or p.author_id = $6)
       and ($7 = '' or p.author_id = $2
            or exists (select 1 from follows f where f.follower_id = $2 and f.author_id = p.author_id))
       and ",
    wanted!(),
    of_kind!()
);

const OF_GROUP: &str = concat!(
    "select ",
    columns!(),
    "
      from (select * from posts
             where audience = $5 and created_at < $1 and created_at >= $3 order by created_at desc limit 500) p
      join users u on u.id = p.author_id
     where ($6 = '' or p.author_id = $6)
       and ($7 = '' or exists (select 1 from post_terms t where t.term = $7 and t.at = p.created_at))
       and ",
    findable!(),
    of_kind!()
);

const END_OF_GROUP: &str = "
    select created_at from posts where audience = $3 and created_at < $1 and created_at >= $2
     order by created_at desc limit 1 offset 499";

const END_OF_TAG: &str = "
    select at from post_terms where term = $3 and at < $1 and at >= $2
     order by at desc limit 1 offset 499";

/// How far a window goes: its last post, where it is full.
const END: &str = "
    select created_at from posts where created_at < $1 and created_at >= $2
     order by created_at desc limit 1 offset 499";

const END_OF_MEMBER: &str = "
    select created_at from posts where author_id = $3 and created_at < $1 and created_at >= $2
     order by created_at desc limit 1 offset 499";

/// The keys of a page, one more than it shows where there are more, and else where the next page begins.
pub struct Found {
    pub keys: Vec<Key>,
    pub goes_on: Option<String>,
}

/// Looks through windows from the cursor on, until a page is full.
pub async fn find(
    app: &App,
    viewer: &Viewer,
    filter: &Filter,
    (before, page): (Option<Cursor<Posts>>, usize),
) -> Result<Found> {
    let until = filter.until.unwrap_or(Micros::MAX);
    let mut at = before.map_or(until, |cursor| cursor.at.min(until));
    let from = filter.from.unwrap_or(Micros::MIN);
    let mut keys: Vec<Key> = Vec::new();
    for _ in 0..MOST_WINDOWS + page / BROUGHT {
        let by = filter.by.map(|by| by.to_string()).unwrap_or_default();
        let (query, end) = match (filter.group, &filter.tag, filter.by) {
            (Some(_), _, _) => (OF_GROUP, END_OF_GROUP),
            (None, Some(_), _) => (OF_TAG, END_OF_TAG),
            (None, None, Some(_)) => (OF_MEMBER, END_OF_MEMBER),
            (None, None, None) => match filter.of {
                Of::Everyone => (OF_ALL, END),
                Of::Followed => (OF_FOLLOWED, END),
            },
        };
        let mut rows = sqlx::query_as(query)
            .bind(at)
            .bind(reader(Some(viewer.id)))
            .bind(from)
            .bind(filter.kind.unwrap_or_default());
        let mut end = sqlx::query_as(end).bind(at).bind(from);
        match (filter.group, &filter.tag, filter.by) {
            (Some(group), tag, _) => {
                let tag = tag.clone().unwrap_or_default();
                rows = rows.bind(group).bind(by).bind(tag);
                end = end.bind(group);
            }
            (None, Some(tag), _) => {
                let followed = match filter.of {
                    Of::Everyone => "",
                    Of::Followed => "followed",
                };
                rows = rows.bind(tag).bind(by).bind(followed);
                end = end.bind(tag);
            }
            (None, None, Some(by)) => {
                rows = rows.bind(by);
                end = end.bind(by);
            }
            (None, None, None) => {}
        }
        let rows: Vec<Key> = rows.fetch_all(app.db.read()).await?;
        let is_full = rows.len() == BROUGHT;
        keys.extend(rows);
        if keys.len() > page {
            keys.truncate(page + 1);
            return Ok(Found {
                keys,
                goes_on: None,
            });
        }
        if let Some(last) = keys.last().filter(|_| is_full) {
            at = last.created_at;
            continue;
        }
        let end: Option<(Micros,)> = end.fetch_optional(app.db.read()).await?;
        let Some((end,)) = end else {
            return Ok(Found {
                keys,
                goes_on: None,
            });
        };
        at = end;
    }
    let cursor = Cursor::<Posts> {
        at,
        id: Id::default(),
    };
    Ok(Found {
        keys,
        goes_on: Some(cursor.to_string()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_begins_and_ends_where_the_site_is() {
        let east = UtcOffset::from_hms(2, 0, 0).unwrap();
        let begins = day("2026-08-31", false, east).unwrap();
        let ends = day("2026-08-31", true, east).unwrap();
        assert_eq!(ends - begins, 86_400 * 1_000_000);
        assert_eq!(
            begins,
            day("2026-08-31", false, UtcOffset::UTC).unwrap() - 7_200 * 1_000_000
        );
        for wrong in [
            "",
            "2026-8-31",
            "2026-02-30",
            "yesterday",
            "99999-01-01",
            "2026-08-31T00:00",
        ] {
            assert!(day(wrong, false, east).is_err(), "{wrong}");
        }
    }
}
