//! Which piece of a picture becomes how large, and where it sits. Numbers only.

use super::mistake::Mistake;
use super::step::Step;
use super::value::{Crop, Focus};

/// A piece of a picture, in pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rect {
    pub left: u32,
    pub top: u32,
    pub width: u32,
    pub height: u32,
}

/// What is done, in this order: take `piece`, scale it to `scaled`, and set it on a `canvas`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Plan {
    pub piece: Rect,
    pub scaled: (u32, u32),
    /// Width and height of what is put out, and where the scaled piece sits on it.
    pub canvas: Option<((u32, u32), (u32, u32))>,
}

impl Plan {
    /// Of a step for a picture of this size, of which there are so many pixels (`own`: a smaller copy is not
    /// blown up where nobody asks for a size); refused where it makes more than `most_pixels`. `focus_at` says
    /// where the picture's point of interest is, from 0 to 1, when the step asks for it.
    pub fn new(
        step: &Step,
        ((iw, ih), own): ((u32, u32), (u32, u32)),
        most_pixels: u64,
        focus_at: impl FnOnce((f64, f64)) -> (f64, f64),
    ) -> Result<Plan, Mistake> {
        let input = (f64::from(iw), f64::from(ih));
        let mut plan = match step.crop {
            Crop::Extract | Crop::PadExtract => extract(step, input, focus_at)?,
            _ => resize(step, input, focus_at),
        };
        if plan.is_unsized(step) {
            plan.scaled = (plan.scaled.0.min(own.0), plan.scaled.1.min(own.1));
        }
        let (width, height) = plan.grown(step);
        if width * height > most_pixels as f64 {
            let given = format!("{width:.0} by {height:.0} pixels");
            let accepted = format!("at most {} megapixels", most_pixels / 1_000_000);
            return Err(Mistake::new(&given, step.number, &accepted));
        }
        Ok(plan)
    }

    /// Whether nobody asked for a size.
    pub fn is_unsized(&self, step: &Step) -> bool {
        step.width.is_none() && step.height.is_none() && self.canvas.is_none()
    }

    /// Pixels of what is put out.
    pub fn pixels(&self, step: &Step) -> u64 {
        let (width, height) = self.grown(step);
        (width * height) as u64
    }

    /// The size of what is put out: turning by an odd angle and a border make it larger.
    fn grown(&self, step: &Step) -> (f64, f64) {
        let (width, height) = self.canvas.map_or(self.scaled, |(canvas, _)| canvas);
        let (width, height) = (f64::from(width), f64::from(height));
        let (sin, cos) = step.turn.to_radians().sin_cos();
        let (sin, cos) = (sin.abs(), cos.abs());
        let border = step
            .border
            .map_or(0.0, |(border, _)| 2.0 * f64::from(border));
        (
            width * cos + height * sin + border,
            width * sin + height * cos + border,
        )
    }
}

/// At least one pixel.
fn whole((width, height): (f64, f64)) -> (u32, u32) {
    (
        width.round().max(1.0) as u32,
        height.round().max(1.0) as u32,
    )
}

fn resize(
    step: &Step,
    (iw, ih): (f64, f64),
    focus_at: impl FnOnce((f64, f64)) -> (f64, f64),
) -> Plan {
    let all = Rect {
        left: 0,
        top: 0,
        width: iw as u32,
        height: ih as u32,
    };
    let plain = |size: (f64, f64)| Plan {
        piece: all,
        scaled: whole(size),
        canvas: None,
    };
    let (width, height) = match (step.width, step.height) {
        (None, None) => return plain((iw, ih)),
        (Some(width), None) => {
            let factor = no_enlarge(step.crop, width / iw);
            return plain((iw * factor, ih * factor));
        }
        (None, Some(height)) => {
            let factor = no_enlarge(step.crop, height / ih);
            return plain((iw * factor, ih * factor));
        }
        (Some(width), Some(height)) => (width, height),
    };
    let (fill, fit) = ((width / iw).max(height / ih), (width / iw).min(height / ih));
    match step.crop {
        Crop::Force => plain((width, height)),
        Crop::AtMax => plain((iw * fit.min(1.0), ih * fit.min(1.0))),
        Crop::AtMaxEnlarge => plain((iw * fit, ih * fit)),
        Crop::AtLeast => plain((iw * fill, ih * fill)),
        Crop::Pad | Crop::PadNoEnlarge => {
            let factor = if step.crop == Crop::Pad {
                fit
            } else {
                fit.min(1.0)
            };
            let scaled = whole((iw * factor, ih * factor));
            let canvas = whole((width, height));
            let scaled = (scaled.0.min(canvas.0), scaled.1.min(canvas.1));
            let (x, y) = place_of(step.focus);
            let room = (canvas.0 - scaled.0, canvas.1 - scaled.1);
            let at = (f64::from(room.0) * x, f64::from(room.1) * y);
            Plan {
                piece: all,
                scaled,
                canvas: Some((canvas, (at.0.round() as u32, at.1.round() as u32))),
            }
        }
        _ => {
            // Cut first, scale after: only what stays is worked on.
            let shrink = if step.crop == Crop::FillNoEnlarge && fill > 1.0 {
                fill
            } else {
                1.0
            };
            let (width, height) = (width / shrink, height / shrink);
            let factor = fill / shrink;
            let zoom = if step.focus == Focus::Auto {
                step.zoom.max(1.0)
            } else {
                1.0
            };
            let size = (
                (width / factor / zoom).min(iw),
                (height / factor / zoom).min(ih),
            );
            let (x, y) = match step.focus {
                Focus::Auto => focus_at((size.0 / iw, size.1 / ih)),
                focus => place_of(focus),
            };
            Plan {
                piece: rect((iw, ih), size, ((iw - size.0) * x, (ih - size.1) * y)),
                scaled: whole((width, height)),
                canvas: None,
            }
        }
    }
}

fn no_enlarge(crop: Crop, factor: f64) -> f64 {
    match crop {
        Crop::AtMax | Crop::FillNoEnlarge | Crop::PadNoEnlarge => factor.min(1.0),
        _ => factor,
    }
}

fn place_of(focus: Focus) -> (f64, f64) {
    match focus {
        Focus::Anchor(x, y) => (x, y),
        Focus::Centre | Focus::Auto => (0.5, 0.5),
    }
}

/// A piece within the picture, whatever rounding says.
fn rect((iw, ih): (f64, f64), size: (f64, f64), (left, top): (f64, f64)) -> Rect {
    let (iw, ih) = (iw as u32, ih as u32);
    let (width, height) = whole(size);
    let (width, height) = (width.min(iw), height.min(ih));
    Rect {
        left: (left.round().max(0.0) as u32).min(iw - width),
        top: (top.round().max(0.0) as u32).min(ih - height),
        width,
        height,
    }
}

fn extract(
    step: &Step,
    (iw, ih): (f64, f64),
    focus_at: impl FnOnce((f64, f64)) -> (f64, f64),
) -> Result<Plan, Mistake> {
    let (width, height) = (step.width.unwrap_or(iw), step.height.unwrap_or(ih));
    let size = (width.min(iw), height.min(ih));
    let place = |edge: Option<f64>,
                 centre: Option<f64>,
                 (side, all): (f64, f64),
                 anchor: f64,
                 name: &str| {
        match (edge, centre) {
            // From the other side when it is negative.
            (Some(edge), _) if edge < 0.0 => Ok(all - side + edge),
            (Some(edge), _) => Ok(edge),
            (None, Some(centre)) if (0.0..=all).contains(&centre) => Ok(centre - side / 2.0),
            (None, Some(centre)) => Err(Mistake::new(
                &format!("{name}-{centre}"),
                step.number,
                &format!("a place within the picture, up to {all}"),
            )),
            (None, None) => Ok((all - side) * anchor),
        }
    };
    let (x, y) = match step.focus {
        Focus::Auto => focus_at((size.0 / iw, size.1 / ih)),
        focus => place_of(focus),
    };
    let left = place(step.left, step.centre_x, (size.0, iw), x, "xc")?;
    let top = place(step.top, step.centre_y, (size.1, ih), y, "yc")?;
    let piece = rect((iw, ih), size, (left, top));
    let scaled = (piece.width, piece.height);
    let wanted = whole((width, height));
    let pad = step.crop == Crop::PadExtract && (wanted.0 > scaled.0 || wanted.1 > scaled.1);
    let canvas = pad.then(|| {
        let canvas = (wanted.0.max(scaled.0), wanted.1.max(scaled.1));
        let (x, y) = place_of(step.focus);
        let room = (canvas.0 - scaled.0, canvas.1 - scaled.1);
        let at = (f64::from(room.0) * x, f64::from(room.1) * y);
        (canvas, (at.0.round() as u32, at.1.round() as u32))
    });
    Ok(Plan {
        piece,
        scaled,
        canvas,
    })
}

#[cfg(test)]
mod tests;
