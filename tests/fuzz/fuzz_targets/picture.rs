//! Any bytes as a picture: taken in, and transformed.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| porch::transform::hostile::picture(data));
