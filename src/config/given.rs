//! Reads single settings: each by its name, with what is accepted when it does not fit.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::time::Duration;

use ipnet::IpNet;
use rocket::figment::Figment;
use rocket::figment::value::Value;
use time::UtcOffset;

use super::problem::Problem;
use super::units::{network, parse_duration, parse_size, plain};

/// What was given, by name in capitals and without the prefix, as it was written; and which names were asked for.
#[derive(Default)]
pub struct Given {
    values: BTreeMap<String, String>,
    asked: RefCell<BTreeSet<&'static str>>,
}

impl Given {
    /// What the environment says, letter for letter: nothing in it is taken for a number or a list.
    pub fn in_environment(
        variables: impl IntoIterator<Item = (OsString, OsString)>,
    ) -> Result<Given, Problem> {
        let mut values = BTreeMap::new();
        for (name, value) in variables {
            let Some(name) = name.to_str().and_then(|name| name.strip_prefix("PORCH_")) else {
                continue;
            };
            let value = value.into_string().map_err(|_| {
                Problem(format!(
                    "PORCH_{name} is no text: it holds bytes that are not UTF-8."
                ))
            })?;
            values.insert(name.to_uppercase(), value);
        }
        Ok(Given::of(values))
    }

    /// From the table `porch` of Rocket's configuration.
    #[allow(clippy::result_large_err)]
    pub fn in_file(figment: &Figment) -> rocket::figment::error::Result<Given> {
        let values: BTreeMap<String, Value> = match figment.find_value("porch") {
            Ok(_) => figment.extract_inner("porch")?,
            Err(_) => BTreeMap::new(),
        };
        let given = values
            .into_iter()
            .map(|(name, value)| (name.to_uppercase(), plain(&value)));
        Ok(Given::of(given.collect()))
    }

    pub fn of(values: BTreeMap<String, String>) -> Given {
        Given {
            values,
            asked: RefCell::default(),
        }
    }

    pub fn overruled_by(mut self, other: Given) -> Given {
        self.values.extend(other.values);
        self
    }

    /// A value as it was written; nothing where it is empty or blank.
    pub fn text(&self, name: &'static str) -> Option<&str> {
        self.asked.borrow_mut().insert(name);
        let value = self.values.get(name).map(String::as_str);
        value.filter(|value| !value.trim().is_empty())
    }

    /// A value that is a word, without blanks around it.
    pub(super) fn word(&self, name: &'static str) -> Option<&str> {
        self.text(name).map(str::trim)
    }

    /// The names that were asked for so far.
    pub fn asked(&self) -> Vec<&'static str> {
        self.asked.borrow().iter().copied().collect()
    }

    /// Refuses what is given beside the names that are known.
    pub fn refuse_unknown(&self, known: &[&str]) -> Result<(), Problem> {
        /// The tests' own variables share our prefix.
        const OF_TESTS: [&str; 6] = [
            "SAMPLES", "BINARY", "CHROMIUM", "BROWSERS", "GOLDEN", "BENCH",
        ];
        let known = |name: &str| known.contains(&name) || OF_TESTS.contains(&name);
        match self.values.keys().find(|name| !known(name)) {
            Some(name) => Err(Problem(format!(
                "PORCH_{name} is no setting of this version; README.md lists those there are."
            ))),
            None => Ok(()),
        }
    }

    pub fn number(
        &self,
        name: &'static str,
        default: u64,
        accepted: std::ops::RangeInclusive<u64>,
    ) -> Result<u64, Problem> {
        let Some(text) = self.word(name) else {
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

    pub fn size(&self, name: &'static str, default: u64) -> Result<u64, Problem> {
        let Some(text) = self.word(name) else {
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

    /// The same; nothing where it is not given.
    pub fn size_if_any(&self, name: &'static str) -> Result<Option<u64>, Problem> {
        self.word(name).map(|_| self.size(name, 0)).transpose()
    }

    pub fn duration(&self, name: &'static str, default: &str) -> Result<Duration, Problem> {
        let text = self.word(name).unwrap_or(default);
        parse_duration(text)
            .ok_or_else(|| Problem::bad(name, text, "a time such as 500ms, 25s, 5m or 24h"))
    }

    pub fn switch(&self, name: &'static str, default: bool) -> Result<bool, Problem> {
        match self.word(name).map(str::to_lowercase).as_deref() {
            None => Ok(default),
            Some("on" | "true" | "1") => Ok(true),
            Some("off" | "false" | "0") => Ok(false),
            Some(other) => Err(Problem::bad(name, other, "on or off")),
        }
    }

    pub fn networks(&self, name: &'static str) -> Result<Vec<IpNet>, Problem> {
        let Some(text) = self.word(name) else {
            return Ok(Vec::new());
        };
        let parsed: Option<Vec<IpNet>> = text.split(',').map(network).collect();
        parsed.ok_or_else(|| {
            Problem::bad(
                name,
                text,
                "IP addresses and networks with commas between them, such as 127.0.0.1,10.0.0.0/8",
            )
        })
    }

    /// Origins as browsers name them: scheme, host and a port that is not the usual one.
    pub fn origins(&self, name: &'static str) -> Result<Vec<String>, Problem> {
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

    pub fn level(&self, name: &'static str) -> Result<tracing::Level, Problem> {
        let text = self.word(name).unwrap_or("info");
        let known = ["error", "warn", "info", "debug"].contains(&text);
        text.parse()
            .ok()
            .filter(|_| known)
            .ok_or_else(|| Problem::bad(name, text, "error, warn, info or debug"))
    }

    pub fn offset(&self, name: &'static str) -> Result<UtcOffset, Problem> {
        let Some(text) = self.word(name) else {
            return Ok(UtcOffset::UTC);
        };
        let format =
            time::macros::format_description!("[offset_hour sign:mandatory]:[offset_minute]");
        UtcOffset::parse(text, &format)
            .map_err(|_| Problem::bad(name, text, "an offset from UTC such as +02:00 or -05:30"))
    }

    /// A secret: the setting itself, or what stands in the file that `file_name` names.
    pub fn text_or_file(
        &self,
        name: &'static str,
        file_name: &'static str,
    ) -> Result<Option<String>, Problem> {
        match (self.text(name), self.text(file_name)) {
            (None, None) => Ok(None),
            (Some(text), _) => Ok(Some(text.to_owned())),
            (None, Some(path)) => match std::fs::read_to_string(path) {
                Ok(text) => Ok(Some(text.trim_end_matches(['\r', '\n']).to_owned())),
                Err(e) => Err(Problem(format!(
                    "PORCH_{file_name} names {path}, which cannot be read: {e}."
                ))),
            },
        }
    }

    /// The secret that signs everything; a short one is refused.
    pub fn secret(
        &self,
        name: &'static str,
        file_name: &'static str,
    ) -> Result<Option<String>, Problem> {
        let Some(secret) = self.text_or_file(name, file_name)? else {
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
}

/// What these pairs give, for tests.
#[cfg(test)]
pub(super) fn given(pairs: &[(&str, &str)]) -> Given {
    let pairs = pairs.iter();
    Given::of(pairs.map(|(k, v)| (k.to_string(), v.to_string())).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_what_was_written() {
        for text in [
            "00012", "[abc]", "\"x\"", "true", "1.50", " a b ", "{}", "0x1f", "a,b", "é",
        ] {
            let variables = [(OsString::from("PORCH_MEDIA_KEY"), OsString::from(text))];
            let given = Given::in_environment(variables).unwrap();
            assert_eq!(given.text("MEDIA_KEY"), Some(text));
        }
        let over =
            given(&[("DATA", "file"), ("LOG", "warn")]).overruled_by(given(&[("DATA", "007")]));
        assert_eq!(
            (over.text("DATA"), over.text("LOG")),
            (Some("007"), Some("warn"))
        );
        assert_eq!(given(&[("DATA", "  ")]).text("DATA"), None);
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
                Given::in_file(&figment)
                    .unwrap()
                    .number("POST_ITEMS", 10, 1..=20)
                    .unwrap(),
                expected
            );
        }
    }

    #[test]
    fn a_name_that_is_no_setting_stops_the_start() {
        let given = given(&[
            ("RATE_LIMITS", "off"),
            ("RATE_LIMIT", "off"),
            ("SAMPLES", "x"),
        ]);
        let error = given.refuse_unknown(&["RATE_LIMIT"]).unwrap_err();
        assert!(
            error
                .to_string()
                .contains("PORCH_RATE_LIMITS is no setting")
        );
    }

    #[test]
    fn a_short_secret_is_refused_without_being_shown() {
        let error = given(&[("SECRET_KEY", "hunter2")])
            .secret("SECRET_KEY", "SECRET_KEY_FILE")
            .unwrap_err();
        assert!(error.to_string().contains("7 bytes") && !error.to_string().contains("hunter2"));
    }
}
