-- Those who ask to be asked before somebody follows them.
alter table users add column asks_followers bigint not null default 0 check (asks_followers in (0, 1));
create table follow_requests (
    author_id text not null references users (id),
    follower_id text not null references users (id),
    created_at bigint not null,
    primary key (author_id, follower_id)
);
create index follow_requests_by_follower on follow_requests (follower_id);

-- What is counted of a member.
create table user_counts (
    user_id text primary key references users (id),
    followers bigint not null default 0,
    following bigint not null default 0
);

-- Whom a draft is meant for.
alter table drafts add column audience text not null default '';
