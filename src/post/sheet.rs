//! What the composer shows: the words and files of a post to be, or of one that is changed; what of them may be published,
//! and what the buttons of a page without script do.

use rocket::http::Status;
use serde::Serialize;
use tera::Context;

use super::card::Picture;
use super::drafts::{self, Content, Placed};
use super::meant::Meant;
use super::post::{Caption, alt_text, focus};
use super::uploads;
use crate::app::App;
use crate::audience;
use crate::auth::Viewer;
use crate::clock::Micros;
use crate::error::{Error, Result};
use crate::form::Fields;
use crate::id::{Id, Media, Posts};
use crate::media::{self, Described, Item, PLACES, Purpose, Refused, Upload};
use crate::view::{self, Html};
use crate::visit::Visit;

#[derive(Default)]
pub struct Sheet {
    /// The draft's id, which becomes the post's idempotency key.
    pub key: String,
    pub caption: String,
    pub meant: Meant,
    /// With what is typed for each.
    pub items: Vec<Item>,
    pub refused: Vec<Refused>,
    pub wrong: serde_json::Map<String, serde_json::Value>,
    /// Given back after signing in again.
    pub restored: bool,
    /// A draft, as it was kept at that instant.
    pub kept_at: Option<Micros>,
    pub on_page: bool,
    /// A button that orders was pressed: there is more to come.
    pub rearranged: bool,
    /// The post that is changed; a new one has none.
    pub post: Option<Id<Posts>>,
    /// Its state when it was looked at.
    pub seen: Option<i64>,
}

#[derive(Serialize)]
struct Limits {
    items: usize,
    photo_mb: u64,
    video_mb: u64,
    post_mb: u64,
    caption: usize,
}

impl Sheet {
    /// The status of a page that shows it again, after a form was sent.
    pub fn status(&self) -> Status {
        match self.rearranged {
            true => Status::Ok,
            false => Status::UnprocessableEntity,
        }
    }

    pub async fn draw(&self, app: &App, visit: &Visit) -> Result<Html> {
        let limits = &app.settings.limits;
        let refused: Vec<_> = self
            .refused
            .iter()
            .map(|refused| (&refused.name, &refused.sentence))
            .collect();
        let count = self.items.len();
        let pictures: Vec<Picture> = self
            .items
            .iter()
            .enumerate()
            .map(|(n, item)| Picture::new(item, n + 1))
            .collect();
        let moment = |at| view::moment(at, app.settings.utc_offset);
        let mut context = Context::new();
        context.insert("key", &self.key);
        context.insert("caption", &self.caption);
        context.insert("meant", &self.meant.name());
        let groups = self.groups(app, visit).await?;
        // Chosen before, and not to be had now: it stays chosen, so that nothing goes to more people unasked.
        let is_lost = |id| groups.iter().all(|group| group.id != id);
        context.insert("lost", &self.meant.group().is_some_and(is_lost));
        context.insert("groups", &groups);
        context.insert("items", &pictures);
        context.insert("count", &count);
        context.insert("refused", &refused);
        context.insert("wrong", &self.wrong);
        context.insert("restored", &self.restored);
        context.insert("kept_at", &self.kept_at.map(moment));
        context.insert("on_page", &self.on_page);
        context.insert("post", &self.post);
        context.insert("seen", &self.seen.map(|seen| seen.to_string()));
        context.insert("others", &self.others(app, visit).await?);
        context.insert("unfinished", &unfinished(app, visit).await?);
        context.insert("accepted", app.media.programs.accepted_pictures());
        context.insert("accepted_videos", app.media.accepted_videos());
        context.insert("converts", &app.media.converts());
        context.insert("places", &PLACES);
        context.insert("space", &space(app, visit).await?);
        context.insert(
            "limits",
            &Limits {
                items: limits.post_items,
                photo_mb: limits.photo >> 20,
                video_mb: app.media.largest_video() >> 20,
                post_mb: limits.post >> 20,
                caption: limits.caption,
            },
        );
        let name = match visit.htmx {
            true => "post/_composer.html",
            false => "post/compose.html",
        };
        app.page(visit, name, context)
    }

    /// The groups for which whoever writes may post, and the one that the post is for.
    async fn groups(&self, app: &App, visit: &Visit) -> Result<Vec<audience::Choice>> {
        let Some(viewer) = &visit.viewer else {
            return Ok(Vec::new());
        };
        let mut connection = app.db.read().acquire().await?;
        let mut groups = audience::of_member(&mut connection, viewer.id).await?;
        let is_it = |id| self.post.is_some() && self.meant == Meant::Group(id);
        groups.retain(|group| group.takes_posts() || is_it(group.id));
        Ok(groups)
    }

    /// The other drafts of who writes, as links.
    async fn others(&self, app: &App, visit: &Visit) -> Result<Vec<Other>> {
        let Some(viewer) = visit.viewer.as_ref().filter(|_| self.post.is_none()) else {
            return Ok(Vec::new());
        };
        let others = drafts::list(app, viewer).await?.into_iter();
        let others = others.filter(|draft| draft.id != self.key);
        let other = |draft: drafts::Listed| Other {
            words: draft
                .caption
                .lines()
                .next()
                .unwrap_or_default()
                .chars()
                .take(60)
                .collect(),
            at: view::moment(draft.updated_at, app.settings.utc_offset),
            id: draft.id,
            files: draft.files,
        };
        Ok(others.map(other).collect())
    }

    /// What a form holds of a sheet: words, and the files it names that are still there.
    pub async fn read(
        app: &App,
        viewer: &Viewer,
        fields: &Fields,
        post: Option<Id<Posts>>,
    ) -> Result<Sheet> {
        let mut items: Vec<Item> = Vec::new();
        for id in fields.all("item").take(2 * app.settings.limits.post_items) {
            let Ok(id) = id.parse::<Id<Media>>() else {
                continue;
            };
            if items.iter().any(|item| item.id == id) {
                continue;
            }
            if let Some(mut item) = media::find_staged(&app.db, viewer.id, (id, post)).await? {
                item.alt = fields.text(&format!("alt-{id}")).to_owned();
                item.focus = fields.text(&format!("focus-{id}")).to_owned();
                items.push(item);
            }
        }
        Ok(Sheet {
            caption: fields.text("caption").to_owned(),
            meant: Meant::named(fields.text("audience")).unwrap_or_default(),
            items,
            post,
            seen: fields.find("seen").and_then(|seen| seen.parse().ok()),
            ..Sheet::default()
        })
    }

    /// What is kept of it as a draft.
    pub fn content(&self) -> Content {
        let item = |item: &Item| Placed {
            id: item.id,
            alt: Some(item.alt.clone()),
            focus: Some(item.focus.clone()),
        };
        Content {
            caption: Some(self.caption.clone()),
            meant: Some(self.meant),
            items: self.items.iter().map(item).collect(),
        }
    }

    /// Takes received files in, one after the other, each with the description that was typed for it.
    pub async fn take(
        &mut self,
        app: &App,
        viewer: &Viewer,
        files: Vec<Result<Upload, Refused>>,
        alts: &Fields,
    ) -> Result<()> {
        let mut alts = alts.all("alt");
        for file in files {
            let alt = alts.next().unwrap_or_default();
            let taken = match file {
                Ok(upload) => app.media.take_in(viewer, upload, Purpose::Post).await?,
                Err(refusal) => Err(refusal),
            };
            match taken {
                Ok(item) if self.has_twin_of(&item) => {
                    self.refused.push(Refused::twin(&item.file_name));
                    discard(app, viewer, item.id).await?;
                }
                Ok(item) => self.items.push(Item {
                    alt: alt.to_owned(),
                    ..item
                }),
                Err(refusal) => self.refused.push(refusal),
            }
        }
        Ok(())
    }

    /// Whether the same file is on it.
    fn has_twin_of(&self, item: &Item) -> bool {
        self.items
            .iter()
            .any(|known| known.fingerprint == item.fingerprint)
    }

    /// Caption and items, if they are to be published and may be; otherwise `wrong` says why not.
    pub fn check(&mut self, app: &App) -> Option<(Caption, Vec<Described>)> {
        if self.rearranged {
            return None;
        }
        let limits = &app.settings.limits;
        let caption = Caption::new(&self.caption, limits.caption);
        if let Err(message) = &caption {
            self.wrong.insert("caption".into(), message.as_str().into());
        }
        let (count, most) = (self.items.len(), limits.post_items);
        let message = match (count, self.refused.is_empty()) {
            (0, true) => Some("Choose at least one photo or video.".to_owned()),
            (_, false) => {
                Some("Not everything was taken; see below. The rest is here and safe.".into())
            }
            (count, true) if count > most => Some(format!(
                "A post holds at most {most}; these are {count}. Remove some."
            )),
            _ => None,
        };
        if let Some(message) = message {
            self.wrong.insert("items".into(), message.into());
        }
        let mut items = Vec::with_capacity(count);
        for item in &self.items {
            let mut read = |name: &str, checked: Result<String, String>| {
                let name = format!("{name}-{}", item.id);
                checked
                    .map_err(|message| self.wrong.insert(name, message.into()))
                    .ok()
            };
            let alt = read("alt", alt_text(&item.alt, limits.alt));
            let place = read("focus", focus(&item.focus));
            if let (Some(alt), Some(focus)) = (alt, place) {
                let id = item.id;
                items.push(Described { id, alt, focus });
            }
        }
        caption
            .ok()
            .filter(|_| self.wrong.is_empty())
            .map(|caption| (caption, items))
    }

    /// The buttons of a composer without script: remove an item, or let it change places with the one before or after
    /// it, or keep what is there for later.
    pub async fn rearrange(&mut self, app: &App, viewer: &Viewer, fields: &Fields) -> Result<()> {
        let place = |name: &str| {
            let wanted = fields.find(name)?;
            self.items
                .iter()
                .position(|item| item.id.to_string() == wanted)
        };
        if let Some(at) = place("remove") {
            let item = self.items.remove(at);
            // What hangs in the post that is changed goes when that is saved.
            if item.post_id.is_none() {
                discard(app, viewer, item.id).await?;
            }
        } else if let Some(at) = place("earlier") {
            self.items.swap(at, at.saturating_sub(1));
        } else if let Some(at) = place("later") {
            let last = self.items.len() - 1;
            self.items.swap(at, (at + 1).min(last));
        } else {
            self.rearranged = ["add", "keep"]
                .iter()
                .any(|name| fields.find(name).is_some());
            return Ok(());
        }
        self.rearranged = true;
        Ok(())
    }
}

/// A file of which a part is here.
#[derive(Serialize)]
struct Unfinished {
    id: String,
    name: String,
    percent: i64,
}

/// What a member may send still, where that has an end.
#[derive(Serialize)]
struct Room {
    left: u64,
    words: String,
}

async fn space(app: &App, visit: &Visit) -> Result<Option<Room>> {
    let Some(viewer) = visit
        .viewer
        .as_ref()
        .filter(|_| app.settings.limits.quota.is_some())
    else {
        return Ok(None);
    };
    let mut connection = app.db.read().acquire().await?;
    let space = app.media.space(&mut connection, viewer.id).await?;
    Ok(space
        .left()
        .zip(space.in_words())
        .map(|(left, words)| Room { left, words }))
}

async fn unfinished(app: &App, visit: &Visit) -> Result<Vec<Unfinished>> {
    let Some(viewer) = &visit.viewer else {
        return Ok(Vec::new());
    };
    let unfinished = uploads::unfinished(app, viewer).await?.into_iter();
    let shown = |sending: uploads::Sending| Unfinished {
        percent: 100 * sending.received / sending.bytes.max(1),
        name: sending.name,
        id: sending.id,
    };
    Ok(unfinished.map(shown).collect())
}

/// A draft that is not the one on the sheet.
#[derive(Serialize)]
struct Other {
    id: String,
    words: String,
    at: view::Moment,
    files: i64,
}

/// Lets go of a staged file.
pub async fn discard(app: &App, viewer: &Viewer, id: Id<Media>) -> Result<()> {
    let mut tx = app.db.write_as(viewer, &app.clock).await?;
    let key = media::discard_staged(&mut tx, viewer.id, id, app.clock.now()).await?;
    tx.commit().await?;
    app.media.remove_files_soon(vec![key]);
    Ok(())
}

/// The same of files that a faster twin of their form has made useless.
pub async fn discard_all(app: &App, viewer: &Viewer, items: Vec<Id<Media>>) -> Result<()> {
    for item in items {
        match discard(app, viewer, item).await {
            Ok(()) | Err(Error::NotFound) => {}
            Err(other) => return Err(other),
        }
    }
    Ok(())
}
