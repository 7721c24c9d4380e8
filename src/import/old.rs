//! The old application's SQLite file, as fastapi-users and SQLAlchemy have written it: user ids with
//! hyphens in `user`, and without them in `posts`.

use std::path::Path;

use sqlx::any::AnyPoolOptions;
use sqlx::{AnyPool, FromRow};
use time::PrimitiveDateTime;
use time::macros::format_description;

use crate::clock::Micros;

pub struct Old(AnyPool);

#[derive(FromRow)]
pub struct OldUser {
    pub id: String,
    pub email: String,
    pub hashed_password: String,
    pub is_active: i64,
    pub is_superuser: i64,
    pub is_verified: i64,
}

#[derive(FromRow)]
pub struct OldPost {
    pub id: String,
    pub user_id: String,
    pub caption: String,
    pub url: String,
    pub file_name: String,
    created_at: String,
}

// Every column is cast: sqlx's `Any` reads no declared type but these.
const USERS: &str = "
    select cast(id as text) as id, cast(email as text) as email,
           cast(hashed_password as text) as hashed_password,
           cast(coalesce(is_active, 1) as integer) as is_active,
           cast(coalesce(is_superuser, 0) as integer) as is_superuser,
           cast(coalesce(is_verified, 0) as integer) as is_verified
      from user
     order by id";

const POSTS: &str = "
    select cast(id as text) as id, cast(user_id as text) as user_id,
           cast(coalesce(caption, '') as text) as caption, cast(url as text) as url,
           cast(coalesce(file_name, '') as text) as file_name,
           cast(coalesce(created_at, '') as text) as created_at
      from posts
     order by created_at, id";

impl Old {
    /// The error is a sentence.
    pub async fn open(path: &Path) -> Result<Old, String> {
        let shown = path.display();
        if !path.is_file() {
            return Err(format!("There is no file {shown}."));
        }
        let pool = AnyPoolOptions::new()
            .max_connections(1)
            .connect(&format!("sqlite://{shown}?mode=ro"))
            .await
            .map_err(|e| format!("{shown} cannot be opened as a SQLite database: {e}."))?;
        Ok(Old(pool))
    }

    pub async fn users(&self) -> Result<Vec<OldUser>, String> {
        sqlx::query_as(USERS)
            .fetch_all(&self.0)
            .await
            .map_err(not_ours)
    }

    /// The oldest first.
    pub async fn posts(&self) -> Result<Vec<OldPost>, String> {
        sqlx::query_as(POSTS)
            .fetch_all(&self.0)
            .await
            .map_err(not_ours)
    }
}

fn not_ours(error: sqlx::Error) -> String {
    format!("This is not a database of the old application (its file is called test.db): {error}.")
}

impl OldPost {
    /// When it was posted, UTC; `None` when that is no date.
    pub fn at(&self) -> Option<Micros> {
        let whole = format_description!("[year]-[month]-[day] [hour]:[minute]:[second]");
        let text = self.created_at.replace('T', " ");
        let (seconds, fraction) = text.split_once('.').unwrap_or((&text, "0"));
        let at = PrimitiveDateTime::parse(seconds, whole).ok()?.assume_utc();
        let digits: String = fraction.chars().take(6).collect();
        let micros: i64 = format!("{digits:0<6}").parse().ok()?;
        Some(at.unix_timestamp() * 1_000_000 + micros)
    }

    /// The last part of the address: what the service that held the file calls it.
    pub fn name_in_url(&self) -> &str {
        let path = self.url.split(['?', '#']).next().unwrap_or_default();
        path.rsplit('/').next().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_as_sqlalchemy_writes_them() {
        let at = |text: &str| {
            OldPost {
                id: String::new(),
                user_id: String::new(),
                caption: String::new(),
                url: "https://ik.example/a/b_c.jpg?x=1".into(),
                file_name: String::new(),
                created_at: text.into(),
            }
            .at()
        };
        assert_eq!(
            at("2025-11-30 12:34:56.123456"),
            Some(1_764_506_096_123_456)
        );
        assert_eq!(at("2025-11-30T12:34:56"), Some(1_764_506_096_000_000));
        assert_eq!(at("2025-11-30 12:34:56.5"), Some(1_764_506_096_500_000));
        assert_eq!(at("yesterday"), None);
    }
}
