-- One log of what changed, a row for each part of a thing, instead of three columns that were asked each.
create table changes (
    seq bigint primary key,
    -- A post's id or a member's.
    subject text not null,
    part text not null,
    act text not null check (act in ('put', 'fill', 'gone')),
    -- The post that it belongs to.
    post_id text,
    author_id text not null,
    -- '' is everybody here.
    audience text not null default '',
    unique (subject, part)
);
create index changes_by_post on changes (post_id, seq);

insert into changes (seq, subject, part, act, post_id, author_id)
select created_seq, id, 'card', 'put', id, author_id from posts;
insert into changes (seq, subject, part, act, post_id, author_id)
select edited_seq, id, 'text', 'fill', id, author_id from posts where edited_seq is not null;
insert into changes (seq, subject, part, act, post_id, author_id)
select seq, post_id, 'card', 'gone', post_id, '00000000-0000-0000-0000-000000000000' from tombstones;
drop table tombstones;

-- Whom a post is for; '' is everybody here.
alter table posts add column audience text not null default '';
-- The last change of what a card shows beside its words.
alter table posts add column card_seq bigint not null default 0;
