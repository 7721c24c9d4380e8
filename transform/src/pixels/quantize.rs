//! At most 255 colours for many: exactly those that there are if they are few, otherwise by Wu's cut
//! ("Efficient statistical computations for optimal color quantization", Graphics Gems II, 1991) on five
//! bits a channel, with the mean of each box.

use std::collections::HashSet;

/// The colours of a frame.
pub(crate) struct Palette {
    colours: Vec<[u8; 3]>,
    /// They are those that there were, and none is to become another.
    exact: bool,
    /// Mean squared distance of what it was made for.
    error: f64,
    /// The file's own, which frames share.
    pub is_global: bool,
}

const MOST: usize = 255;
/// So far a frame may be off with the colours of the one before, besides twice what those were off by.
const UNSEEN: f64 = 12.0;
const SIDE: usize = 32;

/// Of one cell of colours, or of many: how many pixels, their sums, and the sum of their squares.
#[derive(Clone, Copy, Default)]
struct Moments {
    count: f64,
    sums: [f64; 3],
    squares: f64,
}

#[derive(Clone, Copy)]
struct Cuboid {
    /// First and one past the last cell along each channel.
    from: [usize; 3],
    to: [usize; 3],
    moments: Moments,
}

impl Palette {
    /// For pixels of which some are not to be seen.
    pub fn of(pixels: &[Option<[u8; 3]>]) -> Palette {
        let few = few(pixels);
        let mut palette = Palette {
            exact: few.is_some(),
            colours: few.unwrap_or_else(|| cut(pixels)),
            error: 0.0,
            is_global: false,
        };
        if palette.colours.is_empty() {
            palette.colours.push([0; 3]);
        }
        palette.error = palette.mean_error(pixels);
        palette
    }

    /// Whether these colours do for other pixels as well.
    pub fn suits(&self, pixels: &[Option<[u8; 3]>]) -> bool {
        self.mean_error(pixels) <= self.error * 2.0 + UNSEEN
    }

    /// Of a part of the pixels.
    fn mean_error(&self, pixels: &[Option<[u8; 3]>]) -> f64 {
        let mut finder = self.finder();
        let (mut sum, mut count) = (0.0, 0.0);
        for colour in pixels.iter().step_by(7).flatten() {
            let found = self.colours[usize::from(finder.find(*colour))];
            sum += f64::from(distance(*colour, found));
            count += 1.0;
        }
        if count == 0.0 { 0.0 } else { sum / count }
    }

    /// As a file holds it, 256 colours of three bytes.
    pub fn bytes(&self) -> Vec<u8> {
        let mut bytes = self.colours.as_flattened().to_vec();
        bytes.resize(768, 0);
        bytes
    }

    pub fn finder(&self) -> Finder<'_> {
        Finder {
            colours: &self.colours,
            exact: self.exact,
            known: vec![UNKNOWN; 1 << 18],
        }
    }
}

/// Finds the nearest colour, and remembers it for six bits a channel.
pub(crate) struct Finder<'a> {
    colours: &'a [[u8; 3]],
    exact: bool,
    known: Vec<u8>,
}

/// No palette has so many colours.
const UNKNOWN: u8 = 255;

impl Finder<'_> {
    pub fn find(&mut self, colour: [u8; 3]) -> u8 {
        let [r, g, b] = colour.map(|c| usize::from(c >> 2));
        let known = &mut self.known[r << 12 | g << 6 | b];
        let other = self.exact && self.colours.get(usize::from(*known)) != Some(&colour);
        if *known == UNKNOWN || other {
            let nearest = (0..)
                .zip(self.colours)
                .min_by_key(|(_, c)| distance(colour, **c));
            *known = nearest.map_or(0, |(at, _)| at);
        }
        *known
    }
}

fn distance(a: [u8; 3], b: [u8; 3]) -> u32 {
    let parts = a
        .iter()
        .zip(b)
        .map(|(a, b)| u32::from(a.abs_diff(b)).pow(2));
    parts.sum()
}

/// The colours themselves, when they are few.
fn few(pixels: &[Option<[u8; 3]>]) -> Option<Vec<[u8; 3]>> {
    let mut found = HashSet::new();
    for colour in pixels.iter().flatten() {
        found.insert(*colour);
        if found.len() > MOST {
            return None;
        }
    }
    let mut colours: Vec<[u8; 3]> = found.into_iter().collect();
    colours.sort_unstable();
    Some(colours)
}

/// Cuts the box of all colours, always the one that varies most, where it leaves the least variance.
fn cut(pixels: &[Option<[u8; 3]>]) -> Vec<[u8; 3]> {
    let mut cells = vec![Moments::default(); SIDE * SIDE * SIDE];
    for colour in pixels.iter().flatten() {
        let [r, g, b] = colour.map(|c| usize::from(c >> 3));
        cells[(r * SIDE + g) * SIDE + b].add(*colour);
    }
    let whole = Cuboid::new(&cells, [0; 3], [SIDE; 3]);
    let mut boxes = vec![whole];
    while boxes.len() < MOST {
        let widest = boxes
            .iter()
            .enumerate()
            .max_by(|a, b| a.1.moments.variance().total_cmp(&b.1.moments.variance()));
        let Some((at, widest)) = widest.filter(|(_, widest)| widest.moments.variance() > 0.0)
        else {
            break;
        };
        match widest.split(&cells) {
            Some((one, other)) => {
                boxes[at] = one;
                boxes.push(other);
            }
            // One cell: it cannot be cut.
            None => boxes[at].moments.squares = 0.0,
        }
    }
    boxes
        .iter()
        .filter_map(|cuboid| cuboid.moments.mean())
        .collect()
}

impl Moments {
    fn add(&mut self, colour: [u8; 3]) {
        self.count += 1.0;
        for (sum, c) in self.sums.iter_mut().zip(colour) {
            *sum += f64::from(c);
            self.squares += f64::from(c).powi(2);
        }
    }

    fn plus(mut self, other: &Moments) -> Moments {
        self.count += other.count;
        self.squares += other.squares;
        for (sum, more) in self.sums.iter_mut().zip(other.sums) {
            *sum += more;
        }
        self
    }

    /// Sum of squared distances from the mean.
    fn variance(&self) -> f64 {
        if self.count == 0.0 {
            return 0.0;
        }
        (self.squares - self.of_mean()).max(0.0)
    }

    fn of_mean(&self) -> f64 {
        let squared: f64 = self.sums.iter().map(|sum| sum * sum).sum();
        squared / self.count.max(1.0)
    }

    fn mean(&self) -> Option<[u8; 3]> {
        let mean = self.sums.map(|sum| (sum / self.count).round() as u8);
        (self.count > 0.0).then_some(mean)
    }
}

impl Cuboid {
    fn new(cells: &[Moments], from: [usize; 3], to: [usize; 3]) -> Cuboid {
        let mut moments = Moments::default();
        for r in from[0]..to[0] {
            for g in from[1]..to[1] {
                let row = (r * SIDE + g) * SIDE;
                for cell in &cells[row + from[2]..row + to[2]] {
                    moments = moments.plus(cell);
                }
            }
        }
        Cuboid { from, to, moments }
    }

    /// In two, where the sum of their variances is least.
    fn split(&self, cells: &[Moments]) -> Option<(Cuboid, Cuboid)> {
        let mut best: Option<(f64, usize, usize)> = None;
        for axis in 0..3 {
            let mut below = Moments::default();
            for at in self.from[axis]..self.to[axis] - 1 {
                let (mut from, mut to) = (self.from, self.to);
                (from[axis], to[axis]) = (at, at + 1);
                below = below.plus(&Cuboid::new(cells, from, to).moments);
                let above = self.less(&below);
                if below.count == 0.0 || above.count == 0.0 {
                    continue;
                }
                let gain = below.of_mean() + above.of_mean();
                if best.is_none_or(|(known, ..)| gain > known) {
                    best = Some((gain, axis, at + 1));
                }
            }
        }
        let (_, axis, at) = best?;
        let (mut to, mut from) = (self.to, self.from);
        (to[axis], from[axis]) = (at, at);
        Some((
            Cuboid::new(cells, self.from, to),
            Cuboid::new(cells, from, self.to),
        ))
    }

    fn less(&self, part: &Moments) -> Moments {
        let mut left = self.moments;
        left.count -= part.count;
        left.squares -= part.squares;
        for (sum, less) in left.sums.iter_mut().zip(part.sums) {
            *sum -= less;
        }
        left
    }
}
