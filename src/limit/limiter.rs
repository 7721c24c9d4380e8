//! Rate limits: how often one address, account or mailbox may do what is dear or dangerous. One table says all of
//! them, and there is one door, [`Limiter::spend`]. Counted in this process; bounded in memory because keys that
//! are as good as new are forgotten.

use std::num::NonZeroU32;
use std::time::Duration;

use governor::clock::{Clock as _, DefaultClock};
use governor::middleware::StateInformationMiddleware;
use governor::state::keyed::DefaultKeyedStateStore;
use governor::{Quota, RateLimiter};

use super::address::Address;
use crate::error::{Error, Result};
use crate::id::{Id, Users};

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// A try to sign in: all from one address, those from it to one account, and all to one account. The second
    /// comes sooner than the third, so that nobody can lock another out for long.
    SignInFrom,
    SignInFromTo,
    SignInTo,
    Register,
    /// A file sent.
    Upload,
    /// A try to name one's own password.
    Password,
    /// A socket opened.
    Handshake,
    /// A letter that somebody asks for, whoever it is to.
    AskLetter,
    /// A letter of one kind that somebody asks for, to one mailbox. Apart by kinds, and fewer than all letters it may
    /// get: so nobody keeps a member from a reset letter by asking for others.
    AskedLetter,
    /// A letter to one mailbox, of whatever kind: when it is put into the queue, and when it is sent.
    Letter,
    LetterSent,
    /// A letter of one kind, to one mailbox, that warns its reader.
    Warning,
    /// Another address for an account.
    MoveAddress,
    /// A token that opens nothing.
    BadToken,
    /// Pictures made, in megapixels of all their steps.
    StrangersPixels,
    MembersPixels,
    /// A body of a form or of the JSON API that comes from nobody who is signed in.
    StrangersBody,
    /// A request to the JSON API.
    Api,
    /// A change that rides on a cookie.
    Write,
}

/// So many at once, and one more after each period.
pub(super) struct Rule {
    act: Act,
    pub burst: u32,
    pub period: Duration,
}

const fn rule(act: Act, burst: u32, milliseconds: u64) -> Rule {
    Rule {
        act,
        burst,
        period: Duration::from_millis(milliseconds),
    }
}

/// In the order of [`Act`].
static RULES: [Rule; 19] = [
    rule(Act::SignInFrom, 30, 2_000),
    rule(Act::SignInFromTo, 5, 12_000),
    rule(Act::SignInTo, 100, 36_000),
    rule(Act::Register, 10, 60_000),
    rule(Act::Upload, 60, 1_000),
    rule(Act::Password, 5, 12_000),
    rule(Act::Handshake, 60, 1_000),
    rule(Act::AskLetter, 10, 60_000),
    rule(Act::AskedLetter, 3, 1_200_000),
    rule(Act::Letter, 10, 300_000),
    rule(Act::LetterSent, 10, 300_000),
    rule(Act::Warning, 10, 300_000),
    rule(Act::MoveAddress, 5, 600_000),
    rule(Act::BadToken, 60, 1_000),
    rule(Act::StrangersPixels, 240, 250),
    rule(Act::MembersPixels, 4_000, 10),
    rule(Act::StrangersBody, 120, 250),
    rule(Act::Api, 300, 100),
    rule(Act::Write, 120, 250),
];

/// Who is charged.
#[derive(Clone, Copy, Debug)]
pub enum Key<'a> {
    Address(Address),
    Account(Id<Users>),
    /// An e-mail address, in any spelling of its case.
    Mailbox(&'a str),
    /// A kind of letter to a mailbox.
    Letter(&'a str, &'a str),
    /// A mailbox, asked for from an address.
    From(Address, &'a str),
}

/// What is left of a rule after it was charged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Left {
    pub act: Act,
    pub left: u32,
}

type Keyed =
    RateLimiter<String, DefaultKeyedStateStore<String>, DefaultClock, StateInformationMiddleware>;

pub struct Limiter(Option<Vec<Keyed>>);

/// No address is longer; what a stranger sends as one may be.
const MAILBOX_CHARACTERS: usize = 254;
/// Beyond this many keys the forgetting is done at once, not at the next sweep.
const MANY_KEYS: usize = 50_000;

impl Limiter {
    /// Off, it lets everything pass.
    pub fn new(on: bool) -> Self {
        let counter = |rule: &Rule| {
            let quota = Quota::with_period(rule.period).expect("no period is zero");
            let burst = NonZeroU32::new(rule.burst).expect("no burst is zero");
            RateLimiter::keyed(quota.allow_burst(burst)).with_middleware()
        };
        Limiter(on.then(|| RULES.iter().map(counter).collect()))
    }

    /// Charges `cost` of an act, at least one and at most all there can be; `TooMany` with the time to wait when
    /// there is not as much left. `None` where nothing is limited.
    pub async fn spend(&self, act: Act, key: Key<'_>, cost: u32) -> Result<Option<Left>> {
        let Some(counters) = &self.0 else {
            return Ok(None);
        };
        let (rule, counter) = (act.rule(), &counters[act as usize]);
        if counter.len() > MANY_KEYS {
            counter.retain_recent();
        }
        let cost = NonZeroU32::new(cost.clamp(1, rule.burst)).expect("at least one");
        let checked = counter.check_key_n(&key.text(), cost);
        match checked.expect("the cost is within the burst") {
            Ok(state) => Ok(Some(Left {
                act,
                left: state.remaining_burst_capacity(),
            })),
            Err(refusal) => Err(Error::TooMany {
                retry_after: refusal.wait_time_from(counter.clock().now()),
            }),
        }
    }

    /// Forgets whoever has been quiet for long enough to be as good as new.
    pub fn forget_old(&self) {
        for counter in self.0.iter().flatten() {
            counter.retain_recent();
            counter.shrink_to_fit();
        }
    }
}

impl Act {
    pub(super) fn rule(self) -> &'static Rule {
        let rule = &RULES[self as usize];
        debug_assert_eq!(rule.act, self, "the table has the order of the acts");
        rule
    }
}

impl Key<'_> {
    fn text(self) -> String {
        match self {
            Key::Address(address) => address.to_string(),
            Key::Account(id) => id.to_string(),
            Key::Mailbox(mailbox) => lower(mailbox),
            Key::Letter(kind, mailbox) => format!("{kind} {}", lower(mailbox)),
            Key::From(address, mailbox) => format!("{address} {}", lower(mailbox)),
        }
    }
}

fn lower(mailbox: &str) -> String {
    let characters = mailbox.trim().chars().take(MAILBOX_CHARACTERS);
    characters.collect::<String>().to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVERYBODY: [Act; 18] = [
        Act::SignInFrom,
        Act::SignInFromTo,
        Act::SignInTo,
        Act::Register,
        Act::Upload,
        Act::Password,
        Act::Handshake,
        Act::AskLetter,
        Act::AskedLetter,
        Act::Letter,
        Act::LetterSent,
        Act::MoveAddress,
        Act::BadToken,
        Act::StrangersPixels,
        Act::MembersPixels,
        Act::StrangersBody,
        Act::Api,
        Act::Write,
    ];

    #[rocket::async_test]
    async fn every_act_has_its_rule_and_ends_after_its_burst() {
        let limiter = Limiter::new(true);
        let key = Key::Mailbox("ada@example.org");
        for act in EVERYBODY {
            assert_eq!(act.rule().act, act);
            for n in (0..act.rule().burst).rev() {
                let left = limiter.spend(act, key, 1).await.unwrap().unwrap();
                // A little comes back while this runs.
                assert!(left.left >= n, "{act:?}");
            }
        }
        let refused = limiter.spend(Act::SignInFromTo, Key::Mailbox(" Ada@Example.org"), 1);
        let Err(Error::TooMany { retry_after }) = refused.await else {
            panic!("one more passed");
        };
        assert!(retry_after > Duration::ZERO && retry_after <= Duration::from_secs(12));
        let ben = Key::Mailbox("ben@example.org");
        limiter.spend(Act::SignInFromTo, ben, 1).await.unwrap();
    }

    #[rocket::async_test]
    async fn a_cost_is_charged_whole() {
        let limiter = Limiter::new(true);
        let key = Key::Mailbox("a stranger");
        let act = Act::StrangersPixels;
        let burst = act.rule().burst;
        limiter.spend(act, key, burst / 2).await.unwrap();
        assert!(limiter.spend(act, key, burst).await.is_err());
        limiter.spend(act, key, burst / 4).await.unwrap();
        let other = Key::Mailbox("another");
        limiter.spend(act, other, u32::MAX).await.unwrap();
        let off = Limiter::new(false);
        assert_eq!(off.spend(act, key, u32::MAX).await.unwrap(), None);
    }

    #[rocket::async_test]
    async fn keys_are_bounded() {
        let limiter = Limiter::new(true);
        for n in 0..MANY_KEYS + 2_000 {
            let mailbox = format!("{n}@example.org");
            limiter
                .spend(Act::Api, Key::Mailbox(&mailbox), 1)
                .await
                .unwrap();
            if n == MANY_KEYS {
                std::thread::sleep(Act::Api.rule().period * 2);
            }
        }
        let counters = limiter.0.as_ref().unwrap();
        assert!(counters[Act::Api as usize].len() < MANY_KEYS);
    }
}
