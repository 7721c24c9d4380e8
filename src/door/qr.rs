//! A link as a picture that a phone's camera reads.

use std::fmt::Write;

use qrcodegen::{QrCode, QrCodeEcc};

use crate::error::{Error, Result};

/// White around it, in modules: ISO/IEC 18004 asks for four.
const QUIET: i32 = 4;

/// The text as a QR code in SVG, black on white whatever the page's colours: cameras want it so.
pub fn svg(text: &str) -> Result<String> {
    let code = QrCode::encode_text(text, QrCodeEcc::Medium)
        .map_err(|error| Error::Internal(error.to_string()))?;
    let size = code.size();
    let side = size + 2 * QUIET;
    let mut path = String::new();
    for y in 0..size {
        for x in (0..size).filter(|x| code.get_module(*x, y)) {
            let _ = write!(path, "M{},{}h1v1h-1z", x + QUIET, y + QUIET);
        }
    }
    Ok(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {side} {side}\" shape-rendering=\"crispEdges\">\
         <path fill=\"#fff\" d=\"M0,0h{side}v{side}h-{side}z\"/><path d=\"{path}\"/></svg>"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_three_corners_are_where_a_camera_looks_for_them() {
        let svg = svg("https://porch.example/join/abc-def").unwrap();
        let side = svg.split('"').nth(3).unwrap();
        let side: i32 = side.rsplit(' ').next().unwrap().parse().unwrap();
        let is_dark = |x: i32, y: i32| svg.contains(&format!("M{x},{y}h1v1h-1z"));
        let far = side - QUIET - 7;
        for (x, y) in [(QUIET, QUIET), (far, QUIET), (QUIET, far)] {
            for step in 0..7 {
                assert!(is_dark(x + step, y) && is_dark(x, y + step), "{x},{y}");
            }
            assert!(!is_dark(x + 1, y + 1) && is_dark(x + 3, y + 3), "{x},{y}");
        }
        assert!(!is_dark(QUIET - 1, QUIET) && !is_dark(side - QUIET, QUIET));
    }
}
