//! What may be asked of pictures, and by whom.

use super::given::Given;
use super::problem::Problem;
use transform::{Presets, Rules};

#[derive(Clone, Debug)]
pub struct MediaSettings {
    pub policy: Policy,
    pub rules: Rules,
    /// Signs addresses of pictures, as the private key of ImageKit's SDKs does.
    pub key: Option<String>,
    /// Videos go through ffmpeg where it is there.
    pub videos: bool,
    /// The short side of the videos that are served.
    pub video_height: u32,
    pub video_minutes: u64,
    /// What was sent is kept beside what is served, for its author.
    pub video_originals: bool,
    /// Outside programs run only where they can be confined whole.
    pub confined_only: bool,
}

/// Which transformations may be asked for. Whoever uploaded a picture may ask for any of it, and pages get
/// the sizes that they show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Policy {
    Anything,
    /// Named transformations, and what is signed.
    Presets,
    Signed,
}

impl Given {
    pub fn media(&self) -> Result<MediaSettings, Problem> {
        let policy = match self.text("TRANSFORMS").map(str::trim) {
            None | Some("anything") => Policy::Anything,
            Some("presets") => Policy::Presets,
            Some("signed") => Policy::Signed,
            Some(other) => {
                return Err(Problem::bad(
                    "TRANSFORMS",
                    other,
                    "anything, presets or signed",
                ));
            }
        };
        let key = self.text_or_file("MEDIA_KEY", "MEDIA_KEY_FILE")?;
        if policy == Policy::Signed && key.is_none() {
            return Err(Problem(
                "PORCH_MEDIA_KEY is not set; with PORCH_TRANSFORMS=signed it has to be the key that addresses are signed with.".into(),
            ));
        }
        let rules = Rules {
            presets: self.presets()?,
            steps: self.number("TRANSFORM_STEPS", 10, 1..=100)? as usize,
            layers: self.number("TRANSFORM_LAYERS", 10, 0..=100)? as usize,
        };
        check(&rules)?;
        Ok(MediaSettings {
            policy,
            rules,
            key,
            videos: self.switch("VIDEO", true)?,
            video_height: self.number("VIDEO_HEIGHT", 1080, 240..=2160)? as u32,
            video_minutes: self.number("VIDEO_MINUTES", 15, 1..=24 * 60)?,
            video_originals: self.switch("VIDEO_ORIGINALS", true)?,
            confined_only: match self.text("CONFINE").map(str::trim) {
                None | Some("best") => false,
                Some("required") => true,
                Some(other) => return Err(Problem::bad("CONFINE", other, "best or required")),
            },
        })
    }

    /// `thumb=w-200,h-200; hero=w-1200`.
    fn presets(&self) -> Result<Presets, Problem> {
        let text = self.text("PRESETS").unwrap_or_default();
        let parts = text.split(';').map(str::trim);
        let mut presets = Presets::new();
        for part in parts.filter(|part| !part.is_empty()) {
            let plain = |name: &str| {
                let fits = |b: u8| b.is_ascii_alphanumeric() || b"_-".contains(&b);
                !name.is_empty() && name.bytes().all(fits)
            };
            let known = part
                .split_once('=')
                .map(|(name, steps)| (name.trim(), steps.trim()));
            let Some((name, steps)) = known.filter(|(name, _)| plain(name)) else {
                let accepted = "names and their steps, such as thumb=w-200,h-200; hero=w-1200";
                return Err(Problem::bad("PRESETS", part, accepted));
            };
            presets.insert(name.to_owned(), steps.to_owned());
        }
        Ok(presets)
    }
}

/// Every name stands for something that can be asked for.
fn check(rules: &Rules) -> Result<(), Problem> {
    for (name, steps) in &rules.presets {
        let chain = transform::parse(steps, rules).map_err(|mistake| {
            Problem(format!("PORCH_PRESETS: {name} cannot be used: {mistake}"))
        })?;
        if let Some(unknown) = chain.ignored.first() {
            return Err(Problem(format!(
                "PORCH_PRESETS: {name} holds \"{unknown}\", which is no parameter; docs/transformations.md lists those there are."
            )));
        }
    }
    Ok(())
}
