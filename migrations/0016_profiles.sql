-- What else a member's page shows: where they are, in their own words, and a picture of theirs across its head.
alter table users add column place text not null default '';
-- The id of a picture in a post of theirs. It may be gone, or not be for everybody.
alter table users add column cover text;
create index users_newest on users (created_at, id);

-- The words by which a member is found.
create table member_terms (
    term text not null,
    user_id text not null references users (id),
    primary key (term, user_id)
);
create index member_terms_by_user on member_terms (user_id);
-- Whether those of a member stand there as they are now.
alter table users add column has_terms bigint not null default 0 check (has_terms in (0, 1));
create index users_without_terms on users (id) where has_terms = 0;

-- Of counts that have changed open pages are told once a second.
alter table user_counts add column dirty bigint not null default 0 check (dirty in (0, 1));
alter table user_counts add column seq bigint not null default 0;
create index user_counts_dirty on user_counts (user_id) where dirty = 1;
create index user_counts_by_seq on user_counts (seq);
