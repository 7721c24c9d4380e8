//! One step with all its numbers, once the picture that it gets is known.

use super::colour::{self, Colour};
use super::expression::{Expression, Sizes, number};
use super::{Mistake, Parameter};

/// A checked value, as far as it can be known without a picture.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    Size(Size),
    Ratio(Expression, Expression),
    Place(Expression),
    Crop(Crop),
    Focus(Focus),
    Number(f64),
    Trim(Option<u8>),
    Flip(bool, bool),
    Set,
    Usm([f64; 4]),
    Border(Expression, Colour),
    Radius(Radius),
    Background(Background),
}

#[derive(Clone, Debug, PartialEq)]
pub enum Size {
    Auto,
    /// Of the picture that the step gets.
    Fraction(f64),
    Pixels(Expression),
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Crop {
    /// Filled, and what stands over is cut off at the focus.
    #[default]
    Fill,
    FillNoEnlarge,
    Force,
    AtMax,
    AtMaxEnlarge,
    AtLeast,
    Pad,
    PadNoEnlarge,
    Extract,
    PadExtract,
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Focus {
    /// From 0 to 1, across and down.
    Anchor(f64, f64),
    /// What matters in the picture.
    Auto,
    #[default]
    Centre,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Radius {
    Max,
    /// Top left, top right, bottom right, bottom left.
    Corners([f64; 4]),
}

impl Radius {
    /// Of what lies inside of a border.
    pub fn less(self, border: u32) -> Radius {
        match self {
            Radius::Max => Radius::Max,
            Radius::Corners(corners) => {
                Radius::Corners(corners.map(|r| (r - f64::from(border)).max(0.0)))
            }
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Background {
    Colour(Colour),
    /// The picture's own most frequent colour.
    Dominant,
    /// The picture itself, filled and blurred (`None`: as much as suits), and made lighter or darker.
    Blurred(Option<f64>, i32),
}

/// What a step does to a picture of known size. Lengths are pixels.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
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
}

impl Step {
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
        ];
        set.contains(&true)
    }
}

impl Default for Step {
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
        }
    }
}

const LONGEST: f64 = 65_535.0;
/// Beyond this side `dpr` is passed over.
const LONGEST_DENSE: f64 = 5_000.0;

/// Reads the value of a key of a step; `None` when it does not fit.
pub(super) fn read(key: &str, text: &str) -> Option<Value> {
    let positive = |least: f64, most: f64| {
        let value = number(text)?;
        (least..=most)
            .contains(&value)
            .then_some(Value::Number(value))
    };
    Some(match key {
        "w" | "h" => Value::Size(match number(text) {
            _ if text == "auto" => Size::Auto,
            Some(value) if value > 0.0 && value < 1.0 => Size::Fraction(value),
            Some(value) if !(1.0..=LONGEST).contains(&value) => return None,
            _ => Size::Pixels(Expression::parse(text)?),
        }),
        "ar" => {
            let (a, b) = text
                .split_once(['-', ':'])
                .or_else(|| {
                    let plain = text.split_once('_')?;
                    (number(plain.0).is_some() && number(plain.1).is_some()).then_some(plain)
                })
                .unwrap_or((text, "1"));
            Value::Ratio(Expression::parse(a)?, Expression::parse(b)?)
        }
        "x" | "y" | "xc" | "yc" => Value::Place(Expression::parse(text)?),
        "c" | "cm" => Value::Crop(match (key, text) {
            ("c", "maintain_ratio") => Crop::Fill,
            ("c", "maintain_ratio_no_enlarge") => Crop::FillNoEnlarge,
            ("c", "force") => Crop::Force,
            ("c", "at_max") => Crop::AtMax,
            ("c", "at_max_enlarge") => Crop::AtMaxEnlarge,
            ("c", "at_least") => Crop::AtLeast,
            ("cm", "pad_resize") => Crop::Pad,
            ("cm", "pad_resize_no_enlarge") => Crop::PadNoEnlarge,
            ("cm", "extract") => Crop::Extract,
            ("cm", "pad_extract" | "pad_extract_no_shrink") => Crop::PadExtract,
            _ => return None,
        }),
        "fo" => Value::Focus(match text {
            "auto" | "face" => Focus::Auto,
            "custom" => Focus::Centre,
            place => {
                let (x, y) = anchor(place)?;
                Focus::Anchor(x, y)
            }
        }),
        "z" => return positive(0.01, 10.0),
        "t" => Value::Trim(match text {
            "true" => Some(10),
            "false" => None,
            number => Some(number.parse().ok().filter(|t| (1..=99).contains(t))?),
        }),
        "fl" => match text {
            "h" => Value::Flip(true, false),
            "v" => Value::Flip(false, true),
            "h_v" | "v_h" => Value::Flip(true, true),
            _ => return None,
        },
        // The picture stands upright before the first step.
        "rt" if text == "auto" => Value::Number(0.0),
        "rt" => return positive(-360.0, 360.0),
        "e-grayscale" | "e-contrast" => return matches!(text, "" | "true").then_some(Value::Set),
        "e-sharpen" if text.is_empty() => Value::Number(10.0),
        "e-sharpen" | "bl" => return positive(1.0, 100.0),
        "e-usm" => {
            let mut values = [0.0; 4];
            let mut parts = text.split('-');
            for value in &mut values {
                *value = number(parts.next()?).filter(|value| *value > 0.0 && *value <= 100.0)?;
            }
            parts.next().is_none().then_some(Value::Usm(values))?
        }
        "b" => {
            let (width, colour) = text.rsplit_once(['_', '-'])?;
            Value::Border(Expression::parse(width)?, colour::parse(colour)?)
        }
        "r" => Value::Radius(match text {
            "max" => Radius::Max,
            _ => {
                let corners: Option<Vec<f64>> = text.split('_').map(number).collect();
                let fits = |r: &f64| (0.0..=LONGEST).contains(r);
                match corners?.as_slice() {
                    [r] if fits(r) => Radius::Corners([*r; 4]),
                    [a, b, c, d] if [a, b, c, d].iter().all(|r| fits(r)) => {
                        Radius::Corners([*a, *b, *c, *d])
                    }
                    _ => return None,
                }
            }
        }),
        "o" => return positive(0.0, 100.0),
        "bg" => Value::Background(background(text)?),
        _ => return None,
    })
}

fn background(text: &str) -> Option<Background> {
    if text == "dominant" || text.starts_with("gradient_dominant") {
        return Some(Background::Dominant);
    }
    let Some(rest) = text.strip_prefix("blurred") else {
        return colour::parse(text).map(Background::Colour);
    };
    let mut parts = rest.split('_').skip(1);
    let strength = match parts.next() {
        None | Some("auto") => None,
        Some(text) => Some(number(text).filter(|s| (0.0..=100.0).contains(s))?),
    };
    let light = match parts.next() {
        None => 0.0,
        Some(text) => number(text).filter(|light| (-255.0..=255.0).contains(light))?,
    };
    let whole = parts.next().is_none() && (rest.is_empty() || rest.starts_with('_'));
    whole.then_some(Background::Blurred(strength, light as i32))
}

/// Where a place by name is, from 0 to 1, across and down.
fn anchor(name: &str) -> Option<(f64, f64)> {
    Some(match name {
        "center" => (0.5, 0.5),
        "top" => (0.5, 0.0),
        "bottom" => (0.5, 1.0),
        "left" => (0.0, 0.5),
        "right" => (1.0, 0.5),
        "top_left" => (0.0, 0.0),
        "top_right" => (1.0, 0.0),
        "bottom_left" => (0.0, 1.0),
        "bottom_right" => (1.0, 1.0),
        _ => return None,
    })
}

/// The step's numbers for a picture of these sizes. `at` counts steps from 1, for messages.
pub(super) fn resolve(
    parameters: &[Parameter],
    sizes: &Sizes,
    (density, at): (Option<f64>, usize),
) -> Result<Step, Mistake> {
    let mut step = Step::default();
    let mut ratio = None;
    for parameter in parameters {
        let wrong = |accepted: &str| Mistake {
            given: format!("{}-{}", parameter.key, parameter.text),
            step: at,
            accepted: accepted.to_owned(),
        };
        let place = |expression: &Expression| {
            let value = expression.value(sizes);
            value
                .is_finite()
                .then_some(value)
                .ok_or_else(|| wrong("what gives a number"))
        };
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
            (Value::Number(value), key) => match key {
                "z" => step.zoom = *value,
                "rt" => step.turn = value.rem_euclid(360.0),
                "e-sharpen" => step.sharpen = Some(*value),
                "bl" => step.blur = Some(*value),
                _ => step.opacity = Some(value / 100.0),
            },
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
