//! The values of parameters.

use super::colour::Colour;
use super::expression::Expression;

/// A width or a height.
#[derive(Clone, Debug, PartialEq)]
pub enum Size {
    Auto,
    /// Of the picture that the step gets.
    Fraction(f64),
    Pixels(Expression),
}

/// How a picture fits into a width and a height.
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

/// Which part stays when something is cut off.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Focus {
    /// From 0 to 1, across and down.
    Anchor(f64, f64),
    /// What matters in the picture.
    Auto,
    #[default]
    Centre,
}

/// How round corners are, in pixels.
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

/// What lies behind a picture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Background {
    Colour(Colour),
    /// The picture's own most frequent colour.
    Dominant,
    /// The picture itself, filled and blurred (`None`: as much as suits), and made lighter or darker.
    Blurred(Option<f64>, i32),
}

/// Where lines of a text begin.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Align {
    Left,
    #[default]
    Centre,
    Right,
}

/// How a layer meets what lies under it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Blend {
    #[default]
    Over,
    Multiply,
    /// What lies under the layer's opaque parts stays, and nothing else.
    Keep,
    /// What lies under the layer's opaque parts is cut out.
    CutOut,
}

/// Under everything that is not transparent.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shadow {
    /// Pixels, 0 to 15.
    pub blur: f64,
    /// 0 to 1.
    pub strength: f64,
    /// Parts of the picture's width and height.
    pub offset: (f64, f64),
}

/// From one colour to another, over the picture.
#[derive(Clone, Debug, PartialEq)]
pub struct Gradient {
    /// Where it leads to, in degrees clockwise from the top, as in CSS.
    pub angle: f64,
    pub from: Colour,
    pub to: Colour,
    /// Where `to` is reached: up to 1 a part of the way, beyond that pixels.
    pub stop: Expression,
}

/// A tint.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Colorize {
    pub colour: Colour,
    /// 0 to 1.
    pub strength: f64,
}

/// How much edges may vary, in percent, where nobody says how much.
pub const TRIM: u8 = 10;
/// The longest side of anything, in pixels.
pub const LONGEST: f64 = 65_535.0;
/// A text layer is no larger than this either way, in pixels.
pub const MOST_TEXT: f64 = 16_383.0;

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
