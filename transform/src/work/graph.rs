//! A graph of filters, as ffmpeg reads it (ffmpeg-filters(1)).

use std::fmt::Write;

use crate::chain::Rect;

/// Filters, one after the other, and side by side.
#[derive(Default)]
pub(super) struct Graph {
    done: String,
    /// Where `open` begins.
    from: String,
    open: Vec<String>,
    labels: usize,
}

impl Graph {
    pub(super) fn is_empty(&self) -> bool {
        self.done.is_empty() && self.open.is_empty()
    }

    pub(super) fn then(&mut self, filter: &str) {
        self.open.push(filter.to_owned());
    }

    pub(super) fn crop(&mut self, all: (u32, u32), piece: Rect) {
        if (piece.width, piece.height) != all {
            let Rect {
                left,
                top,
                width,
                height,
            } = piece;
            self.then(&format!("crop={width}:{height}:{left}:{top}:exact=1"));
        }
    }

    pub(super) fn scale(&mut self, (width, height): (u32, u32)) {
        self.then(&format!("scale={width}:{height}:flags=bicubic"));
    }

    /// Ends what is open; the label that it has.
    fn close(&mut self) -> String {
        let from = match self.from.is_empty() {
            true => "[0:v]".to_owned(),
            false => std::mem::take(&mut self.from),
        };
        if self.open.is_empty() {
            self.then("null");
        }
        self.labels += 1;
        let label = format!("[l{}]", self.labels);
        let filters = std::mem::take(&mut self.open).join(",");
        let _ = write!(self.done, "{from}{filters}{label};");
        label
    }

    /// Goes two ways, and comes together again.
    pub(super) fn beside(&mut self, one: &str, other: &str, together: &str) {
        self.then("split");
        let label = self.close();
        let n = self.labels;
        // Both ways of it.
        let ways = format!("[l{n}][m{n}]");
        self.done.truncate(self.done.len() - label.len() - 1);
        let _ = write!(self.done, "{ways};[l{n}]{one}[a{n}];[m{n}]{other}[b{n}];");
        self.from = format!("[a{n}][b{n}]");
        self.then(together);
    }

    /// Lays the picture of this number over it.
    pub(super) fn lay(&mut self, number: usize) {
        let label = self.close();
        self.from = format!("{label}[{number}:v]");
        self.then("overlay=0:0:format=yuv420");
    }

    /// Lets go of an odd last line.
    pub(super) fn even(&mut self, size: (u32, u32)) -> (u32, u32) {
        let whole = even(size);
        if whole != size {
            let (width, height) = whole;
            self.then(&format!("crop={width}:{height}:0:0"));
        }
        whole
    }

    pub(super) fn finished(mut self) -> String {
        self.then("format=yuv420p");
        self.then("setsar=1");
        let label = self.close();
        let end = self.done.len() - label.len() - 1;
        self.done.truncate(end);
        self.done.push_str("[v]");
        self.done
    }
}

/// Colour is halved both ways, so sides are even; an odd one loses its last line.
pub(super) fn even((width, height): (u32, u32)) -> (u32, u32) {
    ((width & !1).max(2), (height & !1).max(2))
}
