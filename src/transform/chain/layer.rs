//! Layers: texts, our own pictures and plain colours, laid over a picture.

use super::colour::{self, Colour};
use super::expression::{Expression, Sizes, number};
use super::step::Step;
use super::value::{self, Focus, Radius, Size, Value};
use super::walk::{First, Walk};
use super::{Mistake, Parameter, Steps};

/// What lies over a picture.
#[derive(Clone, Debug, PartialEq)]
pub struct Layer {
    pub source: Source,
    /// Where it lies, and how a text looks.
    pub(super) parameters: Vec<Parameter>,
    /// What is done to a picture or a canvas before it is laid down.
    pub(super) steps: Steps,
    pub(super) density: Option<f64>,
    /// The step it stands in, from 1, for messages.
    pub step: usize,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Source {
    Text(String),
    /// The key of a picture of ours.
    Picture(String),
    Canvas,
}

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

/// Where a layer lies. Lengths are pixels of the base.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Place {
    x: Along,
    y: Along,
    /// From 0 to 1, across and down; counts where no place is given.
    focus: (f64, f64),
    pub blend: Blend,
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Along {
    edge: Option<f64>,
    centre: Option<f64>,
    /// Where on the base the edge is counted from, from 0 to 1.
    anchor: f64,
}

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
    pub flip: (bool, bool),
    pub line_height: Option<f64>,
    pub bold: bool,
    pub italic: bool,
    pub struck: bool,
}

const FONT_SIZE: f64 = 45.0;
const LINE_HEIGHT: f64 = 1.2;

/// Reads the value of a key that says where a layer lies; `None` when it does not fit.
pub(super) fn read_place(key: &str, text: &str) -> Option<Value> {
    Some(match key {
        "lfo" | "lap" => {
            let (x, y) = value::anchor(text)?;
            Value::Focus(Focus::Anchor(x, y))
        }
        "lm" => Value::Blend(match text {
            "multiply" => Blend::Multiply,
            "cutter" => Blend::Keep,
            "cutout" => Blend::CutOut,
            _ => return None,
        }),
        _ => Value::Place(Expression::parse(text)?),
    })
}

/// Reads the value of a key of a text; `None` when it does not fit.
pub(super) fn read_style(key: &str, text: &str) -> Option<Value> {
    Some(match key {
        "w" | "rt" | "fl" | "r" => return value::read(key, text),
        "fs" | "lh" => Value::Place(Expression::parse(text)?),
        "ff" if !text.is_empty() => Value::Name(text.to_owned()),
        "co" | "bg" => Value::Colour(colour::parse(text)?),
        "ia" => Value::Align(match text {
            "left" => Align::Left,
            "center" => Align::Centre,
            "right" => Align::Right,
            _ => return None,
        }),
        "pa" => {
            let plain: Option<Vec<f64>> = text.split('_').map(number).collect();
            let parts = match plain {
                Some(_) => text.split('_').map(Expression::parse).collect(),
                None => vec![Expression::parse(text)],
            };
            let parts: Option<Vec<Expression>> = parts.into_iter().collect();
            Value::Padding(parts.filter(|parts| parts.len() <= 4)?)
        }
        "al" => Value::Number(number(text).filter(|al| (1.0..=9.0).contains(al))?),
        "tg" => {
            let mut set = [false; 3];
            for name in text.split('_') {
                let at = ["b", "i", "strikethrough"]
                    .iter()
                    .position(|known| *known == name)?;
                set[at] = true;
            }
            Value::Typography(set)
        }
        _ => return None,
    })
}

impl Layer {
    /// What is done to the layer's own picture, one step after the other. Its edges are trimmed first,
    /// unless `t-false` says otherwise.
    pub fn walk(&self) -> Walk<'_> {
        self.walk_from(First::Trims)
    }

    fn walk_from(&self, first: First) -> Walk<'_> {
        let mut walk = Walk::new(&self.steps, self.density);
        walk.first = first;
        walk
    }

    /// The same for a canvas, whose first step has its size and colour already.
    pub fn walk_on_colour(&self) -> Walk<'_> {
        self.walk_from(First::OnColour)
    }

    /// The first step of a canvas, which says its size and colour.
    pub fn ground(&self, sizes: &Sizes) -> Result<Step<'_>, Mistake> {
        let first = self.walk_from(First::Nothing).next(sizes)?;
        Ok(first.unwrap_or_default())
    }

    /// Where it lies on a base of the size that `sizes` tell.
    pub fn place(&self, sizes: &Sizes) -> Result<Place, Mistake> {
        let mut place = Place {
            x: Along::default(),
            y: Along::default(),
            focus: (0.5, 0.5),
            blend: Blend::Over,
        };
        for parameter in &self.parameters {
            match (&parameter.value, parameter.key) {
                (Value::Place(expression), "lx" | "ly" | "lxc" | "lyc") => {
                    let value = Some(parameter.number(expression, sizes)?);
                    match parameter.key {
                        "lx" => place.x.edge = value,
                        "ly" => place.y.edge = value,
                        "lxc" => place.x.centre = value,
                        _ => place.y.centre = value,
                    }
                }
                (Value::Focus(Focus::Anchor(x, y)), "lap") => {
                    (place.x.anchor, place.y.anchor) = (*x, *y);
                }
                (Value::Focus(Focus::Anchor(x, y)), _) => place.focus = (*x, *y),
                (Value::Blend(blend), _) => place.blend = *blend,
                _ => {}
            }
        }
        Ok(place)
    }

    /// How opaque a canvas is, from 0 to 1.
    pub fn alpha(&self) -> f64 {
        let alpha = self.parameters.iter().rev().find(|given| given.key == "al");
        match alpha.map(|given| &given.value) {
            Some(Value::Number(tenths)) => tenths / 10.0,
            _ => 1.0,
        }
    }

    /// How its text looks on a base of the size that `sizes` tell.
    pub fn style(&self, sizes: &Sizes) -> Result<TextStyle, Mistake> {
        let mut style = TextStyle {
            width: None,
            size: FONT_SIZE,
            family: None,
            colour: [0, 0, 0, 255],
            align: Align::Centre,
            padding: [0.0; 4],
            background: None,
            radius: None,
            turn: 0.0,
            flip: (false, false),
            line_height: None,
            bold: false,
            italic: false,
            struck: false,
        };
        for parameter in &self.parameters {
            let length = |expression: &Expression, (least, most): (f64, f64)| {
                let value = parameter.number(expression, sizes)?;
                match (least..=most).contains(&value) {
                    true => Ok(value),
                    false => {
                        Err(parameter.mistake(&format!("what gives {least} to {most} pixels")))
                    }
                }
            };
            match (&parameter.value, parameter.key) {
                (Value::Size(Size::Pixels(expression)), _) => {
                    style.width = Some(length(expression, (1.0, MOST_TEXT))?);
                }
                (Value::Size(Size::Fraction(part)), _) => {
                    style.width = Some((part * sizes.current.0).max(1.0));
                }
                (Value::Place(expression), "fs") => {
                    style.size = length(expression, (1.0, MOST_FONT))?;
                }
                (Value::Place(expression), "lh") => {
                    style.line_height = Some(length(expression, (1.0, MOST_FONT * 4.0))?);
                }
                (Value::Name(family), _) => style.family = Some(family.clone()),
                (Value::Colour(colour), "co") => style.colour = *colour,
                (Value::Colour(colour), _) => style.background = Some(*colour),
                (Value::Align(align), _) => style.align = *align,
                (Value::Padding(parts), _) => {
                    let mut sides = [0.0; 4];
                    for (side, which) in sides.iter_mut().zip(sides_of(parts.len())) {
                        *side = length(&parts[which], (0.0, 2_000.0))?;
                    }
                    style.padding = sides;
                }
                (Value::Typography([bold, italic, struck]), _) => {
                    (style.bold, style.italic, style.struck) = (*bold, *italic, *struck);
                }
                (Value::Radius(radius), _) => style.radius = Some(*radius),
                (Value::Flip(across, down), _) => style.flip = (*across, *down),
                (Value::Number(value), "rt") => style.turn = value.rem_euclid(360.0),
                _ => {}
            }
        }
        let alpha = f64::from(style.colour[3]) * self.alpha();
        style.colour[3] = alpha.round() as u8;
        Ok(style)
    }
}

/// A text layer is no larger than this either way, in pixels.
pub const MOST_TEXT: f64 = 16_383.0;
const MOST_FONT: f64 = 2_000.0;

/// Which of one to four values holds for top, right, bottom and left, as in CSS.
fn sides_of(count: usize) -> [usize; 4] {
    match count {
        1 => [0; 4],
        2 => [0, 1, 0, 1],
        3 => [0, 1, 2, 1],
        _ => [0, 1, 2, 3],
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

impl Place {
    /// Where the upper left corner of a layer of this size comes to lie.
    ///
    /// `scale` says how long a pixel of the chain is on the base.
    pub fn corner(&self, base: (u32, u32), layer: (u32, u32), scale: f64) -> (i64, i64) {
        let given = [self.x, self.y].iter().any(Along::is_given);
        let along = |along: Along, focus: f64, base: u32, layer: u32| {
            let (base, layer) = (f64::from(base), f64::from(layer));
            let length = |given: Option<f64>| given.map(|given| given * scale);
            let at = match (length(along.edge), length(along.centre)) {
                // From the other side when it is negative.
                (Some(edge), _) if edge.is_sign_negative() && along.anchor == 0.0 => {
                    base - layer + edge
                }
                (Some(edge), _) => along.anchor * base + edge,
                (None, Some(centre)) if centre.is_sign_negative() => base + centre - layer / 2.0,
                (None, Some(centre)) => centre - layer / 2.0,
                (None, None) if given => 0.0,
                (None, None) => (base - layer) * focus,
            };
            // No picture is as large.
            at.round().clamp(-1e6, 1e6) as i64
        };
        (
            along(self.x, self.focus.0, base.0, layer.0),
            along(self.y, self.focus.1, base.1, layer.1),
        )
    }
}

impl Along {
    fn is_given(&self) -> bool {
        self.edge.is_some() || self.centre.is_some()
    }
}
