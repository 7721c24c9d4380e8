//! Reads single settings: each by its name, with what is accepted when it does not fit.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::Path;
use std::time::Duration;

use rocket::figment::Figment;
use rocket::figment::value::Value;
use time::UtcOffset;

use super::{ARGON2_LEAST_KIB, NAMES, Problem, masked};

/// What was given, by name in capitals and without the prefix.
pub struct Given(pub BTreeMap<String, String>);

impl Given {
    /// From the table `porch` of Rocket's configuration.
    #[allow(clippy::result_large_err)]
    pub fn from(figment: &Figment) -> rocket::figment::error::Result<Given> {
        let values: BTreeMap<String, Value> = match figment.find_value("porch") {
            Ok(_) => figment.extract_inner("porch")?,
            Err(_) => BTreeMap::new(),
        };
        let given = values
            .into_iter()
            .map(|(name, value)| (name.to_uppercase(), plain(&value)));
        Ok(Given(given.collect()))
    }

    pub fn text(&self, name: &str) -> Option<&str> {
        debug_assert!(
            NAMES.contains(&name),
            "{name} is not among the settings' names"
        );
        self.0
            .get(name)
            .map(|value| value.trim())
            .filter(|value| !value.is_empty())
    }

    pub fn refuse_unknown(&self) -> Result<(), Problem> {
        /// The tests' own variables share our prefix.
        const OF_TESTS: [&str; 6] = [
            "SAMPLES", "BINARY", "CHROMIUM", "BROWSERS", "GOLDEN", "BENCH",
        ];
        let ours =
            |name: &String| !NAMES.contains(&name.as_str()) && !OF_TESTS.contains(&name.as_str());
        match self.0.keys().find(|name| ours(name)) {
            Some(name) => Err(Problem(format!(
                "PORCH_{name} is no setting of this version; README.md lists those there are."
            ))),
            None => Ok(()),
        }
    }

    pub fn number(
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

    pub fn size(&self, name: &str, default: u64) -> Result<u64, Problem> {
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

    pub fn duration(&self, name: &str, default: &str) -> Result<Duration, Problem> {
        let text = self.text(name).unwrap_or(default);
        parse_duration(text)
            .ok_or_else(|| Problem::bad(name, text, "a time such as 500ms, 25s, 5m or 24h"))
    }

    pub fn switch(&self, name: &str, default: bool) -> Result<bool, Problem> {
        match self.text(name).map(str::to_lowercase).as_deref() {
            None => Ok(default),
            Some("on" | "true" | "1") => Ok(true),
            Some("off" | "false" | "0") => Ok(false),
            Some(other) => Err(Problem::bad(name, other, "on or off")),
        }
    }

    pub fn addresses(&self, name: &str) -> Result<Vec<IpAddr>, Problem> {
        let Some(text) = self.text(name) else {
            return Ok(Vec::new());
        };
        let parsed: Result<Vec<IpAddr>, _> =
            text.split(',').map(|part| part.trim().parse()).collect();
        parsed.map_err(|_| {
            Problem::bad(
                name,
                text,
                "IP addresses with commas between them, such as 127.0.0.1",
            )
        })
    }

    /// Origins as browsers name them: scheme, host and a port that is not the usual one.
    pub fn origins(&self, name: &str) -> Result<Vec<String>, Problem> {
        let text = self.text(name).unwrap_or_default();
        let parts = text
            .split(',')
            .map(str::trim)
            .filter(|part| !part.is_empty());
        let origins: Vec<String> = parts.map(str::to_ascii_lowercase).collect();
        let fits = |origin: &String| {
            let host = origin
                .strip_prefix("https://")
                .or_else(|| origin.strip_prefix("http://"));
            host.is_some_and(|host| !host.is_empty() && !host.contains(['/', '*', ' ', '@']))
        };
        if origins.iter().all(fits) {
            return Ok(origins);
        }
        let accepted = "origins with commas between them, such as https://app.example.org";
        Err(Problem::bad(name, text, accepted))
    }

    pub fn level(&self, name: &str) -> Result<tracing::Level, Problem> {
        let text = self.text(name).unwrap_or("info");
        let known = ["error", "warn", "info", "debug"].contains(&text);
        text.parse()
            .ok()
            .filter(|_| known)
            .ok_or_else(|| Problem::bad(name, text, "error, warn, info or debug"))
    }

    pub fn offset(&self, name: &str) -> Result<UtcOffset, Problem> {
        let Some(text) = self.text(name) else {
            return Ok(UtcOffset::UTC);
        };
        let format =
            time::macros::format_description!("[offset_hour sign:mandatory]:[offset_minute]");
        UtcOffset::parse(text, &format)
            .map_err(|_| Problem::bad(name, text, "an offset from UTC such as +02:00 or -05:30"))
    }

    /// A secret: the setting itself, or what stands in the file that `<name>_FILE` names.
    pub fn text_or_file(&self, name: &str) -> Result<Option<String>, Problem> {
        let file_name = format!("{name}_FILE");
        match (self.text(name), self.text(&file_name)) {
            (None, None) => Ok(None),
            (Some(text), _) => Ok(Some(text.to_owned())),
            (None, Some(path)) => match std::fs::read_to_string(path) {
                Ok(text) => Ok(Some(text.trim().to_owned())),
                Err(e) => Err(Problem(format!(
                    "PORCH_{file_name} names {path}, which cannot be read: {e}."
                ))),
            },
        }
    }

    /// The secret that signs everything; a short one is refused.
    pub fn secret(&self, name: &str) -> Result<Option<String>, Problem> {
        let Some(secret) = self.text_or_file(name)? else {
            return Ok(None);
        };
        if secret.len() < 32 {
            let bytes = secret.len();
            return Err(Problem(format!(
                "PORCH_{name} has {bytes} bytes (not shown); accepted are at least 32 random ones, such as `openssl rand -hex 32` prints."
            )));
        }
        Ok(Some(secret))
    }

    pub fn database_url(&self, data: &Path) -> Result<String, Problem> {
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

    pub fn public_url(&self) -> Result<Option<String>, Problem> {
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

/// A value as it was typed: figment has made numbers and switches of some.
fn plain(value: &Value) -> String {
    match value {
        Value::String(_, text) => text.clone(),
        Value::Bool(_, flag) => flag.to_string(),
        Value::Num(_, number) => {
            let whole = number.to_u128().map(|n| n.to_string());
            let signed = || number.to_i128().map(|n| n.to_string());
            let ratio = || number.to_f64().map(|n| n.to_string());
            whole.or_else(signed).or_else(ratio).unwrap_or_default()
        }
        other => format!("{other:?}"),
    }
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
    fn a_number_from_the_environment_is_read() {
        for (text, expected) in [("3", 3), ("\"3\"", 3)] {
            let number: Value = text.parse().unwrap();
            let figment = Figment::from(("porch.post_items", number));
            assert_eq!(
                Given::from(&figment)
                    .unwrap()
                    .number("POST_ITEMS", 10, 1..=20)
                    .unwrap(),
                expected
            );
        }
        assert_eq!(plain(&Value::from(-2)), "-2");
        assert_eq!(plain(&Value::from(1.5)), "1.5");
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
        assert_eq!(
            url("https://a.example:443").unwrap().unwrap(),
            "https://a.example"
        );
        assert_eq!(
            url("http://a.example:8080").unwrap().unwrap(),
            "http://a.example:8080"
        );
        assert!(url("porch.example.org").is_err() && url("https://a.b/path").is_err());
    }
}
