//! What Porch costs, as ratios to the least that the same work can cost, taken in one run.
//!
//! Every server is a process of its own on the first core, the client stays on the second; rounds of
//! the compared servers alternate, so that a noisy machine disturbs all alike. `bin/bench` runs it.

mod fan_out;
mod feed;
mod house;
mod load;
mod media;
mod people;
mod search;
mod server;
mod town;
mod transform;
mod upload;
mod video;
mod world;

use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args()
        .skip(1)
        .filter(|a| a != "--bench")
        .collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let runtime = |workers| {
        tokio::runtime::Builder::new_multi_thread()
            .worker_threads(workers)
            .enable_all()
            .build()
            .expect("threads can be started")
    };
    match words.as_slice() {
        ["bare", file] => runtime(1).block_on(server::bare(file)),
        ["loop"] => server::bare_loop(),
        ["transform-worker"] => transform::work(),
        ["feed"] => runtime(1).block_on(feed::run()),
        ["live"] => runtime(1).block_on(fan_out::run()),
        ["media"] => runtime(1).block_on(media::run()),
        ["house"] => runtime(1).block_on(house::run()),
        ["people", parts @ ..] => runtime(1).block_on(people::run(parts)),
        ["search"] => runtime(1).block_on(search::run()),
        ["upload"] => runtime(1).block_on(upload::run()),
        ["video"] => runtime(1).block_on(video::run()),
        [] => runtime(1).block_on(async {
            feed::run().await;
            fan_out::run().await;
            media::run().await;
            upload::run().await;
            video::run().await;
        }),
        other => {
            eprintln!(
                "What is {other:?}? Known are feed, house, live, media, people, search, upload and video."
            );
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}
