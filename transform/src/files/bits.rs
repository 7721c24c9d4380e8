//! Bits of the parameter sets of H.264, HEVC and AV1.

/// Bits, the highest of a byte first.
pub struct Bits {
    bytes: Vec<u8>,
    at: usize,
}

/// What is asked for stands in so many bytes at the beginning.
const MOST: usize = 128;

impl Bits {
    pub fn new(raw: &[u8]) -> Bits {
        Bits {
            bytes: raw[..raw.len().min(MOST)].to_vec(),
            at: 0,
        }
    }

    /// Of a parameter set, without the bytes that keep start codes out of it (H.264, 7.4.1.1; H.265 likewise).
    pub fn of_set(raw: &[u8]) -> Bits {
        let mut bytes = Vec::new();
        for byte in raw.iter().take(MOST) {
            if !(*byte == 3 && bytes.ends_with(&[0, 0])) {
                bytes.push(*byte);
            }
        }
        Bits { bytes, at: 0 }
    }

    pub fn bit(&mut self) -> Option<u32> {
        let byte = self.bytes.get(self.at / 8)?;
        let bit = byte >> (7 - self.at % 8) & 1;
        self.at += 1;
        Some(bit.into())
    }

    /// The number that so many bits make, at most 32.
    pub fn take(&mut self, count: u32) -> Option<u32> {
        (0..count).try_fold(0, |number, _| Some(number << 1 | self.bit()?))
    }

    pub fn skip(&mut self, count: usize) {
        self.at += count;
    }

    /// An Exp-Golomb number (H.264, 9.1) of at most sixteen bits.
    pub fn number(&mut self) -> Option<u32> {
        let mut zeros = 0;
        while self.bit()? == 0 {
            zeros += 1;
            if zeros > 16 {
                return None;
            }
        }
        Some((1 << zeros | self.take(zeros)?) - 1)
    }
}
