//! What somebody has chosen for one browser, in its cookies.

use rocket::http::{Cookie, CookieJar, SameSite};
use rocket::time::Duration;

/// What somebody has chosen for their browser.
#[derive(Default)]
pub struct Taste {
    /// `light` or `dark`; without one the system's wish decides.
    pub theme: Option<String>,
    /// Videos play by themselves, without sound.
    pub plays: bool,
    /// Home begins with those whom they follow.
    pub follows: bool,
}

impl Taste {
    pub fn of(jar: &CookieJar<'_>) -> Taste {
        let chosen = |name: &str| jar.get(name).map(|cookie| cookie.value().to_owned());
        Taste {
            theme: chosen("theme").filter(|theme| ["light", "dark"].contains(&theme.as_str())),
            plays: chosen("plays").as_deref() == Some("1"),
            follows: chosen("home").as_deref() == Some("following"),
        }
    }

    /// Has the browser remember it for a year.
    pub fn keep(&self, jar: &CookieJar<'_>, is_https: bool) {
        let plays = self.plays.then(|| "1".to_owned());
        let home = self.follows.then(|| "following".to_owned());
        let all = [
            ("theme", self.theme.clone()),
            ("plays", plays),
            ("home", home),
        ];
        for (name, value) in all {
            match value {
                Some(value) => jar.add(
                    Cookie::build((name, value))
                        .path("/")
                        .max_age(Duration::days(365))
                        .secure(is_https)
                        .http_only(true)
                        .same_site(SameSite::Lax),
                ),
                None => jar.remove(Cookie::build(name).path("/")),
            }
        }
    }
}
