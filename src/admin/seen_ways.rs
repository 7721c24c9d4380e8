//! Every address of this place that answers a GET, as a stranger may ask for it: the routes as they are mounted, each with
//! what there is to put into it.

use std::collections::BTreeSet;

use crate::app::App;
use crate::auth::Tickets;
use crate::error::Result;
use crate::post::{self, Sample};

/// What a right answer may hold.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Holds {
    /// Words of the house.
    Words,
    /// What is part of the program itself, icons and examples too.
    Program,
    /// Nothing before it is closed.
    Socket,
    /// A picture or a video, where the place gives those out by their addresses.
    File { is_for_all: bool },
}

/// An address that a stranger asks for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Way {
    /// Path and query.
    pub address: String,
    pub holds: Holds,
    /// A cookie that goes with it: what opens nothing any more.
    pub cookie: Option<String>,
    /// What is tried with it, where the address does not say it.
    pub with: &'static str,
}

impl Way {
    fn to(address: impl Into<String>, holds: Holds) -> Way {
        Way {
            address: address.into(),
            holds,
            cookie: None,
            with: "",
        }
    }
}

/// What there is to put into the addresses.
#[derive(Default)]
pub struct Things {
    pub samples: Vec<Sample>,
}

/// Nobody's.
const NOBODY: &str = "0192aaaa-0000-7000-8000-000000000000";

impl Things {
    fn posts(&self) -> Vec<String> {
        self.or_nobody(self.samples.iter().map(|one| one.id.to_string()))
    }

    fn handles(&self) -> Vec<String> {
        self.or_nobody(self.samples.iter().map(|one| one.handle.clone()))
    }

    fn slugs(&self) -> Vec<String> {
        self.or_nobody(self.samples.iter().filter_map(|one| one.slug.clone()))
    }

    fn comments(&self) -> Vec<String> {
        let comments = self.samples.iter().filter_map(|one| one.comment);
        self.or_nobody(comments.map(|id| id.to_string()))
    }

    fn files(&self) -> Vec<String> {
        let files = self.samples.iter().flat_map(|one| &one.files);
        self.or_nobody(files.map(|file| file.id.to_string()))
    }

    fn subjects(&self) -> Vec<String> {
        let posts = self.posts().into_iter().map(|id| format!("post:{id}"));
        let comments = self
            .comments()
            .into_iter()
            .map(|id| format!("comment:{id}"));
        let members = self.authors().into_iter().map(|id| format!("member:{id}"));
        posts.chain(comments).chain(members).collect()
    }

    fn authors(&self) -> Vec<String> {
        self.or_nobody(self.samples.iter().map(|one| one.author.to_string()))
    }

    /// Without doubles; what there is none of is asked for all the same.
    fn or_nobody(&self, some: impl Iterator<Item = String>) -> Vec<String> {
        let some: BTreeSet<String> = some.collect();
        match some.is_empty() {
            true => vec![NOBODY.to_owned()],
            false => some.into_iter().collect(),
        }
    }

    /// Members' and groups' names, as they stand in an address.
    fn named(&self) -> Vec<String> {
        let members = self
            .handles()
            .into_iter()
            .map(|handle| format!("@{handle}"));
        let groups = self.slugs().into_iter().map(|slug| format!("~{slug}"));
        members.chain(groups).collect()
    }
}

/// What is part of the program and holds nothing of anybody.
fn is_program(pattern: &str) -> bool {
    const PROGRAM: [&str; 7] = [
        "/static/",
        "/docs",
        "/openapi.json",
        "/sw.js",
        "/favicon.ico",
        "/manifest.webmanifest",
        "/health/",
    ];
    PROGRAM.iter().any(|start| pattern.starts_with(start)) && pattern != "/docs/transformations"
}

/// The addresses of a route; `None` where nobody has said what to put into it.
pub fn addresses(pattern: &str, things: &Things) -> Option<Vec<Way>> {
    let holds = match pattern {
        "/live" => Holds::Socket,
        _ if is_program(pattern) => Holds::Program,
        _ => Holds::Words,
    };
    if !pattern.contains('<') {
        return Some(vec![Way::to(pattern, holds)]);
    }
    let (_, parts) = pattern.split_once('/')?;
    let mut parts = parts.split('/');
    let first = parts.next()?;
    let values = match (first, parts.next()) {
        ("media", _) => return Some(media(things)),
        ("p" | "posts", Some("<id>" | "<post_id>")) => things.posts(),
        ("c", Some("<id>")) => things.comments(),
        ("captions" | "videos", Some("<id>" | "<media_id>")) => things.files(),
        ("groups", Some("<slug>")) => things.slugs(),
        ("members", Some("<handle>")) => things.handles(),
        ("users", Some("<id>")) => things.authors(),
        ("tags", Some("<tag>")) => tags(things),
        ("admin", Some("people")) => things.handles(),
        ("report", _) => things.subjects(),
        ("admin" | "house" | "measures", _) => vec![NOBODY.into()],
        ("<_>", _) => things.named(),
        // Links: how one looks, and what this place has never given out.
        ("g" | "join" | "standing", _) => {
            vec![format!("{}-AAAAAAAAAAAAAAAA", NOBODY.replace('-', ""))]
        }
        ("drafts" | "compose", _) => things.posts(),
        ("docs", _) => vec!["index.html".into()],
        ("static", _) => vec!["0".into()],
        _ => return None,
    };
    let ways = values.into_iter().map(|value| {
        let filled: Vec<String> = pattern
            .split('/')
            .map(|part| match part {
                "<number>" => "1".to_owned(),
                "<tab>" => "photos".to_owned(),
                "<name>" => "app.css".to_owned(),
                part if part.starts_with('<') => value.clone(),
                part => part.to_owned(),
            })
            .collect();
        Way::to(filled.join("/"), holds)
    });
    Some(ways.collect())
}

fn tags(things: &Things) -> Vec<String> {
    let captions = things.samples.iter().map(|one| &*one.caption);
    let words = captions.flat_map(str::split_whitespace);
    let tags = words.filter_map(|word| word.strip_prefix('#'));
    let plain = tags.map(|tag| tag.chars().filter(|c| c.is_alphanumeric()).collect());
    things.or_nobody(plain.filter(|tag: &String| !tag.is_empty()))
}

/// Files in the forms in which pages, members' programs and strangers ask for them.
fn media(things: &Things) -> Vec<Way> {
    let mut ways = Vec::new();
    for sample in &things.samples {
        let holds = Holds::File {
            is_for_all: sample.is_for_all(),
        };
        for file in &sample.files {
            let key = &file.key;
            let end = if file.is_video {
                "/ik-thumbnail.jpg"
            } else {
                ""
            };
            ways.push(Way::to(format!("/media/{key}"), holds));
            for steps in ["w-320", "w-640", "w-96,h-96,fo-custom,pg-1", "bl-10"] {
                ways.push(Way::to(format!("/media/tr:{steps}/{key}{end}"), holds));
            }
            ways.push(Way::to(format!("/media/{key}?explain=1"), holds));
        }
        if let Some(face) = &sample.face {
            let holds = Holds::File { is_for_all: true };
            ways.push(Way::to(format!("/media/{face}"), holds));
        }
    }
    ways
}

/// All of them, and what opened something once.
pub async fn all(app: &App, things: &Things) -> Result<Vec<Way>> {
    let patterns = app.served.get().map(|served| &*served.ways);
    let mut ways = Vec::new();
    for pattern in patterns.unwrap_or_default().iter().collect::<BTreeSet<_>>() {
        match addresses(pattern, things) {
            Some(some) => ways.extend(some),
            // Asked as it stands there, which says that it was forgotten.
            None => ways.push(Way {
                with: "nobody has said how it is asked for",
                ..Way::to(pattern.as_str(), Holds::Words)
            }),
        }
    }
    for sample in &things.samples {
        let signer = app.sessions.signer();
        let holds = Holds::File {
            is_for_all: sample.is_for_all(),
        };
        for file in sample.files.iter().take(1) {
            let names = (sample.author, sample.epoch);
            let ticket = Tickets::ended(signer, names, &file.key, app.clock.now());
            ways.push(Way {
                with: "a ticket that has ended",
                ..Way::to(format!("/media/{}?pt={ticket}", file.key), holds)
            });
        }
        let (name, token) = app.sessions.ended_cookie(sample.author)?;
        for address in ["/", "/feed", "/feeds"] {
            ways.push(Way {
                cookie: Some(format!("{name}={token}")),
                with: "the cookie of a session that has ended",
                ..Way::to(address, Holds::Words)
            });
        }
    }
    Ok(ways)
}

/// What there is in this place.
pub async fn things(app: &App) -> Result<Things> {
    Ok(Things {
        samples: post::samples(&app.db).await?,
    })
}
