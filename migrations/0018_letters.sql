-- Letters about notices: what a member wants, and what waits for them.
create table outboxes (
    user_id text primary key references users (id),
    digest text not null default 'week' check (digest in ('off', 'day', 'week')),
    -- The hour of the day at which a digest goes out, and in which zone: minutes east of UTC, or the site's.
    hour bigint not null default 18,
    zone bigint,
    -- Whether there is anything new since the last digest, and when the next one may go; 0 is not worked out yet.
    waits bigint not null default 0 check (waits in (0, 1)),
    digest_at bigint not null default 0,
    -- When a letter goes of what is told at once.
    soon_at bigint,
    -- Notices up to here were told.
    digest_told_at bigint not null default 0,
    soon_told_at bigint not null default 0
);
create index outboxes_digest on outboxes (digest_at) where waits = 1;
create index outboxes_soon on outboxes (soon_at) where soon_at is not null;

alter table notice_choices add column letter text not null default 'digest'
    check (letter in ('off', 'digest', 'once'));
