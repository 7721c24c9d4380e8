-- Posts that are being written. The id becomes the post's idempotency key.
create table drafts (
    id text primary key,
    owner_id text not null references users (id) on delete cascade,
    caption text not null,
    -- It goes out by itself when its last file is ready.
    post_when_ready bigint not null default 0 check (post_when_ready in (0, 1)),
    updated_at bigint not null
);
create index drafts_by_owner on drafts (owner_id, updated_at);
create index drafts_by_age on drafts (updated_at);

-- Their files, in order. One that is on its way has an upload, one that was taken in has a row in media.
create table draft_items (
    draft_id text not null references drafts (id) on delete cascade,
    position bigint not null,
    alt text not null,
    focus text not null,
    upload_id text,
    media_id text unique references media (id) on delete cascade,
    primary key (draft_id, position)
);

-- Deleted by its author, who may bring it back for some seconds; nobody sees it.
alter table posts add column withdrawn_at bigint;

-- A sentence about oneself.
alter table users add column about text not null default '';
