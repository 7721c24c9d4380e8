//! What an address under `/media/` asks for.

use rocket::http::uri::Origin;

use super::signature::Signature;
use super::sizes::{are_ours, sparing};
use crate::config::{MediaSettings, Policy};
use crate::error::{Error, Result};
use transform::Chain;

/// An address, taken apart.
pub struct Address<'a> {
    /// The last segment, whatever it is.
    pub key: &'a str,
    /// The steps of the path, and those of the query after them.
    pub steps: String,
    /// What of a video, where it is not all of it.
    pub part: Option<VideoPart>,
    signature: Option<Signature>,
    /// Saved rather than shown (`ik-attachment=true`).
    pub attachment: bool,
    /// Told how it is made rather than shown (`explain=1`).
    pub explain: bool,
    /// Says who asks, where the request itself does not.
    pub ticket: Option<&'a str>,
    /// The same, of a guest.
    pub guest: Option<&'a str>,
}

/// A file that is not there by its name, but made of a video.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VideoPart {
    /// Its picture.
    Thumbnail,
    /// The smaller size.
    Small,
    /// Itself; an animation as a video.
    Video,
    /// The sizes among which a player chooses, the segments of one of them, and the file that these are in.
    Ladder,
    Segments,
    Stream,
    /// What ImageKit has, and Porch does not.
    Dash,
}

impl VideoPart {
    fn named(path: &str) -> Option<VideoPart> {
        match path.rsplit('/').next()? {
            "ik-thumbnail.jpg" => Some(VideoPart::Thumbnail),
            "ik-small.mp4" => Some(VideoPart::Small),
            "ik-master.m3u8" => Some(VideoPart::Ladder),
            "ik-stream.m3u8" => Some(VideoPart::Segments),
            "ik-stream.mp4" => Some(VideoPart::Stream),
            "ik-master.mpd" => Some(VideoPart::Dash),
            "ik-video.mp4" | "ik-gif-video.mp4" => Some(VideoPart::Video),
            _ => None,
        }
    }
}

impl<'a> Address<'a> {
    pub fn parse(uri: &'a Origin<'_>) -> Result<Address<'a>> {
        let path = uri.path().raw().as_str();
        let query = uri.query().map(|query| query.raw().as_str());
        let (steps, key) = split(path).ok_or(Error::NotFound)?;
        let values = |name: &'static str| {
            let parts = query.unwrap_or_default().split('&');
            parts.filter_map(move |part| part.strip_prefix(name)?.strip_prefix('='))
        };
        let chains = Some(steps).into_iter().chain(values("tr"));
        let chains: Vec<&str> = chains.filter(|steps| !steps.is_empty()).collect();
        let set = |name| values(name).any(|value| ["1", "true"].contains(&value));
        Ok(Address {
            key,
            steps: chains.join(":"),
            part: VideoPart::named(path),
            signature: Signature::find(path, query),
            attachment: set("ik-attachment"),
            explain: set("explain"),
            ticket: values("pt").next_back(),
            guest: values("gt").next_back(),
        })
    }

    /// What of its query says who asks; what a list of addresses names is asked for in the same way.
    pub fn says_who(&self) -> Option<String> {
        let ticket = self.ticket.map(|ticket| format!("pt={ticket}"));
        let guest = self.guest.map(|guest| format!("gt={guest}"));
        guest.or(ticket)
    }

    /// Whether it has a signature, which [`Address::require_allowed`] has found to hold.
    pub fn is_signed(&self) -> bool {
        self.signature.is_some()
    }

    /// Whether pages ask for these steps.
    pub fn is_ours(&self) -> bool {
        are_ours(&self.steps)
    }

    /// The chain, if it is understood; for a browser that saves data a smaller one, where a page asks for it.
    pub fn chain(&self, settings: &MediaSettings, saves_data: bool) -> Result<Chain> {
        let less = sparing(&self.steps).filter(|_| saves_data && !self.attachment);
        let parsed = transform::parse(less.unwrap_or(&self.steps), &settings.rules);
        parsed.map_err(|mistake| Error::BadRequest(mistake.to_string()))
    }

    /// Whether this address may ask for that chain; a signature that does not hold is refused in any case.
    pub fn require_allowed(
        &self,
        chain: &Chain,
        (settings, now): (&MediaSettings, i64),
        is_owner: bool,
    ) -> Result<()> {
        if let Some(signature) = &self.signature {
            let key = settings.key.as_deref();
            return match key.is_some_and(|key| signature.holds(key, now)) {
                true => Ok(()),
                false => Err(refused_signature(key.is_some())),
            };
        }
        let free = match settings.policy {
            Policy::Anything => true,
            Policy::Presets => chain.only_a_name,
            Policy::Signed => false,
        };
        if free || is_owner || chain.is_plain() || self.is_ours() {
            return Ok(());
        }
        Err(Error::Forbidden(match settings.policy {
            Policy::Presets => {
                "This site gives pictures by its named transformations (n-NAME) and by signed addresses only."
            }
            _ => "This site gives transformed pictures by signed addresses only.",
        }))
    }
}

fn refused_signature(has_key: bool) -> Error {
    let said = match has_key {
        true => "The signature of this address is wrong, or its time is over.",
        false => "This site has no key for signed addresses (PORCH_MEDIA_KEY).",
    };
    Error::Detail(rocket::http::Status::Unauthorized, said.into())
}

/// Steps and key of a path. A text layer's Base64 may hold slashes, so the key is the last segment,
/// unless that is one of ImageKit's pseudo-files.
fn split(path: &str) -> Option<(&str, &str)> {
    let rest = path.strip_prefix("/media/")?;
    let rest = match rest.rsplit_once('/') {
        Some((before, last)) if last.starts_with("ik-") => before,
        _ => rest,
    };
    let (steps, key) = match rest.rsplit_once('/') {
        Some((steps, key)) => (steps.strip_prefix("tr:")?, key),
        None => ("", rest),
    };
    Some((steps, key)).filter(|_| !key.is_empty())
}

/// The header `X-Media-Ignored`: no line breaks, and nothing beyond ASCII.
pub fn ignored(chain: &Chain) -> Option<String> {
    let plain = |c: char| match c.is_ascii_graphic() || c == ' ' {
        true => c,
        false => '?',
    };
    let ignored = chain.ignored.join(",");
    let ignored: String = ignored.chars().take(500).map(plain).collect();
    Some(ignored).filter(|ignored| !ignored.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_is_the_last_segment() {
        let key = "abcdefghijklmnopqrstuvwxyz.jpg";
        for (path, steps) in [
            (format!("/media/{key}"), ""),
            (format!("/media/tr:w-640/{key}"), "w-640"),
            (
                format!("/media/tr:l-text,ie-Pz8/,l-end/{key}"),
                "l-text,ie-Pz8/,l-end",
            ),
            (format!("/media/{key}/ik-thumbnail.jpg"), ""),
        ] {
            assert_eq!(split(&path), Some((steps, key)), "{path}");
        }
        for path in ["/media/", "/other/x", "/media/other/x", "/media/tr:w-1/"] {
            assert_eq!(split(path), None, "{path}");
        }
    }

    #[test]
    fn steps_of_path_and_query_follow_each_other() {
        let steps = |address: &'static str| {
            let uri = Origin::parse(address).unwrap();
            Address::parse(&uri).unwrap().steps
        };
        assert_eq!(
            steps("/media/tr:w-1/k.jpg?tr=h-2&v=3&tr=rt-90"),
            "w-1:h-2:rt-90"
        );
        assert_eq!(steps("/media/k.jpg?v=3"), "");
    }
}
