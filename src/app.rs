//! What outlives a request, in one place, as a request guard `&App`.

use std::sync::{Arc, OnceLock};

use futures::future::BoxFuture;
use rocket::request::{FromRequest, Outcome, Request};
use tera::Context;

use crate::assets::Assets;
use crate::auth::{Grouped, Passwords, Sessions};
use crate::circle::Circles;
use crate::clock::{Clock, Micros};
use crate::config::Settings;
use crate::db::{Db, Tx};
use crate::error::Result;
use crate::house::House;
use crate::id::{Comments, Groups, Id, Posts, Users};
use crate::jobs::{Kind, Queue};
use crate::limit::Limiter;
use crate::live::{Fragments, Heads, Hub};
use crate::mail::Mailer;
use crate::media::Media;
use crate::push::Pusher;
use crate::site::Site;
use crate::view::{Html, View};
use crate::visit::Visit;

/// What a room takes away of a member who goes.
pub struct Farewell {
    /// Takes a batch of so many away, in one transaction; false when nothing was left.
    pub take: for<'a> fn(&'a App, Id<Users>, i64) -> BoxFuture<'a, Result<bool>>,
}

/// What a room has hung in a post.
pub struct Leaving {
    /// Takes so many of it away from a post that goes; false when nothing was left.
    pub take: for<'a> fn(&'a mut Tx, Id<Posts>, i64) -> BoxFuture<'a, Result<bool>>,
}

type Told<'a> = BoxFuture<'a, Result<()>>;

/// A room that tells members of what is posted.
pub struct Herald {
    /// Whether what this member posts is looked at before others see it.
    pub looks_first: for<'a> fn(&'a mut Tx, Id<Users>) -> BoxFuture<'a, Result<bool>>,
    /// In the transaction in which something comes to wait for those who look after the place, or the owners of a group.
    pub waits: for<'a> fn(&'a App, &'a mut Tx, Waiting) -> Told<'a>,
    /// In the transaction after which less waits for them, and for the owners of this group.
    pub waits_less: for<'a> fn(&'a App, &'a mut Tx, Option<Id<Groups>>) -> Told<'a>,
    /// In the transaction in which an account is opened or closed by hand: what was decided about it holds no more.
    pub by_hand: for<'a> fn(&'a mut Tx, Id<Users>, Micros) -> Told<'a>,
    /// Whether the time is over for which this member's account was closed: it is open now.
    pub back: for<'a> fn(&'a App, Id<Users>) -> BoxFuture<'a, Result<bool>>,
    /// In the transaction that puts a post out.
    pub posted: for<'a> fn(&'a App, &'a mut Tx, Posted) -> Told<'a>,
    /// In the transaction that writes a text in which somebody is named.
    pub mentioned: for<'a> fn(&'a App, &'a mut Tx, Mentioned) -> Told<'a>,
}

/// What waits for whom.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Desk {
    /// Somebody who asks to be let in.
    Request,
    /// A post that is looked at before others see it.
    Post,
    /// Something of this member that somebody has reported, or a decision about them against which they speak; of whom, is
    /// known when it comes.
    Report(Option<Id<Users>>),
    /// A post for this group, whose owners look at it before others do.
    Group(Id<Groups>),
    /// Somebody who asks to come into this group.
    GroupRequest(Id<Groups>),
}

/// Something that has come to wait.
#[derive(Clone, Copy)]
pub struct Waiting {
    pub desk: Desk,
    pub by: Id<Users>,
}

/// Somebody who is named in what another has written.
#[derive(Clone, Copy)]
pub struct Mentioned {
    pub post: Id<Posts>,
    /// Or else it is in the post's caption.
    pub comment: Option<Id<Comments>>,
    pub by: Id<Users>,
    pub who: Id<Users>,
}

/// A post that is put out.
#[derive(Clone, Copy)]
pub struct Posted {
    pub id: Id<Posts>,
    pub author: Id<Users>,
    /// The one that it is for, where it is for one.
    pub group: Option<Id<Groups>>,
}

/// What is known once the server listens.
pub struct Served {
    pub port: u16,
    /// The paths of its GET routes, as they are mounted.
    pub ways: Vec<String>,
}

#[derive(Clone)]
pub struct App(Arc<Inner>);

pub struct Inner {
    pub settings: Settings,
    pub db: Db,
    pub clock: Clock,
    pub sessions: Sessions,
    pub passwords: Passwords,
    /// For small writes of many.
    pub grouped: Grouped,
    pub limiter: Arc<Limiter>,
    pub view: View,
    pub assets: Arc<Assets>,
    pub media: Media,
    pub fragments: Fragments,
    pub heads: Heads,
    pub circles: Arc<Circles>,
    pub hub: Hub,
    pub site: Arc<Site>,
    pub house: House,
    pub jobs: Queue,
    /// The sorts of work there are.
    pub kinds: Vec<&'static Kind<App>>,
    /// What rooms take away of a member who goes, in this order.
    pub farewells: &'static [Farewell],
    /// What rooms take away from a post that goes.
    pub leavings: &'static [Leaving],
    /// What tells of what is posted.
    pub herald: &'static Herald,
    pub mailer: Mailer,
    pub pusher: Pusher,
    pub served: OnceLock<Served>,
}

impl App {
    pub fn new(inner: Inner) -> Self {
        App(Arc::new(inner))
    }

    /// Finds the app as long as it lives. What the app owns holds it in this way, or neither would ever
    /// end.
    pub fn weak(&self) -> impl Fn() -> Option<App> + Send + Sync + 'static {
        let weak = Arc::downgrade(&self.0);
        move || weak.upgrade().map(App)
    }

    /// Whether anybody receives a letter: without a mail server they are kept as files.
    pub fn letters_go_out(&self) -> bool {
        self.mailer.folder().is_none()
    }

    pub fn page(&self, visit: &Visit, name: &str, mut context: Context) -> Result<Html> {
        context.insert("beat", &self.settings.intervals.heartbeat.as_millis());
        context.insert("letters_go_out", &self.letters_go_out());
        self.view.page(visit, &self.site.name(), name, context)
    }
}

impl std::ops::Deref for App {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        &self.0
    }
}

#[rocket::async_trait]
impl<'r> FromRequest<'r> for &'r App {
    type Error = std::convert::Infallible;

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, Self::Error> {
        Outcome::Success(request.rocket().state::<App>().expect("the app is managed"))
    }
}
