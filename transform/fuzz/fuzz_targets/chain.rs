//! Any text as a chain, and the chain on a small picture.
#![no_main]

#[path = "../../tests/hostile/mod.rs"]
#[allow(dead_code)]
mod hostile;

libfuzzer_sys::fuzz_target!(|data: &[u8]| hostile::chain(data));
