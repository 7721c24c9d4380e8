//! How the values of parameters are written; `None` where a text does not fit.

use super::colour;
use super::expression::{Expression, number};
use super::objects::OBJECTS;
use super::value::{Background, Crop, Focus, LONGEST, PLACES, Radius, Size};
use crate::orientation::Flip;

/// A number within bounds.
pub(super) fn between(text: &str, least: f64, most: f64) -> Option<f64> {
    number(text).filter(|value| (least..=most).contains(value))
}

/// What SDKs write for an effect without a value.
pub(super) fn is_bare(text: &str) -> bool {
    matches!(text, "" | "-" | "true")
}

/// True, where it stands alone.
pub(super) fn flag(text: &str) -> Option<bool> {
    match text {
        "" | "true" => Some(true),
        "false" => Some(false),
        _ => None,
    }
}

pub(super) fn size(text: &str) -> Option<Size> {
    Some(match number(text) {
        _ if text == AUTO => Size::Auto,
        Some(value) if value > 0.0 && value < 1.0 => Size::Fraction(value),
        Some(value) if !(1.0..=LONGEST).contains(&value) => return None,
        _ => Size::Pixels(Expression::parse(text)?),
    })
}

pub(super) const AUTO: &str = "auto";

pub(super) fn ratio(text: &str) -> Option<(Expression, Expression)> {
    let (a, b) = text
        .split_once(['-', ':'])
        .or_else(|| {
            let plain = text.split_once('_')?;
            (number(plain.0).is_some() && number(plain.1).is_some()).then_some(plain)
        })
        .unwrap_or((text, "1"));
    Some((Expression::parse(a)?, Expression::parse(b)?))
}

/// Clients mix up `c` and `cm`, so that each takes the values of both.
pub(super) fn crop(text: &str) -> Option<Crop> {
    Some(match text {
        "maintain_ratio" => Crop::Fill,
        "maintain_ratio_no_enlarge" => Crop::FillNoEnlarge,
        "force" => Crop::Force,
        "at_max" => Crop::AtMax,
        "at_max_enlarge" => Crop::AtMaxEnlarge,
        "at_least" => Crop::AtLeast,
        "pad_resize" => Crop::Pad,
        "pad_resize_no_enlarge" => Crop::PadNoEnlarge,
        "extract" => Crop::Extract,
        "pad_extract" | "pad_extract_no_shrink" => Crop::PadExtract,
        _ => return None,
    })
}

pub(super) const CUSTOM: &str = "custom";

/// What ImageKit finds by name is looked for as `auto` does.
pub(super) fn focus(text: &str) -> Option<Focus> {
    if [AUTO, "face", CUSTOM].contains(&text) || OBJECTS.contains(&text) {
        return Some(Focus::Auto);
    }
    anchor(text).map(|(x, y)| Focus::Anchor(x, y))
}

pub(super) fn flip(text: &str) -> Option<Flip> {
    let (across, down) = match text {
        "h" => (true, false),
        "v" => (false, true),
        "h_v" | "v_h" => (true, true),
        _ => return None,
    };
    Some(Flip { across, down })
}

/// Degrees, clockwise. The picture stands upright before the first step.
pub(super) fn turn(text: &str) -> Option<f64> {
    match text {
        AUTO => Some(0.0),
        degrees => between(degrees, -360.0, 360.0).map(|degrees| degrees.rem_euclid(360.0)),
    }
}

pub(super) fn radius(text: &str) -> Option<Radius> {
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

pub(super) fn background(text: &str) -> Option<Background> {
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
pub(super) fn anchor(name: &str) -> Option<(f64, f64)> {
    let place = PLACES.iter().position(|place| *place == name)?;
    Some(((place % 3) as f64 / 2.0, (place / 3) as f64 / 2.0))
}
