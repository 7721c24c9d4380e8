//! Pictures to send.

use std::sync::atomic::{AtomicU32, Ordering};

/// A PNG of this size in two colours.
pub fn png(width: u32, height: u32) -> Vec<u8> {
    let row = |y: u32| (0..width).flat_map(move |x| [(x * 7) as u8, (y * 5) as u8, 120]);
    encoded_png((width, height), (0..height).flat_map(row).collect())
}

/// A small PNG that no other is like: the same file twice is one.
pub fn fresh() -> Vec<u8> {
    static NUMBER: AtomicU32 = AtomicU32::new(1);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    png(8 + number % 64, 6 + number / 64)
}

/// A PNG of this size in which nothing repeats, three bytes a pixel.
pub fn noise(width: u32, height: u32) -> Vec<u8> {
    let mut state = 1_u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    };
    encoded_png(
        (width, height),
        (0..width * height * 3).map(|_| next()).collect(),
    )
}

fn encoded_png((width, height): (u32, u32), pixels: Vec<u8>) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(png::ColorType::Rgb);
    let mut writer = encoder.write_header().unwrap();
    writer.write_image_data(&pixels).unwrap();
    writer.finish().unwrap();
    bytes
}
