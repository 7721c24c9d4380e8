//! The end of one session or access token.

use crate::account;
use crate::app::App;
use crate::auth::{Viewer, WayIn};
use crate::error::{Error, Result};

pub async fn end(
    app: &App,
    viewer: &Viewer,
    way: std::result::Result<WayIn, uuid::Error>,
) -> Result<()> {
    let way = way.map_err(|_| Error::NotFound)?;
    match account::end_session(app, viewer, way).await {
        // Gone already, which is what was wanted.
        Ok(()) | Err(Error::NotFound) => Ok(()),
        Err(other) => Err(other),
    }
}
