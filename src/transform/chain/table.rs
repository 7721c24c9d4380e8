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
const WHERE: &str =
    "center, top, left, bottom, right, top_left, top_right, bottom_left or bottom_right";
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

/// Of pictures, and of pictures and canvases in layers.
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
        "Which part stays when something is cut off; auto looks for what matters, and face does the same; custom is what the author chose, or auto.",
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
        "e-colorize",
        "nothing, or co-<colour>_in-<0 to 100>",
        "Tints the picture; gray by 100 without more.",
        "w-200,e-colorize-co-teal_in-60",
    ),
    key(
        "e-gradient",
        "nothing, or ld-<side or degrees>_from-<colour>_to-<colour>_sp-<0 to 1, or pixels>",
        "A run of colours over the picture, towards ld; from white to nothing downwards without more.",
        "w-200,e-gradient-ld-top_from-2A2420_to-2A242000_sp-0.7",
    ),
    key(
        "e-shadow",
        "nothing, or bl-<0 to 15>_st-<0 to 100>_x-<percent>_y-<percent>",
        "A shadow under what is not transparent.",
        "w-160,h-160,r-40,f-png:w-200,h-200,cm-pad_resize_no_enlarge,bg-FFFFFF00:e-shadow-bl-8_st-70_x-3_y-4",
    ),
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
        "auto, jpg, jpeg, png, webp, gif, avif or orig",
        "Format. auto gives what the browser takes; gif is for animations, avif where it has been made.",
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
        "0.1 to 5, or auto",
        "Multiplies width and height, for dense screens; auto by what the browser tells (Sec-CH-DPR).",
        "w-100,dpr-2",
    ),
    key(
        "cp",
        FLAG,
        "Keeps the picture's own colour profile instead of converting it to sRGB.",
        "w-200,cp-true",
    ),
    key(
        "md",
        FLAG,
        "Nothing: metadata were taken away when the picture came in.",
        "w-200,md-true",
    ),
    key(
        "pg",
        "the number of a frame, from 1",
        "One frame of an animation, as a still picture.",
        "w-200,pg-1",
    ),
    key(
        "n",
        "the name of a named transformation of this site (PORCH_PRESETS)",
        "Stands for the steps that bear this name.",
        "",
    ),
    key(
        "di",
        "the key of another picture",
        "Shown where the picture that was asked for does not exist.",
        "",
    ),
    key(
        "if",
        "a comparison, steps, if-else and steps where wanted, and if-end",
        "Steps that depend on the picture: w, h and ar as the step before left it, iw, ih and iar as it came in.",
        "w-200,if-iar_gt_1,fl-h,if-else,e-grayscale,if-end",
    ),
    key("orig", FLAG, "The stored file itself, for its author.", ""),
];

/// What a layer shows and where it lies.
pub static LAYER_KEYS: &[Key] = &[
    key(
        "i",
        "a text, the key of a picture of this site, or ik_canvas",
        "What l-text or l-image shows. A canvas is a plain colour (w, h, bg, al, r, e-gradient).",
        "w-200,l-image,i-ik_canvas,w-100,h-40,bg-E8DCC8,r-20,l-end",
    ),
    key(
        "ie",
        "the same in Base64",
        "As i, for everything that an address cannot hold.",
        "w-200,l-text,ie-UG9yY2g=,fs-40,pa-6,bg-00000080,co-FFFFFF,l-end",
    ),
    key(
        "lx",
        PLACE,
        "Left edge of the layer; with N its right edge, from the right.",
        "w-200,l-text,i-Porch,fs-30,co-FFFFFF,lx-N10,ly-10,l-end",
    ),
    key(
        "ly",
        PLACE,
        "Upper edge of the layer; with N its lower edge, from below.",
        "w-200,l-text,i-Porch,fs-30,co-FFFFFF,lx-10,ly-N10,l-end",
    ),
    key(
        "lxc",
        PLACE,
        "Centre of the layer, across.",
        "w-200,l-text,i-Porch,fs-30,co-FFFFFF,lxc-bw_div_2,lyc-20,l-end",
    ),
    key(
        "lyc",
        PLACE,
        "Centre of the layer, down.",
        "w-200,l-text,i-Porch,fs-30,co-FFFFFF,lxc-bw_div_2,lyc-20,l-end",
    ),
    key(
        "lap",
        WHERE,
        "Where on the picture lx and ly are counted from.",
        "w-200,l-text,i-Porch,fs-30,co-FFFFFF,lap-center,lx-0,ly-0,l-end",
    ),
    key(
        "lfo",
        WHERE,
        "Where the layer lies without lx and its like; in the middle without it.",
        "w-200,l-text,i-Porch,fs-30,co-FFFFFF,lfo-bottom_right,l-end",
    ),
    key(
        "lm",
        "multiply, cutter or cutout",
        "How the layer meets the picture: darkening it, keeping only what lies under it, or cutting that out.",
        "w-200,h-200,f-png,l-text,i-Porch,fs-56,tg-b,lm-cutter,l-end",
    ),
];

/// How a text looks.
pub static TEXT_KEYS: &[Key] = &[
    key(
        "w",
        "pixels, or an expression such as bw_mul_0.8",
        "Width at which lines are broken.",
        "w-200,l-text,i-A%20porch%20in%20the%20evening,w-160,fs-26,pa-6,bg-00000080,co-FFFFFF,l-end",
    ),
    key(
        "fs",
        "1 to 2000 pixels, or an expression",
        "Size of the letters; 45 without it.",
        "w-200,l-text,i-Porch,fs-bw_div_4,pa-6,bg-00000080,co-FFFFFF,l-end",
    ),
    key(
        "ff",
        "the name of a font",
        "Font. Where this machine has none of that name it is DejaVu Sans.",
        "w-200,l-text,i-Porch,ff-DejaVu%20Serif,fs-40,pa-6,bg-00000080,co-FFFFFF,l-end",
    ),
    key(
        "co",
        "a colour",
        "Colour of the letters; black without it.",
        "w-200,l-text,i-Porch,fs-40,co-gold,l-end",
    ),
    key(
        "ia",
        "left, center or right",
        "Where lines begin.",
        "w-200,l-text,i-A%20porch%20in%20the%20evening,w-180,fs-26,ia-left,co-FFFFFF,l-end",
    ),
    key(
        "pa",
        "one to four numbers such as 10_20, as in CSS, or an expression",
        "Room around the text.",
        "w-200,l-text,i-Porch,fs-30,pa-10_20,bg-2A2420A0,co-FFFFFF,l-end",
    ),
    key(
        "al",
        "1 to 9",
        "How opaque a text or a canvas is, in tenths.",
        "w-200,l-text,i-Porch,fs-50,co-FFFFFF,al-4,l-end",
    ),
    key(
        "tg",
        "b, i and strikethrough, joined by _",
        "Bold, italic, struck through.",
        "w-200,l-text,i-Porch,fs-40,tg-b_i,co-FFFFFF,l-end",
    ),
    key(
        "bg",
        "a colour",
        "Colour behind the text.",
        "w-200,l-text,i-Porch,fs-40,pa-8,bg-00000060,co-FFFFFF,l-end",
    ),
    key(
        "r",
        "pixels, max, or four numbers",
        "Rounds the corners of what is behind the text.",
        "w-200,l-text,i-Porch,fs-30,pa-8_16,bg-2A2420,r-max,co-FFFFFF,l-end",
    ),
    key(
        "rt",
        "degrees, N before them for the other way round",
        "Turns the text.",
        "w-200,l-text,i-Porch,fs-40,rt-N20,co-FFFFFF,l-end",
    ),
    key(
        "fl",
        "h, v, h_v or v_h",
        "Mirrors the text.",
        "w-200,l-text,i-Porch,fs-40,fl-h,co-FFFFFF,l-end",
    ),
    key(
        "lh",
        "pixels, or an expression",
        "From one line to the next.",
        "w-200,l-text,i-A%20porch%20in%20the%20evening,w-160,fs-24,lh-40,co-FFFFFF,l-end",
    ),
];

/// The line of a key in one of the tables.
pub(super) fn find(table: &'static [Key], key: &str) -> Option<&'static Key> {
    table.iter().find(|line| line.key == key)
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
