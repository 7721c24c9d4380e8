//! Captions: WebVTT (<https://www.w3.org/TR/webvtt1/>) as players read it, and SubRip, which many programs write.

/// What is wrong, for the person who typed or made it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Line {line}: {what}")]
pub struct Misread {
    /// From 1.
    pub line: usize,
    pub what: &'static str,
}

/// Cues of one file; nobody reads so many.
const MOST_CUES: usize = 5_000;
const NO_TIME: &str = "a time such as 00:01:02.500 --> 00:01:05.000 belongs here.";
const NO_END: &str = "these words end before they begin.";
const MANY: &str = "at most 5,000 captions are taken.";
const NOTHING: &str = "there are no captions here. Each is a time such as 00:01:02.500 --> 00:01:05.000 and, below it, what is said.";

/// The cues alone, as WebVTT in its plain form: no styles, regions or notes, times with hours, and one empty line between
/// cues. SubRip is taken, too.
pub fn captions(text: &str) -> Result<String, Misread> {
    let text = text.trim_start_matches('\u{feff}');
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    let mut made = String::from("WEBVTT\n");
    let mut cues = 0;
    let mut at = 0;
    if lines.first().is_some_and(|first| is_head(first)) {
        at = block_end(&lines, 0);
    }
    while at < lines.len() {
        if lines[at].is_empty() {
            at += 1;
            continue;
        }
        let end = block_end(&lines, at);
        let block = &lines[at..end];
        let apart = ["NOTE", "STYLE", "REGION"];
        let begins = |word: &str| block[0] == word || block[0].starts_with(&format!("{word} "));
        if !apart.into_iter().any(begins) {
            cue(block, at + 1, &mut made)?;
            cues += 1;
        }
        if cues > MOST_CUES {
            return Err(Misread {
                line: at + 1,
                what: MANY,
            });
        }
        at = end;
    }
    match cues {
        0 => Err(Misread {
            line: 1,
            what: NOTHING,
        }),
        _ => Ok(made),
    }
}

fn is_head(line: &str) -> bool {
    line.strip_prefix("WEBVTT")
        .is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t']))
}

fn block_end(lines: &[&str], at: usize) -> usize {
    let rest = lines[at..].iter().position(|line| line.is_empty());
    rest.map_or(lines.len(), |length| at + length)
}

/// Reads one cue, whose first line has this number. A name or number may stand above its time.
fn cue(block: &[&str], number: usize, made: &mut String) -> Result<(), Misread> {
    let times = usize::from(!block[0].contains("-->"));
    let wrong = |what| Misread {
        line: number + times.min(block.len() - 1),
        what,
    };
    let line = block.get(times).ok_or_else(|| wrong(NO_TIME))?;
    let (from, rest) = line.split_once("-->").ok_or_else(|| wrong(NO_TIME))?;
    let mut rest = rest.split_whitespace();
    let from = milliseconds(from.trim()).ok_or_else(|| wrong(NO_TIME))?;
    let to = rest
        .next()
        .and_then(milliseconds)
        .ok_or_else(|| wrong(NO_TIME))?;
    if to <= from {
        return Err(wrong(NO_END));
    }
    made.push_str(&format!("\n{} --> {}", stamp(from), stamp(to)));
    for setting in rest.filter(|setting| is_setting(setting)) {
        made.push(' ');
        made.push_str(setting);
    }
    made.push('\n');
    for words in &block[times + 1..] {
        made.push_str(&words.replace("-->", "→"));
        made.push('\n');
    }
    Ok(())
}

/// Where a cue stands on the picture.
fn is_setting(text: &str) -> bool {
    let known = ["line", "position", "size", "align", "vertical"];
    let plain = |c: char| c.is_ascii_alphanumeric() || ".,%-".contains(c);
    text.split_once(':').is_some_and(|(name, value)| {
        known.contains(&name) && !value.is_empty() && value.chars().all(plain)
    })
}

/// `1:02:03.400`, `02:03.400`, `01:02:03,400`.
fn milliseconds(text: &str) -> Option<u64> {
    let (whole, fraction) = text.split_once(['.', ','])?;
    let digits = |text: &str| {
        !text.is_empty() && text.len() <= 4 && text.bytes().all(|b| b.is_ascii_digit())
    };
    let mut seconds = 0;
    let parts: Vec<&str> = whole.split(':').collect();
    if !(2..=3).contains(&parts.len()) || fraction.len() != 3 || !digits(fraction) {
        return None;
    }
    for (n, part) in parts.iter().rev().enumerate() {
        let value: u64 = part.parse().ok().filter(|_| digits(part))?;
        if n < 2 && value > 59 {
            return None;
        }
        seconds += value * 60_u64.pow(n as u32);
    }
    Some(seconds * 1_000 + fraction.parse::<u64>().ok()?)
}

fn stamp(milliseconds: u64) -> String {
    let (seconds, rest) = (milliseconds / 1_000, milliseconds % 1_000);
    let (hours, minutes) = (seconds / 3_600, seconds / 60 % 60);
    format!("{hours:02}:{minutes:02}:{:02}.{rest:03}", seconds % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_programs_write_becomes_plain_cues() {
        let plain = "WEBVTT\n\n00:00:01.000 --> 00:00:02.500\nHello\n\n00:01:00.000 --> 00:01:02.000 align:start\nTwo\nlines\n";
        for written in [
            plain.to_owned(),
            plain.replace('\n', "\r\n"),
            format!("\u{feff}{plain}"),
            plain.replace("00:00:0", "00:0").replace("00:01:0", "01:0"),
            // SubRip.
            "1\n00:00:01,000 --> 00:00:02,500\nHello\n\n2\n00:01:00,000 --> 00:01:02,000 align:start\nTwo\nlines".to_owned(),
            plain.replace("WEBVTT", "WEBVTT - by a program\nKind: captions\n\nNOTE nothing\nmore\n\nSTYLE\n::cue { color: url(x) }"),
            plain.replace("align:start", "align:start region:a color:\"red\""),
        ] {
            assert_eq!(captions(&written).as_deref(), Ok(plain), "{written}");
        }
        // What is said cannot end its cue.
        let tricky = captions("WEBVTT\n\n00:01.000 --> 00:02.000\na --> b").unwrap();
        assert!(tricky.ends_with("a → b\n"), "{tricky}");
        assert_eq!(captions(&captions(&tricky).unwrap()).unwrap(), tricky);
    }

    #[test]
    fn what_is_wrong_names_its_line() {
        for (written, line, what) in [
            ("", 1, NOTHING),
            ("WEBVTT\n\nNOTE only", 1, NOTHING),
            ("Hello\nthere", 2, NO_TIME),
            ("WEBVTT\n\n00:01.000 --> \nx", 3, NO_TIME),
            ("WEBVTT\n\n00:01.000 --> 00:00.500\nx", 3, NO_END),
            ("WEBVTT\n\n00:61.000 --> 00:62.000\nx", 3, NO_TIME),
            ("WEBVTT\n\n1\n00:01.0 --> 00:02.000\nx", 4, NO_TIME),
        ] {
            assert_eq!(captions(written), Err(Misread { line, what }), "{written}");
        }
        let many = "00:01.000 --> 00:02.000\nx\n\n".repeat(MOST_CUES + 1);
        assert_eq!(captions(&many).unwrap_err().what, MANY);
    }
}
