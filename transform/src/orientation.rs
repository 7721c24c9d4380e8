//! How stored pixels are turned: 1 to 8, as in EXIF.

/// What is said of across and down, once the picture stands upright; and back again.
pub(crate) fn upright<T>((width, height): (T, T), orientation: u8) -> (T, T) {
    if orientation >= 5 {
        (height, width)
    } else {
        (width, height)
    }
}

/// What a picture is mirrored by.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub struct Flip {
    pub across: bool,
    pub down: bool,
}

/// The orientation that mirrors so.
pub(crate) fn mirrored(flip: Flip) -> u8 {
    match (flip.across, flip.down) {
        (false, false) => 1,
        (true, false) => 2,
        (false, true) => 4,
        (true, true) => 3,
    }
}
