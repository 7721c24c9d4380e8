//! The one door for letters. Each letter is a job of its own kind, beside the verb that asks for it, and its words
//! stand in `templates/mail/`.
//!
//! A letter is put into the queue by what it is about and written when it is sent, so that no token lies in the
//! database. An address that nobody has confirmed may be anybody's: it gets what it needs to be confirmed, and
//! nothing that a stranger has typed. Whatever the kinds, one mailbox gets a few letters in an hour; warnings are
//! counted apart, so that nobody keeps them from a member by asking for others.

use std::time::Duration;

use futures::future::BoxFuture;
use tera::Context;

use super::email::Email;
use super::row::User;
use crate::app::App;
use crate::clock::Micros;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::jobs::{Failure, Kind, Task};
use crate::limit::{Act, Key};
use crate::mail;

/// A letter: its job, and whether it may go to an address that was not confirmed.
pub struct Letter {
    pub job: Kind<App>,
    to_anybody: bool,
    warns: bool,
    /// Of what others do: it is counted by itself, so that no letter that opens an account waits for it.
    is_news: bool,
}

type Run = fn(App, Task) -> BoxFuture<'static, Result<(), Failure>>;

impl Letter {
    /// With these tries and pauses a mail server may be away for two days.
    const fn kind(name: &'static str, run: Run, describe: fn(&str) -> String) -> Kind<App> {
        Kind {
            name,
            at_once: 2,
            lease: Duration::from_secs(120),
            tries: 9,
            run,
            given_up: None,
            describe,
        }
    }

    pub const fn new(name: &'static str, run: Run, describe: fn(&str) -> String) -> Letter {
        Letter {
            job: Letter::kind(name, run, describe),
            to_anybody: false,
            warns: false,
            is_news: false,
        }
    }

    /// One that tells of what somebody else may have done.
    pub const fn warning(name: &'static str, run: Run, describe: fn(&str) -> String) -> Letter {
        Letter {
            job: Letter::kind(name, run, describe),
            to_anybody: false,
            warns: true,
            is_news: false,
        }
    }

    /// One that tells of what others do.
    pub const fn news(name: &'static str, run: Run, describe: fn(&str) -> String) -> Letter {
        Letter {
            job: Letter::kind(name, run, describe),
            to_anybody: false,
            warns: false,
            is_news: true,
        }
    }

    /// One that may go to an address that was not confirmed.
    pub const fn to_anybody(name: &'static str, run: Run, describe: fn(&str) -> String) -> Letter {
        Letter {
            job: Letter::kind(name, run, describe),
            to_anybody: true,
            warns: false,
            is_news: false,
        }
    }
}

/// Whom a letter is for.
pub struct Reader<'a> {
    pub email: &'a str,
    /// The address was confirmed.
    pub confirmed: bool,
    /// How they are called, where they have a name.
    pub name: Option<&'a str>,
    /// The address under which they get no more such letters.
    pub(super) stop: Option<&'a str>,
}

impl<'a> Reader<'a> {
    /// The same, who may stop such letters there.
    pub fn stopping(self, stop: &'a str) -> Reader<'a> {
        let stop = Some(stop);
        Reader { stop, ..self }
    }

    pub fn of(user: &'a User) -> Reader<'a> {
        Reader {
            email: &user.email,
            confirmed: user.is_verified(),
            name: Some(&user.name),
            stop: None,
        }
    }

    /// Somebody who has confirmed their address.
    pub fn confirmed(email: &'a str, name: &'a str) -> Reader<'a> {
        Reader {
            email,
            confirmed: true,
            name: Some(name),
            stop: None,
        }
    }

    /// An address of which nothing is known.
    pub fn unknown(email: &'a str) -> Reader<'a> {
        Reader {
            email,
            confirmed: false,
            name: None,
            stop: None,
        }
    }
}

/// Has a letter sent once `tx` is committed. False when it is not for this reader, or the mailbox had enough: whoever
/// asked hears nothing of it.
pub async fn put(
    app: &App,
    tx: &mut Tx,
    (letter, reader): (&Letter, &Reader<'_>),
    about: &impl serde::Serialize,
) -> Result<bool> {
    if !(letter.to_anybody || reader.confirmed) {
        return Ok(false);
    }
    let (act, key) = match letter.warns || letter.is_news {
        true => (Act::Warning, Key::Letter(letter.job.name, reader.email)),
        false => (Act::Letter, Key::Mailbox(reader.email)),
    };
    match app.limiter.spend(act, key, 1).await {
        Ok(_) => {}
        Err(Error::TooMany { .. }) => {
            tracing::warn!(letter = letter.job.name, "a mailbox had enough letters");
            return Ok(false);
        }
        Err(other) => return Err(other),
    }
    app.jobs.put(tx, &letter.job, about).await?;
    Ok(true)
}

/// The same for a letter that somebody asks for by naming an address, whether or not it is known.
pub async fn ask(app: &App, letter: &Letter, email: &str) -> Result<()> {
    let email = &Email::spelling(email);
    let key = Key::Letter(letter.job.name, email);
    match app.limiter.spend(Act::AskedLetter, key, 1).await {
        Ok(_) => {}
        Err(Error::TooMany { .. }) => return Ok(()),
        Err(other) => return Err(other),
    }
    let about = Address {
        email: email.to_owned(),
    };
    let mut tx = app.db.write().await?;
    put(app, &mut tx, (letter, &Reader::unknown(email)), &about).await?;
    tx.commit().await
}

/// What a letter is about whose reader is known by the address alone.
#[derive(serde::Serialize, serde::Deserialize)]
pub struct Address {
    pub email: String,
}

/// Writes a letter by its template (`mail/<name>.txt` and `.html`) and sends it; asked again here is how many
/// letters the mailbox had.
pub async fn send(
    app: &App,
    letter: &Letter,
    reader: &Reader<'_>,
    (name, subject): (&str, &str),
    mut context: Context,
) -> Result<(), Failure> {
    if !(letter.to_anybody || reader.confirmed) {
        return Err(Failure::for_good("the address was not confirmed"));
    }
    let key = match letter.is_news {
        true => Key::Letter(letter.job.name, reader.email),
        false => Key::Mailbox(reader.email),
    };
    app.limiter.spend(Act::LetterSent, key, 1).await?;
    let site = app.site.name();
    context.insert("site", &site);
    context.insert("home", &home(app));
    context.insert("subject", subject);
    context.insert("stop", &reader.stop);
    // Its owner may never have been here.
    context.insert("name", &reader.name.filter(|_| reader.confirmed));
    let letter = mail::Letter {
        to: reader.email.to_owned(),
        stop: reader.stop.map(str::to_owned),
        subject: format!("{site}: {subject}"),
        text: app.view.render(&format!("mail/{name}.txt"), &context)?,
        html: app.view.render(&format!("mail/{name}.html"), &context)?,
    };
    let sent = app.mailer.send(&site, &letter).await;
    sent.map_err(|failure| Failure {
        error: failure.error,
        again: failure.again,
    })
}

/// Where links lead.
pub fn home(app: &App) -> String {
    app.settings.address_url(app.settings.port)
}

/// What a payload says of its letter's reader, for the administrator's list.
pub fn describe(about: &str, payload: &str) -> String {
    match serde_json::from_str::<Address>(payload) {
        Ok(Address { email }) => format!("Letter: {about}, to {email}"),
        Err(_) => format!("Letter: {about}"),
    }
}

/// "23 November 2026, 14:05" in the site's zone.
pub fn instant(app: &App, at: Micros) -> String {
    use time::macros::format_description;
    let format = format_description!(
        "[day padding:none] [month repr:long] [year], [hour]:[minute] (UTC[offset_hour sign:mandatory]:[offset_minute])"
    );
    let zoned = crate::clock::date(at).to_offset(app.settings.utc_offset);
    zoned.format(format).expect("a date has these parts")
}
