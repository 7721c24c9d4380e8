//! Any bytes as a picture: taken in, and transformed.
#![no_main]

#[path = "../../tests/hostile/mod.rs"]
#[allow(dead_code)]
mod hostile;

libfuzzer_sys::fuzz_target!(|data: &[u8]| hostile::picture(data));
