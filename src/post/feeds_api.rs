//! The feed in JSON, as in the application that Porch replaces, and what may be asked of it beyond.

use std::sync::Arc;

use rocket::{Route, get, routes};

use super::filter::{self, Of};
use super::shapes::{self, Feed, FeedPost, FeedQuery};
use super::wish::{Wish, given};
use super::{list, marks};
use crate::api::{self, Written};
use crate::app::App;
use crate::auth::{Base, Viewer};
use crate::error::{Error, Result};
use crate::id::{Id, Posts};
use crate::live::{ListKey, Listed};

pub fn routes() -> Vec<Route> {
    routes![feeds, feed]
}

/// What is asked beyond what the old application knew.
#[derive(rocket::FromForm)]
struct Asked<'r> {
    of: Option<&'r str>,
    kind: Option<&'r str>,
    from: Option<&'r str>,
    to: Option<&'r str>,
    tag: Option<&'r str>,
    group: Option<&'r str>,
}

impl<'r> Asked<'r> {
    /// Nothing where nothing of it is asked.
    fn wish(&self, author: Option<&'r str>) -> Result<Option<(Of, Wish<'r>)>> {
        let of = match given(self.of) {
            Some(name) => Of::named(name).ok_or(Error::NotFound)?,
            None => Of::Everyone,
        };
        let Asked {
            kind,
            from,
            to,
            tag,
            group,
            ..
        } = *self;
        let any = [kind, from, to, tag, group]
            .into_iter()
            .any(|one| given(one).is_some());
        let wish = Wish {
            by: author,
            kind,
            from,
            to,
            tag,
            group,
        };
        Ok((any || of != Of::Everyone).then_some((of, wish)))
    }
}

/// Of a parameter that comes more than once the last one counts, as in the contract.
fn last<'a>(values: &[&'a str]) -> Option<&'a str> {
    values.last().copied()
}

/// What a feed is asked for.
struct Wanted {
    limit: usize,
    before: Option<crate::cursor::Cursor<Posts>>,
}

fn wanted(app: &App, (limit, cursor): (Option<&str>, Option<&str>)) -> Result<Wanted> {
    let most = app.settings.limits.feed;
    let mut mistakes = Vec::new();
    let wrong = |kind: &str, name: &str, message: &str, input: &str| {
        api::mistake(kind, &["query", name], message, input.into())
    };
    let limit = limit.map(|text| (text, text.parse::<usize>()));
    let limit = match limit {
        None => most,
        Some((_, Ok(limit))) if (1..=most).contains(&limit) => limit,
        Some((text, Ok(_))) => {
            let message = format!("Input should be from 1 to {most}");
            mistakes.push(wrong("less_than_equal", "limit", &message, text));
            most
        }
        Some((text, Err(_))) => {
            let message = "Input should be a valid integer, unable to parse string as an integer";
            mistakes.push(wrong("int_parsing", "limit", message, text));
            most
        }
    };
    let before = cursor.map(|text| (text, text.parse()));
    let before = match before {
        None => None,
        Some((_, Ok(cursor))) => Some(cursor),
        Some((text, Err(_))) => {
            let message =
                "Value error, not a cursor of this server: take `next` of the answer before";
            mistakes.push(wrong("value_error", "cursor", message, text));
            None
        }
    };
    if mistakes.is_empty() {
        Ok(Wanted { limit, before })
    } else {
        Err(api::invalid(mistakes))
    }
}

/// The feed
///
/// Everybody's posts, those of whom you follow, one author's, photos or videos, between two days, with a tag, for a group; the
/// newest first.
#[utoipa::path(tag = "posts", security(("password" = [])), params(FeedQuery), responses(
    (status = 200, description = "A page of the feed", body = Feed),
    (status = 404, description = "No such author, feed, kind, day or tag, and no such group of yours", body = crate::api::Detail)))]
#[get("/feeds?<limit>&<cursor>&<author>&<asked..>")]
async fn feeds(
    limit: Vec<&str>,
    cursor: Vec<&str>,
    author: Vec<&str>,
    asked: Asked<'_>,
    viewer: Viewer,
    base: Base,
    app: &App,
) -> Result<Written> {
    let Wanted { limit, before } = wanted(app, (last(&limit), last(&cursor)))?;
    let author = last(&author);
    if let Some((of, wish)) = asked.wish(author)? {
        let filter = wish.filter(app, &viewer, of).await?;
        let found = filter::find(app, &viewer, &filter, (before, limit)).await?;
        let page = list::of(app, found, limit).await?;
        return written(app, &viewer, page, &base).await;
    }
    // An administrator sees addresses, which change without a change of the feed.
    let listed = match before.is_some() || author.is_some() || viewer.is_admin() {
        true => None,
        false => newest_for(app, &viewer, (limit, &base)).await?,
    };
    let Some(listed) = listed else {
        let asked = list::Asked {
            before,
            author,
            limit,
        };
        let page = list::page(app, &viewer, asked).await?;
        return written(app, &viewer, page, &base).await;
    };
    let ids: Vec<Id<Posts>> = listed.posts.iter().map(|post| post.id).collect();
    let marks = marks::of(app, Some(viewer.id), &ids).await?;
    Ok(Written(shapes::seen_by(&viewer, &listed, &marks)))
}

/// A page of posts as this viewer gets it.
async fn written(app: &App, viewer: &Viewer, page: list::Page, base: &Base) -> Result<Written> {
    let ids: Vec<Id<Posts>> = page.posts.iter().map(|listed| listed.post.id).collect();
    let marks = marks::of(app, Some(viewer.id), &ids).await?;
    let post = |listed: &list::Listed| {
        let mark = marks.get(&listed.post.id).copied().unwrap_or_default();
        let post = (&listed.post, &*listed.email);
        FeedPost::new(viewer, post, mark, (&listed.items, base))
    };
    let posts: Vec<FeedPost> = page.posts.iter().map(post).collect();
    Ok(Written(shapes::written(&Feed {
        posts,
        next: page.next,
    })))
}

/// The newest posts from what is kept; nothing where this reader does not want all of them.
async fn newest_for(
    app: &App,
    viewer: &Viewer,
    (limit, base): (usize, &Base),
) -> Result<Option<Arc<Listed>>> {
    let key = ListKey {
        seq: viewer.as_of,
        limit,
        base: base.clone(),
    };
    let listed = match app.fragments.listed(&key) {
        Some(listed) => listed,
        None => {
            let listed = shapes::listed(list::newest(app, limit).await?, base);
            app.fragments.keep_listed(key, listed)
        }
    };
    let circle = app.circles.at(viewer.id, viewer.circle).await?;
    let all = listed.posts.iter().all(|post| circle.wants(&post.about));
    Ok((all && !circle.mutes_words()).then_some(listed))
}

/// The feed
///
/// The same as `/feeds`.
#[utoipa::path(tag = "posts", security(("password" = [])), params(FeedQuery), responses(
    (status = 200, description = "A page of the feed", body = Feed),
    (status = 404, description = "No such author, feed, kind, day or tag, and no such group of yours", body = crate::api::Detail)))]
#[get("/feed?<limit>&<cursor>&<author>&<asked..>")]
async fn feed(
    limit: Vec<&str>,
    cursor: Vec<&str>,
    author: Vec<&str>,
    asked: Asked<'_>,
    viewer: Viewer,
    base: Base,
    app: &App,
) -> Result<Written> {
    feeds(limit, cursor, author, asked, viewer, base, app).await
}
