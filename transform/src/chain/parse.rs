//! From the text of an address to a chain.

use std::borrow::Cow;
use std::collections::BTreeMap;

use percent_encoding::percent_decode_str;

use super::chain::Chain;
use super::condition::{self, Condition};
use super::key::{Key, Parameter, Scope, Sets, Word};
use super::keys::{self, HINTED_WIDTH, OUT_OF_REACH};
use super::mistake::Mistake;
use super::output::Output;
use super::part::{Choice, Part, Steps};
use super::tokens::{Token, tokens};

/// Named transformations: what `n-NAME` stands for.
pub type Presets = BTreeMap<String, String>;

/// What a chain may hold.
#[derive(Clone, Debug)]
pub struct Rules {
    pub presets: Presets,
    /// At most, one after the other; three times as many with those inside of them.
    pub steps: usize,
    /// At most, in all steps together.
    pub layers: usize,
}

impl Default for Rules {
    fn default() -> Self {
        Rules {
            presets: Presets::new(),
            steps: 10,
            layers: 10,
        }
    }
}

/// Of a layer itself, and of what counts from the first step to the last.
const NOT_DECIDED: &str = "nothing of this kind inside of a condition";
const DEEPEST_CHOICE: usize = 3;
const DEEPEST_PRESET: usize = 3;
pub(super) const MOST_PARAMETERS: usize = 200;
/// The old application writes whole captions into addresses.
const MOST_CHARACTERS: usize = 60_000;

/// Parses what stands between `tr:` and the picture's key, or after `tr=`.
///
/// Unknown parameters are collected in [`Chain::ignored`]; a bad value of a known one is a [`Mistake`].
pub fn parse(text: &str, rules: &Rules) -> Result<Chain, Mistake> {
    if text.len() > MOST_CHARACTERS {
        return Err(Mistake::new(text, 1, "at most 60000 characters"));
    }
    let text = unwrapped(text);
    let mut parser = Parser {
        tokens: tokens(&text).into_iter(),
        rules,
        chain: Chain::default(),
        step: 0,
        steps: 0,
        parameters: 0,
        layers: 0,
        presets_deep: 0,
    };
    let mut within = Within::default();
    let (mut steps, end) = parser.steps(&mut within, &[])?;
    debug_assert_eq!(end, None, "only the text's end ends the chain");
    steps.retain(|step| !step.is_empty());
    let mut chain = parser.chain;
    (chain.steps, chain.output) = (steps, within.output);
    let mut given = tokens(&text).into_iter();
    chain.only_a_name = given
        .next()
        .is_some_and(|token| token.text.starts_with("n-"))
        && given.next().is_none();
    Ok(chain)
}

/// Some SDKs encode the whole value once more, as a form does: then nothing separates, though separators
/// are there.
fn unwrapped(text: &str) -> Cow<'_, str> {
    let separated = text.contains([',', ':']);
    let wrapped = ["%2C", "%2c", "%3A", "%3a"]
        .iter()
        .any(|code| text.contains(code));
    if separated || !wrapped {
        return Cow::Borrowed(text);
    }
    let spaced = text.replace('+', " ");
    Cow::Owned(percent_decode_str(&spaced).decode_utf8_lossy().into_owned())
}

pub(super) struct Parser<'a> {
    pub(super) tokens: std::vec::IntoIter<Token<'a>>,
    pub(super) rules: &'a Rules,
    pub(super) chain: Chain,
    /// From 1; layers and choices count as part of the step they stand in.
    pub(super) step: usize,
    steps: usize,
    pub(super) parameters: usize,
    pub(super) layers: usize,
    presets_deep: usize,
}

/// What the steps being read belong to.
#[derive(Default)]
pub(super) struct Within {
    pub layers: usize,
    pub choices: usize,
    pub output: Output,
    /// What a layer says of itself rather than of its picture.
    pub own: Vec<Parameter>,
    pub input: Option<String>,
    pub encoded_input: Option<String>,
}

impl<'a> Parser<'a> {
    /// Reads steps until one of the words `ends`, which is given back, or to the end of the text.
    pub(super) fn steps(
        &mut self,
        within: &mut Within,
        ends: &[&'static str],
    ) -> Result<(Steps, Option<&'static str>), Mistake> {
        let mut steps: Steps = vec![Vec::new()];
        // Further steps of a named transformation, which come after the step that names it.
        let mut later: Steps = Vec::new();
        let mut first = true;
        while let Some(token) = self.tokens.next() {
            let top = within.layers == 0 && within.choices == 0 && self.presets_deep == 0;
            if token.begins_step || (top && first) {
                self.step += usize::from(top);
                if !first {
                    steps.append(&mut later);
                    steps.push(Vec::new());
                }
            }
            self.steps += usize::from(token.begins_step || first);
            first = false;
            let most = self.rules.steps;
            if steps.len() > most || self.steps > 3 * most {
                let in_all = 3 * most;
                let accepted =
                    format!("at most {most} steps, and {in_all} with those inside of them");
                return Err(self.mistake(token.text, &accepted));
            }
            self.parameters += 1;
            if self.parameters > MOST_PARAMETERS {
                return Err(self.mistake(token.text, "at most 200 parameters"));
            }
            let text = percent_decode_str(token.text).decode_utf8_lossy();
            if let Some(end) = ends.iter().find(|end| **end == text) {
                steps.append(&mut later);
                return Ok((steps, Some(end)));
            }
            let step = steps.last_mut().expect("there is always one");
            if let Some(kind) = text.strip_prefix("l-") {
                step.push(Part::Layer(self.layer(kind, within)?));
            } else if ["if-else", "if-end"].contains(&text.as_ref()) {
                return Err(self.mistake(token.text, "if-else and if-end only after an if"));
            } else if let Some(condition) = text.strip_prefix("if-") {
                step.push(Part::Choice(self.choice(condition, within)?));
            } else if let Some(name) = text.strip_prefix("n-") {
                let mut named = self.preset(name, within)?.into_iter();
                for part in named.next().unwrap_or_default() {
                    push(step, part);
                }
                later.extend(named);
            } else if let Some(parameter) = self.parameter(&text, token.text, within)? {
                push(step, Part::Parameter(parameter));
            }
        }
        steps.append(&mut later);
        Ok((steps, None))
    }

    /// One parameter; nothing when it says how the result is written, where a layer lies, or what nobody
    /// knows.
    fn parameter(
        &mut self,
        text: &str,
        given: &str,
        within: &mut Within,
    ) -> Result<Option<Parameter>, Mistake> {
        if OUT_OF_REACH.iter().any(|key| text.starts_with(key)) {
            return Err(self.mistake(
                given,
                "what this server can do by itself: effects that need a service of ImageKit's are not among it",
            ));
        }
        let (name, value) = split(text);
        let in_layer = within.layers > 0;
        let Some(key) = keys::find_in_step(name, in_layer) else {
            self.chain.ignored.push(text.to_owned());
            return Ok(None);
        };
        let decided = within.choices > 0;
        match &key.sets {
            Sets::Place(_) | Sets::Style(_) | Sets::Word(Word::Input | Word::EncodedInput)
                if decided =>
            {
                Err(self.mistake(given, NOT_DECIDED))
            }
            Sets::Output(_, Scope::WholeChain) if decided => Err(self.mistake(given, NOT_DECIDED)),
            Sets::Word(Word::Input | Word::EncodedInput) | Sets::Place(_) | Sets::Style(_) => {
                self.of_layer(key, value, within)?;
                Ok(None)
            }
            // A key that needs a value and has none is what SDKs make of nothing.
            _ if value.is_empty() && !key.fits(value) => {
                self.chain.ignored.push(text.to_owned());
                Ok(None)
            }
            _ if name.starts_with("e-") && value == "false" => Ok(None),
            Sets::Word(Word::Instead) if !in_layer => {
                self.chain.instead = Some(last_segment(value).to_owned());
                Ok(None)
            }
            Sets::Word(_) => Err(self.mistake(given, key.accepted)),
            Sets::Output(..) => {
                let parameter = self.checked(key, value)?;
                if decided {
                    return Ok(Some(parameter));
                }
                parameter.write_to(&mut within.output);
                Ok(None)
            }
            Sets::Step(_) => {
                within.output.width_hinted |= (name, value) == HINTED_WIDTH;
                self.checked(key, value).map(Some)
            }
        }
    }

    pub(super) fn checked(&self, key: &'static Key, text: &str) -> Result<Parameter, Mistake> {
        let parameter = Parameter {
            key,
            text: text.to_owned(),
            step: self.step,
        };
        match key.fits(text) {
            true => Ok(parameter),
            false => Err(self.mistake(&parameter.to_string(), key.accepted)),
        }
    }

    fn choice(&mut self, condition: &str, within: &mut Within) -> Result<Choice, Mistake> {
        let given = format!("if-{condition}");
        let when =
            Condition::parse(condition).ok_or_else(|| self.mistake(&given, condition::ACCEPTED))?;
        if within.choices >= DEEPEST_CHOICE {
            return Err(self.mistake(&given, "at most 3 conditions inside each other"));
        }
        within.choices += 1;
        let (then, mut end) = self.steps(within, &["if-else", "if-end"])?;
        let mut otherwise = Vec::new();
        if end == Some("if-else") {
            (otherwise, end) = self.steps(within, &["if-end"])?;
        }
        within.choices -= 1;
        if end.is_none() {
            return Err(self.mistake(&given, "a condition that ends with if-end"));
        }
        Ok(Choice {
            when,
            then,
            otherwise,
        })
    }

    /// The steps that a name stands for.
    fn preset(&mut self, name: &str, within: &mut Within) -> Result<Steps, Mistake> {
        let given = format!("n-{name}");
        let Some(text) = self.rules.presets.get(name) else {
            let known: Vec<&str> = self.rules.presets.keys().map(String::as_str).collect();
            let accepted = match known.as_slice() {
                [] => "nothing: this site has no named transformations".to_owned(),
                names => format!("one of {}", names.join(", ")),
            };
            return Err(self.mistake(&given, &accepted));
        };
        if self.presets_deep >= DEEPEST_PRESET {
            return Err(self.mistake(&given, "names that do not lead back to themselves"));
        }
        self.presets_deep += 1;
        let outer = std::mem::replace(&mut self.tokens, tokens(text).into_iter());
        let read = self.steps(within, &[]);
        self.tokens = outer;
        self.presets_deep -= 1;
        Ok(read?.0)
    }

    pub(super) fn mistake(&self, given: &str, accepted: &str) -> Mistake {
        Mistake::new(given, self.step.max(1), accepted)
    }
}

/// Adds a part to a step; of a parameter that is said twice the last counts.
fn push(step: &mut Vec<Part>, part: Part) {
    if let Part::Parameter(new) = &part {
        let slot = new.key.slot();
        step.retain(|known| !matches!(known, Part::Parameter(known) if known.key.slot() == slot));
    }
    step.push(part);
}

/// The key of a picture at the end of a path, whose slashes are written `@@`.
pub(super) fn last_segment(path: &str) -> &str {
    path.rsplit(['/', '@']).next().unwrap_or_default()
}

/// Key and value. Effects bear their names in the key, as `e-sharpen-10` does.
pub(super) fn split(text: &str) -> (&str, &str) {
    let effect = text
        .strip_prefix("e-")
        .map(|rest| 2 + rest.find('-').unwrap_or(rest.len()));
    let at = effect.unwrap_or_else(|| text.find('-').unwrap_or(text.len()));
    let (key, value) = text.split_at(at);
    (key, value.strip_prefix('-').unwrap_or_default())
}

#[cfg(test)]
mod tests;
