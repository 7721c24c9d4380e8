//! Who is asking: a token in a cookie or in the `Authorization` header, and the session's row that
//! decides at every request.
//!
//! The token alone opens nothing: it names a session, and a session that was ended (sign-out, password
//! change, reset) makes it void. Where both come, the header decides, and a bad one opens nothing even
//! beside a good cookie. Writes that ride on the cookie must come from our own pages (`SameSite`); no
//! browser sends the header by itself.

mod base;
mod credential;
mod grouped;
mod guard;
mod kind;
pub mod link;
pub mod origin;
pub mod password;
mod refuse;
mod sessions;
mod signer;
mod standing;
mod ticket;
mod viewer;

pub use base::Base;
pub use credential::Credential;
pub use grouped::Grouped;
pub use guard::{Anyone, Caller, is_safe, require};
pub use kind::Kind;
pub use origin::{Home, SameSite};
pub use password::{NewPassword, Passwords};
pub use refuse::refused;
pub use sessions::{BEARER_SECONDS, Session, Sessions, WayIn};
pub use signer::Signer;
pub use ticket::{TicketDoor, Tickets, guest_ticket};
pub use viewer::{Asker, Asks, Guest, Viewer};
