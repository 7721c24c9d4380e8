//! What changed between two numbers, as frames: the one answer to "what is new" for the publisher and
//! for a reader who was away. State, not messages: it can never show what was deleted.

use super::card;
use crate::app::App;
use crate::error::Result;
use crate::id::{Id, Posts};
use crate::live::{Frame, Replayed};

/// Beyond this many changes a page is loaded anew.
const MOST: usize = 200;

const NEW: &str = "
    select id, created_seq as seq from posts
     where created_seq > $1 and created_seq <= $2
     order by created_seq
     limit $3";

const EDITED: &str = "
    select id, edited_seq as seq from posts
     where edited_seq > $1 and edited_seq <= $2 and created_seq <= $1
     order by edited_seq
     limit $3";

const GONE: &str = "
    select post_id as id, seq from tombstones
     where seq > $1 and seq <= $2
     order by seq
     limit $3";

type Row = (Id<Posts>, i64);

pub async fn replay(app: &App, after: i64, upto: i64) -> Result<Replayed> {
    let rows = async |query: &'static str| -> Result<Vec<Row>> {
        let query = sqlx::query_as(query)
            .bind(after)
            .bind(upto)
            .bind(MOST as i64 + 1);
        Ok(query.fetch_all(app.db.read()).await?)
    };
    let (new, edited, gone) = (rows(NEW).await?, rows(EDITED).await?, rows(GONE).await?);
    if new.len() + edited.len() + gone.len() > MOST {
        return Ok(Replayed::TooMany);
    }
    let mut frames = Vec::with_capacity(new.len() + edited.len() + gone.len());
    for (id, seq) in new {
        if let Some((k, html)) = card::current(app, id).await? {
            frames.push(Frame::put(seq, id, &k, &html));
        }
    }
    for (id, seq) in edited {
        if let Some(html) = card::words(app, id).await? {
            frames.push(Frame::fill(seq, id, "text", &html));
        }
    }
    frames.extend(gone.into_iter().map(|(id, seq)| Frame::gone(seq, id)));
    frames.sort_by_key(|frame| frame.seq);
    Ok(Replayed::Frames(frames))
}
