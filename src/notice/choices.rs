//! Which kinds of notices a member wants.

use std::collections::HashSet;

use serde::Serialize;
use utoipa::ToSchema;

use super::kind::Kind;
use crate::app::App;
use crate::auth::Viewer;
use crate::error::Result;

/// A kind of notice, and whether you want it
#[derive(Serialize, ToSchema)]
pub struct Choice {
    #[schema(example = "like")]
    pub kind: &'static str,
    /// As a page says it.
    #[schema(example = "Somebody likes what you posted")]
    words: &'static str,
    shown: bool,
}

impl Choice {
    pub fn new(kind: Kind, shown: bool) -> Choice {
        Choice {
            kind: kind.name(),
            words: kind.words(),
            shown,
        }
    }
}

const UNWANTED: &str = "select kind from notice_choices where user_id = $1 and shown = 0";

/// Every kind, and whether the viewer wants it.
pub async fn choices(app: &App, viewer: &Viewer) -> Result<Vec<Choice>> {
    let rows: Vec<(String,)> = sqlx::query_as(UNWANTED)
        .bind(viewer.id)
        .fetch_all(app.db.read())
        .await?;
    let unwanted: HashSet<String> = rows.into_iter().map(|(kind,)| kind).collect();
    let choice = |kind: Kind| Choice::new(kind, !unwanted.contains(kind.name()));
    Ok(Kind::ALL.map(choice).into())
}

const CHOOSE: &str = "
    insert into notice_choices (user_id, kind, shown) values ($1, $2, $3)
    on conflict (user_id, kind) do update set shown = excluded.shown";

/// From now on the viewer is told of these kinds, or no more.
pub async fn choose(app: &App, viewer: &Viewer, chosen: &[Choice]) -> Result<()> {
    let mut tx = app.db.write_as(viewer, &app.clock).await?;
    for Choice { kind, shown, .. } in chosen {
        sqlx::query(CHOOSE)
            .bind(viewer.id)
            .bind(*kind)
            .bind(i64::from(*shown))
            .execute(&mut *tx)
            .await?;
    }
    tx.commit().await
}
