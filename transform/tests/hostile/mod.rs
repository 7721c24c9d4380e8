//! What the fuzz targets (`fuzz/`) and the corpus's test do with bytes that anybody may have made.

use std::io::Cursor;

use transform::{
    Accepts, Asked, Failed, Given, Limits, Pictures, Rules, apply, ingest, parse, probe, video,
};

/// Small, so that a finding is found soon.
fn limits() -> Limits {
    Limits {
        pixels: 4_000_000,
        frames: 50,
        animation_pixels: 8_000_000,
        decoded_bytes: 64 << 20,
        made_pixels: 40_000_000,
        until: None,
    }
}

const LAYER: &[u8] = include_bytes!("../corpus/picture/still.png");

/// A text that is meant for a chain.
pub fn chain(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let rules = Rules {
        presets: [("wide".to_owned(), "w-300,h-100:bl-3".to_owned())].into(),
        ..Rules::default()
    };
    let Ok(chain) = parse(text, &rules) else {
        return;
    };
    assert!(!chain.to_string().is_empty(), "a chain has a text");
    // The work itself is bounded by 40 megapixels; here by what a fuzzer has time for.
    let size = (32, 24);
    let whole = transform::Whole { size, own: size };
    if chain.work(whole, u64::MAX, &|_| Some(whole)).largest < 200_000 {
        make(LAYER, text, &rules);
    }
}

/// Bytes that are meant for a picture.
pub fn picture(data: &[u8]) {
    let limits = limits();
    if let Ok(ingested) = ingest(data.to_vec(), &limits) {
        let stored = probe(&ingested.original, &limits).expect("what was taken in can be read");
        assert_eq!(
            (stored.width, stored.height),
            (ingested.picture.width, ingested.picture.height)
        );
    }
    for steps in [
        "w-40",
        "w-30,h-30,fo-auto,f-webp",
        "rt-90:w-20,e-grayscale,f-png",
        "w-24,f-gif",
    ] {
        make(data, steps, &Rules::default());
    }
}

/// Bytes that are meant for a video: read, and rid of their metadata in place.
pub fn video(data: &[u8]) {
    let Ok(format) = transform::sniff(data) else {
        return;
    };
    if !format.is_video() {
        return;
    }
    let mut file = Cursor::new(data.to_vec());
    let taken = video::ingest(&mut file, format, None).expect("memory can be read and written");
    assert_eq!(file.get_ref().len(), data.len(), "nothing moves");
    if let Ok(video) = taken {
        let again = video::probe(&mut file, format, None).expect("what was taken in can be read");
        assert_eq!(video, again);
    }
}

fn make(bytes: &[u8], steps: &str, rules: &Rules) {
    let limits = limits();
    let (Ok(chain), Ok(picture)) = (parse(steps, rules), probe(bytes, &limits)) else {
        return;
    };
    let given = Given {
        bytes,
        size: (picture.width, picture.height),
    };
    // Whatever picture a layer names is there: the server looks before.
    let named = chain.pictures();
    let pictures: Pictures = named
        .into_iter()
        .map(|key| (key.to_owned(), LAYER.to_vec()))
        .collect();
    let asked = Asked {
        chain: &chain,
        accepts: Accepts::default(),
        pictures: &pictures,
    };
    match apply(given, asked, &limits) {
        Ok(made) => {
            let made = probe(&made.bytes, &Limits::default()).expect("what was made can be read");
            assert!(u64::from(made.width) * u64::from(made.height) <= 40_000_000);
        }
        Err(Failed::Chain(_) | Failed::Picture(_)) => {}
        Err(Failed::Late) => unreachable!("there is no hurry"),
    }
}
