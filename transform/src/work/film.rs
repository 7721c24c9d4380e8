//! A chain on a video: what ffmpeg is told (ffmpeg-filters(1)), and what is laid over its frames. Only numbers of ours
//! stand in the graph, never a text of whoever asks.

use crate::chain::{Background, Chain, Due, Mistake, Plan, Rect, Sizes};
use crate::codec::aim::Aim;
use crate::codec::frames::Frames;
use crate::codec::{decode, encode};
use crate::files::probe;
use crate::format::{Format, Limits};
use crate::pixels::raster::Raster;
use crate::work::asked::{Failed, Pictures};
use crate::work::attempt::attempted;
use crate::work::graph::{Graph, even};
use crate::work::run::{Run, float};
use crate::work::said::{Coded, SHORTEST, Times, coded, require_known};

/// A video, or an animation, before anything is done.
#[derive(Clone, Copy)]
pub struct Reel<'a> {
    /// The size that the chain counts in.
    pub size: (u32, u32),
    /// The sizes of frames in the files that there are of it, the smallest first.
    pub files: &'a [(u32, u32)],
    pub seconds: f64,
    pub sound: bool,
    /// Something of it may be transparent: then it lies on white.
    pub transparent: bool,
    /// A picture of it, for its colours.
    pub poster: Option<&'a [u8]>,
}

/// What becomes of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Cut {
    /// Which of the files it is made from.
    pub file: usize,
    /// In seconds of the file.
    pub start: f64,
    pub seconds: f64,
    /// From the input `[0:v]` and the pictures `[1:v]`, `[2:v]` … to `[v]`.
    pub graph: String,
    /// The pictures, as PNG, each as large as the frames that it is laid over.
    pub over: Vec<Vec<u8>>,
    pub size: (u32, u32),
    pub picture: Option<Coded>,
    /// Its frames are those of the file.
    pub copies: bool,
    pub sound: Option<Coded>,
    /// 1 to 100.
    pub quality: u8,
}

impl Cut {
    pub fn format(&self) -> Format {
        match (self.picture, self.sound) {
            (Some(Coded::Webm), _) | (None, Some(Coded::Webm)) => Format::Webm,
            _ => Format::Mp4,
        }
    }
}

/// Of what nobody says: as ImageKit has it.
const QUALITY: u8 = 50;
/// Of a frame, in all steps: more takes memory without end.
const MOST_PIXELS: u64 = 4096 * 2160;
/// Beyond it no player reads H.264.
const LONGEST: u32 = 8192;

/// The moment that a chain begins with, in seconds; nothing where it says none.
pub fn start(chain: &Chain, size: (u32, u32), seconds: f64) -> Result<Option<f64>, Mistake> {
    let step = chain.walk().next(&sizes(size, size, seconds))?;
    let last = (seconds - SHORTEST).max(0.0);
    Ok(step
        .and_then(|step| step.start)
        .map(|start| start.min(last)))
}

/// How long an animation moves, in seconds.
pub fn seconds(bytes: &[u8], limits: &Limits) -> Result<f64, Failed> {
    attempted(limits, || {
        let (format, header) = probe::read(bytes, limits)?;
        let mut frames = Frames::open(bytes, (format, &header), limits)?;
        let mut milliseconds = 0;
        while let Some((_, shown)) = frames.next()? {
            milliseconds += u64::from(shown);
        }
        Ok(milliseconds as f64 / 1_000.0)
    })
}

/// Works out what is to be done. `pictures` are those that layers show.
pub fn cut(
    reel: &Reel<'_>,
    chain: &Chain,
    pictures: &Pictures,
    limits: &Limits,
) -> Result<Cut, Failed> {
    attempted(limits, || {
        let mut run = Run::new((pictures, chain.output), limits);
        Cutter {
            reel,
            run: &mut run,
            graph: Graph::default(),
            over: Vec::new(),
        }
        .cut(chain)
    })
}

fn sizes(input: (u32, u32), current: (u32, u32), seconds: f64) -> Sizes {
    Sizes {
        input: float(input),
        current: float(current),
        base: None,
        seconds: Some(seconds),
    }
}

struct Cutter<'a, 'r> {
    reel: &'a Reel<'a>,
    run: &'a mut Run<'r>,
    graph: Graph,
    over: Vec<Vec<u8>>,
}

impl Cutter<'_, '_> {
    fn cut(mut self, chain: &Chain) -> Result<Cut, Failed> {
        let reel = self.reel;
        let (mut walk, mut times, mut output) = (chain.walk(), Times::default(), chain.output);
        let (mut current, mut own, mut file) = (reel.size, reel.size, None);
        while let Some(step) = walk.next(&sizes(reel.size, current, reel.seconds))? {
            for parameter in &step.output {
                parameter.write_to(&mut output);
            }
            require_known(&step)?;
            times.note(&step);
            if file.is_none() {
                let plan = self.plan(&step, (current, own))?;
                let chosen = large_enough(reel, &plan);
                (file, own) = (Some(chosen), reel.files[chosen]);
                self.begin();
            }
            let plan = self.plan(&step, (current, own))?;
            own = self.fit(&plan, (current, own), step.background)?;
            own = self.paint(&step, own)?;
            if own.0.max(own.1) > LONGEST {
                let given = format!("{} by {} pixels", own.0, own.1);
                let accepted = "at most 8192 pixels either way on a video";
                return Err(Mistake::new(&given, step.number, accepted).into());
            }
            current = own;
        }
        let file = match file {
            Some(file) => file,
            None => {
                self.begin();
                own = *reel.files.last().expect("there is a file of it");
                reel.files.len() - 1
            }
        };
        let untouched = self.graph.is_empty() && own == even(own);
        let (picture, sound) = coded(&output, reel.sound)?;
        let (start, seconds) = times.within(reel.seconds)?;
        let size = self.graph.even(own);
        Ok(Cut {
            copies: untouched
                && picture == Some(Coded::Mp4)
                && seconds >= reel.seconds
                && output.quality.is_none(),
            file,
            start,
            seconds,
            graph: self.graph.finished(),
            over: self.over,
            size,
            picture,
            sound,
            quality: output.quality.unwrap_or(QUALITY),
        })
    }

    fn plan(&self, step: &Due<'_>, sizes: ((u32, u32), (u32, u32))) -> Result<Plan, Mistake> {
        let most = self.run.limits.made_pixels.min(MOST_PIXELS);
        Plan::new(step, sizes, most, |_| (0.5, 0.5))
    }

    /// What is transparent lies on white.
    fn begin(&mut self) {
        if self.reel.transparent {
            self.graph.then("format=rgba");
            self.graph.beside(
                "lutrgb=r=255:g=255:b=255:a=255",
                "null",
                "overlay=format=yuv420",
            );
        }
    }

    /// Takes the piece, in its size, on its canvas; the size that it has then.
    fn fit(
        &mut self,
        plan: &Plan,
        (current, own): ((u32, u32), (u32, u32)),
        background: Option<Background>,
    ) -> Result<(u32, u32), Failed> {
        let piece = in_pixels(plan.piece, current, own);
        let scaled = even(plan.scaled);
        if even((piece.width, piece.height)) == scaled {
            self.graph.crop(
                own,
                Rect {
                    width: scaled.0.min(own.0),
                    height: scaled.1.min(own.1),
                    ..piece
                },
            );
        } else {
            self.graph.crop(own, piece);
            self.graph.scale(scaled);
        }
        let Some((canvas, at)) = plan.canvas else {
            return Ok(scaled);
        };
        let canvas = even(canvas);
        let scaled = (scaled.0.min(canvas.0), scaled.1.min(canvas.1));
        let (x, y) = (at.0.min(canvas.0 - scaled.0), at.1.min(canvas.1 - scaled.1));
        let colour = match background {
            Some(Background::Blurred(strength, light)) => {
                self.veil((canvas, scaled), (x, y), (strength, light));
                return Ok(canvas);
            }
            Some(Background::Colour(colour)) => colour,
            Some(Background::Dominant) => self.dominant()?,
            None => [0, 0, 0, 255],
        };
        let [r, g, b, _] = colour;
        let (width, height) = canvas;
        self.graph.then(&format!(
            "pad={width}:{height}:{x}:{y}:color=0x{r:02X}{g:02X}{b:02X}"
        ));
        Ok(canvas)
    }

    /// The frame on itself, filled and blurred: at an eighth of the size, because nobody can tell.
    fn veil(
        &mut self,
        (canvas, scaled): ((u32, u32), (u32, u32)),
        (x, y): (u32, u32),
        (strength, light): (Option<f64>, i32),
    ) {
        const SMALL: f64 = 8.0;
        let ((width, height), own) = (float(canvas), float(scaled));
        let fill = (width / own.0).max(height / own.1);
        let full = even((
            (own.0 * fill).ceil() as u32 + 1,
            (own.1 * fill).ceil() as u32 + 1,
        ));
        let small = even((
            (f64::from(full.0) / SMALL) as u32,
            (f64::from(full.1) / SMALL) as u32,
        ));
        let sigma = strength.unwrap_or(30.0).max(1.0) / 15.0;
        let left = (full.0 - canvas.0) / 2;
        let top = (full.1 - canvas.1) / 2;
        let light = match light {
            0 => String::new(),
            light => format!(",lutyuv=y=clip(val+{light}\\,16\\,235)"),
        };
        self.graph.beside(
            &format!(
                "scale={}:{}:flags=area,gblur=sigma={sigma:.2}{light},scale={}:{}:flags=bicubic,crop={}:{}:{left}:{top},setsar=1",
                small.0, small.1, full.0, full.1, canvas.0, canvas.1
            ),
            "setsar=1",
            &format!("overlay={x}:{y}:format=yuv420"),
        );
    }

    fn dominant(&self) -> Result<[u8; 4], Failed> {
        let Some(bytes) = self.reel.poster else {
            return Ok([0, 0, 0, 255]);
        };
        let (format, header) = probe::read(bytes, self.run.limits)?;
        let raster = decode::decode(
            bytes,
            (format, &header),
            Aim::AtLeast(64, 64),
            None,
            self.run.limits,
        )?;
        Ok(raster.narrow().into_rgb().dominant()?)
    }

    /// Everything but size, in the order in which pictures have it; the size that it has then.
    fn paint(&mut self, step: &Due<'_>, mut size: (u32, u32)) -> Result<(u32, u32), Failed> {
        if step.flip.across {
            self.graph.then("hflip");
        }
        if step.flip.down {
            self.graph.then("vflip");
        }
        match step.turn as u32 % 360 {
            0 => {}
            180 => self.graph.then("hflip,vflip"),
            quarter => {
                self.graph.then(match quarter {
                    90 => "transpose=clock",
                    _ => "transpose=cclock",
                });
                size = (size.1, size.0);
            }
        }
        if let Some((border, [r, g, b, _])) = step.border {
            size = (size.0 + 2 * border, size.1 + 2 * border);
            self.graph.then(&format!(
                "pad={}:{}:{border}:{border}:color=0x{r:02X}{g:02X}{b:02X}",
                size.0, size.1
            ));
        }
        if step.layers.is_empty() && step.radius.is_none() {
            return Ok(size);
        }
        let mut over = Raster::filled(size.0, size.1, [0; 4]);
        for layer in &step.layers {
            self.run.lay(&mut over, layer, 1.0)?;
        }
        if let Some(radius) = step.radius {
            let [r, g, b, _] = match step.background {
                Some(Background::Colour(colour)) => colour,
                _ => [0, 0, 0, 255],
            };
            let mut hole = Raster::filled(size.0, size.1, [r, g, b, 255]).round(radius);
            hole.each_pixel(|pixel| pixel[3] = 255 - pixel[3]);
            over.draw(&hole, (0, 0));
        }
        self.over.push(encode::png(&over)?);
        self.graph.lay(self.over.len());
        Ok(size)
    }
}

/// The first of the files that has as many pixels as what is made of it.
fn large_enough(reel: &Reel<'_>, plan: &Plan) -> usize {
    let wanted = f64::from(plan.scaled.0) / f64::from(plan.piece.width);
    let enough = |file: &(u32, u32)| f64::from(file.0) / f64::from(reel.size.0) >= wanted;
    let last = reel.files.len() - 1;
    reel.files.iter().position(enough).unwrap_or(last)
}

/// A piece that is counted in `current`, in the pixels there are.
fn in_pixels(piece: Rect, current: (u32, u32), own: (u32, u32)) -> Rect {
    let scale = |length: u32, all: u32, own: u32| {
        (f64::from(length) * f64::from(own) / f64::from(all)).round() as u32
    };
    let width = scale(piece.width, current.0, own.0).clamp(1, own.0);
    let height = scale(piece.height, current.1, own.1).clamp(1, own.1);
    Rect {
        left: scale(piece.left, current.0, own.0).min(own.0 - width),
        top: scale(piece.top, current.1, own.1).min(own.1 - height),
        width,
        height,
    }
}
