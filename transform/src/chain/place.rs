//! Where a layer lies on its base.

use super::value::Blend;

/// Where a layer lies. Lengths are pixels of the base.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Place {
    pub(super) x: Along,
    pub(super) y: Along,
    /// From 0 to 1, across and down; counts where no place is given.
    pub(super) focus: (f64, f64),
    pub blend: Blend,
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Along {
    pub edge: Option<f64>,
    pub centre: Option<f64>,
    /// Where on the base the edge is counted from, from 0 to 1.
    pub anchor: f64,
}

impl Default for Place {
    fn default() -> Place {
        Place {
            x: Along::default(),
            y: Along::default(),
            focus: (0.5, 0.5),
            blend: Blend::Over,
        }
    }
}

impl Place {
    /// Where the upper left corner of a layer of this size comes to lie.
    ///
    /// `scale` says how long a pixel of the chain is on the base.
    pub fn corner(&self, base: (u32, u32), layer: (u32, u32), scale: f64) -> (i64, i64) {
        let given = [self.x, self.y].iter().any(Along::is_given);
        let along = |along: Along, focus: f64, base: u32, layer: u32| {
            let (base, layer) = (f64::from(base), f64::from(layer));
            let length = |given: Option<f64>| given.map(|given| given * scale);
            let at = match (length(along.edge), length(along.centre)) {
                // From the other side when it is negative.
                (Some(edge), _) if edge.is_sign_negative() && along.anchor == 0.0 => {
                    base - layer + edge
                }
                (Some(edge), _) => along.anchor * base + edge,
                (None, Some(centre)) if centre.is_sign_negative() => base + centre - layer / 2.0,
                (None, Some(centre)) => centre - layer / 2.0,
                (None, None) if given => 0.0,
                (None, None) => (base - layer) * focus,
            };
            // No picture is as large.
            at.round().clamp(-1e6, 1e6) as i64
        };
        (
            along(self.x, self.focus.0, base.0, layer.0),
            along(self.y, self.focus.1, base.1, layer.1),
        )
    }
}

impl Along {
    fn is_given(&self) -> bool {
        self.edge.is_some() || self.centre.is_some()
    }
}
