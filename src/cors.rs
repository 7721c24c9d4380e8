//! Pages of other sites that were let in by a setting may use the JSON API, with a token of their own, and draw
//! pictures on a canvas.
//!
//! Credentials are never allowed: a cookie of ours says nothing about what such a page may do. So the
//! `Authorization` header is the only way in, and cross-site writes by cookie stay refused.

use rocket::fairing::{Fairing, Info, Kind};
use rocket::http::{Method, Status};
use rocket::{Request, Response};

use crate::config::Settings;
use crate::paths::ApiPaths;

pub struct Cors {
    origins: Vec<String>,
}

const EXPOSED: &str = "Retry-After, RateLimit, RateLimit-Policy, X-Request-Id, X-Media-Ignored, Content-Range, Location, \
     Tus-Resumable, Tus-Version, Tus-Extension, Tus-Max-Size, Tus-Checksum-Algorithm, \
     Upload-Offset, Upload-Length, Upload-Expires";
const METHODS: &str = "GET, HEAD, POST, PUT, PATCH, DELETE";
const HEADERS: &str = "Authorization, Content-Type, Range, Tus-Resumable, Upload-Length, Upload-Offset, Upload-Metadata, \
     Upload-Checksum, X-HTTP-Method-Override";
/// Where pictures are; they are read only.
const PICTURES: &str = "/media/";

impl Cors {
    pub fn new(settings: &Settings) -> Cors {
        Cors {
            origins: settings.cors_origins.clone(),
        }
    }

    /// The origin of this request, if it is one that was let in and asks for the API or a picture.
    fn admitted<'r>(&self, request: &'r Request<'_>) -> Option<&'r str> {
        let path = request.uri().path().as_str();
        let origin = request.headers().get_one("Origin")?;
        let api = request
            .rocket()
            .state::<ApiPaths>()
            .expect("paths are managed");
        let open = api.contain(path) || path.starts_with(PICTURES);
        (open && self.origins.iter().any(|known| known == origin)).then_some(origin)
    }
}

#[rocket::async_trait]
impl Fairing for Cors {
    fn info(&self) -> Info {
        Info {
            name: "CORS",
            kind: Kind::Response,
        }
    }

    async fn on_response<'r>(&self, request: &'r Request<'_>, response: &mut Response<'r>) {
        if self.origins.is_empty() {
            return;
        }
        response.adjoin_raw_header("Vary", "Origin");
        let Some(origin) = self.admitted(request) else {
            return;
        };
        response.set_raw_header("Access-Control-Allow-Origin", origin.to_owned());
        let asks = request.headers().contains("Access-Control-Request-Method");
        if request.method() == Method::Options && asks {
            response.set_status(Status::NoContent);
            response.remove_header("Content-Type");
            response.remove_header("Allow");
            response.set_raw_header("Access-Control-Allow-Methods", METHODS);
            response.set_raw_header("Access-Control-Allow-Headers", HEADERS);
            response.set_raw_header("Access-Control-Max-Age", "3600");
            response.set_sized_body(0, std::io::Cursor::new(Vec::new()));
        } else {
            response.set_raw_header("Access-Control-Expose-Headers", EXPOSED);
        }
    }
}
