//! The log of what is done in an office: who did what to which thing, written in the transaction that does it. No verb
//! and no route takes anything out of it; what is two years old goes by the clock.

use sqlx::AnyConnection;

use crate::clock::Micros;
use crate::cursor::Cursor;
use crate::db::{Db, Tx};
use crate::error::Result;
use crate::id::{Audits, Id, Users};
use crate::office::Office;

/// What can be done in an office.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Deed {
    SignedIn,
    JobRetried,
    JobTakenOut,
    LetterTried,
    DatesPutRight,
    SettingChanged,
    OfficeGiven,
    OfficeTaken,
    AccountChanged,
    ShutOut,
    LetIn,
    AccountErased,
    Invited,
    InvitationEnded,
    RequestAccepted,
    RequestDeclined,
    PostShown,
    PostKeptBack,
    GroupChanged,
    GroupClosed,
    PlaceChecked,
    CaseOpened,
    CaseKept,
    MeasureTaken,
    MeasureUndone,
    AppealAnswered,
    Barred,
    BarLifted,
}

impl Deed {
    pub const ALL: [Deed; 28] = [
        Deed::SignedIn,
        Deed::JobRetried,
        Deed::JobTakenOut,
        Deed::LetterTried,
        Deed::DatesPutRight,
        Deed::SettingChanged,
        Deed::OfficeGiven,
        Deed::OfficeTaken,
        Deed::AccountChanged,
        Deed::ShutOut,
        Deed::LetIn,
        Deed::AccountErased,
        Deed::Invited,
        Deed::InvitationEnded,
        Deed::RequestAccepted,
        Deed::RequestDeclined,
        Deed::PostShown,
        Deed::PostKeptBack,
        Deed::GroupChanged,
        Deed::GroupClosed,
        Deed::PlaceChecked,
        Deed::CaseOpened,
        Deed::CaseKept,
        Deed::MeasureTaken,
        Deed::MeasureUndone,
        Deed::AppealAnswered,
        Deed::Barred,
        Deed::BarLifted,
    ];

    /// Stands in the database and in addresses: it never changes.
    pub fn name(self) -> &'static str {
        match self {
            Deed::SignedIn => "signed-in",
            Deed::JobRetried => "job-retried",
            Deed::JobTakenOut => "job-taken-out",
            Deed::LetterTried => "letter-tried",
            Deed::DatesPutRight => "dates-put-right",
            Deed::SettingChanged => "setting-changed",
            Deed::OfficeGiven => "office-given",
            Deed::OfficeTaken => "office-taken",
            Deed::AccountChanged => "account-changed",
            Deed::ShutOut => "shut-out",
            Deed::LetIn => "let-in",
            Deed::AccountErased => "account-erased",
            Deed::Invited => "invited",
            Deed::InvitationEnded => "invitation-ended",
            Deed::RequestAccepted => "request-accepted",
            Deed::RequestDeclined => "request-declined",
            Deed::PostShown => "post-shown",
            Deed::PostKeptBack => "post-kept-back",
            Deed::GroupChanged => "group-changed",
            Deed::GroupClosed => "group-closed",
            Deed::PlaceChecked => "place-checked",
            Deed::CaseOpened => "case-opened",
            Deed::CaseKept => "case-kept",
            Deed::MeasureTaken => "measure-taken",
            Deed::MeasureUndone => "measure-undone",
            Deed::AppealAnswered => "appeal-answered",
            Deed::Barred => "barred",
            Deed::BarLifted => "bar-lifted",
        }
    }

    /// After the name of who did it.
    pub fn words(self) -> &'static str {
        match self {
            Deed::SignedIn => "signed in",
            Deed::JobRetried => "had a job tried again",
            Deed::JobTakenOut => "took a job out",
            Deed::LetterTried => "sent a trial letter",
            Deed::DatesPutRight => "put the dates of posts right",
            Deed::SettingChanged => "changed a setting",
            Deed::OfficeGiven => "gave an office to",
            Deed::OfficeTaken => "took an office from",
            Deed::AccountChanged => "changed the account of",
            Deed::ShutOut => "closed the account of",
            Deed::LetIn => "opened the account of",
            Deed::AccountErased => "erased the account of",
            Deed::Invited => "made an invitation",
            Deed::InvitationEnded => "ended an invitation",
            Deed::RequestAccepted => "let in",
            Deed::RequestDeclined => "did not let in",
            Deed::PostShown => "looked at a post and showed it",
            Deed::PostKeptBack => "looked at a post and kept it back",
            Deed::GroupChanged => "changed the group",
            Deed::GroupClosed => "had a group closed:",
            Deed::PlaceChecked => "looked at what strangers get",
            Deed::CaseOpened => "began to look at something of",
            Deed::CaseKept => "looked at what was reported, and left it, of",
            Deed::MeasureTaken => "decided about",
            Deed::MeasureUndone => "took a decision back about",
            Deed::AppealAnswered => "answered an appeal of",
            Deed::Barred => "decided for good about",
            Deed::BarLifted => "took back what was decided for good about",
        }
    }

    /// The least office that does it.
    pub fn office(self) -> Office {
        match self {
            Deed::SignedIn
            | Deed::Invited
            | Deed::InvitationEnded
            | Deed::RequestAccepted
            | Deed::RequestDeclined
            | Deed::PostShown
            | Deed::PostKeptBack
            | Deed::CaseOpened
            | Deed::CaseKept
            | Deed::MeasureTaken
            | Deed::MeasureUndone
            | Deed::AppealAnswered => Office::Moderator,
            Deed::JobRetried
            | Deed::JobTakenOut
            | Deed::LetterTried
            | Deed::DatesPutRight
            | Deed::SettingChanged
            | Deed::OfficeGiven
            | Deed::OfficeTaken
            | Deed::AccountChanged
            | Deed::ShutOut
            | Deed::LetIn
            | Deed::AccountErased
            | Deed::GroupChanged
            | Deed::GroupClosed
            | Deed::PlaceChecked
            | Deed::Barred
            | Deed::BarLifted => Office::Administrator,
        }
    }

    /// What it is done to.
    fn kind(self) -> &'static str {
        match self {
            Deed::JobRetried | Deed::JobTakenOut => "job",
            Deed::SettingChanged => "setting",
            Deed::LetterTried | Deed::DatesPutRight | Deed::PlaceChecked => "place",
            Deed::Invited | Deed::InvitationEnded => "invitation",
            Deed::PostShown | Deed::PostKeptBack => "post",
            Deed::GroupChanged | Deed::GroupClosed => "group",
            Deed::SignedIn
            | Deed::OfficeGiven
            | Deed::OfficeTaken
            | Deed::AccountChanged
            | Deed::ShutOut
            | Deed::LetIn
            | Deed::AccountErased
            | Deed::RequestAccepted
            | Deed::RequestDeclined
            | Deed::MeasureTaken
            | Deed::MeasureUndone
            | Deed::AppealAnswered
            | Deed::Barred
            | Deed::BarLifted
            | Deed::CaseOpened
            | Deed::CaseKept => "member",
        }
    }

    fn side(self) -> &'static str {
        match self.office() {
            Office::Moderator => "moderation",
            Office::Member | Office::Administrator => "administration",
        }
    }

    pub fn named(name: &str) -> Option<Deed> {
        Deed::ALL.into_iter().find(|deed| deed.name() == name)
    }
}

/// One deed, to which thing, and what it was exactly.
pub struct Done<'a> {
    pub deed: Deed,
    /// An id, or the name of a setting.
    pub subject: &'a str,
    /// In words for whoever reads the log; secrets never.
    pub detail: &'a str,
}

impl<'a> Done<'a> {
    pub fn to(deed: Deed, subject: &'a str) -> Done<'a> {
        Done {
            deed,
            subject,
            detail: "",
        }
    }
}

const NOTE: &str = "
    insert into audit (id, at, actor_id, act, kind, subject, detail, side)
    values ($1, $2, $3, $4, $5, $6, $7, $8)";

/// Writes a line; without an actor it was the server, or somebody at its command line.
pub async fn note(
    connection: &mut AnyConnection,
    done: Done<'_>,
    (actor, at): (Option<Id<Users>>, Micros),
) -> Result<()> {
    sqlx::query(NOTE)
        .bind(Id::<Audits>::new())
        .bind(at)
        .bind(actor.map(|id| id.to_string()))
        .bind(done.deed.name())
        .bind(done.deed.kind())
        .bind(done.subject)
        .bind(done.detail)
        .bind(done.deed.side())
        .execute(connection)
        .await?;
    Ok(())
}

/// A line of the log, with the names that are still there.
#[derive(sqlx::FromRow)]
pub struct Line {
    pub id: Id<Audits>,
    pub at: Micros,
    pub act: String,
    pub kind: String,
    pub subject: String,
    pub detail: String,
    pub actor: Option<String>,
    pub actor_handle: Option<String>,
    pub whom: Option<String>,
    pub whom_handle: Option<String>,
}

/// Which lines are asked for; what is empty asks for all.
#[derive(Default, Clone, Copy)]
pub struct Filter<'a> {
    pub act: &'a str,
    /// A handle: of who did it, or to whom it was done.
    pub member: &'a str,
    /// For this moderator alone: what is of moderation, and not what is decided about them or others who look after the place.
    pub moderator: &'a str,
}

const LIST: &str = "
    select l.id, l.at, l.act, l.kind, l.subject, l.detail, a.name as actor, a.handle as actor_handle,
           m.name as whom, m.handle as whom_handle
      from audit l
      left join users a on a.id = l.actor_id and a.gone_at is null
      left join users m on m.id = l.subject and m.gone_at is null
     where (l.at < $1 or (l.at = $1 and l.id < $2))
       and ($3 = '' or l.act = $3)
       and ($4 = '' or a.handle = $4 or m.handle = $4)
       and ($5 = '' or l.side = 'moderation' and (
               l.act not in ('case-opened', 'case-kept', 'measure-taken', 'measure-undone', 'appeal-answered')
               or (l.subject <> $5 and not exists (
                       select 1 from users o where o.id = l.subject and (o.is_admin = 1 or o.is_moderator = 1)))))
     order by l.at desc, l.id desc
     limit 51";

/// Lines of the log, the newest first, one more than a page of 50.
pub async fn list(
    db: &Db,
    filter: Filter<'_>,
    before: Option<Cursor<Audits>>,
) -> Result<Vec<Line>> {
    let (at, id) = before.map_or((Micros::MAX, String::new()), |cursor| {
        (cursor.at, cursor.id.to_string())
    });
    Ok(sqlx::query_as(LIST)
        .bind(at)
        .bind(id)
        .bind(filter.act)
        .bind(filter.member)
        .bind(filter.moderator)
        .fetch_all(db.read())
        .await?)
}

/// So long the log keeps a line.
const KEPT: Micros = 730 * 86_400 * 1_000_000;

const FORGET: &str = "
    delete from audit where id in (select id from audit where at < $1 order by at limit 500)";

/// Takes away what is older than two years.
pub async fn forget_old(db: &Db, now: Micros) -> Result<()> {
    loop {
        let mut tx: Tx = db.write().await?;
        let gone = sqlx::query(FORGET)
            .bind(now - KEPT)
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        if gone.rows_affected() == 0 {
            return Ok(());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_deed_has_a_name_of_its_own() {
        let names: std::collections::HashSet<_> = Deed::ALL.into_iter().map(Deed::name).collect();
        assert_eq!(names.len(), Deed::ALL.len());
        assert!(
            Deed::ALL
                .into_iter()
                .all(|deed| Deed::named(deed.name()) == Some(deed))
        );
    }
}
