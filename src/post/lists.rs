//! The lists of the feed as queries: `$1` is where one begins, `$2` the reader.

use super::filter::columns;
use super::visible::{bearable, findable, there, visible, wanted};

/// The newest posts of all, 501 at most.
pub const NEWEST: &str = concat!(
    "select ",
    columns!(),
    "
      from posts p
      join users u on u.id = p.author_id
     where ",
    there!(),
    "
     order by p.created_at desc
     limit 501"
);

/// The newest of a window of the whole feed that the reader wants: exact where enough of it is for them.
macro_rules! of_window {
    ($most:literal) => {
        concat!(
            "select ",
            columns!(),
            "
      from (select * from posts where created_at < $1 order by created_at desc limit 500) p
      join users u on u.id = p.author_id
     where ",
            wanted!(),
            "
     order by p.created_at desc
     limit ",
            $most
        )
    };
}

/// The newest of each audience of the reader, put together: exact whatever share of the feed is for them.
macro_rules! of_audiences {
    ($most:literal, $before_last:literal) => {
        concat!(
            "with mine as (
           select '' as audience
           union all
           select a.group_id from group_members a where a.user_id = $2 and a.home = 1
       ),
       newest as (
           select q.id
             from mine
             join posts q on q.audience = mine.audience and q.created_at < $1
              and q.created_at >= coalesce(
                  (select x.created_at from posts x
                    where x.audience = mine.audience and x.created_at < $1
                      and not exists (select 1 from ties t where t.user_id = $2 and t.other_id = x.author_id)
                      and not exists (select 1 from users h where h.id = x.author_id and h.hidden_at is not null)
                      and ",
            bearable!("x"),
            "
                    order by x.created_at desc limit 1 offset ",
            $before_last,
            "), 0)
           union
           select q.id
             from follows f
             join posts q on q.author_id = f.author_id and q.audience = 'followers' and q.created_at < $1
              and q.created_at >= coalesce(
                  (select x.created_at from posts x
                    where x.author_id = f.author_id and x.audience = 'followers' and x.created_at < $1
                      and ",
            bearable!("x"),
            "
                    order by x.created_at desc limit 1 offset ",
            $before_last,
            "), 0)
            where f.follower_id = $2
           union
           select q.id from (
               select id from posts where author_id = $2 and audience <> 'gone' and created_at < $1
                order by created_at desc limit ",
            $most,
            ") q
       )
       select ",
            columns!(),
            "
         from newest n
         join posts p on p.id = n.id
         join users u on u.id = p.author_id
        where ",
            wanted!(),
            "
        order by p.created_at desc
        limit ",
            $most
        )
    };
}

/// The same of a window, but of those whom the reader follows, and of themselves.
macro_rules! followed_of_window {
    ($most:literal) => {
        concat!(
            "select ",
            columns!(),
            "
      from (select * from posts where created_at < $1 order by created_at desc limit 500) p
      join users u on u.id = p.author_id
     where ",
            wanted!(),
            "
       and (p.author_id = $2
            or exists (select 1 from follows f where f.follower_id = $2 and f.author_id = p.author_id))
     order by p.created_at desc
     limit ",
            $most
        )
    };
}

/// SQL: of somebody whom the reader follows, or their own, this post `$q` belongs in their feed.
macro_rules! belongs {
    ($q:literal) => {
        concat!(
            "(",
            $q,
            ".audience in ('', 'followers') or (",
            $q,
            ".author_id = $2 and ",
            $q,
            ".audience <> 'gone')
                           or exists (select 1 from group_members a where a.user_id = $2 and a.home = 1 and a.group_id = ",
            $q,
            ".audience))
                      and ",
            bearable!($q)
        )
    };
}

/// The newest that these authors have posted, whom the reader follows and does not keep away from.
macro_rules! newest_of {
    ($heads:expr, $most:literal, $before_last:literal) => {
        concat!(
            "with heads as (",
            $heads,
            "),
       newest as (
           select q.id
             from heads h
             join posts q on q.author_id = h.author_id and q.created_at < $1
              and q.created_at >= coalesce(
                  (select x.created_at from posts x
                    where x.author_id = h.author_id and x.created_at < $1
                      and ",
            belongs!("x"),
            "
                    order by x.created_at desc limit 1 offset ",
            $before_last,
            "), 0)
            where ",
            belongs!("q"),
            "
            order by q.created_at desc
            limit ",
            $most,
            "
       )
       select ",
            columns!(),
            "
         from newest n
         join posts p on p.id = n.id
         join users u on u.id = p.author_id
        where ",
            wanted!(),
            "
        order by p.created_at desc
        limit ",
            $most
        )
    };
}

/// The 21 authors whose newest is newest: among theirs are all that a page shows.
macro_rules! heads {
    ($most:literal) => {
        concat!(
            "
           select h.author_id, coalesce(
                  (select q.created_at from posts q
                    where q.author_id = h.author_id and q.created_at < $1
                      and ",
            belongs!("q"),
            "
                    order by q.created_at desc limit 1), 0) as head
             from (select f.author_id from follows f where f.follower_id = $2
                   union all
                   select id from users where id = $2) h
             join users v on v.id = h.author_id and v.hidden_at is null
            where not exists (select 1 from ties t where t.user_id = $2 and t.other_id = h.author_id)
            order by 2 desc
            limit ",
            $most,
            "
       "
        )
    };
}

/// SQL: the newest before `$1` of which this column is `$3`, and that meet this condition.
macro_rules! of_one {
    ($column:literal, $condition:expr, $most:literal) => {
        concat!(
            "select ",
            columns!(),
            "
      from posts p
      join users u on u.id = p.author_id
     where ",
            $column,
            " = $3 and p.created_at < $1
       and ",
            $condition,
            "
     order by p.created_at desc
     limit ",
            $most
        )
    };
}

/// SQL: what is for one group, `$3`.
macro_rules! of_group {
    ($most:literal) => {
        of_one!("p.audience", findable!(), $most)
    };
}

/// SQL: one member's posts that the reader may see.
macro_rules! of_author {
    ($most:literal) => {
        of_one!("p.author_id", visible!(), $most)
    };
}

/// Each for a page of 20 and for one of 200, and one more. Exact where the reader wants much of the newest 500.
pub const EVERYONE: [&str; 2] = [of_window!("21"), of_window!("201")];
/// The same, exact whatever share of the feed is for them.
pub const EVERYONE_SPARSE: [&str; 2] = [of_audiences!("21", "20"), of_audiences!("201", "200")];
/// Of those whom the reader follows, and their own.
pub const FOLLOWED: [&str; 2] = [followed_of_window!("21"), followed_of_window!("201")];
/// The same, exact whatever share of the feed is by them.
pub const FOLLOWED_SPARSE: [&str; 2] = [
    newest_of!(heads!("21"), "21", "20"),
    newest_of!(heads!("201"), "201", "200"),
];
/// So many authors are asked for at a time.
pub const THESE: usize = 64;
/// Of these authors, `$3` to `$66`.
pub const OF_THESE: &str = newest_of!(
    "select h.id as author_id from users h
            where h.hidden_at is null
              and not exists (select 1 from ties t where t.user_id = $2 and t.other_id = h.id)
              and h.id in ($3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24,
                         $25, $26, $27, $28, $29, $30, $31, $32, $33, $34, $35, $36, $37, $38, $39, $40, $41, $42, $43, $44,
                         $45, $46, $47, $48, $49, $50, $51, $52, $53, $54, $55, $56, $57, $58, $59, $60, $61, $62, $63, $64,
                         $65, $66)",
    "21",
    "20"
);
/// One member's, `$3`.
pub const OF_AUTHOR: [&str; 2] = [of_author!("21"), of_author!("201")];
/// What is for one group, `$3`.
pub const OF_GROUP: [&str; 2] = [of_group!("21"), of_group!("201")];
