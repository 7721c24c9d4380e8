//! What one's own page says, in JSON.

use rocket::{Route, patch, routes};
use utoipa::ToSchema;

use super::api::Profile;
use crate::account::{self, About, DisplayName, Handle, Place};
use crate::api::{Body, Fields, Json};
use crate::app::App;
use crate::auth::Caller;
use crate::error::Result;
use crate::id::{Id, Media};

pub fn routes() -> Vec<Route> {
    routes![change]
}

/// What may be changed; what is left out or null stays
#[derive(ToSchema)]
#[allow(dead_code)]
pub struct ProfileChanges {
    #[schema(example = "Ada")]
    name: Option<String>,
    #[schema(example = "ada")]
    handle: Option<String>,
    /// A few sentences: at most 500 characters in 10 lines.
    about: Option<String>,
    /// Where you are, in your own words: at most 60 characters.
    #[schema(example = "By the harbour")]
    place: Option<String>,
    /// The id of a picture in a post of yours; an empty text takes it away.
    cover: Option<String>,
}

/// A field as it was typed, checked; what is wrong with it goes among the mistakes.
fn read<T, E: ToString>(
    fields: &mut Fields<'_>,
    name: &str,
    check: impl Fn(&str) -> std::result::Result<T, E>,
) -> Option<T> {
    let text = fields.text_or_null(name)?;
    check(text)
        .map_err(|message| fields.refuse(name, &message.to_string(), "not taken"))
        .ok()
}

/// Change what your page says
#[utoipa::path(tag = "people", security(("password" = [])), request_body = ProfileChanges, responses(
    (status = 200, description = "Your page as it is now", body = Profile)))]
#[patch("/users/me/profile", data = "<body>")]
async fn change(caller: Caller, body: Body, app: &App) -> Result<Json<Profile>> {
    let viewer = caller.viewer()?;
    let mut fields = body.object()?;
    let most = app.settings.limits.name;
    let name = read(&mut fields, "name", |text| DisplayName::new(text, most));
    let handle = read(&mut fields, "handle", Handle::new);
    let about = read(&mut fields, "about", About::new);
    let place = read(&mut fields, "place", Place::new);
    let cover = read(&mut fields, "cover", |text| match text {
        "" => Ok(None),
        id => Id::<Media>::from_any_spelling(id)
            .map(Some)
            .ok_or("This picture is not in a post of yours any more. Choose another."),
    });
    fields.done()?;
    let now = handle
        .as_ref()
        .map_or(&*viewer.handle, Handle::as_str)
        .to_owned();
    let profile = account::Profile {
        name,
        handle,
        about,
        place,
        cover,
    };
    if let Err(wrong) = account::rename(app, &viewer, profile).await? {
        let mut fields = body.object()?;
        for (field, message) in wrong {
            fields.refuse(&field, message.as_str().unwrap_or_default(), "not taken");
        }
        fields.done()?;
    }
    Ok(Json(Profile::find(app, &viewer, &now).await?))
}
