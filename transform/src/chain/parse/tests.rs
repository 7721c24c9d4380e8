//! What addresses mean.

use super::*;
use crate::chain::{Sizes, Source, Step, layer_keys, picture_keys, text_keys};

fn parse(text: &str) -> Result<Chain, Mistake> {
    let presets = [
        ("thumb", "w-120,h-120,fo-auto"),
        ("two", "w-300:bl-5"),
        ("forced", "w-9,h-9,c-force"),
        ("cut", "cm-extract"),
        ("again", "n-again"),
        ("nested", "n-thumb,f-jpg"),
    ];
    let rules = Rules {
        presets: presets
            .map(|(name, steps)| (name.to_owned(), steps.to_owned()))
            .into(),
        ..Rules::default()
    };
    super::parse(text, &rules)
}

fn sizes(width: f64, height: f64) -> Sizes {
    Sizes {
        input: (width, height),
        current: (width, height),
        base: None,
        seconds: None,
    }
}

fn canonical(text: &str) -> String {
    parse(text)
        .unwrap_or_else(|mistake| panic!("{text}: {mistake}"))
        .to_string()
}

#[test]
fn what_means_the_same_has_one_text() {
    let same = canonical("w-400,h-300:rt-90");
    for other in [
        "h-300,w-400:rt-90",
        "w-1,w-400,h-300:rt-90",
        "w-400,h-300::rt-90",
        "zzz-1,w-400,h-300:rt-90",
        "w-400,h-300:rt-90:q-80",
    ] {
        let text = canonical(other);
        assert_eq!(text.replace(",q-80", ""), same, "{other}");
    }
    assert_ne!(
        canonical("w-400:rt-90"),
        canonical("rt-90:w-400"),
        "steps are in order"
    );
    assert_eq!(
        canonical("c-force,cm-extract,w-4,h-4"),
        canonical("w-4,h-4,cm-extract")
    );
    assert_eq!(canonical("ar-4:3,w-40"), "ar-4%3A3,w-40|Auto");
    assert_eq!(parse("ar-4:3,w-40").unwrap().steps.len(), 1);
    // What differs has another, whatever is hidden in a value.
    for (one, other) in [
        (
            "l-text,i-Hi,ff-A%2Cfs-20,l-end",
            "l-text,i-Hi,ff-A,fs-20,l-end",
        ),
        ("l-text,i-Hi%2Cfs-20,l-end", "l-text,i-Hi,fs-20,l-end"),
        ("l-text,i-Hi%252C,l-end", "l-text,i-Hi%2C,l-end"),
        (
            "c-force,w-3,h-3:cm-extract,w-3,h-3",
            "cm-extract,w-3,h-3:c-force,w-3,h-3",
        ),
    ] {
        assert_ne!(canonical(one), canonical(other), "{one}");
    }
    for bad in ["w-3,bg-gradient_dominant%2Crt-90", "w-3,pg-3-4%2Crt-90"] {
        assert!(parse(bad).is_err(), "{bad}");
    }
    let last = parse("n-forced,n-cut").unwrap();
    assert_ne!(last.to_string(), canonical("n-cut,n-forced"));
}

#[test]
fn unknown_parameters_are_passed_over_and_named() {
    let chain = parse("w-400,zzz-1,l-text,i-Hi%2C%20you,zz,w-3:rt-5,l-end,h-3").unwrap();
    assert_eq!(chain.steps.len(), 1);
    assert_eq!(chain.ignored, ["zzz-1", "zz"]);
    // What the old front-end puts into its addresses.
    let chain = parse("l-text,ie-Pz8/,ly-N20,lx-20,fs-100,co-white,bg-000000A0,l-end").unwrap();
    let Part::Layer(layer) = &chain.steps[0][0] else {
        panic!("a layer");
    };
    assert_eq!(layer.source, Source::Text("???".into()));
    assert_eq!(layer.parameters.len(), 5);
}

#[test]
fn what_sdks_write_is_understood() {
    for (given, means) in [
        ("w-400%2Ch-300%3Art-90", "w-400,h-300:rt-90"),
        (
            "w-200%2cl-text%2Ci-Hi%2C+you%2Cl-end",
            "w-200,l-text,i-Hi,l-end",
        ),
        ("rt--40", "rt-N40"),
        (
            "w-100,t-false,e-sharpen-false,e-shadow-false",
            "w-100,t-false",
        ),
        ("w-,di-,h-20", "h-20"),
        ("e-usm", "e-usm-2_2_0.8_0.024"),
        ("e-sharpen--", "e-sharpen"),
        ("e-colorize-true", "e-colorize"),
        ("fo-person,w-5,h-5", "fo-auto,w-5,h-5"),
    ] {
        let (given, means) = (parse(given).unwrap(), parse(means).unwrap());
        let steps = |chain: &Chain| -> Vec<Step> {
            let mut walk = chain.walk();
            std::iter::from_fn(|| walk.next(&sizes(300.0, 200.0)).unwrap())
                .map(|due| (*due).clone())
                .collect()
        };
        assert_eq!(steps(&given), steps(&means));
        assert_eq!(given.steps.len(), means.steps.len());
    }
    let chain = parse("di-https:@@@@example.org@@a@@b.jpg,w-3").unwrap();
    assert_eq!(
        (chain.instead.as_deref(), chain.steps.len()),
        (Some("b.jpg"), 1)
    );
    assert!(
        parse("l-image,i-a,lso-1,w-5:rt-3,l-end")
            .unwrap()
            .ignored
            .contains(&"lso-1".into())
    );
}

#[test]
fn layers_hold_steps_and_layers() {
    let chain = parse(
        "w-400,l-image,i-folder@@a.png,w-100:rt-90,l-text,i-Hi,fs-20,l-end,lx-10,l-end,bl-3:h-9",
    )
    .unwrap();
    assert_eq!(chain.steps.len(), 2);
    assert_eq!(chain.pictures(), ["a.png"]);
    let text = chain.to_string();
    assert_eq!(
        text,
        "w-400,l-image,i-a.png,lx-10,[w-100:rt-90,l-text,i-Hi,fs-20,[],l-end],l-end,bl-3:h-9|Auto"
    );
    for (bad, given) in [
        ("l-text,i-Hi", "l-text"),
        ("l-text,i-,l-end", "l-text"),
        ("l-image,w-3,l-end", "l-image"),
        ("l-video,i-a,l-end", "l-video"),
        ("l-end", "l-end"),
        ("l-text,i-a,l-text,i-b,l-end,l-end", "l-text"),
        ("l-text,ie-!!,l-end", "ie-!!"),
        ("l-text,i-a,fs-0x,l-end", "fs-0x"),
        ("l-image,i-a,lm-displace,l-end", "lm-displace"),
    ] {
        assert_eq!(parse(bad).expect_err(bad).given, given, "{bad}");
    }
    let deep = "l-image,i-a,".repeat(4) + &"l-end,".repeat(4);
    assert!(parse(&deep).is_err());
    assert!(parse(&"l-text,i-a,l-end,".repeat(11)).is_err());
}

#[test]
fn choices_and_names_stand_for_steps() {
    let chain = parse("if-ar_gt_1,w-200:rt-90,if-else,h-100,if-end,q-7:bl-2").unwrap();
    let widths = |w, h| -> Vec<(Option<f64>, Option<f64>, f64)> {
        let mut walk = chain.walk();
        std::iter::from_fn(|| walk.next(&sizes(w, h)).unwrap())
            .map(|step| (step.width, step.height, step.turn))
            .collect()
    };
    let (none, first) = ((None, None, 0.0), (Some(200.0), None, 0.0));
    assert_eq!(widths(300.0, 200.0), [first, (None, None, 90.0), none]);
    assert_eq!(widths(200.0, 300.0), [(None, Some(100.0), 0.0), none]);
    assert_eq!(canonical("n-thumb"), canonical("w-120,h-120,fo-auto"));
    assert_eq!(
        canonical("n-two,h-9:rt-90"),
        canonical("w-300,h-9:bl-5:rt-90")
    );
    assert_eq!(canonical("n-nested"), canonical("f-jpg,n-thumb"));
    for (bad, given) in [
        ("if-w_gt_3,dpr-2,if-end", "dpr-2"),
        ("l-text,i-a,l-end,if-w_gt_3,orig-true,if-end", "orig-true"),
        ("n-nobody", "n-nobody"),
        ("n-again", "n-again"),
        ("if-w_gt_3,w-4", "if-w_gt_3"),
        ("if-w,w-4,if-end", "if-w"),
        ("w-4,if-end", "if-end"),
    ] {
        assert_eq!(parse(bad).expect_err(bad).given, given, "{bad}");
    }
}

#[test]
fn a_bad_value_is_named_with_its_step_and_what_is_accepted() {
    for bad in [
        "w-0",
        "w-abc",
        "w-70000",
        "ar-0-x",
        "c-fill",
        "cm-crop",
        "fo-nose",
        "z-0",
        "q-0",
        "q-101",
        "q-x",
        "f-bmp",
        "bl-0",
        "bl-200",
        "rt-x",
        "rt-1e3",
        "fl-x",
        "r-N5",
        "r-1_2",
        "b-5",
        "b-x_FF0000",
        "bg-reddish",
        "bg-blurred_200",
        "bg-blurredx",
        "o-101",
        "t-0",
        "dpr-9",
        "dpr-x",
        "pr-x",
        "e-sharpen-0",
        "e-usm-1-2",
        "e-grayscale-9",
        "x-_",
        "w-iw_over_2",
        "e-bgremove",
        "e-shadow-bl-99",
        "e-gradient-ld-x",
        "pg-0",
    ] {
        let mistake = parse(&format!("w-10:{bad}")).expect_err(bad);
        assert_eq!((mistake.step, mistake.given.as_str()), (2, bad));
        assert!(!mistake.accepted.is_empty());
    }
    assert!(parse(&"w-1:".repeat(20)).is_err());
    let inside = format!("if-w_gt_1,{}if-end,", "w-1:".repeat(8));
    assert!(parse(&inside.repeat(2)).is_ok() && parse(&inside.repeat(5)).is_err());
    assert!(parse(&"zz-1,".repeat(300)).is_err());
    assert!(parse(&"x".repeat(70_000)).is_err());
}

#[test]
fn every_line_of_the_table_is_understood() {
    for key in picture_keys().chain(layer_keys()).chain(text_keys()) {
        let chain = parse(key.example).unwrap_or_else(|m| panic!("{}: {m}", key.name));
        assert_eq!(chain.ignored, Vec::<String>::new(), "{}", key.name);
        let shown = key.example.is_empty() || key.example.contains(key.name);
        assert!(shown, "the example of {} shows it", key.name);
    }
}

#[test]
fn no_text_makes_it_panic() {
    let mut seed = 7_u64;
    let pieces = [
        "w-",
        "h",
        "-",
        "_",
        ":",
        ",",
        "N",
        "40",
        "%",
        "%2",
        "%FF",
        "l-",
        "l-end",
        "é",
        "e-",
        "bg-",
        "blurred",
        "0.5",
        "iw",
        "_div_",
        "r-max",
        "/",
        "=",
        "l-text,",
        "l-image,",
        "i-",
        "ie-",
        ",l-end",
        "if-w_gt_1,",
        ",if-else,",
        ",if-end",
        "n-two",
        "e-gradient-",
        "ld-",
        "lm-",
        "lx-",
    ];
    for _ in 0..20_000 {
        let mut text = String::new();
        for _ in 0..20 {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            text.push_str(pieces[(seed >> 33) as usize % pieces.len()]);
        }
        if let Ok(chain) = parse(&text) {
            let _ = chain.to_string();
        }
    }
}
