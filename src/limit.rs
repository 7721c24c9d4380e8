//! Rate limits: how often one address or one account may try what is dear or dangerous. Counted in
//! this process; constant in memory because old keys are forgotten.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::num::NonZeroU32;
use std::time::Duration;

use governor::clock::Clock as _;
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use rocket::request::{FromRequest, Outcome, Request};

use crate::error::{Error, Result};

pub struct Limiter(Option<Limits>);

struct Limits {
    login_address: Keyed,
    login_pair: Keyed,
    login_account: Keyed,
    register: Keyed,
    upload: Keyed,
    handshake: Keyed,
}

type Keyed = DefaultKeyedRateLimiter<String>;

/// Beyond this many keys the forgetting is done at once, not at the next sweep.
const MANY_KEYS: usize = 50_000;

fn keyed(burst: u32, one_per: Duration) -> Keyed {
    let quota = Quota::with_period(one_per).expect("the period is not zero");
    RateLimiter::keyed(quota.allow_burst(NonZeroU32::new(burst).expect("the burst is not zero")))
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
            handshake: keyed(60, seconds(1)),
        }))
    }

    /// One try to sign in. An account is limited for one address sooner than for all of them, so that
    /// nobody can lock another out for long.
    pub fn login(&self, address: Address, account: &str) -> Result<()> {
        let Some(limits) = &self.0 else { return Ok(()) };
        let account = account.to_lowercase();
        check(&limits.login_address, address.key())?;
        check(&limits.login_pair, format!("{} {account}", address.key()))?;
        check(&limits.login_account, account)
    }

    pub fn register(&self, address: Address) -> Result<()> {
        self.0
            .as_ref()
            .map_or(Ok(()), |limits| check(&limits.register, address.key()))
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

    /// Forgets whoever has been quiet for long enough to be as good as new.
    pub fn forget_old(&self) {
        let Some(limits) = &self.0 else { return };
        for keyed in [
            &limits.login_address,
            &limits.login_pair,
            &limits.login_account,
            &limits.register,
            &limits.upload,
            &limits.handshake,
        ] {
            keyed.retain_recent();
            keyed.shrink_to_fit();
        }
    }
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

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Address {
    type Error = std::convert::Infallible;

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, Self::Error> {
        // The test client has no peer.
        let ip = request
            .remote()
            .map_or(IpAddr::V4(Ipv4Addr::LOCALHOST), |peer| peer.ip());
        Outcome::Success(Address::new(ip))
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
    fn one_ipv6_network_is_one_address() {
        let address = |text: &str| Address::new(text.parse().unwrap());
        assert_eq!(address("2001:db8::1"), address("2001:db8::ffff"));
        assert_ne!(address("2001:db8::1"), address("2001:db8:0:1::1"));
        assert_eq!(address("::ffff:192.0.2.7"), address("192.0.2.7"));
    }
}
