//! Which piece of a picture becomes how large, and where it sits. Numbers only.

use super::Mistake;
use super::step::{Crop, Focus, Step};

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

/// Output of one step at most, in pixels.
const MOST_PIXELS: u64 = 40_000_000;

impl Plan {
    /// Of a step for a picture of this size. `focus_at` says where the picture's point of interest is,
    /// from 0 to 1, when the step asks for it.
    pub fn new(
        step: &Step,
        (iw, ih): (u32, u32),
        focus_at: impl FnOnce((f64, f64)) -> (f64, f64),
        at: usize,
    ) -> Result<Plan, Mistake> {
        let input = (f64::from(iw), f64::from(ih));
        let plan = match step.crop {
            Crop::Extract | Crop::PadExtract => extract(step, input, focus_at, at)?,
            _ => resize(step, input, focus_at),
        };
        let (width, height) = plan.canvas.map_or(plan.scaled, |(canvas, _)| canvas);
        if u64::from(width) * u64::from(height) > MOST_PIXELS {
            return Err(Mistake {
                given: format!("{width} by {height} pixels"),
                step: at,
                accepted: "at most 40 megapixels".into(),
            });
        }
        Ok(plan)
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
            let (x, y) = anchor(step.focus);
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
                focus => anchor(focus),
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

fn anchor(focus: Focus) -> (f64, f64) {
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
    at: usize,
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
            (None, Some(centre)) => Err(Mistake {
                given: format!("{name}-{centre}"),
                step: at,
                accepted: format!("a place within the picture, up to {all}"),
            }),
            (None, None) => Ok((all - side) * anchor),
        }
    };
    let (x, y) = match step.focus {
        Focus::Auto => focus_at((size.0 / iw, size.1 / ih)),
        focus => anchor(focus),
    };
    let left = place(step.left, step.centre_x, (size.0, iw), x, "xc")?;
    let top = place(step.top, step.centre_y, (size.1, ih), y, "yc")?;
    let piece = rect((iw, ih), size, (left, top));
    let scaled = (piece.width, piece.height);
    let wanted = whole((width, height));
    let pad = step.crop == Crop::PadExtract && (wanted.0 > scaled.0 || wanted.1 > scaled.1);
    let canvas = pad.then(|| {
        let canvas = (wanted.0.max(scaled.0), wanted.1.max(scaled.1));
        let (x, y) = anchor(step.focus);
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
mod tests {
    use super::super::{Sizes, parse, step};
    use super::*;

    fn plan(text: &str, size: (u32, u32)) -> Result<Plan, Mistake> {
        let chain = parse(text)?;
        let now = (f64::from(size.0), f64::from(size.1));
        let sizes = Sizes {
            input: now,
            current: now,
        };
        let step = step::resolve(&chain.steps[0], &sizes, (chain.output.density, 1))?;
        Plan::new(&step, size, |_| (0.25, 0.75), 1)
    }

    fn rect(left: u32, top: u32, width: u32, height: u32) -> Rect {
        Rect {
            left,
            top,
            width,
            height,
        }
    }

    #[test]
    fn each_way_to_fit_gives_its_size() {
        let all = rect(0, 0, 400, 300);
        for (text, piece, scaled) in [
            ("w-200", all, (200, 150)),
            ("h-30", all, (40, 30)),
            ("w-0.5", all, (200, 150)),
            ("w-800", all, (800, 600)),
            ("w-800,c-at_max", all, (400, 300)),
            ("w-200,ar-1-1", rect(50, 0, 300, 300), (200, 200)),
            ("h-200,ar-2_1", rect(0, 50, 400, 200), (400, 200)),
            ("w-200,h-200", rect(50, 0, 300, 300), (200, 200)),
            ("w-200,h-200,fo-left", rect(0, 0, 300, 300), (200, 200)),
            (
                "w-200,h-200,fo-bottom_right",
                rect(100, 0, 300, 300),
                (200, 200),
            ),
            ("w-400,h-100,fo-top", rect(0, 0, 400, 100), (400, 100)),
            ("w-200,h-200,fo-auto", rect(25, 0, 300, 300), (200, 200)),
            (
                "w-200,h-200,fo-auto,z-2",
                rect(63, 113, 150, 150),
                (200, 200),
            ),
            (
                "w-800,h-800,c-maintain_ratio_no_enlarge",
                rect(50, 0, 300, 300),
                (300, 300),
            ),
            ("w-200,h-200,c-force", all, (200, 200)),
            ("w-200,h-200,c-at_max", all, (200, 150)),
            ("w-800,h-800,c-at_max_enlarge", all, (800, 600)),
            ("w-200,h-200,c-at_least", all, (267, 200)),
            (
                "w-100,h-100,cm-extract",
                rect(150, 100, 100, 100),
                (100, 100),
            ),
            (
                "w-100,h-100,cm-extract,x-10,y-20",
                rect(10, 20, 100, 100),
                (100, 100),
            ),
            (
                "w-100,h-100,cm-extract,x-N10,y-20",
                rect(290, 20, 100, 100),
                (100, 100),
            ),
            (
                "w-100,h-100,cm-extract,xc-60,yc-iw_div_4",
                rect(10, 50, 100, 100),
                (100, 100),
            ),
            ("w-900,h-100,cm-extract", rect(0, 100, 400, 100), (400, 100)),
            ("w-100,dpr-2", all, (200, 150)),
            ("w-iw_div_4", all, (100, 75)),
        ] {
            let plan = plan(text, (400, 300)).unwrap();
            assert_eq!(
                (plan.piece, plan.scaled, plan.canvas),
                (piece, scaled, None),
                "{text}"
            );
        }
    }

    #[test]
    fn padding_sets_the_picture_on_a_canvas() {
        for (text, scaled, canvas) in [
            (
                "w-400,h-200,cm-pad_resize",
                (267, 200),
                ((400, 200), (67, 0)),
            ),
            (
                "w-400,h-200,cm-pad_resize,fo-left",
                (267, 200),
                ((400, 200), (0, 0)),
            ),
            (
                "w-800,h-600,cm-pad_resize_no_enlarge",
                (400, 300),
                ((800, 600), (200, 150)),
            ),
            (
                "w-500,h-300,cm-pad_extract",
                (400, 300),
                ((500, 300), (50, 0)),
            ),
        ] {
            let plan = plan(text, (400, 300)).unwrap();
            assert_eq!((plan.scaled, plan.canvas), (scaled, Some(canvas)), "{text}");
        }
        let whole = plan("w-100,h-100,cm-pad_extract", (400, 300)).unwrap();
        assert_eq!(whole.canvas, None);
    }

    #[test]
    fn what_cannot_be_is_said() {
        for bad in [
            "w-9000,h-9000",
            "w-100,h-100,cm-extract,xc-500",
            "w-iw_sub_400",
            "w-iw_div_0",
            "h-60000",
        ] {
            assert!(plan(bad, (400, 300)).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_piece_never_leaves_its_picture() {
        for (iw, ih) in [(1, 1), (1, 900), (7, 3), (640, 480), (4_000, 17)] {
            for text in [
                "w-1,h-1",
                "w-999,h-3",
                "w-3,h-999",
                "w-0.3,h-0.9",
                "w-50,h-50,cm-extract,x-9999,y-N9999",
                "w-50,h-50,cm-extract",
                "w-50,h-80,cm-pad_resize",
                "w-50,h-80,fo-auto,z-9",
                "ar-7-3,w-300",
            ] {
                let Ok(plan) = plan(text, (iw, ih)) else {
                    continue;
                };
                let piece = plan.piece;
                assert!(
                    piece.left + piece.width <= iw && piece.top + piece.height <= ih,
                    "{text} of {iw}x{ih}"
                );
                assert!(
                    piece.width > 0 && piece.height > 0 && plan.scaled.0 > 0 && plan.scaled.1 > 0
                );
                if let Some((canvas, at)) = plan.canvas {
                    assert!(at.0 + plan.scaled.0 <= canvas.0 && at.1 + plan.scaled.1 <= canvas.1);
                }
            }
        }
    }
}
