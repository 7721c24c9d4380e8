//! The worker of `bin/bench transform`: one picture, made so many times, in a process of its own. What it
//! is compared with and how is in benches/transform/.

use std::fs;
use std::io::Read;

use rustix::time::{ClockId, clock_gettime};
use serde::{Deserialize, Serialize};
use transform::{Accepts, Asked, Given, Limits, Pictures, Rules};

#[derive(Deserialize)]
struct Task {
    file: String,
    chain: String,
    rounds: usize,
    out: String,
}

#[derive(Serialize)]
struct Told {
    /// Of the process, in each round.
    cpu_ms: Vec<f64>,
    peak_kb: u64,
    base_kb: u64,
    bytes: usize,
}

/// Answers the task on standard input with a line on standard output.
pub fn work() {
    let mut line = String::new();
    std::io::stdin().read_to_string(&mut line).expect("a task");
    let task: Task = serde_json::from_str(&line).expect("a task in JSON");
    let bytes = fs::read(&task.file).expect("the picture can be read");
    let base_kb = status("VmRSS:");
    let mut cpu_ms = Vec::new();
    let mut made = Vec::new();
    for _ in 0..task.rounds {
        let before = cpu();
        made = make(&bytes, &task.chain);
        cpu_ms.push(cpu() - before);
    }
    fs::write(&task.out, &made).expect("the result can be written");
    let told = Told {
        cpu_ms,
        peak_kb: status("VmHWM:"),
        base_kb,
        bytes: made.len(),
    };
    println!("{}", serde_json::to_string(&told).expect("numbers"));
}

/// What a chain makes of a file; `master` is the copy that is stored when it comes in.
fn make(bytes: &[u8], chain: &str) -> Vec<u8> {
    let limits = Limits::default();
    if chain == "master" {
        let ingested = transform::ingest(bytes.to_vec(), &limits).expect("the picture is good");
        return ingested.master.expect("it is large enough for one").0;
    }
    let chain = transform::parse(chain, &Rules::default()).expect("the chain is understood");
    let picture = transform::probe(bytes, &limits).expect("the picture is good");
    let given = Given {
        bytes,
        size: (picture.width, picture.height),
    };
    let asked = Asked {
        chain: &chain,
        accepts: Accepts::default(),
        pictures: &Pictures::new(),
    };
    transform::apply(given, asked, &limits)
        .expect("the chain can be done")
        .bytes
}

/// User and system time of this process so far, in milliseconds.
fn cpu() -> f64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    time.tv_sec as f64 * 1_000.0 + time.tv_nsec as f64 / 1e6
}

/// A figure of /proc/self/status, in KiB.
fn status(name: &str) -> u64 {
    let status = fs::read_to_string("/proc/self/status").expect("Linux");
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix(name))
        .expect("the figure");
    line.trim()
        .trim_end_matches(" kB")
        .parse()
        .expect("a number")
}
