-- When a member last took a former address back, and when the letter was asked for that led there: of those who claim
-- an account, whoever had it first may go back last.
alter table users add column went_back_at bigint not null default 0;
alter table users add column went_back_by bigint not null default 0;
