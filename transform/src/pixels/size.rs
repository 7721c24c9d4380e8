//! Sizes in pixels.

/// At least one pixel either way.
pub(crate) fn scale((width, height): (u32, u32), factor: f64) -> (u32, u32) {
    let side = |length: u32| ((f64::from(length) * factor).round() as u32).clamp(1, length);
    (side(width), side(height))
}
