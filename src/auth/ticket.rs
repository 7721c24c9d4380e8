//! Tickets: what stands in the address of a picture so that a program which sends no token still says who asks for it. A
//! ticket opens nothing by itself: whoever it names is asked about as if they asked themselves, for that one picture, until the
//! end of the next day (UTC), so that an address stays the same for a day. It ends with the member's sessions.
//!
//! `?pt=<member>.<end>.<code>`: the member's id and the end in seconds (32 bits), both as base64url, and 132 bits of an HMAC-SHA256
//! over purpose, key of the file, member, their epoch and the end. Programs that put `tr:…/` into the path leave the query as
//! it is, and the code covers the key and not the path.

use std::sync::LazyLock;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::Viewer;
use super::signer::Signer;
use crate::clock::{Clock, Micros};
use crate::db::Db;
use crate::error::Result;
use crate::id::{GuestLinks, Id, Users};
use crate::known::{Known, Moment};

const PURPOSE: &str = "porch:ticket";
/// Letters of the code.
const CODE: usize = 22;
const DAY: i64 = 86_400;

/// Where a ticket goes in an address, as long as it is not known for whom: behind the key of a file. It ends with letters of
/// this process, which nobody's words hold.
pub fn mark() -> &'static str {
    static MARK: LazyLock<String> =
        LazyLock::new(|| format!("?pt=~{}", crate::id::random_text(26)));
    &MARK
}

/// Whom a ticket names.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Names {
    member: Id<Users>,
    /// Until this second.
    end: i64,
}

impl Names {
    /// What nobody else can write for this file, while the member's sessions are these.
    fn code(self, signer: &Signer, (key, epoch): (&str, i64)) -> String {
        let Names { member, end } = self;
        let mut code = signer.fingerprint(PURPOSE, &format!("{key} {member} {epoch} {end}"));
        code.truncate(CODE);
        code
    }

    /// Out of a ticket, and its code.
    fn read(ticket: &str) -> Option<(Names, &str)> {
        let (member, rest) = ticket.split_once('.')?;
        let (end, code) = rest.split_once('.')?;
        let member = URL_SAFE_NO_PAD.decode(member).ok()?;
        let end: [u8; 4] = URL_SAFE_NO_PAD.decode(end).ok()?.try_into().ok()?;
        let member = Id::from_bytes(member.try_into().ok()?);
        let end = i64::from(u32::from_be_bytes(end));
        Some((Names { member, end }, code))
    }
}

/// Writes the tickets of one member.
pub struct Tickets {
    signer: Signer,
    names: Names,
    epoch: i64,
}

impl Tickets {
    pub fn of(viewer: &Viewer, signer: Signer, now: Micros) -> Tickets {
        Tickets {
            signer,
            names: Names {
                member: viewer.id,
                end: (now / 1_000_000).div_euclid(DAY) * DAY + 2 * DAY,
            },
            epoch: viewer.epoch,
        }
    }

    /// A ticket for the file of that key that has ended in this moment: it opens nothing.
    pub fn ended(
        signer: &Signer,
        (member, epoch): (Id<Users>, i64),
        key: &str,
        now: Micros,
    ) -> String {
        let tickets = Tickets {
            signer: signer.clone(),
            names: Names {
                member,
                end: now / 1_000_000,
            },
            epoch,
        };
        tickets.write(key)
    }

    fn write(&self, key: &str) -> String {
        let member = URL_SAFE_NO_PAD.encode(self.names.member.bytes());
        let end = URL_SAFE_NO_PAD.encode((self.names.end as u32).to_be_bytes());
        let code = self.names.code(&self.signer, (key, self.epoch));
        format!("{member}.{end}.{code}")
    }

    /// The text with a ticket wherever one is to go.
    pub fn fill(&self, text: &str) -> String {
        let mut parts = text.split(mark());
        let mut filled = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let key = filled.rsplit('/').next().unwrap_or_default();
            let ticket = self.write(key);
            filled.push_str("?pt=");
            filled.push_str(&ticket);
            filled.push_str(part);
        }
        filled
    }
}

/// Reads tickets.
pub struct TicketDoor {
    db: Db,
    clock: Clock,
    signer: Signer,
    /// The epochs of members who are here.
    epochs: Known<Option<i64>>,
}

const EPOCH: &str = "
    select session_epoch from users where id = $1 and is_active = 1 and hidden_at is null";

impl TicketDoor {
    pub fn new(db: Db, clock: Clock, signer: Signer) -> TicketDoor {
        TicketDoor {
            db,
            clock,
            signer,
            epochs: Known::default(),
        }
    }

    /// Who asks for the file of that key by this ticket; nobody where it does not hold.
    pub async fn read(&self, key: &str, ticket: &str) -> Result<Option<Id<Users>>> {
        let Some((names, given)) = Names::read(ticket) else {
            return Ok(None);
        };
        if names.end <= self.clock.seconds() {
            return Ok(None);
        }
        let Some(epoch) = self.epoch(names.member).await? else {
            return Ok(None);
        };
        let right = names.code(&self.signer, (key, epoch));
        let same =
            aws_lc_rs::constant_time::verify_slices_are_equal(given.as_bytes(), right.as_bytes());
        Ok(same.ok().map(|()| names.member))
    }

    async fn epoch(&self, member: Id<Users>) -> Result<Option<i64>> {
        let at = Moment {
            version: self.db.version(),
            now: self.clock.now(),
        };
        let key = member.to_string();
        if let Some(known) = self.epochs.find(&key, at) {
            return Ok(known);
        }
        let found: Option<(i64,)> = sqlx::query_as(EPOCH)
            .bind(member)
            .fetch_optional(self.db.read())
            .await?;
        let epoch = found.map(|(epoch,)| epoch);
        self.epochs.keep(key, at, epoch);
        Ok(epoch)
    }
}

const GUESTS: &str = "porch:guest-picture";

fn guest_code(signer: &Signer, link: Id<GuestLinks>, key: &str) -> String {
    let mut code = signer.fingerprint(GUESTS, &format!("{key} {link}"));
    code.truncate(CODE);
    code
}

/// What stands behind `?gt=` in the address of a picture on a guest's page: the link by which they see it. Whether that holds
/// is asked at every request.
pub fn guest_ticket(signer: &Signer, link: Id<GuestLinks>, key: &str) -> String {
    let id = URL_SAFE_NO_PAD.encode(link.bytes());
    format!("{id}.{}", guest_code(signer, link, key))
}

impl TicketDoor {
    /// The link by which somebody asks for the file of that key.
    pub fn read_guest(&self, key: &str, ticket: &str) -> Option<Id<GuestLinks>> {
        let (id, given) = ticket.split_once('.')?;
        let id = URL_SAFE_NO_PAD.decode(id).ok()?;
        let link = Id::from_bytes(id.try_into().ok()?);
        let right = guest_code(&self.signer, link, key);
        let same =
            aws_lc_rs::constant_time::verify_slices_are_equal(given.as_bytes(), right.as_bytes());
        same.ok().map(|()| link)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ticket_names_its_member_and_its_end() {
        let tickets = Tickets {
            signer: Signer::new(&[7; 32]),
            names: Names {
                member: Id::new(),
                end: 1_795_910_400,
            },
            epoch: 3,
        };
        let addresses =
            ["/media/abc.jpg", "/media/tr:w-9/def.png"].map(|path| format!("{path}{}", mark()));
        let text = serde_json::to_string(&addresses).unwrap();
        let filled = tickets.fill(&text);
        let found: Vec<&str> = filled.split("?pt=").skip(1).collect();
        let ticket = |n: usize| found[n].split('"').next().unwrap();
        for (n, key) in [(0, "abc.jpg"), (1, "def.png")] {
            assert_eq!(ticket(n), tickets.write(key));
            let (names, code) = Names::read(ticket(n)).unwrap();
            assert_eq!(names, tickets.names);
            assert_eq!(code.len(), CODE);
            assert_eq!(ticket(n).len(), 22 + 1 + 6 + 1 + 22);
        }
        assert_ne!(ticket(0), ticket(1));
        // What somebody has typed is no place for a ticket.
        let typed = "/media/abc.jpg?pt=~abcdefghijklmnopqrstuvwxyz";
        assert_eq!(tickets.fill(typed), typed);
        for wrong in ["", ".", "a.b.c", "AAAA.AAAAAA.x", "?", &"x".repeat(999)] {
            assert!(Names::read(wrong).is_none(), "{wrong}");
        }
    }
}
