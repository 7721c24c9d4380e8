//! The three faces of an error: page, fragment for htmx, JSON. Nothing else draws errors, except a
//! form that shows its own mistakes.

use rocket::http::{Accept, ContentType, Header, Method, Status};
use rocket::request::Request;
use rocket::response::{self, Responder, Response};
use rocket::{Catcher, catch, catchers};
use serde_json::{Value, json};
use tera::Context;

use crate::app::App;
use crate::auth::{self, Anyone};
use crate::error::{Ended, Error};
use crate::form::{self, Kept};
use crate::paths::{FormPages, fits};
use crate::taste::Taste;
use crate::trace::RequestId;
use crate::visit::{Visit, is_htmx};

pub fn catchers() -> Vec<Catcher> {
    catchers![any]
}

enum Face {
    Page,
    Fragment,
    Json,
}

fn face(request: &Request<'_>) -> Face {
    let html = |accept: &Accept| {
        accept
            .iter()
            .any(|kind| kind.top() == "text" && kind.sub() == "html")
    };
    if is_htmx(request) {
        Face::Fragment
    } else if request.accept().is_some_and(html) {
        Face::Page
    } else {
        Face::Json
    }
}

/// A drawn error.
struct Drawn {
    status: Status,
    kind: ContentType,
    body: String,
    headers: Vec<(&'static str, String)>,
}

#[catch(default)]
async fn any(status: Status, request: &Request<'_>) -> Drawn {
    let error = request.local_cache(|| Ended(None)).0.clone();
    if let Some(Error::Internal(cause)) = &error {
        tracing::error!(id = %RequestId::of(request), %cause, "failed");
    }
    let mut headers = Vec::new();
    let mut status = status;
    if status == Status::NotFound && error.is_none() {
        let allowed = allowed_methods(request);
        if !allowed.is_empty() {
            status = Status::MethodNotAllowed;
            headers.push(("Allow", allowed.join(", ")));
        }
    }
    if status == Status::UpgradeRequired {
        headers.push(("Upgrade", "websocket".into()));
    }
    if let Some(wait) = error.as_ref().and_then(Error::retry_after) {
        let seconds = wait.as_millis().div_ceil(1_000).max(1);
        headers.push(("Retry-After", seconds.to_string()));
        if status == Status::TooManyRequests {
            headers.push(("RateLimit", format!("\"default\";r=0;t={seconds}")));
        }
    }
    if matches!(error, Some(Error::Unauthenticated)) {
        form::keep_noted(request).await;
    }
    let face = face(request);
    if let Some(target) = leads_to(request, status, error.as_ref()) {
        match face {
            Face::Page | Face::Json if status == Status::SeeOther => {
                return redirect(target, headers);
            }
            Face::Page => return redirect(target, headers),
            Face::Fragment if auth::is_safe(request.method()) || status == Status::SeeOther => {
                let status = Status::Unauthorized;
                headers.push(("HX-Redirect", target));
                return Drawn {
                    status,
                    kind: ContentType::HTML,
                    body: String::new(),
                    headers,
                };
            }
            Face::Fragment if status == Status::Unauthorized => {
                return sign_in_panel(request, headers);
            }
            _ => {}
        }
    }
    let message = error.as_ref().and_then(Error::message);
    match face {
        Face::Json => match error {
            Some(Error::Detail(_, detail)) => json(status, detail, headers),
            Some(Error::NotYet {
                what,
                poster: Some(poster),
                ..
            }) => {
                let body = json!({ "detail": what, "poster": poster });
                drawn(status, body, headers)
            }
            _ => json(
                status,
                message.unwrap_or_else(|| reason(status)).into(),
                headers,
            ),
        },
        Face::Fragment => fragment(request, status, message, headers),
        Face::Page => page(request, status, message, headers).await,
    }
}

/// Where a visitor who is not signed in, or a site that is not set up, has to go first.
fn leads_to(request: &Request<'_>, status: Status, error: Option<&Error>) -> Option<String> {
    if matches!(error, Some(Error::NotSetUp)) {
        return Some("/setup".into());
    }
    // A sentence of its own is about something else than who is there.
    if status != Status::Unauthorized || matches!(error, Some(Error::Detail(..))) {
        return None;
    }
    let next = match &request.local_cache(|| Kept(None)).0 {
        Some(kept) => kept.clone(),
        None if auth::is_safe(request.method()) => request.uri().to_string(),
        None => {
            let pages = request.rocket().state::<FormPages>();
            let pages = pages.expect("pages are managed");
            pages.find(request.uri().path().as_str())
        }
    };
    let next = percent_encoding::utf8_percent_encode(&next, percent_encoding::NON_ALPHANUMERIC);
    let again = match error {
        Some(Error::Stale) => "again=1&",
        _ => "",
    };
    Some(format!("/login?{again}next={next}"))
}

fn redirect(target: String, mut headers: Vec<(&'static str, String)>) -> Drawn {
    headers.push(("Location", target));
    let (kind, body) = (ContentType::Plain, String::new());
    Drawn {
        status: Status::SeeOther,
        kind,
        body,
        headers,
    }
}

fn reason(status: Status) -> String {
    status.reason().unwrap_or("Error").into()
}

fn json(status: Status, detail: Value, headers: Vec<(&'static str, String)>) -> Drawn {
    drawn(status, json!({ "detail": detail }), headers)
}

fn drawn(status: Status, body: Value, headers: Vec<(&'static str, String)>) -> Drawn {
    Drawn {
        status,
        kind: ContentType::JSON,
        body: body.to_string(),
        headers,
    }
}

/// The signed-out member signs in without leaving the page; the script then sends the form again.
fn sign_in_panel(request: &Request<'_>, mut headers: Vec<(&'static str, String)>) -> Drawn {
    headers.push(("HX-Retarget", "#signin".into()));
    headers.push(("HX-Reswap", "innerHTML".into()));
    let mut context = Context::new();
    context.insert("email", "");
    context.insert("wrong", &());
    draw(
        request,
        Status::Unauthorized,
        "door/_signin_panel.html",
        &context,
        headers,
    )
}

fn fragment(
    request: &Request<'_>,
    status: Status,
    message: Option<String>,
    mut headers: Vec<(&'static str, String)>,
) -> Drawn {
    headers.push(("HX-Retarget", "#problem".into()));
    headers.push(("HX-Reswap", "innerHTML".into()));
    let context = words(request, status, message);
    draw(request, status, "layout/_problem.html", &context, headers)
}

async fn page(
    request: &Request<'_>,
    status: Status,
    message: Option<String>,
    headers: Vec<(&'static str, String)>,
) -> Drawn {
    let app = request.rocket().state::<App>().expect("the app is managed");
    let viewer = request
        .guard::<Anyone>()
        .await
        .succeeded()
        .and_then(|Anyone(viewer)| viewer);
    let visit = Visit {
        unread: 0,
        htmx: false,
        path: request.uri().path().to_string(),
        taste: Taste::of(request.cookies()),
        flash: None,
        viewer,
    };
    match app.page(&visit, "layout/error.html", words(request, status, message)) {
        Ok(html) => Drawn {
            status,
            kind: ContentType::HTML,
            body: html.text(),
            headers,
        },
        Err(error) => broken(status, &error, headers),
    }
}

fn draw(
    request: &Request<'_>,
    status: Status,
    name: &str,
    context: &Context,
    headers: Vec<(&'static str, String)>,
) -> Drawn {
    let app = request.rocket().state::<App>().expect("the app is managed");
    match app.view.render(name, context) {
        Ok(body) => Drawn {
            status,
            kind: ContentType::HTML,
            body,
            headers,
        },
        Err(error) => broken(status, &error, headers),
    }
}

fn broken(status: Status, error: &Error, headers: Vec<(&'static str, String)>) -> Drawn {
    tracing::error!(%error, "an error page could not be drawn");
    let body = "Something went wrong, and the page that says so is broken too.".into();
    Drawn {
        status,
        kind: ContentType::Plain,
        body,
        headers,
    }
}

/// What is missing, by where it was looked for.
fn missing(path: &str) -> (&'static str, &'static str) {
    if path.starts_with("/@") {
        return (
            "Nobody here has this name.",
            "The member has left, has another handle by now, or the address has a slip in it.",
        );
    }
    if path.starts_with("/p/") || path.starts_with("/posts/") {
        return (
            "This post is gone.",
            "Its author took it down, or the address has a slip in it. Nothing of yours is lost.",
        );
    }
    if path.starts_with("/media/") {
        return (
            "This picture is gone.",
            "It was taken down with its post, or the address has a slip in it.",
        );
    }
    (
        "There is no such page.",
        "The address has a slip in it, or the page has moved. Nothing of yours is lost.",
    )
}

/// The way on from a page that shows no more than what went wrong.
fn way_on(path: &str, status: Status) -> (&'static str, &'static str) {
    match (path, status.code) {
        ("/reset", 422) => ("/forgot", "Ask for a new link"),
        ("/verify", 422) => ("/settings", "Ask for a new letter"),
        _ => ("/", "Home"),
    }
}

fn words(request: &Request<'_>, status: Status, message: Option<String>) -> Context {
    let path = request.uri().path().as_str();
    let (title, lead) = match status.code {
        400 => (
            "That was not understood.",
            "The request had a slip in it. Go back, load the page again and try once more.",
        ),
        401 => ("Sign in first.", "This is for members."),
        403 => ("Not for you.", "You may not do or see this."),
        404 => missing(path),
        405 => (
            "Not that way.",
            "This address does not take that kind of request.",
        ),
        408 => (
            "Too slow.",
            "The request did not arrive in time. Check your connection and send it again.",
        ),
        409 => (
            "Somebody was faster.",
            "This was changed meanwhile. Load the page again.",
        ),
        413 => (
            "Too much at once.",
            "What you sent is larger than this server takes.",
        ),
        415 => (
            "Not that kind of file.",
            "This kind of file is not taken here.",
        ),
        422 => (
            "Something does not fit.",
            "Go back, mend what is marked and send it again.",
        ),
        429 => (
            "Slowly, please.",
            "Too many tries in a short time. Wait a moment and try again.",
        ),
        503 => (
            "Very busy.",
            "The server has too much to do. Try again in a moment; nothing of yours is lost.",
        ),
        507 => (
            "The disk is full.",
            "Reading goes on; nothing new can be stored until the person who runs this makes room.",
        ),
        _ => (
            "The lamp went out.",
            "Something broke on our side, not on yours. It is written down; try again in a while.",
        ),
    };
    let mut context = Context::new();
    context.insert("code", &status.code);
    context.insert("reason", &status.reason_lossy().to_lowercase());
    context.insert("headline", title);
    let (to, on) = way_on(path, status);
    context.insert("to", to);
    context.insert("on", on);
    context.insert("lead", &message.unwrap_or_else(|| lead.to_owned()));
    context.insert("request_id", &RequestId::of(request).to_string());
    context
}

/// The methods that this request's path would take. Rocket answers a wrong method with 404.
fn allowed_methods(request: &Request<'_>) -> Vec<&'static str> {
    let path = request.uri().path();
    let mut allowed = Vec::new();
    for route in request.rocket().routes() {
        if route.method != request.method() && fits(route.uri.path(), path.as_str()) {
            let method = route.method.as_str();
            if !allowed.contains(&method) {
                allowed.push(method);
            }
        }
    }
    let answered = request.method() == Method::Head && allowed.contains(&"GET");
    if answered { Vec::new() } else { allowed }
}

impl<'r> Responder<'r, 'static> for Drawn {
    fn respond_to(self, _: &'r Request<'_>) -> response::Result<'static> {
        let mut response = Response::build();
        response.status(self.status).header(self.kind);
        response.header(Header::new("Cache-Control", "no-store"));
        response.header(Header::new("Vary", "HX-Request, Accept, Cookie"));
        for (name, value) in self.headers {
            response.header(Header::new(name, value));
        }
        response
            .sized_body(self.body.len(), std::io::Cursor::new(self.body))
            .ok()
    }
}
