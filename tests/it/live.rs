use std::time::Duration;

use crate::house::{House, PASSWORD};

#[rocket::async_test]
async fn a_new_post_reaches_an_open_feed() {
    let house = House::open().await;
    let (ada, ben) = (house.visitor("ada").await, house.visitor("ben").await);
    let mut socket = ben.listen(&ben.get("/").await.cursor()).await;
    let id = ada.publish("First <light>").await;
    let frame = socket.act().await;
    assert_eq!(frame["op"], "put");
    assert_eq!(frame["id"], format!("p-{id}"));
    let html = frame["html"].as_str().unwrap();
    assert!(html.contains("First &lt;light&gt;") && html.contains(frame["k"].as_str().unwrap()));
    // The first picture of a page is fetched at once.
    let page = ben.get("/").await.body;
    assert_eq!(page.matches("fetchpriority=\"high\"").count(), 1);
    let page = page.replace("fetchpriority=\"high\"", "loading=\"lazy\"");
    assert!(page.contains(html), "the same card as on the page");
    house.close().await;
}

#[rocket::async_test]
async fn an_edit_and_a_deletion_reach_an_open_feed() {
    let house = House::open().await;
    let (ada, ben) = (house.visitor("ada").await, house.visitor("ben").await);
    let id = ada.publish("Before").await;
    house.settled().await;
    let mut socket = ben.listen(&ben.get("/").await.cursor()).await;
    ada.put(&format!("/p/{id}"), &[("caption", "After")]).await;
    let fill = socket.act().await;
    assert_eq!(
        (&fill["op"], &fill["id"]),
        (&"fill".into(), &format!("p-{id}-text").into())
    );
    assert!(fill["html"].as_str().unwrap().contains("After"));
    ada.delete(&format!("/p/{id}")).await;
    let gone = socket.act().await;
    assert_eq!(
        (&gone["op"], &gone["id"]),
        (&"gone".into(), &format!("p-{id}").into())
    );
    assert!(gone["s"].as_i64() > fill["s"].as_i64());
    house.close().await;
}

#[rocket::async_test]
async fn a_reader_who_was_away_gets_what_still_stands_once_and_in_order() {
    let house = House::open().await;
    let (ada, ben) = (house.visitor("ada").await, house.visitor("ben").await);
    let known = ada.publish("Known").await;
    house.settled().await;
    let cursor = ben.get("/").await.cursor();
    let kept = ada.publish("Kept").await;
    let deleted = ada.publish("Deleted").await;
    let edited = ada.publish("Typo").await;
    ada.delete(&format!("/p/{deleted}")).await;
    ada.put(&format!("/p/{edited}"), &[("caption", "No typo")])
        .await;
    ada.put(&format!("/p/{known}"), &[("caption", "Known better")])
        .await;
    house.settled().await;
    let missed = ben.listen(&cursor).await.missed().await;
    let acts: Vec<(String, String)> = missed
        .iter()
        .map(|frame| {
            (
                frame["op"].as_str().unwrap().into(),
                frame["id"].as_str().unwrap().into(),
            )
        })
        .collect();
    let expected = [
        ("put", format!("p-{kept}")),
        ("put", format!("p-{edited}")),
        ("gone", format!("p-{deleted}")),
        ("fill", format!("p-{known}-text")),
    ];
    assert_eq!(acts, expected.map(|(op, id)| (op.to_owned(), id)));
    assert!(missed[1]["html"].as_str().unwrap().contains("No typo"));
    assert!(
        missed
            .windows(2)
            .all(|pair| pair[0]["s"].as_i64() < pair[1]["s"].as_i64())
    );
    house.close().await;
}

#[rocket::async_test]
async fn nothing_falls_between_the_page_and_the_socket() {
    let house = House::open().await;
    let (ada, ben) = (house.visitor("ada").await, house.visitor("ben").await);
    let posting = async {
        for n in 0..20 {
            ada.publish(&format!("Number {n}")).await;
        }
    };
    let reading = async {
        for _ in 0..20 {
            let page = ben.get("/").await;
            let mut socket = ben.listen(&page.cursor()).await;
            let mut known = page.posts();
            let id_of = |frame: &serde_json::Value| frame["id"].as_str().unwrap()[2..].to_owned();
            known.extend(socket.missed().await.iter().map(id_of));
            // Whoever is on a page drawn now was on the first one or is told by the socket.
            let later = ben.get("/").await;
            while later.posts().iter().any(|id| !known.contains(id)) {
                known.push(id_of(&socket.act().await));
            }
        }
    };
    tokio::join!(posting, reading);
    house.settled().await;
    let cursor_at_end = ben.get("/").await;
    assert_eq!(cursor_at_end.posts().len(), 20);
    assert!(
        ben.listen(&cursor_at_end.cursor())
            .await
            .missed()
            .await
            .is_empty()
    );
    house.close().await;
}

#[rocket::async_test]
async fn a_restarted_server_goes_on_where_it_stood() {
    let house = House::open().await;
    let (ada, ben) = (house.visitor("ada").await, house.visitor("ben").await);
    ada.publish("Before").await;
    house.settled().await;
    let cursor = ben.get("/").await.cursor();
    let open = ben.listen(&cursor).await;
    let missed_id = ada.publish("Just before the end").await;
    let house = house.restart().await;
    assert_eq!(open.closed().await, Some(1012));
    let missed = ben.listen(&cursor).await.missed().await;
    assert_eq!(missed.len(), 1);
    assert_eq!(missed[0]["id"], format!("p-{missed_id}"));
    let mut socket = ben.listen(&ben.get("/").await.cursor()).await;
    ada.publish("After").await;
    assert_eq!(socket.act().await["op"], "put");
    house.close().await;
}

#[rocket::async_test]
async fn a_cursor_that_cannot_be_continued_gets_a_reset() {
    let house = House::open().await;
    let ada = house.visitor("ada").await;
    ada.publish("One").await;
    house.settled().await;
    let cursor = ada.get("/").await.cursor();
    let (epoch, seq) = cursor.rsplit_once('.').unwrap();
    let future = format!("{epoch}.{}", seq.parse::<i64>().unwrap() + 5);
    for bad in [
        "",
        "nonsense",
        "otherepoch.1",
        &future,
        &format!("{epoch}.-1x"),
    ] {
        let frame = ada.listen(bad).await.act().await;
        assert_eq!(frame["reset"], true, "{bad:?}");
        assert_eq!(
            format!("{}.{}", frame["e"].as_str().unwrap(), frame["s"]),
            cursor
        );
    }
    house.close().await;
}

#[rocket::async_test]
async fn who_was_away_for_too_much_loads_the_page_anew() {
    let house = House::open().await;
    let ada = house.visitor("ada").await;
    let id = ada.publish("One").await;
    house.settled().await;
    let cursor = ada.get("/").await.cursor();
    ada.delete(&format!("/p/{id}")).await;
    house.settled().await;
    let busy = async |numbers: i64| {
        let mut tx = house.app.db.write().await.unwrap();
        sqlx::query("update feed_clock set seq = seq + $1")
            .bind(numbers)
            .execute(&mut *tx)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        let counter = porch::changes::counter(&house.app.db).await.unwrap();
        house.app.hub.hint(counter.seq);
        house.settled().await;
        porch::sweep(&house.app).await.unwrap();
    };
    busy(49_999).await;
    let missed = ada.listen(&cursor).await.missed().await;
    assert_eq!(missed[0]["id"], format!("p-{id}"), "{missed:?}");
    busy(1).await;
    let frame = ada.listen(&cursor).await.act().await;
    assert_eq!(frame["reset"], true, "the deletion is forgotten");
    house.close().await;
}

#[rocket::async_test]
async fn only_pages_of_this_site_may_open_a_socket() {
    let house = House::open().await;
    let ada = house.visitor("ada").await;
    let cursor = ada.get("/").await.cursor();
    for origin in [
        "https://evil.example",
        "",
        "null",
        "http://127.0.0.1:1",
        "http://localhost.evil",
    ] {
        assert_eq!(
            ada.listen_from(&cursor, origin).await.err(),
            Some(403),
            "{origin}"
        );
    }
    house.close().await;
}

#[rocket::async_test]
async fn a_stranger_is_told_by_a_close_code() {
    let house = House::open().await;
    assert_eq!(
        house.stranger().listen("x.1").await.closed().await,
        Some(4401)
    );
    house.close().await;
}

#[rocket::async_test]
async fn a_reader_who_speaks_up_is_shown_out() {
    let house = House::open().await;
    let ada = house.visitor("ada").await;
    let mut socket = ada.listen(&ada.get("/").await.cursor()).await;
    socket.frame().await;
    socket.say("hello").await;
    assert_eq!(socket.closed().await, Some(1008));
    house.close().await;
}

#[rocket::async_test]
async fn a_heartbeat_says_up_to_where_nothing_is_missing() {
    let house = House::open_with(&[("HEARTBEAT", "50ms")]).await;
    let ada = house.visitor("ada").await;
    let cursor = ada.get("/").await.cursor();
    let mut socket = ada.listen(&cursor).await;
    let seq: i64 = cursor.rsplit_once('.').unwrap().1.parse().unwrap();
    for _ in 0..3 {
        assert_eq!(socket.frame().await["s"], seq);
    }
    house.close().await;
}

#[rocket::async_test]
async fn one_member_has_ten_sockets_and_not_eleven() {
    let house = House::open().await;
    let (ada, ben) = (house.visitor("ada").await, house.visitor("ben").await);
    let cursor = ada.get("/").await.cursor();
    let mut open = Vec::new();
    for _ in 0..10 {
        open.push(ada.listen(&cursor).await);
    }
    assert_eq!(ada.listen_from(&cursor, &house.url).await.err(), Some(503));
    assert_eq!(house.app.hub.count(), 10);
    let other = ben.listen(&cursor).await;
    drop(open.pop());
    while house.app.hub.count() == 11 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    open.push(ada.listen(&cursor).await);
    assert_eq!(ada.listen_from(&cursor, &house.url).await.err(), Some(503));
    drop(other);
    house.close().await;
}

#[rocket::async_test]
async fn a_session_that_ran_out_is_noticed_on_an_open_socket() {
    let house = House::open_with(&[("SESSION_CHECK", "50ms")]).await;
    let ada = house.visitor("ada").await;
    let socket = ada.listen(&ada.get("/").await.cursor()).await;
    house.clock.advance(Duration::from_secs(31 * 86_400));
    assert_eq!(socket.closed().await, Some(4401));
    house.close().await;
}

#[rocket::async_test]
async fn a_reader_who_is_too_slow_is_dropped_and_made_whole_by_the_cursor() {
    let house = House::open().await;
    let (ada, ben) = (house.visitor("ada").await, house.visitor("ben").await);
    let cursor = ben.get("/").await.cursor();
    let slow = ben.listen(&cursor).await;
    let mut paths = Vec::new();
    for n in 0..150 {
        paths.push(format!("/p/{}", ada.publish(&format!("Number {n}")).await));
    }
    // Nobody reads: first the kernel's buffers fill up, then the queue. Many posts, because what changes again and
    // again is told a few times a second only.
    let mut edits = 0;
    while house.app.hub.count() == 1 {
        let long = format!("{edits} {}", "🏡".repeat(2_000));
        let edited = ada.put(&paths[edits % 150], &[("caption", &long)]).await;
        assert_eq!(edited.status, 303, "{}", edited.body);
        edits += 1;
        assert!(edits < 3_000, "a reader who reads nothing is never dropped");
    }
    drop(slow);
    house.settled().await;
    let missed = ben.listen(&cursor).await.missed().await;
    let puts = missed.iter().filter(|frame| frame["op"] == "put").count();
    assert_eq!(puts, 150);
    house.close().await;
}

#[rocket::async_test]
async fn changes_of_another_process_arrive_too() {
    let house = House::open().await;
    let ada = house.visitor("ada").await;
    ada.publish("One").await;
    house.settled().await;
    let mut socket = ada.listen(&ada.get("/").await.cursor()).await;
    // Another process commits without a word to this one's hub.
    let mut tx = house.app.db.write().await.unwrap();
    let (seq, at) = porch::changes::next(&mut tx, house.clock.now())
        .await
        .unwrap();
    sqlx::query("update posts set caption = 'From afar', edited_at = $1, edited_seq = $2")
        .bind(at)
        .bind(seq)
        .execute(&mut *tx)
        .await
        .unwrap();
    sqlx::query("update changes set part = 'text', act = 'fill', seq = $1")
        .bind(seq)
        .execute(&mut *tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    assert!(
        socket.act().await["html"]
            .as_str()
            .unwrap()
            .contains("From afar")
    );
    house.close().await;
}

#[rocket::async_test]
async fn signing_in_again_with_the_old_page_open_works() {
    let house = House::open().await;
    let ada = house.visitor("ada").await;
    let cursor = ada.get("/").await.cursor();
    ada.post("/logout", &[]).await;
    ada.post(
        "/login",
        &[("email", "ada@example.org"), ("password", PASSWORD)],
    )
    .await;
    assert!(ada.listen(&cursor).await.missed().await.is_empty());
    house.close().await;
}
