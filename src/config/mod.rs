//! Every setting, read once at the start from Rocket.toml (`[default.porch]`) and the environment
//! (`PORCH_*`), checked, and never asked for again.

mod given;
mod mail;
mod media;
mod place;
mod problem;
mod server;
mod settings;
mod units;

pub use given::Given;
pub use mail::{MailSettings, Smtp, Tls};
pub use media::{MediaSettings, Policy};
pub use place::{Setting, Takes};
pub use problem::{Problem, masked};
pub use server::ARGON2_LEAST_KIB;
pub use settings::{Intervals, Limits, Settings};
pub use units::network;
