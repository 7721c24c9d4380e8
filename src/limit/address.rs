//! Where a request comes from, as far as it can be believed.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Once;

use ipnet::IpNet;

use rocket::request::{FromRequest, Outcome, Request};

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
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Whose word on where a request comes from is believed.
pub struct TrustedProxies(pub Vec<IpNet>);

/// What stands in `X-Forwarded-For`: an address, also with a port, in brackets or in quotes.
fn forwarded(text: &str) -> Option<IpAddr> {
    let text = text.trim().trim_matches('"');
    let bare = text
        .strip_prefix('[')
        .and_then(|rest| rest.split(']').next());
    let parsed = match bare {
        Some(bare) => bare.parse().ok(),
        None => text.parse().ok().or_else(|| {
            text.parse::<SocketAddr>()
                .ok()
                .map(|with_port| with_port.ip())
        }),
    };
    parsed.map(|ip: IpAddr| ip.to_canonical())
}

impl TrustedProxies {
    pub fn contain(&self, peer: IpAddr) -> bool {
        let peer = peer.to_canonical();
        self.0.iter().any(|network| network.contains(&peer))
    }

    /// Who asked `peer` to ask us: the last address of `X-Forwarded-For` that is no proxy of ours.
    /// What stands before it anybody may have written.
    fn origin<'a>(&self, peer: IpAddr, headers: impl Iterator<Item = &'a str>) -> IpAddr {
        if !self.contain(peer) {
            return peer;
        }
        let all: Vec<&str> = headers.flat_map(|value| value.split(',')).collect();
        for text in all.into_iter().rev() {
            match forwarded(text) {
                Some(ip) if self.contain(ip) => {}
                Some(ip) => return ip,
                None => {
                    static SAID: Once = Once::new();
                    SAID.call_once(|| {
                        tracing::warn!(
                            proxy = %peer,
                            "X-Forwarded-For of a trusted proxy holds what is no address: everybody behind it counts as one"
                        );
                    });
                    return peer;
                }
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
    use crate::config::network;

    #[test]
    fn only_a_proxy_of_ours_is_believed() {
        let ip = |text: &str| text.parse::<IpAddr>().unwrap();
        let networks = ["127.0.0.1", "10.0.0.0/8", "::1/128", "fd00::/8"];
        let proxies = TrustedProxies(networks.map(|text| network(text).unwrap()).into());
        let origin = |peer, header: &'static str| proxies.origin(ip(peer), [header].into_iter());
        assert_eq!(origin("192.0.2.9", "198.51.100.1"), ip("192.0.2.9"));
        assert_eq!(
            origin("127.0.0.1", "6.6.6.6, 198.51.100.1, 10.0.0.2"),
            ip("198.51.100.1")
        );
        assert_eq!(origin("127.0.0.1", "nonsense"), ip("127.0.0.1"));
        for (peer, header, expected) in [
            ("10.9.8.7", "198.51.100.1:4711", "198.51.100.1"),
            ("::1", "[2001:db8::7]:443", "2001:db8::7"),
            ("fd00::5", "\"[2001:db8::7]\"", "2001:db8::7"),
            (
                "::ffff:127.0.0.1",
                "198.51.100.1, ::ffff:10.1.1.1",
                "198.51.100.1",
            ),
            ("10.9.8.7", "198.51.100.1, unknown", "10.9.8.7"),
            ("11.0.0.1", "198.51.100.1", "11.0.0.1"),
        ] {
            assert_eq!(origin(peer, header), ip(expected), "{peer} {header}");
        }
        assert!(network("10.0.0.0/33").is_none() && network("x").is_none());
    }

    #[test]
    fn one_ipv6_network_is_one_address() {
        let address = |text: &str| Address::new(text.parse().unwrap());
        assert_eq!(address("2001:db8::1"), address("2001:db8::ffff"));
        assert_ne!(address("2001:db8::1"), address("2001:db8:0:1::1"));
        assert_eq!(address("::ffff:192.0.2.7"), address("192.0.2.7"));
    }
}
