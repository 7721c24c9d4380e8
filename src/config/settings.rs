//! Every setting, read once at the start from Rocket.toml (`[default.porch]`) and the environment
//! (`PORCH_*`), checked, and never asked for again.

use std::collections::BTreeMap;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use ipnet::IpNet;
use rocket::figment::providers::{Env, Format, Toml};
use rocket::figment::{Figment, Profile};
use time::UtcOffset;

use super::given::Given;
use super::mail::MailSettings;
use super::media::MediaSettings;
use super::place::Setting;
use super::problem::{Problem, masked};

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
    /// Pages of other sites that may use the JSON API with a token.
    pub cors_origins: Vec<String>,
    /// Nobody signs in before the address is confirmed.
    pub require_verified: bool,
    pub mail: MailSettings,
    pub media: MediaSettings,
    /// Whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
    pub log: tracing::Level,
    /// The zone in which pages name absolute times.
    pub utc_offset: UtcOffset,
    /// Push services in a private network are asked too.
    pub push_private: bool,
    /// What administrators would else set in the browser.
    pub place: BTreeMap<Setting, String>,
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
    /// Bytes that the files of one member may take together.
    pub quota: Option<u64>,
    pub face: u64,
    pub form_parts: usize,
    /// So many posts the JSON feed gives at once.
    pub feed: usize,
    pub caption: usize,
    pub alt: usize,
    pub name: usize,
    /// All renditions together.
    pub renditions: u64,
    pub min_free_space: u64,
    pub sockets_per_user: usize,
    pub sockets_per_address: usize,
    pub pictures: transform::Limits,
}

/// How often and how long; settings, so that no test waits for them.
#[derive(Clone, Debug)]
pub struct Intervals {
    pub upload_deadline: Duration,
    /// An upload that nobody goes on with for so long is forgotten.
    pub upload_kept: Duration,
    /// Nobody waits longer for a picture to be transformed.
    pub rendition_deadline: Duration,
    pub heartbeat: Duration,
    pub idle_drop: Duration,
    pub session_check: Duration,
    /// A line without a request for so long is ended, and one whose answer nobody reads.
    pub line_idle: Duration,
    pub line_stalled: Duration,
    pub sweep: Duration,
    /// From this age on a file without a row, or a picture without a post, is swept away.
    pub orphan_age: Duration,
    /// Between asking for an account's end and its end.
    pub leave_after: Duration,
    /// After a job's first failure; later ones wait longer.
    pub job_retry: Duration,
}

impl Settings {
    /// Rocket's own configuration with Porch's environment merged in; both are read from it.
    pub fn figment() -> Figment {
        let ours = Figment::new()
            .merge(("ident", false))
            // Rocket would believe a header that anybody can write.
            .merge(("ip_header", false))
            .merge(("shutdown.grace", 10))
            .merge(("shutdown.mercy", 3));
        let file = Toml::file(Env::var_or("ROCKET_CONFIG", "Rocket.toml")).nested();
        Figment::from(rocket::Config::default())
            .merge(ours)
            .merge(file)
            .merge(
                Env::prefixed("ROCKET_")
                    .ignore(&["PROFILE", "CONFIG"])
                    .global(),
            )
            .merge(("log_level", "off"))
            .select(Profile::from_env_or("ROCKET_PROFILE", Profile::Default))
    }

    /// From that configuration and this environment, which wins.
    pub fn read(figment: &Figment) -> Result<Settings, Problem> {
        Settings::from(figment, Given::in_environment(std::env::vars_os())?)
    }

    /// The names that may stand after `PORCH_` (or, in lower case, in `[default.porch]`).
    pub fn names() -> Vec<&'static str> {
        let given = Given::default();
        Settings::all(&given, &rocket::Config::default()).expect("what is not given is good");
        given.asked()
    }

    /// The same with an environment of its own, by names without the prefix.
    pub fn from(figment: &Figment, environment: Given) -> Result<Settings, Problem> {
        let config = rocket::Config::try_from(figment).map_err(rocket_problem)?;
        let given = Given::in_file(figment).map_err(rocket_problem)?;
        let given = given.overruled_by(environment);
        let settings = Settings::all(&given, &config);
        // What is misspelled explains best why something else is missing.
        given.refuse_unknown(&Settings::names())?;
        settings
    }

    /// Every setting is declared by being read here: its name, what it is by default, what is accepted.
    fn all(given: &Given, config: &rocket::Config) -> Result<Settings, Problem> {
        let public_url = given.public_url()?;
        let data = PathBuf::from(given.text("DATA").unwrap_or("data"));
        let photo = given.size("PHOTO_MAX", 50 << 20)?;
        let pictures = transform::Limits {
            pixels: given.number("PHOTO_MEGAPIXELS", 100, 1..=1_000)? * 1_000_000,
            frames: given.number("ANIMATION_FRAMES", 500, 1..=10_000)? as u32,
            made_pixels: given.number("TRANSFORM_MEGAPIXELS", 40, 4..=1_000)? * 1_000_000,
            animation_pixels: given.number("ANIMATION_MEGAPIXELS", 200, 1..=2_000)? * 1_000_000,
            ..Default::default()
        };
        Ok(Settings {
            address: config.address,
            port: config.port,
            database_url: given.database_url(&data)?,
            mail: given.mail(public_url.as_deref())?,
            media: given.media()?,
            public_url,
            secret_key: given.secret("SECRET_KEY", "SECRET_KEY_FILE")?,
            rate_limit: given.switch("RATE_LIMIT", true)?,
            cors_origins: given.origins("CORS_ORIGINS")?,
            require_verified: given.switch("REQUIRE_VERIFIED", false)?,
            trusted_proxies: given.networks("TRUSTED_PROXIES")?,
            log: given.level("LOG")?,
            utc_offset: given.offset("UTC_OFFSET")?,
            push_private: given.switch("PUSH_PRIVATE", false)?,
            place: given.place()?,
            limits: Limits {
                photo,
                video: given.size("VIDEO_MAX", 2 << 30)?,
                post: given.size("POST_MAX", 600 << 20)?,
                quota: given.size_if_any("QUOTA")?,
                post_items: given.number("POST_ITEMS", 10, 1..=20)? as usize,
                face: given.size("FACE_MAX", 10 << 20)?,
                feed: given.number("FEED_MAX", 100, 1..=1_000)? as usize,
                form_parts: given.number("FORM_PARTS", 64, 8..=1_000)? as usize,
                caption: given.number("CAPTION_MAX", 2_200, 1..=20_000)? as usize,
                alt: given.number("ALT_MAX", 1_000, 1..=10_000)? as usize,
                name: given.number("NAME_MAX", 50, 1..=200)? as usize,
                renditions: given.size("RENDITIONS_MAX", 2 << 30)?,
                min_free_space: given.size("MIN_FREE_SPACE", 200 << 20)?,
                sockets_per_user: given.number("SOCKETS_PER_USER", 10, 1..=1_000_000)? as usize,
                sockets_per_address: given.number("SOCKETS_PER_ADDRESS", 100, 1..=1_000_000)?
                    as usize,
                pictures,
            },
            intervals: Intervals {
                upload_deadline: given.duration("UPLOAD_DEADLINE", "30m")?,
                upload_kept: given.duration("UPLOAD_KEPT", "168h")?,
                rendition_deadline: given.duration("RENDITION_DEADLINE", "20s")?,
                heartbeat: given.duration("HEARTBEAT", "15s")?,
                idle_drop: given.duration("IDLE_DROP", "70s")?,
                session_check: given.duration("SESSION_CHECK", "5m")?,
                line_idle: given.duration("LINE_IDLE", "15s")?,
                line_stalled: given.duration("LINE_STALLED", "1m")?,
                sweep: given.duration("SWEEP", "1h")?,
                orphan_age: given.duration("ORPHAN_AGE", "24h")?,
                leave_after: given.duration("LEAVE_AFTER", "168h")?,
                job_retry: given.duration("JOB_RETRY", "30s")?,
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

    /// Where whoever runs a service that is asked can reach whoever runs this one.
    pub fn contact(&self) -> String {
        match &self.public_url {
            Some(url) if url.starts_with("https:") => url.clone(),
            _ => format!("mailto:{}", self.mail.from),
        }
    }

    /// Where this server can be reached, for the line printed at the start and for links.
    pub fn address_url(&self, port: u16) -> String {
        let here = || self.here_url(port);
        self.public_url.clone().unwrap_or_else(here)
    }

    /// Where this server listens, as this machine asks for it.
    pub fn here_url(&self, port: u16) -> String {
        let address = match self.address {
            IpAddr::V4(any) if any.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
            IpAddr::V6(any) if any.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
            other => other,
        };
        format!("http://{}", SocketAddr::new(address, port))
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
