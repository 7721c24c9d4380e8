//! Web Push: a message to a browser that is closed, through the service that its maker runs.

mod pusher;

pub use pusher::{Pushed, Pusher, Subscription};
