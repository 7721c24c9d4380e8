-- What an author says must stay when a picture is cut (`fo-custom`): a place such as `top_left`; empty where
-- nobody said so.
alter table media add column focus text not null default '';
