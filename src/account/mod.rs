//! A member's account: its row, how it comes to be, what opens it, how it ends; and the one door for letters.

mod access;
mod access_letters;
mod adopt;
pub mod api;
mod appoint;
mod confirm;
mod details;
mod email;
mod leave;
mod letter;
pub mod links;
mod names;
mod row;
mod sessions;
mod signup;
mod words;

pub use access::{Changes, EmailTaken, change_email, change_password, go_back, verified};
pub use access_letters::password_changed;
pub use adopt::{Adopted, Old, adopt};
pub use api::routes as api_routes;
pub use appoint::{Appointed, appoint};
pub use confirm::LETTER as CONFIRM_LETTER;
pub use details::{ABOUT, About, PLACE, Place, Profile, Says, change_face, rename, says};
pub use email::Email;
pub use leave::{MEMBERS, ask as leave, erase_due};
pub use letter::{
    Address, Letter, Reader, ask as ask_letter, describe as describe_letter, home as letter_home,
    instant, put as put_letter, send as send_letter,
};
pub use names::{DisplayName, Handle};
pub use row::{User, by_email, by_id, find, find_by_email, get};
pub use sessions::{end_all as end_all_sessions, end_one as end_session, end_other_sessions};
pub use signup::{NewMember, Row, Wish, forget_freed, insert, register};
pub use words::fill as fill_words;

use crate::app::App;
use crate::jobs::Kind;

/// The jobs of this room.
pub static JOBS: [&Kind<App>; 5] = [
    &confirm::LETTER.job,
    &access_letters::PASSWORD_LETTER.job,
    &access_letters::ADDRESS_LETTER.job,
    &leave::LETTER.job,
    &leave::ERASE,
];
