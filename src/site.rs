//! The installation itself: its name, and whether it has an administrator yet.
//!
//! First run is over when an administrator exists, not when a member does: clients of the JSON API
//! may register before anybody opened a page.

use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::RwLock;

use crate::clock::Micros;
use crate::config::Settings;
use crate::db::{Db, Tx};
use crate::error::Result;

pub struct Site {
    db: Db,
    name: RwLock<String>,
    has_admin: AtomicBool,
    /// Opens the first-run page from elsewhere than this machine.
    pub key: String,
}

const NAME: &str = "select name from site where id = 1";

const HAS_ADMIN: &str = "select cast(case when exists (select 1 from users where is_admin = 1) then 1 else 0 end as bigint)";

const FOUND: &str = "
    insert into site (id, name, created_at) values (1, $1, $2) on conflict (id) do nothing";

const RENAME: &str = "
    insert into site (id, name, created_at) values (1, $1, $2)
    on conflict (id) do update set name = excluded.name";

impl Site {
    pub async fn load(db: Db) -> Result<Site> {
        let name: Option<(String,)> = sqlx::query_as(NAME).fetch_optional(db.read()).await?;
        let name = name.map_or_else(|| "Porch".into(), |(name,)| name);
        let site = Site {
            db,
            name: RwLock::new(name),
            has_admin: AtomicBool::new(false),
            key: crate::id::random_text(26),
        };
        site.has_admin().await?;
        Ok(site)
    }

    pub fn name(&self) -> String {
        self.name.read().clone()
    }

    /// True once somebody can administer this site. An administrator is never lost again.
    pub async fn has_admin(&self) -> Result<bool> {
        if self.has_admin.load(Ordering::Relaxed) {
            return Ok(true);
        }
        let (found,): (i64,) = sqlx::query_as(HAS_ADMIN).fetch_one(self.db.read()).await?;
        self.has_admin.store(found == 1, Ordering::Relaxed);
        Ok(found == 1)
    }

    /// Writes the site's row. False when somebody else was first.
    pub async fn found(tx: &mut Tx, name: &str, at: Micros) -> Result<bool> {
        let done = sqlx::query(FOUND)
            .bind(name)
            .bind(at)
            .execute(&mut **tx)
            .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Gives the site another name.
    pub async fn rename(tx: &mut Tx, name: &str, at: Micros) -> Result<()> {
        sqlx::query(RENAME)
            .bind(name)
            .bind(at)
            .execute(&mut **tx)
            .await?;
        Ok(())
    }

    /// After the founding transaction was committed.
    pub fn opened(&self, name: String) {
        *self.name.write() = name;
        self.has_admin.store(true, Ordering::Relaxed);
    }
}

/// What whoever looks after a place has to know before others come.
#[derive(serde::Serialize)]
pub struct Keeper {
    address: String,
    public: bool,
    /// Nobody comes in before the address is confirmed.
    confirms: bool,
    /// Who may come in, where that is decided.
    joining: Option<String>,
}

impl Keeper {
    pub fn of(settings: &Settings, joining: Option<&str>) -> Keeper {
        Keeper {
            address: settings.address_url(settings.port),
            public: settings.public_url.is_some(),
            confirms: settings.require_verified,
            joining: joining.map(str::to_owned),
        }
    }
}
