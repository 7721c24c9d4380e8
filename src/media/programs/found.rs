//! What was found on this machine, and what it is asked to do.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use transform::{Format, Limits, Refusal};

use super::confined::{Run, run};

/// What was found on this machine.
#[derive(Default)]
pub struct Programs {
    heif: Option<Program>,
    /// Knows AVIFs of several layers better, but neither turns nor cuts.
    layers: Option<Program>,
    to_avif: Option<Program>,
}

#[derive(Clone)]
struct Program {
    name: &'static str,
    path: PathBuf,
}

const PATIENCE: Duration = Duration::from_secs(60);
/// Of a program without a picture, what its libraries and threads map; and of each pixel, for planes, colours
/// and what is being written.
const MEMORY: u64 = 512 << 20;
const MEMORY_PER_PIXEL: u64 = 24;
const WRITTEN: u64 = 600 << 20;
/// No page asks for a larger picture as AVIF.
const MOST_WRITTEN_PIXELS: u64 = 5_000_000;

impl Programs {
    /// Looks through the folders of `PATH`.
    pub fn find() -> Programs {
        let first = |names: &[&'static str]| names.iter().find_map(|name| Program::find(name));
        Programs {
            heif: first(&["heif-convert", "heif-dec", "ffmpeg"]),
            layers: first(&["avifdec"]),
            to_avif: first(&["avifenc"]),
        }
    }

    /// Whether there is any.
    pub fn runs(&self) -> bool {
        [&self.heif, &self.layers, &self.to_avif]
            .into_iter()
            .any(Option::is_some)
    }

    /// The program that opens files of this format.
    pub fn opens(&self, format: Format) -> Option<&Path> {
        self.decoder(format).map(|program| program.path.as_path())
    }

    /// What a field for pictures accepts. Formats that need a program are only named where there is one: an
    /// iPhone makes a JPEG of its HEIC for a field that does not name HEIC.
    pub fn accepted_pictures(&self) -> &'static str {
        match self.heif.is_some() {
            true => {
                "image/jpeg,image/png,image/webp,image/gif,image/heic,image/heif,image/avif,.heic,.heif,.avif"
            }
            false => "image/jpeg,image/png,image/webp,image/gif",
        }
    }

    /// The program that writes AVIF.
    pub fn writes_avif(&self) -> Option<&Path> {
        self.to_avif.as_ref().map(|program| program.path.as_path())
    }

    fn decoder(&self, format: Format) -> Option<&Program> {
        match format {
            Format::Heic | Format::Avif => self.heif.as_ref(),
            _ => None,
        }
    }

    /// A file of such a format as a JPEG or PNG, upright and without metadata but its colour profile.
    /// Blocking; `folder` is empty and thrown away afterwards.
    pub fn open(
        &self,
        format: Format,
        file: &Path,
        folder: &Path,
        limits: &Limits,
    ) -> std::io::Result<Result<Vec<u8>, Refusal>> {
        let Some(decoder) = self.decoder(format) else {
            return Ok(Err(transform::foreign(format)));
        };
        let mut bytes = fs::read(file)?;
        let found = match transform::survey_heif(&bytes, limits) {
            Ok(found) => found,
            Err(refusal) => return Ok(Err(refusal)),
        };
        transform::name_still(&mut bytes, format);
        let plain_layers = format == Format::Avif && found.is_layered && !found.is_changed;
        let program = self.layers.as_ref().filter(|_| plain_layers);
        let program = program.unwrap_or(decoder);
        // Only PNG holds alpha and more than eight bits; a photo would take long to write as one.
        let ending = match found.alpha || plain_layers || found.is_high() {
            true => "png",
            false => "jpg",
        };
        let (from, into) = (folder.join("in"), folder.join(format!("out.{ending}")));
        fs::write(&from, &bytes)?;
        drop(bytes);
        let name = into.file_name().and_then(|name| name.to_str());
        let name = name.expect("it was just given one");
        let arguments: &[&str] = match program.name {
            "ffmpeg" => &[
                "-nostdin",
                "-v",
                "error",
                "-protocol_whitelist",
                "file,pipe",
                "-threads",
                "1",
                "-i",
                "in",
                "-frames:v",
                "1",
                "-q:v",
                "2",
                name,
            ],
            "avifdec" => &["-j", "1", "in", name],
            _ => &["-q", "95", "in", name],
        };
        let area = |(width, height): (u32, u32)| u64::from(width) * u64::from(height);
        if !program.run(arguments, folder, area(found.largest))? {
            return Ok(Err(damaged()));
        }
        // Of several pictures in a file the first is its own.
        let made = [into, folder.join(format!("out-1.{ending}"))];
        let Some(made) = made.iter().find_map(|path| fs::read(path).ok()) else {
            return Ok(Err(damaged()));
        };
        let whole = transform::probe(&made, limits).is_ok_and(|picture| {
            // Old programs show one tile of many.
            area((picture.width, picture.height)) * 10 >= area(found.shown) * 9
        });
        Ok(match whole {
            true => transform::opened(&made, found.colours, limits),
            false => Err(transform::foreign(format)),
        })
    }

    /// A PNG as AVIF; nothing where it could not be made. Blocking; `folder` as above.
    pub fn write_avif(&self, png: &[u8], folder: &Path) -> std::io::Result<Option<Vec<u8>>> {
        let Some(program) = &self.to_avif else {
            return Ok(None);
        };
        fs::write(folder.join("in.png"), png)?;
        let arguments = [
            "-j", "1", "-s", "6", "--min", "18", "--max", "30", "in.png", "out.avif",
        ];
        match program.run(&arguments, folder, MOST_WRITTEN_PIXELS)? {
            true => Ok(Some(fs::read(folder.join("out.avif"))?)),
            false => Ok(None),
        }
    }
}

impl Program {
    fn find(name: &'static str) -> Option<Program> {
        let path = find(name)?;
        Some(Program { name, path })
    }

    /// Whether it did its work, in time, on a picture of so many pixels.
    fn run(&self, arguments: &[&str], folder: &Path, pixels: u64) -> std::io::Result<bool> {
        run(&Run {
            program: &self.path,
            arguments,
            folder,
            input: None,
            memory: MEMORY + MEMORY_PER_PIXEL * pixels,
            written: WRITTEN,
            patience: PATIENCE,
            threads: 1,
        })
    }
}

/// The first program of that name in the folders of `PATH`.
pub fn find(name: &str) -> Option<PathBuf> {
    let folders = std::env::var_os("PATH")?;
    let mut paths = std::env::split_paths(&folders).map(|folder| folder.join(name));
    paths.find(|path| path.is_absolute() && path.is_file())
}

fn damaged() -> Refusal {
    Refusal::damaged("the program that opens it gave up")
}
