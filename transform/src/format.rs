//! The words that all groups share: formats, limits, and what a header tells of a picture.

use std::time::Instant;

/// A file format that Porch takes and gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    Jpeg,
    Png,
    Webp,
    Gif,
    Mp4,
    Webm,
    /// Taken where the machine has a program that reads it, and never served.
    Film(Film),
    /// Taken where the machine has a program that opens it, and never stored.
    Heic,
    /// The same, and given where the machine has a program that writes it.
    Avif,
}

/// A container of video that browsers do not play, or not all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Film {
    /// QuickTime, as iPhones record it.
    Mov,
    ThreeGp,
    Matroska,
    Avi,
    /// MPEG-2 transport stream, as camcorders record it.
    MpegTs,
}

impl Film {
    fn media_type(self) -> &'static str {
        match self {
            Film::Mov => "video/quicktime",
            Film::ThreeGp => "video/3gpp",
            Film::Matroska => "video/x-matroska",
            Film::Avi => "video/x-msvideo",
            Film::MpegTs => "video/mp2t",
        }
    }

    fn extension(self) -> &'static str {
        match self {
            Film::Mov => "mov",
            Film::ThreeGp => "3gp",
            Film::Matroska => "mkv",
            Film::Avi => "avi",
            Film::MpegTs => "ts",
        }
    }
}

impl Format {
    /// What is stored.
    const ALL: [Format; 11] = [
        Format::Jpeg,
        Format::Png,
        Format::Webp,
        Format::Gif,
        Format::Mp4,
        Format::Webm,
        Format::Film(Film::Mov),
        Format::Film(Film::ThreeGp),
        Format::Film(Film::Matroska),
        Format::Film(Film::Avi),
        Format::Film(Film::MpegTs),
    ];

    /// The value of `Content-Type`.
    pub fn media_type(self) -> &'static str {
        match self {
            Format::Jpeg => "image/jpeg",
            Format::Png => "image/png",
            Format::Webp => "image/webp",
            Format::Gif => "image/gif",
            Format::Mp4 => "video/mp4",
            Format::Webm => "video/webm",
            Format::Film(film) => film.media_type(),
            Format::Heic => "image/heic",
            Format::Avif => "image/avif",
        }
    }

    /// The end of a file name, lower case, without a dot.
    pub fn extension(self) -> &'static str {
        match self {
            Format::Jpeg => "jpg",
            Format::Png => "png",
            Format::Webp => "webp",
            Format::Gif => "gif",
            Format::Mp4 => "mp4",
            Format::Webm => "webm",
            Format::Film(film) => film.extension(),
            Format::Heic => "heic",
            Format::Avif => "avif",
        }
    }

    /// The format of a stored file's name, which Porch gave. What people name their files is never asked.
    pub fn from_extension(extension: &str) -> Option<Format> {
        Format::ALL
            .into_iter()
            .find(|format| format.extension() == extension)
    }

    pub fn is_video(self) -> bool {
        matches!(self, Format::Mp4 | Format::Webm | Format::Film(_))
    }
}

/// What a file may ask of the machine. Everything is read from the header, before any pixel.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Width times height of a still picture, and of the screen of an animation.
    pub pixels: u64,
    /// Frames of an animation.
    pub frames: u32,
    /// Frames times width times height of an animation.
    pub animation_pixels: u64,
    /// Bytes of the largest buffer that decoding needs.
    pub decoded_bytes: u64,
    /// Width times height of what any step makes.
    pub made_pixels: u64,
    /// When nobody waits for it any more.
    pub until: Option<Instant>,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            pixels: 100_000_000,
            frames: 500,
            animation_pixels: 200_000_000,
            decoded_bytes: 512 << 20,
            made_pixels: 40_000_000,
            until: None,
        }
    }
}

/// What the header of a picture tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Picture {
    pub format: Format,
    /// Pixels across, once the picture stands upright.
    pub width: u32,
    /// Pixels down, once the picture stands upright.
    pub height: u32,
    /// How the stored pixels must be turned: 1 to 8 as in EXIF, 1 being upright already.
    pub orientation: u8,
    /// 1 for a still picture.
    pub frames: u32,
    pub alpha: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_stored_is_known_again_by_its_ending() {
        for format in Format::ALL {
            assert_eq!(Format::from_extension(format.extension()), Some(format));
        }
        assert_eq!(Format::from_extension("exe"), None);
    }
}
