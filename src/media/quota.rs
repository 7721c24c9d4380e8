//! How much of the disk a member's files may take.

use sqlx::AnyConnection;

use super::media::Media;
use crate::error::{Error, Result};
use crate::id::{Id, Users};

/// What a member's files take here, those on their way included, and what they may take, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Space {
    pub used: u64,
    /// Nothing where there is no quota.
    pub quota: Option<u64>,
}

const USED: &str = "
    select cast(coalesce((select sum(stored) from media where owner_id = $1), 0)
              + coalesce((select sum(bytes) from uploads where owner_id = $1 and state in ('open', 'taking')), 0)
           as bigint)";

impl Space {
    pub fn left(self) -> Option<u64> {
        self.quota.map(|quota| quota.saturating_sub(self.used))
    }

    /// "1.9 of 2.0 GB".
    pub fn in_words(self) -> Option<String> {
        let gigabytes = |bytes: u64| format!("{:.1}", bytes as f64 / f64::from(1 << 30));
        let quota = self.quota?;
        Some(match quota < 1 << 30 {
            true => format!("{} of {} MB", self.used.div_ceil(1 << 20), quota >> 20),
            false => format!("{} of {} GB", gigabytes(self.used), gigabytes(quota)),
        })
    }

    /// What is said where so many bytes more do not fit.
    fn refusal(self, more: u64) -> Option<String> {
        if more <= self.left()? {
            return None;
        }
        Some(format!(
            "{} MB do not fit into your space here, of which {} are used. Delete posts or drafts of yours, or ask who looks after this place.",
            more.div_ceil(1 << 20),
            self.in_words()?
        ))
    }
}

impl Media {
    pub async fn space(&self, connection: &mut AnyConnection, owner: Id<Users>) -> Result<Space> {
        let (used,): (i64,) = sqlx::query_as(USED)
            .bind(owner)
            .fetch_one(connection)
            .await?;
        Ok(Space {
            used: used.max(0) as u64,
            quota: self.limits.quota,
        })
    }

    /// Why so many bytes more of a member are not taken; nothing where they are.
    pub async fn over_quota(
        &self,
        connection: &mut AnyConnection,
        (owner, more): (Id<Users>, u64),
    ) -> Result<Option<String>> {
        match self.limits.quota {
            None => Ok(None),
            Some(_) => Ok(self.space(connection, owner).await?.refusal(more)),
        }
    }

    /// Refuses before anything is read what is known to be too much. What is on the way with it is looked at again.
    pub(super) async fn require_quota(&self, owner: Id<Users>, more: u64) -> Result<()> {
        if self.limits.quota.is_none() {
            return Ok(());
        }
        let mut connection = self.db.read().acquire().await?;
        match self.over_quota(&mut connection, (owner, more)).await? {
            None => Ok(()),
            Some(said) => Err(Error::TooLarge(said)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn space_reads_well_and_ends_at_its_quota() {
        let space = |used, quota| Space { used, quota };
        let (mb, gb) = (1 << 20, 1 << 30);
        assert_eq!(
            space(3 * gb / 2, Some(2 * gb)).in_words().unwrap(),
            "1.5 of 2.0 GB"
        );
        assert_eq!(
            space(mb + 1, Some(500 * mb)).in_words().unwrap(),
            "2 of 500 MB"
        );
        assert_eq!(space(9 * gb, None).in_words(), None);
        assert_eq!(space(9 * gb, None).refusal(gb), None);
        assert_eq!(space(0, Some(mb)).refusal(mb), None);
        assert!(
            space(1, Some(mb))
                .refusal(mb)
                .unwrap()
                .starts_with("1 MB do not fit")
        );
        assert!(space(9 * mb, Some(mb)).refusal(1).is_some());
    }
}
