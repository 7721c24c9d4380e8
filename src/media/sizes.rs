//! The sizes that pages ask for.

/// The widths, in pixels: the placeholder, and the five of `srcset`.
pub const WIDTHS: [u32; 6] = [24, 320, 640, 1080, 1280, 1600];

/// The steps of pictures that pages show as squares: faces, and the items of a post where it is written.
pub const SQUARES: [&str; 3] = [
    "w-224,h-224,fo-auto,pg-1",
    "w-224,h-224,fo-custom,pg-1",
    "w-480,h-480,fo-custom,pg-1",
];

/// The steps of the largest picture of `srcset`: the stored copy, in the format that suits the browser.
pub const SAME_SIZE: &str = "f-auto";

/// The steps of what moves, standing still.
pub const STILL: &str = "w-1080,pg-1";

/// What a browser that saves data (`Save-Data: on`) gets instead of steps of pages: about a third of the bytes.
pub fn sparing(steps: &str) -> Option<&'static str> {
    Some(match steps {
        "w-320" => "w-320,q-45",
        "w-640" => "w-400,q-50",
        "w-1080" | "w-1280" => "w-480,q-50",
        "w-1600" | SAME_SIZE => "w-1080,q-50",
        _ => return None,
    })
}

/// What the application that Porch replaces asks for of videos.
const OLD_VIDEO: &str = "w-400,h-200,cm-pad_resize,bg-blurred";

/// The steps of streams that pages play: what is stored, cut into segments.
const STREAMS: [&str; 3] = ["sr-480_1080", "sr-480", "sr-1080"];

/// Whether pages ask for these steps.
pub fn are_ours(steps: &str) -> bool {
    let width = || WIDTHS.iter().any(|width| steps == format!("w-{width}"));
    SQUARES.contains(&steps)
        || steps == SAME_SIZE
        || steps == STILL
        || steps == OLD_VIDEO
        || STREAMS.contains(&steps)
        || width()
}
