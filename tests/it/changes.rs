//! The log of changes under the live feed: order, bounds, who hears of what, storms.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::client::Client;
use crate::house::House;

/// What a page holds that knew nothing and took these frames in.
fn shown(frames: &[serde_json::Value]) -> BTreeMap<String, String> {
    let mut shown = BTreeMap::new();
    for frame in frames {
        let (id, html) = (frame["id"].as_str().unwrap(), frame["html"].as_str());
        match frame["op"].as_str().unwrap() {
            "put" => shown.insert(id.to_owned(), caption_in(html.unwrap())),
            "fill" => {
                let element = id.strip_suffix("-text").unwrap();
                let words = caption_in(html.unwrap());
                shown
                    .get_mut(element)
                    .map(|known| std::mem::replace(known, words))
            }
            "gone" => shown.remove(id),
            other => panic!("{other}"),
        };
    }
    shown
}

fn caption_in(html: &str) -> String {
    let after = html.split("<div class=\"caption\" dir=\"auto\">").nth(1);
    after
        .map_or("", |after| after.split('<').next().unwrap())
        .to_owned()
}

#[rocket::async_test]
async fn whatever_many_do_at_once_is_what_a_reader_sees_at_the_end() {
    let house = House::open().await;
    let witness = house.visitor("witness").await;
    let start = witness.get("/").await.cursor();
    let mut writers = Vec::new();
    for name in ["ada", "ben", "cleo", "dan", "eve", "finn"] {
        writers.push((format!("/@{name}/posts"), house.visitor(name).await));
    }
    let socket = witness.listen(&start).await;
    let acts = writers.iter().map(async |(own, writer)| {
        for n in 0..4 {
            writer.publish(&format!("kept {n}")).await;
            let path = format!("/p/{}", writer.get(own).await.posts()[0]);
            let edit = async |words: &str| {
                let words = format!("{words} {n}");
                let edited = writer.put(&path, &[("caption", &words)]).await;
                assert_eq!(edited.status, 303);
            };
            writer.publish(&format!("gone {n}")).await;
            let doomed = format!("/p/{}", writer.get(own).await.posts()[0]);
            edit("changed").await;
            assert_eq!(writer.delete(&doomed).await.status, 303);
            edit("changed again").await;
        }
    });
    let (_, live) = tokio::join!(futures::future::join_all(acts), async {
        let mut socket = socket;
        let mut frames = Vec::new();
        let settled = |frames: &[serde_json::Value]| {
            let shown = shown(frames);
            shown.len() == 24
                && shown
                    .values()
                    .all(|words| words.starts_with("changed again"))
        };
        while !settled(&frames) {
            frames.push(socket.act().await);
        }
        frames
    });
    house.settled().await;
    let in_order = |frames: &[serde_json::Value]| {
        let numbers: Vec<_> = frames.iter().map(|frame| frame["s"].as_i64()).collect();
        numbers.windows(2).all(|pair| pair[0] < pair[1])
    };
    assert!(in_order(&live));
    let missed = witness.listen(&start).await.missed().await;
    assert!(in_order(&missed));
    assert_eq!(shown(&missed), shown(&live), "who was away sees the same");
    let first_page = witness.get("/").await.posts();
    for id in first_page {
        assert!(shown(&live).contains_key(&format!("p-{id}")));
    }
    house.close().await;
}

#[rocket::async_test]
async fn a_storm_of_edits_is_a_few_frames_a_second_and_holds_nobody_up() {
    let house = House::open().await;
    let (ada, ben) = (house.visitor("ada").await, house.visitor("ben").await);
    let id = ada.publish("Calm").await;
    house.settled().await;
    let mut socket = ben.listen(&ben.get("/").await.cursor()).await;
    const EDITS: usize = 150;
    let begun = std::time::Instant::now();
    for n in 0..EDITS {
        let words = format!("storm {n}");
        ada.put(&format!("/p/{id}"), &[("caption", &words)]).await;
        if n == 20 {
            ben.publish("In between").await;
        }
    }
    let last = format!("storm {}", EDITS - 1);
    let (mut fills, mut puts) = (0, 0);
    loop {
        let frame = socket.act().await;
        match frame["op"].as_str().unwrap() {
            "fill" => fills += 1,
            _ => puts += 1,
        }
        if frame["html"]
            .as_str()
            .unwrap()
            .contains(&format!(">{last}<"))
        {
            break;
        }
    }
    let most = begun.elapsed().as_millis() / 250 + 2;
    assert!(
        fills <= most,
        "{fills} frames for {EDITS} edits, not {most}"
    );
    assert_eq!(puts, 1, "the other post came, once");
    house.close().await;
}

#[rocket::async_test]
async fn what_is_not_for_a_reader_reaches_them_in_no_way() {
    let house = House::open().await;
    let (ada, ben) = (house.visitor("ada").await, house.visitor("ben").await);
    let start = ben.get("/").await.cursor();
    let open = ada.publish("For everybody").await;
    let closed = ada.publish("For nobody").await;
    house.settled().await;
    let [mut at_ada, mut at_ben] = [ada.listen(&start).await, ben.listen(&start).await];
    at_ada.missed().await;
    at_ben.missed().await;
    let user: (String,) = sqlx::query_as("select author_id from posts where id = $1")
        .bind(&closed)
        .fetch_one(house.app.db.read())
        .await
        .unwrap();
    let to_ada = format!("u:{}", user.0);
    for (audience, words) in [("gone", "withheld"), (to_ada.as_str(), "a note")] {
        let mut tx = house.app.db.write().await.unwrap();
        sqlx::query("update posts set audience = $1 where id = $2")
            .bind(audience)
            .bind(&closed)
            .execute(&mut *tx)
            .await
            .unwrap();
        let (seq, _) = porch::changes::next(&mut tx, house.clock.now())
            .await
            .unwrap();
        let change = porch::changes::Change {
            seq,
            subject: user.0.clone(),
            part: "member".into(),
            act: porch::changes::Act::Gone,
            post: None,
            about: porch::changes::About {
                author: user.0.parse().unwrap(),
                audience: audience.to_owned(),
            },
        };
        porch::changes::record(&mut tx, &change).await.unwrap();
        tx.commit().await.unwrap();
        house.app.hub.hint(seq);
        house.settled().await;
        let after = ben.publish(words).await;
        let expected = format!("p-{after}");
        assert_eq!(at_ben.act().await["id"], expected, "{audience}");
        if audience == "gone" {
            assert_eq!(at_ada.act().await["id"], expected);
        } else {
            assert_eq!(at_ada.act().await["op"], "gone-by");
        }
        let missed = ben.listen(&start).await.missed().await;
        assert!(
            missed.iter().all(|frame| frame["op"] == "put"),
            "{missed:?}"
        );
        let ids: Vec<_> = missed.iter().map(|frame| frame["id"].clone()).collect();
        assert!(ids.contains(&format!("p-{open}").into()) && ids.contains(&expected.into()));
        assert!(!ids.contains(&format!("p-{closed}").into()));
        let page = ben.get("/").await;
        assert!(page.posts().contains(&open) && !page.posts().contains(&closed));
        assert_eq!(ben.get(&format!("/p/{closed}")).await.status, 404);
        assert!(!ben.get("/@ada/posts").await.posts().contains(&closed));
    }
    house.close().await;
}

#[rocket::async_test]
async fn who_missed_two_hundred_posts_is_told_and_of_one_more_loads_the_page() {
    let house = House::open().await;
    let ada = house.visitor("ada").await;
    let start = ada.get("/").await.cursor();
    for n in 0..200 {
        ada.publish(&format!("Number {n}")).await;
    }
    house.settled().await;
    assert_eq!(ada.listen(&start).await.missed().await.len(), 200);
    ada.publish("One more").await;
    house.settled().await;
    assert_eq!(ada.listen(&start).await.act().await["reset"], true);
    house.close().await;
}

#[rocket::async_test]
async fn an_erased_account_is_one_frame_however_much_it_had_posted() {
    let house = House::open().await;
    let mo = Client::admin(&house).await;
    let (ada, ben) = (house.visitor("ada").await, house.visitor("ben").await);
    let before = ben.get("/").await.cursor();
    for n in 0..201 {
        ada.publish(&format!("Number {n}")).await;
    }
    house.settled().await;
    let knows_all = ben.get("/").await.cursor();
    let (id,): (String,) = sqlx::query_as("select id from users where handle = 'ada'")
        .fetch_one(house.app.db.read())
        .await
        .unwrap();
    assert_eq!(mo.delete(&format!("/users/{id}")).await.status, 204);
    house.settled().await;
    let gone = |frame: &serde_json::Value| frame["op"] == "gone-by" && frame["author"] == id;
    for cursor in [&knows_all, &before] {
        let missed = ben.listen(cursor).await.missed().await;
        assert!(missed.len() == 1 && gone(&missed[0]), "{missed:?}");
    }
    let rows = async || -> i64 {
        let query = "select cast(count(*) as bigint) from changes where author_id = $1";
        let row: (i64,) = sqlx::query_as(query)
            .bind(&id)
            .fetch_one(house.app.db.read())
            .await
            .unwrap();
        row.0
    };
    while rows().await > 1 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let missed = ben.listen(&before).await.missed().await;
    assert!(missed.len() == 1 && gone(&missed[0]), "{missed:?}");
    house.close().await;
}
