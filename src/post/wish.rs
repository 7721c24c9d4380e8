//! What is asked of a feed, as an address says it.

use super::filter::{self, Filter, Of};
use super::{list, words};
use crate::app::App;
use crate::audience;
use crate::auth::Viewer;
use crate::error::{Error, Result};
use crate::terms;

/// What is asked of a feed, each in words.
#[derive(Default)]
pub struct Wish<'a> {
    /// One member's, by handle.
    pub by: Option<&'a str>,
    /// `photos` or `videos`.
    pub kind: Option<&'a str>,
    /// From the beginning of this day on, to the end of that one.
    pub from: Option<&'a str>,
    pub to: Option<&'a str>,
    pub tag: Option<&'a str>,
    /// A group of the viewer's, by its slug.
    pub group: Option<&'a str>,
}

/// A text of a form without what is left open.
pub fn given(text: Option<&str>) -> Option<&str> {
    text.map(str::trim).filter(|text| !text.is_empty())
}

/// A tag as it is looked for, with its sign or without.
pub fn tag_of(text: &str) -> Result<String> {
    terms::tag(text.trim_start_matches('#')).ok_or(Error::NotFound)
}

impl Wish<'_> {
    /// `NotFound` where there is no such member, kind, day or tag, and of a group that the viewer is not in.
    pub async fn filter(&self, app: &App, viewer: &Viewer, of: Of) -> Result<Filter> {
        let zone = app.settings.utc_offset;
        let day = |day, after| {
            given(day)
                .map(|day| filter::day(day, after, zone))
                .transpose()
        };
        Ok(Filter {
            of,
            by: match given(self.by) {
                Some(handle) => Some(list::author(app, handle).await?),
                None => None,
            },
            tag: match given(self.tag) {
                Some(tag) => Some(words::tag_term(&tag_of(tag)?)),
                None => None,
            },
            group: match given(self.group) {
                Some(slug) => {
                    let mut connection = app.db.read().acquire().await?;
                    Some(audience::find(&mut connection, slug, viewer.id).await?)
                }
                None => None,
            },
            kind: given(self.kind).map(filter::kind).transpose()?,
            from: day(self.from, false)?,
            until: day(self.to, true)?,
        })
    }
}
