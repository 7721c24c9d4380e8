//! The feed itself: posts, their cards, and what happens to them.
//!
//! A card is drawn without knowing its reader, once per change, and the same text goes into the full
//! page, the htmx answer and the socket. What only its author may do is in it for everybody, shown by
//! `/me.css` and checked by the server.

pub mod api;
mod by_house;
pub mod captions;
mod card;
mod composer;
mod converting;
mod cutting;
pub mod desk_shapes;
mod drafts;
pub mod drafts_api;
mod drafts_end;
mod drawers;
mod editing;
pub mod faces;
mod feed;
pub mod feeds_api;
mod filter;
mod guest_pages;
mod guests;
pub mod guests_api;
mod held;
mod in_group;
mod list;
pub mod lists;
mod marks;
mod meant;
mod mentions;
mod out;
mod pages;
mod post;
mod publish;
mod redate;
mod release;
mod said;
mod samples;
mod seen;
pub mod seen_api;
mod seen_pages;
pub mod shapes;
mod sheet;
mod sight;
mod spans;
mod transformations;
pub mod tus;
mod tus_headers;
mod twins;
mod uploads;
pub(crate) mod visible;
mod waiting;
pub mod waiting_api;
mod wall;
mod wish;
mod withdraw;
mod words;

pub use by_house::{ByHouse, HouseWhy, erase_by_house, give_back, withhold_by_house};
pub use converting::{give_up_lost, put as put_conversion};
pub use drafts_end::forget_old;
pub use drawers::{CARDS, LEAVES, TEXTS};
pub use feed::{Feed, cursor, of_author, of_group};
pub use filter::Of;
pub use guests::forget_old as forget_old_guests;
pub use in_group::{Left, left_in, posted_in, redraw_group, take_out};
pub use marks::{MARKS, of as marks_of, of_one as mark_of};
pub use mentions::{
    Written, forget_comment as forget_named, named, note as note_named, take_away as unmention,
};
pub use out::{OldPost, adopt};
pub use pages::{draw_feed, one};
pub use post::{Caption, Post, about, find, is_closed};
pub use publish::is_here;
pub use redate::{dated_ahead, redate};
pub use release::{
    Judgement, MOST_WORDS, Queue, count as posts_waiting, judge, waiting as waiting_posts,
};
pub use samples::{File, Sample, samples};
pub use seen::{By, forget as forget_marks, since as posted_since};
pub use sight::{of as sight, require_part, see, shows_pictures};
pub use spans::{Named, Span, spans, tag_path};
pub use uploads::forget_old as forget_old_uploads;
pub(crate) use visible::{findable, visible};
pub use visible::{keep_apart, reader, visible_of};
pub use waiting::publish_ready;
pub use wall::{Hung, cover, covers, wall};
pub use withdraw::{erase_left, take_away};
pub use words::{count_use, fill as fill_words};

use crate::app::App;
use crate::jobs::Kind;
use crate::paths::FormPage;
pub use card::{DeskCard, desk_card, for_desk};

pub fn routes() -> Vec<rocket::Route> {
    let mut routes = pages::routes();
    routes.extend(composer::routes());
    routes.extend(editing::routes());
    routes.extend(guest_pages::routes());
    routes.extend(transformations::routes());
    routes.extend(tus::routes());
    routes.extend(captions::routes());
    routes.extend(seen_pages::routes());
    routes
}

/// The sorts of work of this room.
pub static JOBS: [&Kind<App>; 6] = [
    &withdraw::ERASE,
    &converting::CONVERT,
    &cutting::CUT,
    &uploads::TAKE,
    &in_group::REDRAW,
    &in_group::TAKE_OUT,
];

/// Where forms are that were sent when a session had ended.
pub fn form_pages() -> [FormPage; 2] {
    [
        FormPage {
            sent_to: "/p",
            page: "/compose",
        },
        FormPage {
            sent_to: "/p/<id>",
            page: "/p/<id>/edit",
        },
    ]
}
