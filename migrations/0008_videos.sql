-- A video that no browser plays as it came is made anew in the background; until then only its author knows of it.
alter table media add column state text not null default 'ready' check (state in ('ready', 'waiting', 'converting', 'failed'));
-- Why it failed, in words for its author.
alter table media add column reason text not null default '';
-- Percent of the conversion.
alter table media add column progress bigint not null default 0;
-- The format of the file that was sent, where that is kept beside what is served.
alter table media add column source text;
-- There is a smaller size beside what is served.
alter table media add column small bigint not null default 0 check (small in (0, 1));
-- The video has sound. (Of older ones nobody has noted it.)
alter table media add column sound bigint not null default 1 check (sound in (0, 1));
create index media_unready on media (state) where state <> 'ready';

-- The id that the post of a waiting draft gets.
alter table drafts add column post_id text;
create index drafts_waiting on drafts (owner_id) where post_when_ready = 1;
