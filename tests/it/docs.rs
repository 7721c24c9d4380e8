//! What the documents say one can do, done.

use std::process::Command;

use crate::client::Client;
use crate::house::House;

/// Runs every line of `docs/api.md`, in a shell that stops at the first one that fails.
#[rocket::async_test]
async fn the_lines_of_the_api_document_work_as_they_stand() {
    let house = House::open().await;
    let document = include_str!("../../docs/api.md");
    let blocks: Vec<&str> = document
        .split("```sh\n")
        .skip(1)
        .map(|rest| rest.split("```").next().unwrap())
        .collect();
    assert!(blocks.len() >= 7);
    let folder = tempfile::tempdir().unwrap();
    let script = format!("set -euo pipefail\nset -x\n{}", blocks.concat());
    let mut shell = Command::new("bash");
    shell
        .args(["-c", &script])
        .env("BASE", &house.url)
        .current_dir(folder.path());
    let done = tokio::task::spawn_blocking(move || shell.output().unwrap());
    let done = done.await.unwrap();
    let said = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{said}");
    let answers = String::from_utf8_lossy(&done.stdout);
    for expected in [
        "\"email\":\"ana@example.org\"",
        "First light, at last",
        "Post deleted",
        "photo frame",
    ] {
        assert!(
            answers.contains(expected),
            "{expected} in {answers}\n{said}"
        );
    }
    let ana = Client::new(&house)
        .logged_in("ana@example.org", "two pears and a ladder")
        .await;
    assert_eq!(
        ana.get("/feeds").await.json()["posts"],
        serde_json::json!([])
    );
    house.close().await;
}
