//! What several keys accept.

pub(super) const PLACE: &str = "pixels, N before them for the other direction, or an expression";
