//! Other servers, as far as somebody else has said which: none in a private network is asked, by whatever name.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::{Client, ClientBuilder, Url};

/// A client that connects to public addresses only, or to any. It looks names up itself; for an address in the place of
/// a name ask [`refused`] first, at every redirect too.
pub fn client(may_be_private: bool) -> ClientBuilder {
    Client::builder()
        .no_proxy()
        .dns_resolver(Arc::new(Public { may_be_private }))
        .connect_timeout(Duration::from_secs(15))
        .user_agent(concat!("porch/", env!("CARGO_PKG_VERSION")))
}

/// Why an address is not asked, before any name in it is looked up.
pub fn refused(url: &Url, may_be_private: bool) -> Option<&'static str> {
    if !["http", "https"].contains(&url.scheme()) {
        return Some("its address is not of the web");
    }
    let host = url.host_str().unwrap_or_default();
    let ip = host.trim_matches(['[', ']']).parse::<IpAddr>();
    match ip {
        Ok(ip) if is_private(ip) && !may_be_private => Some(PRIVATE),
        _ => None,
    }
}

const PRIVATE: &str = "its address is in a private network, which is not asked";

/// Looks names up and keeps only public addresses, so that what was looked up is what is connected to.
struct Public {
    may_be_private: bool,
}

impl Resolve for Public {
    fn resolve(&self, name: Name) -> Resolving {
        let may_be_private = self.may_be_private;
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let public: Vec<SocketAddr> = found
                .filter(|address| may_be_private || !is_private(address.ip()))
                .collect();
            if public.is_empty() {
                return Err(PRIVATE.into());
            }
            let public: Addrs = Box::new(public.into_iter());
            Ok(public)
        })
    }
}

/// Everything that the IANA registries of special-purpose addresses do not call globally reachable, as
/// far as anybody might listen there.
fn is_private(ip: IpAddr) -> bool {
    match ip.to_canonical() {
        IpAddr::V4(ip) => {
            let [a, b, c, _] = ip.octets();
            ip.is_private()
                || ip.is_loopback()
                || ip.is_link_local()
                || ip.is_documentation()
                || ip.is_multicast()
                || a == 0
                || a >= 240
                || (a == 100 && (64..128).contains(&b))
                || (a == 192 && b == 0 && c == 0)
                || (a == 192 && b == 88 && c == 99)
                || (a == 198 && (18..20).contains(&b))
        }
        IpAddr::V6(ip) => {
            let parts = ip.segments();
            let [.., high, low] = parts;
            let [a, b] = high.to_be_bytes();
            let [c, d] = low.to_be_bytes();
            // NAT64 and 6to4 carry an IPv4 address. Of the rest only 2000::/3 was ever given out.
            let carried = match parts {
                [0x64, 0xff9b, 0, 0, 0, 0, ..] => {
                    return is_private(Ipv4Addr::new(a, b, c, d).into());
                }
                [0x2002, high, low, ..] => {
                    let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
                    Some(Ipv4Addr::new(a, b, c, d))
                }
                _ => None,
            };
            carried.is_some_and(|v4| is_private(v4.into()))
                || parts[0] & 0xe000 != 0x2000
                || (parts[0] == 0x2001 && (parts[1] < 0x200 || parts[1] == 0xdb8))
                || (parts[0] == 0x3fff && parts[1] < 0x1000)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_addresses_are_known_in_every_disguise() {
        for private in [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "0.0.0.0",
            "100.64.0.1",
            "198.18.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "::1",
            "::",
            "fe80::1",
            "fd00::1",
            "::ffff:127.0.0.1",
            "64:ff9b::7f00:1",
            "2002:7f00:1::",
            "::127.0.0.1",
            "::10.0.0.1",
            "64:ff9b:1::7f00:1",
            "fec0::1",
            "100::1",
            "3fff::1",
            "5f00::1",
            "2001:2::1",
            "192.88.99.1",
            "ff02::1",
        ] {
            assert!(is_private(private.parse().unwrap()), "{private}");
        }
        for public in [
            "1.1.1.1",
            "93.184.216.34",
            "2606:4700::1111",
            "64:ff9b::101:101",
            "2001:4860:4860::8888",
            "172.32.0.1",
            "100.128.0.1",
        ] {
            assert!(!is_private(public.parse().unwrap()), "{public}");
        }
    }
}
