//! Personal access tokens: for programs of one's own, instead of the password.

use crate::app::App;
use crate::auth::{Kind, Viewer};
use crate::clock::Micros;
use crate::error::{Error, Result};
use crate::form::{Wrong, clean_text, wrong};
use crate::id::{Id, Sessions};

const DAY: Micros = 86_400 * 1_000_000;
const MOST_DAYS: i64 = 3_650;
const MOST_TOKENS: usize = 50;

/// A token as it is shown once.
pub struct Made {
    pub id: Id<Sessions>,
    pub text: String,
    pub name: String,
    pub expires_at: Micros,
}

/// Makes a token for the viewer that is good for `days`. A token cannot make another one.
pub async fn make(
    app: &App,
    viewer: &Viewer,
    (name, days): (&str, i64),
) -> Result<Result<Made, Wrong>> {
    if viewer.kind == Kind::Token {
        return Err(Error::Forbidden(
            "An access token cannot make another. Sign in first.",
        ));
    }
    let most = app.settings.limits.name;
    let name = match clean_text(name) {
        Ok(name) if name.is_empty() || name.contains('\n') => {
            return Ok(Err(wrong("token_name", "Name it after what will use it.")));
        }
        Ok(name) if name.chars().count() > most => {
            let text = format!("Too long: at most {most} characters are taken.");
            return Ok(Err(wrong("token_name", text)));
        }
        Ok(name) => name,
        Err(message) => return Ok(Err(wrong("token_name", message))),
    };
    if !(1..=MOST_DAYS).contains(&days) {
        let text = format!("From 1 to {MOST_DAYS} days.");
        return Ok(Err(wrong("days", text)));
    }
    if app.sessions.list(viewer.id, true).await?.len() >= MOST_TOKENS {
        let text = format!("There are {MOST_TOKENS} already. Revoke one first.");
        return Ok(Err(wrong("token_name", text)));
    }
    let expires_at = app.clock.now() + days * DAY;
    // A token never outlives the session that asked for it.
    let mut tx = app.db.write_as(viewer, &app.clock).await?;
    let made = app
        .sessions
        .start_token(&mut tx, viewer, (&name, expires_at));
    let (id, text) = made.await?;
    tx.commit().await?;
    Ok(Ok(Made {
        id,
        text,
        name,
        expires_at,
    }))
}
