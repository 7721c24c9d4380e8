-- Who sees what. `meant` is whom the author wants to show a post to, `withheld` why it is shown to fewer, and
-- `audience` what follows from both: '' is everybody here, 'followers' its author's followers, 'none' its author alone,
-- 'gone' nobody.
alter table posts add column meant text not null default '';
create table withheld (
    post_id text not null references posts (id),
    why text not null check (why in ('review', 'house', 'person', 'author', 'removed', 'erased', 'deleted')),
    -- Of a decision: the case, who made it, their words and how long it holds.
    case_id text,
    by_id text,
    words text not null default '',
    at bigint not null,
    until bigint,
    primary key (post_id, why)
);
create index withheld_by_why on withheld (why, at, post_id);
update posts set meant = audience;
insert into withheld (post_id, why, by_id, at)
select id, 'deleted', author_id, withdrawn_at from posts where withdrawn_at is not null;
update posts set audience = 'gone' where withdrawn_at is not null;
alter table posts drop column withdrawn_at;

-- One post an instant: a list names a post by it. What came from elsewhere may share one, and moves on by microseconds.
create table moved (id text primary key, at bigint not null);
insert into moved (id, at)
select id, n + max(created_at - n) over (order by n)
  from (select id, created_at, row_number() over (order by created_at, id) as n from posts) numbered;
update posts set created_at = (select m.at from moved m where m.id = posts.id)
 where exists (select 1 from moved m where m.id = posts.id and m.at <> posts.created_at);
drop table moved;
update feed_clock
   set last_at = (select max(created_at) from posts)
 where last_at < (select max(created_at) from posts);
drop index posts_feed;
create unique index posts_at on posts (created_at);
drop index posts_by_author;
create index posts_by_author on posts (author_id, created_at, id, audience);
create index posts_by_audience on posts (audience, created_at, id, author_id);

-- Some of those here: a group. Who follows the author of a post for 'followers' stands in `follows` alone.
create table audiences (
    id text primary key,
    kind text not null check (kind in ('group')),
    owner_id text not null references users (id),
    name text not null,
    created_at bigint not null
);
create index audiences_by_owner on audiences (owner_id, kind);
create table audience_members (
    audience text not null references audiences (id),
    user_id text not null references users (id),
    primary key (audience, user_id)
);
create index audience_members_by_user on audience_members (user_id, audience);

-- Who keeps away from whom; a block is two rows, one each way.
create table ties (
    user_id text not null references users (id),
    other_id text not null references users (id),
    why text not null check (why in ('block', 'blocked', 'mute')),
    created_at bigint not null,
    primary key (user_id, other_id, why)
);
create index ties_by_other on ties (other_id);

-- Who follows whom.
create table follows (
    follower_id text not null references users (id),
    author_id text not null references users (id),
    created_at bigint not null,
    -- Wants to hear of each post.
    bell bigint not null default 0 check (bell in (0, 1)),
    primary key (follower_id, author_id)
);
create index follows_by_author on follows (author_id, follower_id);

-- Raised with every audience, tie or follow of theirs: what was read of them stands as long as it is the same.
alter table users add column circle bigint not null default 0;
