//! Devices that are told while no page is open, as the page lists them.

use serde::Serialize;

use crate::app::App;
use crate::auth::Viewer;
use crate::door;
use crate::error::Result;
use crate::id::{Devices, Id};
use crate::notice::devices;
use crate::view::{self, Moment};

/// A device as the page lists it.
#[derive(Serialize)]
pub struct Listed {
    id: Id<Devices>,
    name: String,
    since: Moment,
    says_all: bool,
}

/// The viewer's devices that are told.
pub async fn listed(app: &App, viewer: &Viewer) -> Result<Vec<Listed>> {
    let devices = devices::of(app, viewer.id).await?;
    let row = |device: devices::Device| Listed {
        id: device.id,
        name: door::device_name(&device.user_agent),
        since: view::moment(device.created_at, app.settings.utc_offset),
        says_all: device.says_all(),
    };
    Ok(devices.into_iter().map(row).collect())
}
