-- What is said in a video, as text with times (WebVTT).
create table captions (
    media_id text primary key references media (id) on delete cascade,
    text text not null
);
-- Which version of them the player gets, 0 where there are none; and the language that they are in (BCP 47).
alter table media add column captions bigint not null default 0;
alter table media add column captions_language text not null default '';
