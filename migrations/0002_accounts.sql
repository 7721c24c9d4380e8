-- Accounts: whether they may come in, whether their address is confirmed, and when they leave; every
-- kind of session in one table; the queue of work that outlives a request.

alter table users add column is_active bigint not null default 1 check (is_active in (0, 1));
alter table users add column is_verified bigint not null default 0 check (is_verified in (0, 1));
-- The end of the grace time after which the account and all that is in it goes.
alter table users add column leaves_at bigint;
create index users_leaving on users (leaves_at) where leaves_at is not null;

-- Who set the place up was at the machine, or had its link.
update users set is_verified = 1 where is_admin = 1;

-- A browser's cookie, a token of the JSON API's login, or a personal access token, which has a name and
-- of which only a digest is kept.
alter table sessions add column kind text not null default 'browser' check (kind in ('browser', 'api', 'token'));
alter table sessions add column name text not null default '';
alter table sessions add column digest text;
alter table sessions add column seen_at bigint not null default 0;
create unique index sessions_by_digest on sessions (digest) where digest is not null;
update sessions set seen_at = created_at;

-- Browsers and programs that somebody has signed in with before, as digests.
create table devices (
    user_id text not null references users (id) on delete cascade,
    digest text not null,
    seen_at bigint not null,
    primary key (user_id, digest)
);
create index devices_by_age on devices (seen_at);

-- What has come from another application, so that it comes once, even if it is deleted here.
create table imports (
    id text primary key,
    imported_at bigint not null
);

create table jobs (
    id text primary key,
    kind text not null,
    payload text not null,
    state text not null check (state in ('waiting', 'running', 'failed')),
    attempts bigint not null default 0,
    run_at bigint not null,
    -- While it runs: until when, and under which claim.
    leased_until bigint,
    claim text,
    error text not null default '',
    created_at bigint not null
);
-- The next one due of a kind.
create index jobs_due on jobs (kind, state, run_at, id);
-- The administrator's list.
create index jobs_by_age on jobs (created_at, id);
