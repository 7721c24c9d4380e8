//! What members set for themselves: a file for each of the pages You, Account, Security and Programs; and the site's
//! name.

mod account;
pub mod api;
mod devices;
mod end;
mod invitations;
pub mod invitations_api;
mod notices;
mod page;
mod programs;
mod security;
mod site;
mod token;
mod told;
mod you;

use crate::paths::FormPage;

pub use api::routes as api_routes;

pub fn routes() -> Vec<rocket::Route> {
    let mut routes = page::routes();
    routes.extend(you::routes());
    routes.extend(account::routes());
    routes.extend(security::routes());
    routes.extend(programs::routes());
    routes.extend(site::routes());
    routes.extend(notices::routes());
    routes.extend(told::routes());
    routes.extend(invitations::routes());
    routes
}

/// Where forms are that were sent when a session had ended.
pub fn form_pages() -> [FormPage; 11] {
    [
        ("/settings/email", "/settings/account"),
        ("/settings/account", "/settings/account"),
        ("/settings/password", "/settings/security"),
        ("/settings/sessions/<_..>", "/settings/security"),
        ("/settings/tokens/<_..>", "/settings/programs"),
        ("/settings/site", "/settings/place"),
        ("/settings/notices", "/settings/notices"),
        ("/settings/letters", "/settings/notices"),
        ("/settings/told/<_..>", "/settings/notices"),
        ("/invitations", "/invitations"),
        ("/settings/<_..>", "/settings"),
    ]
    .map(|(sent_to, page)| FormPage { sent_to, page })
}
