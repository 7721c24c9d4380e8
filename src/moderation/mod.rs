//! What those who look after the place look at: posts that wait for them, what members report, and what is done about it.
//!
//! From the bottom up: why something is reported (`why`), what it is (`subject`), the row of a measure (`row`) and what each does
//! (`effects`); reports (`report`), cases (`case`) and what is done to one (`desk_acts`); what follows ten minutes later
//! (`tell`); measures (`measure`), appeals (`appeal`) and what a member reads of them (`standing`).

pub mod api;
mod appeal;
pub mod appeals_api;
mod case;
mod case_pages;
pub mod cases_api;
mod desk;
mod desk_acts;
mod effects;
mod measure;
mod pages;
mod report;
mod report_pages;
pub mod reports_api;
mod row;
mod standing;
mod standing_pages;
mod subject;
mod tell;
mod tidy;
mod why;

pub use case::count as open_cases;
pub use desk::count;
pub use effects::BY_HAND;
pub use tell::end_if_due;
pub use tidy::{keep_order, take_away};

use crate::app::App;
use crate::jobs::Kind;
use crate::paths::FormPage;

/// The jobs of this room.
pub static JOBS: [&Kind<App>; 4] = [&tell::TELL, &tell::ANSWER, &tell::DUE, &tell::LETTER.job];

/// Where forms are that were sent when a session had ended.
pub fn form_pages() -> [FormPage; 1] {
    [FormPage {
        sent_to: "/report/<of>",
        page: "/report/<of>",
    }]
}

pub fn routes() -> Vec<rocket::Route> {
    let mut routes = pages::routes();
    routes.extend(report_pages::routes());
    routes.extend(case_pages::routes());
    routes.extend(standing_pages::routes());
    routes
}

pub fn api_routes() -> Vec<rocket::Route> {
    let mut routes = api::routes();
    routes.extend(reports_api::routes());
    routes.extend(cases_api::routes());
    routes.extend(appeals_api::routes());
    routes
}
