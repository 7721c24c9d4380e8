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
