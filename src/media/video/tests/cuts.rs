//! Chain → graph → frames that are looked at: on a film of four colours, one in each quarter, with sound.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use super::super::edit::{edit, estimate};
use super::super::*;
use super::{made, tools};
use transform::{Coded, Cut, Format, Limits, Pictures, Reel, Rules};

const SIZE: (u32, u32) = (320, 180);
const SMALL: (u32, u32) = (160, 90);
const RED: [u8; 3] = [254, 0, 0];
const GREEN: [u8; 3] = [0, 255, 1];
const BLUE: [u8; 3] = [0, 0, 254];
const WHITE: [u8; 3] = [255, 255, 255];
const BLACK: [u8; 3] = [0, 0, 0];

/// Red and green above, blue and white below; after a second everything is black.
fn four(folder: &Path) -> PathBuf {
    let source = |colour: &str| format!("-f lavfi -i color=c={colour}:s=160x90:r=30:d=1");
    let all = ["red", "lime", "blue", "white"].map(source).join(" ");
    let graph = "[0][1]hstack[t];[2][3]hstack[b];[t][b]vstack,tpad=stop_duration=1:color=black,format=yuv420p";
    let sound = "-f lavfi -i sine=f=440:r=48000:d=2";
    let arguments =
        format!("{all} {sound} -filter_complex {graph} -map 4 -c:v libx264 -crf 10 -c:a aac");
    made(folder, &arguments, "four.mp4")
}

fn cut_of(steps: &str) -> Result<Cut, String> {
    let chain = transform::parse(steps, &Rules::default()).map_err(|m| m.to_string())?;
    let reel = Reel {
        size: SIZE,
        files: &[SMALL, SIZE],
        seconds: 2.0,
        sound: true,
        transparent: false,
        poster: None,
    };
    transform::cut(&reel, &chain, &Pictures::new(), &Limits::default()).map_err(|m| m.to_string())
}

/// A place in a frame, across and down, and its colour.
struct Spot(u32, u32, [u8; 3]);

/// What is asked for, the graph, the size, and what is seen where.
struct Row {
    steps: &'static str,
    graph: &'static str,
    size: (u32, u32),
    seen: &'static [Spot],
}

const ROWS: &[Row] = &[
    Row {
        steps: "w-160",
        graph: "[0:v]format=yuv420p,setsar=1[v]",
        size: (160, 90),
        seen: &[
            Spot(20, 20, RED),
            Spot(140, 20, GREEN),
            Spot(20, 70, BLUE),
            Spot(140, 70, WHITE),
        ],
    },
    Row {
        steps: "w-100,h-100,fo-top_left",
        graph: "[0:v]crop=180:180:0:0:exact=1,scale=100:100:flags=bicubic,format=yuv420p,setsar=1[v]",
        size: (100, 100),
        seen: &[Spot(20, 20, RED), Spot(97, 20, GREEN), Spot(20, 80, BLUE)],
    },
    Row {
        steps: "w-100,h-100,c-force",
        graph: "[0:v]scale=100:100:flags=bicubic,format=yuv420p,setsar=1[v]",
        size: (100, 100),
        seen: &[
            Spot(20, 20, RED),
            Spot(80, 20, GREEN),
            Spot(20, 80, BLUE),
            Spot(80, 80, WHITE),
        ],
    },
    Row {
        steps: "w-101,h-101,c-at_max",
        graph: "[0:v]scale=100:56:flags=bicubic,format=yuv420p,setsar=1[v]",
        size: (100, 56),
        seen: &[Spot(20, 10, RED), Spot(80, 46, WHITE)],
    },
    Row {
        steps: "w-100,h-50,cm-extract,x-200,y-20",
        graph: "[0:v]crop=100:50:200:20:exact=1,format=yuv420p,setsar=1[v]",
        size: (100, 50),
        seen: &[Spot(10, 10, GREEN), Spot(90, 40, GREEN)],
    },
    Row {
        steps: "w-100,h-100,cm-pad_resize,bg-00FF00",
        graph: "[0:v]scale=100:56:flags=bicubic,pad=100:100:0:22:color=0x00FF00,format=yuv420p,setsar=1[v]",
        size: (100, 100),
        seen: &[
            Spot(50, 10, GREEN),
            Spot(20, 30, RED),
            Spot(20, 70, BLUE),
            Spot(50, 92, GREEN),
        ],
    },
    Row {
        steps: "w-400,h-200,cm-pad_resize,bg-blurred",
        graph: "[0:v]scale=356:200:flags=bicubic,split[l1][m1];\
                [l1]scale=50:28:flags=area,gblur=sigma=2.00,scale=400:226:flags=bicubic,crop=400:200:0:13,setsar=1[a1];\
                [m1]setsar=1[b1];[a1][b1]overlay=22:0:format=yuv420,format=yuv420p,setsar=1[v]",
        size: (400, 200),
        seen: &[
            Spot(3, 20, RED),
            Spot(40, 40, RED),
            Spot(397, 180, WHITE),
            Spot(360, 160, WHITE),
        ],
    },
    Row {
        steps: "w-160:rt-90",
        graph: "[0:v]transpose=clock,format=yuv420p,setsar=1[v]",
        size: (90, 160),
        seen: &[
            Spot(20, 20, BLUE),
            Spot(70, 20, RED),
            Spot(20, 140, WHITE),
            Spot(70, 140, GREEN),
        ],
    },
    Row {
        steps: "w-160,rt-180",
        graph: "[0:v]hflip,vflip,format=yuv420p,setsar=1[v]",
        size: (160, 90),
        seen: &[Spot(20, 20, WHITE), Spot(140, 70, RED)],
    },
    Row {
        steps: "w-160,rt-270",
        graph: "[0:v]transpose=cclock,format=yuv420p,setsar=1[v]",
        size: (90, 160),
        seen: &[Spot(20, 20, GREEN), Spot(70, 140, BLUE)],
    },
    Row {
        steps: "w-160,fl-h",
        graph: "[0:v]hflip,format=yuv420p,setsar=1[v]",
        size: (160, 90),
        seen: &[Spot(20, 20, GREEN), Spot(20, 70, WHITE)],
    },
    Row {
        steps: "w-160,b-10_0000FF",
        graph: "[0:v]pad=180:110:10:10:color=0x0000FF,format=yuv420p,setsar=1[v]",
        size: (180, 110),
        seen: &[Spot(4, 4, BLUE), Spot(30, 30, RED), Spot(175, 105, BLUE)],
    },
    Row {
        steps: "w-160,r-40,bg-00FF00",
        graph: "[0:v]null[l1];[l1][1:v]overlay=0:0:format=yuv420,format=yuv420p,setsar=1[v]",
        size: (160, 90),
        seen: &[Spot(2, 2, GREEN), Spot(40, 40, RED), Spot(157, 87, GREEN)],
    },
    Row {
        steps: "w-160,l-image,i-ik_canvas,bg-FFFFFF,w-40,h-40,lx-10,ly-10,l-end",
        graph: "[0:v]null[l1];[l1][1:v]overlay=0:0:format=yuv420,format=yuv420p,setsar=1[v]",
        size: (160, 90),
        seen: &[Spot(4, 4, RED), Spot(30, 30, WHITE), Spot(70, 70, BLUE)],
    },
    Row {
        steps: "w-160,so-1.5",
        graph: "[0:v]format=yuv420p,setsar=1[v]",
        size: (160, 90),
        seen: &[Spot(20, 20, BLACK)],
    },
    Row {
        steps: "w-iw_div_2,f-webm",
        graph: "[0:v]format=yuv420p,setsar=1[v]",
        size: (160, 90),
        seen: &[Spot(20, 20, RED), Spot(140, 70, WHITE)],
    },
];

fn run(tools: &Tools, input: &Path, (format, cut): (Format, &Cut), folder: &Path) -> PathBuf {
    let work = Work {
        tools,
        input,
        folder,
        minutes: 15,
    };
    let made = edit(work, (format, cut), Duration::from_secs(60), &mut |_| {
        ControlFlow::Continue(())
    });
    match made.unwrap() {
        Ok(made) => made,
        Err(_) => panic!(
            "{}: {:?}",
            cut.graph,
            std::fs::read_to_string(folder.join("words"))
        ),
    }
}

/// The first frame, as RGB.
fn first_frame(film: &Path) -> Vec<u8> {
    let output = Command::new("ffmpeg")
        .args(["-v", "error", "-nostdin", "-i"])
        .arg(film)
        .args(["-frames:v", "1", "-pix_fmt", "rgb24", "-f", "rawvideo", "-"])
        .output()
        .unwrap();
    output.stdout
}

#[test]
fn a_chain_becomes_a_graph_and_the_graph_what_the_chain_says() {
    let tools = tools();
    let folder = tempfile::tempdir().unwrap();
    let film = tools.as_ref().map(|_| {
        let four = four(folder.path());
        let small = made(
            folder.path(),
            &format!("-i {} -s 160x90 -crf 10 -c:a copy", four.display()),
            "small.mp4",
        );
        [small, four]
    });
    for row in ROWS {
        let cut = cut_of(row.steps).unwrap_or_else(|mistake| panic!("{}: {mistake}", row.steps));
        assert_eq!(cut.graph, row.graph, "{}", row.steps);
        assert_eq!(cut.size, row.size, "{}", row.steps);
        let (Some(tools), Some(film)) = (&tools, &film) else {
            continue;
        };
        let work = tempfile::tempdir().unwrap();
        let made = run(tools, &film[cut.file], (Format::Mp4, &cut), work.path());
        let head = std::fs::read(&made).unwrap();
        assert_eq!(
            transform::sniff(&head[..4096]).unwrap(),
            cut.format(),
            "{}",
            row.steps
        );
        let frame = first_frame(&made);
        let (width, height) = row.size;
        assert_eq!(frame.len() as u32, width * height * 3, "{}", row.steps);
        for Spot(x, y, wanted) in row.seen {
            let at = (y * width + x) as usize * 3;
            let seen = &frame[at..at + 3];
            let near = seen.iter().zip(wanted).all(|(a, b)| a.abs_diff(*b) < 40);
            assert!(near, "{} at {x},{y}: {seen:?}, not {wanted:?}", row.steps);
        }
    }
}

#[test]
fn the_smaller_file_is_taken_where_it_is_enough() {
    for (steps, file) in [
        ("w-160", 0),
        ("w-161", 1),
        ("h-90,w-90", 0),
        ("h-100,w-90", 1),
        ("q-30", 1),
        ("w-40,h-40,cm-extract", 1),
        ("w-320:w-40", 1),
    ] {
        assert_eq!(cut_of(steps).unwrap().file, file, "{steps}");
    }
}

#[test]
fn times_and_codings_are_understood_or_refused_with_a_sentence() {
    let mp4 = (Some(Coded::Mp4), Some(Coded::Mp4));
    let webm = (Some(Coded::Webm), Some(Coded::Webm));
    for (steps, (start, seconds), parts) in [
        ("so-0.5", (0.5, 1.5), mp4),
        ("so-0.5,du-1", (0.5, 1.0), mp4),
        ("eo-1", (0.0, 1.0), mp4),
        ("so-0.5,eo-1.25", (0.5, 0.75), mp4),
        ("so-idu_div_4,du-9", (0.5, 1.5), mp4),
        ("w-100:so-1", (1.0, 1.0), mp4),
        ("f-webm", (0.0, 2.0), webm),
        ("vc-vp9", (0.0, 2.0), webm),
        ("ac-opus", (0.0, 2.0), webm),
        ("ac-none", (0.0, 2.0), (Some(Coded::Mp4), None)),
        ("vc-none", (0.0, 2.0), (None, Some(Coded::Mp4))),
        ("q-90,f-auto", (0.0, 2.0), mp4),
    ] {
        let cut = cut_of(steps).unwrap_or_else(|mistake| panic!("{steps}: {mistake}"));
        assert_eq!((cut.start, cut.seconds), (start, seconds), "{steps}");
        assert_eq!((cut.picture, cut.sound), parts, "{steps}");
        assert_eq!(cut.copies, steps == "ac-none", "{steps}");
    }
    for (steps, said) in [
        ("so-2", "a moment before 2.00 seconds are over"),
        ("so-1,eo-0.5", "a moment after so-1"),
        ("so-N1", "seconds from 0"),
        ("f-jpg", "auto, mp4 or webm"),
        ("f-mp4,vc-vp9", "h264 and aac in an MP4"),
        ("vc-none,ac-none", "one of them"),
        ("vc-av1", "h264, vp9 or none"),
        ("rt-45", "rt by quarters"),
        ("e-grayscale", "on a video"),
        ("w-100,bl-3", "on a video"),
        ("w-20000,h-20000,c-force", "megapixels"),
        ("w-8000,h-5000", "at most 8 megapixels"),
        ("w-1,h-8194,c-force", "at most 8192 pixels"),
        ("ar-1-1000,w-60", "at most 8192 pixels"),
        ("w-160,b-5000_FF0000", "pixels"),
    ] {
        let mistake = cut_of(steps).map(|cut| cut.graph).unwrap_err();
        assert!(mistake.contains(said), "{steps}: {mistake}");
    }
}

#[test]
fn an_animation_becomes_a_video_on_white() {
    let Some(tools) = tools() else { return };
    let folder = tempfile::tempdir().unwrap();
    // A disc on nothing.
    let gif = made(
        folder.path(),
        "-f lavfi -i color=c=red:s=64x64:r=10:d=1,format=rgba,geq=r=255:g=0:b=0:a='255*lt(hypot(X-32\\,Y-32)\\,20)' \
         -filter_complex split[a][b];[a]palettegen=reserve_transparent=1[p];[b][p]paletteuse",
        "disc.gif",
    );
    let bytes = std::fs::read(&gif).unwrap();
    let seconds = transform::seconds(&bytes, &Limits::default()).unwrap();
    assert!((0.9..=1.1).contains(&seconds), "{seconds}");
    let chain = transform::parse("w-40,f-mp4", &Rules::default()).unwrap();
    let reel = Reel {
        size: (64, 64),
        files: &[(64, 64)],
        seconds,
        sound: false,
        transparent: true,
        poster: None,
    };
    let cut = transform::cut(&reel, &chain, &Pictures::new(), &Limits::default()).unwrap();
    assert!(estimate(&cut, (64, 64)) < 1.0);
    let made = run(&tools, &gif, (Format::Gif, &cut), folder.path());
    let frame = first_frame(&made);
    let at = |x: usize, y: usize| &frame[(y * 40 + x) * 3..][..3];
    assert!(at(2, 2).iter().all(|c| *c > 240), "{:?}", at(2, 2));
    assert!(
        at(20, 20)[0] > 200 && at(20, 20)[1] < 60,
        "{:?}",
        at(20, 20)
    );
}
