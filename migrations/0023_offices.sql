-- Of what those whom they follow have posted a digest tells, also where nothing else is new.
insert into outboxes (user_id, waits)
select distinct follower_id, 1 from follows where 1 = 1
on conflict (user_id) do update set waits = 1;

-- Moderators look after what is said and shown; administrators after everything.
alter table users add column is_moderator bigint not null default 0 check (is_moderator in (0, 1));
create index users_moderators on users (is_moderator) where is_moderator = 1;

-- What was done in an office, by whom, to what. Nothing is ever changed here; the clock alone takes away.
create table audit (
    id text primary key,
    at bigint not null,
    -- Nobody where the server did it, or whoever had its command line.
    actor_id text,
    act text not null,
    -- What it was done to, and which one.
    kind text not null,
    subject text not null,
    detail text not null default '',
    side text not null check (side in ('moderation', 'administration'))
);
create index audit_newest on audit (at, id);
create index audit_by_subject on audit (subject, at);
create index audit_by_actor on audit (actor_id, at);

-- What administrators have set in the browser; what is not here is as it is by itself.
create table settings (
    name text primary key,
    value text not null,
    by_id text,
    at bigint not null
);

-- Why somebody who has an account does not come in: they wait to be let in, or for their address to be confirmed.
alter table users add column why_out text not null default '' check (why_out in ('', 'waiting', 'confirm'));
create index users_out on users (why_out, created_at, id) where why_out <> '';

-- Links by which others come in. The text of one is worked out from its row and the installation's secret, so that a
-- copy of the database opens nothing.
create table invites (
    id text primary key,
    by_id text not null references users (id),
    -- For whom it is, in the words of who made it.
    note text not null default '',
    -- So many may come in by it.
    most bigint not null,
    used bigint not null default 0,
    expires_at bigint not null,
    revoked_at bigint,
    created_at bigint not null
);
create index invites_by_member on invites (by_id, created_at, id);
create table invite_uses (
    invite_id text not null references invites (id),
    user_id text not null references users (id),
    at bigint not null,
    primary key (invite_id, user_id)
);
create index invite_uses_by_user on invite_uses (user_id);

-- Who has asked to be let in.
create table applications (
    user_id text primary key references users (id),
    words text not null,
    asked_at bigint not null,
    decided_at bigint,
    decided_by text,
    outcome text not null default '' check (outcome in ('', 'in', 'no')),
    answer text not null default ''
);
create index applications_waiting on applications (asked_at, user_id) where outcome = '';
