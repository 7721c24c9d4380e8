//! The newest post of each author, in memory: among the few who posted last is whatever a feed of those whom one follows
//! begins with, however many they are and however long the others have been silent.

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::RwLock;
use sqlx::AnyConnection;

use crate::changes::{self, Act, WHOLE};
use crate::clock::Micros;
use crate::db::Db;
use crate::error::Result;
use crate::id::{Id, Users};

/// An author, and an instant after which they have posted nothing. What is gone meanwhile, or not for everybody, counts
/// too.
#[derive(Clone, Copy, Debug)]
pub struct Head {
    pub at: Micros,
    pub author: Id<Users>,
}

/// One for the process; 40 bytes an author.
#[derive(Clone)]
pub struct Heads(Arc<Inner>);

struct Inner {
    db: Db,
    read: RwLock<Option<Read>>,
    is_reading: AtomicBool,
}

struct Read {
    /// The number of the last change that is in it.
    upto: i64,
    newest: HashMap<Id<Users>, Micros>,
}

/// Somebody who was away for longer reads them anew; the log keeps more.
const MOST_MISSED: i64 = 10_000;

const ALL: &str = "select author_id, max(created_at) from posts group by author_id";

const OF_ONE: &str = "
    select created_at from posts where author_id = $1 order by created_at desc limit 1";

impl Heads {
    pub fn new(db: Db) -> Heads {
        Heads(Arc::new(Inner {
            db,
            read: RwLock::default(),
            is_reading: AtomicBool::new(false),
        }))
    }

    /// The heads of these authors as of a change, or a later one: so many of the newest at most, the newest first. Who
    /// never posted has none. Nothing as long as they are still being read.
    pub async fn of(
        &self,
        authors: impl Iterator<Item = Id<Users>>,
        (as_of, most): (i64, usize),
    ) -> Result<Option<Vec<Head>>> {
        if !self.bring_to(as_of).await? {
            return Ok(None);
        }
        let read = self.0.read.read();
        let Some(read) = &*read else { return Ok(None) };
        let head = |author| {
            let at = *read.newest.get(&author)?;
            Some(Head { at, author })
        };
        let mut heads: Vec<Head> = authors.filter_map(head).collect();
        if heads.len() > most {
            heads.select_nth_unstable_by_key(most, |head| Reverse(head.at));
            heads.truncate(most);
        }
        heads.sort_unstable_by_key(|head| Reverse(head.at));
        Ok(Some(heads))
    }

    /// Takes in what has changed; false when there is nothing to take it into.
    async fn bring_to(&self, as_of: i64) -> Result<bool> {
        let upto = self.0.read.read().as_ref().map(|read| read.upto);
        let Some(upto) = upto.filter(|upto| as_of - upto <= MOST_MISSED) else {
            self.read_soon();
            return Ok(false);
        };
        if as_of <= upto {
            return Ok(true);
        }
        let Some(missed) = changes::between(&self.0.db, upto, as_of).await? else {
            self.read_soon();
            return Ok(false);
        };
        let posted = missed
            .iter()
            .filter(|change| change.part == WHOLE && change.act == Act::Put);
        let authors: HashSet<Id<Users>> = posted.map(|change| change.about.author).collect();
        let mut heads = Vec::with_capacity(authors.len());
        if !authors.is_empty() {
            let mut connection = self.0.db.read().acquire().await?;
            for author in authors {
                heads.extend(newest_of(&mut connection, author).await?);
            }
        }
        if let Some(read) = &mut *self.0.read.write() {
            for Head { at, author } in heads {
                let known = read.newest.entry(author).or_insert(at);
                *known = at.max(*known);
            }
            // Another reader may have come further meanwhile.
            read.upto = read.upto.max(as_of);
        }
        Ok(true)
    }

    /// Reads them all, beside whatever else goes on, unless that is under way.
    fn read_soon(&self) {
        if self.0.is_reading.swap(true, Ordering::AcqRel) {
            return;
        }
        let heads = self.clone();
        tokio::spawn(async move {
            if let Err(error) = heads.read_all().await {
                tracing::warn!(%error, "the newest posts of authors could not be read; trying again");
            }
            heads.0.is_reading.store(false, Ordering::Release);
        });
    }

    async fn read_all(&self) -> Result<()> {
        // What is posted meanwhile is taken in again.
        let upto = changes::counter(&self.0.db).await?.seq;
        let rows: Vec<(Id<Users>, Micros)> =
            sqlx::query_as(ALL).fetch_all(self.0.db.read()).await?;
        let newest = rows.into_iter().collect();
        *self.0.read.write() = Some(Read { upto, newest });
        Ok(())
    }
}

async fn newest_of(connection: &mut AnyConnection, author: Id<Users>) -> Result<Option<Head>> {
    let at: Option<(Micros,)> = sqlx::query_as(OF_ONE)
        .bind(author)
        .fetch_optional(connection)
        .await?;
    Ok(at.map(|(at,)| Head { at, author }))
}
