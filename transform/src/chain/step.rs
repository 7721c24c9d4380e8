//! One step with all its numbers, once the picture that it gets is known.

use super::colour::Colour;
use super::value::{Background, Colorize, Crop, Focus, Gradient, Radius, Shadow};
use crate::orientation::Flip;

/// Beyond this side `dpr` is passed over.
const LONGEST_DENSE: f64 = 5_000.0;

/// What a step does to a picture of known size. Lengths are pixels.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    pub width: Option<f64>,
    pub height: Option<f64>,
    /// Of width to height; counts where one of them is missing.
    pub ratio: Option<f64>,
    pub crop: Crop,
    pub focus: Focus,
    pub zoom: f64,
    pub left: Option<f64>,
    pub top: Option<f64>,
    pub centre_x: Option<f64>,
    pub centre_y: Option<f64>,
    pub trim: Option<u8>,
    pub flip: Flip,
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
    /// Of a video, in seconds: where it starts, ends, and how much of it is shown.
    pub start: Option<f64>,
    pub end: Option<f64>,
    pub seconds: Option<f64>,
    /// Its number in the chain, from 1, for messages.
    pub number: usize,
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
            self.shadow.is_some(),
            self.gradient.is_some(),
            self.colorize.is_some(),
        ];
        set.contains(&true)
    }
}

impl Default for Step {
    fn default() -> Self {
        Step {
            width: None,
            height: None,
            ratio: None,
            crop: Crop::default(),
            focus: Focus::default(),
            zoom: 1.0,
            left: None,
            top: None,
            centre_x: None,
            centre_y: None,
            trim: None,
            flip: Flip::default(),
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
            start: None,
            end: None,
            seconds: None,
            number: 1,
        }
    }
}

impl Step {
    /// Works out what follows from its numbers: the side that a ratio gives, and both times the density.
    pub(super) fn settle(&mut self, density: Option<f64>) {
        match (self.ratio, self.width, self.height) {
            (Some(ratio), Some(width), None) => self.height = Some((width / ratio).max(1.0)),
            (Some(ratio), None, Some(height)) => self.width = Some((height * ratio).max(1.0)),
            _ => {}
        }
        let Some(density) = density else { return };
        let dense = |side: Option<f64>| side.map(|side| side * density);
        let fits =
            |side: Option<f64>| side.is_none_or(|side| (1.0..=LONGEST_DENSE).contains(&side));
        let (width, height) = (dense(self.width), dense(self.height));
        if fits(width) && fits(height) {
            (self.width, self.height) = (width, height);
        }
    }
}
