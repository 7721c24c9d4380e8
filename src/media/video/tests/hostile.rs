//! What only looks like a video.

use super::*;

/// What only looks like a video ends in a refusal, and reads nothing beside itself.
#[test]
fn lists_and_bombs_are_refused() {
    let Some(tools) = tools() else { return };
    let place = tempfile::tempdir().unwrap();
    let folder = place.path();
    std::fs::write(folder.join("secret"), "hunter2").unwrap();
    let secret = folder.join("secret");
    let lists = [
        format!(
            "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile://{}\n#EXT-X-ENDLIST\n",
            secret.display()
        ),
        "#EXTM3U\n#EXTINF:1,\nhttp://127.0.0.1:9/x.ts\n".into(),
        "#EXTM3U\n#EXTINF:1,\ndata:video/mp4;base64,AAAA\n".into(),
        format!("ffconcat version 1.0\nfile {}\n", secret.display()),
        "v=0\nc=IN IP4 127.0.0.1\nm=video 9 RTP/AVP 96\n".into(),
        "<?xml version=\"1.0\"?><MPD><Period><BaseURL>file:///etc/passwd</BaseURL></Period></MPD>"
            .into(),
    ];
    for (n, list) in lists.iter().enumerate() {
        // As it is, and behind what names a container.
        for (m, head) in [
            &b""[..],
            b"\0\0\0\x14ftypisom\0\0\0\0isom",
            b"\x1a\x45\xdf\xa3\x93\x42\x82\x88matroska",
            b"RIFF\0\0\0\0AVI LIST",
        ]
        .iter()
        .enumerate()
        {
            let path = folder.join(format!("{n}-{m}.mp4"));
            std::fs::write(&path, [head, list.as_bytes()].concat()).unwrap();
            assert!(taken(&tools, &path).is_err(), "{list}");
        }
    }
    let whole = std::fs::read(made(folder, &format!("{V} {A} {X} -c:a aac"), "whole.mp4")).unwrap();
    let moved = std::fs::read(made(
        folder,
        &format!("{V} {A} {X} -c:a aac -movflags +faststart"),
        "moved.mp4",
    ))
    .unwrap();
    for (name, bytes) in [("late.mp4", &whole), ("early.mp4", &moved)] {
        let path = folder.join(name);
        std::fs::write(&path, &bytes[..bytes.len() * 6 / 10]).unwrap();
        let refusal = taken(&tools, &path)
            .err()
            .unwrap_or_else(|| panic!("{name}"));
        assert!(
            matches!(refusal, Refusal::Damaged { .. }),
            "{name}: {refusal}"
        );
    }
    let sound = made(folder, &format!("{A} -c:a aac"), "sound.mp4");
    assert!(taken(&tools, &sound).is_err());
    let gap = "-vf setpts='if(gte(N,15),PTS+36000/TB,PTS)' -vsync vfr";
    let gap = made(folder, &format!("{V} {gap} {X}"), "gap.mkv");
    let refusal = taken(&tools, &gap).err().expect("ten hours");
    assert!(refusal.reason().contains("15 minutes"), "{refusal}");
    let huge =
        "-f lavfi -i color=black:s=8192x8192:r=30:d=0.1 -c:v libx264 -preset ultrafast -qp 51";
    let huge = made(folder, huge, "huge.mp4");
    assert!(taken(&tools, &huge).is_err());
}
