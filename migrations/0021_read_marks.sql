-- How far a member has read a feed, the same on every device.
create table read_marks (
    user_id text not null references users (id),
    feed text not null,
    -- The newest post that was seen, and when that was said.
    at bigint not null,
    set_at bigint not null,
    -- How far they had read when this visit began.
    line_at bigint not null,
    primary key (user_id, feed)
);
