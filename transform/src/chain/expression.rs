//! `iw_div_2`, `bw_mul_0.4_sub_10`, `idu_div_2`: arithmetic over a picture's sizes and a video's seconds.
//!
//! ImageKit's precedence is its own: multiplication and division first, then addition and subtraction,
//! then the remainder, then the power; each from left to right.

/// The sizes that an expression may name, in pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sizes {
    /// Of the picture that came in.
    pub input: (f64, f64),
    /// As the step before has left it.
    pub current: (f64, f64),
    /// Of the picture that a layer lies on.
    pub base: Option<(f64, f64)>,
    /// How long it plays, where it does.
    pub seconds: Option<f64>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Expression {
    first: Term,
    rest: Vec<(Operator, Term)>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Term {
    Number(f64),
    Named(Name),
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Name {
    InputWidth,
    InputHeight,
    InputRatio,
    CurrentWidth,
    CurrentHeight,
    CurrentRatio,
    BaseWidth,
    BaseHeight,
    BaseRatio,
    Seconds,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    Add,
    Sub,
    Mul,
    Div,
    Mod,
    Pow,
}

/// Which operators bind together, the tightest first.
const LEVELS: [&[Operator]; 4] = [
    &[Operator::Mul, Operator::Div],
    &[Operator::Add, Operator::Sub],
    &[Operator::Mod],
    &[Operator::Pow],
];

const MOST_TERMS: usize = 20;

impl Term {
    fn parse(text: &str) -> Option<Term> {
        let name = match text {
            "iw" => Name::InputWidth,
            "ih" => Name::InputHeight,
            "iar" => Name::InputRatio,
            "cw" => Name::CurrentWidth,
            "ch" => Name::CurrentHeight,
            "car" => Name::CurrentRatio,
            "bw" => Name::BaseWidth,
            "bh" => Name::BaseHeight,
            "bar" => Name::BaseRatio,
            "idu" | "cdu" => Name::Seconds,
            number => return self::number(number).map(Term::Number),
        };
        Some(Term::Named(name))
    }

    fn value(self, sizes: &Sizes) -> f64 {
        let (input, current) = (sizes.input, sizes.current);
        let base = sizes.base.unwrap_or((f64::NAN, f64::NAN));
        match self {
            Term::Number(number) => number,
            Term::Named(Name::InputWidth) => input.0,
            Term::Named(Name::InputHeight) => input.1,
            Term::Named(Name::InputRatio) => input.0 / input.1,
            Term::Named(Name::CurrentWidth) => current.0,
            Term::Named(Name::CurrentHeight) => current.1,
            Term::Named(Name::CurrentRatio) => current.0 / current.1,
            Term::Named(Name::BaseWidth) => base.0,
            Term::Named(Name::BaseHeight) => base.1,
            Term::Named(Name::BaseRatio) => base.0 / base.1,
            Term::Named(Name::Seconds) => sizes.seconds.unwrap_or(f64::NAN),
        }
    }
}

/// A decimal number with `N` or a minus sign for a negative one; nothing that only Rust takes for one.
pub(super) fn number(text: &str) -> Option<f64> {
    let (sign, digits) = match text.strip_prefix(['N', '-']) {
        Some(digits) => (-1.0, digits),
        None => (1.0, text),
    };
    let plain = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    let value: f64 = digits
        .parse()
        .ok()
        .filter(|_| plain && digits.len() <= 12)?;
    Some(sign * value)
}

impl Expression {
    /// `None` when the text is no expression. A single number is one.
    pub fn parse(text: &str) -> Option<Expression> {
        let mut parts = text.split('_');
        let first = Term::parse(parts.next()?)?;
        let mut rest = Vec::new();
        while let Some(operator) = parts.next() {
            let operator = match operator {
                "add" => Operator::Add,
                "sub" => Operator::Sub,
                "mul" => Operator::Mul,
                "div" => Operator::Div,
                "mod" => Operator::Mod,
                "pow" => Operator::Pow,
                _ => return None,
            };
            rest.push((operator, Term::parse(parts.next()?)?));
            if rest.len() > MOST_TERMS {
                return None;
            }
        }
        Some(Expression { first, rest })
    }

    /// The number it stands for, which may be no number at all (after a division by nothing, and for the
    /// base where there is none).
    pub fn value(&self, sizes: &Sizes) -> f64 {
        let mut values = vec![self.first.value(sizes)];
        let mut operators = Vec::new();
        for (operator, term) in &self.rest {
            operators.push(*operator);
            values.push(term.value(sizes));
        }
        for level in LEVELS {
            let mut at = 0;
            while at < operators.len() {
                if !level.contains(&operators[at]) {
                    at += 1;
                    continue;
                }
                let (a, b) = (values[at], values.remove(at + 1));
                values[at] = match operators.remove(at) {
                    Operator::Add => a + b,
                    Operator::Sub => a - b,
                    Operator::Mul => a * b,
                    Operator::Div => a / b,
                    Operator::Mod => a % b,
                    Operator::Pow => a.powf(b),
                };
            }
        }
        values[0]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZES: Sizes = Sizes {
        input: (400.0, 300.0),
        current: (200.0, 100.0),
        base: Some((800.0, 500.0)),
        seconds: Some(12.0),
    };

    #[test]
    fn operators_bind_as_imagekit_says() {
        for (text, value) in [
            ("iw", 400.0),
            ("iw_div_2", 200.0),
            ("ih_mul_0.5_add_10", 160.0),
            ("10_add_ih_mul_0.5", 160.0),
            ("cw_sub_ch", 100.0),
            ("car", 2.0),
            ("iar_mul_3", 4.0),
            ("7_mod_4_add_1", 2.0),
            ("2_pow_1_add_2", 8.0),
            ("N20_add_iw", 380.0),
            ("bw_sub_bh", 300.0),
            ("idu_div_2", 6.0),
        ] {
            assert_eq!(
                Expression::parse(text).unwrap().value(&SIZES),
                value,
                "{text}"
            );
        }
    }

    #[test]
    fn what_is_no_expression_is_none() {
        for bad in [
            "",
            "_",
            "iw_",
            "iw_div",
            "div_2",
            "iw_over_2",
            "1e9",
            "inf",
            "nan",
            "0x10",
            "--1",
            "1_2",
        ] {
            assert_eq!(Expression::parse(bad), None, "{bad}");
        }
        let long = vec!["1"; 40].join("_add_");
        assert_eq!(Expression::parse(&long), None);
    }
}
