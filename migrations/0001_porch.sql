-- The dialect that SQLite and PostgreSQL share (ARCHITECTURE.md): ids and enums are text, instants
-- are bigint Unix microseconds, flags are bigint 0 or 1.

create table site (
    id bigint primary key check (id = 1),
    name text not null,
    created_at bigint not null
);

-- One row, the ground of the live feed: the number of the newest change, handed out under this row's
-- lock so that numbers become visible in commit order, and the newest post's instant.
create table feed_clock (
    id bigint primary key check (id = 1),
    -- Names this installation, for the media folder to remember.
    installation text not null,
    -- New whenever numbers start over.
    epoch text not null,
    seq bigint not null,
    last_at bigint not null,
    -- Changes up to this number may have been forgotten (swept tombstones).
    forgotten bigint not null
);

create table users (
    id text primary key,
    email text not null unique,
    email_lower text not null unique,
    handle text not null unique,
    name text not null,
    password_hash text not null,
    face text,
    is_admin bigint not null default 0 check (is_admin in (0, 1)),
    -- Raised to end every session at once.
    session_epoch bigint not null default 0,
    -- Raised when something shown on this member's cards changes.
    card_version bigint not null default 0,
    created_at bigint not null
);
create index users_admins on users (is_admin) where is_admin = 1;

create table sessions (
    id text primary key,
    user_id text not null references users (id) on delete cascade,
    created_at bigint not null,
    expires_at bigint not null,
    user_agent text not null
);
create index sessions_by_user on sessions (user_id);
create index sessions_by_expiry on sessions (expires_at);

create table posts (
    id text primary key,
    author_id text not null references users (id) on delete cascade,
    caption text not null,
    created_at bigint not null,
    edited_at bigint,
    created_seq bigint not null unique,
    edited_seq bigint unique,
    idempotency_key text not null,
    unique (author_id, idempotency_key)
);
-- The feed: (created_at, id) < cursor, newest first.
create unique index posts_feed on posts (created_at, id);
-- One member's posts.
create index posts_by_author on posts (author_id, created_at, id);

create table tombstones (
    post_id text primary key,
    seq bigint not null unique,
    deleted_at bigint not null
);
create index tombstones_by_age on tombstones (deleted_at);

create table media (
    id text primary key,
    key text not null unique,
    owner_id text not null references users (id) on delete cascade,
    purpose text not null check (purpose in ('post', 'face')),
    post_id text references posts (id) on delete cascade,
    position bigint not null default 0,
    format text not null,
    width bigint not null,
    height bigint not null,
    frames bigint not null,
    duration_ms bigint not null,
    bytes bigint not null,
    -- The format of the smaller upright copy that is served, when there is one.
    master text,
    alt text not null default '',
    file_name text not null,
    created_at bigint not null
);
create index media_by_post on media (post_id, position);
create index media_by_owner on media (owner_id);
-- Chosen in a composer, not posted yet.
create index media_staged on media (created_at) where post_id is null and purpose = 'post';

-- Files whose row is gone and which still have to go.
create table media_gc (
    key text primary key,
    queued_at bigint not null
);

-- What was typed into a form whose session had ended, for its author alone, for an hour.
create table kept_forms (
    id text primary key,
    user_id text not null references users (id) on delete cascade,
    path text not null,
    fields text not null,
    created_at bigint not null
);
create index kept_forms_by_age on kept_forms (created_at);
