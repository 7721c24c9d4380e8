//! What becomes of posts that wait to be looked at.

use sqlx::AnyConnection;

use super::held::{Held, Looks, draw_anew, is_new_to_others};
use super::out;
use super::post::{self, Post};
use super::visible::{settle, there};
use super::words;
use crate::api::Body;
use crate::app::App;
use crate::audience::For;
use crate::changes::{self, Act, LEFT, WHOLE};
use crate::circle::NONE;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::form::{Fields as Form, clean_text};
use crate::id::{Groups, Id, Posts, Users};
use crate::media::{self, Item};

/// Posts that wait for the same people.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Queue {
    House,
    Group(Id<Groups>),
}

impl Queue {
    fn looks(self) -> Looks {
        match self {
            Queue::House => Looks::House,
            Queue::Group(_) => Looks::Owners,
        }
    }

    /// As the queries below take it.
    fn group(self) -> String {
        match self {
            Queue::House => String::new(),
            Queue::Group(id) => id.to_string(),
        }
    }
}

/// SQL: posts that wait for those of `$1`, of the group `$2` where there is one, in this order and so many.
macro_rules! waiting {
    ($columns:expr, $rest:literal) => {
        concat!(
            "select ",
            $columns,
            "
      from withheld w
      join posts p on p.id = w.post_id
      join users u on u.id = p.author_id
     where w.why = $1 and ($2 = '' or p.meant = $2)
       and not exists (select 1 from withheld x where x.post_id = p.id and x.why = 'author') and ",
            there!(),
            $rest
        )
    };
}

const COUNT: &str = concat!(
    "select cast(count(*) as bigint) from (",
    waiting!("p.id", " limit 100"),
    ") few"
);

/// How many posts wait; 100 for more.
pub async fn count(connection: &mut AnyConnection, queue: Queue) -> Result<i64> {
    let (count,) = sqlx::query_as(COUNT)
        .bind(queue.looks().reasons().0)
        .bind(queue.group())
        .fetch_one(connection)
        .await?;
    Ok(count)
}

const WAITING: &str = waiting!(post::columns!(), " order by w.at, w.post_id limit 20");

/// The posts that wait longest, 20 at most, with what is in them: for those who look at them.
pub async fn waiting(app: &App, queue: Queue) -> Result<Vec<(Post, Vec<Item>)>> {
    let mut connection = app.db.read().acquire().await?;
    let posts: Vec<Post> = sqlx::query_as(WAITING)
        .bind(queue.looks().reasons().0)
        .bind(queue.group())
        .fetch_all(&mut *connection)
        .await?;
    let mut all = Vec::new();
    for mut post in posts {
        // What the others say to its author, and the name of a group, are not for these.
        post.held = Held::No;
        if queue == Queue::House {
            post.group = For(None);
        }
        let items = media::of_post(&mut connection, post.id).await?;
        all.push((post, items));
    }
    Ok(all)
}

const ONE: &str = waiting!(post::columns!(), " and p.id = $3");

/// A judgement of a post that waits.
pub struct Judgement<'a> {
    pub post: Id<Posts>,
    pub is_shown: bool,
    /// Also where it is shown already.
    pub hides: bool,
    /// To its author, where it is kept back; may be empty.
    pub words: &'a str,
}

/// Words to an author have so many characters at most.
pub const MOST_WORDS: usize = 1_000;

impl<'a> Judgement<'a> {
    /// What a body of the JSON API says of it: `outcome` is `show`, `keep` or `hide`, `words` may be left out.
    pub fn read(post: Id<Posts>, body: &'a Body) -> Result<Judgement<'a>> {
        let mut fields = body.object()?;
        let outcome = fields.text("outcome");
        let words = fields.text_or_null("words");
        if !["show", "keep", "hide"].contains(&outcome) {
            fields.refuse("outcome", "Value error, show, keep or hide", "show or keep");
        }
        fields.done()?;
        Ok(Judgement {
            post,
            is_shown: outcome == "show",
            hides: outcome == "hide",
            words: words.unwrap_or_default(),
        })
    }

    /// What a form says of it.
    pub fn of_form(post: Id<Posts>, fields: &'a Form) -> Result<Judgement<'a>> {
        let outcome = fields.text("outcome");
        if !["show", "keep", "hide"].contains(&outcome) {
            return Err(Error::NotFound);
        }
        let (is_shown, hides) = (outcome == "show", outcome == "hide");
        let words = fields.text("words");
        Ok(Judgement {
            post,
            is_shown,
            hides,
            words,
        })
    }

    /// The words as they are kept; the error says what is wrong with them.
    pub fn words(&self) -> Result<String> {
        let words = clean_text(self.words).map_err(|e| Error::Unprocessable(e.into()))?;
        match words.chars().count() > MOST_WORDS {
            false => Ok(words.trim().to_owned()),
            true => Err(Error::Unprocessable(format!(
                "Words to an author have {MOST_WORDS} characters at most."
            ))),
        }
    }
}

// Its author alone goes on seeing it, and these words.
const KEEP_BACK: &str = "
    update withheld set why = $6, by_id = $2, words = $3, at = $4 where post_id = $1 and why = $5";

/// Shows a post that waits, keeps it back, or hides one that is shown in a group; of two who decide the second hears that
/// it is done. Who wrote it.
pub async fn judge(
    app: &App,
    tx: &mut Tx,
    (by, queue): (Id<Users>, Queue),
    judgement: &Judgement<'_>,
) -> Result<Id<Users>> {
    let words = judgement.words()?;
    changes::hold(tx).await?;
    let post: Option<Post> = sqlx::query_as(ONE)
        .bind(queue.looks().reasons().0)
        .bind(queue.group())
        .bind(judgement.post)
        .fetch_optional(&mut **tx)
        .await?;
    let post = match (post, queue) {
        (Some(post), _) => post,
        (None, Queue::Group(group)) if judgement.hides => {
            return hide(app, tx, (by, group), judgement).await;
        }
        (None, _) => return Err(Error::Conflict("This post waits no more.".into())),
    };
    if post.author_id == by {
        return Err(Error::Forbidden("Nobody judges what is their own."));
    }
    let looks = queue.looks();
    match judgement.is_shown {
        true => release(app, tx, &post, looks).await?,
        false => {
            let (waited, kept) = looks.reasons();
            sqlx::query(KEEP_BACK)
                .bind(post.id)
                .bind(by)
                .bind(words)
                .bind(app.clock.now())
                .bind(waited)
                .bind(kept)
                .execute(&mut **tx)
                .await?;
            show_anew(app, tx, post.id).await?;
        }
    }
    (app.herald.waits_less)(app, tx, post.meant.group()).await?;
    Ok(post.author_id)
}

const SHOWN: &str = concat!(
    "select ",
    post::columns!(),
    "
      from posts p
      join users u on u.id = p.author_id
     where p.id = $1 and p.audience = $2 and ",
    there!()
);

const HIDE: &str = "
    insert into withheld (post_id, why, by_id, words, at, was_out) values ($1, 'owners', $2, $3, $4, 1)";

/// Takes a post out of sight that is shown in a group: its author alone goes on seeing it, and the words. Who wrote it.
async fn hide(
    app: &App,
    tx: &mut Tx,
    (by, group): (Id<Users>, Id<Groups>),
    judgement: &Judgement<'_>,
) -> Result<Id<Users>> {
    let post: Option<Post> = sqlx::query_as(SHOWN)
        .bind(judgement.post)
        .bind(group.to_string())
        .fetch_optional(&mut **tx)
        .await?;
    let post = post.ok_or_else(|| Error::Conflict("This post waits no more.".into()))?;
    if post.author_id == by {
        return Err(Error::Forbidden("Nobody judges what is their own."));
    }
    sqlx::query(HIDE)
        .bind(post.id)
        .bind(by)
        .bind(judgement.words()?)
        .bind(app.clock.now())
        .execute(&mut **tx)
        .await?;
    settle(tx, post.id).await?;
    show_anew(app, tx, post.id).await?;
    // Those who saw it and see it no more.
    let (seq, _) = changes::next(tx, app.clock.now()).await?;
    changes::record(tx, &post.change(seq, LEFT, Act::Gone)).await?;
    let hub = app.hub.clone();
    tx.after_commit(move || hub.hint(seq));
    Ok(post.author_id)
}

const LET_GO: &str = "delete from withheld where post_id = $1 and why = $2";

const DATE: &str =
    "update posts set created_at = $2, created_seq = $3, card_seq = $3 where id = $1";

/// Lets a post go that has waited for these: out, unless others look at it too. `tx` holds the feed's counter.
async fn release(app: &App, tx: &mut Tx, post: &Post, looks: Looks) -> Result<()> {
    let is_new = is_new_to_others(tx, post.id).await?;
    sqlx::query(LET_GO)
        .bind(post.id)
        .bind(looks.reasons().0)
        .execute(&mut **tx)
        .await?;
    match &*settle(tx, post.id).await? {
        NONE => show_anew(app, tx, post.id).await,
        _ if is_new => put_out_now(app, tx, post.id).await,
        _ => show_anew(app, tx, post.id).await,
    }
}

/// Open pages of those who see it show it as it is held now, or not any more.
async fn show_anew(app: &App, tx: &mut Tx, id: Id<Posts>) -> Result<()> {
    let (seq, _) = changes::next(tx, app.clock.now()).await?;
    draw_anew(tx, id, seq).await?;
    if let Some(post) = post::find(tx, id).await? {
        changes::record(tx, &post.change(seq, WHOLE, Act::Put)).await?;
    }
    let hub = app.hub.clone();
    tx.after_commit(move || hub.hint(seq));
    Ok(())
}

/// Puts a post out that nothing withholds any more and nobody has seen: now, as if it were posted in this moment, or it
/// would lie below what everybody has read. `tx` holds the feed's counter.
pub(super) async fn put_out_now(app: &App, tx: &mut Tx, id: Id<Posts>) -> Result<()> {
    let (seq, at) = changes::next(tx, app.clock.now()).await?;
    // Its words name it by its instant.
    words::forget(tx, id).await?;
    sqlx::query(DATE)
        .bind(id)
        .bind(at)
        .bind(seq)
        .execute(&mut **tx)
        .await?;
    words::begin(tx, id).await?;
    match post::find(tx, id).await? {
        Some(post) => out::tell(app, tx, seq, &post).await,
        None => Err(Error::NotFound),
    }
}
