//! Measures beside each other, and beside what their members do themselves: each gives back its own and nothing else.

use serde_json::json;

use crate::choir::{people, program, worked};
use crate::client::Client;
use crate::house::House;
use crate::measures::{id, undo};
use crate::reports::{MINUTE, cases, decide, report};
use crate::table::one;

#[rocket::async_test]
async fn of_two_measures_on_a_comment_each_gives_back_its_own() {
    let house = House::open().await;
    let [ada, ben, eve] = people(&house).await;
    let desk = Client::admin(&house).await;
    let post = ada.publish("Calm").await;
    let said = [("text", "A thunderous word"), ("key", "abcdefgh12345678")];
    assert_eq!(
        ben.post(&format!("/p/{post}/comments"), &said).await.status,
        303
    );
    let comment = one(&house, "select id from comments where post_id = $1", &post).await;
    assert_eq!(
        report(&house, "ada", "comment", &comment, "unkind")
            .await
            .status,
        204
    );
    let hidden = id(&decide(&desk, "hide", json!({ "goes_on": true })).await);
    let again = report(&house, "ada", "comment", &comment, "danger").await;
    assert_eq!(again.status, 404, "an empty place is reported by nobody");
    let removed = id(&decide(&desk, "remove", json!({})).await);
    let shows = async || {
        eve.get(&format!("/p/{post}"))
            .await
            .body
            .contains("thunderous")
    };
    assert_eq!(undo(&desk, &hidden, "").await, 204);
    assert!(!shows().await, "the other one stands");
    assert!(
        cases(&desk).await.is_empty(),
        "it was not this one that closed the case"
    );
    assert_eq!(undo(&desk, &removed, "").await, 204);
    assert!(shows().await);
    assert_eq!(cases(&desk).await.len(), 1);
    // What its author takes away is kept nowhere.
    let hidden = id(&decide(&desk, "hide", json!({})).await);
    let api = program(&house, "ben").await;
    assert_eq!(
        api.delete(&format!("/comments/{comment}")).await.status,
        204
    );
    porch::sweep(&house.app).await.unwrap();
    assert_eq!(
        one(&house, "select kept from measures where id = $1", &hidden).await,
        ""
    );
    house.close().await;
}

#[rocket::async_test]
async fn a_deletion_that_was_taken_back_erases_nothing_early() {
    let house = House::open().await;
    let [ada, _, eve] = people(&house).await;
    let desk = Client::admin(&house).await;
    let post = ada.publish("Harsh").await;
    assert_eq!(
        report(&house, "eve", "post", &post, "naked").await.status,
        204
    );
    let gone = ada.htmx().delete(&format!("/p/{post}")).await;
    assert_eq!(gone.status, 200, "{}", gone.body);
    assert_eq!(
        ada.htmx()
            .delete(&format!("/p/{post}/deletion"))
            .await
            .status,
        200
    );
    let measure = id(&decide(&desk, "erase", json!({})).await);
    house.clock.advance(MINUTE);
    worked(&house).await;
    porch::sweep(&house.app).await.unwrap();
    assert_eq!(undo(&desk, &measure, "").await, 204);
    assert_eq!(eve.get(&format!("/p/{post}")).await.status, 200);
    let stands = ada.get("/standing").await.body;
    assert!(
        stands.contains("Nothing was decided about you."),
        "{stands}"
    );
    house.close().await;
}
