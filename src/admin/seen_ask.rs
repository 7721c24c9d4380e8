//! Asks this server for one address by HTTP, as somebody does whom it does not know, and says whether the answer holds what it
//! should not.

use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, HeaderMap, LOCATION};
use reqwest::{Client, Response, StatusCode};
use serde::{Deserialize, Serialize};
use tokio::io::AsyncReadExt;

use super::seen_ways::{Holds, Things, Way};

/// What became of an address.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Colour {
    /// It gave what it should not.
    Red,
    /// It is open because somebody said so, or nothing could be learnt.
    Amber,
    /// It gave nothing.
    Green,
}

/// An address, and what a stranger got there.
#[derive(Clone, Serialize, Deserialize)]
pub struct Line {
    pub colour: Colour,
    /// As it was asked for, whole.
    pub address: String,
    pub says: String,
}

/// What should reach no stranger, and what the place says itself.
pub struct Secrets {
    /// Of files, which stand nowhere else.
    keys: Vec<String>,
    /// What somebody wrote.
    texts: Vec<String>,
    /// Who somebody is: their address and handle, which stand nowhere by chance but in examples.
    people: Vec<String>,
    /// Names, which may be words as well.
    names: Vec<String>,
    /// Pictures of what is for everybody here are given out by their addresses.
    pub are_pictures_open: bool,
}

/// Shorter texts, and shorter names, may stand anywhere.
const LEAST_TEXT: usize = 6;
const LEAST_NAME: usize = 3;

/// The longest part of a text that looks the same on a page and in JSON.
fn plain_part(text: &str, least: usize) -> Option<String> {
    let marks = |c: char| c.is_control() || "&<>\"'\\@#:/~*_".contains(c);
    let parts = text.split(marks).map(str::trim);
    let longest = parts.max_by_key(|part| part.chars().count())?;
    (longest.chars().count() >= least).then(|| longest.chars().take(80).collect())
}

impl Secrets {
    /// Of these posts; `own` is what the place itself says to everybody.
    pub fn of(things: &Things, own: &[&str], are_pictures_open: bool) -> Secrets {
        let (mut keys, mut texts) = (Vec::new(), Vec::new());
        let (mut people, mut names) = (Vec::new(), Vec::new());
        for one in &things.samples {
            let files = one.files.iter().map(|file| &file.key).chain(&one.face);
            keys.extend(files.map(|key| key.split('.').next().unwrap_or(key).to_owned()));
            people.push(one.email.clone());
            people.push(format!("@{}", one.handle));
            texts.extend(plain_part(&one.caption, LEAST_TEXT));
            let said = one.said.as_deref();
            texts.extend(said.and_then(|said| plain_part(said, LEAST_TEXT)));
            let called = [Some(&one.name), one.group.as_ref()].into_iter().flatten();
            names.extend(called.filter_map(|name| plain_part(name, LEAST_NAME)));
        }
        let says_so = |text: &String| own.iter().any(|own| own.contains(text.as_str()));
        for list in [&mut texts, &mut people] {
            list.retain(|text| !says_so(text));
        }
        names.retain(|name| !says_so(name));
        Secrets {
            keys,
            texts,
            people,
            names,
            are_pictures_open,
        }
    }

    /// What of it stands in an answer to this way.
    fn found(&self, body: &str, way: &Way) -> Option<&str> {
        // What was asked for may be said again.
        let asked = way.address.split('?').next().unwrap_or_default();
        let encoded = asked.replace('/', "%2F");
        let body = body.replace("&#x2F;", "/");
        let body = body.replace(asked, "").replace(&encoded, "");
        let body = body.replace(&encoded.replace('@', "%40"), "");
        let holds = |text: &&String| body.contains(text.as_str());
        let key = self.keys.iter().find(holds);
        if key.is_some() || way.holds == Holds::Program {
            return key.map(String::as_str);
        }
        let text = self.texts.iter().chain(&self.people).find(holds);
        let name = self.names.iter().find(|name| stands_in(&body, name));
        text.or(name).map(String::as_str)
    }
}

/// Whether a name stands in a text by itself.
fn stands_in(text: &str, name: &str) -> bool {
    text.match_indices(name).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let after = text[at + name.len()..].chars().next();
        ![before, after]
            .into_iter()
            .flatten()
            .any(char::is_alphanumeric)
    })
}

/// Asks nobody else, follows nothing, keeps no cookie.
pub fn client() -> reqwest::Result<Client> {
    Client::builder()
        .no_proxy()
        .http1_only()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(Duration::from_secs(6))
        .user_agent(concat!("porch/", env!("CARGO_PKG_VERSION"), " self-check"))
        .build()
}

/// More of an answer is not read.
const MOST_BYTES: usize = 2 << 20;

async fn read(mut response: Response) -> reqwest::Result<Vec<u8>> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        body.extend_from_slice(&chunk);
        if body.len() >= MOST_BYTES {
            break;
        }
    }
    Ok(body)
}

fn header(headers: &HeaderMap, name: reqwest::header::HeaderName) -> &str {
    let value = headers.get(name).and_then(|value| value.to_str().ok());
    value.unwrap_or_default()
}

/// By its first bytes, or by what it is called.
fn is_media(content_type: &str, body: &[u8]) -> bool {
    let starts = ["image/", "video/", "audio/"];
    let signs: [&[u8]; 6] = [
        b"\xff\xd8\xff",
        b"\x89PNG",
        b"GIF8",
        b"RIFF",
        b"\x1a\x45\xdf\xa3",
        b"#EXTM3U",
    ];
    let is_box = body.get(4..8) == Some(b"ftyp");
    starts.iter().any(|start| content_type.starts_with(start))
        || signs.iter().any(|sign| body.starts_with(sign))
        || is_box
}

/// Where somebody asks from.
pub struct From<'a> {
    pub client: &'a Client,
    /// Scheme, host and port that are asked.
    pub server: &'a str,
    /// Where the pages of this place say they are.
    pub home: &'a str,
}

/// Asks for one address.
pub async fn ask(from: &From<'_>, way: &Way, secrets: &Secrets) -> Line {
    let address = format!("{}{}", from.server, way.address);
    let (colour, says) = match way.holds {
        Holds::Socket => listen(from, &address).await,
        _ => get(from, (way, &address), secrets).await,
    };
    let says = match way.with {
        "" => says,
        with => format!("{says} (with {with})"),
    };
    Line {
        colour,
        address,
        says,
    }
}

type Verdict = (Colour, String);

fn unreachable(error: &reqwest::Error) -> Verdict {
    let why = if error.is_timeout() {
        "no answer within six seconds"
    } else {
        "no answer"
    };
    (Colour::Amber, why.into())
}

async fn get(from: &From<'_>, (way, address): (&Way, &str), secrets: &Secrets) -> Verdict {
    let mut request = from.client.get(address).header("Accept", "text/html, */*");
    if let Some(cookie) = &way.cookie {
        request = request.header("Cookie", cookie);
    }
    let response = match request.send().await {
        Ok(response) => response,
        Err(error) => return unreachable(&error),
    };
    let status = response.status();
    let content_type = header(response.headers(), CONTENT_TYPE).to_owned();
    let location = header(response.headers(), LOCATION).to_owned();
    let body = match read(response).await {
        Ok(body) => body,
        Err(error) => return unreachable(&error),
    };
    if way.address.contains('<') {
        return (Colour::Red, "nobody tries this address".into());
    }
    if is_media(&content_type, &body)
        || (status.is_success() && matches!(way.holds, Holds::File { .. }))
    {
        return match way.holds {
            Holds::Program => (Colour::Green, "part of the program".into()),
            Holds::File { is_for_all: true } if secrets.are_pictures_open => (
                Colour::Amber,
                "a file, which whoever has its address gets".into(),
            ),
            _ => (Colour::Red, "a picture or a video".into()),
        };
    }
    let text = String::from_utf8_lossy(&body);
    if let Some(found) = secrets.found(&text, way) {
        return (Colour::Red, format!("“{found}” stands there"));
    }
    let is_page = content_type.starts_with("text/html");
    if is_page
        && status.is_success()
        && text.contains("<html")
        && !text.contains("noindex")
        && way.holds != Holds::Program
    {
        return (Colour::Red, "search engines may keep this page".into());
    }
    match status {
        StatusCode::TOO_MANY_REQUESTS => (Colour::Amber, "asked too often to be sure".into()),
        status if status.is_server_error() => (
            Colour::Amber,
            format!("no right answer: {}", status.as_u16()),
        ),
        status if status.is_redirection() => (Colour::Green, format!("led to {location}")),
        status if status.is_success() => (Colour::Green, "words of the house".into()),
        status => (Colour::Green, format!("refused: {}", status.as_u16())),
    }
}

/// Opens a socket, which has to be closed before anything comes over it.
async fn listen(from: &From<'_>, address: &str) -> Verdict {
    let asked = from
        .client
        .get(address)
        .header("Connection", "Upgrade")
        .header("Upgrade", "websocket")
        .header("Sec-WebSocket-Version", "13")
        .header("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==")
        .header("Origin", from.home)
        .send()
        .await;
    let response = match asked {
        Ok(response) => response,
        Err(error) => return unreachable(&error),
    };
    if response.status() != StatusCode::SWITCHING_PROTOCOLS {
        return (
            Colour::Green,
            format!("refused: {}", response.status().as_u16()),
        );
    }
    let mut stream = match response.upgrade().await {
        Ok(stream) => stream,
        Err(error) => return unreachable(&error),
    };
    let mut first = [0; 1];
    let read = tokio::time::timeout(Duration::from_secs(6), stream.read(&mut first)).await;
    // RFC 6455, 5.5.1: the last bits of the first byte say what a frame is, and 8 closes.
    match read {
        Ok(Ok(1)) if first[0] & 0x0f == 8 => (Colour::Green, "closed at once".into()),
        Ok(Ok(0)) => (Colour::Green, "closed at once".into()),
        Ok(Ok(_)) => (Colour::Red, "something came over the socket".into()),
        _ => (Colour::Amber, "the socket stayed open and silent".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_found_by_itself_and_a_text_in_every_spelling() {
        assert!(stands_in("<bdi>Ada</bdi>", "Ada"));
        assert!(!stands_in("Adah and Canada", "Ada"));
        assert_eq!(plain_part("See @ada #sea: <b>", LEAST_TEXT), None);
        let part = plain_part("The sea at night, by @ada", LEAST_TEXT);
        assert_eq!(part.as_deref(), Some("The sea at night, by"));
        let secrets = Secrets {
            keys: vec!["abcdefghijklmnopqrstuvwxyz".into()],
            texts: vec!["The sea at night".into()],
            people: vec!["@ada".into()],
            names: vec!["Ada".into()],
            are_pictures_open: false,
        };
        let way = Way {
            address: "/@ada/posts".into(),
            holds: Holds::Words,
            cookie: None,
            with: "",
        };
        assert_eq!(secrets.found("Sign in to see /@ada/posts", &way), None);
        assert_eq!(secrets.found("next=%2F%40ada%2Fposts", &way), None);
        assert_eq!(secrets.found("/@ada", &way), Some("@ada"));
        assert_eq!(secrets.found("by Ada", &way), Some("Ada"));
        assert!(secrets.found("The sea at night", &way).is_some());
        let examples = Way {
            holds: Holds::Program,
            ..way
        };
        let example = "The sea at night, by Ada, @ada";
        assert_eq!(secrets.found(example, &examples), None);
        let key = "/media/abcdefghijklmnopqrstuvwxyz.jpg";
        assert!(secrets.found(key, &examples).is_some());
        assert!(is_media("text/plain", b"\xff\xd8\xff\xe0"));
        assert!(is_media("", b"\0\0\0\x20ftypisom"));
        assert!(!is_media("text/html; charset=utf-8", b"<!doctype html>"));
    }
}
