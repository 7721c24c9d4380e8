//! What one wants to be told of, and by which letters.

use rocket::{Route, put, routes};

use super::page::{Answer, Part, answer};
use crate::app::App;
use crate::error::Result;
use crate::form::{Sent, wrong};
use crate::notice::{self, Digest, Kind, LETTERS, When, Wish};
use crate::visit::Visit;

pub fn routes() -> Vec<Route> {
    routes![choose, letters]
}

#[put("/settings/notices", data = "<sent>")]
async fn choose(app: &App, visit: Visit, sent: Sent) -> Result<Answer> {
    let Sent { viewer, fields } = sent;
    let kinds = Kind::of(viewer.office()).into_iter();
    let wishes = kinds.map(|kind| Wish {
        kind,
        shown: Some(fields.find(kind.name()).is_some()),
        letter: fields
            .find(&format!("letter-{}", kind.name()))
            .filter(|letter| LETTERS.contains(letter)),
    });
    let wishes: Vec<Wish> = wishes.collect();
    notice::choose(app, &viewer, &wishes).await?;
    answer(app, visit, (viewer, &fields), (Part::Notices, Ok(()))).await
}

#[put("/settings/letters", data = "<sent>")]
async fn letters(app: &App, visit: Visit, sent: Sent) -> Result<Answer> {
    let Sent { viewer, fields } = sent;
    let hour = fields.text("hour").parse().ok();
    let zone: Option<i64> = fields.text("zone").parse().ok();
    let when = Digest::named(fields.text("digest"))
        .zip(hour.filter(|hour| (0..=23).contains(hour)))
        .map(|(digest, hour)| When {
            digest,
            hour,
            zone: zone.filter(|zone| (-720..=840).contains(zone)),
        });
    let result = match when {
        Some(when) => {
            notice::set_when(app, &viewer, when).await?;
            Ok(())
        }
        None => Err(wrong("digest", "Choose how often, and an hour.")),
    };
    answer(app, visit, (viewer, &fields), (Part::Letters, result)).await
}
