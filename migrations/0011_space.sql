-- Bytes that all stored forms of a file take; they count to its owner's quota.
alter table media add column stored bigint not null default 0;
update media set stored = bytes;
-- By this the same file is known again when it is sent twice.
alter table media add column fingerprint text not null default '';
-- When its conversion began, for how long it takes still.
alter table media add column started_at bigint not null default 0;
-- How far a running job is, in percent.
alter table jobs add column progress bigint not null default 0;
-- Of jobs that are due the one whose turn comes first is run first.
alter table jobs add column turn bigint not null default 0;
update jobs set turn = run_at;
