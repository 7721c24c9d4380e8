//! JWTs and fingerprints under the installation's secret.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::{Error, Result};

/// Signs and reads the JWTs of one installation, HS256 only.
#[derive(Clone)]
pub struct Signer {
    encoding: EncodingKey,
    decoding: DecodingKey,
    hmac: aws_lc_rs::hmac::Key,
}

impl Signer {
    /// From a secret of at least 32 bytes.
    pub fn new(secret: &[u8]) -> Self {
        assert!(secret.len() >= 32, "settings refuse shorter secrets");
        Signer {
            encoding: EncodingKey::from_secret(secret),
            decoding: DecodingKey::from_secret(secret),
            hmac: aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, secret),
        }
    }

    pub fn sign<C: Serialize>(&self, claims: &C) -> Result<String> {
        encode(&Header::new(Algorithm::HS256), claims, &self.encoding)
            .map_err(|e| Error::Internal(e.to_string()))
    }

    /// The claims of a token that we signed for `audience`. Its time is for the caller to judge, who
    /// knows the clock; a token without `exp`, `aud` and `sub` is refused here.
    pub fn read<C: DeserializeOwned + Clone>(&self, token: &str, audience: &str) -> Option<C> {
        let mut validation = Validation::new(Algorithm::HS256);
        validation.leeway = 0;
        validation.validate_exp = false;
        validation.set_audience(&[audience]);
        validation.set_required_spec_claims(&["exp", "aud", "sub"]);
        decode(token, &self.decoding, &validation)
            .ok()
            .map(|token| token.claims)
    }

    /// A fingerprint of `text` that nobody else can make, as base64url.
    pub fn fingerprint(&self, purpose: &str, text: &str) -> String {
        let message = format!("{purpose}\0{text}");
        let tag = aws_lc_rs::hmac::sign(&self.hmac, message.as_bytes());
        URL_SAFE_NO_PAD.encode(tag.as_ref())
    }
}
