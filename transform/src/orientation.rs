//! How stored pixels are turned: 1 to 8, as in EXIF.

/// What is said of across and down, once the picture stands upright; and back again.
pub(crate) fn upright<T>((width, height): (T, T), orientation: u8) -> (T, T) {
    if orientation >= 5 {
        (height, width)
    } else {
        (width, height)
    }
}

/// The orientation that mirrors across, down or both ways.
pub(crate) fn mirrored(flip: (bool, bool)) -> u8 {
    match flip {
        (false, false) => 1,
        (true, false) => 2,
        (false, true) => 4,
        (true, true) => 3,
    }
}
