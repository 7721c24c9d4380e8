//! The text that names a chain: the same for every chain that means the same by its parameters, however
//! they were ordered or repeated, and another for every other chain. It names a rendition, and is never
//! parsed again.

use std::fmt::{self, Display, Formatter};

use percent_encoding::{AsciiSet, CONTROLS, PercentEncode, utf8_percent_encode};

use super::chain::Chain;
use super::key::Parameter;
use super::output::{Coding, Wish};
use super::part::{Layer, Part, Source};

impl Display for Chain {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        steps(f, &self.steps)?;
        let output = &self.output;
        let format = match output.format {
            Wish::Unsaid => Wish::Auto,
            said => said,
        };
        write!(f, "|{format:?}")?;
        if let Some(quality) = output.quality {
            write!(f, ",q-{quality}")?;
        }
        if let Some(density) = output.density {
            write!(f, ",dpr-{density}")?;
        }
        for (coding, key) in [(output.picture, "vc"), (output.sound, "ac")] {
            if coding != Coding::Usual {
                write!(f, ",{key}-{coding:?}")?;
            }
        }
        for rung in output.ladder.rungs() {
            write!(f, ",sr-{rung}")?;
        }
        for (set, key) in [
            (output.progressive, "pr"),
            (output.lossless, "lo"),
            (output.keeps_profile, "cp"),
        ] {
            if set {
                write!(f, ",{key}")?;
            }
        }
        Ok(())
    }
}

fn steps(f: &mut Formatter<'_>, all: &[Vec<Part>]) -> fmt::Result {
    for (n, step) in all.iter().enumerate() {
        if n > 0 {
            f.write_str(":")?;
        }
        let mut first = true;
        // A choice may be overruled by what follows it: only what stands together is sorted.
        for run in step.chunk_by(|a, b| is_parameter(a) && is_parameter(b)) {
            let mut run: Vec<&Part> = run.iter().collect();
            run.sort_by_key(|part| match part {
                Part::Parameter(parameter) => parameter.key.slot(),
                Part::Layer(_) | Part::Choice(_) => "",
            });
            for part in run {
                if !std::mem::take(&mut first) {
                    f.write_str(",")?;
                }
                write_part(f, part)?;
            }
        }
    }
    Ok(())
}

fn is_parameter(part: &Part) -> bool {
    matches!(part, Part::Parameter(_))
}

fn write_part(f: &mut Formatter<'_>, part: &Part) -> fmt::Result {
    match part {
        Part::Parameter(parameter) => write_parameter(f, parameter),
        Part::Layer(layer) => write!(f, "{layer}"),
        Part::Choice(choice) => {
            write!(f, "if-{},", choice.when.text())?;
            steps(f, &choice.then)?;
            f.write_str(",if-else,")?;
            steps(f, &choice.otherwise)?;
            f.write_str(",if-end")
        }
    }
}

/// What separates parameters and steps here, and the sign that hides it.
const SEPARATORS: AsciiSet = CONTROLS
    .add(b',')
    .add(b':')
    .add(b'|')
    .add(b'[')
    .add(b']')
    .add(b'%');

fn plain(text: &str) -> PercentEncode<'_> {
    utf8_percent_encode(text, &SEPARATORS)
}

fn write_parameter(f: &mut Formatter<'_>, parameter: &Parameter) -> fmt::Result {
    match parameter.text.as_str() {
        "" => f.write_str(parameter.key.name),
        text => write!(f, "{}-{}", parameter.key.name, plain(text)),
    }
}

/// As it was given, for messages.
impl Display for Parameter {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.text.as_str() {
            "" => f.write_str(self.key.name),
            text => write!(f, "{}-{text}", self.key.name),
        }
    }
}

impl Display for Layer {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match &self.source {
            Source::Text(text) => write!(f, "l-text,i-{}", plain(text))?,
            Source::Picture(key) => write!(f, "l-image,i-{}", plain(key))?,
            Source::Canvas => f.write_str("l-canvas")?,
        }
        let mut parameters: Vec<&Parameter> = self.parameters.iter().collect();
        parameters.sort_by_key(|parameter| parameter.key.name);
        for parameter in parameters {
            f.write_str(",")?;
            write_parameter(f, parameter)?;
        }
        if let Some(density) = self.density {
            write!(f, ",dpr-{density}")?;
        }
        f.write_str(",[")?;
        steps(f, &self.steps)?;
        f.write_str("],l-end")
    }
}
