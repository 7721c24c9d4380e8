//! How the forms of the door are answered.

use rocket::http::{Header, Status};
use rocket::response::{Redirect, Responder};

use crate::view::Html;
use crate::visit::Visit;

/// How a form that went through is answered.
#[derive(Responder)]
pub enum Answer {
    /// A plain browser goes on to the next page.
    Page(Box<Redirect>),
    /// htmx goes there too; it would put a followed redirect into the form's place.
    Elsewhere(Status, Header<'static>),
    /// The form again, with what is wrong in it.
    Again((Status, Html)),
    /// The panel in a page whose session had ended: the page goes on with what it was doing.
    Resumed(Html, Header<'static>),
}

pub fn go(visit: &Visit, to: &str) -> Answer {
    if visit.htmx {
        Answer::Elsewhere(Status::Ok, Header::new("HX-Redirect", to.to_owned()))
    } else {
        Answer::Page(Box::new(Redirect::to(to.to_owned())))
    }
}
