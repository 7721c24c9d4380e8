//! Every test is a sentence about a visitor, told over HTTP and WebSocket to a whole server: on a
//! temporary SQLite file, or on PostgreSQL when `DATABASE_URL` names one.

mod account;
mod durability;
mod house;
mod live;
mod media;
mod post;
mod process;
mod safety;
mod settings;
mod tidy;
mod visitor;
