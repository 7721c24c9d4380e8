//! The JSON API described (OpenAPI 3.1): made from the handlers' own annotations, completed with what all
//! of them share, and shown by Swagger UI at `/docs`.

use std::path::PathBuf;
use std::sync::{Arc, LazyLock};

use rocket::http::ContentType;
use rocket::http::uri::Origin;
use rocket::response::Redirect;
use rocket::{Either, Route, get, routes};
use serde_json::{Map, Value, json};
use utoipa::OpenApi;
use utoipa_swagger_ui::Config;

use crate::account::api as users;
use crate::admin::{api as house, seen_api as strangers};
use crate::api::{Detail, Mistake, Mistakes};
use crate::door::api as door;
use crate::error::{Error, Result};
use crate::group::{api as groups, members_api as in_groups};
use crate::moderation::{
    api as moderation, appeals_api as appeals, cases_api as cases, reports_api as reports,
};
use crate::notice::api as notices;
use crate::post::api as posts;
use crate::post::captions;
use crate::post::drafts_api as drafts;
use crate::post::feeds_api as feeds;
use crate::post::guests_api as guests;
use crate::post::seen_api as seen;
use crate::post::tus;
use crate::post::waiting_api as waiting;
use crate::profile::apart_pages as apart;
use crate::profile::api as members;
use crate::profile::own_api as own;
use crate::search::api as search;
use crate::settings::api as settings;
use crate::settings::invitations_api as invitations;
use crate::talk::api as talk;
use crate::talk::comments_api as comments;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Porch",
        description = "The JSON API of a Porch. Log in with `POST /auth/jwt/login`, or make an access token, and send it as `Authorization: Bearer …`."
    ),
    tags(
        (name = "auth", description = "Registering, logging in, passwords and addresses"),
        (name = "users", description = "Accounts"),
        (name = "account", description = "Your sessions, access tokens, and leaving"),
        (name = "house", description = "How the place is run, for those who look after it"),
        (name = "posts", description = "The feed"),
        (name = "people", description = "What members make of each other's posts"),
        (name = "groups", description = "Some of those here, for whom a post may be meant"),
        (name = "uploads", description = "Large files in pieces, by tus 1.0")
    ),
    paths(
        door::register, door::login, door::logout, door::logout_short,
        door::forgot_password, door::reset_password, door::request_verify_token,
        door::verify_address,
        users::me, users::change_me, users::one, users::change, users::remove,
        settings::sessions, settings::end_session, settings::tokens,
        settings::make_token, settings::revoke_token, settings::storage, settings::leave_account,
        invitations::open_invitations, invitations::invite, invitations::end_invitation,
        house::settings, house::set, house::requests, house::decide, house::audit_log, house::give_office,
        strangers::checks, strangers::check,
        moderation::waiting, moderation::judge,
        reports::report_it, reports::own, reports::stands, reports::appeal,
        cases::cases, cases::begin, cases::one, cases::act, cases::decide, cases::undo, appeals::appeals, appeals::answer,
        groups::all, groups::found_one, groups::one, groups::change, groups::join, groups::wish, groups::leave, groups::take_out,
        groups::put_back, groups::close, groups::keep_open, in_groups::owners, in_groups::members, in_groups::requests, in_groups::admit,
        in_groups::remove, in_groups::appoint, in_groups::waiting, in_groups::judge,
        posts::hello, posts::upload, feeds::feeds, feeds::feed, posts::one, posts::change, posts::remove,
        guests::all, guests::make, guests::end,
        drafts::list, drafts::one, drafts::keep, drafts::discard, drafts::add, drafts::publish_draft,
        captions::read, captions::write, captions::remove,
        talk::like, talk::unlike, talk::likers,
        members::all, members::one, members::follow_member, members::unfollow, members::ring, members::silence, members::followers, members::following,
        apart::block_member, apart::unblock_member, apart::mute_member, apart::unmute_member, apart::blocked, apart::muted, apart::words_muted, apart::mute_a_word, apart::unmute_a_word,
        own::change, members::requests, members::approve, members::remove, members::ask_first,
        comments::list, comments::write, comments::change, comments::remove, comments::close, comments::open,
        notices::all, notices::read, notices::wanted, notices::choose, notices::letters, notices::set_letters, notices::told, notices::tell, notices::end,
        search::search, seen::new, seen::seen_up_to,
        waiting::list, waiting::take_back, waiting::convert,
        tus::abilities, tus::begin, tus::list, tus::where_it_is, tus::go_on, tus::go_on_by_post, tus::cancel
    ),
    components(schemas(Detail, Mistakes, Mistake))
)]
struct Described;

/// The document, as it is served.
pub static DOCUMENT: LazyLock<String> = LazyLock::new(|| document().to_string());

fn document() -> Value {
    let mut document =
        serde_json::to_value(Described::openapi()).expect("the document is plain JSON");
    document["components"]["securitySchemes"] = json!({
        "password": {
            "type": "oauth2",
            "flows": { "password": { "tokenUrl": "/auth/jwt/login", "scopes": {} } }
        },
        "token": {
            "type": "http",
            "scheme": "bearer",
            "description": "An access token, `porch_…`"
        }
    });
    document["components"]["schemas"]["Flag"]["type"] =
        json!(["boolean", "string", "number", "null"]);
    let paths = document["paths"].as_object_mut().expect("there are paths");
    for (path, operations) in paths {
        let operations = operations.as_object_mut().expect("a path has operations");
        let names_one = path.contains('{');
        for operation in operations.values_mut() {
            let operation = operation.as_object_mut();
            complete(operation.expect("an operation is described"), names_one);
        }
    }
    document
}

/// Adds the answers that come from what guards every route of its kind. `names_one`: of something in its path.
fn complete(operation: &mut Map<String, Value>, names_one: bool) {
    let mut shared = vec![(
        429,
        "Too many requests: wait for `Retry-After` seconds",
        "Detail",
    )];
    if let Some(security) = operation.get_mut("security").and_then(Value::as_array_mut) {
        security.push(json!({ "token": [] }));
        shared.push((401, "No token, or one that opens nothing", "Detail"));
        shared.push((403, "A cookie from a page of another site", "Detail"));
    }
    if operation.contains_key("requestBody") {
        shared.push((400, "The body cannot be read", "Detail"));
        shared.push((413, "The body is too large", "Detail"));
    }
    if operation.contains_key("requestBody") || operation.contains_key("parameters") {
        shared.push((422, "What was sent does not fit", "Mistakes"));
    }
    if names_one {
        shared.push((404, "There is no such thing, or not for you", "Detail"));
    }
    shared.push((
        503,
        "The server is very busy: wait for `Retry-After` seconds",
        "Detail",
    ));
    // Any bytes will do.
    if let Some(body) = operation.get_mut("requestBody")
        && let Some(piece) = body["content"].get_mut("application/offset+octet-stream")
    {
        piece["schema"] = json!({});
    }
    let parameters = operation
        .get_mut("parameters")
        .and_then(Value::as_array_mut);
    for parameter in parameters.into_iter().flatten() {
        // What may be left out of a query is not null there.
        if let Some(types) = parameter["schema"]["type"].as_array() {
            let kind = types.iter().find(|kind| *kind != "null").cloned();
            parameter["schema"]["type"] = kind.unwrap_or_default();
        }
    }
    let responses = operation
        .get_mut("responses")
        .and_then(Value::as_object_mut)
        .expect("an operation has answers");
    for (status, description, schema) in shared {
        let schema = json!({ "$ref": format!("#/components/schemas/{schema}") });
        responses.entry(status.to_string()).or_insert_with(|| {
            json!({
                "description": description,
                "content": { "application/json": { "schema": schema } }
            })
        });
    }
}

pub fn routes() -> Vec<Route> {
    routes![openapi, swagger]
}

/// The files of Swagger UI. Its page names them from where it is.
#[get("/docs/<path..>")]
fn swagger(path: PathBuf, uri: &Origin<'_>) -> Result<Either<Redirect, (ContentType, Vec<u8>)>> {
    if uri.path() == "/docs" {
        return Ok(Either::Left(Redirect::to("/docs/")));
    }
    // Its other layout has an unnamed button, its deep links are links inside of buttons.
    let config = Config::from("/openapi.json").use_base_layout();
    let config = Arc::new(config.deep_linking(false));
    let name = path.to_str().ok_or(Error::NotFound)?;
    let file = utoipa_swagger_ui::serve(name, config);
    let file = file.map_err(|error| Error::Internal(error.to_string()))?;
    let file = file.ok_or(Error::NotFound)?;
    let kind = ContentType::parse_flexible(&file.content_type).unwrap_or(ContentType::Binary);
    let mut bytes = file.bytes.into_owned();
    if name == "index.css" {
        bytes.extend_from_slice(include_bytes!("../static/docs/swagger.css"));
    }
    Ok(Either::Right((kind, bytes)))
}

#[get("/openapi.json")]
fn openapi() -> (ContentType, &'static str) {
    (ContentType::JSON, &DOCUMENT)
}
