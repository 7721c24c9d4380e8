//! Letters out: into a folder of `.eml` files, or to an SMTP server when one is configured.
//!
//! Sends what it is given, and knows nothing of accounts. Whoever writes a letter does so in a job,
//! because a mail server may be away for a day.

mod mailer;

pub use mailer::{Failure, Letter, Mailer};
