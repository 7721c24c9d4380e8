//! One step with all its numbers, once the picture that it gets is known.

use super::colour::Colour;
use super::effect::{Colorize, Gradient, Shadow};
use super::expression::{Expression, Sizes};
use super::value::{Background, Crop, Focus, LONGEST, Radius, Size, Value};
use super::{Layer, Mistake, Parameter};

/// Beyond this side `dpr` is passed over.
const LONGEST_DENSE: f64 = 5_000.0;

/// What a step does to a picture of known size. Lengths are pixels.
#[derive(Clone, Debug, PartialEq)]
pub struct Step<'a> {
    pub width: Option<f64>,
    pub height: Option<f64>,
    pub crop: Crop,
    pub focus: Focus,
    pub zoom: f64,
    pub left: Option<f64>,
    pub top: Option<f64>,
    pub centre_x: Option<f64>,
    pub centre_y: Option<f64>,
    pub trim: Option<u8>,
    pub flip: (bool, bool),
    /// Degrees, clockwise.
    pub turn: f64,
    pub grayscale: bool,
    pub contrast: bool,
    pub sharpen: Option<f64>,
    pub usm: Option<[f64; 4]>,
    pub blur: Option<f64>,
    pub border: Option<(u32, Colour)>,
    pub radius: Option<Radius>,
    /// 0 to 1.
    pub opacity: Option<f64>,
    pub background: Option<Background>,
    pub shadow: Option<Shadow>,
    pub gradient: Option<Gradient>,
    pub colorize: Option<Colorize>,
    /// The frame of an animation, from 1.
    pub frame: Option<u32>,
    pub layers: Vec<&'a Layer>,
    /// How the result is written, by key and value, where a condition decides.
    pub output: Vec<(&'static str, String)>,
    /// Its number in the chain, from 1, for messages.
    pub number: usize,
}

impl Step<'_> {
    /// Whether pixels change beyond their number and order.
    pub fn paints(&self) -> bool {
        let set = [
            self.turn % 90.0 != 0.0,
            self.grayscale,
            self.contrast,
            self.sharpen.is_some(),
            self.usm.is_some(),
            self.blur.is_some(),
            self.border.is_some(),
            self.radius.is_some(),
            self.opacity.is_some(),
            self.background.is_some(),
            self.shadow.is_some(),
            self.gradient.is_some(),
            self.colorize.is_some(),
            !self.layers.is_empty(),
        ];
        set.contains(&true)
    }
}

impl Default for Step<'_> {
    fn default() -> Self {
        Step {
            width: None,
            height: None,
            crop: Crop::default(),
            focus: Focus::default(),
            zoom: 1.0,
            left: None,
            top: None,
            centre_x: None,
            centre_y: None,
            trim: None,
            flip: (false, false),
            turn: 0.0,
            grayscale: false,
            contrast: false,
            sharpen: None,
            usm: None,
            blur: None,
            border: None,
            radius: None,
            opacity: None,
            background: None,
            shadow: None,
            gradient: None,
            colorize: None,
            frame: None,
            layers: Vec::new(),
            output: Vec::new(),
            number: 1,
        }
    }
}

/// The step's numbers for a picture of these sizes; of what is said more than once the last counts.
pub(super) fn resolve<'a>(
    parameters: &[&Parameter],
    sizes: &Sizes,
    density: Option<f64>,
) -> Result<Step<'a>, Mistake> {
    let mut step = Step::default();
    let mut ratio = None;
    for parameter in parameters {
        step.number = parameter.step;
        let wrong = |accepted: &str| parameter.mistake(accepted);
        let place = |expression: &Expression| parameter.number(expression, sizes);
        match (&parameter.value, parameter.key) {
            (Value::Size(size), key) => {
                let current = if key == "w" {
                    sizes.current.0
                } else {
                    sizes.current.1
                };
                let pixels = match size {
                    Size::Auto => None,
                    Size::Fraction(fraction) => Some((current * fraction).max(1.0)),
                    Size::Pixels(expression) => {
                        let value = place(expression)?;
                        if !(0.5..=LONGEST).contains(&value) {
                            return Err(wrong("what gives 1 to 65535 pixels"));
                        }
                        Some(value)
                    }
                };
                if key == "w" {
                    step.width = pixels;
                } else {
                    step.height = pixels;
                }
            }
            (Value::Ratio(a, b), _) => {
                let value = place(a)? / place(b)?;
                if !(0.0001..=10_000.0).contains(&value) {
                    return Err(wrong("what gives a ratio above 0"));
                }
                ratio = Some(value);
            }
            (Value::Place(expression), key) => {
                let value = Some(place(expression)?);
                match key {
                    "x" => step.left = value,
                    "y" => step.top = value,
                    "xc" => step.centre_x = value,
                    _ => step.centre_y = value,
                }
            }
            (Value::Crop(crop), _) => step.crop = *crop,
            (Value::Focus(focus), _) => step.focus = *focus,
            (Value::Trim(trim), _) => step.trim = *trim,
            (Value::Flip(across, down), _) => step.flip = (*across, *down),
            (Value::Set, "e-grayscale") => step.grayscale = true,
            (Value::Set, _) => step.contrast = true,
            (Value::Usm(values), _) => step.usm = Some(*values),
            (Value::Border(width, colour), _) => {
                let width = place(width)?;
                if !(0.0..=2_000.0).contains(&width) {
                    return Err(wrong("a width from 0 to 2000 pixels"));
                }
                step.border = Some((width.round() as u32, *colour));
            }
            (Value::Radius(radius), _) => step.radius = Some(*radius),
            (Value::Background(background), _) => step.background = Some(*background),
            (Value::Shadow(shadow), _) => step.shadow = Some(*shadow),
            (Value::Gradient(gradient), _) => {
                place(&gradient.stop)?;
                step.gradient = Some(gradient.clone());
            }
            (Value::Colorize(colorize), _) => step.colorize = Some(*colorize),
            (Value::Frame(frame), _) => step.frame = Some(*frame),
            (Value::Number(value), key) => match key {
                "z" => step.zoom = *value,
                "rt" => step.turn = value.rem_euclid(360.0),
                "e-sharpen" => step.sharpen = Some(*value),
                "bl" => step.blur = Some(*value),
                _ => step.opacity = Some(value / 100.0),
            },
            (Value::Output, key) => step.output.push((key, parameter.text.clone())),
            // Of texts and of where layers lie; the parser puts none of these into a step.
            (
                Value::Colour(_)
                | Value::Align(_)
                | Value::Padding(_)
                | Value::Typography(_)
                | Value::Name(_)
                | Value::Blend(_),
                _,
            ) => {}
        }
    }
    match (ratio, step.width, step.height) {
        (Some(ratio), Some(width), None) => step.height = Some((width / ratio).max(1.0)),
        (Some(ratio), None, Some(height)) => step.width = Some((height * ratio).max(1.0)),
        _ => {}
    }
    if let Some(density) = density {
        let dense = |side: Option<f64>| side.map(|side| side * density);
        let fits =
            |side: Option<f64>| side.is_none_or(|side| (1.0..=LONGEST_DENSE).contains(&side));
        let (width, height) = (dense(step.width), dense(step.height));
        if fits(width) && fits(height) {
            (step.width, step.height) = (width, height);
        }
    }
    Ok(step)
}

impl Parameter {
    /// What an expression of this parameter gives.
    pub(super) fn number(&self, expression: &Expression, sizes: &Sizes) -> Result<f64, Mistake> {
        let value = expression.value(sizes);
        match value.is_finite() {
            true => Ok(value),
            false => Err(self.mistake("what gives a number here")),
        }
    }
}
