//! The corpus goes the way that the fuzz targets take (`fuzz/`): a panic, or a result beyond the limits, fails.

use std::path::Path;

mod hostile;

#[test]
fn the_corpus_does_no_harm() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus");
    for (name, act) in [
        ("chain", hostile::chain as fn(&[u8])),
        ("picture", hostile::picture),
        ("video", hostile::video),
    ] {
        let files = std::fs::read_dir(folder.join(name)).unwrap();
        let mut count = 0;
        for file in files {
            act(&std::fs::read(file.unwrap().path()).unwrap());
            count += 1;
        }
        assert!(count >= 10, "{name}: {count}");
    }
}
