-- Its author may close a post to comments.
alter table posts add column comments_closed bigint not null default 0 check (comments_closed in (0, 1));

-- Two levels: an answer stands under the comment that began (`root_id`), and names whom it answers (`parent_id`).
create table comments (
    id text primary key,
    post_id text not null references posts (id),
    -- Nobody once it was taken back and only holds the place of its answers.
    author_id text references users (id),
    root_id text not null default '',
    parent_id text not null default '',
    body text not null,
    -- Answers under it.
    replies bigint not null default 0,
    created_at bigint not null unique,
    edited_at bigint,
    removed_at bigint,
    -- The form's own: sent twice, it makes one comment.
    idempotency_key text not null,
    unique (author_id, idempotency_key)
);
create index comments_by_post on comments (post_id, root_id, created_at, id);
create index comments_by_author on comments (author_id, created_at, id);
