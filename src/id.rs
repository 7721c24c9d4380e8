//! Names for rows: UUIDv7, typed by the table they belong to.

use std::fmt;
use std::marker::PhantomData;
use std::str::FromStr;

use rocket::request::FromParam;
use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::{Any, Database, Decode, Encode, Type};
use uuid::Uuid;

/// Tables, to type the ids of their rows with.
pub enum Users {}
pub enum Sessions {}
pub enum Posts {}
pub enum Comments {}
pub enum Media {}
pub enum KeptForms {}
pub enum Audits {}
pub enum Checks {}
pub enum Cases {}
pub enum Reports {}
pub enum Notes {}
pub enum Measures {}
pub enum Invites {}
pub enum Jobs {}
pub enum Devices {}
pub enum Groups {}
pub enum GuestLinks {}

/// The id of one row of the table `T`. Stored as text in lower case with hyphens; nothing reads a time out of it.
pub struct Id<T>(Uuid, PhantomData<fn() -> T>);

impl<T> Id<T> {
    pub fn new() -> Self {
        Id(Uuid::now_v7(), PhantomData)
    }
}

impl<T> Id<T> {
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Id(Uuid::from_bytes(bytes), PhantomData)
    }

    pub fn bytes(self) -> [u8; 16] {
        self.0.into_bytes()
    }

    /// Reads whatever Python's `uuid.UUID()` takes: with or without hyphens, in capitals, in braces,
    /// after `urn:uuid:`.
    pub fn from_any_spelling(text: &str) -> Option<Self> {
        let text = text.replace("urn:", "").replace("uuid:", "");
        let text = text.trim_matches(['{', '}']).replace('-', "");
        let digits = text.len() == 32 && text.bytes().all(|b| b.is_ascii_hexdigit());
        digits.then(|| text.parse().ok()).flatten()
    }
}

impl<T> Default for Id<T> {
    fn default() -> Self {
        Id::new()
    }
}

impl<T> Clone for Id<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Id<T> {}

impl<T> PartialEq for Id<T> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl<T> Eq for Id<T> {}

impl<T> std::hash::Hash for Id<T> {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

impl<T> fmt::Display for Id<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}

impl<T> fmt::Debug for Id<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl<T> FromStr for Id<T> {
    type Err = uuid::Error;

    fn from_str(text: &str) -> Result<Self, uuid::Error> {
        Ok(Id(text.parse()?, PhantomData))
    }
}

impl<'r, T> FromParam<'r> for Id<T> {
    type Error = uuid::Error;

    fn from_param(text: &'r str) -> Result<Self, uuid::Error> {
        text.parse()
    }
}

impl<T> serde::Serialize for Id<T> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de, T> serde::Deserialize<'de> for Id<T> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let uuid = <Uuid as serde::Deserialize>::deserialize(deserializer)?;
        Ok(Id(uuid, PhantomData))
    }
}

impl<T> Type<Any> for Id<T> {
    fn type_info() -> <Any as Database>::TypeInfo {
        <String as Type<Any>>::type_info()
    }
}

impl<T> Encode<'_, Any> for Id<T> {
    fn encode_by_ref(
        &self,
        buffer: &mut <Any as Database>::ArgumentBuffer,
    ) -> Result<IsNull, BoxDynError> {
        Encode::<Any>::encode(self.to_string(), buffer)
    }
}

impl<'r, T> Decode<'r, Any> for Id<T> {
    fn decode(value: <Any as Database>::ValueRef<'r>) -> Result<Self, BoxDynError> {
        Ok(<String as Decode<Any>>::decode(value)?.parse()?)
    }
}

/// `length` random characters of the base32 alphabet in lower case: five bits each, nothing to guess.
pub fn random_text(length: usize) -> String {
    const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
    let mut bytes = vec![0; length];
    aws_lc_rs::rand::fill(&mut bytes).expect("the system gives random bytes");
    bytes
        .iter()
        .map(|byte| char::from(ALPHABET[usize::from(byte & 31)]))
        .collect()
}
