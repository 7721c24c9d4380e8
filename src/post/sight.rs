//! How much of one post somebody gets to see: a function of all that a reader and a post can be to each other
//! (docs/decisions/0041 has it as a table). What lists show follows from the same, said in SQL in `visible.rs`, and what is
//! in memory in `circle.rs`; tests hold the three against each other.

use sqlx::AnyConnection;

use super::guests;
use super::visible::reader;
use crate::auth::{Asker, Asks};
use crate::circle::{EVERYONE, FOLLOWERS, GONE, NONE};
use crate::error::{Error, Result};
use crate::id::{Id, Posts, Users};
use crate::media::Shown;
use crate::office::Office;

/// How much of a post is shown.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Sight {
    /// As if there were none.
    Nothing,
    /// Nothing, but for the pictures on a page of those who look first, or judge.
    Desk,
    /// Pictures and words, without what others said and who liked it.
    Picture,
    /// Their own, which nobody else sees for a reason that they are told.
    Own,
    /// All of it.
    Whole,
}

impl Sight {
    /// There is something to show.
    pub fn sees(self) -> bool {
        !matches!(self, Sight::Nothing | Sight::Desk)
    }

    /// May like it and say something to it, and is told of what others do.
    pub fn takes_part(self) -> bool {
        self == Sight::Whole
    }

    /// Reads what was said to it.
    pub fn reads_talk(self) -> bool {
        matches!(self, Sight::Whole | Sight::Own)
    }
}

/// Why a post is not shown to those for whom it was meant.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Withheld {
    No,
    /// Until somebody has looked at it.
    Waits,
    /// For a reason that may end.
    Held,
    /// Its author or the house took it away for good.
    Gone,
}

/// Whom a post was meant for, as far as it concerns a reader.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Meets {
    Everyone,
    /// Some, of whom the reader is one.
    Inside,
    Outside,
}

/// A post, whoever reads.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Facts {
    pub withheld: Withheld,
    /// Its author is out of sight.
    pub is_authors_away: bool,
    /// Its author lets strangers see it.
    pub is_open: bool,
}

/// Who asks, and what they are to the post.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Reader {
    /// Nobody known. `window`: the place shows strangers what is open.
    Stranger {
        window: bool,
        meets: Meets,
    },
    /// Somebody without an account; `holds`: by a link that shows them this post.
    Guest {
        holds: bool,
    },
    Author {
        meets: Meets,
    },
    /// `tied`: one of the two has blocked the other. `looks_after`: in the office, as they use it now, for which it waits.
    /// `judges`: in an office, and there is a case about it that they may see.
    Member {
        tied: bool,
        looks_after: bool,
        judges: bool,
        meets: Meets,
    },
}

/// The rule. The first line that fits decides.
pub fn sight(post: Facts, reader: Reader) -> Sight {
    let is_shown = post.withheld == Withheld::No && !post.is_authors_away;
    match reader {
        Reader::Author { meets } => match (post.withheld, meets) {
            (Withheld::Gone, _) => Sight::Nothing,
            (Withheld::Held | Withheld::Waits, _) => Sight::Own,
            (Withheld::No, Meets::Outside) => Sight::Picture,
            (Withheld::No, Meets::Everyone | Meets::Inside) => Sight::Whole,
        },
        // An office is not blocked, and judges what its own group would not be asked about.
        Reader::Member {
            looks_after: true, ..
        } if post.withheld == Withheld::Waits && !post.is_authors_away => Sight::Desk,
        Reader::Member { tied, meets, .. } if is_shown && !tied && meets != Meets::Outside => {
            Sight::Whole
        }
        Reader::Member { judges: true, .. } if post.withheld != Withheld::Gone => Sight::Desk,
        _ if !is_shown => Sight::Nothing,
        Reader::Member { .. } => Sight::Nothing,
        Reader::Guest { holds: true } => Sight::Picture,
        Reader::Guest { holds: false } => Sight::Nothing,
        Reader::Stranger { window, meets } => {
            match window && post.is_open && meets == Meets::Everyone {
                true => Sight::Picture,
                false => Sight::Nothing,
            }
        }
    }
}

#[derive(sqlx::FromRow)]
struct Row {
    author_id: Id<Users>,
    audience: String,
    meant: String,
    away: i64,
    inside: i64,
    tied: i64,
    waits: i64,
    waits_in_group: i64,
    owns: i64,
    in_case: i64,
    by_officer: i64,
}

const FACTS: &str = "
    select p.author_id, p.audience, p.meant,
           cast(case when u.hidden_at is null then 0 else 1 end as bigint) as away,
           cast(case when p.meant = 'followers'
                     then coalesce((select 1 from follows f where f.follower_id = $2 and f.author_id = p.author_id), 0)
                     else coalesce((select 1 from group_members m where m.group_id = p.meant and m.user_id = $2), 0)
                end as bigint) as inside,
           cast(coalesce((select 1 from withheld w where w.post_id = p.id and w.why = 'review'
                            and not exists (select 1 from withheld x where x.post_id = p.id and x.why = 'author')), 0)
                as bigint) as waits,
           cast(coalesce((select 1 from withheld w where w.post_id = p.id and w.why = 'group'
                            and not exists (select 1 from withheld x where x.post_id = p.id and x.why = 'author')), 0)
                as bigint) as waits_in_group,
           cast(coalesce((select 1 from group_members m
                           where m.group_id = p.meant and m.user_id = $2 and m.office = 'owner'), 0) as bigint) as owns,
           cast(case when exists (select 1 from cases c where c.kind = 'post' and c.subject = p.id and c.state = 'open')
                       or exists (select 1 from withheld w where w.post_id = p.id and w.case_id is not null)
                     then 1 else 0 end as bigint) as in_case,
           cast(case when u.is_admin = 1 or u.is_moderator = 1 then 1 else 0 end as bigint) as by_officer,
           cast(coalesce((select 1 from ties t
                           where t.user_id = $2 and t.other_id = p.author_id and t.why in ('block', 'blocked') limit 1), 0)
                as bigint) as tied
      from posts p
      join users u on u.id = p.author_id
     where p.id = $1";

/// How much of a post a member gets to see, or a stranger. Offices count on their own pages alone.
pub async fn of(
    connection: &mut AnyConnection,
    member: Option<Id<Users>>,
    id: Id<Posts>,
) -> Result<Sight> {
    let asks = member.map_or(Asks::Stranger, |member| {
        let office = Office::Member;
        Asks::Member(Asker { member, office })
    });
    Ok(to(connection, asks, id).await?.0)
}

/// How much of a post somebody sees, and its audience.
async fn to(connection: &mut AnyConnection, asks: Asks, id: Id<Posts>) -> Result<(Sight, String)> {
    let asker = match asks {
        Asks::Member(asker) => Some(asker),
        Asks::Stranger | Asks::Guest(_) => None,
    };
    let member = asker.map(|asker| asker.member);
    let row: Option<Row> = sqlx::query_as(FACTS)
        .bind(id)
        .bind(reader(member))
        .fetch_optional(&mut *connection)
        .await?;
    let Some(row) = row else {
        return Ok((Sight::Nothing, GONE.to_owned()));
    };
    let post = Facts {
        withheld: match row.audience.as_str() {
            GONE => Withheld::Gone,
            NONE if row.waits + row.waits_in_group > 0 => Withheld::Waits,
            NONE => Withheld::Held,
            _ => Withheld::No,
        },
        is_authors_away: row.away == 1,
        // Whoever has a picture's address may see what is for everybody here, as in the application before.
        is_open: true,
    };
    let is_own = member == Some(row.author_id);
    let meets = match (row.meant.as_str(), row.inside) {
        (EVERYONE, _) => Meets::Everyone,
        (FOLLOWERS, _) if is_own => Meets::Inside,
        (_, 1) => Meets::Inside,
        _ => Meets::Outside,
    };
    let tied = row.tied == 1;
    let is_officer = asker.is_some_and(|asker| asker.office >= Office::Moderator);
    // A case about somebody who looks after the place only administrators see.
    let judges = row.in_case == 1
        && asker.is_some_and(|asker| {
            asker.office >= Office::Moderator
                && (row.by_officer == 0 || asker.office == Office::Administrator)
        });
    // Each desk looks at what waits for it.
    let looks_after = (is_officer && row.waits == 1) || (row.owns == 1 && row.waits_in_group == 1);
    let reader = match member {
        None => match asks {
            Asks::Guest(guest) => Reader::Guest {
                // What is for a group is shown to no guest.
                holds: matches!(row.meant.as_str(), EVERYONE | FOLLOWERS)
                    && guests::holds(connection, (guest.link, id), guest.now).await?,
            },
            _ => Reader::Stranger {
                window: true,
                meets,
            },
        },
        Some(_) if is_own => Reader::Author { meets },
        Some(_) => Reader::Member {
            tied,
            looks_after,
            judges,
            meets,
        },
    };
    Ok((sight(post, reader), row.audience))
}

/// Whether `viewer`, or a stranger, may see this post.
pub async fn see(
    connection: &mut AnyConnection,
    viewer: Option<Id<Users>>,
    id: Id<Posts>,
) -> Result<bool> {
    Ok(of(connection, viewer, id).await?.sees())
}

/// Whether somebody gets the pictures of a post; who looks at it first gets also those that wait for them.
pub async fn shows_pictures(
    connection: &mut AnyConnection,
    asks: Asks,
    id: Id<Posts>,
) -> Result<Shown> {
    let (sight, audience) = to(connection, asks, id).await?;
    Ok(match (sight, audience.as_str()) {
        (Sight::Nothing, _) => Shown::No,
        (_, EVERYONE) => Shown::ToAll,
        _ => Shown::ToSome,
    })
}

/// A member may answer to a post: like it, or say something. The error says why not.
pub async fn require_part(
    connection: &mut AnyConnection,
    member: Id<Users>,
    id: Id<Posts>,
) -> Result<()> {
    match of(connection, Some(member), id).await? {
        sight if sight.takes_part() => Ok(()),
        sight if !sight.sees() => Err(Error::NotFound),
        _ => Err(Error::Conflict(
            "Nobody else sees this post now, so nobody can answer to it.".into(),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MEETS: [Meets; 3] = [Meets::Everyone, Meets::Inside, Meets::Outside];

    /// All that a post can be to whoever asks.
    fn readers() -> Vec<Reader> {
        let mut readers = Vec::new();
        for meets in MEETS {
            readers.push(Reader::Author { meets });
            for holds in [false, true] {
                readers.push(Reader::Guest { holds });
            }
            for yes in [false, true] {
                readers.push(Reader::Stranger { window: yes, meets });
                for (looks_after, judges) in
                    [(false, false), (false, true), (true, false), (true, true)]
                {
                    readers.push(Reader::Member {
                        tied: yes,
                        looks_after,
                        judges,
                        meets,
                    });
                }
            }
        }
        readers
    }

    fn facts() -> Vec<Facts> {
        let mut all = Vec::new();
        use Withheld::{Gone, Held, No, Waits};
        for withheld in [No, Waits, Held, Gone] {
            for away in [false, true] {
                for open in [false, true] {
                    all.push(Facts {
                        withheld,
                        is_authors_away: away,
                        is_open: open,
                    });
                }
            }
        }
        all
    }

    /// The table of docs/decisions/0041, written down another way: what each reader gets at most, and what takes it away.
    fn expected(post: Facts, reader: Reader) -> Sight {
        let others_see = post.withheld == Withheld::No && !post.is_authors_away;
        let (most, gets) = match reader {
            Reader::Guest { holds } => (Sight::Picture, others_see && holds),
            Reader::Stranger { window, meets } => {
                let is_open = post.is_open && meets == Meets::Everyone;
                (Sight::Picture, others_see && window && is_open)
            }
            Reader::Member {
                tied,
                looks_after,
                judges,
                meets,
            } => match others_see && !tied && meets != Meets::Outside {
                true => (Sight::Whole, true),
                false => {
                    let waits = post.withheld == Withheld::Waits && !post.is_authors_away;
                    let is_judged = judges && post.withheld != Withheld::Gone;
                    (Sight::Desk, (looks_after && waits) || is_judged)
                }
            },
            Reader::Author { meets } => match (post.withheld, meets) {
                (Withheld::Held | Withheld::Waits, _) => (Sight::Own, true),
                (_, Meets::Outside) => (Sight::Picture, post.withheld == Withheld::No),
                _ => (Sight::Whole, post.withheld == Withheld::No),
            },
        };
        if gets { most } else { Sight::Nothing }
    }

    #[test]
    fn every_state_has_the_sight_that_the_table_says() {
        let mut walked = 0;
        for post in facts() {
            for reader in readers() {
                let found = sight(post, reader);
                assert_eq!(found, expected(post, reader), "{post:?} {reader:?}");
                walked += 1;
            }
        }
        assert_eq!(walked, 16 * 39);
    }

    #[test]
    fn who_sees_little_takes_no_part() {
        for (sight, sees, part, talk) in [
            (Sight::Nothing, false, false, false),
            (Sight::Desk, false, false, false),
            (Sight::Picture, true, false, false),
            (Sight::Own, true, false, true),
            (Sight::Whole, true, true, true),
        ] {
            let found = (sight.sees(), sight.takes_part(), sight.reads_talk());
            assert_eq!(found, (sees, part, talk), "{sight:?}");
        }
    }
}
