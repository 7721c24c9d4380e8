-- Handles that somebody gave up: nobody else's for a while.
create table freed_handles (
    handle text primary key,
    user_id text,
    freed_at bigint not null
);
create index freed_handles_by_age on freed_handles (freed_at);

-- Nothing of theirs is shown; and (gone) the account is erased piece by piece and nobody's any more.
alter table users add column hidden_at bigint;
alter table users add column gone_at bigint;
create index users_gone on users (gone_at) where gone_at is not null;

-- What a member has staged and posted, newest first.
create index media_by_age on media (owner_id, created_at, id);
drop index media_by_owner;

-- Each letter is a job of its own kind.
update jobs set kind = 'letter.confirm' where kind = 'letter' and payload like '{"about":"verify"%';
update jobs set kind = 'letter.reset' where kind = 'letter' and payload like '{"about":"reset"%';
update jobs set kind = 'letter.password_changed' where kind = 'letter' and payload like '{"about":"password_changed"%';
update jobs set kind = 'letter.address_changed' where kind = 'letter' and payload like '{"about":"email_changed"%';
update jobs set kind = 'letter.signed_in' where kind = 'letter' and payload like '{"about":"signed_in"%';
update jobs set kind = 'letter.leaving' where kind = 'letter' and payload like '{"about":"leaving"%';
update jobs set kind = 'letter.trial' where kind = 'letter' and payload like '{"about":"trial"%';
