-- What a stranger got of every address of this place, when it was asked.
create table site_checks (
    id text primary key,
    at bigint not null,
    by_id text,
    -- Addresses that gave nothing; that are open because somebody said so; that gave what they should not.
    green bigint not null,
    amber bigint not null,
    red bigint not null,
    -- Each address and what it gave, as JSON.
    lines text not null
);
create index site_checks_newest on site_checks (at, id);
