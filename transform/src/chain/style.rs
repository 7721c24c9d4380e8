//! How a text looks.

use super::colour::Colour;
use super::value::{Align, Radius};
use crate::orientation::Flip;

/// How a text looks. Lengths are pixels.
#[derive(Clone, Debug, PartialEq)]
pub struct TextStyle {
    /// Lines are broken at this width.
    pub width: Option<f64>,
    pub size: f64,
    pub family: Option<String>,
    pub colour: Colour,
    pub align: Align,
    /// Top, right, bottom, left.
    pub padding: [f64; 4],
    pub background: Option<Colour>,
    pub radius: Option<Radius>,
    /// Degrees, clockwise.
    pub turn: f64,
    pub flip: Flip,
    pub line_height: Option<f64>,
    pub bold: bool,
    pub italic: bool,
    pub struck: bool,
    /// How opaque its letters are, and a canvas: from 0 to 1.
    pub alpha: f64,
}

const FONT_SIZE: f64 = 45.0;
const LINE_HEIGHT: f64 = 1.2;

impl Default for TextStyle {
    fn default() -> TextStyle {
        TextStyle {
            width: None,
            size: FONT_SIZE,
            family: None,
            colour: [0, 0, 0, 255],
            align: Align::Centre,
            padding: [0.0; 4],
            background: None,
            radius: None,
            turn: 0.0,
            flip: Flip::default(),
            line_height: None,
            bold: false,
            italic: false,
            struck: false,
            alpha: 1.0,
        }
    }
}

impl TextStyle {
    /// With every length multiplied.
    pub fn scaled(self, scale: f64) -> TextStyle {
        TextStyle {
            width: self.width.map(|width| (width * scale).max(1.0)),
            size: (self.size * scale).max(1.0),
            padding: self.padding.map(|side| side * scale),
            radius: self.radius.map(|radius| radius.scaled(scale)),
            line_height: self.line_height.map(|line| (line * scale).max(1.0)),
            ..self
        }
    }

    /// From one base line to the next, in pixels.
    pub fn line(&self) -> f64 {
        self.line_height.unwrap_or(self.size * LINE_HEIGHT)
    }
}
