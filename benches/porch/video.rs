//! A phone's film made anew: what it costs beside plain ffmpeg with the same settings, and what readers notice of it.

use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::feed::house;
use crate::load::{p95, signed_in, waits};
use crate::server::stay_on_core;

const SECONDS: f64 = 20.0;
const READERS_PAUSE: Duration = Duration::from_millis(5);

/// As `src/media/video/arguments.rs` has them.
const PLAIN: &str = "-filter_complex [0:0]scale=1920:1080:flags=bicubic:out_range=tv,format=yuv420p,setsar=1,split[a][b];[b]scale=854:480:flags=bicubic,setsar=1[c] \
 -map [a] -map 0:1 -c:v libx264 -preset veryfast -profile:v high -crf 23 -maxrate 6000000 -bufsize 12000000 -fps_mode vfr -force_key_frames expr:gte(t,n_forced*2) -c:a aac -b:a 128k -f mp4 large.mp4 \
 -map [c] -map 0:1 -c:v libx264 -preset veryfast -profile:v high -crf 25 -maxrate 1200000 -bufsize 2400000 -fps_mode vfr -force_key_frames expr:gte(t,n_forced*2) -c:a aac -b:a 96k -f mp4 small.mp4";

pub async fn run() {
    let folder = tempfile::tempdir().unwrap();
    let source = folder.path().join("phone.mov");
    // Grain, as a camera has it.
    let made = ffmpeg(
        folder.path(),
        &format!(
            "-f lavfi -i testsrc2=s=1920x1080:r=30:d={SECONDS},noise=alls=12:allf=t -f lavfi -i sine=f=440:r=48000:d={SECONDS} \
             -c:v libx265 -preset ultrafast -crf 24 -tag:v hvc1 -x265-params log-level=none -c:a aac phone.mov"
        ),
    );
    if !made {
        println!("ffmpeg is not here: videos are not measured");
        return;
    }
    let bytes = std::fs::read(&source).unwrap();
    let before = children_ms();
    assert!(ffmpeg(folder.path(), &format!("-i phone.mov {PLAIN}")));
    let plain = children_ms() - before;
    let length = |name: &str| std::fs::metadata(folder.path().join(name)).unwrap().len();
    let plain_bytes = length("large.mp4") + length("small.mp4");
    stay_on_core(1);
    let (server, cookie) = house(&folder.path().join("house"), 1_000).await;
    let headers = signed_in(&cookie);
    let end = AtomicBool::new(false);
    let reading = waits((server.port, "/"), &headers, READERS_PAUSE, &end);
    let quiet = async {
        tokio::time::sleep(Duration::from_secs(5)).await;
        end.store(true, Ordering::Relaxed);
    };
    let idle = p95(&tokio::join!(reading, quiet).0);
    let url = format!("http://127.0.0.1:{}", server.port);
    let part = reqwest::multipart::Part::bytes(bytes.clone()).file_name("phone.mov");
    let form = reqwest::multipart::Form::new()
        .text("key", "bench-draft-0123456789")
        .part("media", part);
    let answer = reqwest::Client::new()
        .post(format!("{url}/compose/items"))
        .header("cookie", &cookie)
        .header("origin", &url)
        .header("accept", "application/json")
        .multipart(form)
        .send()
        .await
        .unwrap();
    assert!(answer.status().is_success(), "{}", answer.status());
    let page = answer.text().await.unwrap();
    let key = page
        .split("/media/")
        .nth(1)
        .unwrap()
        .split(['"', '/', '?'])
        .find(|part| part.contains(".mp4"))
        .unwrap()
        .to_owned();
    let looked = server.programs_ms();
    let end = AtomicBool::new(false);
    let reading = waits((server.port, "/"), &headers, READERS_PAUSE, &end);
    let watching = async {
        let (mut peak, http) = (0, reqwest::Client::new());
        loop {
            for _ in 0..10 {
                peak = peak.max(server.program_peak_kib());
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            let asked = http
                .head(format!("{url}/media/{key}"))
                .header("cookie", &cookie)
                .send()
                .await
                .unwrap();
            if asked.status() == 200 {
                break;
            }
        }
        end.store(true, Ordering::Relaxed);
        peak
    };
    let (read, peak) = tokio::join!(reading, watching);
    let busy = p95(&read);
    let spent = server.programs_ms() - looked;
    let kept = |form: &str| {
        let shelf = folder
            .path()
            .join("house/media")
            .join(form)
            .join(&key[..2])
            .join(&key);
        std::fs::metadata(shelf).map_or(0, |file| file.len())
    };
    let ours = kept("originals") + kept("small");
    println!(
        "{SECONDS} s of a phone's film, HEVC 1080p, {:.1} MB, made anew in two sizes",
        bytes.len() as f64 / 1e6
    );
    println!(
        "  plain ffmpeg  {:.2} s of processor a second, {:.1} MB",
        plain / 1_000.0 / SECONDS,
        plain_bytes as f64 / 1e6
    );
    println!(
        "  Porch         {:.2} s of processor a second  {:.2} of it; {:.1} MB  {:.2} of it, {:.2} of the source; {} MB of memory",
        spent / 1_000.0 / SECONDS,
        spent / plain,
        ours as f64 / 1e6,
        ours as f64 / plain_bytes as f64,
        ours as f64 / bytes.len() as f64,
        peak >> 10
    );
    println!(
        "  reader's p95 {idle:.2} ms, meanwhile {busy:.2} ms  {:.2} of it",
        busy / idle
    );
}

fn ffmpeg(folder: &Path, arguments: &str) -> bool {
    let run = Command::new("ffmpeg")
        .args(["-v", "error", "-y", "-nostdin"])
        .args(arguments.split_whitespace())
        .current_dir(folder)
        .status();
    run.is_ok_and(|status| status.success())
}

/// Processor time of the programs that this process has run and waited for, in milliseconds.
fn children_ms() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let after_name = stat.rsplit(") ").next().unwrap();
    let fields: Vec<&str> = after_name.split(' ').collect();
    let ticks: u64 = fields[13].parse::<u64>().unwrap() + fields[14].parse::<u64>().unwrap();
    ticks as f64 * 10.0
}
