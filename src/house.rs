//! How this place is run, as its administrators have set it or the environment fixes it: who comes in, who invites whom.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use crate::clock::{Clock, Micros};
use crate::config::Setting;
use crate::db::{Db, Tx};
use crate::error::Result;
use crate::id::{Id, Users};
use crate::known::{Known, Moment};

/// Who may become a member.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Joining {
    Open,
    Request,
    Invitation,
    Closed,
}

/// Who gets pictures by their addresses.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Pictures {
    /// Whoever has the address of one that is for everybody here.
    Address,
    /// Members, whose programs find a ticket in each address.
    Ticket,
    /// Members alone.
    Strict,
}

/// A value that somebody has set, and when.
#[derive(Clone, sqlx::FromRow)]
pub struct Set {
    name: String,
    pub value: String,
    pub by: Option<String>,
    pub at: Micros,
}

/// The settings at one moment.
pub struct Rules {
    fixed: Arc<BTreeMap<Setting, String>>,
    set: HashMap<String, Set>,
}

impl Rules {
    /// What holds.
    pub fn value(&self, setting: Setting) -> &str {
        let fixed = self.fixed.get(&setting).map(String::as_str);
        let set = self.set.get(setting.name()).map(|set| set.value.as_str());
        fixed.or(set).unwrap_or(setting.default())
    }

    /// Decided by the environment, whatever was set.
    pub fn is_fixed(&self, setting: Setting) -> bool {
        self.fixed.contains_key(&setting)
    }

    pub fn set(&self, setting: Setting) -> Option<&Set> {
        self.set.get(setting.name())
    }

    pub fn joining(&self) -> Joining {
        match self.value(Setting::Joining) {
            "request" => Joining::Request,
            "invitation" => Joining::Invitation,
            "closed" => Joining::Closed,
            _ => Joining::Open,
        }
    }

    pub fn pictures(&self) -> Pictures {
        match self.value(Setting::Pictures) {
            "ticket" => Pictures::Ticket,
            "strict" => Pictures::Strict,
            _ => Pictures::Address,
        }
    }

    pub fn members_invite(&self) -> bool {
        self.value(Setting::Inviting) == "members"
    }

    pub fn members_have_guests(&self) -> bool {
        self.value(Setting::Guests) == "members"
    }

    pub fn members_found_groups(&self) -> bool {
        self.value(Setting::Groups) == "members"
    }

    /// So many posts of somebody who just came are looked at before others see them.
    pub fn looked_at_first(&self) -> i64 {
        self.value(Setting::Newcomers).parse().unwrap_or_default()
    }

    /// Whether an address of this domain comes in whoever else may.
    pub fn welcomes(&self, email: &str) -> bool {
        let Some((_, domain)) = email.rsplit_once('@') else {
            return false;
        };
        let domain = domain.to_lowercase();
        let fits = |one: &str| match one.strip_prefix("*.") {
            Some(above) => domain
                .strip_suffix(above)
                .is_some_and(|below| below.ends_with('.')),
            None => domain == one,
        };
        self.value(Setting::Domains)
            .split(' ')
            .any(|one| !one.is_empty() && fits(one))
    }
}

#[derive(Clone)]
pub struct House {
    db: Db,
    clock: Clock,
    fixed: Arc<BTreeMap<Setting, String>>,
    known: Arc<Known<Arc<Rules>>>,
}

const ALL: &str = "
    select s.name, s.value, u.name as by, s.at
      from settings s
      left join users u on u.id = s.by_id and u.gone_at is null";

const SET: &str = "
    insert into settings (name, value, by_id, at) values ($1, $2, $3, $4)
    on conflict (name) do update set value = excluded.value, by_id = excluded.by_id, at = excluded.at";

const UNSET: &str = "delete from settings where name = $1";

impl House {
    pub fn new(db: Db, clock: Clock, fixed: BTreeMap<Setting, String>) -> House {
        House {
            db,
            clock,
            fixed: Arc::new(fixed),
            known: Arc::default(),
        }
    }

    /// The settings as they are now, on every node.
    pub async fn rules(&self) -> Result<Arc<Rules>> {
        let moment = Moment {
            version: self.db.version(),
            now: self.clock.now(),
        };
        if let Some(known) = self.known.find("", moment) {
            return Ok(known);
        }
        let rows: Vec<Set> = sqlx::query_as(ALL).fetch_all(self.db.read()).await?;
        let rules = Arc::new(Rules {
            fixed: self.fixed.clone(),
            set: rows
                .into_iter()
                .map(|set| (set.name.clone(), set))
                .collect(),
        });
        self.known.keep(String::new(), moment, rules.clone());
        Ok(rules)
    }

    /// Sets a value that was checked; nothing puts it back to what it is by itself.
    pub async fn set(
        tx: &mut Tx,
        (setting, value): (Setting, Option<&str>),
        (by, at): (Option<Id<Users>>, Micros),
    ) -> Result<()> {
        match value {
            Some(value) => {
                sqlx::query(SET)
                    .bind(setting.name())
                    .bind(value)
                    .bind(by.map(|id| id.to_string()))
                    .bind(at)
                    .execute(&mut **tx)
                    .await?
            }
            None => {
                sqlx::query(UNSET)
                    .bind(setting.name())
                    .execute(&mut **tx)
                    .await?
            }
        };
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(values: &[(Setting, &str)]) -> Rules {
        let fixed = values.iter().map(|(one, value)| (*one, value.to_string()));
        Rules {
            fixed: Arc::new(fixed.collect()),
            set: HashMap::new(),
        }
    }

    #[test]
    fn an_address_is_welcome_by_its_domain_and_nothing_else() {
        let rules = rules(&[(Setting::Domains, "example.org *.club.example")]);
        for (email, welcome) in [
            ("a@example.org", true),
            ("a@EXAMPLE.org", true),
            ("a@sub.example.org", false),
            ("a@x.club.example", true),
            ("a@y.x.club.example", true),
            ("a@club.example", false),
            ("a@evilclub.example", false),
            ("a@example.org.evil", false),
            ("example.org@evil", false),
        ] {
            assert_eq!(rules.welcomes(email), welcome, "{email}");
        }
        assert!(!self::rules(&[]).welcomes("a@example.org"));
        assert_eq!(self::rules(&[]).joining(), Joining::Open);
    }
}
