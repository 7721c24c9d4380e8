create table likes (
    post_id text not null references posts (id),
    user_id text not null references users (id),
    created_at bigint not null,
    primary key (post_id, user_id)
);
create index likes_by_user on likes (user_id, created_at, post_id);

-- What is counted of a post. Open pages hear of those that have changed (`dirty`) at most once a second, all of them
-- under one number (`seq`).
create table post_counts (
    post_id text primary key references posts (id),
    likes bigint not null default 0,
    comments bigint not null default 0,
    -- Who liked it last.
    liker_id text,
    dirty bigint not null default 0 check (dirty in (0, 1)),
    seq bigint not null default 0
);
create index post_counts_dirty on post_counts (post_id) where dirty = 1;
create index post_counts_by_seq on post_counts (seq);
