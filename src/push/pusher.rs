//! One message to one subscription (RFC 8030), encrypted for it (RFC 8291) and signed by this installation (VAPID, RFC
//! 8292).

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use reqwest::redirect::Policy;
use reqwest::{Client, StatusCode, Url};
use serde::Serialize;
use web_push_native::p256::elliptic_curve::sec1::ToEncodedPoint;
use web_push_native::p256::pkcs8::EncodePrivateKey;
use web_push_native::p256::{PublicKey, SecretKey};
use web_push_native::{Auth, encrypt};

use crate::outside::{self, refused};

/// Where a browser gets its messages, as it has said.
pub struct Subscription<'a> {
    pub endpoint: &'a str,
    /// Its public key and secret, in base64url.
    pub p256dh: &'a str,
    pub auth: &'a str,
}

/// What became of a message.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Pushed {
    Taken,
    /// The browser takes none any more.
    Gone,
}

/// Sends messages; one for the process.
pub struct Pusher {
    signing: EncodingKey,
    public_key: String,
    http: Client,
    may_be_private: bool,
    contact: String,
}

/// A message that is not delivered by then, in seconds, is of no use.
const LASTS: u64 = 86_400;
/// Longest texts: of an address, and of what is sent encrypted.
const ADDRESS: usize = 2_000;
const MESSAGE: usize = 3_000;

#[derive(Serialize)]
struct Claims<'a> {
    aud: &'a str,
    exp: i64,
    sub: &'a str,
}

impl Pusher {
    /// Its key is made from the installation's secret, so that every node has the same. `contact` is an address (`mailto:`
    /// or `https:`) for whoever runs a push service. Only with `may_be_private` services in a private network are asked,
    /// and without encryption on the way.
    pub fn new(secret: &[u8], contact: String, may_be_private: bool) -> Pusher {
        let key = key_of(secret);
        let point = key.public_key().to_encoded_point(false);
        let der = key.to_pkcs8_der().expect("a key is written");
        let http = outside::client(may_be_private)
            .redirect(Policy::none())
            .timeout(Duration::from_secs(20));
        Pusher {
            signing: EncodingKey::from_ec_der(der.as_bytes()),
            public_key: URL_SAFE_NO_PAD.encode(point.as_bytes()),
            http: http.build().expect("the client is configured soundly"),
            may_be_private,
            contact,
        }
    }

    /// What a browser subscribes with: the uncompressed point in base64url.
    pub fn public_key(&self) -> &str {
        &self.public_key
    }

    /// Whether messages can be sent there; the error is a sentence.
    pub fn check(&self, to: &Subscription<'_>) -> Result<(), String> {
        self.address(to.endpoint)?;
        keys(to)?;
        Ok(())
    }

    fn address(&self, endpoint: &str) -> Result<Url, String> {
        let url = Url::parse(endpoint).map_err(|_| "This is no address of a push service.")?;
        if endpoint.len() > ADDRESS {
            return Err("The address of the push service is too long.".into());
        }
        if url.scheme() != "https" && !self.may_be_private {
            return Err("A push service has an address with https.".into());
        }
        match refused(&url, self.may_be_private) {
            Some(_) => Err("A push service in a private network is not asked.".into()),
            None => Ok(url),
        }
    }

    /// Sends a text; `now` in Unix seconds. The error says why it may be tried again.
    pub async fn push(
        &self,
        to: &Subscription<'_>,
        (text, now): (&str, i64),
    ) -> Result<Pushed, String> {
        let url = self.address(to.endpoint)?;
        let (key, auth) = keys(to)?;
        let mut end = text.len().min(MESSAGE);
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        let body = encrypt(text.as_bytes()[..end].to_vec(), &key, &auth)
            .map_err(|error| error.to_string())?;
        let claims = Claims {
            aud: &url.origin().ascii_serialization(),
            exp: now + 12 * 3_600,
            sub: &self.contact,
        };
        let token = encode(&Header::new(Algorithm::ES256), &claims, &self.signing)
            .map_err(|error| error.to_string())?;
        let answer = self
            .http
            .post(url)
            .header("TTL", LASTS)
            .header("Urgency", "normal")
            // What was not delivered yet is replaced.
            .header("Topic", "porch")
            .header("Content-Encoding", "aes128gcm")
            .header("Content-Type", "application/octet-stream")
            .header(
                "Authorization",
                format!("vapid t={token}, k={}", self.public_key),
            )
            .body(body)
            .send()
            .await
            .map_err(|error| format!("the push service cannot be asked: {error}"))?;
        match answer.status() {
            status if status.is_success() => Ok(Pushed::Taken),
            StatusCode::NOT_FOUND | StatusCode::GONE | StatusCode::FORBIDDEN => Ok(Pushed::Gone),
            other => Err(format!("the push service answers {other}")),
        }
    }
}

/// The first number below the curve's order that the secret gives.
fn key_of(secret: &[u8]) -> SecretKey {
    let hmac = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, secret);
    (0..=u8::MAX)
        .find_map(|n| {
            let message = [b"porch:web-push:".as_slice(), &[n]].concat();
            let tag = aws_lc_rs::hmac::sign(&hmac, &message);
            SecretKey::from_slice(tag.as_ref()).ok()
        })
        .expect("one of 256 is a key")
}

fn keys(to: &Subscription<'_>) -> Result<(PublicKey, Auth), String> {
    let wrong = "The keys of the subscription cannot be read.";
    let decode = |text: &str| {
        let text = text.trim_end_matches('=');
        URL_SAFE_NO_PAD.decode(text).map_err(|_| wrong.to_owned())
    };
    let key = PublicKey::from_sec1_bytes(&decode(to.p256dh)?).map_err(|_| wrong)?;
    let auth: [u8; 16] = decode(to.auth)?.try_into().map_err(|_| wrong)?;
    Ok((key, Auth::from(auth)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str =
        "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4";

    fn subscription(endpoint: &str) -> Subscription<'_> {
        Subscription {
            endpoint,
            p256dh: KEY,
            auth: "BTBZMqHH6r4Tts7J_aSIgg",
        }
    }

    #[test]
    fn only_services_of_the_web_are_asked() {
        let pusher = Pusher::new(&[7; 32], "mailto:a@example.org".into(), false);
        assert!(
            pusher
                .check(&subscription("https://push.example.org/x"))
                .is_ok()
        );
        let long = format!("https://push.example.org/{}", "x".repeat(2_000));
        for bad in [
            "http://push.example.org/x",
            "https://127.0.0.1/x",
            "https://[::1]/x",
            "https://10.0.0.1:8443/x",
            "ftp://example.org",
            "file:///etc/passwd",
            "x",
            &long,
        ] {
            assert!(pusher.check(&subscription(bad)).is_err(), "{bad}");
        }
        for (p256dh, auth) in [
            ("", "BTBZMqHH6r4Tts7J_aSIgg"),
            ("AAAA", "BTBZMqHH6r4Tts7J_aSIgg"),
            (KEY, ""),
            (KEY, "AAAA"),
            (KEY, "not base64"),
        ] {
            let endpoint = "https://push.example.org/x";
            let bad = Subscription {
                endpoint,
                p256dh,
                auth,
            };
            assert!(pusher.check(&bad).is_err(), "{p256dh} {auth}");
        }
    }

    #[test]
    fn a_secret_has_one_key() {
        let contact = || "mailto:a@example.org".to_owned();
        let [one, again, other] =
            [[7; 32], [7; 32], [8; 32]].map(|secret| Pusher::new(&secret, contact(), false));
        assert_eq!(one.public_key(), again.public_key());
        assert_ne!(one.public_key(), other.public_key());
        assert_eq!(one.public_key().len(), 87);
    }
}
