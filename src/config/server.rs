//! Where the database is, how the site is reached, how much hashing costs.

use std::net::{Ipv4Addr, Ipv6Addr};
use std::path::Path;

use super::given::Given;
use super::problem::{Problem, masked};
use super::units::sqlite_at;

/// Argon2id's memory cost that OWASP names as the least (with two passes over it).
pub const ARGON2_LEAST_KIB: u32 = 19_456;

impl Given {
    pub fn database_url(&self, data: &Path) -> Result<String, Problem> {
        let Some(url) = self.word("DATABASE_URL") else {
            return sqlite_at(&data.join("porch.db"));
        };
        let schemes = ["sqlite:", "postgres://", "postgresql://"];
        if schemes.iter().any(|scheme| url.starts_with(scheme)) {
            return Ok(url.to_owned());
        }
        Err(Problem::bad(
            "DATABASE_URL",
            &masked(url),
            "an address that begins with sqlite:// or postgres://",
        ))
    }

    pub fn public_url(&self) -> Result<Option<String>, Problem> {
        let Some(text) = self.word("PUBLIC_URL") else {
            return Ok(None);
        };
        let url = text.trim_end_matches('/');
        let host = url
            .strip_prefix("https://")
            .or_else(|| url.strip_prefix("http://"));
        if host.is_some_and(is_host) {
            let url = url.to_ascii_lowercase();
            // Browsers leave the usual port out of an origin.
            let usual = if url.starts_with("https:") {
                ":443"
            } else {
                ":80"
            };
            return Ok(Some(url.strip_suffix(usual).unwrap_or(&url).to_owned()));
        }
        let accepted = "scheme and host alone, such as https://porch.example.org";
        Err(Problem::bad("PUBLIC_URL", text, accepted))
    }

    pub fn argon2_memory(&self, may_be_weak: bool) -> Result<u32, Problem> {
        let least = if may_be_weak {
            8
        } else {
            u64::from(ARGON2_LEAST_KIB)
        };
        let kib = self.number(
            "ARGON2_MEMORY_KIB",
            u64::from(ARGON2_LEAST_KIB),
            least..=1 << 20,
        )?;
        Ok(kib as u32)
    }
}

/// A host and perhaps a port, as an address can hold them: labels of letters, digits and inner hyphens, or an IP
/// address.
fn is_host(text: &str) -> bool {
    let (host, port) = match text.strip_prefix('[') {
        Some(rest) => match rest.split_once(']') {
            Some((host, port)) => return host.parse::<Ipv6Addr>().is_ok() && is_port(port),
            None => return false,
        },
        None => text.split_at(text.find(':').unwrap_or(text.len())),
    };
    let label = |label: &str| {
        let plain = label
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'-');
        let edges = label.starts_with('-') || label.ends_with('-');
        plain && !edges && (1..=63).contains(&label.len())
    };
    let last = host.rsplit('.').next().unwrap_or_default();
    let number = last.bytes().all(|b| b.is_ascii_digit());
    let named = host.split('.').all(label) && (!number || host.parse::<Ipv4Addr>().is_ok());
    named && is_port(port)
}

/// Nothing, or a colon and a number.
fn is_port(text: &str) -> bool {
    text.is_empty()
        || text
            .strip_prefix(':')
            .is_some_and(|port| port.parse::<u16>().is_ok_and(|port| port > 0))
}

#[cfg(test)]
mod tests {
    use super::super::given::given;
    use super::*;

    #[test]
    fn a_folder_with_any_sign_in_its_name_works() {
        for folder in ["007", "100%", "what?", "a#b", "a b", "%41", "ü"] {
            let url = given(&[]).database_url(Path::new(folder)).unwrap();
            let options: sqlx_sqlite::SqliteConnectOptions = url.parse().unwrap();
            assert_eq!(options.get_filename(), Path::new(folder).join("porch.db"));
        }
    }

    #[test]
    fn a_release_build_refuses_weak_hashing() {
        let weak = given(&[("ARGON2_MEMORY_KIB", "64")]);
        assert!(weak.argon2_memory(false).is_err());
        assert_eq!(weak.argon2_memory(true).unwrap(), 64);
        assert_eq!(given(&[]).argon2_memory(false).unwrap(), ARGON2_LEAST_KIB);
    }

    #[test]
    fn a_public_address_is_scheme_and_host() {
        let url = |text| given(&[("PUBLIC_URL", text)]).public_url();
        assert_eq!(
            url("https://Porch.example.org/").unwrap().unwrap(),
            "https://porch.example.org"
        );
        assert_eq!(
            url("https://a.example:443").unwrap().unwrap(),
            "https://a.example"
        );
        assert_eq!(
            url("http://a.example:8080").unwrap().unwrap(),
            "http://a.example:8080"
        );
        for fits in [
            "http://localhost:8000",
            "http://192.0.2.7",
            "http://[2001:db8::1]:8000",
            "https://porch",
        ] {
            assert!(url(fits).is_ok(), "{fits}");
        }
        for bad in [
            "porch.example.org",
            "https://a.b/path",
            "https://",
            "https://feed..example.org",
            "https://-feed.example.org",
            "https://feed-.example.org",
            "https://.example.org",
            "https://a.example:port",
            "https://a.example:99999",
            "https://a.example:443:443",
            "http://[2001:db8::1",
            "https://300.1.1.1",
        ] {
            assert!(url(bad).is_err(), "{bad}");
        }
    }
}
