//! All that is found at once.

use super::ask::Ask;
use super::comments::{self, Said};
use super::posts::{self, Results};
use super::tags::{self, Tag};
use crate::app::App;
use crate::auth::Viewer;
use crate::clock::Micros;
use crate::error::{Error, Result};
use crate::profile;
use crate::terms;
use crate::view::Face;

/// Members that are shown.
const PEOPLE: usize = 5;

/// What was found.
#[derive(Default)]
pub struct Everything {
    pub people: Vec<Face>,
    pub tags: Vec<Tag>,
    pub results: Results,
    pub comments: Vec<Said>,
}

impl Everything {
    pub fn is_empty(&self) -> bool {
        self.people.is_empty()
            && self.tags.is_empty()
            && self.results.posts.is_empty()
            && self.comments.is_empty()
    }
}

/// Looks for what was typed; `before` is where a page of posts begins, beside which nothing else is asked for.
pub async fn find(
    app: &App,
    viewer: &Viewer,
    (text, before): (&str, Option<Micros>),
) -> Result<Everything> {
    let ask = Ask::read(text, app.settings.utc_offset);
    if ask.is_empty() {
        return Ok(Everything::default());
    }
    let author = match &ask.from {
        None => None,
        Some(handle) => match profile::id_of(app, viewer, handle).await {
            Ok(id) => Some(id),
            // Nobody whom they see has posted anything.
            Err(Error::NotFound) => return Ok(Everything::default()),
            Err(other) => return Err(other),
        },
    };
    let results = posts::find(app, viewer, &ask, (author, before)).await?;
    if before.is_some() {
        return Ok(Everything {
            results,
            ..Everything::default()
        });
    }
    let has_words = ask.from.is_none() && ask.after.is_none() && ask.before.is_none();
    let (people, tags) = match has_words {
        true => (
            people(app, viewer, text).await?,
            of_tags(app, viewer, &ask).await?,
        ),
        false => (Vec::new(), Vec::new()),
    };
    Ok(Everything {
        people,
        tags,
        comments: comments::find(app, viewer, &ask, author).await?,
        results,
    })
}

async fn people(app: &App, viewer: &Viewer, text: &str) -> Result<Vec<Face>> {
    if text.contains([':', '#']) {
        return Ok(Vec::new());
    }
    let mut people = profile::called(app, viewer, text).await?;
    people.truncate(PEOPLE);
    Ok(people)
}

/// Tags that begin with the one word that was typed.
async fn of_tags(app: &App, viewer: &Viewer, ask: &Ask) -> Result<Vec<Tag>> {
    let only = match (&ask.words[..], &ask.prefix) {
        ([], Some(word)) => word,
        ([word], None) => word,
        _ => return Ok(Vec::new()),
    };
    match terms::tag(only.trim_start_matches('#')) {
        Some(tag) => tags::find(app, viewer, &tag).await,
        None => Ok(Vec::new()),
    }
}
