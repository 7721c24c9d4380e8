-- Links by which somebody without an account sees one post.
create table guest_links (
    id text primary key,
    post_id text not null references posts (id),
    by_id text not null references users (id),
    -- For whom, in the words of who made it.
    note text not null default '',
    password_hash text,
    expires_at bigint not null,
    revoked_at bigint,
    -- How often it was opened, a minute apart at least.
    visits bigint not null default 0,
    visited_at bigint,
    created_at bigint not null
);
create index guest_links_by_post on guest_links (post_id, created_at);
create index guest_links_by_member on guest_links (by_id, created_at);
create index guest_links_by_end on guest_links (expires_at);
