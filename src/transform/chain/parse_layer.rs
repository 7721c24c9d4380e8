//! The parser's verbs for layers.

use percent_encoding::percent_decode_str;

use super::layer::{self, Layer, Source};
use super::parse::{MOST_PARAMETERS, Parser, Within, last_segment, split};
use super::{Mistake, base64, table};

const DEEPEST_LAYER: usize = 3;
const MOST_LETTERS: usize = 2_500;

impl Parser<'_> {
    /// What a layer says of itself: what it shows, and where it lies.
    pub(super) fn of_layer(
        &mut self,
        line: &table::Key,
        value: &str,
        within: &mut Within,
    ) -> Result<(), Mistake> {
        match line.key {
            "i" => within.input = Some(value.to_owned()),
            "ie" => {
                let text = base64::text(value);
                let given = format!("ie-{value}");
                within.encoded_input =
                    Some(text.ok_or_else(|| self.mistake(&given, line.accepted))?);
            }
            key => {
                let read = layer::read_place(key, value);
                let parameter = self.checked(line, value, read)?;
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
            let (key, value) = split(&text);
            if let Some(line) = table::find(table::LAYER_KEYS, key) {
                self.of_layer(line, value, within)?;
            } else if let Some(line) = table::find(table::TEXT_KEYS, key) {
                let read = layer::read_style(line.key, value);
                let parameter = self.checked(line, value, read)?;
                within.own.retain(|known| known.key != parameter.key);
                within.own.push(parameter);
            } else {
                self.chain.ignored.push(text.into_owned());
            }
        }
        Ok(false)
    }
}
