//! `if-iw_gt_400_and_ar_lt_1`: what the picture's size decides.

use super::expression::{Expression, Sizes};

/// Comparisons, joined: `and` binds tighter than `or`.
#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    any: Vec<Vec<Comparison>>,
    text: String,
}

#[derive(Clone, Debug, PartialEq)]
struct Comparison {
    left: Expression,
    operator: Operator,
    right: Expression,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    Equal,
    NotEqual,
    Greater,
    GreaterEqual,
    Less,
    LessEqual,
}

pub const ACCEPTED: &str = "a comparison such as iw_gt_400, of w, h, ar, iw, ih or iar by eq, ne, gt, gte, lt or lte, joined by _and_ or _or_";

impl Condition {
    /// What stands after `if-`; `None` when it is no condition.
    pub fn parse(text: &str) -> Option<Condition> {
        let all = |text: &str| text.split("_and_").map(Comparison::parse).collect();
        let any: Option<Vec<Vec<Comparison>>> = text.split("_or_").map(all).collect();
        let any = any.filter(|any| any.iter().map(Vec::len).sum::<usize>() <= 20)?;
        let text = text.to_owned();
        Some(Condition { any, text })
    }

    pub fn holds(&self, sizes: &Sizes) -> bool {
        let holds = |comparison: &Comparison| comparison.holds(sizes);
        self.any.iter().any(|all| all.iter().all(holds))
    }

    pub fn text(&self) -> &str {
        &self.text
    }
}

impl Comparison {
    fn parse(text: &str) -> Option<Comparison> {
        let words: Vec<&str> = text.split('_').collect();
        let (at, operator) = words.iter().enumerate().find_map(|(at, word)| {
            let operator = match *word {
                "eq" => Operator::Equal,
                "ne" => Operator::NotEqual,
                "gt" => Operator::Greater,
                "gte" => Operator::GreaterEqual,
                "lt" => Operator::Less,
                "lte" => Operator::LessEqual,
                _ => return None,
            };
            Some((at, operator))
        })?;
        // Here the sizes may go without their first letter.
        let side = |words: &[&str]| {
            let spelled = words.iter().map(|word| match *word {
                "w" => "cw",
                "h" => "ch",
                "ar" => "car",
                other => other,
            });
            Expression::parse(&spelled.collect::<Vec<_>>().join("_"))
        };
        Some(Comparison {
            left: side(&words[..at])?,
            operator,
            right: side(&words[at + 1..])?,
        })
    }

    fn holds(&self, sizes: &Sizes) -> bool {
        /// Ratios are quotients: what differs by less is the same.
        const SAME: f64 = 1e-6;
        let (a, b) = (self.left.value(sizes), self.right.value(sizes));
        let same = (a - b).abs() <= SAME;
        match self.operator {
            Operator::Equal => same,
            Operator::NotEqual => !same,
            Operator::Greater => a > b && !same,
            Operator::GreaterEqual => a > b || same,
            Operator::Less => a < b && !same,
            Operator::LessEqual => a < b || same,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn and_binds_tighter_than_or() {
        let sizes = Sizes {
            input: (400.0, 300.0),
            current: (200.0, 100.0),
            base: None,
            seconds: None,
        };
        for (text, holds) in [
            ("iw_gt_300", true),
            ("iw_gt_400", false),
            ("iw_gte_400", true),
            ("w_lt_201_and_h_eq_100", true),
            ("w_eq_1_or_h_eq_100_and_ar_eq_2", true),
            ("h_eq_100_and_ar_eq_3_or_w_ne_200", false),
            ("iar_lte_1.33", false),
            ("ih_eq_iw_mul_0.75", true),
            ("bw_gt_1", false),
        ] {
            assert_eq!(
                Condition::parse(text).unwrap().holds(&sizes),
                holds,
                "{text}"
            );
        }
        for bad in ["", "iw", "iw_gt", "gt_3", "iw_over_3", "iw_gt_3_and_"] {
            assert_eq!(Condition::parse(bad), None, "{bad}");
        }
    }
}
