//! The frames of an animated PNG, each as it is seen (W3C PNG, third edition, 4.9 and 11.3.6).

use png::{BlendOp, Decoder, DisposeOp, FrameControl, Reader, Transformations};

use crate::format::Limits;
use crate::guard::Timed;
use crate::pixels::raster::{Layout, Raster};
use crate::refusal::Refusal;

pub(crate) struct ApngFrames<'a> {
    reader: Reader<Timed<'a>>,
    /// As it stands before the next frame is drawn.
    screen: Raster,
    buffer: Vec<u8>,
    left: u32,
    plays: u32,
    is_first: bool,
}

impl<'a> ApngFrames<'a> {
    pub fn open(bytes: &'a [u8], limits: &Limits) -> Result<Self, Refusal> {
        let most = usize::try_from(limits.decoded_bytes).unwrap_or(usize::MAX);
        let png_limits = png::Limits { bytes: most };
        let mut decoder = Decoder::new_with_limits(Timed::new(bytes, limits), png_limits);
        decoder.set_transformations(Transformations::EXPAND | Transformations::STRIP_16);
        decoder.set_ignore_text_chunk(true);
        decoder.set_ignore_iccp_chunk(true);
        let reader = decoder.read_info().map_err(Refusal::damaged)?;
        let size = reader.output_buffer_size().ok_or_else(Refusal::too_deep)?;
        if size > most {
            return Err(Refusal::too_deep());
        }
        let info = reader.info();
        let control = info.animation_control();
        let (frames, plays) = control.map_or((0, 0), |all| (all.num_frames, all.num_plays));
        Ok(ApngFrames {
            screen: Raster::filled(info.width, info.height, [0; 4]),
            buffer: vec![0; size],
            reader,
            left: frames,
            plays,
            is_first: true,
        })
    }

    /// How often it runs; 0 is for ever.
    pub fn repeats(&self) -> u16 {
        u16::try_from(self.plays).unwrap_or(u16::MAX)
    }

    /// The screen with the next frame on it, and for how many milliseconds it is shown.
    pub fn next(&mut self) -> Result<Option<(Raster, u32)>, Refusal> {
        loop {
            if self.left == 0 {
                return Ok(None);
            }
            let shown = self.reader.next_frame(&mut self.buffer);
            let shown = shown.map_err(Refusal::damaged)?;
            // The picture for programs that know no animation may be no part of it.
            let Some(control) = self.reader.info().frame_control().copied() else {
                continue;
            };
            self.left -= 1;
            let layout = match shown.color_type {
                png::ColorType::Grayscale => Layout::Gray,
                png::ColorType::GrayscaleAlpha => Layout::GrayAlpha,
                png::ColorType::Rgb => Layout::Rgb,
                png::ColorType::Rgba => Layout::Rgba,
                png::ColorType::Indexed => return Err(Refusal::damaged("a palette was left")),
            };
            let length = shown.buffer_size();
            let pixels = self.buffer[..length].to_vec();
            let frame = Raster::new(shown.width, shown.height, layout, pixels).into_rgba();
            let before = self.screen.copy();
            draw(&mut self.screen, &frame, &control);
            let seen = self.screen.copy();
            match control.dispose_op {
                DisposeOp::None => {}
                DisposeOp::Previous if !self.is_first => self.screen = before,
                DisposeOp::Background | DisposeOp::Previous => clear(&mut self.screen, &control),
            }
            self.is_first = false;
            return Ok(Some((seen, shown_for(&control))));
        }
    }
}

/// Browsers show what claims to last for hardly any time for a tenth of a second.
fn shown_for(control: &FrameControl) -> u32 {
    let parts = match control.delay_den {
        0 => 100,
        parts => u32::from(parts),
    };
    match u32::from(control.delay_num) * 1_000 / parts {
        0..=10 => 100,
        milliseconds => milliseconds,
    }
}

/// The rows of a frame's place on the screen; the decoder has seen that it lies inside.
fn rows<'a>(
    screen: &'a mut Raster,
    control: &FrameControl,
) -> impl Iterator<Item = &'a mut [u8]> + use<'a> {
    let line = screen.width as usize * 4;
    let (left, top) = (control.x_offset as usize * 4, control.y_offset as usize);
    let (across, down) = (control.width as usize * 4, control.height as usize);
    let rows = screen.pixels.chunks_exact_mut(line).skip(top).take(down);
    rows.filter_map(move |row| row.get_mut(left..left + across))
}

fn clear(screen: &mut Raster, control: &FrameControl) {
    for row in rows(screen, control) {
        row.fill(0);
    }
}

fn draw(screen: &mut Raster, frame: &Raster, control: &FrameControl) {
    let line = frame.width as usize * 4;
    for (row, drawn) in rows(screen, control).zip(frame.pixels.chunks_exact(line.max(4))) {
        if control.blend_op == BlendOp::Source {
            row.copy_from_slice(drawn);
            continue;
        }
        for (under, over) in row.chunks_exact_mut(4).zip(drawn.chunks_exact(4)) {
            lay(under, over);
        }
    }
}

/// Over what is there, neither premultiplied.
fn lay(under: &mut [u8], over: &[u8]) {
    let (above, below) = (u32::from(over[3]), u32::from(under[3]));
    if above == 255 || below == 0 {
        under.copy_from_slice(over);
        return;
    }
    let kept = below * (255 - above) / 255;
    let alpha = above + kept;
    if alpha == 0 {
        return;
    }
    for (low, high) in under[..3].iter_mut().zip(over) {
        *low = ((u32::from(*high) * above + u32::from(*low) * kept) / alpha) as u8;
    }
    under[3] = alpha as u8;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::{png as file, probe};
    use crate::fixtures::tiny;
    use crate::format::Format;

    /// The mean of each channel of each frame.
    fn means(bytes: &[u8]) -> Vec<[f64; 4]> {
        let limits = Limits::default();
        let stripped = file::strip(bytes);
        let mut frames = ApngFrames::open(&stripped, &limits).unwrap();
        let mut means = Vec::new();
        while let Some((frame, _)) = frames.next().unwrap() {
            let pixels = frame.pixels.chunks_exact(4);
            let mean = |channel: usize| {
                let sum: u64 = pixels.clone().map(|pixel| u64::from(pixel[channel])).sum();
                sum as f64 / frame.pixel_count() as f64
            };
            means.push([0, 1, 2, 3].map(mean));
        }
        means
    }

    /// By the specification, and for the ball by Pillow 13.
    #[test]
    fn frames_are_drawn_over_what_those_before_have_left() {
        let Some(folder) = std::env::var_os("PORCH_SAMPLES") else {
            println!("PORCH_SAMPLES is not set: no animated PNG was looked at");
            return;
        };
        const GREEN: [f64; 4] = [0.0, 255.0, 0.0, 255.0];
        const RED: [f64; 4] = [255.0, 0.0, 0.0, 255.0];
        let both = [63.75, 191.25, 0.0, 255.0];
        let mix = |red: f64| [255.0 * red, 255.0 * (1.0 - red), 0.0, 255.0];
        assert_eq!(both, mix(0.25));
        for (name, expected) in [
            ("apng-blend-op-over", vec![GREEN, GREEN]),
            ("apng-dispose-op-previous", vec![GREEN, RED, GREEN]),
            (
                "apng-fctl-dispose-in-region-previous",
                vec![GREEN, both, GREEN],
            ),
            (
                "apng-ball",
                vec![[20.9, 23.7, 18.0, 31.1], [19.0, 21.3, 17.5, 27.5]],
            ),
        ] {
            let path = std::path::Path::new(&folder).join(format!("png/{name}.png"));
            let found = means(&std::fs::read(path).unwrap());
            assert!(
                name == "apng-ball" || found.len() == expected.len(),
                "{name}"
            );
            for (n, (found, expected)) in found.iter().zip(&expected).enumerate() {
                let near = found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 0.6);
                assert!(
                    near,
                    "frame {n} of {name} is {found:?} and not {expected:?}"
                );
            }
        }
    }

    #[test]
    fn one_that_lost_its_frames_is_a_still_picture() {
        let limits = Limits::default();
        let moving = tiny::apng(3);
        assert_eq!(means(&moving).len(), 3);
        assert_eq!(
            crate::ingest(moving.clone(), &limits)
                .unwrap()
                .picture
                .frames,
            3
        );
        for length in (0..moving.len()).step_by(7) {
            if let Ok(ingested) = crate::ingest(moving[..length].to_vec(), &limits) {
                let (format, header) = probe::read(&ingested.original, &limits).unwrap();
                assert_eq!(
                    (format, header.frames),
                    (Format::Png, ingested.picture.frames)
                );
            }
        }
        // A frame whose data are no data.
        let mut broken = moving.clone();
        let at = broken.windows(4).rposition(|kind| kind == b"fdAT").unwrap();
        let length = u32::from_be_bytes(broken[at - 4..at].try_into().unwrap()) as usize;
        broken[at + 8..at + 4 + length].fill(0xff);
        let mut sum = flate2::Crc::new();
        sum.update(&broken[at..at + 4 + length]);
        broken[at + 4 + length..at + 8 + length].copy_from_slice(&sum.sum().to_be_bytes());
        assert_eq!(crate::ingest(broken, &limits).unwrap().picture.frames, 1);
    }
}
