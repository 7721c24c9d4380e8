//! What a browser's form sent: text fields, read under a limit and a deadline.
//!
//! A session may end while somebody writes. Then the fields of a form that came with a token we once
//! signed are kept for an hour, and given back to the same person after signing in.

use std::sync::Arc;
use std::time::Duration;

use rocket::data::{self, Data, FromData, ToByteUnit};
use rocket::http::Status;
use rocket::request::{Outcome, Request};

use crate::auth::{self, Anyone, Sessions, Viewer};
use crate::clock::Clock;
use crate::db::Db;
use crate::error::{Error, Result};
use crate::id::{Id, KeptForms, Users};
use crate::limit::{Act, Address, Key, Limiter};
use crate::paths::FormPages;

const LIMIT: usize = 64 << 10;
const DEADLINE: Duration = Duration::from_secs(30);
/// Of what was typed, this many bytes are kept across a sign-in.
const KEPT_BYTES: usize = 32 << 10;
const KEPT_FOR: i64 = 3_600 * 1_000_000;

/// Text fields in the order in which they were sent; a name may come more than once.
#[derive(Clone, Debug, Default, serde::Serialize, serde::Deserialize)]
pub struct Fields(Vec<(String, String)>);

impl Fields {
    /// Adds a field. Nobody types a NUL, and PostgreSQL stores none.
    pub fn push(&mut self, name: String, value: String) -> Result<()> {
        if name.contains('\0') || value.contains('\0') {
            return Err(Error::BadRequest("The form is not valid text.".into()));
        }
        self.0.push((name, value));
        Ok(())
    }

    /// Fields of our own making.
    pub fn of(pairs: &[(&str, &str)]) -> Self {
        Fields(
            pairs
                .iter()
                .map(|(name, value)| (name.to_string(), value.to_string()))
                .collect(),
        )
    }

    /// The first value of that name, as it was typed, or the empty text.
    pub fn text(&self, name: &str) -> &str {
        self.find(name).unwrap_or_default()
    }

    pub fn find(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0
            .iter()
            .filter(move |(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    fn bytes(&self) -> usize {
        self.0
            .iter()
            .map(|(name, value)| name.len() + value.len())
            .sum()
    }
}

/// Messages beside the fields of a form, by their names.
pub type Wrong = serde_json::Map<String, serde_json::Value>;

/// One message beside one field.
pub fn wrong(field: &str, message: impl Into<String>) -> Wrong {
    Wrong::from_iter([(field.to_owned(), message.into().into())])
}

/// Newlines as one character, tabs as they are; any other control character is a mistake or a trick.
pub fn clean_text(text: &str) -> Result<String, &'static str> {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    if text
        .chars()
        .any(|c| c.is_control() && c != '\n' && c != '\t')
    {
        return Err("This holds a character that cannot be shown. Type it again.");
    }
    Ok(text.trim().to_owned())
}

/// Whether something of a text is seen: not only blanks, marks that join or turn, and letters without ink.
pub fn is_seen(text: &str) -> bool {
    text.chars().any(|c| {
        let blank = matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
            | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1d159}' | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}');
        let mark = unicode_normalization::char::is_combining_mark(c);
        !(blank || mark || c.is_whitespace() || c.is_control())
    })
}

#[rocket::async_trait]
impl<'r> FromData<'r> for Fields {
    type Error = Error;

    async fn from_data(request: &'r Request<'_>, data: Data<'r>) -> data::Outcome<'r, Self> {
        let fields = match admit(request).await {
            Ok(()) => read(data).await,
            Err(error) => Err(error),
        };
        outcome(request, fields)
    }
}

/// Counts the body that a stranger sends, whatever becomes of it. `TooMany` when there were many from there.
pub async fn admit(request: &Request<'_>) -> Result<()> {
    if let Outcome::Success(Anyone(Some(_))) = request.guard::<Anyone>().await {
        return Ok(());
    }
    let address = request.guard::<Address>().await;
    let key = Key::Address(address.expect("every request has an address"));
    let limiter = request.rocket().state::<Arc<Limiter>>();
    let limiter = limiter.expect("the limiter is managed");
    limiter.spend(Act::StrangersBody, key, 1).await?;
    Ok(())
}

/// A whole body without files, in bounds of bytes and time.
pub async fn read_bytes(data: Data<'_>) -> Result<Vec<u8>> {
    let body = data.open(LIMIT.bytes()).into_bytes();
    let body = tokio::time::timeout(DEADLINE, body)
        .await
        .map_err(|_| Error::BadRequest("The form did not arrive in time. Send it again.".into()))?
        .map_err(|e| Error::BadRequest(format!("The form did not arrive whole: {}.", e.kind())))?;
    if !body.is_complete() {
        let most = LIMIT >> 10;
        return Err(Error::TooLarge(format!(
            "This is larger than {most} KB. Shorten the text."
        )));
    }
    Ok(body.into_inner())
}

/// Fields as browsers send them without files (`application/x-www-form-urlencoded`).
pub async fn read(data: Data<'_>) -> Result<Fields> {
    let body = read_bytes(data).await?;
    let text = std::str::from_utf8(&body)
        .map_err(|_| Error::BadRequest("The form is not valid text.".into()))?;
    let mut fields = Fields::default();
    for field in rocket::http::RawStr::new(text)
        .split('&')
        .filter(|field| !field.is_empty())
    {
        let (name, value) = field.split_at_byte(b'=');
        let decoded = |raw: &rocket::http::RawStr| {
            let text = raw.url_decode().map(|text| text.into_owned());
            text.map_err(|_| Error::BadRequest("The form is not valid text.".into()))
        };
        fields.push(decoded(name)?, decoded(value)?)?;
    }
    Ok(fields)
}

/// A form sent by a member.
pub struct Sent {
    pub viewer: Viewer,
    pub fields: Fields,
}

#[rocket::async_trait]
impl<'r> FromData<'r> for Sent {
    type Error = Error;

    async fn from_data(request: &'r Request<'_>, data: Data<'r>) -> data::Outcome<'r, Self> {
        let viewer = auth::require(request).await;
        if let Err(error @ Error::Forbidden(_)) = viewer {
            return outcome(request, Err(error));
        }
        if let Err(error) = admit(request).await {
            return outcome(request, Err(error));
        }
        let fields = match read(data).await {
            Ok(fields) => fields,
            Err(error) => return outcome(request, Err(viewer.err().unwrap_or(error))),
        };
        match viewer {
            Ok(viewer) => {
                note(request, &fields);
                data::Outcome::Success(Sent { viewer, fields })
            }
            Err(error) => {
                keep(request, &fields).await;
                outcome(request, Err(error))
            }
        }
    }
}

/// A data guard's answer, with the error left for the catcher.
pub fn outcome<'r, T>(request: &Request<'_>, result: Result<T>) -> data::Outcome<'r, T, Error> {
    match result {
        Ok(value) => data::Outcome::Success(value),
        Err(error) => {
            error.clone().remember(request);
            let status: Status = error.status();
            data::Outcome::Error((status, error))
        }
    }
}

/// Where a kept form waits, for the catcher that leads to the login.
pub struct Kept(pub Option<String>);

/// What was typed into a form that is being worked on.
struct Typed(Option<Fields>);

/// Notes what was typed, should the session end before the work is done.
pub fn note(request: &Request<'_>, fields: &Fields) {
    if fields.bytes() <= KEPT_BYTES {
        request.local_cache(|| Typed(Some(fields.clone())));
    }
}

/// Keeps what was noted, for a request that is refused because its session has ended.
pub async fn keep_noted(request: &Request<'_>) {
    if let Typed(Some(fields)) = request.local_cache(|| Typed(None)) {
        keep(request, fields).await;
    }
}

const KEEP: &str = "
    insert into kept_forms (id, user_id, path, fields, created_at) values ($1, $2, $3, $4, $5)";

/// One member may have so many forms waiting: the newest.
const KEPT_PER_MEMBER: i64 = 5;

const DROP_OLDER: &str = "
    delete from kept_forms
     where user_id = $1
       and id not in (
           select id from kept_forms where user_id = $1 order by created_at desc, id desc limit $2)";

const TAKE: &str = "
    delete from kept_forms where id = $1 and user_id = $2 and created_at > $3 returning fields";

/// Keeps what was typed, for the person whom the request's token was once signed for.
pub async fn keep(request: &Request<'_>, fields: &Fields) {
    let state = request.rocket();
    let (Some(sessions), Some(db), Some(clock)) = (
        state.state::<Sessions>(),
        state.state::<Db>(),
        state.state::<Clock>(),
    ) else {
        return;
    };
    let Some(user) = sessions.signed_for(request.cookies()) else {
        return;
    };
    if fields.bytes() > KEPT_BYTES {
        return;
    }
    // Never a password: it is typed again.
    let fields = Fields(
        fields
            .0
            .iter()
            .filter(|(name, _)| !name.contains("password"))
            .cloned()
            .collect(),
    );
    let path = request.uri().path().to_string();
    match insert(db, clock, user, &path, &fields).await {
        Ok(id) => {
            let pages = state.state::<FormPages>().expect("pages are managed");
            let page = pages.find(&path);
            request.local_cache(|| Kept(Some(format!("{page}?kept={id}"))));
        }
        Err(error) => tracing::warn!(%error, "a form could not be kept"),
    }
}

async fn insert(
    db: &Db,
    clock: &Clock,
    user: Id<Users>,
    path: &str,
    fields: &Fields,
) -> Result<Id<KeptForms>> {
    let id = Id::new();
    let json = serde_json::to_string(fields).map_err(|e| Error::Internal(e.to_string()))?;
    let mut tx = db.write().await?;
    sqlx::query(KEEP)
        .bind(id)
        .bind(user)
        .bind(path)
        .bind(json)
        .bind(clock.now())
        .execute(&mut *tx)
        .await?;
    sqlx::query(DROP_OLDER)
        .bind(user)
        .bind(KEPT_PER_MEMBER)
        .execute(&mut *tx)
        .await?;
    tx.commit().await?;
    Ok(id)
}

/// What `viewer` had typed before the session ended. Given back once.
pub async fn take(
    db: &Db,
    clock: &Clock,
    kept: Option<&str>,
    viewer: &Viewer,
) -> Result<Option<Fields>> {
    let Some(id) = kept.and_then(|kept| kept.parse::<Id<KeptForms>>().ok()) else {
        return Ok(None);
    };
    let mut tx = db.write_as(viewer, clock).await?;
    let fields: Option<(String,)> = sqlx::query_as(TAKE)
        .bind(id)
        .bind(viewer.id)
        .bind(clock.now() - KEPT_FOR)
        .fetch_optional(&mut *tx)
        .await?;
    tx.commit().await?;
    Ok(fields.and_then(|(json,)| serde_json::from_str(&json).ok()))
}

const FORGET: &str = "delete from kept_forms where created_at <= $1";

/// Forgets the forms that nobody came back for.
pub async fn forget_old(db: &Db, clock: &Clock) -> Result<()> {
    let mut tx = db.write().await?;
    sqlx::query(FORGET)
        .bind(clock.now() - KEPT_FOR)
        .execute(&mut *tx)
        .await?;
    tx.commit().await
}
