//! The parser's verbs for layers.

use percent_encoding::percent_decode_str;

use super::base64;
use super::key::{Key, Sets, Word};
use super::keys;
use super::mistake::Mistake;
use super::parse::{MOST_PARAMETERS, Parser, Within, last_segment, split};
use super::part::{Layer, Source};

const DEEPEST_LAYER: usize = 3;
const MOST_LETTERS: usize = 2_500;

impl Parser<'_> {
    /// What a layer says of itself: what it shows, and where it lies.
    pub(super) fn of_layer(
        &mut self,
        key: &'static Key,
        value: &str,
        within: &mut Within,
    ) -> Result<(), Mistake> {
        match key.sets {
            Sets::Word(Word::Input) => within.input = Some(value.to_owned()),
            Sets::Word(Word::EncodedInput) => {
                let text = base64::text(value);
                let given = format!("ie-{value}");
                within.encoded_input =
                    Some(text.ok_or_else(|| self.mistake(&given, key.accepted))?);
            }
            _ => {
                let parameter = self.checked(key, value)?;
                within.own.retain(|known| !std::ptr::eq(known.key, key));
                within.own.push(parameter);
            }
        }
        Ok(())
    }

    pub(super) fn layer(&mut self, kind: &str, outside: &Within) -> Result<Layer, Mistake> {
        let given = format!("l-{kind}");
        self.layers += 1;
        if !["text", "image"].contains(&kind) {
            return Err(self.mistake(
                &given,
                "l-text or l-image, and l-end only after one of them",
            ));
        }
        let most = self.rules.layers;
        if self.layers > most || outside.layers >= DEEPEST_LAYER {
            let accepted = format!("at most {most} layers, up to 3 inside each other");
            return Err(self.mistake(&given, &accepted));
        }
        let mut within = Within {
            layers: outside.layers + 1,
            ..Within::default()
        };
        let step = self.step;
        let (steps, ended) = match kind {
            "text" => (Vec::new(), self.text(&mut within)?),
            _ => {
                let (mut steps, end) = self.steps(&mut within, &["l-end"])?;
                steps.retain(|step| !step.is_empty());
                (steps, end.is_some())
            }
        };
        if !ended {
            return Err(self.mistake(&given, "a layer that ends with l-end"));
        }
        let input = within.encoded_input.or(within.input);
        let input = input.filter(|input| !input.is_empty()).ok_or_else(|| {
            self.mistake(&given, "a layer with i- or ie- and what it shows after it")
        })?;
        let source = match kind {
            "text" => Source::Text(input.chars().take(MOST_LETTERS).collect()),
            _ if input == "ik_canvas" => Source::Canvas,
            _ => Source::Picture(last_segment(&input).to_owned()),
        };
        Ok(Layer {
            source,
            parameters: within.own,
            steps,
            density: within.output.density,
            step,
        })
    }

    /// The parameters of a text, to its end; false when there is none.
    fn text(&mut self, within: &mut Within) -> Result<bool, Mistake> {
        while let Some(token) = self.tokens.next() {
            self.parameters += 1;
            let text = percent_decode_str(token.text).decode_utf8_lossy();
            if text == "l-end" {
                return Ok(true);
            }
            if text.starts_with("l-") || self.parameters > MOST_PARAMETERS {
                return Err(self.mistake(
                    &text,
                    "no layer inside of a text, and at most 200 parameters",
                ));
            }
            let (name, value) = split(&text);
            match keys::find_in_text(name) {
                Some(key) => self.of_layer(key, value, within)?,
                None => self.chain.ignored.push(text.into_owned()),
            }
        }
        Ok(false)
    }
}
