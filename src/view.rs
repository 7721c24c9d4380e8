//! Pages and fragments: all templates, embedded in the binary, parsed and checked at the start.

use std::borrow::Cow;
use std::sync::Arc;

use rocket::http::{ContentType, Header};
use rocket::request::Request;
use rocket::response::{self, Responder, Response};
use rust_embed::RustEmbed;
use tera::{Context, Kwargs, State, Tera, Value};
use time::UtcOffset;
use time::macros::format_description;

use crate::assets::Assets;
use crate::auth::Viewer;
use crate::clock::{self, Micros};
use crate::error::Result;
use crate::gzip::{Run, gzip, takes_gzip};
use crate::id::{Id, Users};
use crate::office::Office;
use crate::visit::Visit;

#[derive(RustEmbed)]
#[folder = "templates"]
struct Templates;

pub struct View {
    tera: Tera,
}

/// A typed text for where no element can hold it: what turns direction in it ends with it (U+2068 and U+2069, Unicode's
/// bidirectional algorithm). What only goes one way stays as it is.
fn isolate(text: &str) -> String {
    let turns = |c: char| {
        matches!(c, '\u{590}'..='\u{8ff}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2066}'..='\u{2069}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{feff}'
            | '\u{10800}'..='\u{10fff}' | '\u{1e800}'..='\u{1efff}')
    };
    if !text.contains(turns) {
        return text.to_owned();
    }
    // An isolate that the text closes itself would end too early.
    let open: String = text
        .chars()
        .filter(|c| !matches!(c, '\u{2066}'..='\u{2069}'))
        .collect();
    format!("\u{2068}{open}\u{2069}")
}

impl View {
    /// Parses every template; one that is broken stops the start.
    pub fn load(assets: &Assets) -> Result<Self> {
        let mut tera = Tera::default();
        let urls = [
            "porch.css",
            "porch.js",
            "icons.svg",
            "mark.svg",
            "touch-180.png",
        ]
        .map(|name| (name, assets.url(name).expect("every asset has an address")));
        tera.register_function("asset", move |args: Kwargs, _: &State| {
            let name: &str = args.must_get("name")?;
            let found = urls.iter().find(|(known, _)| *known == name);
            found
                .map(|(_, url)| url.clone())
                .ok_or_else(|| tera::Error::message("no such asset"))
        });
        tera.register_function(
            "media_url",
            |args: Kwargs, _: &State| -> tera::TeraResult<String> {
                let (key, steps): (&str, &str) = (args.must_get("key")?, args.must_get("steps")?);
                Ok(if steps.is_empty() {
                    format!("/media/{key}")
                } else {
                    format!("/media/tr:{steps}/{key}")
                })
            },
        );
        tera.register_filter("urlencode", |text: &str, _: Kwargs, _: &State| -> String {
            use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
            utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
        });
        tera.register_filter("isolate", |text: &str, _: Kwargs, _: &State| -> String {
            isolate(text)
        });
        let files: Vec<(Cow<'static, str>, Cow<'static, [u8]>)> = Templates::iter()
            .filter_map(|name| Templates::get(&name).map(|file| (name, file.data)))
            .collect();
        let texts = files.iter().map(|(name, data)| {
            (
                name.as_ref(),
                std::str::from_utf8(data).expect("templates are UTF-8"),
            )
        });
        tera.add_raw_templates(texts)?;
        Ok(View { tera })
    }

    /// A fragment: the same for everybody who gets it.
    pub fn render(&self, name: &str, context: &Context) -> Result<String> {
        Ok(self.tera.render(name, context)?)
    }

    /// A whole page in the house's frame, or (for a fragment) what knows its reader.
    pub fn page(
        &self,
        visit: &Visit,
        site: &str,
        name: &str,
        mut context: Context,
    ) -> Result<Html> {
        context.insert("site", site);
        context.insert("me", &visit.viewer.as_ref().map(Face::of_viewer));
        context.insert(
            "is_admin",
            &visit.viewer.as_ref().is_some_and(Viewer::is_admin),
        );
        let keeps = |viewer: &Viewer| viewer.office() >= Office::Moderator;
        context.insert("keeps", &visit.viewer.as_ref().is_some_and(keeps));
        context.insert("theme", &visit.taste.theme);
        context.insert("plays", &visit.taste.plays);
        context.insert("flash", &visit.flash);
        context.insert("unread", &visit.unread);
        context.insert("here", &visit.path);
        for absent in ["live", "title", "topic"] {
            if !context.contains_key(absent) {
                context.insert(absent, &());
            }
        }
        Ok(Html::of(self.tera.render(name, &context)?))
    }
}

/// Marks our own rendered fragments, and nothing else, as needing no escape.
pub fn rendered(fragments: &str) -> Value {
    Value::safe_string(fragments)
}

/// An instant in two forms: for machines, and absolute in the site's zone.
#[derive(serde::Serialize)]
pub struct Moment {
    iso: String,
    text: String,
}

/// The instant for a page, named in the site's zone.
pub fn moment(at: Micros, zone: UtcOffset) -> Moment {
    let utc = clock::date(at);
    let zoned = utc.to_offset(zone);
    let iso = format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]Z");
    let text = format_description!("[day padding:none] [month repr:short] [year], [hour]:[minute]");
    Moment {
        iso: utc.format(iso).expect("a date has these parts"),
        text: zoned.format(text).expect("a date has these parts"),
    }
}

/// "23 November 2026", in the site's zone.
pub fn day(at: Micros, zone: UtcOffset) -> String {
    let format = format_description!("[day padding:none] [month repr:long] [year]");
    let zoned = clock::date(at).to_offset(zone);
    zoned.format(format).expect("a date has these parts")
}

/// An answer in HTML; never kept by a cache, because it was made for one reader.
#[derive(Default)]
pub struct Html {
    head: String,
    /// What other readers' pages show alike.
    shared: Vec<Arc<Run>>,
    tail: String,
}

impl Html {
    pub fn of(text: String) -> Html {
        Html {
            head: text,
            ..Html::default()
        }
    }

    /// The page with these texts in the place of `mark`, which it holds once.
    pub fn with(self, mark: &str, shared: Vec<Arc<Run>>) -> Html {
        let (head, tail) = self
            .head
            .split_once(mark)
            .expect("the template shows what it is given");
        Html {
            head: head.to_owned(),
            shared,
            tail: tail.to_owned(),
        }
    }

    pub fn text(self) -> String {
        if self.shared.is_empty() && self.tail.is_empty() {
            return self.head;
        }
        let shared = self.shared.iter().map(|run| run.text());
        let parts = [self.head.as_str()].into_iter().chain(shared);
        parts.chain([self.tail.as_str()]).collect()
    }
}

/// What is shorter goes in one packet anyway.
const WORTH_IT: usize = 1_000;

impl<'r> Responder<'r, 'static> for Html {
    fn respond_to(self, request: &'r Request<'_>) -> response::Result<'static> {
        let mut response = Response::build();
        response
            .header(ContentType::HTML)
            .header(Header::new("Cache-Control", "no-store"))
            .header(Header::new(
                "Vary",
                "HX-Request, HX-Request-Type, Cookie, Accept-Encoding",
            ));
        let mut accepted = request.headers().get("Accept-Encoding");
        let length = self.head.len() + self.tail.len();
        let body = if accepted.any(takes_gzip) && (length > WORTH_IT || !self.shared.is_empty()) {
            response.header(Header::new("Content-Encoding", "gzip"));
            gzip(&self.head, &self.shared, &self.tail)
        } else {
            self.text().into_bytes()
        };
        response
            .sized_body(body.len(), std::io::Cursor::new(body))
            .ok()
    }
}

/// What stands for whoever is called so, and has no picture.
pub fn letter(name: &str) -> String {
    name.chars()
        .next()
        .unwrap_or('·')
        .to_uppercase()
        .to_string()
}

/// The colour behind it, of six, by their id.
pub fn tone(id: &str) -> u8 {
    id.bytes().next_back().unwrap_or_default() % 6 + 1
}

/// A member as others see them: picture or letter, name, handle.
#[derive(serde::Serialize)]
pub struct Face {
    pub id: Id<Users>,
    pub handle: String,
    pub name: String,
    pub picture: Option<String>,
    pub letter: String,
    pub tone: u8,
}

impl Face {
    pub fn new(id: Id<Users>, handle: String, name: String, picture: Option<String>) -> Self {
        let (letter, tone) = (letter(&name), tone(&id.to_string()));
        Face {
            id,
            handle,
            name,
            picture,
            letter,
            tone,
        }
    }

    pub fn of_viewer(viewer: &Viewer) -> Self {
        let Viewer {
            id,
            handle,
            name,
            face,
            ..
        } = viewer;
        Face::new(*id, handle.clone(), name.clone(), face.clone())
    }
}
