//! Every test is a sentence about a visitor, told over HTTP and WebSocket to a whole server: on a
//! temporary SQLite file, or on PostgreSQL when `DATABASE_URL` names one.

mod account;
mod api_account;
mod api_auth;
mod api_doors;
mod api_feed;
mod api_letters;
mod api_posts;
mod api_tokens;
mod api_users;
mod asked;
mod changes;
mod client;
mod docs;
mod drafts;
mod durability;
mod house;
mod import;
mod jobs;
mod lean;
mod line;
mod live;
mod map;
mod media;
mod phone;
mod picture;
mod post;
mod process;
mod safety;
mod settings;
mod standing;
mod tidy;
mod transform;
mod visitor;
mod words;
mod writes;
