//! A clock that is wrong.

use std::time::Duration;

use crate::house::House;

#[rocket::async_test]
async fn a_clock_that_ran_ahead_is_told_of_and_its_dates_are_put_right() {
    let house = House::open().await;
    let ada = house.visitor("ada").await;
    let before = ada.publish("Before").await;
    house.clock.advance(Duration::from_secs(3_600));
    let (first, second) = (ada.publish("Ahead").await, ada.publish("Ahead too").await);
    // The clock of the new start is right.
    let house = house.restart().await;
    let (ada, mo) = (house.signed_in("ada").await, house.signed_in("mo").await);
    let after = ada.publish("After").await;
    let order = [&after, &second, &first, &before].map(Clone::clone);
    assert_eq!(ada.get("/").await.posts(), order);
    let page = mo.get("/admin/jobs").await.body;
    assert!(page.contains("The clock ran ahead"), "{page}");
    assert!(page.contains("3 posts are dated after now"), "{page}");
    house.settled().await;
    let mut socket = ada.listen(&ada.get("/").await.cursor()).await;
    assert_eq!(ada.put("/admin/clock", &[]).await.status, 403);
    assert_eq!(mo.put("/admin/clock", &[]).await.status, 303);
    let mut places = Vec::new();
    for id in [&first, &second, &after] {
        let frame = socket.act().await;
        assert_eq!(
            (&frame["op"], &frame["id"]),
            (&"put".into(), &format!("p-{id}").into())
        );
        places.push(frame["k"].as_str().unwrap().to_owned());
    }
    assert!(places.is_sorted());
    assert_eq!(ada.get("/").await.posts(), order);
    // What comes now is dated by the clock, and above the rest.
    let now = house.clock.now();
    let last = ada.publish("Last").await;
    let page = ada.get("/").await;
    assert_eq!(page.posts()[..2], [last.clone(), after]);
    let (at,): (i64,) = sqlx::query_as("select created_at from posts where id = $1")
        .bind(&last)
        .fetch_one(house.app.db.read())
        .await
        .unwrap();
    assert!((now..now + 60_000_000).contains(&at));
    assert!(!mo.get("/admin/jobs").await.body.contains("ran ahead"));
    house.close().await;
}
