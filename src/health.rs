//! For whoever watches the server: is it alive, can it work.

use rocket::http::Status;
use rocket::{Route, get, routes};

use crate::app::App;
use crate::error::Result;

pub fn routes() -> Vec<Route> {
    routes![live, ready]
}

#[get("/health/live")]
fn live() -> &'static str {
    "alive\n"
}

#[get("/health/ready")]
async fn ready(app: &App) -> (Status, &'static str) {
    match check(app).await {
        Ok(()) => (Status::Ok, "ready\n"),
        Err(error) => {
            tracing::warn!(%error, "not ready");
            (Status::ServiceUnavailable, "not ready\n")
        }
    }
}

async fn check(app: &App) -> Result<()> {
    sqlx::query("select 1").execute(app.db.read()).await?;
    app.media.ready().await
}
