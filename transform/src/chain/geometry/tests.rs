//! What each way to fit gives, in numbers.

use super::super::{Rules, Sizes, parse};
use super::*;

fn plan(text: &str, size: (u32, u32)) -> Result<Plan, Mistake> {
    let chain = parse(text, &Rules::default())?;
    let now = (f64::from(size.0), f64::from(size.1));
    let sizes = Sizes {
        input: now,
        current: now,
        base: None,
        seconds: None,
    };
    let step = chain.walk().next(&sizes)?.expect("there is a step");
    Plan::new(&step, (size, size), 40_000_000, |_| (0.25, 0.75))
}

fn rect(left: u32, top: u32, width: u32, height: u32) -> Rect {
    Rect {
        left,
        top,
        width,
        height,
    }
}

#[test]
fn each_way_to_fit_gives_its_size() {
    let all = rect(0, 0, 400, 300);
    for (text, piece, scaled) in [
        ("w-200", all, (200, 150)),
        ("h-30", all, (40, 30)),
        ("w-0.5", all, (200, 150)),
        ("w-800", all, (800, 600)),
        ("w-800,c-at_max", all, (400, 300)),
        ("w-200,ar-1-1", rect(50, 0, 300, 300), (200, 200)),
        ("h-200,ar-2_1", rect(0, 50, 400, 200), (400, 200)),
        ("w-200,h-200", rect(50, 0, 300, 300), (200, 200)),
        ("w-200,h-200,fo-left", rect(0, 0, 300, 300), (200, 200)),
        (
            "w-200,h-200,fo-bottom_right",
            rect(100, 0, 300, 300),
            (200, 200),
        ),
        ("w-400,h-100,fo-top", rect(0, 0, 400, 100), (400, 100)),
        ("w-200,h-200,fo-auto", rect(25, 0, 300, 300), (200, 200)),
        (
            "w-200,h-200,fo-auto,z-2",
            rect(63, 113, 150, 150),
            (200, 200),
        ),
        (
            "w-800,h-800,c-maintain_ratio_no_enlarge",
            rect(50, 0, 300, 300),
            (300, 300),
        ),
        ("w-200,h-200,c-force", all, (200, 200)),
        ("w-200,h-200,c-at_max", all, (200, 150)),
        ("w-800,h-800,c-at_max_enlarge", all, (800, 600)),
        ("w-200,h-200,c-at_least", all, (267, 200)),
        (
            "w-100,h-100,cm-extract",
            rect(150, 100, 100, 100),
            (100, 100),
        ),
        (
            "w-100,h-100,cm-extract,x-10,y-20",
            rect(10, 20, 100, 100),
            (100, 100),
        ),
        (
            "w-100,h-100,cm-extract,x-N10,y-20",
            rect(290, 20, 100, 100),
            (100, 100),
        ),
        (
            "w-100,h-100,cm-extract,xc-60,yc-iw_div_4",
            rect(10, 50, 100, 100),
            (100, 100),
        ),
        ("w-900,h-100,cm-extract", rect(0, 100, 400, 100), (400, 100)),
        ("w-100,dpr-2", all, (200, 150)),
        ("w-iw_div_4", all, (100, 75)),
    ] {
        let plan = plan(text, (400, 300)).unwrap();
        assert_eq!(
            (plan.piece, plan.scaled, plan.canvas),
            (piece, scaled, None),
            "{text}"
        );
    }
}

#[test]
fn padding_sets_the_picture_on_a_canvas() {
    for (text, scaled, canvas) in [
        (
            "w-400,h-200,cm-pad_resize",
            (267, 200),
            ((400, 200), (67, 0)),
        ),
        (
            "w-400,h-200,cm-pad_resize,fo-left",
            (267, 200),
            ((400, 200), (0, 0)),
        ),
        (
            "w-800,h-600,cm-pad_resize_no_enlarge",
            (400, 300),
            ((800, 600), (200, 150)),
        ),
        (
            "w-500,h-300,cm-pad_extract",
            (400, 300),
            ((500, 300), (50, 0)),
        ),
    ] {
        let plan = plan(text, (400, 300)).unwrap();
        assert_eq!((plan.scaled, plan.canvas), (scaled, Some(canvas)), "{text}");
    }
    let whole = plan("w-100,h-100,cm-pad_extract", (400, 300)).unwrap();
    assert_eq!(whole.canvas, None);
}

#[test]
fn what_cannot_be_is_said() {
    for bad in [
        "w-9000,h-9000",
        "w-6000,h-6000,rt-45",
        "w-6000,h-6000,b-2000_red",
        "w-100,h-100,cm-extract,xc-500",
        "w-iw_sub_400",
        "w-iw_div_0",
        "h-60000",
    ] {
        assert!(plan(bad, (400, 300)).is_err(), "{bad}");
    }
}

#[test]
fn a_piece_never_leaves_its_picture() {
    for (iw, ih) in [(1, 1), (1, 900), (7, 3), (640, 480), (4_000, 17)] {
        for text in [
            "w-1,h-1",
            "w-999,h-3",
            "w-3,h-999",
            "w-0.3,h-0.9",
            "w-50,h-50,cm-extract,x-9999,y-N9999",
            "w-50,h-50,cm-extract",
            "w-50,h-80,cm-pad_resize",
            "w-50,h-80,fo-auto,z-9",
            "ar-7-3,w-300",
        ] {
            let Ok(plan) = plan(text, (iw, ih)) else {
                continue;
            };
            let piece = plan.piece;
            assert!(
                piece.left + piece.width <= iw && piece.top + piece.height <= ih,
                "{text} of {iw}x{ih}"
            );
            assert!(piece.width > 0 && piece.height > 0 && plan.scaled.0 > 0 && plan.scaled.1 > 0);
            if let Some((canvas, at)) = plan.canvas {
                assert!(at.0 + plan.scaled.0 <= canvas.0 && at.1 + plan.scaled.1 <= canvas.1);
            }
        }
    }
}
