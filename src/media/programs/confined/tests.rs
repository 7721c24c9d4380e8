use super::*;

/// What a shell can do in there; its last command says whether it went well.
fn shell(folder: &Path, script: &str) -> bool {
    let run = Run {
        program: Path::new("/bin/sh"),
        arguments: &["-c", script],
        folder,
        input: None,
        memory: 1 << 30,
        written: 1 << 20,
        patience: Duration::from_secs(5),
        threads: 1,
    };
    super::run(&run).unwrap()
}

#[test]
fn a_program_sees_its_own_folder_and_nothing_else() {
    let place = tempfile::tempdir().unwrap();
    let (folder, secret) = (place.path().join("work"), place.path().join("secret"));
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(&secret, "hunter2").unwrap();
    std::fs::write(folder.join("in"), "in").unwrap();
    assert!(shell(&folder, "read word < in; echo $word > out"));
    assert_eq!(std::fs::read(folder.join("out")).unwrap(), b"in\n");
    if !linux::has_landlock() {
        println!("this kernel knows no Landlock: what follows cannot hold");
        return;
    }
    let secret = secret.display();
    for script in [
        format!("read word < {secret}"),
        "read word < ../secret".into(),
        format!("echo x > {secret}"),
        "echo x > ../other".into(),
        "read word < /proc/self/environ".into(),
        "read word < /proc/$PPID/environ".into(),
        "read word < /etc/passwd".into(),
        "/bin/ls".into(),
        "/bin/sh -c :".into(),
        // No other process, and none to signal.
        "(:) || exit 1; : &".into(),
        "kill -0 $PPID".into(),
    ] {
        assert!(!shell(&folder, &script), "{script}");
    }
    assert_eq!(
        std::fs::read_to_string(place.path().join("secret")).unwrap(),
        "hunter2"
    );
}

#[test]
fn a_program_reads_the_file_that_it_is_given_and_is_heard_until_somebody_has_enough() {
    let (folder, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (input, other) = (elsewhere.path().join("in"), elsewhere.path().join("other"));
    for file in [&input, &other] {
        std::fs::write(file, "words\n").unwrap();
    }
    let listen = |script: &str, heard: &mut dyn FnMut(&[u8]) -> ControlFlow<()>| {
        let run = Run {
            program: Path::new("/bin/sh"),
            arguments: &["-c", script],
            folder: folder.path(),
            input: Some(&input),
            memory: 1 << 30,
            written: 1 << 20,
            patience: Duration::from_secs(20),
            threads: 1,
        };
        super::listen(&run, heard).unwrap()
    };
    let script = format!("read word < {}; echo $word; echo why >&2", input.display());
    let mut said = Vec::new();
    let end = listen(&script, &mut |piece| {
        said.extend_from_slice(piece);
        ControlFlow::Continue(())
    });
    assert_eq!((end, said.as_slice()), (End::Done, &b"words\n"[..]));
    assert_eq!(words(folder.path()), "why\n");
    if linux::has_landlock() {
        for script in [
            format!("read word < {}", other.display()),
            format!("echo x > {}", input.display()),
        ] {
            assert_eq!(
                listen(&script, &mut |_| ControlFlow::Continue(())),
                End::Failed,
                "{script}"
            );
        }
    }
    // However much it says, and when it says nothing.
    for script in ["while :; do echo 0123456789; done", "while :; do :; done"] {
        let mut asked = 0;
        let begun = Instant::now();
        let end = listen(script, &mut |_| {
            asked += 1;
            if asked < 5 {
                ControlFlow::Continue(())
            } else {
                ControlFlow::Break(())
            }
        });
        assert_eq!(end, End::Stopped);
        assert!(begun.elapsed() < Duration::from_secs(10));
    }
}

#[test]
fn a_program_has_bounds() {
    let folder = tempfile::tempdir().unwrap();
    let run = |script: &str, memory: u64, patience: Duration| {
        let run = Run {
            program: Path::new("/bin/sh"),
            arguments: &["-c", script],
            folder: folder.path(),
            input: None,
            memory,
            written: 10_000,
            patience,
            threads: 1,
        };
        super::run(&run).unwrap()
    };
    let (memory, second) = (1 << 30, Duration::from_secs(1));
    let begun = Instant::now();
    assert!(!run("while :; do :; done", memory, second));
    assert!(begun.elapsed() < Duration::from_secs(20));
    let doubling = "x=0123456789; while :; do x=$x$x; done";
    assert!(!run(doubling, 100 << 20, Duration::from_secs(20)));
    let writing = "while :; do echo 0123456789012345678901234567890123456789; done > out";
    assert!(!run(writing, memory, Duration::from_secs(20)));
    assert!(std::fs::metadata(folder.path().join("out")).unwrap().len() <= 10_000);
}
