//! What was found on this machine, and what it is asked to do.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use transform::{Format, Limits, Refusal};

use super::confined::{Run, run};

/// What was found on this machine.
pub struct Programs {
    heic: Option<Program>,
    avif: Option<Program>,
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
            heic: first(&["heif-convert", "heif-dec", "ffmpeg"]),
            // Not avifdec: it does not turn what has to be turned.
            avif: first(&["heif-convert", "heif-dec", "ffmpeg"]),
            to_avif: first(&["avifenc"]),
        }
    }

    /// The program that opens files of this format.
    pub fn opens(&self, format: Format) -> Option<&Path> {
        self.decoder(format).map(|program| program.path.as_path())
    }

    /// What a field for pictures accepts. Formats that need a program are only named where there is one: an
    /// iPhone makes a JPEG of its HEIC for a field that does not name HEIC.
    pub fn accepted_pictures(&self) -> &'static str {
        match self.heic.is_some() && self.avif.is_some() {
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
            Format::Heic => self.heic.as_ref(),
            Format::Avif => self.avif.as_ref(),
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
        let Some(program) = self.decoder(format) else {
            return Ok(Err(transform::foreign(format)));
        };
        let bytes = fs::read(file)?;
        let (width, height) = match transform::survey_heif(&bytes, limits) {
            Ok(size) => size,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let pixels = u64::from(width) * u64::from(height);
        // Only PNG holds alpha; a photo would take long to write as one.
        let alpha = [&b"auxid:1"[..], b"auxiliary:alpha"];
        let alpha = alpha
            .iter()
            .any(|name| bytes.windows(name.len()).any(|at| at == *name));
        let ending = if alpha { "png" } else { "jpg" };
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
            _ => &["-q", "95", "in", name],
        };
        if !program.run(arguments, folder, pixels)? {
            return Ok(Err(damaged()));
        }
        // Of several pictures in a file the first is its own.
        let made = [into, folder.join(format!("out-1.{ending}"))];
        let Some(made) = made.iter().find_map(|path| fs::read(path).ok()) else {
            return Ok(Err(damaged()));
        };
        let made = transform::without_metadata(&made);
        let whole = transform::probe(&made, limits).is_ok_and(|picture| {
            let found = u64::from(picture.width) * u64::from(picture.height);
            // Old programs show one tile of many.
            found * 10 >= pixels * 9
        });
        Ok(match whole {
            true => Ok(made),
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
        let folders = std::env::var_os("PATH")?;
        let mut paths = std::env::split_paths(&folders).map(|folder| folder.join(name));
        let path = paths.find(|path| path.is_absolute() && path.is_file())?;
        Some(Program { name, path })
    }

    /// Whether it did its work, in time, on a picture of so many pixels.
    fn run(&self, arguments: &[&str], folder: &Path, pixels: u64) -> std::io::Result<bool> {
        run(&Run {
            program: &self.path,
            arguments,
            folder,
            memory: MEMORY + MEMORY_PER_PIXEL * pixels,
            written: WRITTEN,
            patience: PATIENCE,
        })
    }
}

fn damaged() -> Refusal {
    Refusal::damaged("the program that opens it gave up")
}
