//! The end of one session or access token.

use crate::account;
use crate::app::App;
use crate::auth::Viewer;
use crate::error::{Error, Result};
use crate::id::{Id, Sessions};

pub async fn end(
    app: &App,
    viewer: &Viewer,
    (id, token): (std::result::Result<Id<Sessions>, uuid::Error>, bool),
) -> Result<()> {
    let id = id.map_err(|_| Error::NotFound)?;
    match account::end_session(app, viewer, (id, token)).await {
        // Gone already, which is what was wanted.
        Ok(()) | Err(Error::NotFound) => Ok(()),
        Err(other) => Err(other),
    }
}
