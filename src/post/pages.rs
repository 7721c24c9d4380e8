//! The feed's pages: home, one post, one picture of it, deleting it.

use rocket::http::{ContentType, CookieJar, Header};
use rocket::response::{Flash, Redirect, Responder};
use rocket::{Either, Route, delete, get, routes};
use serde_json::json;
use tera::Context;

use super::card::{self, Card};
use super::feed::{self, Feed};
use super::filter::Of;
use super::held::Held;
use super::marks::{self, Acts};
use super::mentions;
use super::post::Post;
use super::release::MOST_WORDS;
use super::spans::{Span, spans, tag_path};
use super::wish::{Wish, given, tag_of};
use super::{drawers, seen, waiting, withdraw};
use crate::app::App;
use crate::audience;
use crate::auth::{Anyone, Viewer};
use crate::config::Setting;
use crate::error::{Error, Result};
use crate::id::{Id, Posts};
use crate::site::Keeper;
use crate::view::{Html, moment, rendered};
use crate::visit::{Said, Visit, flash};

pub fn routes() -> Vec<Route> {
    routes![home, tagged, picture, confirm, remove, bring_back, me]
}

/// A path id that is not one is an address that does not exist.
pub(super) type PathId = std::result::Result<Id<Posts>, uuid::Error>;

pub(super) fn found(id: PathId) -> Result<Id<Posts>> {
    id.map_err(|_| Error::NotFound)
}

/// What is asked of home, as its address says it.
#[derive(rocket::FromForm)]
struct Asked<'r> {
    of: Option<&'r str>,
    before: Option<&'r str>,
    through: Option<&'r str>,
    by: Option<&'r str>,
    kind: Option<&'r str>,
    from: Option<&'r str>,
    to: Option<&'r str>,
    tag: Option<&'r str>,
}

fn percent(text: &str) -> String {
    use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
    const PLAIN: &percent_encoding::AsciiSet =
        &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.');
    utf8_percent_encode(text, PLAIN).to_string()
}

impl Asked<'_> {
    fn words(&self) -> Wish<'_> {
        Wish {
            by: self.by,
            kind: self.kind,
            from: self.from,
            to: self.to,
            tag: self.tag,
            group: None,
        }
    }

    /// The address of what is asked, from the newest on.
    fn path(&self, of: Of) -> String {
        let mut path = format!("/?of={}", of.name());
        let by = self.by.map(|by| by.trim().trim_start_matches('@'));
        let tag = self.tag.map(|tag| tag.trim().trim_start_matches('#'));
        for (name, value) in [
            ("by", by),
            ("kind", self.kind),
            ("from", self.from),
            ("to", self.to),
            ("tag", tag),
        ] {
            if let Some(value) = given(value) {
                path += &format!("&{name}={}", percent(value));
            }
        }
        path
    }
}

/// The feed that is asked for, which is remembered; or else the one that was asked for last.
#[get("/?<asked..>")]
async fn home(
    asked: Asked<'_>,
    mut visit: Visit,
    viewer: Viewer,
    jar: &CookieJar<'_>,
    app: &App,
) -> Result<Html> {
    let chosen = given(asked.of)
        .map(|of| Of::named(of).ok_or(Error::NotFound))
        .transpose()?;
    let last = match visit.taste.follows {
        true => Of::Followed,
        false => Of::Everyone,
    };
    let of = chosen.unwrap_or(last);
    if of != last {
        visit.taste.follows = of == Of::Followed;
        visit.taste.keep(jar, app.settings.is_https());
    }
    let filter = asked.words().filter(app, &viewer, of).await?;
    let stretch = (feed::cursor(asked.before)?, feed::cursor(asked.through)?);
    let first = stretch.0.is_none();
    let line = match filter.is_plain() {
        true => seen::line(app, &viewer, of).await?,
        false => 0,
    };
    let feed = match (of, stretch) {
        (_, (before, _)) if !filter.is_plain() => {
            feed::filtered(app, &viewer, &filter, before).await?
        }
        (of, (None, None)) => feed::newest(app, &viewer, (of, line)).await?,
        (of, stretch) => feed::home(app, &viewer, (of, stretch), line).await?,
    };
    let rules = app.house.rules().await?;
    let mut context = Context::new();
    let empty = first && feed.cards.is_empty();
    context.insert("empty", &empty);
    context.insert(
        "keeper",
        &(empty && viewer.is_admin())
            .then(|| Keeper::of(&app.settings, Some(rules.value(Setting::Joining)))),
    );
    context.insert("first", &first);
    context.insert("beside", &false);
    context.insert("following", &(of == Of::Followed));
    if of == Of::Followed && filter.by.is_none() {
        context.insert("topic", "following");
    }
    let path = asked.path(of);
    context.insert("path", &path);
    context.insert("filtered", &!filter.is_plain());
    let text = |text: Option<&str>| given(text).unwrap_or_default().to_owned();
    context.insert(
        "asked",
        &json!({
            "by": text(asked.by).trim_start_matches('@'), "by_id": filter.by, "kind": text(asked.kind),
            "from": text(asked.from), "to": text(asked.to), "until": filter.until,
            "tag": text(asked.tag).trim_start_matches('#'),
            "tag_path": given(asked.tag).map(tag_of).transpose()?.map(|tag| tag_path(&tag)),
        }),
    );
    if first && filter.is_plain() && feed.newest > 0 {
        context.insert("seen", &json!({ "feed": of.name(), "at": feed.newest }));
    }
    if first && feed.is_all_new {
        let by = seen::since(app, viewer.id, (of, line)).await?;
        let posts: i64 = by.iter().map(|one| one.posts).sum();
        let since = moment(line, app.settings.utc_offset);
        context.insert(
            "new",
            &json!({ "posts": posts, "people": by.len(), "since": since }),
        );
    }
    if first {
        context.insert("waiting", &waiting::list(app, &viewer).await?);
        context.insert("groups", &groups(app, &viewer).await?);
    }
    context.insert("live", &app.hub.cursor(viewer.as_of));
    draw_feed(app, &visit, ("post/home.html", context), (&path, &feed))
}

/// The viewer's groups; most are in none, and nothing is asked.
async fn groups(app: &App, viewer: &Viewer) -> Result<Vec<audience::Choice>> {
    let circle = app.circles.at(viewer.id, viewer.circle).await?;
    if !circle.is_in_any() {
        return Ok(Vec::new());
    }
    audience::of_member(&mut *app.db.read().acquire().await?, viewer.id).await
}

/// What has a tag: everybody's.
#[get("/tags/<tag>")]
fn tagged(tag: &str, viewer: Viewer) -> Result<Redirect> {
    // A stranger signs in first.
    let _ = viewer;
    let tag = tag_of(tag)?;
    Ok(Redirect::to(format!("/?of=everyone&tag={}", percent(&tag))))
}

/// Where the cards go in a page that is drawn. No text of a person's can hold it: `<` is escaped.
const CARDS: &str = "<!--cards-->";

/// A page with a feed that begins at `path`; or, for the link that asks for the next page, just that.
pub fn draw_feed(
    app: &App,
    visit: &Visit,
    (template, mut context): (&str, Context),
    (path, feed): (&str, &Feed),
) -> Result<Html> {
    let first = context.get("first").is_some_and(tera::Value::is_truthy);
    let template = if visit.htmx && !first {
        "post/_older.html"
    } else {
        template
    };
    context.insert_value("cards", rendered(CARDS));
    context.insert(
        "older",
        &feed.older.as_ref().map(|cursor| {
            let and = if path.contains('?') { '&' } else { '?' };
            format!("{path}{and}before={cursor}")
        }),
    );
    // Put in afterwards: the template engine would copy them several times over.
    let page = app.page(visit, template, context)?;
    Ok(page.with(CARDS, feed.cards.clone()))
}

/// The words of a post, whole.
async fn caption(app: &App, post: &Post) -> Result<Vec<Span>> {
    let mut connection = app.db.read().acquire().await?;
    let named = mentions::named(&mut connection, (post.id, None), &post.caption).await?;
    Ok(spans(&post.caption, &named))
}

/// What a post's own page shows of the post itself.
pub async fn one(app: &App, viewer: &Viewer, id: Id<Posts>) -> Result<Context> {
    let (post, items) = card::whole(app, viewer, id).await?;
    let mut context = Context::new();
    context.insert("caption", &caption(app, &post).await?);
    context.insert("edited", &post.edited_at.is_some());
    context.insert("loading", "now");
    let mark = marks::of_one(app, Some(viewer.id), post.id).await?;
    context.insert("acts", &Acts::of(mark));
    context.insert(
        "likers",
        &marks::likers(app, viewer, (post.id, mark)).await?,
    );
    let hides = match post.meant.group() {
        Some(group) if post.author_id != viewer.id && post.held == Held::No => {
            let mut connection = app.db.read().acquire().await?;
            audience::owns(&mut connection, (group, viewer.id)).await?
        }
        _ => false,
    };
    context.insert("hides", &hides);
    context.insert("most_words", &MOST_WORDS);
    context.insert("post", &Card::new(app, post, &items));
    context.insert("live", &app.hub.cursor(viewer.as_of));
    Ok(context)
}

/// One picture of a post, whole: the viewer where no script runs.
#[get("/p/<id>/<number>", rank = 5)]
async fn picture(
    id: PathId,
    number: &str,
    visit: Visit,
    viewer: Viewer,
    app: &App,
) -> Result<Html> {
    let (post, items) = card::whole(app, &viewer, found(id)?).await?;
    let number: usize = number.parse().map_err(|_| Error::NotFound)?;
    if !(1..=items.len()).contains(&number) {
        return Err(Error::NotFound);
    }
    let mut context = Context::new();
    context.insert("caption", &caption(app, &post).await?);
    let card = Card::new(app, post, &items);
    context.insert("item", &card.items[number - 1]);
    context.insert("before", &(number > 1).then(|| number - 1));
    context.insert("after", &(number < items.len()).then_some(number + 1));
    context.insert("post", &card);
    app.page(&visit, "post/picture.html", context)
}

#[get("/p/<id>/delete")]
async fn confirm(id: PathId, viewer: Viewer, visit: Visit, app: &App) -> Result<Html> {
    let (post, items) = card::whole(app, &viewer, found(id)?).await?;
    post.require_author(&viewer)?;
    let mut context = Context::new();
    context.insert("post", &Card::new(app, post, &items));
    app.page(&visit, "post/confirm_delete.html", context)
}

#[delete("/p/<id>")]
async fn remove(
    id: PathId,
    viewer: Viewer,
    visit: Visit,
    app: &App,
) -> Result<Either<Flash<Redirect>, Html>> {
    let id = found(id)?;
    if visit.htmx {
        withdraw::withdraw(app, &viewer, id).await?;
        let mut context = Context::new();
        context.insert("id", &id);
        context.insert("seconds", &withdraw::BACK_WITHIN.as_secs());
        return Ok(Either::Right(app.page(
            &visit,
            "post/_deleted.html",
            context,
        )?));
    }
    withdraw::remove(app, &viewer, id).await?;
    Ok(Either::Left(flash(Redirect::to("/"), Said::Deleted)))
}

/// Brings a post back that was deleted a moment ago.
#[delete("/p/<id>/deletion")]
async fn bring_back(id: PathId, viewer: Viewer, visit: Visit, app: &App) -> Result<Html> {
    let id = found(id)?;
    withdraw::bring_back(app, &viewer, id).await?;
    let card = drawers::current(app, id).await?.ok_or(Error::NotFound)?;
    let mut context = Context::new();
    context.insert("id", &id);
    context.insert("k", &card.k);
    context.insert_value("card", rendered(&card.html));
    app.page(&visit, "post/_back.html", context)
}

/// For one reader only.
#[derive(Responder)]
struct Private((ContentType, String), Header<'static>);

/// Shows the reader's own controls on cards that are the same for everybody. The server checks every
/// write anyway.
#[get("/me.css")]
fn me(visitor: Anyone) -> Private {
    let rules = visitor.0.map_or_else(String::new, |viewer| {
        let id = viewer.id;
        format!(
            "@layer states {{ [data-author=\"{id}\"] .for-owner, [data-by=\"{id}\"] .for-sayer, [data-host=\"{id}\"] .for-host {{ display: revert-layer; }} [data-author=\"{id}\"] .for-others, .said[data-by=\"{id}\"] .for-hearer {{ display: none; }} }}\n"
        )
    });
    Private(
        (ContentType::CSS, rules),
        Header::new("Cache-Control", "no-store"),
    )
}
