//! The values of parameters, checked as far as they can be without a picture.

use super::colour::{self, Colour};
use super::effect::{Colorize, Gradient, Shadow};
use super::expression::{Expression, number};
use super::layer::{Align, Blend};

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
    Shadow(Shadow),
    Gradient(Gradient),
    Colorize(Colorize),
    /// The frame of an animation, from 1.
    Frame(u32),
    Colour(Colour),
    Align(Align),
    Padding(Vec<Expression>),
    /// Bold, italic, struck through.
    Typography([bool; 3]),
    Name(String),
    Blend(Blend),
    /// Of how the result is written, where a condition decides.
    Output,
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
    /// With every length multiplied.
    pub fn scaled(self, scale: f64) -> Radius {
        match self {
            Radius::Max => Radius::Max,
            Radius::Corners(corners) => Radius::Corners(corners.map(|r| r * scale)),
        }
    }

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

/// How much edges may vary, in percent, where nobody says how much.
pub const TRIM: u8 = 10;
pub const LONGEST: f64 = 65_535.0;
/// Reads the value of a key of a step; `None` when it does not fit.
pub fn read(key: &str, text: &str) -> Option<Value> {
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
            "auto" | "face" | "custom" => Focus::Auto,
            object if OBJECTS.contains(&object) => Focus::Auto,
            place => {
                let (x, y) = anchor(place)?;
                Focus::Anchor(x, y)
            }
        }),
        "z" => return positive(0.01, 10.0),
        "t" => Value::Trim(match text {
            "true" => Some(TRIM),
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
        "e-sharpen" if matches!(text, "" | "-" | "true") => Value::Number(10.0),
        "e-sharpen" | "bl" => return positive(1.0, 100.0),
        "e-usm" => {
            let mut values = [0.0; 4];
            let text = match text {
                "" | "-" | "true" => "2-2-0.8-0.024",
                given => given,
            };
            let mut parts = text.split(['-', '_']);
            for value in &mut values {
                *value = number(parts.next()?).filter(|value| *value > 0.0 && *value <= 100.0)?;
            }
            parts.next().is_none().then_some(Value::Usm(values))?
        }
        "e-shadow" => Value::Shadow(Shadow::parse(text)?),
        "e-gradient" => Value::Gradient(Gradient::parse(text)?),
        "e-colorize" => Value::Colorize(Colorize::parse(text)?),
        // Of a range the first.
        "pg" => {
            let mut parts = text.split(['-', '_']);
            let first = parts.next()?;
            if !parts.all(|part| part.parse::<u32>().is_ok()) {
                return None;
            }
            Value::Frame(first.parse().ok().filter(|n| (1..=10_000).contains(n))?)
        }
        "b" => {
            let (width, colour) = text.rsplit_once(['_', '-'])?;
            Value::Border(Expression::parse(width)?, colour::parse(colour)?)
        }
        "r" => Value::Radius(radius(text)?),
        "o" => return positive(0.0, 100.0),
        "bg" => Value::Background(background(text)?),
        _ => return None,
    })
}

pub fn radius(text: &str) -> Option<Radius> {
    if text == "max" {
        return Some(Radius::Max);
    }
    let corners: Option<Vec<f64>> = text.split('_').map(number).collect();
    let corners = corners.filter(|all| all.iter().all(|r| (0.0..=LONGEST).contains(r)))?;
    match *corners.as_slice() {
        [r] => Some(Radius::Corners([r; 4])),
        [a, b, c, d] => Some(Radius::Corners([a, b, c, d])),
        _ => None,
    }
}

fn background(text: &str) -> Option<Background> {
    if let "dominant" | "gradient_dominant" | "gradient_dominant_2" | "gradient_dominant_4" = text {
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
pub fn anchor(name: &str) -> Option<(f64, f64)> {
    let place = PLACES.iter().position(|place| *place == name)?;
    Some(((place % 3) as f64 / 2.0, (place / 3) as f64 / 2.0))
}

/// Where something is in a picture, row by row.
pub const PLACES: [&str; 9] = [
    "top_left",
    "top",
    "top_right",
    "left",
    "center",
    "right",
    "bottom_left",
    "bottom",
    "bottom_right",
];

/// What ImageKit finds by name (the classes of COCO); here they are looked for as `auto` does.
const OBJECTS: [&str; 80] = [
    "person",
    "bicycle",
    "car",
    "motorcycle",
    "airplane",
    "bus",
    "train",
    "truck",
    "boat",
    "trafficlight",
    "firehydrant",
    "stopsign",
    "parkingmeter",
    "bench",
    "bird",
    "cat",
    "dog",
    "horse",
    "sheep",
    "cow",
    "elephant",
    "bear",
    "zebra",
    "giraffe",
    "backpack",
    "umbrella",
    "handbag",
    "tie",
    "suitcase",
    "frisbee",
    "skis",
    "snowboard",
    "sportsball",
    "kite",
    "baseballbat",
    "baseballglove",
    "skateboard",
    "surfboard",
    "tennisracket",
    "bottle",
    "wineglass",
    "cup",
    "fork",
    "knife",
    "spoon",
    "bowl",
    "banana",
    "apple",
    "sandwich",
    "orange",
    "broccoli",
    "carrot",
    "hotdog",
    "pizza",
    "donut",
    "cake",
    "chair",
    "couch",
    "pottedplant",
    "bed",
    "diningtable",
    "toilet",
    "tv",
    "laptop",
    "mouse",
    "remote",
    "keyboard",
    "cellphone",
    "microwave",
    "oven",
    "toaster",
    "sink",
    "refrigerator",
    "book",
    "clock",
    "vase",
    "scissors",
    "teddybear",
    "hairdrier",
    "toothbrush",
];
