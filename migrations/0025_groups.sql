-- Groups: some of those here, for whom a post may be meant. Nothing has made any so far.
drop table audience_members;
drop table audiences;
create table groups (
    id text primary key,
    -- In addresses: `/~choir`.
    slug text not null unique,
    name text not null,
    about text not null default '',
    joining text not null check (joining in ('open', 'request', 'invitation')),
    -- Whether others know that it is there.
    listed bigint not null check (listed in (0, 1)),
    -- Who posts: every member, its owners alone, or every member after an owner has looked.
    posting text not null check (posting in ('members', 'owners', 'review')),
    members bigint not null default 0,
    created_at bigint not null,
    -- It ends at this instant, if nobody takes that back; and has ended.
    closes_at bigint,
    closed_at bigint
);
create index groups_listed on groups (name, id) where listed = 1 and closed_at is null;
create index groups_closed on groups (closed_at) where closed_at is not null;

create table group_members (
    group_id text not null references groups (id),
    user_id text not null references users (id),
    office text not null default '' check (office in ('', 'owner')),
    -- What they are told of, and whether its posts stand among everybody's.
    level text not null default 'mentions' check (level in ('all', 'mentions', 'none')),
    home bigint not null default 1 check (home in (0, 1)),
    since bigint not null,
    primary key (group_id, user_id)
);
create index group_members_by_user on group_members (user_id, group_id, home);
create index group_owners on group_members (group_id, user_id) where office = 'owner';
create index group_listeners on group_members (group_id, user_id) where level = 'all';

-- Who asks to come in, in their own words; or was invited, by somebody else.
create table group_requests (
    group_id text not null references groups (id),
    user_id text not null references users (id),
    by_id text not null references users (id),
    words text not null default '',
    at bigint not null,
    primary key (group_id, user_id)
);
create index group_requests_by_user on group_requests (user_id, at);
create index group_requests_by_who on group_requests (by_id);

-- Where a group was lately; leads on for a while.
create table freed_slugs (
    slug text primary key,
    group_id text not null references groups (id),
    until bigint not null
);
create index freed_slugs_by_group on freed_slugs (group_id);
create index freed_slugs_until on freed_slugs (until);

-- What a notice is about, where it is about a group.
alter table notices add column group_id text;
create index notices_by_group on notices (group_id) where group_id is not null;

-- 'group': an owner looks first; 'owners': they keep it back.
create table withheld_anew (
    post_id text not null references posts (id),
    why text not null check (why in ('review', 'house', 'group', 'owners', 'person', 'author', 'removed', 'erased', 'deleted')),
    case_id text,
    by_id text,
    words text not null default '',
    at bigint not null,
    until bigint,
    -- Others had seen the post before.
    was_out bigint not null default 0 check (was_out in (0, 1)),
    primary key (post_id, why)
);
insert into withheld_anew (post_id, why, case_id, by_id, words, at, until)
select post_id, why, case_id, by_id, words, at, until from withheld;
drop table withheld;
alter table withheld_anew rename to withheld;
create index withheld_by_why on withheld (why, at, post_id);

-- What a member has posted for a group, whether or not it is shown there.
create index posts_for_groups on posts (author_id, meant, created_at) where meant <> '' and meant <> 'followers';
