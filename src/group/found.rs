//! Founding a group, and changing what it is called and how it is kept.

use super::entry::{enter, owns_enough};
use super::manage::manage;
use super::row::{Group, Tie};
use super::values::{Joining, MOST_NAME, MOST_OWNED, NOT_GIVEN_OUT, Posting, Slug, words};
use crate::account::DisplayName;
use crate::app::App;
use crate::audit::Deed;
use crate::auth::Viewer;
use crate::clock::Micros;
use crate::db::Tx;
use crate::error::{Error, Result, is_duplicate};
use crate::form::{Wrong, wrong};
use crate::id::{Groups, Id};
use crate::office::Office;
use crate::post;

/// What somebody says of a group; what is left out stays, or is as it is by itself.
#[derive(Default, Clone)]
pub struct Said {
    pub name: Option<String>,
    pub slug: Option<String>,
    pub about: Option<String>,
    pub joining: Option<String>,
    pub listed: Option<bool>,
    pub posting: Option<String>,
}

/// The same, checked.
struct Checked {
    name: Option<String>,
    slug: Option<Slug>,
    about: Option<String>,
    joining: Option<Joining>,
    listed: Option<bool>,
    posting: Option<Posting>,
}

impl Said {
    fn check(&self) -> std::result::Result<Checked, Wrong> {
        let mut wrong = Wrong::new();
        let mut note = |field: &str, says: String| {
            wrong.insert(field.to_owned(), says.into());
        };
        let name = self
            .name
            .as_deref()
            .map(|name| DisplayName::new(name, MOST_NAME));
        let name = match name.transpose() {
            Ok(name) => name.map(|name| name.as_str().to_owned()),
            Err(says) => {
                note("name", says);
                None
            }
        };
        // A form that leaves it empty leaves the choice to us.
        let slug = self.slug.as_deref().filter(|slug| !slug.trim().is_empty());
        let slug = slug.map(Slug::new).transpose().unwrap_or_else(|says| {
            note("slug", says.to_owned());
            None
        });
        let about = self.about.as_deref().map(words).transpose();
        let about = about.unwrap_or_else(|says| {
            note("about", says);
            None
        });
        let joining = self.joining.as_deref().map(|name| {
            let found = Joining::named(name);
            if found.is_none() {
                note("joining", format!("One of {}.", Joining::NAMES.join(", ")));
            }
            found
        });
        let posting = self.posting.as_deref().map(|name| {
            let found = Posting::named(name);
            if found.is_none() {
                note("posting", format!("One of {}.", Posting::NAMES.join(", ")));
            }
            found
        });
        match wrong.is_empty() {
            true => Ok(Checked {
                name,
                slug,
                about,
                joining: joining.flatten(),
                listed: self.listed,
                posting: posting.flatten(),
            }),
            false => Err(wrong),
        }
    }
}

/// Whether the viewer may found groups here.
pub async fn may_found(app: &App, viewer: &Viewer) -> Result<bool> {
    let rules = app.house.rules().await?;
    Ok(rules.members_found_groups() || viewer.office() >= Office::Moderator)
}

const INSERT: &str = "
    insert into groups (id, slug, name, about, joining, listed, posting, created_at)
    values ($1, $2, $3, $4, $5, $6, $7, $8)
    on conflict (slug) do nothing";

const LED_ELSEWHERE: &str = "select group_id from freed_slugs where slug = $1 and until > $2";

/// Founds a group, whose first owner the viewer is; its address behind `/~`.
pub async fn found(
    app: &App,
    viewer: &Viewer,
    said: &Said,
) -> Result<std::result::Result<String, Wrong>> {
    if !may_found(app, viewer).await? {
        return Err(Error::Forbidden(
            "Only those who look after this place found groups here.",
        ));
    }
    let Checked {
        name,
        slug,
        about,
        joining,
        listed,
        posting,
    } = match said.check() {
        Ok(checked) => checked,
        Err(wrong) => return Ok(Err(wrong)),
    };
    let Some(name) = name else {
        return Ok(Err(wrong("name", "Give the group a name.")));
    };
    let mut tx = app.db.write_in_turn_as(viewer, &app.clock).await?;
    if owns_enough(&mut tx, viewer.id).await? {
        return Err(Error::Conflict(format!(
            "You look after {MOST_OWNED} groups already. Give one to somebody else, or close it, first."
        )));
    }
    let id = Id::<Groups>::new();
    let mut address = slug.clone().unwrap_or_else(|| Slug::of(&name));
    loop {
        let is_free = !leads_elsewhere(&mut tx, (&address, id), app.clock.now()).await?
            && sqlx::query(INSERT)
                .bind(id)
                .bind(address.as_str())
                .bind(&name)
                .bind(about.as_deref().unwrap_or_default())
                .bind(joining.unwrap_or(Joining::Request).name())
                .bind(i64::from(listed.unwrap_or(true)))
                .bind(posting.unwrap_or(Posting::Members).name())
                .bind(app.clock.now())
                .execute(&mut *tx)
                .await?
                .rows_affected()
                == 1;
        match slug {
            _ if is_free => break,
            Some(_) => return Ok(Err(wrong("slug", NOT_GIVEN_OUT))),
            None => address = address.another(),
        }
    }
    enter(app, &mut tx, (id, viewer.id), "owner").await?;
    tx.commit().await?;
    Ok(Ok(address.as_str().to_owned()))
}

/// Whether an address still leads to where another group is now.
async fn leads_elsewhere(
    tx: &mut Tx,
    (slug, group): (&Slug, Id<Groups>),
    now: Micros,
) -> Result<bool> {
    let other: Option<(Id<Groups>,)> = sqlx::query_as(LED_ELSEWHERE)
        .bind(slug.as_str())
        .bind(now)
        .fetch_optional(&mut **tx)
        .await?;
    Ok(other.is_some_and(|(other,)| other != group))
}

const CHANGE: &str = "
    update groups
       set name = coalesce($2, name), slug = coalesce($3, slug), about = coalesce($4, about),
           joining = coalesce($5, joining), listed = coalesce($6, listed), posting = coalesce($7, posting)
     where id = $1";

/// For so long an old address leads to the new one.
const LEADS: Micros = 90 * 86_400 * 1_000_000;

const FREE: &str = "
    insert into freed_slugs (slug, group_id, until) values ($1, $2, $3)
    on conflict (slug) do update set group_id = excluded.group_id, until = excluded.until";

const TAKE: &str = "delete from freed_slugs where slug = $1";

/// Changes a group; its address from now on.
pub async fn change(
    app: &App,
    viewer: &Viewer,
    (slug, said): (&str, &Said),
) -> Result<std::result::Result<String, Wrong>> {
    let (mut tx, group) = manage(app, viewer, (slug, Deed::GroupChanged)).await?;
    let checked = match said.check() {
        Ok(checked) => checked,
        Err(wrong) => return Ok(Err(wrong)),
    };
    if checked.listed == Some(false) && group.tie() != Tie::Owner {
        return Err(Error::Forbidden(
            "Only its owners hide a group from others.",
        ));
    }
    let moves = checked.slug.filter(|slug| slug.as_str() != group.slug);
    if let Some(to) = &moves {
        let now = app.clock.now();
        if leads_elsewhere(&mut tx, (to, group.id), now).await? {
            return Ok(Err(wrong("slug", NOT_GIVEN_OUT)));
        }
        sqlx::query(TAKE)
            .bind(to.as_str())
            .execute(&mut *tx)
            .await?;
        sqlx::query(FREE)
            .bind(&group.slug)
            .bind(group.id)
            .bind(now + LEADS)
            .execute(&mut *tx)
            .await?;
    }
    let changed = sqlx::query(CHANGE)
        .bind(group.id)
        .bind(checked.name.as_deref())
        .bind(moves.as_ref().map(Slug::as_str))
        .bind(checked.about.as_deref())
        .bind(checked.joining.map(Joining::name))
        .bind(checked.listed.map(i64::from))
        .bind(checked.posting.map(Posting::name))
        .execute(&mut *tx)
        .await;
    match changed {
        Ok(_) => {}
        Err(e) if is_duplicate(&e) => return Ok(Err(wrong("slug", NOT_GIVEN_OUT))),
        Err(e) => return Err(e.into()),
    }
    if moves.is_some() || checked.name.is_some_and(|name| name != group.name) {
        post::redraw_group(app, &mut tx, group.id).await?;
    }
    tx.commit().await?;
    Ok(Ok(moves.map_or(group.slug, |slug| slug.as_str().to_owned())))
}

/// The words of a group as a form shows them.
impl From<&Group> for Said {
    fn from(group: &Group) -> Said {
        Said {
            name: Some(group.name.clone()),
            slug: Some(group.slug.clone()),
            about: Some(group.about.clone()),
            joining: Some(group.joining.name().to_owned()),
            listed: Some(group.is_listed()),
            posting: Some(group.posting.name().to_owned()),
        }
    }
}
