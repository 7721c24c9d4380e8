//! A member's account: its row, how it comes to be, what opens it, how it ends; and the one door for letters.

mod access;
mod access_letters;
mod adopt;
pub mod api;
mod appoint;
mod confirm;
mod details;
mod email;
mod invites;
mod leave;
mod letter;
pub mod links;
mod names;
mod newcomers;
mod operate;
mod out;
mod people;
mod requests;
mod row;
mod sessions;
mod signup;
mod waiting;
mod words;

pub use access::{Changes, EmailTaken, change_email, change_password, go_back, update, verified};
pub use access_letters::password_changed;
pub use adopt::{Adopted, Old, adopt};
pub use api::routes as api_routes;
pub use appoint::{Appointed, appoint};
pub use confirm::LETTER as CONFIRM_LETTER;
pub use details::{ABOUT, About, PLACE, Place, Profile, Says, change_face, rename, says};
pub use email::Email;
pub use invites::{
    Invitation, MOST_DAYS, MOST_PEOPLE, New as NewInvitation, end as end_invitation, invite,
    look as look_at_invitation, may_invite, open as open_invitations,
    take_away as take_invitations,
};
pub use leave::{
    ask as leave, ask_from_outside as leave_from_outside, erase_due, take_request_back,
};
pub use letter::{
    Address, Letter, Reader, ask as ask_letter, describe as describe_letter, home as letter_home,
    instant, put as put_letter, send as send_letter,
};
pub use names::{DisplayName, Handle};
pub use newcomers::{is_newcomer, judged, look_as_before, look_first};
pub use operate::{ByHand, Operator, Order};
pub use out::{MEMBERS, open_again, shut_out};
pub use people::{Person, Which, end_sessions_of, give_office, numbers, people, person};
pub use requests::{
    Decision, Request, arrives as request_arrives, count as requests_waiting, decide,
    stands as request_stands, unanswered as requests, words as request_words,
};
pub use row::{User, WhyOut, by_email, by_id, find, find_by_email, get};
pub use sessions::{end_all as end_all_sessions, end_one as end_session, end_other_sessions};
pub use signup::{Brings, NewMember, Row, Wish, forget_freed, insert, register};
pub use waiting::let_in;
pub use words::fill as fill_words;

use crate::app::App;
use crate::jobs::Kind;

/// The jobs of this room.
pub static JOBS: [&Kind<App>; 7] = [
    &confirm::LETTER.job,
    &access_letters::PASSWORD_LETTER.job,
    &access_letters::ADDRESS_LETTER.job,
    &leave::LETTER.job,
    &leave::ERASE,
    &requests::LETTER.job,
    &waiting::LETTER.job,
];
