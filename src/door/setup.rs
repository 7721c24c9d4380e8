//! First run: the first visitor of an empty installation names the site and becomes its
//! administrator. Afterwards this page does not exist.

use rocket::http::Status;
use rocket::request::{FromRequest, Outcome, Request};
use rocket::{Route, get, post, routes};
use tera::Context;

use super::answer::{Answer, go};
use super::session::{self, Origin};
use crate::account::{self, DisplayName, NewMember, Row, User};
use crate::app::App;
use crate::auth::SameSite;
use crate::config::{Setting, Takes};
use crate::error::{Error, Result};
use crate::form::{Fields, Wrong};
use crate::house::House;
use crate::id::Id;
use crate::limit::{Act, Key};
use crate::site::{Keeper, Site};
use crate::view::Html;
use crate::visit::Visit;

pub fn routes() -> Vec<Route> {
    routes![setup, found]
}

/// Whether a request comes from this very machine and through nothing in between.
struct Directly(bool);

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Directly {
    type Error = std::convert::Infallible;

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, Self::Error> {
        let loopback = request
            .remote()
            .is_some_and(|peer| peer.ip().to_canonical().is_loopback());
        let host = request
            .host()
            .map(|host| host.domain().as_str().to_owned())
            .unwrap_or_default();
        let plain = host.trim_start_matches('[').trim_end_matches(']');
        let here = plain.parse::<std::net::IpAddr>();
        let named = plain == "localhost" || here.is_ok_and(|ip| ip.to_canonical().is_loopback());
        // A proxy before us, on this machine too, makes everybody come from here. Most say so. The others speak
        // HTTP/1.0, close the line, or take what is between a browser and the next hop for their own: a browser that
        // comes by itself always asks to keep the line.
        let headers = request.headers();
        let told = headers.iter().any(|header| {
            let name = header.name().as_str().to_ascii_lowercase();
            ["forwarded", "via", "x-real-ip"].contains(&name.as_str())
                || name.starts_with("x-forwarded-")
        });
        let keeps = headers.get("Connection").any(|value| {
            let mut words = value.split(',').map(str::trim);
            words.any(|word| word.eq_ignore_ascii_case("keep-alive"))
        });
        let app = request.rocket().state::<App>().expect("the app is managed");
        let forwarded = told || !keeps || app.settings.public_url.is_some();
        Outcome::Success(Directly(loopback && named && !forwarded))
    }
}

/// Who may see this page, while it exists.
async fn admit(app: &App, directly: &Directly, key: &str) -> Result<()> {
    if app.site.has_admin().await? {
        return Err(Error::NotFound);
    }
    let right =
        aws_lc_rs::constant_time::verify_slices_are_equal(key.as_bytes(), app.site.key.as_bytes());
    if directly.0 || right.is_ok() {
        return Ok(());
    }
    Err(Error::Forbidden(
        "This site is not set up yet. Open the one-time link that the server printed when it started.",
    ))
}

#[get("/setup?<key>")]
async fn setup(key: Option<&str>, directly: Directly, visit: Visit, app: &App) -> Result<Html> {
    let key = key.unwrap_or_default();
    admit(app, &directly, key).await?;
    draw(app, &visit, &Fields::of(&[("key", key)]), Wrong::new())
}

fn draw(app: &App, visit: &Visit, fields: &Fields, wrong: Wrong) -> Result<Html> {
    let mut context = Context::new();
    for field in ["site_name", "email", "name", "handle", "key"] {
        context.insert(field, fields.text(field));
    }
    if !app.settings.place.contains_key(&Setting::Joining) {
        let chosen = fields.find("joining").unwrap_or("invitation");
        context.insert("joining", chosen);
        if let Takes::Choice(choices) = Setting::Joining.takes() {
            context.insert("choices", choices);
        }
    }
    if !app.settings.place.contains_key(&Setting::Pictures) {
        let chosen = fields.find("pictures").unwrap_or("ticket");
        context.insert("pictures", chosen);
    }
    context.insert("wrong", &wrong);
    context.insert("keeper", &Keeper::of(&app.settings, None));
    let name = if visit.htmx {
        "door/_setup.html"
    } else {
        "door/setup.html"
    };
    app.page(visit, name, context)
}

#[post("/setup", data = "<fields>")]
async fn found(
    fields: Fields,
    _same_site: SameSite,
    directly: Directly,
    visit: Visit,
    origin: Origin<'_>,
    app: &App,
) -> Result<Answer> {
    admit(app, &directly, fields.text("key")).await?;
    let from = Key::Address(origin.address);
    app.limiter.spend(Act::Register, from, 1).await?;
    let most = app.settings.limits.name;
    let site = DisplayName::new(fields.text("site_name"), most);
    let (new, mut wrong) = match NewMember::from(&fields, most) {
        Ok(new) => (Some(new), Wrong::new()),
        Err(wrong) => (None, wrong),
    };
    if site.is_err() {
        wrong.insert("site_name".into(), "Give the site a name.".into());
    }
    // Whoever was not asked leaves it as it is by itself.
    let mut chosen = Vec::new();
    for setting in [Setting::Joining, Setting::Pictures] {
        match fields.find(setting.name()).map(|text| setting.check(text)) {
            None => {}
            Some(Ok(value)) => chosen.push((setting, value)),
            Some(Err(takes)) => {
                wrong.insert(setting.name().into(), format!("It is {takes}.").into());
            }
        }
    }
    let (Ok(site), Some(new), true) = (site, new, wrong.is_empty()) else {
        return again(app, &visit, &fields, wrong);
    };
    match open(app, (&site, &chosen), new).await? {
        Ok(user) => {
            session::start(app, &user, &origin, true).await?;
            Ok(go(&visit, "/"))
        }
        Err(wrong) => again(app, &visit, &fields, wrong),
    }
}

fn again(app: &App, visit: &Visit, fields: &Fields, wrong: Wrong) -> Result<Answer> {
    Ok(Answer::Again((
        Status::UnprocessableEntity,
        draw(app, visit, fields, wrong)?,
    )))
}

/// Site and administrator in one transaction; of two founders the second finds the page gone.
async fn open(
    app: &App,
    (site, chosen): (&DisplayName, &[(Setting, String)]),
    new: NewMember,
) -> Result<Result<User, Wrong>> {
    let hash = app.passwords.hash(new.password).await?;
    let mut tx = app.db.write().await?;
    if !Site::found(&mut tx, site.as_str(), app.clock.now()).await? {
        return Err(Error::NotFound);
    }
    let row = Row {
        id: Id::new(),
        email: &new.email,
        name: &new.name,
        hash: &hash,
        admin: true,
        at: app.clock.now(),
    };
    let id = match account::insert(&mut tx, row, &new.handle).await? {
        Ok(id) => id,
        Err(wrong) => return Ok(Err(wrong)),
    };
    let by = (Some(id), app.clock.now());
    for (setting, value) in chosen {
        House::set(&mut tx, (*setting, Some(value)), by).await?;
        // Where anybody comes in, what they show first is looked at, until somebody decides otherwise.
        if (*setting, value.as_str()) == (Setting::Joining, "open") {
            House::set(&mut tx, (Setting::Newcomers, Some("3")), by).await?;
        }
    }
    let user = account::get(&mut tx, id).await?;
    let (state, name) = (app.site.clone(), site.as_str().to_owned());
    tx.after_commit(move || state.opened(name));
    tx.commit().await?;
    Ok(Ok(user))
}
