//! Who asks to be let in: what they say of themselves, and the answer of those who look after the place.

use serde::{Deserialize, Serialize};
use sqlx::AnyConnection;
use tera::Context;

use super::letter::{self, Letter, Reader};
use super::{row, waiting};
use crate::app::{App, Desk, Waiting};
use crate::audit::{Deed, Done};
use crate::auth::Viewer;
use crate::changes;
use crate::clock::Micros;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::form::clean_text;
use crate::id::{Id, Users};
use crate::jobs::{Failure, Task};

/// What somebody says of themselves who asks: so many characters.
const LEAST: usize = 20;
const MOST: usize = 1_000;
/// An answer has so many at most.
const MOST_ANSWER: usize = 1_000;

/// The words of a request, checked; the error is for who typed them.
pub fn words(text: &str) -> std::result::Result<String, String> {
    let text = clean_text(text)?.trim().to_owned();
    match text.chars().count() {
        0..LEAST => Err(format!(
            "Say a little more, {LEAST} characters at least: whoever reads it wants to know who you are to them."
        )),
        LEAST..=MOST => Ok(text),
        long => Err(format!(
            "{} characters too long: at most {MOST} are taken.",
            long - MOST
        )),
    }
}

const ASK: &str = "
    insert into applications (user_id, words, asked_at) values ($1, $2, $3)";

/// Notes that a new account asks to be let in.
pub async fn ask(app: &App, tx: &mut Tx, (user, words): (Id<Users>, &str)) -> Result<()> {
    sqlx::query(ASK)
        .bind(user)
        .bind(words)
        .bind(app.clock.now())
        .execute(&mut **tx)
        .await?;
    match app.letters_go_out() {
        // Read once the address is confirmed.
        true => Ok(()),
        false => arrives(app, tx, user).await,
    }
}

/// A request can be read now: those who answer it are told.
pub async fn arrives(app: &App, tx: &mut Tx, user: Id<Users>) -> Result<()> {
    (app.herald.waits)(
        app,
        tx,
        Waiting {
            desk: Desk::Request,
            by: user,
        },
    )
    .await
}

/// Somebody who waits.
#[derive(sqlx::FromRow)]
pub struct Request {
    pub id: Id<Users>,
    pub handle: String,
    pub name: String,
    pub email: String,
    pub words: String,
    pub asked_at: Micros,
}

/// SQL: of the request `a` and its account `u`: it waits, and (`$1`) where letters go out its address is confirmed.
macro_rules! waits {
    () => {
        "a.outcome = '' and u.gone_at is null and u.why_out = 'waiting' and ($1 = '' or u.is_verified = 1)"
    };
}

const WAITING: &str = concat!(
    "select u.id, u.handle, u.name, u.email, a.words, a.asked_at
       from applications a
       join users u on u.id = a.user_id
      where ",
    waits!(),
    " order by a.asked_at, u.id limit 50"
);

const COUNT: &str = concat!(
    "select cast(count(*) as bigint) from (select a.user_id from applications a join users u on u.id = a.user_id where ",
    waits!(),
    " limit 100) few"
);

fn only_confirmed(app: &App) -> &'static str {
    if app.letters_go_out() {
        "confirmed"
    } else {
        ""
    }
}

/// Who waits to be let in, the longest first; 50 at most. Where letters go out, only those whose address is confirmed.
pub async fn unanswered(app: &App) -> Result<Vec<Request>> {
    Ok(sqlx::query_as(WAITING)
        .bind(only_confirmed(app))
        .fetch_all(app.db.read())
        .await?)
}

/// How many wait; 100 for more.
pub async fn count(app: &App, connection: &mut AnyConnection) -> Result<i64> {
    let (count,): (i64,) = sqlx::query_as(COUNT)
        .bind(only_confirmed(app))
        .fetch_one(connection)
        .await?;
    Ok(count)
}

const DECIDE: &str = "
    update applications set outcome = $2, answer = $3, decided_at = $4, decided_by = $5
     where user_id = $1 and outcome = ''";

/// What somebody who waits is answered.
pub struct Decision<'a> {
    pub user: Id<Users>,
    pub is_in: bool,
    /// In words to them; may be empty.
    pub answer: &'a str,
}

/// Lets somebody in who waits, or not; of two who decide at once the second hears that it is done.
pub async fn decide(
    app: &App,
    viewer: &Viewer,
    Decision {
        user,
        is_in,
        answer,
    }: Decision<'_>,
) -> Result<()> {
    let answer = clean_text(answer).map_err(|e| Error::Unprocessable(e.into()))?;
    if answer.chars().count() > MOST_ANSWER {
        return Err(Error::Unprocessable(format!(
            "An answer has {MOST_ANSWER} characters at most."
        )));
    }
    let whom = user.to_string();
    let deed = match is_in {
        true => Deed::RequestAccepted,
        false => Deed::RequestDeclined,
    };
    let done = Done::to(deed, &whom);
    let mut tx = app.db.write_in_office(viewer, &app.clock, done).await?;
    changes::hold(&mut tx).await?;
    let decided = sqlx::query(DECIDE)
        .bind(user)
        .bind(if is_in { "in" } else { "no" })
        .bind(answer.trim())
        .bind(app.clock.now())
        .bind(viewer.id)
        .execute(&mut *tx)
        .await?;
    if decided.rows_affected() == 0 {
        return Err(Error::Conflict(
            "Somebody else has answered already.".into(),
        ));
    }
    match is_in {
        true => drop(waiting::let_in(&mut tx, user).await?),
        false => waiting::keep_for_the_answer(&mut tx, user, app.clock.now()).await?,
    }
    let owner = row::get(&mut tx, user).await?;
    let about = Answered { user };
    letter::put(app, &mut tx, (&LETTER, &Reader::of(&owner)), &about).await?;
    (app.herald.waits_less)(app, &mut tx, None).await?;
    tx.commit().await
}

const IS_UNANSWERED: &str = "select user_id from applications where user_id = $1 and outcome = ''";

/// Whether nobody has answered the request of this account.
pub async fn is_unanswered(tx: &mut Tx, user: Id<Users>) -> Result<bool> {
    let found: Option<(Id<Users>,)> = sqlx::query_as(IS_UNANSWERED)
        .bind(user)
        .fetch_optional(&mut **tx)
        .await?;
    Ok(found.is_some())
}

/// How a request stands.
#[derive(sqlx::FromRow)]
pub struct Stands {
    pub asked_at: Micros,
    pub outcome: String,
    pub answer: String,
}

const STANDS: &str = "select asked_at, outcome, answer from applications where user_id = $1";

/// How the request of this account stands, if it has made one.
pub async fn stands(app: &App, user: Id<Users>) -> Result<Option<Stands>> {
    Ok(sqlx::query_as(STANDS)
        .bind(user)
        .fetch_optional(app.db.read())
        .await?)
}

const SUBJECT: &str = "the answer to your request";

/// The answer, to who asked.
pub static LETTER: Letter = Letter::new(
    "letter.joining",
    |app, task| Box::pin(send(app, task)),
    |_| format!("Letter: {SUBJECT}"),
);

#[derive(Serialize, Deserialize)]
struct Answered {
    user: Id<Users>,
}

async fn send(app: App, task: Task) -> Result<(), Failure> {
    let about: Answered = task.read()?;
    let Some(user) = row::by_id(&app, about.user).await? else {
        return Ok(());
    };
    let Some(stands) = stands(&app, user.id).await? else {
        return Ok(());
    };
    let mut context = Context::new();
    context.insert("is_in", &(stands.outcome == "in"));
    context.insert("answer", &stands.answer);
    let words = ("joining", SUBJECT);
    letter::send(&app, &LETTER, &Reader::of(&user), words, context).await
}
