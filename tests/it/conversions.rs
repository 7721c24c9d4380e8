//! Conversions that end otherwise than by being done.

use std::time::Duration;

use serde_json::json;

use crate::client::Client;
use crate::house::House;
use crate::video::{HEVC, film, posts_of};

#[rocket::async_test]
async fn what_is_not_converted_yet_waits_outside_of_a_post_that_is_out() {
    let place = tempfile::tempdir().unwrap();
    let long = format!("{HEVC} -vf loop=20:60");
    let Some(bytes) = film(place.path(), "a.mov", &long) else {
        return;
    };
    let house = House::open().await;
    let ada = house.visitor("ada").await;
    let id = ada.publish("Out already").await;
    let form = ada.get(&format!("/p/{id}/edit")).await;
    let item = form.between("name=\"item\" value=\"", "\"");
    let fields = [("caption", "With a film"), ("item", item)];
    let files = [("media", "a.mov", &*bytes)];
    let said = ada.upload(&format!("/p/{id}"), &fields, &files).await;
    assert_eq!(said.status, 422, "{}", said.body);
    assert!(said.body.contains("not converted yet"), "{}", said.body);
    assert!(
        said.body.contains("\nWith a film</textarea>"),
        "{}",
        said.body
    );
    assert!(said.body.contains("a.mov"), "it stays on the sheet");
    assert_eq!(ada.keys(&id).await.len(), 1);
    house.close().await;
}

#[rocket::async_test]
async fn a_conversion_that_is_given_up_says_so_at_once() {
    let place = tempfile::tempdir().unwrap();
    let Some(bytes) = film(place.path(), "a.mov", HEVC) else {
        return;
    };
    let house = House::open().await;
    let ada = Client::member(&house, "ada").await;
    let part = reqwest::multipart::Part::bytes(bytes).file_name("a.mov");
    let form = reqwest::multipart::Form::new()
        .part("file", part)
        .text("caption", "");
    let request = ada
        .request(reqwest::Method::POST, "/upload")
        .multipart(form);
    let made = ada.send(request).await.json();
    let item = made["media"][0]["id"].as_str().unwrap().to_owned();
    for _ in 0..600 {
        if house.app.jobs.list(None, 10).await.unwrap().is_empty() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    // As if the server had ended in the middle of all its tries.
    let mut tx = house.app.db.write().await.unwrap();
    for sql in [
        "update media set state = 'converting' where id = $1",
        "insert into jobs (id, kind, payload, state, attempts, run_at, created_at)
         values ($1, 'video.convert', '{\"item\":\"' || $1 || '\"}', 'waiting', 5, 0, 0)",
    ] {
        sqlx::query(sql)
            .bind(&item)
            .execute(&mut *tx)
            .await
            .unwrap();
    }
    tx.commit().await.unwrap();
    let kinds = house.app.kinds.iter();
    let convert = kinds.copied().find(|kind| kind.name == "video.convert");
    // Wakes the worker.
    let other = json!({ "item": "00000000-0000-7000-8000-000000000000" });
    house
        .app
        .jobs
        .put_within(convert.unwrap(), &other, i64::MAX)
        .await
        .unwrap();
    let mut row = (String::new(), String::new());
    for _ in 0..300 {
        row = sqlx::query_as("select state, reason from media where id = $1")
            .bind(&item)
            .fetch_one(house.app.db.read())
            .await
            .unwrap();
        if row.0 == "failed" {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let (state, reason) = row;
    assert_eq!(state, "failed");
    assert!(reason.contains("given up"), "{reason}");
    house.close().await;
}

#[rocket::async_test]
async fn a_server_that_ends_gives_its_conversion_back_at_once() {
    let place = tempfile::tempdir().unwrap();
    let long = format!("{HEVC} -vf scale=1280:720,loop=10:60");
    let Some(bytes) = film(place.path(), "a.mov", &long) else {
        return;
    };
    let house = House::open().await;
    let ada = house.visitor("ada").await;
    let files = [("media", "a.mov", &*bytes)];
    let sent = ada
        .upload("/p", &[("caption", "Still going")], &files)
        .await;
    assert_eq!(sent.status, 303, "{}", sent.body);
    let job = async |house: &House| {
        let jobs = house.app.jobs.list(None, 10).await.unwrap();
        jobs.into_iter().find(|job| job.kind == "video.convert")
    };
    while job(&house)
        .await
        .is_some_and(|job| job.state != porch::jobs::State::Running)
    {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    house.app.jobs.give_back().await.unwrap();
    let back = job(&house).await.expect("it is not done in this moment");
    assert_eq!(
        (back.state, back.attempts),
        (porch::jobs::State::Waiting, 0)
    );
    let house = house.restart().await;
    let ada = house.signed_in("ada").await;
    // Within its lease, which it would have waited for.
    posts_of(&ada, 1).await;
    house.close().await;
}
