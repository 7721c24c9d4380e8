//! The program itself: started, misconfigured, killed, started again.

use std::collections::HashSet;
use std::io::{BufRead, BufReader, ErrorKind};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use porch::media::Programs;
use transform::Format;

use crate::house::PASSWORD;
use crate::picture::png;
use crate::visitor::Visitor;

pub const PROGRAM: &str = env!("CARGO_BIN_EXE_porch");

pub struct Program {
    child: Child,
    pub url: String,
}

pub fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port()
}

pub fn command(folder: &Path, port: u16) -> Command {
    let mut command = Command::new(PROGRAM);
    command
        .current_dir(folder)
        .env("ROCKET_PORT", port.to_string())
        .env("PORCH_ARGON2_MEMORY_KIB", "64")
        .env("PORCH_RATE_LIMIT", "off")
        .env("PORCH_LOG", "error")
        .env_remove("PORCH_SAMPLES")
        .env_remove("DATABASE_URL")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

impl Program {
    pub fn start(mut command: Command) -> Program {
        let mut child = loop {
            match command.spawn() {
                // Copied just now, and another test's child holds the file open until it runs a program of its own.
                Err(error) if error.kind() == ErrorKind::ExecutableFileBusy => {
                    std::thread::sleep(Duration::from_millis(10));
                }
                spawned => break spawned.unwrap(),
            }
        };
        let mut output = BufReader::new(child.stdout.take().unwrap()).lines();
        let line = output.next().expect("it says where it is").unwrap();
        let url = line
            .strip_prefix("Porch is at ")
            .expect("one line says where")
            .to_owned();
        // Read on, or the program stands still once the pipe is full.
        std::thread::spawn(move || output.for_each(drop));
        Program { child, url }
    }

    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

pub async fn founder(url: &str) -> Visitor {
    let ada = Visitor::new(url);
    let fields = [
        ("site_name", "The House"),
        ("email", "ada@example.org"),
        ("password", PASSWORD),
    ];
    assert_eq!(ada.post("/setup", &fields).await.status, 303);
    ada
}

#[rocket::async_test]
async fn copied_alone_to_another_folder_it_runs_and_makes_what_it_needs() {
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("porch");
    std::fs::copy(PROGRAM, &copy).unwrap();
    let mut command = Command::new(&copy);
    command
        .current_dir(folder.path())
        .env_clear()
        .env("ROCKET_PORT", free_port().to_string())
        .env("PORCH_ARGON2_MEMORY_KIB", "64")
        .stdout(Stdio::piped())
        .stderr(std::fs::File::create(folder.path().join("log")).unwrap());
    let program = Program::start(command);
    let page = Visitor::new(&program.url).get("/setup").await;
    assert!(page.body.contains("The light is on"));
    let style = page.between("rel=\"stylesheet\" href=\"", "\"").to_owned();
    assert_eq!(Visitor::new(&program.url).get(&style).await.status, 200);
    for name in ["porch.db", "media", "secret"] {
        assert!(folder.path().join("data").join(name).exists(), "{name}");
    }
    use std::os::unix::fs::PermissionsExt;
    let secret = folder.path().join("data/secret").metadata().unwrap();
    assert_eq!(secret.permissions().mode() & 0o777, 0o600);
    // With default settings nothing is logged where nothing is wrong, and no line for what a stranger is refused.
    let stranger = Visitor::new(&program.url);
    for path in ["/settings/profile", "/p/1"] {
        assert!(stranger.put(path, &[("name", "x")]).await.status >= 300);
    }
    assert!(stranger.get("/media/x").await.status >= 300);
    let said = std::fs::read_to_string(folder.path().join("log")).unwrap();
    assert_eq!(said, "");
    for made in [
        "data",
        "data/porch.db",
        "data/media",
        "data/media/originals",
    ] {
        let mode = folder
            .path()
            .join(made)
            .metadata()
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o077, 0, "{made} is its owner's alone: {mode:o}");
    }
    program.kill();
}

#[rocket::async_test]
async fn a_second_server_on_the_same_folder_does_not_start() {
    let folder = tempfile::tempdir().unwrap();
    let first = Program::start(command(folder.path(), free_port()));
    let second = command(folder.path(), free_port()).output().unwrap();
    assert!(!second.status.success());
    let said = String::from_utf8_lossy(&second.stderr).into_owned();
    assert!(said.contains("another Porch serves"), "{said}");
    assert_eq!(Visitor::new(&first.url).get("/setup").await.status, 200);
    first.kill();
    // What was killed holds nothing.
    let third = Program::start(command(folder.path(), free_port()));
    third.kill();
}

#[test]
fn a_bad_setting_stops_the_start_with_one_sentence() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("file"), "in the way").unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    for (name, value, said) in [
        ("PORCH_RATE_LIMIT", "sometimes", "accepted is on or off"),
        ("PORCH_SECRET_KEY", "short", "PORCH_SECRET_KEY has 5 bytes"),
        (
            "PORCH_DATABASE_URL",
            "mysql://x",
            "begins with sqlite:// or postgres://",
        ),
        (
            "PORCH_DATABASE_URL",
            "postgres://u:pw@127.0.0.1:1/x",
            "PORCH_DATABASE_URL is \"postgres://u:***@127.0.0.1:1/x\"",
        ),
        ("PORCH_DATA", "file/below", "PORCH_DATA is \"file/below\""),
        (
            "PORCH_PUBLIC_URL",
            "porch.example.org",
            "scheme and host alone",
        ),
        ("PORCH_PHOTO_MAX", "huge", "a size such as 50MB"),
        ("PORCH_HEARTBEAT", "often", "a time such as"),
        ("PORCH_FOO", "1", "PORCH_FOO is no setting"),
        ("ROCKET_PORT", "many", "ROCKET_PORT"),
        ("ROCKET_PORT", &port, "choose another port"),
    ] {
        let output = command(folder.path(), free_port())
            .env(name, value)
            .output()
            .unwrap();
        let text = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success(), "{name}={value}");
        assert!(text.contains(said), "{name}={value}: {text}");
        assert_eq!(text.trim().lines().count(), 1, "{name}={value}: {text}");
        assert!(!text.contains("panicked"), "{text}");
    }
}

#[rocket::async_test]
async fn an_administrator_is_made_from_the_command_line() {
    let folder = tempfile::tempdir().unwrap();
    let port = free_port();
    let run = |email: &str| {
        let output = command(folder.path(), port)
            .args(["admin", email])
            .output()
            .unwrap();
        String::from_utf8([output.stdout, output.stderr].concat()).unwrap()
    };
    assert!(run("nobody").contains("no e-mail address"));
    let made = run("jo@example.org");
    let path = made
        .split(&format!("http://127.0.0.1:{port}"))
        .nth(1)
        .unwrap()
        .trim()
        .to_owned();
    let program = Program::start(command(folder.path(), port));
    let jo = Visitor::new(&program.url);
    let token = path.split('=').next_back().unwrap();
    assert_eq!(
        jo.post("/reset", &[("token", token), ("password", PASSWORD)])
            .await
            .status,
        303
    );
    assert!(
        jo.get("/settings/place")
            .await
            .body
            .contains("You look after this house")
    );
    assert_eq!(jo.get("/setup").await.status, 404);
    program.kill();
}

/// What was acknowledged before the kill.
#[derive(Default)]
struct Acknowledged {
    posted: HashSet<String>,
    deleted: HashSet<String>,
}

/// Posts and deletes until the server is gone; what got no answer may have happened or not.
async fn work(ada: &Visitor, number: usize, done: &Mutex<Acknowledged>, over: &AtomicBool) {
    let picture = png(12, 9);
    for n in 0.. {
        if over.load(Ordering::Relaxed) {
            return;
        }
        let caption = format!("by {number}, {n}.");
        let answer = ada.try_upload(&[("caption", &caption)], &picture).await;
        let Some(303) = answer else {
            // Perhaps over a line that the last kill has left behind.
            tokio::time::sleep(Duration::from_millis(5)).await;
            continue;
        };
        done.lock().unwrap().posted.insert(caption.clone());
        if n % 3 == 0 {
            let Some(page) = ada.try_get("/").await else {
                continue;
            };
            let Some(id) = page.post_saying(&caption) else {
                continue;
            };
            // Without an answer it may be gone or not.
            done.lock().unwrap().posted.remove(&caption);
            let Some(303) = ada.try_delete(&format!("/p/{id}")).await else {
                continue;
            };
            done.lock().unwrap().deleted.insert(caption);
        }
    }
}

#[rocket::async_test]
async fn a_kill_at_any_moment_loses_nothing_that_was_acknowledged() {
    let folder = tempfile::tempdir().unwrap();
    let port = free_port();
    let mut program = Program::start(command(folder.path(), port));
    // Given to this installation before anything can be posted, or no sweep would ever touch it.
    assert!(folder.path().join("data/media/installation").exists());
    let ada = founder(&program.url).await;
    let done = Mutex::new(Acknowledged::default());
    for round in 0..4 {
        let over = AtomicBool::new(false);
        let before = done.lock().unwrap().posted.len();
        let kill = async {
            let until = Instant::now() + Duration::from_secs(60);
            while done.lock().unwrap().posted.len() < before + 7 + 3 * round {
                assert!(Instant::now() < until, "nothing can be posted");
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            program.kill();
            over.store(true, Ordering::Relaxed);
        };
        let workers = (0..4).map(|n| {
            let (ada, done, over) = (&ada, &done, &over);
            async move { work(ada, 10 * round + n, done, over).await }
        });
        tokio::join!(kill, futures::future::join_all(workers));
        let mut again = command(folder.path(), port);
        again
            .env("PORCH_ORPHAN_AGE", "1s")
            .env("PORCH_SWEEP", "100ms");
        program = Program::start(again);
    }
    let (mut path, mut said) = (Some("/".to_owned()), Vec::new());
    while let Some(next) = path {
        let page = ada.get(&next).await;
        said.extend(page.captions());
        path = page.older();
    }
    let said: HashSet<String> = said.into_iter().collect();
    let done = done.into_inner().unwrap();
    for caption in &done.posted {
        assert!(
            said.contains(caption),
            "{caption} was acknowledged and is gone"
        );
    }
    for caption in &done.deleted {
        assert!(!said.contains(caption), "{caption} came back");
    }
    // Every post has its file, and after the sweep there is no file without a post.
    let media = folder.path().join("data/media/originals");
    let until = Instant::now() + Duration::from_secs(60);
    while crate::media::files_in(media.clone()) != said.len() {
        assert!(
            Instant::now() < until,
            "files without a post are never swept"
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    program.kill();
}

/// Four very large pictures asked for at once need hardly more memory than one of them.
#[rocket::async_test]
async fn a_flood_of_large_pictures_is_bounded_in_memory() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = command(folder.path(), free_port());
    command.env("PORCH_RENDITION_DEADLINE", "5m");
    let program = Program::start(command);
    let ada = founder(&program.url).await;
    let post = ada.publish("Flood").await;
    let key = ada.keys(&post).await.remove(0);
    let most = || {
        let path = format!("/proc/{}/status", program.child.id());
        let status = std::fs::read_to_string(path).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmHWM:"));
        let figures: String = line.unwrap().matches(char::is_numeric).collect();
        figures.parse::<u64>().unwrap()
    };
    let ask = async |n: u32| {
        let steps = format!("w-5010,h-{},c-force,f-jpg", 5_010 + n);
        let answer = ada.get(&format!("/media/tr:{steps}/{key}")).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
    };
    let before = most();
    ask(0).await;
    let one = most();
    assert!(one > before + (70 << 10), "it is large: {before}, {one}");
    rocket::futures::future::join_all((1..=4).map(ask)).await;
    let all = most();
    assert!(all < one * 3 / 2, "{one} KB for one, {all} KB for four");
    program.kill();
}

/// The data folder is named from the folder that the program runs in, and other programs run in others.
#[rocket::async_test]
async fn other_programs_find_their_files_in_the_usual_data_folder() {
    let programs = Programs::find();
    let folder = tempfile::tempdir().unwrap();
    let scratch = tempfile::tempdir().unwrap();
    let avif = programs.write_avif(&png(64, 48), scratch.path()).unwrap();
    let (Some(avif), true) = (avif, programs.opens(Format::Avif).is_some()) else {
        println!("this machine has no programs for AVIF");
        return;
    };
    let program = Program::start(command(folder.path(), free_port()));
    let ada = founder(&program.url).await;
    let sent = ada
        .upload("/p", &[("caption", "New")], &[("media", "new.avif", &avif)])
        .await;
    assert_eq!(sent.status, 303, "{}", sent.body);
    program.kill();
}
