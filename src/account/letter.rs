//! The letters about an account: what they say, and the job that sends them.
//!
//! A letter is put into the queue by what it is about and written when it is sent, so that no token
//! lies in the database. Whether an address is known is only found out then: asking for a letter is
//! answered alike, and takes as long, for every address.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use tera::Context;

use super::user::{self, User};
use super::{device, reset, verify};
use crate::app::App;
use crate::clock::Micros;
use crate::error::Result;
use crate::id::{Id, Users};
use crate::jobs::{Failure, Kind};
use crate::mail;

/// Letters in the queue. With these tries and pauses a mail server may be away for two days.
pub static LETTER: Kind = Kind {
    name: "letter",
    at_once: 2,
    lease: Duration::from_secs(120),
    tries: 9,
};

#[derive(Serialize, Deserialize)]
#[serde(tag = "about", rename_all = "snake_case")]
pub enum Letter {
    /// A link that confirms the address; nothing when there is nobody to confirm it for.
    Verify { email: String },
    /// A link under which a new password is chosen; nothing when nobody has this address.
    Reset { email: String },
    /// To the address that an account had.
    EmailChanged { old: String, new: String },
    /// To the address that the account had then.
    PasswordChanged { email: String },
    /// A browser or program that this account had not been used with.
    SignedIn {
        user: Id<Users>,
        agent: String,
        address: String,
        at: Micros,
    },
    /// The account ends at this instant.
    Leaving { user: Id<Users>, at: Micros },
    /// Asked for by an administrator, to see whether letters arrive.
    Trial { email: String },
}

/// What a letter says, apart from who sends it.
struct Words {
    to: String,
    subject: String,
    /// How the reader is called.
    name: Option<String>,
    lines: Vec<String>,
    link: Option<(String, String)>,
    after: Vec<String>,
}

const NOT_YOU: &str =
    "Was this not you? Then choose a new password at once: that signs everybody else out.";

/// The handler of the queue: writes the letter of this payload and sends it.
pub async fn send(app: &App, payload: &str) -> Result<(), Failure> {
    let letter: Letter = serde_json::from_str(payload).map_err(|error| Failure {
        error: format!("this is no letter: {error}"),
        again: false,
    })?;
    let Some(words) = words(app, letter).await? else {
        return Ok(());
    };
    let sender = app.site.name();
    let mut context = Context::new();
    context.insert("site", &sender);
    context.insert("name", &words.name);
    context.insert("subject", &words.subject);
    context.insert("lines", &words.lines);
    context.insert("link", &words.link);
    context.insert("after", &words.after);
    let letter = mail::Letter {
        to: words.to,
        subject: format!("{}: {}", sender, words.subject),
        text: app.view.render("mail/letter.txt", &context)?,
        html: app.view.render("mail/letter.html", &context)?,
    };
    let sent = app.mailer.send(&sender, &letter).await;
    sent.map_err(|failure| Failure {
        error: failure.error,
        again: failure.again,
    })
}

/// What a payload is about, in a few words for the administrator's list.
pub fn describe(payload: &str) -> String {
    match serde_json::from_str(payload) {
        Ok(Letter::Verify { email }) => format!("confirm the address, to {email}"),
        Ok(Letter::Reset { email }) => format!("choose a new password, to {email}"),
        Ok(Letter::EmailChanged { old, .. }) => format!("address changed, to {old}"),
        Ok(Letter::PasswordChanged { .. }) => "password changed".into(),
        Ok(Letter::SignedIn { .. }) => "new sign-in".into(),
        Ok(Letter::Leaving { .. }) => "account leaving".into(),
        Ok(Letter::Trial { email }) => format!("trial, to {email}"),
        Err(_) => "unreadable".into(),
    }
}

async fn by_email(app: &App, email: &str) -> Result<Option<User>> {
    let mut connection = app.db.read().acquire().await?;
    user::find_by_email(&mut connection, email).await
}

async fn by_id(app: &App, id: Id<Users>) -> Result<Option<User>> {
    let mut connection = app.db.read().acquire().await?;
    user::find(&mut connection, id).await
}

async fn words(app: &App, letter: Letter) -> Result<Option<Words>> {
    let home = app.settings.address_url(app.settings.port);
    Ok(match letter {
        Letter::Verify { email } => by_email(app, &email)
            .await?
            .filter(|user| user.is_active() && !user.is_verified())
            .map(|user| -> Result<Words> {
                let token = verify::token_for(app, &user)?;
                Ok(Words {
                    subject: "confirm your address".into(),
                    lines: vec![format!(
                        "Somebody, most likely you, has given {} as the address of an account.",
                        user.email
                    )],
                    link: Some((format!("{home}/verify?token={token}"), "Confirm the address".into())),
                    after: vec![
                        "The link works for an hour. A program asks for what follows \"token=\".".into(),
                        "If you know nothing of this, leave it: without your confirmation nothing happens.".into(),
                    ],
                    to: user.email,
                    name: Some(user.name),
                })
            })
            .transpose()?,
        Letter::Reset { email } => by_email(app, &email)
            .await?
            .filter(User::is_active)
            .map(|user| -> Result<Words> {
                let signer = app.sessions.signer();
                let path = reset::link_for(signer, &app.clock, (user.id, &user.password_hash))?;
                Ok(Words {
                    subject: "choose a new password".into(),
                    lines: vec!["Somebody, most likely you, has asked for a new password.".into()],
                    link: Some((format!("{home}{path}"), "Choose a new password".into())),
                    after: vec![
                        "The link works once, for an hour. A program asks for what follows \"token=\".".into(),
                        "If you know nothing of this, leave it: your password stays as it is.".into(),
                    ],
                    to: user.email,
                    name: Some(user.name),
                })
            })
            .transpose()?,
        Letter::EmailChanged { old, new } => Some(Words {
            subject: "your address was changed".into(),
            lines: vec![format!(
                "The account that had this address has another one now: {new}. Letters go there from here on."
            )],
            link: None,
            after: vec!["Was this not you? Then tell the person who runs the site at once.".into()],
            to: old,
            name: None,
        }),
        Letter::PasswordChanged { email } => Some(Words {
            subject: "your password was changed".into(),
            lines: vec!["Your account has a new password. Wherever else you were signed in, you are signed out.".into()],
            link: Some((format!("{home}/forgot"), "Choose another password".into())),
            after: vec![NOT_YOU.into()],
            to: email,
            name: None,
        }),
        Letter::SignedIn { user, agent, address, at } => by_id(app, user).await?.map(|user| {
            let agent = device::name(&agent);
            Words {
                subject: "a new sign-in".into(),
                lines: vec![
                    "Somebody, most likely you, has signed in with your password from a browser or program that was not known here.".into(),
                    format!("When: {}", instant(app, at)),
                    format!("From: {address}"),
                    format!("With: {agent}"),
                ],
                link: Some((format!("{home}/settings"), "See where you are signed in".into())),
                after: vec![NOT_YOU.into()],
                to: user.email,
                name: Some(user.name),
            }
        }),
        Letter::Leaving { user, at } => by_id(app, user).await?.map(|user| Words {
            subject: "your account is leaving".into(),
            lines: vec![format!(
                "As you asked, your account is deleted on {}, with everything that you have posted.",
                instant(app, at)
            )],
            link: Some((format!("{home}/login"), "Stay after all".into())),
            after: vec!["Signing in before then keeps everything as it is.".into()],
            to: user.email,
            name: Some(user.name),
        }),
        Letter::Trial { email } => Some(Words {
            subject: "a trial letter".into(),
            lines: vec!["If you can read this, letters from here arrive.".into()],
            link: Some((home, "To the site".into())),
            after: Vec::new(),
            to: email,
            name: None,
        }),
    })
}

/// "23 November 2026, 14:05" in the site's zone.
fn instant(app: &App, at: Micros) -> String {
    use time::macros::format_description;
    let format = format_description!(
        "[day padding:none] [month repr:long] [year], [hour]:[minute] (UTC[offset_hour sign:mandatory]:[offset_minute])"
    );
    let zoned = crate::clock::date(at).to_offset(app.settings.utc_offset);
    zoned.format(format).expect("a date has these parts")
}
