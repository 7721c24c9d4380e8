//! Any text as a chain, and the chain on a small picture.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| porch::transform::hostile::chain(data));
