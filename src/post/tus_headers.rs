//! What tus 1.0 says in headers.

use rocket::http::{Header, Status};
use rocket::request::{FromRequest, Outcome, Request};
use rocket::response::{self, Responder, Response};

use crate::app::App;
use crate::clock;
use crate::error::{Error, Result};
use crate::media::Checksum;

pub const VERSION: &str = "1.0.0";

/// An answer without a body, with what the protocol wants of every one.
pub struct Told {
    status: Status,
    headers: Vec<Header<'static>>,
}

impl Told {
    pub fn new(status: Status) -> Told {
        let told = Told {
            status,
            headers: Vec::new(),
        };
        told.with("Tus-Resumable", VERSION)
            .with("Cache-Control", "no-store")
    }

    pub fn with(mut self, name: &'static str, value: impl ToString) -> Told {
        self.headers.push(Header::new(name, value.to_string()));
        self
    }

    /// Until when an upload waits for its next piece (RFC 9110, 5.6.7).
    pub fn expires(self, app: &App) -> Told {
        let at = app.clock.now() + app.settings.intervals.upload_kept.as_micros() as i64;
        let format = time::macros::format_description!(
            "[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT"
        );
        let date = clock::date(at).format(format);
        self.with("Upload-Expires", date.expect("a date has these parts"))
    }
}

impl<'r> Responder<'r, 'static> for Told {
    fn respond_to(self, _: &'r Request<'_>) -> response::Result<'static> {
        let mut response = Response::build();
        response.status(self.status);
        for header in self.headers {
            response.header(header);
        }
        response.ok()
    }
}

/// What the headers of a request say.
pub struct Said {
    version: bool,
    pub octets: bool,
    pub offset: Option<u64>,
    pub length: Option<u64>,
    metadata: String,
    pub method: Option<String>,
    checksum: Option<String>,
}

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Said {
    type Error = std::convert::Infallible;

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, Self::Error> {
        let one = |name: &str| request.headers().get_one(name);
        let number = |name: &str| one(name).and_then(|text| text.trim().parse().ok());
        Outcome::Success(Said {
            version: one("Tus-Resumable") == Some(VERSION),
            octets: one("Content-Type") == Some("application/offset+octet-stream"),
            offset: number("Upload-Offset"),
            length: number("Upload-Length"),
            metadata: one("Upload-Metadata").unwrap_or_default().to_owned(),
            method: one("X-HTTP-Method-Override").map(str::to_ascii_uppercase),
            checksum: one("Upload-Checksum").map(str::to_owned),
        })
    }
}

impl Said {
    /// The same of a first piece.
    pub fn at_the_beginning(self) -> Said {
        Said {
            offset: Some(0),
            ..self
        }
    }

    pub fn require_version(&self) -> Result<()> {
        match self.version {
            true => Ok(()),
            false => Err(Error::Detail(
                Status::PreconditionFailed,
                "This server speaks tus 1.0.0: send `Tus-Resumable: 1.0.0`.".into(),
            )),
        }
    }

    /// `sha1 <Base64>`.
    pub fn checksum(&self) -> Result<Option<Checksum>> {
        use base64::Engine;
        let Some(said) = &self.checksum else {
            return Ok(None);
        };
        let (name, digest) = said.split_once(' ').unwrap_or((said, ""));
        let digest = base64::engine::general_purpose::STANDARD.decode(digest.trim());
        let checksum = digest.ok().and_then(|digest| Checksum::new(name, digest));
        checksum.map(Some).ok_or_else(|| {
            let known = Checksum::NAMES;
            Error::BadRequest(format!(
                "Upload-Checksum is one of {known}, and its digest in Base64."
            ))
        })
    }

    /// A value of the metadata: `name <Base64>, …`.
    pub fn meta(&self, name: &str) -> Result<String> {
        use base64::Engine;
        let pairs = self.metadata.split(',').map(str::trim);
        let mut values = pairs.filter_map(|pair| match pair.split_once(' ') {
            Some((key, value)) => (key == name).then_some(value.trim()),
            None => (pair == name).then_some(""),
        });
        let value = values.next().unwrap_or_default();
        let bytes = base64::engine::general_purpose::STANDARD.decode(value);
        let text = bytes.ok().and_then(|bytes| String::from_utf8(bytes).ok());
        text.ok_or_else(|| {
            Error::BadRequest(format!("Upload-Metadata: {name} is no Base64 of a text."))
        })
    }
}
