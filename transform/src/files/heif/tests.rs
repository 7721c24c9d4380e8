use super::*;

fn boxed(kind: &[u8; 4], body: &[u8]) -> Vec<u8> {
    let length = (body.len() as u32 + 8).to_be_bytes();
    [&length[..], kind, body].concat()
}

fn ispe(width: u32, height: u32) -> Vec<u8> {
    let numbers = [0, width, height].map(u32::to_be_bytes);
    boxed(b"ispe", &numbers.concat())
}

/// Bits as text, in bytes.
fn bytes(bits: &str) -> Vec<u8> {
    let bits: Vec<u8> = bits.bytes().filter(|bit| *bit != b' ').collect();
    let byte = |bits: &[u8]| {
        let placed = bits.iter().enumerate();
        placed.fold(0, |byte, (n, bit)| byte | (bit - b'0') << (7 - n))
    };
    bits.chunks(8).map(byte).collect()
}

fn exp_golomb(number: u32) -> String {
    let bits = format!("{:b}", number + 1);
    format!("{}{bits}", "0".repeat(bits.len() - 1))
}

fn hvcc(width: u32, height: u32) -> Vec<u8> {
    let profile = "01".repeat(48);
    let numbers: String = [0, 1, width, height].map(exp_golomb).concat();
    let set = bytes(&format!("0000 000 1 {profile} {numbers}"));
    let unit = [&[0x42, 1][..], &set].concat();
    let length = (unit.len() as u16).to_be_bytes();
    boxed(
        b"hvcC",
        &[&[0; 22][..], &[1, 33, 0, 1], &length, &unit].concat(),
    )
}

fn av1c(width: u32, height: u32) -> Vec<u8> {
    let header = bytes(&format!(
        "000 1 1 00000 1111 1111 {:016b} {:016b}",
        width - 1,
        height - 1
    ));
    let unit = [&[0x0a, header.len() as u8][..], &header].concat();
    boxed(b"av1C", &[&[0x81, 0, 0, 0][..], &unit].concat())
}

/// So many items of one kind, each of all properties and of the same piece of `length` bytes.
fn file(kind: &[u8; 4], count: u16, length: u32, properties: &[Vec<u8>]) -> Vec<u8> {
    let mut entries = [&[0; 4][..], &count.to_be_bytes()].concat();
    let mut places = [&[0, 0, 0, 0, 0x44, 0][..], &count.to_be_bytes()].concat();
    let mut associations = [&[0; 4][..], &u32::from(count).to_be_bytes()].concat();
    for id in 1..=count {
        let id = id.to_be_bytes();
        entries.extend(boxed(
            b"infe",
            &[&[2, 0, 0, 0][..], &id, &[0, 0], kind].concat(),
        ));
        places.extend(
            [
                &id[..],
                &[0, 0, 0, 1],
                &0_u32.to_be_bytes(),
                &length.to_be_bytes(),
            ]
            .concat(),
        );
        associations.extend([&id[..], &[properties.len() as u8]].concat());
        associations.extend(1..=properties.len() as u8);
    }
    let container = boxed(b"ipco", &properties.concat());
    let iprp = boxed(
        b"iprp",
        &[container, boxed(b"ipma", &associations)].concat(),
    );
    let meta = [
        &[0; 4][..],
        &boxed(b"iinf", &entries),
        &boxed(b"iloc", &places),
        &iprp,
    ]
    .concat();
    [
        boxed(b"ftyp", b"heic\0\0\0\0"),
        boxed(b"meta", &meta),
        boxed(b"mdat", &[7; 4_000]),
    ]
    .concat()
}

fn limits() -> Limits {
    Limits {
        pixels: 100_000_000,
        ..Limits::default()
    }
}

#[test]
fn what_is_coded_counts_and_not_what_a_box_says_of_it() {
    let small = ispe(64, 48);
    for (kind, honest, lying) in [
        (b"hvc1", hvcc(64, 48), hvcc(16_000, 16_000)),
        (b"av01", av1c(64, 48), av1c(16_000, 16_000)),
    ] {
        let honest = file(kind, 1, 100, &[small.clone(), honest]);
        assert_eq!(survey_heif(&honest, &limits()).unwrap().shown, (64, 48));
        let lying = file(kind, 1, 100, &[small.clone(), lying]);
        let refusal = survey_heif(&lying, &limits()).unwrap_err();
        assert!(refusal.reason().contains("16000 by 16000"), "{refusal}");
        for length in 0..honest.len() {
            let _ = survey_heif(&honest[..length], &limits());
        }
    }
}

#[test]
fn pictures_without_number_are_too_many() {
    let whole = [ispe(4_000, 3_000), hvcc(4_000, 3_000)];
    assert!(survey_heif(&file(b"hvc1", 20, 100, &whole), &limits()).is_ok());
    // A second of work each, of the same bytes.
    assert!(survey_heif(&file(b"hvc1", 300, 4, &whole), &limits()).is_err());
    let tile = [ispe(64, 64), hvcc(64, 64)];
    assert!(survey_heif(&file(b"hvc1", 300, 40, &tile), &limits()).is_ok());
    assert!(survey_heif(&file(b"hvc1", 300, 100_000, &tile), &limits()).is_err());
    assert!(survey_heif(&file(b"hvc1", 5_000, 1, &tile), &limits()).is_err());
    // One that does not say how large it is may be as large as any.
    assert!(survey_heif(&file(b"av01", 4, 10, &[]), &limits()).is_err());
}
