//! From the text of a URL to a chain. Split first, decoded after: a value may hold an encoded separator.

use percent_encoding::percent_decode_str;

use super::step::{self, Value};
use super::table::{self, OUT_OF_REACH};
use super::{Chain, Mistake, Output, Parameter, Wish};

const MOST_STEPS: usize = 10;
const MOST_PARAMETERS: usize = 60;
const MOST_CHARACTERS: usize = 4_000;

/// Parses what stands between `tr:` and the picture's key, or after `tr=`.
///
/// Unknown parameters are collected in [`Chain::ignored`]; a bad value of a known one is a [`Mistake`].
pub fn parse(text: &str) -> Result<Chain, Mistake> {
    let wrong = |given: &str, step: usize, accepted: &str| {
        let given: String = given.chars().take(80).collect();
        let accepted = accepted.to_owned();
        Err(Mistake {
            given,
            step,
            accepted,
        })
    };
    if text.len() > MOST_CHARACTERS {
        return wrong(text, 1, "at most 4000 characters");
    }
    let mut chain = Chain::default();
    let mut count = 0;
    for (n, step_text) in steps(text).into_iter().enumerate() {
        let at = n + 1;
        if at > MOST_STEPS {
            return wrong(&step_text, at, "at most 10 steps");
        }
        let mut step: Vec<Parameter> = Vec::new();
        let mut layer = 0;
        for given in step_text.split(',').filter(|given| !given.is_empty()) {
            count += 1;
            if count > MOST_PARAMETERS {
                return wrong(given, at, "at most 60 parameters");
            }
            let text = percent_decode_str(given).decode_utf8_lossy().into_owned();
            // Layers are passed over whole.
            if text == "l-end" || (layer > 0 && !text.starts_with("l-")) {
                layer -= i32::from(text == "l-end" && layer > 0);
                chain.ignored.push(text);
                continue;
            }
            if text.starts_with("l-") {
                layer += 1;
                chain.ignored.push(text);
                continue;
            }
            let (key, value) = split(&text);
            if OUT_OF_REACH.iter().any(|key| text.starts_with(key)) {
                return wrong(
                    given,
                    at,
                    "what this server can do by itself: effects that need a service of ImageKit's are not among it",
                );
            }
            let Some(line) = table::find(key) else {
                chain.ignored.push(text);
                continue;
            };
            if write(&mut chain.output, line.key, value) == Some(true) {
                continue;
            }
            match step::read(line.key, value) {
                Some(Value::Number(_)) if line.key == "rt" && value == "auto" => {}
                Some(read) => {
                    // Said twice, the last counts; `c` and `cm` say the same thing.
                    step.retain(|known| !same(known.key, line.key));
                    step.push(Parameter {
                        key: line.key,
                        text: value.to_owned(),
                        value: read,
                    });
                }
                None => return wrong(given, at, line.accepted),
            }
        }
        chain.steps.push(step);
    }
    chain.steps.retain(|step| !step.is_empty());
    Ok(chain)
}

fn same(a: &str, b: &str) -> bool {
    a == b || (["c", "cm"].contains(&a) && ["c", "cm"].contains(&b))
}

/// The steps of a chain. A colon inside a layer or in a ratio (`ar-4:3`) begins no step.
fn steps(text: &str) -> Vec<String> {
    let mut steps = vec![String::new()];
    let mut layer = 0;
    for (n, part) in text.split(':').enumerate() {
        let before = steps
            .last()
            .map_or("", |step| step.rsplit(',').next().unwrap_or_default());
        let ratio = before.strip_prefix("ar-").is_some_and(is_digits)
            && is_digits(part.split(',').next().unwrap_or_default());
        if n == 0 || ratio || layer > 0 {
            let step = steps.last_mut().expect("there is always one");
            if n > 0 {
                step.push(':');
            }
            step.push_str(part);
        } else {
            steps.push(part.to_owned());
        }
        for parameter in part.split(',') {
            match parameter {
                "l-end" => layer = (layer - 1).max(0),
                other if other.starts_with("l-") => layer += 1,
                _ => {}
            }
        }
    }
    steps
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

/// Key and value. Effects bear their names in the key, as `e-sharpen-10` does.
fn split(text: &str) -> (&str, &str) {
    let effect = text
        .strip_prefix("e-")
        .map(|rest| 2 + rest.find('-').unwrap_or(rest.len()));
    let at = effect.unwrap_or_else(|| text.find('-').unwrap_or(text.len()));
    let (key, value) = text.split_at(at);
    (key, value.strip_prefix('-').unwrap_or_default())
}

/// Notes what says how the result is written. `None` for a value that does not fit, `Some(false)` for a
/// key that says something else.
fn write(output: &mut Output, key: &str, value: &str) -> Option<bool> {
    let flag = || match value {
        "" | "true" => Some(true),
        "false" => Some(false),
        _ => None,
    };
    match key {
        "f" => {
            output.format = match value {
                "auto" => Wish::Auto,
                "jpg" | "jpeg" => Wish::Jpeg,
                "png" => Wish::Png,
                "webp" => Wish::Webp,
                "gif" => Wish::Gif,
                "orig" => Wish::Stored,
                _ => return None,
            };
        }
        "q" => output.quality = Some(value.parse().ok().filter(|q| (1..=100).contains(q))?),
        "pr" => output.progressive = flag()?,
        "lo" => output.lossless = flag()?,
        "orig" => output.original = flag()?,
        "dpr" if value == "auto" => output.density = None,
        "dpr" => {
            let density: f64 = value.parse().ok()?;
            output.density = Some(density).filter(|d| (0.1..=5.0).contains(d));
            output.density?;
        }
        _ => return Some(false),
    }
    Some(true)
}

#[cfg(test)]
mod tests {
    use super::super::TABLE;
    use super::*;

    fn canonical(text: &str) -> String {
        parse(text)
            .unwrap_or_else(|mistake| panic!("{text}: {mistake}"))
            .to_string()
    }

    #[test]
    fn what_means_the_same_has_one_text() {
        let same = canonical("w-400,h-300:rt-90");
        for other in [
            "h-300,w-400:rt-90",
            "w-1,w-400,h-300:rt-90",
            "w-400,h-300::rt-90",
            "zzz-1,w-400,h-300:rt-90",
            "w-400,h-300:rt-90:q-80",
        ] {
            let text = canonical(other);
            assert_eq!(text.replace(",q-80", ""), same, "{other}");
        }
        assert_ne!(
            canonical("w-400:rt-90"),
            canonical("rt-90:w-400"),
            "steps are in order"
        );
        assert_eq!(
            canonical("c-force,cm-extract,w-4,h-4"),
            canonical("w-4,h-4,cm-extract")
        );
        assert_eq!(canonical("ar-4:3,w-40"), "ar-4:3,w-40|Auto");
        assert_eq!(parse("ar-4:3,w-40").unwrap().steps.len(), 1);
    }

    #[test]
    fn unknown_parameters_and_layers_are_passed_over_and_named() {
        let chain = parse("w-400,zzz-1,l-text,i-Hi%2C%20you,w-3:rt-5,l-end,h-3").unwrap();
        assert_eq!(chain.steps.len(), 1);
        assert_eq!(
            chain.ignored,
            ["zzz-1", "l-text", "i-Hi, you", "w-3:rt-5", "l-end"]
        );
        assert_eq!(chain.to_string(), "h-3,w-400|Auto");
        // What the old front-end puts into its addresses.
        let chain = parse("l-text,ie-Pz8/,ly-N20,lx-20,fs-100,co-white,bg-000000A0,l-end").unwrap();
        assert!(chain.is_plain());
    }

    #[test]
    fn a_bad_value_is_named_with_its_step_and_what_is_accepted() {
        for bad in [
            "w-0",
            "w-abc",
            "w-70000",
            "h-",
            "w",
            "ar-0-x",
            "c-fill",
            "cm-crop",
            "fo-nose",
            "z-0",
            "q-0",
            "q-101",
            "q-x",
            "f-bmp",
            "bl-0",
            "bl-200",
            "rt-x",
            "rt-1e3",
            "fl-x",
            "r-N5",
            "r-1_2",
            "b-5",
            "b-x_FF0000",
            "bg-reddish",
            "bg-blurred_200",
            "bg-blurredx",
            "o-101",
            "t-0",
            "dpr-9",
            "dpr-x",
            "pr-x",
            "e-sharpen-0",
            "e-usm-1-2",
            "e-grayscale-9",
            "x-_",
            "w-iw_over_2",
            "e-bgremove",
        ] {
            let mistake = parse(&format!("w-10:{bad}")).expect_err(bad);
            assert_eq!((mistake.step, mistake.given.as_str()), (2, bad));
            assert!(!mistake.accepted.is_empty());
        }
        assert!(parse(&"w-1:".repeat(20)).is_err());
        assert!(parse(&"zz-1,".repeat(100)).is_err());
        assert!(parse(&"x".repeat(5_000)).is_err());
    }

    #[test]
    fn every_line_of_the_table_is_understood() {
        for line in TABLE {
            let chain = parse(line.example).unwrap_or_else(|m| panic!("{}: {m}", line.key));
            assert_eq!(chain.ignored, Vec::<String>::new(), "{}", line.key);
            let shown = line.example.is_empty() || line.example.contains(line.key);
            assert!(shown, "the example of {} shows it", line.key);
        }
    }

    #[test]
    fn no_text_makes_it_panic() {
        let mut seed = 7_u64;
        let pieces = [
            "w-", "h", "-", "_", ":", ",", "N", "40", "%", "%2", "%FF", "l-", "l-end", "é", "e-",
            "bg-", "blurred", "0.5", "iw", "_div_", "r-max", "/", "=",
        ];
        for _ in 0..20_000 {
            let mut text = String::new();
            for _ in 0..12 {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                text.push_str(pieces[(seed >> 33) as usize % pieces.len()]);
            }
            if let Ok(chain) = parse(&text) {
                let _ = chain.to_string();
            }
        }
    }
}
