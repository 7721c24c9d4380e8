//! How values are written: sizes, times, folders.

use std::net::IpAddr;
use std::path::Path;
use std::time::Duration;

use ipnet::IpNet;
use rocket::figment::value::Value;

use super::problem::Problem;

/// The address of a SQLite file, in which a path's own signs mean nothing.
pub(super) fn sqlite_at(path: &Path) -> Result<String, Problem> {
    use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
    const SIGNS: AsciiSet = CONTROLS.add(b'%').add(b'?').add(b'#').add(b' ').add(b'"');
    let Some(text) = path.to_str() else {
        let path = path.display();
        return Err(Problem(format!(
            "PORCH_DATA is \"{path}\", which is no text in UTF-8."
        )));
    };
    Ok(format!(
        "sqlite://{}?mode=rwc",
        utf8_percent_encode(text, &SIGNS)
    ))
}

pub(super) fn parse_size(text: &str) -> Option<u64> {
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

pub(super) fn parse_duration(text: &str) -> Option<Duration> {
    let (digits, millis) = [("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000)]
        .into_iter()
        .find_map(|(unit, millis)| Some((text.strip_suffix(unit)?, millis)))?;
    let millis = digits.trim().parse::<u64>().ok()?.checked_mul(millis)?;
    (1..=30 * 86_400_000)
        .contains(&millis)
        .then(|| Duration::from_millis(millis))
}

/// A value as it was typed: figment has made numbers and switches of some.
pub(super) fn plain(value: &Value) -> String {
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

/// An address, or a network as `10.0.0.0/8` and `fd00::/8`; a single address is a network of one.
pub fn network(text: &str) -> Option<IpNet> {
    let text = text.trim();
    match text.parse::<IpAddr>() {
        Ok(address) => Some(address.to_canonical().into()),
        Err(_) => text.parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_and_times_carry_units() {
        assert_eq!(parse_size("50MB"), Some(50 << 20));
        assert_eq!(parse_size("0"), None);
        assert_eq!(parse_duration("500ms"), Some(Duration::from_millis(500)));
        assert_eq!(parse_duration("24h"), Some(Duration::from_secs(86_400)));
        assert_eq!(parse_duration("12"), None);
    }

    #[test]
    fn a_value_is_text_again() {
        assert_eq!(plain(&Value::from(-2)), "-2");
        assert_eq!(plain(&Value::from(1.5)), "1.5");
    }
}
