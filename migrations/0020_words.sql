-- Who is named in a caption or a comment: by the handle that was typed, whatever they are called later.
create table mentions (
    post_id text not null references posts (id),
    -- '' in the caption.
    comment_id text not null default '',
    handle text not null,
    user_id text not null references users (id),
    primary key (post_id, comment_id, handle)
);
create index mentions_by_user on mentions (user_id);

-- The words of posts (captions, descriptions, tags) and of comments, by the instant of each, which no two share.
create table post_terms (
    term text not null,
    at bigint not null,
    primary key (term, at)
);
create table comment_terms (
    term text not null,
    at bigint not null,
    primary key (term, at)
);
-- Whether the words of a row stand there.
alter table posts add column has_terms bigint not null default 0 check (has_terms in (0, 1));
create index posts_without_terms on posts (created_at) where has_terms = 0;
alter table comments add column has_terms bigint not null default 0 check (has_terms in (0, 1));
create index comments_without_terms on comments (created_at) where has_terms = 0;

-- How often a word is used, for whoever is typing one: a rank, of which nobody is shown anything.
create table terms (
    term text primary key,
    uses bigint not null
);
