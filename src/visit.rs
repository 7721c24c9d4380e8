//! What every page needs to know of the request that it answers, and what one page says of what the one before has done.

use std::sync::Arc;

use futures::future::BoxFuture;
use rocket::request::{FlashMessage, FromRequest, Outcome, Request};
use rocket::response::{Flash, Redirect};

use crate::auth::{Anyone, Viewer, refused};
use crate::db::Db;
use crate::error::{Error, Result};
use crate::id::{Id, Users};
use crate::site::Site;
use crate::taste::Taste;

/// What a page says of what was just done. Kept in a cookie from one page to the next, which anybody may write: so
/// by a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Said {
    Posted,
    Changed,
    Deleted,
    LetterOnItsWay,
    LetterToYou,
    LetterKept,
    TriedNow,
    TakenOut,
    DatesPutRight,
    Waits,
    Answered,
    Invited,
    Ended,
    Shown,
    KeptBack,
    Founded,
    Asked,
    In,
    Left,
    Invites,
    Closes,
    GoesOn,
    Moving,
    LinkEnded,
    Asking,
    Reported,
    ThinksAgain,
    Yours,
    LeftAsItIs,
    Decided,
    TakenBack,
    Leaves,
    WrongPassword,
}

impl Said {
    const ALL: [Said; 33] = [
        Said::Posted,
        Said::Changed,
        Said::Deleted,
        Said::LetterOnItsWay,
        Said::LetterToYou,
        Said::LetterKept,
        Said::TriedNow,
        Said::TakenOut,
        Said::DatesPutRight,
        Said::Waits,
        Said::Answered,
        Said::Invited,
        Said::Ended,
        Said::Shown,
        Said::KeptBack,
        Said::Founded,
        Said::Asked,
        Said::In,
        Said::Left,
        Said::Invites,
        Said::Closes,
        Said::GoesOn,
        Said::Moving,
        Said::LinkEnded,
        Said::Asking,
        Said::Reported,
        Said::ThinksAgain,
        Said::Yours,
        Said::LeftAsItIs,
        Said::Decided,
        Said::TakenBack,
        Said::Leaves,
        Said::WrongPassword,
    ];

    fn code(self) -> &'static str {
        match self {
            Said::Posted => "posted",
            Said::Changed => "changed",
            Said::Deleted => "deleted",
            Said::LetterOnItsWay => "letter",
            Said::LetterToYou => "trial",
            Said::LetterKept => "kept",
            Said::TriedNow => "tried",
            Said::TakenOut => "taken-out",
            Said::DatesPutRight => "dates-put-right",
            Said::Waits => "waits",
            Said::Answered => "answered",
            Said::Invited => "invited",
            Said::Ended => "ended",
            Said::Shown => "shown",
            Said::KeptBack => "kept-back",
            Said::Founded => "founded",
            Said::Asked => "asked",
            Said::In => "in",
            Said::Left => "left",
            Said::Invites => "invites",
            Said::Closes => "closes",
            Said::GoesOn => "goes-on",
            Said::Moving => "moving",
            Said::LinkEnded => "link-ended",
            Said::Asking => "asking",
            Said::Reported => "reported",
            Said::ThinksAgain => "thinks-again",
            Said::Yours => "yours",
            Said::LeftAsItIs => "left-as-it-is",
            Said::Decided => "decided",
            Said::TakenBack => "taken-back",
            Said::Leaves => "leaves",
            Said::WrongPassword => "wrong-password",
        }
    }

    fn words(self) -> &'static str {
        match self {
            Said::Posted => "Posted.",
            Said::Changed => "Changed.",
            Said::Deleted => "Deleted. Its files are gone too.",
            Said::LetterOnItsWay => "A letter is on its way.",
            Said::LetterToYou => "A letter to you is on its way.",
            Said::LetterKept => {
                "There is no mail server: the letter is kept as a file on the server."
            }
            Said::TriedNow => "It is tried again now.",
            Said::TakenOut => "It is taken out.",
            Said::DatesPutRight => "The dates are right again.",
            Said::Waits => "Your post goes out as soon as its video is ready.",
            Said::Answered => "Answered. They get a letter.",
            Said::Invited => "The link is ready: hand it on.",
            Said::Shown => "It is out: those for whom it is see it now.",
            Said::KeptBack => "It is kept back. Its author sees what you said.",
            Said::Founded => "The group is there. Invite those whom you want in it.",
            Said::Asked => {
                "Its owners read what you said. You are told when one of them has answered."
            }
            Said::In => "You are in.",
            Said::Left => "You are not in this group any more.",
            Said::Invites => "Done. Whoever was invited is told.",
            Said::Closes => "The group closes in a day. Until then you can keep it open.",
            Said::GoesOn => "The group stays open.",
            Said::Moving => "Your posts are on their way: in a moment everybody sees it so.",
            Said::LinkEnded => "It has ended: nobody sees the post by it any more.",
            Said::Reported => {
                "Thank you for telling us. Somebody will look at it, usually within a day. Nobody is told that it was you."
            }
            Said::ThinksAgain => "Somebody reads it, usually within a week. You hear of it.",
            Said::Yours => "The others see that you look at it, for half an hour.",
            Said::LeftAsItIs => "Left as it is. Who reported it hears so in ten minutes.",
            Said::Decided => "Decided. You can take it back; in ten minutes they hear of it.",
            Said::TakenBack => "Taken back.",
            Said::Leaves => "The account ends in some days. A letter says when.",
            Said::WrongPassword => "That is not the password of this account. Nothing was changed.",
            Said::Asking => "Every address is being asked for. That takes half a minute at most.",
            Said::Ended => "It has ended: nobody comes in by it any more.",
        }
    }

    /// The text of a code, if it is one.
    fn text(code: &str) -> Option<&'static str> {
        let known = Said::ALL.into_iter().find(|said| said.code() == code);
        known.map(Said::words)
    }
}

/// A redirect to a page that will say this.
pub fn flash(page: Redirect, said: Said) -> Flash<Redirect> {
    Flash::success(page, said.code())
}

/// What every page needs to know of the request that it answers; a stranger's, where nothing is known.
#[derive(Default)]
pub struct Visit {
    /// The request was made by htmx, which wants a fragment.
    pub htmx: bool,
    pub path: String,
    pub taste: Taste,
    /// What was just done.
    pub flash: Option<&'static str>,
    /// How many notices the viewer has not looked at; 100 are a hundred or more.
    pub unread: i64,
    pub viewer: Option<Viewer>,
}

/// Counts the notices that a member has not looked at.
pub type Unread = fn(Db, Id<Users>) -> BoxFuture<'static, Result<i64>>;

impl Visit {
    /// The same visit, by a member who is known from elsewhere.
    pub fn by(mut self, viewer: &Viewer) -> Self {
        self.viewer = Some(viewer.clone());
        self
    }
}

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Visit {
    type Error = Error;

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, Error> {
        let viewer = match request.guard::<Anyone>().await {
            Outcome::Success(Anyone(viewer)) => viewer,
            Outcome::Error(error) => return Outcome::Error(error),
            Outcome::Forward(status) => return Outcome::Forward(status),
        };
        let site = request
            .rocket()
            .state::<Arc<Site>>()
            .expect("the site is managed");
        match site.has_admin().await {
            Ok(true) => {}
            Ok(false) if request.uri().path().starts_with("/setup") => {}
            Ok(false) => return refused(request, Error::NotSetUp),
            Err(error) => return refused(request, error),
        }
        let unread = match viewer.as_ref().filter(|viewer| viewer.has_news()) {
            Some(viewer) => count(request, viewer).await,
            None => 0,
        };
        let flash: Option<FlashMessage<'_>> = request.guard().await.succeeded();
        Outcome::Success(Visit {
            htmx: is_htmx(request),
            path: request.uri().path().to_string(),
            taste: Taste::of(request.cookies()),
            unread,
            flash: flash.and_then(|flash| Said::text(flash.message())),
            viewer,
        })
    }
}

/// A page without its number is better than none.
async fn count(request: &Request<'_>, viewer: &Viewer) -> i64 {
    let state = request.rocket();
    let unread = state.state::<Unread>().expect("it is managed");
    let db = state.state::<Db>().expect("the database is managed");
    let count = unread(db.clone(), viewer.id).await;
    count.unwrap_or_else(|error| {
        tracing::warn!(%error, "notices are not counted");
        0
    })
}

pub fn is_htmx(request: &Request<'_>) -> bool {
    request.headers().get_one("HX-Request") == Some("true")
}
