-- Devices that are told of notices (Web Push): as long as their session goes on.
create table push_subscriptions (
    id text primary key,
    user_id text not null references users (id),
    session_id text not null references sessions (id) on delete cascade,
    endpoint text not null unique,
    p256dh text not null,
    auth text not null,
    user_agent text not null,
    -- Whether the words of what is not for everybody may be shown.
    says_all bigint not null default 0 check (says_all in (0, 1)),
    created_at bigint not null
);
create index push_subscriptions_by_user on push_subscriptions (user_id);
create index push_subscriptions_by_session on push_subscriptions (session_id);

alter table outboxes add column push_at bigint;
create index outboxes_push on outboxes (push_at) where push_at is not null;
