//! What there is: one line for every key. The parser's messages and the page at `/docs/transformations`
//! are made from it, so that neither can say what the other does not do.

/// A key of the language.
pub struct Key {
    pub key: &'static str,
    /// What stands after it.
    pub accepted: &'static str,
    pub does: &'static str,
    /// Steps that show it on a photo.
    pub example: &'static str,
}

const SIZE: &str = "pixels from 1 to 65535, a fraction of the picture such as 0.5, or an expression such as iw_div_2";
const PLACE: &str = "pixels, N before them for the other direction, or an expression";
const FLAG: &str = "true or false";

const fn key(
    key: &'static str,
    accepted: &'static str,
    does: &'static str,
    example: &'static str,
) -> Key {
    Key {
        key,
        accepted,
        does,
        example,
    }
}

pub static TABLE: &[Key] = &[
    key(
        "w",
        SIZE,
        "Width. With a height, c or cm says how the picture fits; without one the ratio stays.",
        "w-200",
    ),
    key("h", SIZE, "Height.", "h-150"),
    key(
        "ar",
        "two numbers such as 4-3, or an expression",
        "Ratio of width to height, with one of them.",
        "w-200,ar-1-1",
    ),
    key(
        "c",
        "maintain_ratio, maintain_ratio_no_enlarge, force, at_max, at_max_enlarge or at_least",
        "How the picture fits into width and height: filled and cropped (the default), distorted, or inside.",
        "w-200,h-200,c-at_max",
    ),
    key(
        "cm",
        "pad_resize, pad_resize_no_enlarge, extract, pad_extract or pad_extract_no_shrink",
        "Other ways to fit: with a border around, or a piece in its own size.",
        "w-200,h-200,cm-pad_resize,bg-blurred",
    ),
    key(
        "fo",
        "center, top, left, bottom, right, top_left, top_right, bottom_left, bottom_right, auto, face or custom",
        "Which part stays when something is cut off; auto looks for what matters.",
        "w-120,h-240,fo-auto",
    ),
    key(
        "z",
        "a number above 0 and up to 10",
        "How close to go with fo-auto and fo-face: 1 is as it is, 2 twice as close.",
        "w-200,h-200,fo-face,z-2",
    ),
    key(
        "x",
        PLACE,
        "Left edge of the piece that cm-extract takes.",
        "w-200,h-150,cm-extract,x-iw_div_3,y-ih_div_3",
    ),
    key(
        "y",
        PLACE,
        "Upper edge of that piece.",
        "w-200,h-150,cm-extract,x-iw_div_3,y-ih_div_3",
    ),
    key(
        "xc",
        PLACE,
        "Centre of the piece that cm-extract takes, across.",
        "w-200,h-150,cm-extract,xc-iw_div_2,yc-ih_div_2",
    ),
    key(
        "yc",
        PLACE,
        "The same, down.",
        "w-200,h-150,cm-extract,xc-iw_div_2,yc-ih_div_2",
    ),
    key(
        "t",
        "true, false, or 1 to 99",
        "Cuts away edges of one colour; the number says how much it may vary.",
        "w-200,t-10",
    ),
    key(
        "fl",
        "h, v, h_v or v_h",
        "Mirrors across, down or both.",
        "w-200,fl-h",
    ),
    key(
        "rt",
        "degrees, N before them for the other way round, or auto",
        "Turns clockwise. Corners that appear are transparent, or filled with bg.",
        "w-200,rt-N10,bg-E8DCC8",
    ),
    key(
        "e-grayscale",
        "nothing",
        "Takes the colours away.",
        "w-200,e-grayscale",
    ),
    key(
        "e-contrast",
        "nothing",
        "Stretches light and dark to the full range.",
        "w-200,e-contrast",
    ),
    key(
        "e-sharpen",
        "nothing, or 1 to 100",
        "Sharpens.",
        "w-200,e-sharpen-50",
    ),
    key(
        "e-usm",
        "radius-sigma-amount-threshold, such as 2-2-0.8-0.024",
        "Sharpens by an unsharp mask.",
        "w-200,e-usm-2-2-0.8-0.024",
    ),
    key("bl", "1 to 100", "Blurs.", "w-200,bl-8"),
    key(
        "b",
        "a width and a colour, such as 5_FF0000",
        "A border outside of the picture.",
        "w-200,b-6_2A2420",
    ),
    key(
        "r",
        "pixels, max, or four numbers such as 10_20_10_20",
        "Rounds the corners.",
        "w-200,h-200,r-max,f-png",
    ),
    key("o", "0 to 100", "Opacity.", "w-200,o-50,bg-FFFFFF"),
    key(
        "bg",
        "RRGGBB, RRGGBBAA with AA from 00 to 99 (or hexadecimal), a colour's name, dominant, blurred, or blurred_<0 to 100 or auto>_<brightness, -255 to 255>",
        "Colour behind the picture.",
        "w-200,h-200,cm-pad_resize,bg-dominant",
    ),
    key(
        "q",
        "1 to 100",
        "Quality of JPEG and WebP; 80 without it.",
        "w-200,q-30",
    ),
    key(
        "f",
        "auto, jpg, jpeg, png, webp, gif or orig",
        "Format. auto gives what the browser takes.",
        "w-200,f-webp",
    ),
    key(
        "pr",
        FLAG,
        "A JPEG that sharpens while it loads.",
        "w-200,f-jpg,pr-true",
    ),
    key("lo", FLAG, "WebP without loss.", "w-200,f-webp,lo-true"),
    key(
        "dpr",
        "0.1 to 5",
        "Multiplies width and height, for dense screens.",
        "w-100,dpr-2",
    ),
    key("orig", FLAG, "The stored file itself, for its author.", ""),
];

/// The line of a key.
pub(super) fn find(key: &str) -> Option<&'static Key> {
    TABLE.iter().find(|line| line.key == key)
}

/// Effects that need a service: refused with a sentence rather than passed over.
pub(super) const OUT_OF_REACH: [&str; 9] = [
    "e-bgremove",
    "e-removedotbg",
    "e-upscale",
    "e-retouch",
    "e-genvar",
    "e-edit",
    "e-changebg",
    "e-dropshadow",
    "bg-genfill",
];
