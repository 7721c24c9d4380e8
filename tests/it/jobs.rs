//! The queue: what is put in is done once, survives a restart, and is seen by those who look after it.

use std::time::Duration;

use porch::jobs::State;
use serde_json::json;

use crate::client::Client;
use crate::house::{House, PASSWORD};
use crate::visitor::Visitor;

/// A mail server that is not there.
async fn nowhere() -> House {
    House::open_with(&[
        ("smtp_url", "smtp://127.0.0.1:9"),
        ("mail_from", "porch@example.org"),
    ])
    .await
}

/// The trial letter's job.
fn trial(house: &House) -> &'static porch::jobs::Kind<porch::app::App> {
    let kinds = house.app.kinds.iter();
    let mut trials = kinds.filter(|kind| kind.name == "letter.trial");
    trials.next().expect("there is one")
}

/// What the administrator's page says, once it says this.
async fn page_saying(mo: &Visitor, what: &str) -> String {
    let until = std::time::Instant::now() + Duration::from_secs(30);
    loop {
        let page = mo.get("/admin/jobs").await.body;
        if page.contains(what) {
            return page;
        }
        assert!(
            std::time::Instant::now() < until,
            "{what:?} is not in {page}"
        );
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

fn job_in(page: &str) -> String {
    let rest = page.split("action=\"/admin/jobs/").nth(1).expect("a job");
    rest.split('"').next().unwrap().to_owned()
}

#[rocket::async_test]
async fn a_letter_that_does_not_go_is_tried_again_and_shown() {
    let house = nowhere().await;
    let (mo, client) = (house.signed_in("mo").await, Client::new(&house));
    let ask = json!({ "email": "mo@example.org" });
    assert_eq!(client.post("/auth/forgot-password", ask).await.status, 202);
    let reset = async || {
        let jobs = house.app.jobs.list(None, 100).await.unwrap();
        let job = jobs.into_iter().find(|job| job.kind == "letter.reset");
        job.expect("the job is in the queue")
    };
    let until = async |attempts: i64| {
        loop {
            let job = reset().await;
            if job.state != State::Running && job.attempts == attempts {
                break;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    until(1).await;
    let page = page_saying(&mo, "1 try").await;
    assert!(page.contains("Letter: choose a new password, to mo@example.org"));
    assert!(
        page.contains("Connection") || page.contains("refused"),
        "it says why: {page}"
    );
    assert!(!page.contains("token="), "no token lies in the database");
    let path = format!("/admin/jobs/{}", reset().await.id);
    house.clock.advance(Duration::from_secs(1));
    assert_eq!(mo.put(&path, &[]).await.status, 303);
    until(1).await;
    // A pause later it is tried again, and in the end given up. (A job that is put in wakes the worker,
    // who does not see that the clock was turned.)
    for tries in 2..=9 {
        house.clock.advance(Duration::from_secs(2 * 86_400));
        let other = json!({ "email": "mo@example.org" });
        house
            .app
            .jobs
            .put_within(trial(&house), &other, i64::MAX)
            .await
            .unwrap();
        until(tries).await;
    }
    assert_eq!(reset().await.state, State::Failed);
    page_saying(&mo, "Given up").await;
    house.close().await;
}

#[rocket::async_test]
async fn a_job_is_taken_out_by_an_administrator_and_nobody_else() {
    let house = nowhere().await;
    let (mo, ada) = (house.signed_in("mo").await, house.visitor("ada").await);
    let page = page_saying(&mo, "1 try").await;
    let path = format!("/admin/jobs/{}", job_in(&page));
    for (status, answer) in [
        (403, ada.get("/admin/jobs").await),
        (403, ada.put(&path, &[]).await),
        (403, ada.delete(&path).await),
        (403, ada.post("/admin/letters", &[]).await),
        (303, house.stranger().get("/admin/jobs").await),
    ] {
        assert_eq!(answer.status, status);
    }
    assert!(
        page.contains("<th scope=\"row\"><a href=\"/admin/jobs?kind=letter."),
        "{page}"
    );
    let others = mo.get("/admin/jobs?kind=video.convert").await.body;
    assert!(!others.contains(&path), "of that kind alone");
    assert_eq!(mo.get("/admin/jobs?kind=nothing").await.status, 404);
    assert_eq!(mo.delete(&path).await.status, 303);
    assert_eq!(mo.delete(&path).await.status, 404);
    let left = mo.get("/admin/jobs").await.body;
    assert!(!left.contains(&path), "it is taken out");
    house.close().await;
}

#[rocket::async_test]
async fn a_letter_put_in_before_a_restart_goes_out_after_it() {
    let house = nowhere().await;
    let (mo, client) = (house.signed_in("mo").await, Client::new(&house));
    let ask = json!({ "email": "mo@example.org" });
    assert_eq!(client.post("/auth/forgot-password", ask).await.status, 202);
    page_saying(&mo, "1 try").await;
    // Started again without a mail server: letters are kept as files.
    let house = house.restart().await;
    let mo = house.signed_in("mo").await;
    house.clock.advance(Duration::from_secs(60));
    house
        .app
        .jobs
        .put_within(
            trial(&house),
            &json!({ "email": "mo@example.org" }),
            i64::MAX,
        )
        .await
        .unwrap();
    let letter = house.letter("choose a new password").await;
    assert!(letter.contains("To: mo@example.org"));
    house.letter("a trial letter").await;
    let page = page_saying(&mo, "Nothing waits").await;
    assert!(page.contains("Nobody receives letters from here"));
    house.close().await;
}

#[rocket::async_test]
async fn two_nodes_share_the_queue_and_each_letter_goes_once() {
    let house = House::open().await;
    let (mo, app) = (house.signed_in("mo").await, house.app.clone());
    // A second worker on the same queue, as another node has one.
    let second = [trial(&house)];
    let mut tasks = tokio::task::JoinSet::new();
    let pause = Duration::from_secs(1);
    porch::jobs::start(&mut tasks, &app.jobs, &second, app.weak(), pause);
    for n in 0..40 {
        let letter = json!({ "email": format!("m{n}@example.org") });
        app.jobs
            .put_within(second[0], &letter, i64::MAX)
            .await
            .unwrap();
    }
    page_saying(&mo, "Nothing waits").await;
    let letters = house.letters();
    let trials = letters
        .iter()
        .filter(|letter| letter.contains(": a trial letter"));
    assert_eq!(trials.count(), 40);
    house.close().await;
}

#[rocket::async_test]
async fn a_sign_in_from_somewhere_new_is_told_to_the_owner() {
    let house = House::open().await;
    let ada = house.visitor("ada").await;
    house.confirm("ada").await;
    // The same browser again, which brings its cookie.
    ada.post("/logout", &[]).await;
    let fields = [("email", "ada@example.org"), ("password", PASSWORD)];
    assert_eq!(ada.post("/login", &fields).await.status, 303);
    let phone = house.stranger().with(
        "user-agent",
        "Mozilla/5.0 (Android 15; Mobile) Firefox/140.0",
    );
    assert_eq!(phone.post("/login", &fields).await.status, 303);
    let letter = house.letter("a new sign-in").await;
    assert!(letter.contains("Firefox on Android") && letter.contains("To: ada@example.org"));
    let about = |letter: &&String| letter.contains(": a new sign-in");
    assert_eq!(house.letters().iter().filter(about).count(), 1);
    house.close().await;
}
