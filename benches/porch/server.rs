//! The servers that are compared, each in a process of its own.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use rocket::data::{Data, ToByteUnit};
use rocket::fairing::AdHoc;
use rocket::http::ContentType;
use rocket::{State, get, post, routes};

/// A server process; ends with this value.
pub struct Server {
    child: Child,
    pub port: u16,
}

impl Server {
    /// Starts this program again in another role and waits until it listens.
    pub fn start(role: &[&str]) -> Server {
        let program = std::env::current_exe().expect("a running program has a path");
        let mut child = Command::new(program)
            .args(role)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("this program can be started again");
        let output = child.stdout.take().expect("the output is piped");
        let mut lines = BufReader::new(output).lines().map_while(Result::ok);
        // Rocket may log a line before.
        let port = lines
            .find_map(|line| line.trim().parse().ok())
            .expect("it says its port");
        std::thread::spawn(move || lines.for_each(drop));
        Server { child, port }
    }

    /// Porch itself, with its data in `folder`: the program that `PORCH_PROGRAM` names, or the one built with this.
    pub fn porch(folder: &Path) -> Server {
        let file = folder.join("porch.db");
        Server::porch_on(folder, &format!("sqlite://{}?mode=rwc", file.display()))
    }

    /// The same on that database.
    pub fn porch_on(folder: &Path, database: &str) -> Server {
        let program = std::env::var_os("PORCH_PROGRAM");
        let program = program.unwrap_or_else(|| env!("CARGO_BIN_EXE_porch").into());
        let port = {
            let free = TcpListener::bind("127.0.0.1:0").expect("a port is free");
            free.local_addr().expect("it has an address").port()
        };
        // A process begins on its parent's cores.
        stay_on_core(0);
        let mut command = Command::new(program);
        let ours = std::env::vars_os().map(|(name, _)| name);
        for name in ours.filter(|name| name.to_string_lossy().starts_with("PORCH_")) {
            command.env_remove(name);
        }
        let child = command
            .current_dir(folder)
            .env("ROCKET_ADDRESS", "127.0.0.1")
            .env("ROCKET_PORT", port.to_string())
            .env("PORCH_DATA", folder)
            .env("PORCH_DATABASE_URL", database)
            .env("PORCH_RATE_LIMIT", "off")
            .env("PORCH_LOG", "error")
            .env("PORCH_SOCKETS_PER_USER", "100000")
            .env("PORCH_SOCKETS_PER_ADDRESS", "100000")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn();
        stay_on_core(1);
        let mut child = child.expect("the program can be started");
        let output = child.stdout.take().expect("the output is piped");
        let mut lines = BufReader::new(output).lines().map_while(Result::ok);
        assert!(
            lines.any(|line| line.starts_with("Porch is at ")),
            "it says where it is"
        );
        std::thread::spawn(move || lines.for_each(drop));
        Server { child, port }
    }

    /// Processor time used so far, in milliseconds (proc(5), stat, fields 14 and 15).
    pub fn cpu_ms(&self) -> f64 {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap();
        let after_name = stat.rsplit(") ").next().unwrap();
        let fields: Vec<&str> = after_name.split(' ').collect();
        let ticks: u64 = fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap();
        ticks as f64 * 10.0
    }

    /// Processor time of the programs that it has run and waited for, in milliseconds (fields 16 and 17).
    pub fn programs_ms(&self) -> f64 {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap();
        let after_name = stat.rsplit(") ").next().unwrap();
        let fields: Vec<&str> = after_name.split(' ').collect();
        let ticks: u64 = fields[13].parse::<u64>().unwrap() + fields[14].parse::<u64>().unwrap();
        ticks as f64 * 10.0
    }

    /// The most memory of a program that runs for it now, in KiB (proc(5), status, VmHWM).
    pub fn program_peak_kib(&self) -> u64 {
        let id = self.child.id();
        let threads = std::fs::read_dir(format!("/proc/{id}/task"))
            .into_iter()
            .flatten();
        let lists = threads
            .flatten()
            .filter_map(|thread| std::fs::read_to_string(thread.path().join("children")).ok());
        let children: Vec<String> = lists
            .flat_map(|list| {
                list.split_whitespace()
                    .map(str::to_owned)
                    .collect::<Vec<_>>()
            })
            .collect();
        let peaks = children.iter().filter_map(|child| {
            let status = std::fs::read_to_string(format!("/proc/{child}/status")).ok()?;
            let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
            line.split_whitespace().nth(1)?.parse().ok()
        });
        peaks.max().unwrap_or(0)
    }

    /// Resident memory in KiB (proc(5), status, VmRSS).
    pub fn resident_kib(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status
            .lines()
            .find(|line| line.starts_with("VmRSS:"))
            .unwrap();
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Keeps this process on one core: servers on the first, the client on the second.
pub fn stay_on_core(core: usize) {
    let mut set = rustix::thread::CpuSet::new();
    set.set(core);
    // One core alone is no reason to stop; the figures are only noisier.
    let _ = rustix::thread::sched_setaffinity(None, &set);
}

fn tell_port() -> AdHoc {
    AdHoc::on_liftoff("Port", |rocket| {
        Box::pin(async move {
            println!("{}", rocket.config().port);
            std::io::stdout().flush().expect("the parent reads");
        })
    })
}

struct Bytes(Vec<u8>);

#[get("/")]
fn bytes(bytes: &State<Bytes>) -> (ContentType, &[u8]) {
    (ContentType::HTML, &bytes.inner().0)
}

/// Takes a body to the disk, and has it safe there once.
#[post("/sink", data = "<data>")]
async fn sink(folder: &State<Folder>, data: Data<'_>) -> &'static str {
    let path = folder.0.path().join("sunk");
    let file = data.open(4.gibibytes()).into_file(path).await;
    let file = file.expect("the disk takes it").into_inner();
    file.sync_all().await.expect("the disk keeps it");
    "taken"
}

struct Folder(tempfile::TempDir);

/// Where the bare route answers in pieces as large as Porch's; elsewhere in Rocket's own, of 4 KiB.
pub const LARGE_PIECES: &str = "/large";

/// A bare Rocket route that answers the bytes of `file` from memory.
pub async fn bare(file: &str) {
    stay_on_core(0);
    let body = std::fs::read(Path::new(file)).expect("the page was written");
    let figment = rocket::Config::figment()
        .merge(("port", 0))
        .merge(("address", "127.0.0.1"))
        .merge(("log_level", "off"));
    let rocket = rocket::custom(figment)
        .manage(Bytes(body))
        .manage(Folder(tempfile::tempdir().expect("there is room")))
        .attach(AdHoc::on_response(
            "Pieces as large as ours",
            |request, response| {
                let large = request.uri().path().starts_with(LARGE_PIECES);
                Box::pin(async move {
                    if large {
                        response.set_max_chunk_size(32 << 10);
                    }
                })
            },
        ))
        .mount("/", routes![bytes, sink])
        .mount(LARGE_PIECES, routes![bytes]);
    rocket
        .attach(tell_port())
        .launch()
        .await
        .expect("Rocket runs");
}

/// The least a fan-out can cost: one loop that writes the same bytes to every socket. The first
/// connection is the control: a length and so many bytes are written to all the others.
pub fn bare_loop() {
    stay_on_core(0);
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    println!("{}", listener.local_addr().unwrap().port());
    std::io::stdout().flush().expect("the parent reads");
    let (mut control, _) = listener.accept().expect("the control connects");
    let mut sockets = Vec::new();
    let mut length = [0; 8];
    while control.read_exact(&mut length).is_ok() {
        match u64::from_be_bytes(length) {
            // So many readers connect now.
            wanted if wanted < 1 << 32 => {
                while (sockets.len() as u64) < wanted {
                    let (socket, _) = listener.accept().expect("a reader connects");
                    socket
                        .set_nodelay(true)
                        .expect("a fresh socket takes options");
                    sockets.push(socket);
                }
                control.write_all(b"!").expect("the control listens");
            }
            framed => {
                let mut frame = vec![0; (framed - (1 << 32)) as usize];
                control.read_exact(&mut frame).expect("the frame follows");
                for socket in &mut sockets {
                    socket.write_all(&frame).expect("a reader reads");
                }
            }
        }
    }
}
