//! Effects whose values have parts of their own: `e-shadow-bl-10_st-30`, `e-gradient-ld-top_from-red`.

use super::colour;
use super::expression::Expression;
use super::read::{anchor, between, is_bare};
use super::value::{Colorize, Gradient, Shadow};

/// Parts by their names, with their values; what bears none of the names belongs to the value before it.
fn parts<P: Copy>(text: &str, names: &[(&str, P)]) -> Option<Vec<(P, String)>> {
    let mut parts: Vec<(P, String)> = Vec::new();
    let plain = is_bare(text);
    for piece in text.split('_').filter(|_| !plain) {
        let named = piece.split_once('-').and_then(|(name, value)| {
            let (_, part) = names.iter().find(|(known, _)| *known == name)?;
            Some((*part, value.to_owned()))
        });
        match named {
            Some(part) => parts.push(part),
            None => {
                let (_, value) = parts.last_mut()?;
                value.push('_');
                value.push_str(piece);
            }
        }
    }
    Some(parts)
}

impl Shadow {
    pub(super) fn parse(text: &str) -> Option<Shadow> {
        #[derive(Clone, Copy)]
        enum Part {
            Blur,
            Strength,
            X,
            Y,
        }
        const NAMES: [(&str, Part); 4] = [
            ("bl", Part::Blur),
            ("st", Part::Strength),
            ("x", Part::X),
            ("y", Part::Y),
        ];
        let (mut blur, mut strength, mut offset) = (10.0, 30.0, (2.0, 2.0));
        for (part, value) in parts(text, &NAMES)? {
            match part {
                Part::Blur => blur = between(&value, 0.0, 15.0)?,
                Part::Strength => strength = between(&value, 0.0, 100.0)?,
                Part::X => offset.0 = between(&value, -100.0, 100.0)?,
                Part::Y => offset.1 = between(&value, -100.0, 100.0)?,
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
    pub(super) fn parse(text: &str) -> Option<Gradient> {
        #[derive(Clone, Copy)]
        enum Part {
            Angle,
            From,
            To,
            Stop,
        }
        const NAMES: [(&str, Part); 4] = [
            ("ld", Part::Angle),
            ("from", Part::From),
            ("to", Part::To),
            ("sp", Part::Stop),
        ];
        let mut gradient = Gradient {
            angle: 180.0,
            from: [255, 255, 255, 255],
            to: [0; 4],
            stop: Expression::parse("1")?,
        };
        for (part, value) in parts(text, &NAMES)? {
            match part {
                Part::Angle => gradient.angle = direction(&value)?,
                Part::From => gradient.from = colour::parse(&value)?,
                Part::To => gradient.to = colour::parse(&value)?,
                Part::Stop => gradient.stop = Expression::parse(&value)?,
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
    let (x, y) = anchor(text).filter(|_| text != "center")?;
    let (x, y): (f64, f64) = (x - 0.5, 0.5 - y);
    Some(x.atan2(y).to_degrees().rem_euclid(360.0))
}

impl Colorize {
    pub(super) fn parse(text: &str) -> Option<Colorize> {
        #[derive(Clone, Copy)]
        enum Part {
            Colour,
            Strength,
        }
        const NAMES: [(&str, Part); 2] = [("co", Part::Colour), ("in", Part::Strength)];
        let mut colorize = Colorize {
            colour: colour::parse("gray")?,
            strength: 1.0,
        };
        for (part, value) in parts(text, &NAMES)? {
            match part {
                Part::Colour => colorize.colour = colour::parse(&value)?,
                Part::Strength => colorize.strength = between(&value, 0.0, 100.0)? / 100.0,
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
