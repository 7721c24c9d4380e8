//! A chain, done: bytes in, bytes out.

use super::chain::{Background, Chain, Mistake, Plan, Sizes, Step, Wish};
use super::decode::{self, Aim};
use super::probe::{self, Header};
use super::raster::{Layout, Raster, upright};
use super::{Format, Limits, Refusal, colour, encode, ingest, saliency};

/// Why a chain gives no picture.
#[derive(Debug, thiserror::Error)]
pub enum Failed {
    #[error(transparent)]
    Chain(#[from] Mistake),
    #[error(transparent)]
    Picture(#[from] Refusal),
}

/// What whoever asks can show.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Accepts {
    pub webp: bool,
}

const QUALITY: u8 = 80;

/// The picture after all steps, upright, in sRGB, without metadata; and its format.
///
/// An animation comes back as it is.
pub fn apply(
    bytes: &[u8],
    chain: &Chain,
    accepts: Accepts,
    limits: &Limits,
) -> Result<(Vec<u8>, Format), Failed> {
    let mut mistake = None;
    let done = decode::guarded(|| {
        let (format, header) = probe::read(bytes, limits)?;
        if header.is_animated(format) {
            return Ok(Some((bytes.to_vec(), format)));
        }
        match work(bytes, (format, &header), chain, limits) {
            Ok(raster) => finish(raster, chain, (format, accepts)).map(Some),
            Err(Failed::Picture(refusal)) => Err(refusal),
            Err(Failed::Chain(wrong)) => {
                mistake = Some(wrong);
                Ok(None)
            }
        }
    });
    match (done?, mistake) {
        (Some(made), _) => Ok(made),
        (None, Some(mistake)) => Err(mistake.into()),
        (None, None) => unreachable!("nothing is only made where there is a mistake"),
    }
}

fn work(
    bytes: &[u8],
    (format, header): (Format, &Header),
    chain: &Chain,
    limits: &Limits,
) -> Result<Raster, Failed> {
    let size = upright((header.width, header.height), header.orientation);
    let input = (f64::from(size.0), f64::from(size.1));
    let first = Sizes {
        input,
        current: input,
    };
    let aim = match chain.step(0, &first)? {
        Some(step) if step.trim.is_none() => {
            let plan = Plan::new(&step, size, |_| (0.5, 0.5), 1)?;
            let needed = |all: u32, scaled: u32, piece: u32| {
                (u64::from(all) * u64::from(scaled))
                    .div_ceil(u64::from(piece))
                    .min(u64::from(all)) as u32
            };
            let across = needed(size.0, plan.scaled.0, plan.piece.width);
            let down = needed(size.1, plan.scaled.1, plan.piece.height);
            let (across, down) = upright((across, down), header.orientation);
            Aim::AtLeast(across, down)
        }
        _ => Aim::Whole,
    };
    let stripped = ingest::strip(bytes, format);
    let profile = colour::find_profile(&stripped, format);
    let raster = decode::decode(&stripped, (format, header), aim, profile.as_ref(), limits)?;
    let mut raster = raster.turn(header.orientation);
    // What was decoded may be smaller than what the steps count in.
    let mut current = size;
    for n in 0.. {
        let sizes = Sizes {
            input,
            current: (f64::from(current.0), f64::from(current.1)),
        };
        let Some(step) = chain.step(n, &sizes)? else {
            break;
        };
        if let Some(tolerance) = step.trim {
            raster = raster.trim(tolerance);
            current = (raster.width, raster.height);
        }
        let mut lost = None;
        let focus = |window| {
            saliency::find(&raster, window).unwrap_or_else(|refusal| {
                lost = Some(refusal);
                (0.5, 0.5)
            })
        };
        let plan = Plan::new(&step, current, focus, n + 1)?;
        if let Some(refusal) = lost {
            return Err(refusal.into());
        }
        raster = fit(raster, &plan, current)?;
        if n == 0 {
            raster = colour::to_srgb(raster, profile.as_ref());
        }
        raster = paint(raster, &step, &plan)?;
        current = (raster.width, raster.height);
    }
    if chain.is_empty() {
        raster = colour::to_srgb(raster, profile.as_ref());
    }
    Ok(raster)
}

/// Cuts the plan's piece out and scales it, in the pixels that there are.
fn fit(raster: Raster, plan: &Plan, (width, height): (u32, u32)) -> Result<Raster, Refusal> {
    let (x, y) = (
        f64::from(raster.width) / f64::from(width),
        f64::from(raster.height) / f64::from(height),
    );
    let piece = plan.piece;
    let place = |start: u32, length: u32, factor: f64, all: u32| {
        let from = ((f64::from(start) * factor).round() as u32).min(all - 1);
        let long = (f64::from(length) * factor).round() as u32;
        (from, long.clamp(1, all - from))
    };
    let (left, across) = place(piece.left, piece.width, x, raster.width);
    let (top, down) = place(piece.top, piece.height, y, raster.height);
    raster
        .cut(left, top, across, down)
        .fit(plan.scaled.0, plan.scaled.1)
}

/// Everything but size, in the order that docs/transformations.md tells.
fn paint(mut raster: Raster, step: &Step, plan: &Plan) -> Result<Raster, Refusal> {
    raster = match step.flip {
        (false, false) => raster,
        (true, false) => raster.turn(2),
        (false, true) => raster.turn(4),
        (true, true) => raster.turn(3),
    };
    if step.paints() || plan.canvas.is_some() {
        raster = raster.narrow().into_rgb();
    }
    if let Some((canvas, at)) = plan.canvas {
        raster = raster.on_canvas(canvas, at, step.background)?;
    }
    if step.turn != 0.0 {
        raster = raster.rotate(step.turn);
    }
    if step.grayscale {
        raster.grayscale();
    }
    if step.contrast {
        raster.stretch_contrast();
    }
    if let Some(strength) = step.sharpen {
        raster.sharpen(1.0, strength / 10.0, 0.0);
    }
    if let Some([_, sigma, amount, threshold]) = step.usm {
        raster.sharpen(sigma, amount, threshold);
    }
    if let Some(radius) = step.blur {
        raster.blur(radius / 2.0);
    }
    if let Some((width, colour)) = step.border {
        raster = raster.border(width, colour);
    }
    if let Some(radius) = step.radius {
        raster = raster.round(radius);
    }
    if let Some(opacity) = step.opacity {
        raster = raster.fade(opacity);
    }
    if let (Some(Background::Colour(colour)), true) = (step.background, plan.canvas.is_none()) {
        raster = raster.over(colour);
    }
    Ok(raster)
}

/// Writes the picture in the format that was asked for, or that suits it and whoever asks.
fn finish(
    raster: Raster,
    chain: &Chain,
    (stored, accepts): (Format, Accepts),
) -> Result<(Vec<u8>, Format), Refusal> {
    let output = &chain.output;
    let raster = match raster.layout {
        Layout::Rgba => raster.without_idle_alpha(),
        Layout::GrayAlpha => raster.into_rgba().without_idle_alpha(),
        _ => raster,
    };
    let alpha = raster.layout == Layout::Rgba;
    let longer = raster.width.max(raster.height);
    let webp_fits = longer <= encode::WEBP_SIDE;
    let format = match output.format {
        Wish::Jpeg => Format::Jpeg,
        Wish::Png => Format::Png,
        Wish::Webp if webp_fits => Format::Webp,
        Wish::Stored if stored == Format::Png || (stored != Format::Gif && !alpha) => stored,
        _ if accepts.webp && webp_fits => Format::Webp,
        _ if alpha || stored == Format::Png || stored == Format::Gif => Format::Png,
        _ => Format::Jpeg,
    };
    let quality = output.quality.unwrap_or(QUALITY);
    let bytes = match format {
        Format::Jpeg => {
            let raster = raster.narrow().flatten([0, 0, 0, 255]);
            encode::jpeg_with(&raster, (quality, output.progressive))?
        }
        Format::Png => {
            let raster = if raster.layout == Layout::Ycc {
                raster.into_rgb()
            } else {
                raster
            };
            encode::png(&raster.narrow())?
        }
        _ => encode::webp_with(&raster.narrow().into_rgb(), (quality, output.lossless))?,
    };
    Ok((bytes, format))
}

#[cfg(test)]
mod tests {
    use super::super::chain::{TABLE, parse};
    use super::super::tiny;
    use super::*;

    fn made(bytes: &[u8], text: &str) -> (Raster, Format) {
        let limits = Limits::default();
        let chain = parse(text).unwrap_or_else(|mistake| panic!("{text}: {mistake}"));
        let (bytes, format) = apply(bytes, &chain, Accepts::default(), &limits).unwrap();
        let (read, header) = probe::read(&bytes, &limits).unwrap();
        assert_eq!(read, format);
        let raster = decode::decode(&bytes, (format, &header), Aim::Whole, None, &limits).unwrap();
        (raster.narrow().into_rgb(), format)
    }

    fn at(raster: &Raster, x: u32, y: u32) -> Vec<u8> {
        let channels = raster.layout.channels();
        let at = (y * raster.width + x) as usize * channels;
        raster.pixels[at..at + channels].to_vec()
    }

    /// Left half red, right half blue, 60 by 40.
    fn halves() -> Vec<u8> {
        let row = [[255, 0, 0].repeat(30), [0, 0, 255].repeat(30)].concat();
        let raster = Raster::new(60, 40, Layout::Rgb, row.repeat(40));
        encode::png(&raster).unwrap()
    }

    #[test]
    fn every_example_of_the_table_gives_a_picture() {
        let large = tiny::raster(400);
        let jpeg = encode::jpeg(&large, 1, 90, (2, 2)).unwrap();
        for file in [jpeg, encode::png(&large).unwrap()] {
            for line in TABLE {
                let (raster, _) = made(&file, line.example);
                assert!(raster.width > 0 && raster.height > 0, "{}", line.key);
            }
        }
    }

    #[test]
    fn steps_do_what_they_say() {
        let red = [255, 0, 0];
        let blue = [0, 0, 255];
        for (text, size, place, colour) in [
            ("w-30", (30, 20), (2, 2), &red[..]),
            ("w-30,fl-h", (30, 20), (2, 2), &blue[..]),
            ("w-30,fl-v", (30, 20), (2, 2), &red[..]),
            ("rt-90", (40, 60), (2, 2), &red[..]),
            ("rt-90", (40, 60), (2, 57), &blue[..]),
            ("rt-N90", (40, 60), (2, 2), &blue[..]),
            ("rt-180", (60, 40), (2, 2), &blue[..]),
            ("w-20,h-40,fo-right", (20, 40), (2, 2), &blue[..]),
            ("w-20,h-40,cm-extract,x-40,y-0", (20, 40), (2, 2), &blue[..]),
            (
                "w-60,h-60,cm-pad_resize,bg-00FF00",
                (60, 60),
                (30, 2),
                &[0, 255, 0],
            ),
            ("w-60,h-60,cm-pad_resize", (60, 60), (30, 2), &[0, 0, 0]),
            ("b-5_FFFF00", (70, 50), (2, 2), &[255, 255, 0]),
            ("e-grayscale", (60, 40), (2, 2), &[76, 76, 76]),
            ("r-max", (60, 40), (0, 0), &[255, 0, 0, 0]),
            ("r-max,bg-FFFFFF", (60, 40), (0, 0), &[255, 255, 255]),
            ("o-50,bg-FFFFFF", (60, 40), (2, 2), &[255, 127, 127]),
            ("rt-45", (71, 71), (0, 0), &[0, 0, 0, 0]),
            ("w-30:rt-90:w-10", (10, 15), (2, 2), &red[..]),
        ] {
            let (raster, format) = made(&halves(), text);
            assert_eq!(
                ((raster.width, raster.height), format),
                (size, Format::Png),
                "{text}"
            );
            assert_eq!(at(&raster, place.0, place.1), colour, "{text}");
        }
        let (veil, _) = made(&halves(), "w-60,h-80,cm-pad_resize,bg-blurred");
        let (left, right) = (at(&veil, 2, 2), at(&veil, 57, 2));
        assert!(
            left[0] > 100 && left[2] < 100 && right[2] > 100,
            "{left:?} {right:?}"
        );
        let (small, _) = made(&halves(), "w-60,h-80,cm-pad_resize,bg-dominant");
        assert!([red.to_vec(), blue.to_vec()].contains(&at(&small, 2, 2)));
    }

    #[test]
    fn the_format_is_what_was_asked_for_or_suits() {
        let limits = Limits::default();
        let format = |file: &[u8], text: &str, webp: bool| {
            let chain = parse(text).unwrap();
            apply(file, &chain, Accepts { webp }, &limits).unwrap().1
        };
        let (jpeg, png) = (tiny::jpeg(), halves());
        for (file, text, webp, expected) in [
            (&jpeg, "w-2", false, Format::Jpeg),
            (&jpeg, "w-2", true, Format::Webp),
            (&jpeg, "w-2,f-jpg", true, Format::Jpeg),
            (&jpeg, "w-2,f-png", true, Format::Png),
            (&jpeg, "w-2,f-webp", false, Format::Webp),
            (&jpeg, "w-2,f-orig", true, Format::Jpeg),
            (&jpeg, "w-2,h-2,r-max", false, Format::Png),
            (&png, "w-2", false, Format::Png),
            (&png, "w-2,f-jpg", false, Format::Jpeg),
            (&png, "w-2,f-gif", true, Format::Webp),
        ] {
            assert_eq!(format(file, text, webp), expected, "{text} {webp}");
        }
    }

    #[test]
    fn what_matters_stays_in_the_picture() {
        // A busy square of skin and edges in the upper right of a flat field.
        let mut raster = Raster::filled(120, 80, [90, 110, 120, 255]);
        for y in 5..30 {
            for x in 85..115 {
                let at = (y * 120 + x) * 4;
                let colour: [u8; 3] = if (x / 3 + y / 3) % 2 == 0 {
                    [220, 160, 125]
                } else {
                    [40, 20, 20]
                };
                raster.pixels[at..at + 3].copy_from_slice(&colour);
            }
        }
        let file = encode::png(&raster).unwrap();
        let (crop, _) = made(&file, "w-80,h-80,fo-auto");
        assert_ne!(at(&crop, 60, 15), at(&crop, 5, 70), "the square is in it");
        let (x, y) = saliency::find(&raster, (0.3, 0.3)).unwrap();
        assert!(x > 0.8 && y < 0.3, "{x} {y}");
    }

    #[test]
    fn any_chain_on_any_picture_is_answered() {
        let mut seed = 3_u64;
        let mut pick = |n: usize| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (seed >> 33) as usize % n
        };
        let pieces = [
            "w-1",
            "h-1",
            "w-17",
            "h-33",
            "w-0.4",
            "w-iw_mul_3",
            "c-force",
            "c-at_least",
            "cm-extract",
            "cm-pad_resize",
            "cm-pad_extract",
            "fo-auto",
            "fo-left",
            "z-3",
            "x-5",
            "y-N7",
            "xc-2",
            "t-true",
            "fl-h",
            "rt-33",
            "rt-270",
            "e-grayscale",
            "e-contrast",
            "e-sharpen",
            "e-usm-2-2-0.8-0.024",
            "bl-40",
            "b-3_red",
            "r-max",
            "r-9_0_4_2",
            "o-30",
            "bg-blurred",
            "bg-dominant",
            "bg-FFFFFF80",
            "f-jpg",
            "f-webp",
            "f-png",
            "q-5",
            "pr-true",
            "lo-true",
            "dpr-2",
            ":",
            ":",
        ];
        let files = [
            tiny::jpeg(),
            tiny::png(),
            tiny::webp(),
            tiny::gif(1),
            halves(),
            encode::png(&Raster::filled(1, 1, [0; 4])).unwrap(),
        ];
        for _ in 0..400 {
            let text: Vec<&str> = (0..6).map(|_| pieces[pick(pieces.len())]).collect();
            let text = text.join(",").replace(",:,", ":").replace(",:", ":");
            let chain = parse(&text).unwrap_or_else(|m| panic!("{text}: {m}"));
            let file = &files[pick(files.len())];
            match apply(
                file,
                &chain,
                Accepts { webp: pick(2) == 0 },
                &Limits::default(),
            ) {
                Ok((bytes, _)) => {
                    let picture = super::super::probe(&bytes, &Limits::default()).unwrap();
                    assert!(u64::from(picture.width) * u64::from(picture.height) <= 40_000_000);
                }
                Err(Failed::Chain(_)) => {}
                Err(Failed::Picture(refusal)) => panic!("{text}: {refusal}"),
            }
        }
    }
}
