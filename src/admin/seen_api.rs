//! `/house/checks`: what strangers get here, for programs.

use rocket::http::Status;
use rocket::{Route, get, post, routes};
use serde::Serialize;
use utoipa::ToSchema;

use super::seen::{self, Check};
use super::seen_ask::{Colour, Line};
use crate::api::{self, Json, time_stamp};
use crate::app::App;
use crate::auth::{Caller, Viewer};
use crate::error::Result;

pub fn routes() -> Vec<Route> {
    routes![checks, check]
}

/// An address, and what a stranger got there
#[derive(Serialize, ToSchema)]
pub struct SeenLine {
    /// `red`: what they should not get; `amber`: what somebody has opened, or what could not be learnt; `green`: nothing.
    #[schema(example = "green")]
    colour: &'static str,
    #[schema(example = "http://127.0.0.1:8000/feed")]
    address: String,
    #[schema(example = "refused: 401")]
    says: String,
}

/// What came of asking for every address as a stranger
#[derive(Serialize, ToSchema)]
pub struct SeenCheck {
    #[schema(example = "2026-11-28T12:34:56.123456")]
    at: String,
    green: i64,
    amber: i64,
    red: i64,
    /// For administrators; empty for others.
    lines: Vec<SeenLine>,
}

/// The last look, and whether another one is under way
#[derive(Serialize, ToSchema)]
pub struct SeenChecks {
    /// Null where nobody has looked so far.
    last: Option<SeenCheck>,
    under_way: bool,
}

impl SeenCheck {
    fn of(check: &Check, is_admin: bool) -> SeenCheck {
        let lines = if is_admin { check.lines() } else { Vec::new() };
        let line = |line: Line| SeenLine {
            colour: match line.colour {
                Colour::Red => "red",
                Colour::Amber => "amber",
                Colour::Green => "green",
            },
            address: line.address,
            says: line.says,
        };
        SeenCheck {
            at: time_stamp(check.at),
            green: check.green,
            amber: check.amber,
            red: check.red,
            lines: lines.into_iter().map(line).collect(),
        }
    }
}

/// What strangers get here
///
/// The place asks itself for every address as a stranger does. Members see what came of it, administrators also of which
/// address.
#[utoipa::path(tag = "house", security(("password" = [])), responses(
    (status = 200, description = "The last look", body = SeenChecks)))]
#[get("/house/checks")]
async fn checks(viewer: Viewer, app: &App) -> Result<Json<SeenChecks>> {
    let last = seen::newest(app).await?;
    Ok(Json(SeenChecks {
        last: last.map(|check| SeenCheck::of(&check, viewer.is_admin())),
        under_way: seen::is_under_way(app).await?,
    }))
}

/// Look again what strangers get here
///
/// For administrators, within an hour of logging in. It takes half a minute at most.
#[utoipa::path(tag = "house", security(("password" = [])), responses(
    (status = 202, description = "It is being looked at"),
    (status = 403, description = "Not an administrator, or not logged in within the hour", body = api::Detail)))]
#[post("/house/checks")]
async fn check(caller: Caller, app: &App) -> Result<Status> {
    seen::ask(app, &caller.viewer()?).await?;
    Ok(Status::Accepted)
}
