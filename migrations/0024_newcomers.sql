-- So many posts of a member are still looked at by those who look after the place before others see them.
alter table users add column review_left bigint not null default 0;

-- Whoever is not let in is kept for thirty days.
update users set leaves_at = created_at + 2592000000000 where why_out <> '' and leaves_at is null and gone_at is null;
