-- What members have reported: one case for one thing, until it is closed.
create table cases (
    id text primary key,
    kind text not null check (kind in ('post', 'comment', 'member')),
    -- The id of the post, the comment or the member.
    subject text not null,
    -- Whose it is, or who it is.
    author_id text not null,
    urgent bigint not null default 0 check (urgent in (0, 1)),
    state text not null default 'open' check (state in ('open', 'closed')),
    reports bigint not null default 0,
    -- Rises with every act; whoever acts says which one they have seen.
    version bigint not null default 0,
    -- Who looks at it now, and since when.
    taken_by text,
    taken_at bigint,
    opened_at bigint not null,
    closed_at bigint,
    closed_by text,
    -- What came of it, as those hear who reported it.
    outcome text not null default '' check (outcome in ('', 'acted', 'kept', 'gone'))
);
create unique index cases_one on cases (kind, subject) where state = 'open';
create index cases_open on cases (urgent, opened_at, id) where state = 'open';
create index cases_by_author on cases (author_id, opened_at);
create index cases_by_subject on cases (subject, opened_at);
create index cases_closed on cases (closed_at) where state = 'closed';

create table reports (
    id text primary key,
    case_id text not null references cases (id),
    -- Nobody once they are gone.
    by_id text,
    why text not null,
    words text not null default '',
    -- The words of the thing as they were then.
    seen text not null default '',
    at bigint not null,
    -- When its author was told what came of it.
    told_at bigint,
    unique (case_id, by_id)
);
create index reports_by_member on reports (by_id, at);

create table case_notes (
    id text primary key,
    case_id text not null references cases (id),
    by_id text,
    words text not null,
    at bigint not null
);
create index case_notes_by_case on case_notes (case_id, at);

-- What was done to a member, or to something of theirs, and until when.
create table measures (
    id text primary key,
    case_id text,
    member_id text not null,
    by_id text,
    act text not null check (act in ('remind', 'warn', 'hide', 'remove', 'erase', 'review', 'suspend', 'ban')),
    kind text not null check (kind in ('post', 'comment', 'member')),
    subject text not null,
    reason text not null,
    words text not null default '',
    -- Of a closed account: its posts are out of sight meanwhile.
    away bigint not null default 0 check (away in (0, 1)),
    -- The words of a hidden comment.
    kept text not null default '',
    -- It has closed its case.
    closes bigint not null default 0 check (closes in (0, 1)),
    at bigint not null,
    ends_at bigint,
    -- When what it removes is erased.
    final_at bigint,
    read_at bigint,
    undone_at bigint,
    undone_by text,
    -- Said to the member when it was undone.
    undone_words text not null default ''
);
create index measures_by_member on measures (member_id, at);
create index measures_by_case on measures (case_id, at) where case_id is not null;
create index measures_ending on measures (ends_at) where ends_at is not null and undone_at is null;
create index measures_old on measures (at);

-- A member asks to think again, once for a measure.
create table appeals (
    measure_id text primary key references measures (id),
    words text not null,
    at bigint not null,
    decided_at bigint,
    decided_by text,
    outcome text not null default '' check (outcome in ('', 'upheld', 'lifted')),
    answer text not null default ''
);
create index appeals_open on appeals (at) where outcome = '';

-- Out of sight for everybody: its words lie beside the measure.
alter table comments add column hidden_at bigint;
