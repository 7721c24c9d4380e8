//! Every setting, read once at the start from Rocket.toml (`[default.porch]`) and the environment
//! (`PORCH_*`), checked, and never asked for again.

use std::collections::BTreeMap;
use std::fmt;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rocket::figment::{Figment, Profile, providers::Env, value::Value};
use time::UtcOffset;

use crate::transform;

/// The names that may stand after `PORCH_` (or, in lower case, in `[default.porch]`).
pub const NAMES: &[&str] = &[
    "DATA",
    "DATABASE_URL",
    "PUBLIC_URL",
    "SECRET_KEY",
    "SECRET_KEY_FILE",
    "RATE_LIMIT",
    "LOG",
    "UTC_OFFSET",
    "PHOTO_MAX",
    "PHOTO_MEGAPIXELS",
    "ANIMATION_FRAMES",
    "ANIMATION_MEGAPIXELS",
    "VIDEO_MAX",
    "POST_MAX",
    "POST_ITEMS",
    "FACE_MAX",
    "FORM_PARTS",
    "CAPTION_MAX",
    "ALT_MAX",
    "NAME_MAX",
    "MIN_FREE_SPACE",
    "UPLOAD_DEADLINE",
    "HEARTBEAT",
    "IDLE_DROP",
    "SESSION_CHECK",
    "SWEEP",
    "ORPHAN_AGE",
    "SOCKETS_PER_USER",
    "SOCKETS_PER_ADDRESS",
    "ARGON2_MEMORY_KIB",
];

#[derive(Clone)]
pub struct Settings {
    pub address: IpAddr,
    pub port: u16,
    /// The folder that holds everything Porch keeps.
    pub data: PathBuf,
    pub database_url: String,
    /// Scheme, host and port under which the site is reached from outside, without a slash at the end.
    pub public_url: Option<String>,
    secret_key: Option<String>,
    pub rate_limit: bool,
    pub log: tracing::Level,
    /// The zone in which pages name absolute times.
    pub utc_offset: UtcOffset,
    pub limits: Limits,
    pub intervals: Intervals,
    pub argon2_memory_kib: u32,
}

/// What is refused, and from where on. Sizes are bytes, texts Unicode scalar values.
#[derive(Clone, Debug)]
pub struct Limits {
    pub photo: u64,
    pub video: u64,
    pub post: u64,
    pub post_items: usize,
    pub face: u64,
    pub form_parts: usize,
    pub caption: usize,
    pub alt: usize,
    pub name: usize,
    pub min_free_space: u64,
    pub sockets_per_user: usize,
    pub sockets_per_address: usize,
    pub pictures: transform::Limits,
}

/// How often and how long; settings, so that no test waits for them.
#[derive(Clone, Debug)]
pub struct Intervals {
    pub upload_deadline: Duration,
    pub heartbeat: Duration,
    pub idle_drop: Duration,
    pub session_check: Duration,
    pub sweep: Duration,
    /// From this age on a file without a row, or a picture without a post, is swept away.
    pub orphan_age: Duration,
}

/// One sentence for the person who starts the server: which setting, its value, what is accepted.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Problem(pub String);

impl Problem {
    fn bad(name: &str, value: &str, accepted: &str) -> Self {
        Problem(format!(
            "PORCH_{name} is \"{value}\"; accepted is {accepted}."
        ))
    }
}

/// Argon2id's memory cost that OWASP names as the least (with two passes over it).
pub const ARGON2_LEAST_KIB: u32 = 19_456;

impl Settings {
    /// Rocket's own configuration with Porch's environment merged in; both are read from it.
    pub fn figment() -> Figment {
        let porch = Env::prefixed("PORCH_").map(|key| format!("porch.{key}").into());
        // What Rocket.toml says is repeated here, so that the binary alone in a folder does the same.
        Figment::from(rocket::Config::figment())
            .join(("ident", false))
            .join(("ip_header", false))
            .merge(("log_level", "off"))
            .merge(("shutdown.grace", 10))
            .merge(("shutdown.mercy", 3))
            .merge(porch.profile(Profile::Global))
    }

    pub fn from(figment: &Figment) -> Result<Settings, Problem> {
        let config = rocket::Config::try_from(figment).map_err(rocket_problem)?;
        let values: BTreeMap<String, Value> = match figment.find_value("porch") {
            Ok(_) => figment.extract_inner("porch").map_err(rocket_problem)?,
            Err(_) => BTreeMap::new(),
        };
        let given = Given(
            values
                .into_iter()
                .map(|(k, v)| (k.to_uppercase(), plain(&v)))
                .collect(),
        );
        given.refuse_unknown()?;

        let data = PathBuf::from(given.text("DATA").unwrap_or("data"));
        let photo = given.size("PHOTO_MAX", 50 << 20)?;
        let pictures = transform::Limits {
            pixels: given.number("PHOTO_MEGAPIXELS", 100, 1..=1_000)? * 1_000_000,
            frames: given.number("ANIMATION_FRAMES", 500, 1..=10_000)? as u32,
            animation_pixels: given.number("ANIMATION_MEGAPIXELS", 200, 1..=2_000)? * 1_000_000,
            ..Default::default()
        };
        Ok(Settings {
            address: config.address,
            port: config.port,
            database_url: given.database_url(&data)?,
            public_url: given.public_url()?,
            secret_key: given.secret("SECRET_KEY")?,
            rate_limit: given.switch("RATE_LIMIT", true)?,
            log: given.level("LOG")?,
            utc_offset: given.offset("UTC_OFFSET")?,
            limits: Limits {
                photo,
                video: given.size("VIDEO_MAX", 300 << 20)?,
                post: given.size("POST_MAX", 600 << 20)?,
                post_items: given.number("POST_ITEMS", 10, 1..=20)? as usize,
                face: given.size("FACE_MAX", 10 << 20)?,
                form_parts: given.number("FORM_PARTS", 64, 8..=1_000)? as usize,
                caption: given.number("CAPTION_MAX", 2_200, 1..=20_000)? as usize,
                alt: given.number("ALT_MAX", 1_000, 1..=10_000)? as usize,
                name: given.number("NAME_MAX", 50, 1..=200)? as usize,
                min_free_space: given.size("MIN_FREE_SPACE", 200 << 20)?,
                sockets_per_user: given.number("SOCKETS_PER_USER", 10, 1..=1_000_000)? as usize,
                sockets_per_address: given.number("SOCKETS_PER_ADDRESS", 100, 1..=1_000_000)?
                    as usize,
                pictures,
            },
            intervals: Intervals {
                upload_deadline: given.duration("UPLOAD_DEADLINE", "30m")?,
                heartbeat: given.duration("HEARTBEAT", "25s")?,
                idle_drop: given.duration("IDLE_DROP", "70s")?,
                session_check: given.duration("SESSION_CHECK", "5m")?,
                sweep: given.duration("SWEEP", "1h")?,
                orphan_age: given.duration("ORPHAN_AGE", "24h")?,
            },
            argon2_memory_kib: given.argon2_memory(cfg!(debug_assertions))?,
            data,
        })
    }

    /// The secret that signs sessions: the configured one, or the one kept in the data folder, which
    /// is made at the first start and readable by its owner only.
    pub fn secret(&self) -> Result<Vec<u8>, Problem> {
        if let Some(secret) = &self.secret_key {
            return Ok(secret.as_bytes().to_vec());
        }
        let path = self.data.join("secret");
        read_or_make_secret(&path).map_err(|e| {
            Problem(format!(
                "The secret in {} cannot be used: {e}.",
                path.display()
            ))
        })
    }

    /// Where this server can be reached, for the line printed at the start and for links.
    pub fn address_url(&self, port: u16) -> String {
        match &self.public_url {
            Some(url) => url.clone(),
            None if self.address.is_unspecified() => format!("http://127.0.0.1:{port}"),
            None if self.address.is_ipv6() => format!("http://[{}]:{port}", self.address),
            None => format!("http://{}:{port}", self.address),
        }
    }

    pub fn is_https(&self) -> bool {
        self.public_url
            .as_deref()
            .is_some_and(|url| url.starts_with("https://"))
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("data", &self.data)
            .field("database_url", &masked(&self.database_url))
            .field("public_url", &self.public_url)
            .field("secret_key", &self.secret_key.as_ref().map(|_| "***"))
            .finish_non_exhaustive()
    }
}

/// A database address whose password may be shown to nobody.
pub fn masked(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        return url.to_owned();
    };
    let Some((login, place)) = rest.rsplit_once('@') else {
        return url.to_owned();
    };
    let user = login.split(':').next().unwrap_or_default();
    format!("{scheme}://{user}:***@{place}")
}

fn read_or_make_secret(path: &Path) -> std::io::Result<Vec<u8>> {
    use std::io::{Error, ErrorKind, Write};
    match std::fs::read(path) {
        Ok(secret) if secret.len() >= 32 => return Ok(secret),
        Ok(_) => return Err(Error::other("it is shorter than 32 bytes")),
        Err(e) if e.kind() == ErrorKind::NotFound => {}
        Err(e) => return Err(e),
    }
    let secret = crate::id::random_text(48);
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(secret.as_bytes())?;
    file.sync_all()?;
    Ok(secret.into_bytes())
}

fn rocket_problem(error: rocket::figment::Error) -> Problem {
    let name = error.path.join("_").to_uppercase();
    Problem(format!("ROCKET_{name} cannot be used: {}.", error.kind))
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(_, text) => text.clone(),
        Value::Bool(_, flag) => flag.to_string(),
        Value::Num(_, num) => match (num.to_i128(), num.to_f64()) {
            (Some(whole), _) => whole.to_string(),
            (None, Some(ratio)) => ratio.to_string(),
            (None, None) => String::new(),
        },
        other => format!("{other:?}"),
    }
}

/// What was given, by name in capitals and without the prefix.
struct Given(BTreeMap<String, String>);

impl Given {
    fn text(&self, name: &str) -> Option<&str> {
        debug_assert!(
            NAMES.contains(&name),
            "{name} is not among the settings' names"
        );
        self.0
            .get(name)
            .map(|value| value.trim())
            .filter(|value| !value.is_empty())
    }

    fn refuse_unknown(&self) -> Result<(), Problem> {
        // The tests' own variables share our prefix.
        let ours = |name: &String| !NAMES.contains(&name.as_str()) && name != "SAMPLES";
        match self.0.keys().find(|name| ours(name)) {
            Some(name) => Err(Problem(format!(
                "PORCH_{name} is no setting of this version; README.md lists those there are."
            ))),
            None => Ok(()),
        }
    }

    fn number(
        &self,
        name: &str,
        default: u64,
        accepted: std::ops::RangeInclusive<u64>,
    ) -> Result<u64, Problem> {
        let Some(text) = self.text(name) else {
            return Ok(default);
        };
        let (least, most) = (accepted.start(), accepted.end());
        text.parse()
            .ok()
            .filter(|number| accepted.contains(number))
            .ok_or_else(|| {
                Problem::bad(
                    name,
                    text,
                    &format!("a whole number from {least} to {most}"),
                )
            })
    }

    fn size(&self, name: &str, default: u64) -> Result<u64, Problem> {
        let Some(text) = self.text(name) else {
            return Ok(default);
        };
        parse_size(text).ok_or_else(|| {
            Problem::bad(
                name,
                text,
                "a size such as 50MB, 300KB or a number of bytes",
            )
        })
    }

    fn duration(&self, name: &str, default: &str) -> Result<Duration, Problem> {
        let text = self.text(name).unwrap_or(default);
        parse_duration(text)
            .ok_or_else(|| Problem::bad(name, text, "a time such as 500ms, 25s, 5m or 24h"))
    }

    fn switch(&self, name: &str, default: bool) -> Result<bool, Problem> {
        match self.text(name).map(str::to_lowercase).as_deref() {
            None => Ok(default),
            Some("on" | "true" | "1") => Ok(true),
            Some("off" | "false" | "0") => Ok(false),
            Some(other) => Err(Problem::bad(name, other, "on or off")),
        }
    }

    fn level(&self, name: &str) -> Result<tracing::Level, Problem> {
        let text = self.text(name).unwrap_or("info");
        let known = ["error", "warn", "info", "debug"].contains(&text);
        text.parse()
            .ok()
            .filter(|_| known)
            .ok_or_else(|| Problem::bad(name, text, "error, warn, info or debug"))
    }

    fn offset(&self, name: &str) -> Result<UtcOffset, Problem> {
        let Some(text) = self.text(name) else {
            return Ok(UtcOffset::UTC);
        };
        let format =
            time::macros::format_description!("[offset_hour sign:mandatory]:[offset_minute]");
        UtcOffset::parse(text, &format)
            .map_err(|_| Problem::bad(name, text, "an offset from UTC such as +02:00 or -05:30"))
    }

    fn secret(&self, name: &str) -> Result<Option<String>, Problem> {
        let file_name = format!("{name}_FILE");
        let secret = match (self.text(name), self.0.get(&file_name)) {
            (None, None) => return Ok(None),
            (Some(text), _) => text.to_owned(),
            (None, Some(path)) => std::fs::read_to_string(path)
                .map_err(|e| {
                    Problem(format!(
                        "PORCH_{file_name} names {path}, which cannot be read: {e}."
                    ))
                })?
                .trim()
                .to_owned(),
        };
        if secret.len() < 32 {
            let bytes = secret.len();
            return Err(Problem(format!(
                "PORCH_{name} has {bytes} bytes (not shown); accepted are at least 32 random ones, such as `openssl rand -hex 32` prints."
            )));
        }
        Ok(Some(secret))
    }

    fn database_url(&self, data: &Path) -> Result<String, Problem> {
        let Some(url) = self.text("DATABASE_URL") else {
            return Ok(format!(
                "sqlite://{}?mode=rwc",
                data.join("porch.db").display()
            ));
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

    fn public_url(&self) -> Result<Option<String>, Problem> {
        let Some(text) = self.text("PUBLIC_URL") else {
            return Ok(None);
        };
        let url = text.trim_end_matches('/');
        let host = url
            .strip_prefix("https://")
            .or_else(|| url.strip_prefix("http://"));
        let plain = |host: &str| {
            !host.is_empty()
                && host
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b".-:[]".contains(&b))
        };
        if host.is_some_and(plain) {
            return Ok(Some(url.to_ascii_lowercase()));
        }
        let accepted = "scheme and host alone, such as https://porch.example.org";
        Err(Problem::bad("PUBLIC_URL", text, accepted))
    }

    fn argon2_memory(&self, may_be_weak: bool) -> Result<u32, Problem> {
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

fn parse_size(text: &str) -> Option<u64> {
    let upper = text.to_ascii_uppercase();
    let (digits, factor) = [("KB", 1 << 10), ("MB", 1 << 20), ("GB", 1 << 30), ("B", 1)]
        .into_iter()
        .find_map(|(unit, factor)| Some((upper.strip_suffix(unit)?, factor)))
        .unwrap_or((&upper, 1));
    digits
        .trim()
        .parse::<u64>()
        .ok()?
        .checked_mul(factor)
        .filter(|bytes| *bytes > 0)
}

fn parse_duration(text: &str) -> Option<Duration> {
    let (digits, millis) = [("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000)]
        .into_iter()
        .find_map(|(unit, millis)| Some((text.strip_suffix(unit)?, millis)))?;
    let millis = digits.trim().parse::<u64>().ok()?.checked_mul(millis)?;
    (1..=30 * 86_400_000)
        .contains(&millis)
        .then(|| Duration::from_millis(millis))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(pairs: &[(&str, &str)]) -> Given {
        Given(
            pairs
                .iter()
                .map(|(k, v)| (k.to_string(), v.to_string()))
                .collect(),
        )
    }

    #[test]
    fn a_release_build_refuses_weak_hashing() {
        let weak = given(&[("ARGON2_MEMORY_KIB", "64")]);
        assert!(weak.argon2_memory(false).is_err());
        assert_eq!(weak.argon2_memory(true).unwrap(), 64);
        assert_eq!(given(&[]).argon2_memory(false).unwrap(), ARGON2_LEAST_KIB);
    }

    #[test]
    fn a_bad_value_is_named_with_what_is_accepted() {
        let error = given(&[("RATE_LIMIT", "sometimes")])
            .switch("RATE_LIMIT", true)
            .unwrap_err();
        assert_eq!(
            error.to_string(),
            "PORCH_RATE_LIMIT is \"sometimes\"; accepted is on or off."
        );
    }

    #[test]
    fn a_name_that_is_no_setting_stops_the_start() {
        let error = given(&[("RATE_LIMITS", "off")])
            .refuse_unknown()
            .unwrap_err();
        assert!(
            error
                .to_string()
                .contains("PORCH_RATE_LIMITS is no setting")
        );
    }

    #[test]
    fn sizes_and_times_carry_units() {
        assert_eq!(parse_size("50MB"), Some(50 << 20));
        assert_eq!(parse_size("0"), None);
        assert_eq!(parse_duration("500ms"), Some(Duration::from_millis(500)));
        assert_eq!(parse_duration("24h"), Some(Duration::from_secs(86_400)));
        assert_eq!(parse_duration("12"), None);
    }

    #[test]
    fn a_password_in_an_address_is_masked() {
        assert_eq!(
            masked("postgres://ada:geheim@db/porch"),
            "postgres://ada:***@db/porch"
        );
    }

    #[test]
    fn a_short_secret_is_refused_without_being_shown() {
        let error = given(&[("SECRET_KEY", "hunter2")])
            .secret("SECRET_KEY")
            .unwrap_err();
        assert!(error.to_string().contains("7 bytes") && !error.to_string().contains("hunter2"));
    }

    #[test]
    fn a_public_address_is_scheme_and_host() {
        let url = |text| given(&[("PUBLIC_URL", text)]).public_url();
        assert_eq!(
            url("https://Porch.example.org/").unwrap().unwrap(),
            "https://porch.example.org"
        );
        assert!(url("porch.example.org").is_err() && url("https://a.b/path").is_err());
    }
}
