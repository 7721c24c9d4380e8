-- What a member is told: one row for each thing of a kind that others do, brought forward when it happens again.
create table notices (
    -- Kind, subject and member: what happens again finds its row.
    id text primary key,
    user_id text not null references users (id),
    kind text not null,
    post_id text references posts (id),
    -- The comment that it is about; '' where it is about none.
    comment_id text not null default '',
    -- Who did it last.
    actor_id text not null references users (id),
    at bigint not null
);
create index notices_newest on notices (user_id, at, id);
create index notices_by_age on notices (at);
create index notices_by_actor on notices (actor_id);
create index notices_by_post on notices (post_id);
create index notices_by_comment on notices (comment_id) where comment_id <> '';

-- The newest notice that a member has looked at.
alter table users add column notices_seen_at bigint not null default 0;

-- Kinds that a member wants otherwise than at first.
create table notice_choices (
    user_id text not null references users (id),
    kind text not null,
    shown bigint not null check (shown in (0, 1)),
    primary key (user_id, kind)
);

create index follows_with_bell on follows (author_id, follower_id) where bell = 1;

-- Whether a post was liked since its counts were given out.
alter table post_counts add column liked bigint not null default 0 check (liked in (0, 1));
