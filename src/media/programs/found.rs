//! Programs of this machine that know formats which Porch does not: HEIC and AVIF come in through them, and
//! AVIF goes out. Each runs alone in a folder of its own, with a limit on time, memory and what it writes,
//! with nothing but names that we gave, and what it makes is checked like an upload.

#![allow(unsafe_code)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use transform::{Format, Limits, Refusal};

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
const MEMORY: libc::rlim_t = 3 << 30;
const WRITTEN: libc::rlim_t = 600 << 20;

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
        let Some((width, height)) = transform::largest_extent(&bytes) else {
            return Ok(Err(damaged()));
        };
        let pixels = u64::from(width) * u64::from(height);
        if pixels > limits.pixels {
            let (width, height) = (width.into(), height.into());
            return Ok(Err(Refusal::too_many_pixels(width, height, limits)));
        }
        // Only PNG holds alpha; a photo would take long to write as one.
        let alpha = [&b"auxid:1"[..], b"auxiliary:alpha"];
        let alpha = alpha
            .iter()
            .any(|name| bytes.windows(name.len()).any(|at| at == *name));
        let ending = if alpha { "png" } else { "jpg" };
        let (from, into) = (folder.join("in"), folder.join(format!("out.{ending}")));
        fs::write(&from, &bytes)?;
        drop(bytes);
        let mut command = Command::new(&program.path);
        match program.name {
            "ffmpeg" => command.args([
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
            ]),
            _ => command.args(["-q", "95", "in"]),
        };
        command.arg(into.file_name().expect("it was just given one"));
        if !run(command, folder)? {
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
        let mut command = Command::new(&program.path);
        command.args([
            "-j", "1", "-s", "6", "--min", "18", "--max", "30", "in.png", "out.avif",
        ]);
        match run(command, folder)? {
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
}

fn damaged() -> Refusal {
    Refusal::damaged("the program that opens it gave up")
}

/// Whether it did its work, in time.
fn run(mut command: Command, folder: &Path) -> std::io::Result<bool> {
    command
        .env_clear()
        .env("LC_ALL", "C")
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    limit(&mut command);
    let until = Instant::now() + PATIENCE;
    let mut child = command.spawn()?;
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status.success());
        }
        if Instant::now() > until {
            child.kill()?;
            child.wait()?;
            return Ok(false);
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Memory, time on the processor, and bytes written.
#[cfg(unix)]
fn limit(command: &mut Command) {
    use std::os::unix::process::CommandExt;
    let limits = [
        (libc::RLIMIT_AS, MEMORY),
        (libc::RLIMIT_CPU, PATIENCE.as_secs() as libc::rlim_t),
        (libc::RLIMIT_FSIZE, WRITTEN),
        (libc::RLIMIT_CORE, 0),
    ];
    // SAFETY: between fork and exec only setrlimit is called, which is safe there (signal-safety(7)), on
    // memory that was set up before.
    unsafe {
        command.pre_exec(move || {
            for (what, most) in limits {
                let limit = libc::rlimit {
                    rlim_cur: most,
                    rlim_max: most,
                };
                if libc::setrlimit(what, &limit) != 0 {
                    return Err(std::io::Error::last_os_error());
                }
            }
            Ok(())
        });
    }
}

#[cfg(not(unix))]
fn limit(_: &mut Command) {}
