//! Effects whose values have parts of their own: `e-shadow-bl-10_st-30`, `e-gradient-ld-top_from-red`.

use super::colour::{self, Colour};
use super::expression::{Expression, number};
use super::value;

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

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Colorize {
    pub colour: Colour,
    /// 0 to 1.
    pub strength: f64,
}

/// Names and values; what bears none of the names belongs to the value before it.
fn parts<'a>(text: &'a str, names: &[&str]) -> Option<Vec<(&'a str, String)>> {
    let mut parts: Vec<(&str, String)> = Vec::new();
    let plain = matches!(text, "" | "-" | "true");
    for piece in text.split('_').filter(|_| !plain) {
        match piece
            .split_once('-')
            .filter(|(name, _)| names.contains(name))
        {
            Some((name, value)) => parts.push((name, value.to_owned())),
            None => {
                let (_, value) = parts.last_mut()?;
                value.push('_');
                value.push_str(piece);
            }
        }
    }
    Some(parts)
}

fn between(text: &str, least: f64, most: f64) -> Option<f64> {
    number(text).filter(|value| (least..=most).contains(value))
}

impl Shadow {
    pub fn parse(text: &str) -> Option<Shadow> {
        let (mut blur, mut strength, mut offset) = (10.0, 30.0, (2.0, 2.0));
        for (name, value) in parts(text, &["bl", "st", "x", "y"])? {
            match name {
                "bl" => blur = between(&value, 0.0, 15.0)?,
                "st" => strength = between(&value, 0.0, 100.0)?,
                "x" => offset.0 = between(&value, -100.0, 100.0)?,
                _ => offset.1 = between(&value, -100.0, 100.0)?,
            }
        }
        Some(Shadow {
            blur,
            strength: strength / 100.0,
            offset: (offset.0 / 100.0, offset.1 / 100.0),
        })
    }
}

impl Gradient {
    pub fn parse(text: &str) -> Option<Gradient> {
        let mut gradient = Gradient {
            angle: 180.0,
            from: [255, 255, 255, 255],
            to: [0; 4],
            stop: Expression::parse("1")?,
        };
        for (name, value) in parts(text, &["ld", "from", "to", "sp"])? {
            match name {
                "ld" => gradient.angle = direction(&value)?,
                "from" => gradient.from = colour::parse(&value)?,
                "to" => gradient.to = colour::parse(&value)?,
                _ => gradient.stop = Expression::parse(&value)?,
            }
        }
        Some(gradient)
    }
}

/// Degrees, or a side by name.
fn direction(text: &str) -> Option<f64> {
    if let Some(degrees) = between(text, -360.0, 360.0) {
        return Some(degrees.rem_euclid(360.0));
    }
    let (x, y) = value::anchor(text).filter(|_| text != "center")?;
    let (x, y): (f64, f64) = (x - 0.5, 0.5 - y);
    Some(x.atan2(y).to_degrees().rem_euclid(360.0))
}

impl Colorize {
    pub fn parse(text: &str) -> Option<Colorize> {
        let mut colorize = Colorize {
            colour: colour::parse("gray")?,
            strength: 1.0,
        };
        for (name, value) in parts(text, &["co", "in"])? {
            match name {
                "co" => colorize.colour = colour::parse(&value)?,
                _ => colorize.strength = between(&value, 0.0, 100.0)? / 100.0,
            }
        }
        Some(colorize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn effects_have_defaults_and_parts() {
        let shadow = Shadow::parse("st-50_x-N4").unwrap();
        assert_eq!((shadow.blur, shadow.strength), (10.0, 0.5));
        assert_eq!(shadow.offset, (-0.04, 0.02));
        let gradient = Gradient::parse("ld-top_right_from-red_to-FFFFFF00_sp-ih_mul_0.5").unwrap();
        assert_eq!((gradient.angle, gradient.from), (45.0, [255, 0, 0, 255]));
        assert_eq!(gradient.to[3], 0);
        assert_eq!(gradient.stop, Expression::parse("ih_mul_0.5").unwrap());
        assert_eq!(Gradient::parse("").unwrap().angle, 180.0);
        assert_eq!(Gradient::parse("ld-left").unwrap().angle, 270.0);
        assert_eq!(Colorize::parse("co-blue_in-100").unwrap().strength, 1.0);
        for bad in ["bl-16", "st-101", "zz-1", "x", "bl-5_st"] {
            assert_eq!(Shadow::parse(bad), None, "{bad}");
        }
        for bad in ["ld-center", "ld-nowhere", "from-reddish", "sp-x"] {
            assert_eq!(Gradient::parse(bad), None, "{bad}");
        }
        assert_eq!(Colorize::parse("in-101"), None);
    }
}
