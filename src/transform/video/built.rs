//! Small videos built by hand for the tests; each tells a position in every way it can.

fn boxed(kind: &[u8; 4], body: &[&[u8]]) -> Vec<u8> {
    let body = body.concat();
    [
        &(body.len() as u32 + 8).to_be_bytes(),
        kind.as_slice(),
        &body,
    ]
    .concat()
}

fn numbers(numbers: &[u32]) -> Vec<u8> {
    numbers
        .iter()
        .flat_map(|number| number.to_be_bytes())
        .collect()
}

/// The boxes of a track of one sample of four bytes at `offset`, its picture turned by 90 degrees.
fn trak(id: u32, handler: &[u8; 4], entry: &[u8], offset: u32) -> Vec<u8> {
    let turned = [0, 0x10000, 0, 0xffff_0000, 0, 0, 0, 0, 0x4000_0000];
    let tkhd = numbers(
        &[
            &[7, 111, 222, id, 0, 500, 0, 0, 0, 0],
            &turned[..],
            &[64 << 16, 48 << 16],
        ]
        .concat(),
    );
    let stbl = [
        boxed(b"stsd", &[&numbers(&[0, 1]), entry]),
        boxed(b"stsc", &[&numbers(&[0, 1, 1, 1, 1])]),
        boxed(b"stsz", &[&numbers(&[0, 0, 1, 4])]),
        boxed(b"stco", &[&numbers(&[0, 1, offset])]),
    ];
    let minf = boxed(b"minf", &[&boxed(b"stbl", &[&stbl.concat()])]);
    let hdlr = boxed(b"hdlr", &[&[0; 8], handler, &[0; 12], b"Phone 12\0"]);
    let mdia = boxed(
        b"mdia",
        &[
            &boxed(b"mdhd", &[&numbers(&[0, 111, 222, 600, 300, 0])]),
            &hdlr,
            &minf,
        ],
    );
    boxed(
        b"trak",
        &[
            &boxed(b"tkhd", &[&tkhd]),
            &mdia,
            &boxed(b"udta", &[b"+52.5200"]),
        ],
    )
}

fn picture(codec: &[u8; 4]) -> Vec<u8> {
    let name: &[u8] = b"\x0cGoPro AVC en";
    boxed(
        codec,
        &[
            &[0; 12],
            b"appl",
            &[0; 8],
            &[0, 64, 0, 48],
            &[0; 14],
            name,
            &[0; 23],
        ],
    )
}

fn sound(codec: &[u8; 4]) -> Vec<u8> {
    boxed(codec, &[&[0; 28]])
}

/// File type, media data (the second four bytes are a position), then the table of contents.
pub fn mp4(video: &[u8; 4], audio: &[u8; 4]) -> Vec<u8> {
    let moov = [
        boxed(
            b"mvhd",
            &[
                &numbers(&[0, 111, 222, 1000, 500]),
                &[0; 16],
                &numbers(&[0x10000, 0, 0, 0]),
            ],
        ),
        trak(1, b"vide", &picture(video), 24),
        trak(2, b"soun", &sound(audio), 24),
        trak(3, b"meta", &sound(b"mebx"), 28),
        boxed(b"meta", &[b"keys +52.5200"]),
    ];
    [
        boxed(b"ftyp", &[b"isom\0\0\0\0"]),
        boxed(b"mdat", &[b"\x01\x02\x03\x04+52."]),
        boxed(b"moov", &[&moov.concat()]),
        boxed(b"uuid", &[&[7; 16], b"+52.5200"]),
        b"\xff\xff\xff\xfftrail+52.5200".to_vec(),
    ]
    .concat()
}

fn element(id: &[u8], body: &[&[u8]]) -> Vec<u8> {
    let body = body.concat();
    [id, &(body.len() as u32 | 1 << 28).to_be_bytes(), &body].concat()
}

/// `live`: sizes of segment and cluster unknown and no duration, as in a browser's own recordings.
pub fn webm(codec: &[u8], live: bool) -> Vec<u8> {
    let video = element(&[0xe0], &[&[0xb0, 0x81, 64, 0xba, 0x81, 48]]);
    let entry = |number, kind, codec: &[u8]| {
        let head = [0xd7, 0x81, number, 0x83, 0x81, kind];
        element(
            &[0xae],
            &[
                &head,
                &element(&[0x86], &[codec]),
                &element(&[0x53, 0x6e], &[b"Phone"]),
                &video,
            ],
        )
    };
    let duration = element(&[0x44, 0x89], &[&500_f64.to_be_bytes()]);
    let info = [
        element(&[0xbf], &[b"crc4"]),
        element(&[0x57, 0x41], &[b"Phone 12"]),
        if live { Vec::new() } else { duration },
    ];
    let blocks = [
        0xe7, 0x82, 1, 0xf4, 0xa3, 0x85, 0x81, 0, 5, 0, 9, 0xa3, 0x88, 0x83, 0, 0, 0, b'+', b'5',
        b'2', b'.',
    ];
    let cluster = if live {
        [&[0x1f, 0x43, 0xb6, 0x75, 0xff], &blocks[..]].concat()
    } else {
        element(&[0x1f, 0x43, 0xb6, 0x75], &[&blocks])
    };
    let segment = [
        element(
            &[0x11, 0x4d, 0x9b, 0x74],
            &[&element(&[0x4d, 0xbb], &[b"\x53\xab\x84\x12\x54\xc3\x67"])],
        ),
        element(&[0x15, 0x49, 0xa9, 0x66], &[&info.concat()]),
        element(
            &[0x16, 0x54, 0xae, 0x6b],
            &[
                &entry(1, 1, codec),
                &entry(2, 2, b"A_OPUS"),
                &entry(3, 17, b"S_TEXT/UTF8"),
            ],
        ),
        cluster,
        element(&[0x12, 0x54, 0xc3, 0x67], &[b"+52.5200"]),
    ]
    .concat();
    let ebml = element(&[0x1a, 0x45, 0xdf, 0xa3], &[b"\x42\x82\x84webm"]);
    if live {
        [
            ebml,
            b"\x18\x53\x80\x67\x01\xff\xff\xff\xff\xff\xff\xff".to_vec(),
            segment,
        ]
        .concat()
    } else {
        [
            ebml,
            element(&[0x18, 0x53, 0x80, 0x67], &[&segment]),
            b"+52.5200".to_vec(),
        ]
        .concat()
    }
}
