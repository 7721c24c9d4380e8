//! Huffman codes of JPEG, made for what a picture holds (ITU-T T.81, K.2).

/// How often each symbol occurs.
pub(crate) struct Counts([u32; 257]);

/// A code: how many words of each length there are, the symbols in their order, and the word of each.
pub(crate) struct Code {
    pub lengths: [u8; 16],
    pub symbols: Vec<u8>,
    /// Word and its length.
    words: [(u16, u8); 256],
}

const LONGEST: usize = 16;

impl Default for Counts {
    fn default() -> Self {
        let mut counts = [0; 257];
        // A place that no symbol takes: no word is all ones.
        counts[256] = 1;
        Counts(counts)
    }
}

impl Counts {
    #[inline(always)]
    pub fn add(&mut self, symbol: u8) {
        self.0[usize::from(symbol)] += 1;
    }

    pub fn code(&self) -> Code {
        let mut lengths = word_lengths(&self.0);
        limit(&mut lengths);
        // The place that no symbol takes is among the longest words.
        if let Some(last) = lengths.iter_mut().rev().find(|count| **count > 0) {
            *last -= 1;
        }
        let sizes = symbol_lengths(&self.0);
        let mut symbols: Vec<u8> = (0..=255)
            .filter(|symbol| self.0[usize::from(*symbol)] > 0)
            .collect();
        symbols.sort_by_key(|symbol| sizes[usize::from(*symbol)]);
        let mut words = [(0, 0); 256];
        let (mut word, mut next) = (0_u16, symbols.iter());
        let mut of_length = [0_u8; 16];
        for (at, count) in lengths[1..=LONGEST].iter().enumerate() {
            of_length[at] = *count as u8;
            for symbol in next.by_ref().take(*count as usize) {
                words[usize::from(*symbol)] = (word, at as u8 + 1);
                word = word.wrapping_add(1);
            }
            word = word.wrapping_shl(1);
        }
        Code {
            lengths: of_length,
            symbols,
            words,
        }
    }
}

impl Code {
    /// The word of a symbol that was counted, and its length.
    #[inline(always)]
    pub fn of(&self, symbol: u8) -> (u16, u32) {
        let (word, length) = self.words[usize::from(symbol)];
        (word, length.into())
    }
}

/// What a word and the value behind it say of a block (T.81, F.2.2).
#[derive(Clone, Copy, Default)]
pub(crate) struct Coefficient {
    /// Coefficients before this one that are nothing; [`END`](Coefficient::END) when all of the rest are.
    pub zeros: u8,
    /// Bits of word and value.
    pub taken: u8,
    pub value: i16,
}

impl Coefficient {
    pub const END: u8 = 64;
}

/// Finds symbols by their words.
pub(crate) struct Decoder {
    /// By the next `LOOK` bits, where word and value lie within them; nothing is taken where they do not.
    near: Box<[Coefficient; 1 << LOOK]>,
    /// By the next `SHORT` bits: symbol and length, or 0 for words that are longer.
    short: Vec<(u8, u8)>,
    /// By length: the first word, one past the last, and where its symbol stands.
    long: [(u32, u32, usize); LONGEST + 1],
    symbols: Vec<u8>,
}

/// Most words are no longer than this.
const SHORT: u32 = 10;
/// So many bits often hold a word and the value behind it.
const LOOK: u32 = 11;

impl Decoder {
    /// `None` for lengths that are no code.
    pub fn new(lengths: &[u8; 16], symbols: &[u8]) -> Option<Decoder> {
        let mut short = vec![(0, 0); 1 << SHORT];
        let mut long = [(0, 0, 0); LONGEST + 1];
        let (mut word, mut at) = (0_u32, 0);
        for (length, count) in (1..).zip(lengths) {
            let end = word + u32::from(*count);
            if end > 1 << length {
                return None;
            }
            long[length as usize] = (word, end, at);
            for symbol in symbols.get(at..at + usize::from(*count))? {
                if length <= SHORT {
                    let first = (word << (SHORT - length)) as usize;
                    short[first..first + (1 << (SHORT - length))].fill((*symbol, length as u8));
                }
                word += 1;
                at += 1;
            }
            word <<= 1;
        }
        let mut decoder = Decoder {
            near: Box::new([Coefficient::default(); 1 << LOOK]),
            short,
            long,
            symbols: symbols.to_vec(),
        };
        for bits in 0..1 << LOOK {
            let far = decoder.far(bits << (64 - LOOK));
            if let Some(found) = far.filter(|found| u32::from(found.taken) <= LOOK) {
                decoder.near[bits as usize] = found;
            }
        }
        Some(decoder)
    }

    #[inline(always)]
    pub fn near(&self, waiting: u64) -> Coefficient {
        self.near[(waiting >> (64 - LOOK)) as usize]
    }

    /// What the waiting bits, highest first, begin with; `None` for a word that the code has not.
    #[inline(always)]
    pub fn find(&self, waiting: u64) -> Option<Coefficient> {
        let near = self.near(waiting);
        match near.taken {
            0 => self.far(waiting),
            _ => Some(near),
        }
    }

    #[cold]
    #[inline(never)]
    fn far(&self, waiting: u64) -> Option<Coefficient> {
        let (symbol, word) = self.symbol((waiting >> 48) as u32)?;
        let (zeros, length) = (symbol >> 4, u32::from(symbol & 15));
        let value = match length {
            0 => 0,
            _ => value((waiting << word >> (64 - length)) as i32, length),
        };
        // Fifteen zeros and a value of nothing, or nothing any more.
        let zeros = match (length, zeros) {
            (0, 0..=14) => Coefficient::END,
            _ => zeros,
        };
        Some(Coefficient {
            zeros,
            taken: (word + length) as u8,
            value: value as i16,
        })
    }

    /// The symbol that sixteen bits begin with, and how many of them it takes.
    fn symbol(&self, bits: u32) -> Option<(u8, u32)> {
        let (symbol, length) = self.short[(bits >> (16 - SHORT)) as usize & ((1 << SHORT) - 1)];
        if length > 0 {
            return Some((symbol, length.into()));
        }
        (SHORT + 1..=16).find_map(|length| {
            let word = bits >> (16 - length);
            let (first, end, at) = self.long[length as usize];
            let known = (first..end).contains(&word);
            known.then(|| (self.symbols[at + (word - first) as usize], length))
        })
    }
}

/// The value of so many bits, at least one (T.81, F.2.2.1).
fn value(bits: i32, length: u32) -> i32 {
    match bits < 1 << (length - 1) {
        true => bits - (1 << length) + 1,
        false => bits,
    }
}

/// How long each symbol's word would be without a limit.
fn symbol_lengths(counts: &[u32; 257]) -> [u32; 257] {
    let mut weights: [u64; 257] = counts.map(u64::from);
    let mut lengths = [0; 257];
    let mut others = [None::<usize>; 257];
    loop {
        // The two rarest; of equal ones the later, as in T.81, figure K.1.
        let mut rarest = [None::<usize>; 2];
        for at in 0..257 {
            if weights[at] == 0 {
                continue;
            }
            let rarer =
                |known: Option<usize>| known.is_none_or(|known| weights[at] <= weights[known]);
            if rarer(rarest[0]) {
                rarest = [Some(at), rarest[0]];
            } else if rarer(rarest[1]) {
                rarest[1] = Some(at);
            }
        }
        let [Some(one), Some(other)] = rarest else {
            return lengths;
        };
        weights[one] += weights[other];
        weights[other] = 0;
        let mut at = one;
        lengths[at] += 1;
        while let Some(next) = others[at] {
            at = next;
            lengths[at] += 1;
        }
        others[at] = Some(other);
        at = other;
        lengths[at] += 1;
        while let Some(next) = others[at] {
            at = next;
            lengths[at] += 1;
        }
    }
}

/// How many words there are of each length, from 0 on.
fn word_lengths(counts: &[u32; 257]) -> Vec<u32> {
    let mut found = vec![0; 258];
    for length in symbol_lengths(counts)
        .into_iter()
        .filter(|length| *length > 0)
    {
        found[length as usize] += 1;
    }
    found
}

/// No word longer than sixteen bits (T.81, figure K.3).
fn limit(found: &mut [u32]) {
    for length in (LONGEST + 1..found.len()).rev() {
        while found[length] > 0 {
            let Some(shorter) = (1..length - 1).rev().find(|shorter| found[*shorter] > 0) else {
                return;
            };
            found[length] -= 2;
            found[length - 1] += 1;
            found[shorter + 1] += 2;
            found[shorter] -= 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// No word begins another, and none is all ones.
    #[test]
    fn words_can_be_told_apart() {
        let mut seed = 5_u64;
        for symbols in [1, 2, 3, 17, 162, 256] {
            let mut counts = Counts::default();
            for n in 0..symbols {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                // Some so rare that their words would be very long.
                counts.0[n] = 1 << ((seed >> 40) % 25);
            }
            let code = counts.code();
            assert_eq!(code.symbols.len(), symbols);
            let total: u32 = code.lengths.iter().map(|count| u32::from(*count)).sum();
            assert_eq!(total as usize, symbols);
            let words: Vec<(u16, u32)> = (0..symbols).map(|n| code.of(n as u8)).collect();
            for (n, (word, length)) in words.iter().enumerate() {
                assert!((1..=16).contains(length), "{length}");
                assert!(u32::from(*word) < (1 << length) - 1, "all ones");
                let padded = u32::from(*word) << (16 - length);
                let decoder = Decoder::new(&code.lengths, &code.symbols).unwrap();
                assert_eq!(decoder.symbol(padded), Some((n as u8, *length)));
                for (other, longer) in words.iter().skip(n + 1) {
                    let short = (*length).min(*longer);
                    let same = word >> (length - short) == other >> (longer - short);
                    assert!(!same, "one begins the other");
                }
            }
        }
    }
}
