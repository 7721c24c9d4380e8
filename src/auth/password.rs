//! Passwords: what is accepted, and Argon2id on the blocking pool behind a semaphore, because one
//! hash takes 19 MiB and a tenth of a second of one core.

use std::sync::Arc;
use std::time::Duration;

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use tokio::sync::Semaphore;
use unicode_normalization::UnicodeNormalization;

use crate::error::{Error, Result};

pub const LEAST_BYTES: usize = 8;
pub const MOST_BYTES: usize = 512;

/// Of a hash that somebody else made.
const MOST_MEMORY_KIB: u32 = 256 << 10;
const MOST_BCRYPT_COST: u32 = 14;

/// The passwords that lists of stolen ones begin with, of those that are long enough.
const COMMON: &str = include_str!("common-passwords.txt");

/// Longer than this nobody waits for a free place; the server is overloaded then.
const PATIENCE: Duration = Duration::from_secs(10);

#[derive(Clone)]
pub struct Passwords {
    argon2: Argon2<'static>,
    places: Arc<Semaphore>,
    /// Verified for unknown accounts, so that they take as long as known ones.
    dummy: Arc<str>,
}

/// A new password that may be used, in Unicode's form C: keyboards differ in how they put an accent to a letter. Its
/// text is never logged or shown.
pub struct NewPassword(String);

fn in_one_form(password: &str) -> String {
    password.nfc().collect()
}

impl NewPassword {
    /// 8 to 512 bytes and not among the common ones; nothing else is asked of it.
    pub fn new(password: &str) -> Result<Self, &'static str> {
        let password = in_one_form(password);
        match password.len() {
            0..LEAST_BYTES => {
                Err("Too short. Use at least 8 characters; a short sentence is good.")
            }
            LEAST_BYTES..=MOST_BYTES if is_common(&password) => {
                Err("Too common: it is on every list of stolen passwords. Choose another.")
            }
            LEAST_BYTES..=MOST_BYTES => Ok(NewPassword(password)),
            _ => Err("Too long. At most 512 bytes are taken."),
        }
    }
}

fn is_common(password: &str) -> bool {
    let lower = password.to_lowercase();
    COMMON.lines().any(|common| common == lower)
}

impl Passwords {
    /// `memory_kib` is Argon2id's memory cost; two passes, one lane.
    pub fn new(memory_kib: u32) -> Self {
        let params = Params::new(memory_kib, 2, 1, None).expect("settings keep the cost in bounds");
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let cores = std::thread::available_parallelism().map_or(1, |n| n.get());
        let nobody = crate::id::random_text(26);
        let dummy = hash_now(&argon2, &nobody).expect("the parameters are valid");
        Passwords {
            argon2,
            places: Arc::new(Semaphore::new(2 * cores)),
            dummy: dummy.into(),
        }
    }

    /// The password's PHC string, salted anew.
    pub async fn hash(&self, password: NewPassword) -> Result<String> {
        self.in_turn(move |argon2| hash_now(argon2, &password.0))
            .await?
    }

    /// Whether `verify` knows this kind of hash, and it asks for no more effort than is sane: a hash may
    /// come from anybody's database.
    pub fn can_verify(hash: &str) -> bool {
        if is_bcrypt(hash) {
            let cost = hash.get(4..6).and_then(|cost| cost.parse().ok());
            return cost.is_some_and(|cost: u32| cost <= MOST_BCRYPT_COST);
        }
        let Ok(hash) = PasswordHash::new(hash) else {
            return false;
        };
        hash.algorithm.as_str().starts_with("argon2")
            && Params::try_from(&hash).is_ok_and(|params| {
                params.m_cost() <= MOST_MEMORY_KIB && params.t_cost() <= 10 && params.p_cost() <= 16
            })
    }

    /// The PHC string of a password that is in use already, whatever would be asked of a new one.
    pub async fn rehash(&self, password: &str) -> Result<String> {
        let password = in_one_form(password);
        self.in_turn(move |argon2| hash_now(argon2, &password))
            .await?
    }

    /// Whether a hash was made in another way, or with another effort, than one is made now.
    pub fn is_outdated(&self, hash: &str) -> bool {
        let now = self.argon2.params();
        let Ok(hash) = PasswordHash::new(hash) else {
            return true;
        };
        let params = Params::try_from(&hash);
        hash.algorithm.as_str() != Algorithm::Argon2id.as_str()
            || params.map_or(true, |then| {
                let cost = |p: &Params| (p.m_cost(), p.t_cost(), p.p_cost());
                cost(&then) != cost(now)
            })
    }

    /// Whether `password` is the one that `hash` was made of, in one form or (older hashes) as it is typed. For an
    /// account that does not exist give no hash: the answer is no, after the same effort.
    pub async fn verify(&self, password: &str, hash: Option<&str>) -> Result<bool> {
        // An account that was made without a password has neither.
        let hash = hash.filter(|hash| Passwords::can_verify(hash));
        let known = hash.is_some();
        let hash = hash.map_or_else(|| self.dummy.to_string(), str::to_owned);
        let password = password.to_owned();
        if password.len() > MOST_BYTES {
            return Ok(false);
        }
        let forms = [in_one_form(&password), password];
        let tries = if forms[0] == forms[1] { 1 } else { 2 };
        let matches = self
            .in_turn(move |argon2| {
                let mut forms = forms.iter().take(tries);
                forms.any(|password| verify_now(argon2, password, &hash))
            })
            .await?;
        Ok(matches && known)
    }

    async fn in_turn<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Argon2<'static>) -> T + Send + 'static,
    ) -> Result<T> {
        let busy = Error::Busy("Too many people are signing in at once. Try again in a moment.");
        let place = tokio::time::timeout(PATIENCE, self.places.clone().acquire_owned()).await;
        let Ok(Ok(place)) = place else {
            return Err(busy);
        };
        let argon2 = self.argon2.clone();
        let done = tokio::task::spawn_blocking(move || {
            let result = work(&argon2);
            drop(place);
            result
        });
        Ok(done.await?)
    }
}

fn hash_now(argon2: &Argon2<'static>, password: &str) -> Result<String> {
    let hash = argon2.hash_password(password.as_bytes());
    hash.map(|hash: PasswordHash| hash.to_string())
        .map_err(|e| Error::Internal(e.to_string()))
}

/// The application that Porch replaces has kept such hashes since before it used Argon2.
fn is_bcrypt(hash: &str) -> bool {
    ["$2a$", "$2b$", "$2x$", "$2y$"]
        .iter()
        .any(|prefix| hash.starts_with(prefix))
}

fn verify_now(argon2: &Argon2<'static>, password: &str, hash: &str) -> bool {
    if is_bcrypt(hash) {
        return bcrypt::verify(password, hash).unwrap_or(false);
    }
    PasswordHash::new(hash)
        .is_ok_and(|hash| argon2.verify_password(password.as_bytes(), &hash).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn length_and_commonness_are_all_that_is_asked() {
        assert!(NewPassword::new("kurz").is_err());
        assert!(
            NewPassword::new("Password1").is_err(),
            "case does not make it rare"
        );
        assert!(NewPassword::new(&"x".repeat(513)).is_err());
        assert!(NewPassword::new(&"long and plain ".repeat(30)).is_ok());
        assert!(NewPassword::new("日本語").is_ok(), "nine bytes");
    }

    #[rocket::async_test]
    async fn an_accent_is_the_same_however_it_is_typed() {
        let passwords = Passwords::new(64);
        let (composed, apart) = ("sch\u{f6}ne B\u{fc}cher", "scho\u{308}ne Bu\u{308}cher");
        for typed in [composed, apart] {
            let hash = passwords
                .hash(NewPassword::new(typed).unwrap())
                .await
                .unwrap();
            for again in [composed, apart] {
                assert!(passwords.verify(again, Some(&hash)).await.unwrap());
            }
            assert!(
                !passwords
                    .verify("schone Bucher", Some(&hash))
                    .await
                    .unwrap()
            );
        }
        // Hashed before there was one form.
        let old = hash_now(&passwords.argon2, apart).unwrap();
        assert!(passwords.verify(apart, Some(&old)).await.unwrap());
    }

    #[rocket::async_test]
    async fn a_hash_of_another_kind_is_verified_and_outdated() {
        let passwords = Passwords::new(64);
        // Made by Python's bcrypt 4.3 for "pears and ladders", with cost 4.
        let hash = bcrypt::hash("pears and ladders", 4).unwrap();
        assert!(
            passwords
                .verify("pears and ladders", Some(&hash))
                .await
                .unwrap()
        );
        assert!(!passwords.verify("pears", Some(&hash)).await.unwrap());
        assert!(passwords.is_outdated(&hash));
        let today = passwords.rehash("x").await.unwrap();
        assert!(!passwords.is_outdated(&today));
        assert!(
            Passwords::new(128).is_outdated(&today),
            "made with less memory"
        );
        assert!(Passwords::can_verify(&today) && Passwords::can_verify(&hash));
        for sly in [
            "$2b$31$aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
            "$argon2id$v=19$m=4194304,t=3,p=4$c29tZXNhbHRzb21l$RdescudvJCsgt3ub",
            "$scrypt$ln=16,r=8,p=1$aM15713r3Xsvxbi31lqr1Q$nFNh2CVHVjNldFVKDHDlm4CbdRSCdEBsjjJxD",
            "none",
        ] {
            assert!(!Passwords::can_verify(sly), "{sly}");
        }
    }

    #[rocket::async_test]
    async fn a_password_is_not_truncated() {
        let passwords = Passwords::new(64);
        let long = "a".repeat(80);
        let hash = passwords
            .hash(NewPassword::new(&format!("{long}b")).unwrap())
            .await
            .unwrap();
        assert!(
            passwords
                .verify(&format!("{long}b"), Some(&hash))
                .await
                .unwrap()
        );
        assert!(
            !passwords
                .verify(&format!("{long}c"), Some(&hash))
                .await
                .unwrap()
        );
        assert!(!passwords.verify(&long, Some(&hash)).await.unwrap());
        assert!(!passwords.verify(&format!("{long}b"), None).await.unwrap());
    }
}
