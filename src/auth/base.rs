//! Addresses of files in JSON: how they begin, and who their tickets name.

use rocket::request::{FromRequest, Outcome, Request};

use super::guard::Anyone;
use super::origin::Home;
use super::refuse::refused;
use super::sessions::Sessions;
use super::ticket::{Tickets, mark};
use super::viewer::Viewer;
use crate::error::Error;
use crate::house::{House, Pictures};

/// How the addresses of files in JSON are written.
#[derive(Clone, PartialEq, Eq)]
pub struct Base {
    /// Scheme, host and port with which they begin: the public address, or the one under which this request came when that
    /// is surely this machine's.
    pub origin: String,
    pictures: Pictures,
}

impl Base {
    /// The address of a file, with room for a ticket where one is needed. `is_for_all`: everybody here may see it.
    pub fn media(&self, key: &str, is_for_all: bool) -> String {
        let mark = match self.pictures {
            Pictures::Strict => "",
            Pictures::Address if is_for_all => "",
            Pictures::Address | Pictures::Ticket => mark(),
        };
        format!("{}/media/{key}{mark}", self.origin)
    }
}

/// Writes tickets into what answers this request, where it is a member's.
fn hand_out(request: &Request<'_>, viewer: &Viewer) {
    let sessions = request.rocket().state::<Sessions>();
    let sessions = sessions.expect("sessions are managed");
    let tickets = Tickets::of(viewer, sessions.signer().clone(), sessions.0.clock.now());
    request.local_cache(|| Some(tickets));
}

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Base {
    type Error = Error;

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, Error> {
        let home = request.rocket().state::<Home>().expect("home is managed");
        let port = request.rocket().config().port;
        let origin = home.origin(request);
        let house = request.rocket().state::<House>().expect("it is managed");
        let rules = match house.rules().await {
            Ok(rules) => rules,
            Err(error) => return refused(request, error),
        };
        if let Outcome::Success(Anyone(Some(viewer))) = request.guard::<Anyone>().await {
            hand_out(request, &viewer);
        }
        Outcome::Success(Base {
            origin: origin.unwrap_or_else(|| format!("http://127.0.0.1:{port}")),
            pictures: rules.pictures(),
        })
    }
}
