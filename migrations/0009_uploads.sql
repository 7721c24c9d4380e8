-- Files that come in pieces. The row says how much of a file is safe; the file may be longer, never shorter.
create table uploads (
    id text primary key,
    owner_id text not null references users (id) on delete cascade,
    -- The draft that it goes to.
    draft_id text not null,
    name text not null,
    bytes bigint not null,
    received bigint not null default 0,
    -- By this its sender knows the same file again.
    known_by text not null,
    state text not null check (state in ('open', 'taking', 'refused', 'taken')),
    -- Why it is refused, in words for its sender.
    reason text not null default '',
    -- What has become of it.
    media_id text,
    created_at bigint not null,
    touched_at bigint not null
);
create index uploads_by_owner on uploads (owner_id, touched_at);
create index uploads_by_age on uploads (touched_at);
