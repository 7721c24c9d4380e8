//! Signed addresses, as ImageKit's SDKs make them: HMAC-SHA1, in hexadecimal, of the address after the
//! endpoint with the time of its end appended (`9999999999` for one that does not end).

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::hmac;

/// What an address says of its signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// `ik-s`.
    given: String,
    /// `ik-t`: seconds since 1970.
    expires: Option<String>,
    /// One of the two is said more than once.
    twice: bool,
    /// The address from its first slash on, without the two.
    signed: String,
}

const NEVER: &str = "9999999999";

impl Signature {
    /// Of an address as it came, still percent-encoded; `None` when it is not signed.
    pub fn find(path: &str, query: Option<&str>) -> Option<Signature> {
        let parts = query?.split('&');
        let value = |name: &str| {
            let values = parts.clone().filter_map(|part| part.split_once('='));
            let mut values = values.filter(|(known, _)| *known == name);
            (
                values.next().map(|(_, value)| value.to_owned()),
                values.next().is_some(),
            )
        };
        let (given, given_twice) = value("ik-s");
        let (expires, ends_twice) = value("ik-t");
        let given = given?;
        let others = parts.clone().filter(|part| {
            let name = part.split('=').next().unwrap_or_default();
            !["ik-s", "ik-t"].contains(&name)
        });
        let others: Vec<&str> = others.collect();
        let mut signed = path.to_owned();
        if !others.is_empty() {
            signed.push('?');
            signed.push_str(&others.join("&"));
        }
        Some(Signature {
            given,
            expires,
            twice: given_twice || ends_twice,
            signed,
        })
    }

    /// Whether it was made with this key and has not ended, `now` being seconds since 1970.
    pub fn holds(&self, key: &str, now: i64) -> bool {
        let expires = self.expires.as_deref().unwrap_or(NEVER);
        // Always as long: otherwise digits could move between the address and its end.
        let whole = expires.len() == NEVER.len() && expires.bytes().all(|b| b.is_ascii_digit());
        let ends: Option<i64> = expires.parse().ok().filter(|_| whole && !self.twice);
        if ends.is_none_or(|ends| ends < now) {
            return false;
        }
        let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, key.as_bytes());
        let spellings = spellings(&self.signed);
        spellings.iter().any(|text| {
            // The endpoint may be the folder of media or the whole site.
            let under = ["/media/", "/"].map(|endpoint| text.strip_prefix(endpoint));
            under.into_iter().flatten().any(|rest| {
                let made = hmac::sign(&key, format!("{rest}{expires}").as_bytes());
                let made: String = made.as_ref().iter().map(|b| format!("{b:02x}")).collect();
                verify_slices_are_equal(made.as_bytes(), self.given.as_bytes()).is_ok()
            })
        })
    }
}

/// SDKs sign before the address is sent, and on its way spaces and apostrophes are encoded: all of them, or
/// all but those of a text, which the SDK had encoded itself. Every spelling means the same.
fn spellings(text: &str) -> Vec<String> {
    let mut found = vec![text.to_owned()];
    if text.contains("%20") {
        found.push(text.replace("%20", " "));
        let outside_texts =
            text.split_inclusive([',', ':'])
                .map(|part| match part.starts_with("i-") {
                    true => part.to_owned(),
                    false => part.replace("%20", " "),
                });
        found.push(outside_texts.collect());
    }
    if text.contains("%27") {
        let plain: Vec<String> = found.iter().map(|text| text.replace("%27", "'")).collect();
        found.extend(plain);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "private_test";
    const PICTURE: &str = "abcdefghijklmnopqrstuvwxyz.png";

    /// Made by imagekitio 5.11, `@imagekit/nodejs` 7.11 and imagekit 6.0 for this key and picture.
    #[test]
    fn what_the_sdks_sign_holds() {
        for (path, query) in [
            (
                "tr:w-400,h-300:rt-90/K",
                "ik-s=c5928965f1f9cb3f6f02d6fb8d7ea34fc9035938",
            ),
            (
                "tr:w-400,h-300:rt-90/K",
                "ik-t=1700000300&ik-s=a02315884574257d9b948afc8d83f4433634b6c7",
            ),
            (
                "K",
                "v=3&tr=w-400,h-300:rt-90&ik-t=1700000060&ik-s=698288cfd69da116d2da42b7b20495b949e1cafc",
            ),
            ("K", "ik-s=66b97663c913eb9e480e549e9df84e16e62f8300"),
            (
                "K",
                "tr=l-text,i-Hi,ff-Open%20Sans,l-end&ik-s=e0c832917e0f84a4e49e0597a8372249c8b17561",
            ),
            (
                "tr:l-text,i-it%27s%2C%20%2Fx,l-end/K",
                "ik-s=95c63ece26168debd82447836b175ec8a0e853b5",
            ),
            (
                "K",
                "tr=w-400%2Ch-300%3Art-90&ik-s=2314f3089921072bced5e4f1d9fc28f6ae92a519",
            ),
        ] {
            let path = format!("/media/{}", path.replace('K', PICTURE));
            let signature = Signature::find(&path, Some(query)).unwrap();
            assert!(signature.holds(KEY, 1_700_000_000), "{path} {query}");
            assert!(!signature.holds("another key", 1_700_000_000), "{path}");
            let ended = signature.holds(KEY, 1_700_001_000);
            assert_eq!(ended, !query.contains("ik-t"), "{path}");
            let other = path.replace("w-400", "w-401").replace("i-", "i-x") + "x";
            let changed = Signature::find(&other, Some(query)).unwrap();
            assert!(!changed.holds(KEY, 1_700_000_000), "{other}");
        }
        assert_eq!(Signature::find("/media/x", Some("v=3")), None);
        assert_eq!(Signature::find("/media/x", None), None);
    }

    #[test]
    fn no_digit_moves_into_the_time() {
        let make = |text: &str| {
            let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, KEY.as_bytes());
            let made = hmac::sign(&key, text.as_bytes());
            made.as_ref()
                .iter()
                .map(|b| format!("{b:02x}"))
                .collect::<String>()
        };
        let signed = make("K?v=311700000000");
        let holds = |query: String| {
            let signature = Signature::find("/media/K", Some(&query)).unwrap();
            signature.holds(KEY, 1_600_000_000)
        };
        assert!(holds(format!("v=31&ik-t=1700000000&ik-s={signed}")));
        assert!(!holds(format!("v=3&ik-t=11700000000&ik-s={signed}")));
        assert!(!holds(format!("v=31&ik-t=1700000000&ik-s={signed}&ik-s=0")));
        assert!(!holds(format!(
            "v=31&ik-t=1700000000&ik-t=1800000000&ik-s={signed}"
        )));
    }

    #[test]
    fn a_time_that_is_none_ends_at_once() {
        for time in ["", "x", "-1", "1e9", "99999999999999999999", "09999999999"] {
            let query = format!("ik-t={time}&ik-s=00");
            assert!(
                !Signature::find("/media/x", Some(&query))
                    .unwrap()
                    .holds(KEY, 5)
            );
        }
    }
}
