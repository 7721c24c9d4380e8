//! How the result is written.

/// How the result is written; of what is said more than once the last counts.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Output {
    pub format: Wish,
    /// 1 to 100.
    pub quality: Option<u8>,
    pub progressive: bool,
    pub lossless: bool,
    /// The colours stay as the picture's own profile means them, and the profile with them.
    pub keeps_profile: bool,
    /// Physical pixels for each one that was asked for.
    pub density: Option<f64>,
    /// `dpr-auto` and `w-auto`: what the browser tells of itself, if it does.
    pub density_hinted: bool,
    pub width_hinted: bool,
    /// The stored bytes, whatever else is said.
    pub original: bool,
    /// Of a video.
    pub picture: Coding,
    pub sound: Coding,
    pub ladder: Ladder,
}

/// The sizes of a video among which a player chooses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ladder(u8);

impl Ladder {
    /// Short sides, in pixels, as ImageKit has them.
    pub const RUNGS: [u32; 7] = [240, 360, 480, 720, 1080, 1440, 2160];

    /// `240_480_1080`.
    pub(super) fn parse(text: &str) -> Option<Ladder> {
        let mut rungs = 0;
        for rung in text.split('_') {
            let rung: u32 = rung.parse().ok()?;
            rungs |= 1 << Ladder::RUNGS.iter().position(|known| *known == rung)?;
        }
        Some(Ladder(rungs))
    }

    /// The smallest first.
    pub fn rungs(self) -> impl Iterator<Item = u32> {
        let set = move |at: &usize| self.0 & (1 << at) != 0;
        (0..Ladder::RUNGS.len())
            .filter(set)
            .map(|at| Ladder::RUNGS[at])
    }
}

/// How one part of a video is coded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Coding {
    /// As the format has it.
    #[default]
    Usual,
    /// As an MP4 has it: H.264, AAC.
    Mp4,
    /// As a WebM has it: VP9, Opus.
    Webm,
    /// Left out.
    Without,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Wish {
    /// As `Auto`, where anything else is wanted of the picture.
    #[default]
    Unsaid,
    /// What the browser takes and the picture needs.
    Auto,
    Jpeg,
    Png,
    Webp,
    Gif,
    Avif,
    Mp4,
    Webm,
    /// The format that the picture is stored in.
    Stored,
}

/// What a browser tells of itself when it is asked to: `Sec-CH-Width` and `Sec-CH-DPR`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Hints {
    pub width: Option<u32>,
    pub density: Option<f64>,
}

/// Where nobody asks for another.
const QUALITY: u8 = 80;

impl Output {
    /// Whether a photo is going to be written with chroma halved.
    pub fn halves(&self) -> bool {
        self.format != Wish::Png && !self.lossless
    }

    /// 1 to 100.
    pub fn quality_or_usual(&self) -> u8 {
        self.quality.unwrap_or(QUALITY)
    }
}
