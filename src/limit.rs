//! Rate limits: how often one address or one account may try what is dear or dangerous. Counted in
//! this process; constant in memory because old keys are forgotten.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::num::NonZeroU32;
use std::time::Duration;

use governor::clock::{Clock as _, DefaultClock};
use governor::middleware::StateInformationMiddleware;
use governor::state::keyed::DefaultKeyedStateStore;
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use rocket::fairing::{Fairing, Info, Kind};
use rocket::request::{FromRequest, Outcome, Request};
use rocket::response::Response;

use crate::error::{Error, Result};

pub struct Limiter(Option<Limits>);

struct Limits {
    login_address: Keyed,
    login_pair: Keyed,
    login_account: Keyed,
    register: Keyed,
    upload: Keyed,
    password: Keyed,
    handshake: Keyed,
    letter_address: Keyed,
    letter_account: Keyed,
    move_address: Keyed,
    bad_token: Keyed,
    rendition: Keyed,
    rendition_for_member: Keyed,
    api: KeyedWithState,
}

/// Says how much is left, for the header that tells clients.
type KeyedWithState =
    RateLimiter<String, DefaultKeyedStateStore<String>, DefaultClock, StateInformationMiddleware>;

/// So many requests of the JSON API one account may make at once, and one more every tenth of a second.
const API_BURST: u32 = 300;
const API_PERIOD: Duration = Duration::from_millis(100);

/// What is left to the account of this request, for the header.
struct Left(u32);

type Keyed = DefaultKeyedRateLimiter<String>;

/// No address is longer; what a stranger sends as one may be.
const ACCOUNT_CHARACTERS: usize = 254;
/// Beyond this many keys the forgetting is done at once, not at the next sweep.
const MANY_KEYS: usize = 50_000;

fn quota(burst: u32, one_per: Duration) -> Quota {
    let quota = Quota::with_period(one_per).expect("the period is not zero");
    quota.allow_burst(NonZeroU32::new(burst).expect("the burst is not zero"))
}

fn keyed(burst: u32, one_per: Duration) -> Keyed {
    RateLimiter::keyed(quota(burst, one_per))
}

impl Limiter {
    pub fn new(on: bool) -> Self {
        let seconds = Duration::from_secs;
        Limiter(on.then(|| Limits {
            login_address: keyed(30, seconds(2)),
            login_pair: keyed(5, seconds(12)),
            login_account: keyed(100, seconds(36)),
            register: keyed(10, seconds(60)),
            upload: keyed(60, seconds(1)),
            password: keyed(5, seconds(12)),
            handshake: keyed(60, seconds(1)),
            letter_address: keyed(10, seconds(60)),
            letter_account: keyed(3, seconds(600)),
            move_address: keyed(5, seconds(600)),
            bad_token: keyed(60, seconds(1)),
            rendition: keyed(60, seconds(1)),
            rendition_for_member: keyed(600, Duration::from_millis(100)),
            api: RateLimiter::keyed(quota(API_BURST, API_PERIOD)).with_middleware(),
        }))
    }

    /// One try to sign in. An account is limited for one address sooner than for all of them, so that
    /// nobody can lock another out for long.
    pub fn login(&self, address: Address, account: &str) -> Result<()> {
        let Some(limits) = &self.0 else { return Ok(()) };
        let account = account_key(account);
        check(&limits.login_address, address.key())?;
        check(&limits.login_pair, format!("{} {account}", address.key()))?;
        check(&limits.login_account, account)
    }

    pub fn register(&self, address: Address) -> Result<()> {
        self.0
            .as_ref()
            .map_or(Ok(()), |limits| check(&limits.register, address.key()))
    }

    /// One try of the account `who` to name its current password.
    pub fn password(&self, who: String) -> Result<()> {
        self.0
            .as_ref()
            .map_or(Ok(()), |limits| check(&limits.password, who))
    }

    /// One file sent by the account `who`.
    pub fn upload(&self, who: String) -> Result<()> {
        self.0
            .as_ref()
            .map_or(Ok(()), |limits| check(&limits.upload, who))
    }

    /// One socket opened from `address`.
    pub fn handshake(&self, address: Address) -> Result<()> {
        self.0
            .as_ref()
            .map_or(Ok(()), |limits| check(&limits.handshake, address.key()))
    }

    /// One letter of this kind to the account of this e-mail address, asked for from `address`. False when
    /// the account had enough of them: whoever asked hears nothing of it, or strangers could keep its owner
    /// from being answered.
    pub fn letter(&self, address: Address, (kind, account): (&str, &str)) -> Result<bool> {
        let Some(limits) = &self.0 else {
            return Ok(true);
        };
        check(&limits.letter_address, address.key())?;
        let key = format!("{kind} {}", account_key(account));
        Ok(check(&limits.letter_account, key).is_ok())
    }

    /// Another address for the account `who`: two letters go out for it.
    pub fn move_address(&self, who: String) -> Result<()> {
        self.0
            .as_ref()
            .map_or(Ok(()), |limits| check(&limits.move_address, who))
    }

    /// One picture made anew for somebody at `address` who is not signed in.
    pub fn rendition(&self, address: Address) -> Result<()> {
        self.0
            .as_ref()
            .map_or(Ok(()), |limits| check(&limits.rendition, address.key()))
    }

    /// The same by the account `who`.
    pub fn rendition_for_member(&self, who: String) -> Result<()> {
        self.0
            .as_ref()
            .map_or(Ok(()), |limits| check(&limits.rendition_for_member, who))
    }

    /// One token from `address` that opens nothing.
    pub fn bad_token(&self, address: Address) -> Result<()> {
        self.0
            .as_ref()
            .map_or(Ok(()), |limits| check(&limits.bad_token, address.key()))
    }

    /// One request to the JSON API by the account `who`; what is left is noted for `RateLimitHeaders`.
    pub fn api(&self, request: &Request<'_>, who: String) -> Result<()> {
        let Some(limits) = &self.0 else { return Ok(()) };
        let state = limits.api.check_key(&who).map_err(|refusal| {
            request.local_cache(|| Left(0));
            let retry_after = refusal.wait_time_from(limits.api.clock().now());
            Error::TooMany { retry_after }
        })?;
        request.local_cache(|| Left(state.remaining_burst_capacity()));
        Ok(())
    }

    /// Forgets whoever has been quiet for long enough to be as good as new.
    pub fn forget_old(&self) {
        let Some(limits) = &self.0 else { return };
        for keyed in [
            &limits.login_address,
            &limits.login_pair,
            &limits.login_account,
            &limits.register,
            &limits.upload,
            &limits.password,
            &limits.handshake,
            &limits.letter_address,
            &limits.letter_account,
            &limits.move_address,
            &limits.bad_token,
            &limits.rendition,
            &limits.rendition_for_member,
        ] {
            keyed.retain_recent();
            keyed.shrink_to_fit();
        }
        limits.api.retain_recent();
        limits.api.shrink_to_fit();
    }
}

/// `RateLimit` and `RateLimit-Policy` (draft-ietf-httpapi-ratelimit-headers-10) on answers to requests
/// that were counted.
pub struct RateLimitHeaders;

#[rocket::async_trait]
impl Fairing for RateLimitHeaders {
    fn info(&self) -> Info {
        Info {
            name: "Rate limits",
            kind: Kind::Response,
        }
    }

    async fn on_response<'r>(&self, request: &'r Request<'_>, response: &mut Response<'r>) {
        const UNCOUNTED: u32 = u32::MAX;
        let left = request.local_cache(|| Left(UNCOUNTED)).0;
        if left == UNCOUNTED {
            return;
        }
        let window = API_PERIOD * API_BURST;
        let refill = API_PERIOD * (API_BURST - left.min(API_BURST));
        let (window, refill) = (window.as_secs(), refill.as_millis().div_ceil(1_000));
        response.set_raw_header(
            "RateLimit-Policy",
            format!("\"api\";q={API_BURST};w={window}"),
        );
        response.set_raw_header("RateLimit", format!("\"api\";r={left};t={refill}"));
    }
}

fn account_key(account: &str) -> String {
    let characters = account.trim().chars().take(ACCOUNT_CHARACTERS);
    characters.flat_map(char::to_lowercase).collect()
}

fn check(keyed: &Keyed, key: String) -> Result<()> {
    if keyed.len() > MANY_KEYS {
        keyed.retain_recent();
    }
    keyed.check_key(&key).map_err(|refusal| {
        let retry_after = refusal.wait_time_from(keyed.clock().now());
        Error::TooMany { retry_after }
    })
}

/// The peer's address, as limits count it: an IPv6 customer owns a whole /64.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Address(IpAddr);

impl Address {
    pub fn new(ip: IpAddr) -> Self {
        match ip.to_canonical() {
            IpAddr::V6(v6) => {
                let network = u128::from(v6) >> 64 << 64;
                Address(IpAddr::V6(Ipv6Addr::from(network)))
            }
            v4 => Address(v4),
        }
    }

    fn key(self) -> String {
        self.0.to_string()
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Whose word on where a request comes from is believed.
pub struct TrustedProxies(pub Vec<IpAddr>);

impl TrustedProxies {
    /// Who asked `peer` to ask us: the last address of `X-Forwarded-For` that is no proxy of ours.
    /// What stands before it anybody may have written.
    fn origin<'a>(&self, peer: IpAddr, forwarded: impl Iterator<Item = &'a str>) -> IpAddr {
        if !self.0.contains(&peer) {
            return peer;
        }
        let all: Vec<&str> = forwarded.flat_map(|value| value.split(',')).collect();
        for text in all.into_iter().rev() {
            match text.trim().parse::<IpAddr>().map(|ip| ip.to_canonical()) {
                Ok(ip) if self.0.contains(&ip) => {}
                Ok(ip) => return ip,
                Err(_) => return peer,
            }
        }
        peer
    }
}

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Address {
    type Error = std::convert::Infallible;

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, Self::Error> {
        let peer = request
            .remote()
            .map_or(Ipv4Addr::LOCALHOST.into(), |peer| peer.ip());
        let proxies = request
            .rocket()
            .state::<TrustedProxies>()
            .expect("proxies are managed");
        let forwarded = request.headers().get("X-Forwarded-For");
        Outcome::Success(Address::new(proxies.origin(peer.to_canonical(), forwarded)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sixth_try_in_a_row_has_to_wait() {
        let limiter = Limiter::new(true);
        let address = Address::new("192.0.2.1".parse().unwrap());
        for _ in 0..5 {
            limiter.login(address, "ada@example.org").unwrap();
        }
        let Err(Error::TooMany { retry_after }) = limiter.login(address, "Ada@example.org") else {
            panic!("the sixth try passed");
        };
        assert!(retry_after > Duration::ZERO && retry_after <= Duration::from_secs(12));
        limiter.login(address, "ben@example.org").unwrap();
    }

    #[test]
    fn only_a_proxy_of_ours_is_believed() {
        let ip = |text: &str| text.parse::<IpAddr>().unwrap();
        let proxies = TrustedProxies(vec![ip("127.0.0.1"), ip("10.0.0.2")]);
        let origin = |peer, header: &'static str| proxies.origin(ip(peer), [header].into_iter());
        assert_eq!(origin("192.0.2.9", "198.51.100.1"), ip("192.0.2.9"));
        assert_eq!(
            origin("127.0.0.1", "6.6.6.6, 198.51.100.1, 10.0.0.2"),
            ip("198.51.100.1")
        );
        assert_eq!(origin("127.0.0.1", "nonsense"), ip("127.0.0.1"));
    }

    #[test]
    fn one_ipv6_network_is_one_address() {
        let address = |text: &str| Address::new(text.parse().unwrap());
        assert_eq!(address("2001:db8::1"), address("2001:db8::ffff"));
        assert_ne!(address("2001:db8::1"), address("2001:db8:0:1::1"));
        assert_eq!(address("::ffff:192.0.2.7"), address("192.0.2.7"));
    }
}
