//! Fetches a file from wherever the old application kept it, but from no private address: the database
//! may come from anybody, and must not make this machine ask others in its network.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::redirect::{Attempt, Policy};
use reqwest::{Client, Url};
use tokio::io::AsyncWriteExt;

use crate::media::Temporary;

pub struct Fetcher {
    http: Client,
    may_be_private: bool,
}

const MOST_REDIRECTS: usize = 5;

impl Fetcher {
    pub fn new() -> Fetcher {
        Fetcher::which(false)
    }

    fn which(may_be_private: bool) -> Fetcher {
        let redirects = move |attempt: Attempt<'_>| {
            if attempt.previous().len() > MOST_REDIRECTS {
                return attempt.error("too many redirects");
            }
            match refused(attempt.url(), may_be_private) {
                Some(reason) => attempt.error(reason),
                None => attempt.follow(),
            }
        };
        let http = Client::builder()
            .no_proxy()
            .redirect(Policy::custom(redirects))
            .dns_resolver(Arc::new(Public { may_be_private }))
            .connect_timeout(Duration::from_secs(15))
            .read_timeout(Duration::from_secs(60))
            .user_agent(concat!("porch/", env!("CARGO_PKG_VERSION")))
            .build()
            .expect("the client is configured soundly");
        Fetcher {
            http,
            may_be_private,
        }
    }

    /// Fetches `url` into `temporary`; how many bytes there were. The error is a sentence.
    pub async fn fetch(&self, url: &str, temporary: &Temporary, most: u64) -> Result<u64, String> {
        let url = Url::parse(url).map_err(|_| format!("\"{url}\" is no address"))?;
        if let Some(reason) = refused(&url, self.may_be_private) {
            return Err(reason.into());
        }
        let broken = |error: reqwest::Error| format!("it cannot be fetched: {}", causes(&error));
        let answer = self.http.get(url).send().await.map_err(broken)?;
        if !answer.status().is_success() {
            return Err(format!("its address answers {}", answer.status()));
        }
        let mut file = tokio::fs::File::create(temporary.path())
            .await
            .map_err(|e| e.to_string())?;
        let mut bytes = 0;
        let mut body = answer.bytes_stream();
        while let Some(chunk) = body.next().await {
            let chunk = chunk.map_err(broken)?;
            bytes += chunk.len() as u64;
            if bytes > most {
                return Err(format!("it is over the limit of {} MB", most >> 20));
            }
            file.write_all(&chunk).await.map_err(|e| e.to_string())?;
        }
        file.flush().await.map_err(|e| e.to_string())?;
        Ok(bytes)
    }
}

/// Why an address is not asked, before any name in it is looked up.
fn refused(url: &Url, may_be_private: bool) -> Option<&'static str> {
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

fn causes(error: &dyn std::error::Error) -> String {
    let mut deepest = error;
    while let Some(cause) = deepest.source() {
        deepest = cause;
    }
    deepest.to_string()
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;
    use crate::media::Storage;

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

    /// Answers every request with this head and body.
    async fn serve(answer: String) -> u16 {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut head = [0; 2_048];
                let _ = stream.read(&mut head).await;
                let _ = stream.write_all(answer.as_bytes()).await;
            }
        });
        port
    }

    #[rocket::async_test]
    async fn a_file_is_fetched_within_its_limit() {
        let folder = tempfile::tempdir().unwrap();
        let storage = Storage::open(folder.path()).unwrap();
        let port =
            serve("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello".into())
                .await;
        let url = format!("http://127.0.0.1:{port}/a.jpg");
        let temporary = storage.temporary();
        let here = Fetcher::which(true);
        assert_eq!(here.fetch(&url, &temporary, 100).await, Ok(5));
        assert_eq!(std::fs::read(temporary.path()).unwrap(), b"hello");
        assert!(
            here.fetch(&url, &temporary, 4)
                .await
                .unwrap_err()
                .contains("limit")
        );
        let public = Fetcher::new();
        for private in [
            url.clone(),
            url.replace("127.0.0.1", "localhost"),
            format!("http://[::1]:{port}/"),
        ] {
            let error = public.fetch(&private, &temporary, 100).await.unwrap_err();
            assert!(error.contains("private"), "{private}: {error}");
        }
        for bad in ["file:///etc/passwd", "nonsense", "ftp://example.org/a"] {
            assert!(public.fetch(bad, &temporary, 100).await.is_err(), "{bad}");
        }
    }

    #[rocket::async_test]
    async fn a_redirect_leads_to_no_other_kind_of_address() {
        let folder = tempfile::tempdir().unwrap();
        let storage = Storage::open(folder.path()).unwrap();
        let answer = "HTTP/1.1 302 Found\r\nLocation: file:///etc/passwd\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
        let port = serve(answer.into()).await;
        let url = format!("http://127.0.0.1:{port}/a.jpg");
        let error = Fetcher::which(true)
            .fetch(&url, &storage.temporary(), 100)
            .await
            .unwrap_err();
        assert!(error.contains("302"), "it is not followed: {error}");
    }
}
