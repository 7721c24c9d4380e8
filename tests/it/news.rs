//! Letters that tell of notices, and how they are stopped.

use std::time::Duration;

use serde_json::json;

use crate::client::Client;
use crate::house::{House, PASSWORD};
use crate::table::{ID, furnished, one, sql};

const WEEK: Duration = Duration::from_secs(7 * 86_400);

/// Lets time pass and puts in what is due by then.
async fn pass(house: &House, time: Duration) {
    house.clock.advance(time);
    porch::notice::post_due(&house.app).await.unwrap();
}

/// The letters of news that have gone out, once none is on its way.
async fn news(house: &House) -> Vec<String> {
    for _ in 0..400 {
        let query = "select cast(count(*) as bigint) from jobs where kind = 'letter.news'";
        let (waiting,): (i64,) = sqlx::query_as(query)
            .fetch_one(house.app.db.read())
            .await
            .unwrap();
        if waiting == 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let mut letters = house.letters();
    letters.retain(|letter| letter.contains("List-Unsubscribe:"));
    letters
}

/// The address in the last letter under which such letters stop.
fn stop_in(letter: &str) -> String {
    let at = letter
        .find("/letters/stop?token=")
        .expect("it can be stopped");
    letter[at..]
        .split(|c: char| c.is_whitespace() || c == '>')
        .next()
        .unwrap()
        .to_owned()
}

#[rocket::async_test]
async fn a_digest_tells_once_of_what_nobody_has_looked_at_and_is_stopped_with_one_click() {
    let house = House::open().await;
    let ada = house.visitor("ada").await;
    let (ben, cy) = (house.visitor("ben").await, house.visitor("cy").await);
    house.confirm("ada").await;
    ben.put("/@ada/follow", &[]).await;
    cy.put("/@ben/follow", &[]).await;
    ada.put("/@cy/follow", &[]).await;
    for caption in ["One", "Two"] {
        cy.publish(caption).await;
    }
    ben.publish("Not followed").await;
    pass(&house, Duration::ZERO).await;
    assert_eq!(news(&house).await.len(), 0, "not before its time");
    pass(&house, WEEK).await;
    let letters = news(&house).await;
    // Ben's address was not confirmed.
    assert_eq!(letters.len(), 1, "{letters:?}");
    let letter = &letters[0];
    for part in [
        "To: ada@example.org",
        "ben follows you",
        "/@ben",
        "cy has posted 2 times",
        "List-Unsubscribe-Post: List-Unsubscribe=One-Click",
    ] {
        assert!(letter.contains(part), "{part}: {letter}");
    }
    // Told once; and what was looked at is not told.
    pass(&house, WEEK).await;
    let dot = house.visitor("dot").await;
    dot.put("/@ada/follow", &[]).await;
    ada.post("/notices/read", &[]).await;
    pass(&house, WEEK).await;
    assert_eq!(news(&house).await.len(), 1);
    // Whoever follows somebody hears of what they post, also when nothing else is new.
    cy.publish("Three").await;
    pass(&house, WEEK).await;
    let letters = news(&house).await;
    assert_eq!(letters.len(), 2);
    assert!(
        letters[1].contains(": cy has posted something"),
        "{}",
        letters[1]
    );
    // A mail program presses, without a cookie; a link that is merely followed changes nothing.
    let stop = stop_in(letter);
    let stranger = house.stranger();
    assert!(
        stranger
            .get(&stop)
            .await
            .body
            .contains("Stop these letters?")
    );
    assert_eq!(
        stranger.get("/letters/stop?token=nothing").await.status,
        404
    );
    let eve = house.visitor("eve").await;
    eve.put("/@ada/follow", &[]).await;
    pass(&house, WEEK).await;
    assert_eq!(news(&house).await.len(), 3);
    let done = stranger
        .post(&stop, &[("List-Unsubscribe", "One-Click")])
        .await;
    assert_eq!(done.status, 200, "{}", done.body);
    assert!(done.body.contains("These letters have stopped"));
    let fay = house.visitor("fay").await;
    fay.put("/@ada/follow", &[]).await;
    pass(&house, WEEK).await;
    pass(&house, WEEK).await;
    assert_eq!(news(&house).await.len(), 3);
    house.close().await;
}

#[rocket::async_test]
async fn what_is_wanted_at_once_comes_soon_and_a_burst_is_one_letter() {
    let house = House::open().await;
    let ada = house.visitor("ada").await;
    house.confirm("ada").await;
    let by_ada = Client::new(&house)
        .logged_in("ada@example.org", PASSWORD)
        .await;
    let put = async |body: serde_json::Value| {
        let request = by_ada.request(reqwest::Method::PUT, "/users/me/letters");
        by_ada.send(request.json(&body)).await
    };
    let wishes = json!({ "digest": "day", "hour": 7, "zone": 330, "follow": "once" });
    assert_eq!(put(wishes).await.status, 204);
    for wrong in [
        json!({ "digest": "hour" }),
        json!({ "hour": 24 }),
        json!({ "zone": 900 }),
        json!({ "like": "sometimes" }),
    ] {
        assert_eq!(put(wrong.clone()).await.status, 422, "{wrong}");
    }
    let letters = by_ada.get("/users/me/letters").await.json();
    assert_eq!(letters, json!({ "digest": "day", "hour": 7, "zone": 330 }));
    let page = ada.get("/settings/notices").await.body;
    assert!(
        page.contains("value=\"330\" selected>UTC+5:30") && page.contains("value=\"7\" selected")
    );
    let post = ada.publish("Apples").await;
    for name in ["ben", "cy", "dot"] {
        let visitor = house.visitor(name).await;
        visitor.put("/@ada/follow", &[]).await;
        let said = [("text", "Fine"), ("key", "a key of its own")];
        visitor.post(&format!("/p/{post}/comments"), &said).await;
    }
    pass(&house, Duration::from_secs(299)).await;
    assert_eq!(news(&house).await.len(), 0);
    pass(&house, Duration::from_secs(2)).await;
    let letters = news(&house).await;
    assert_eq!(letters.len(), 1);
    assert!(letters[0].contains(": 3 things are new") && !letters[0].contains("commented"));
    // The rest comes with the digest, without what was told already.
    pass(&house, Duration::from_secs(86_400)).await;
    let letters = news(&house).await;
    assert_eq!(letters.len(), 2);
    let digest = &letters[1];
    assert!(
        digest.contains("dot and 2 others commented on your photo: “Fine”"),
        "{digest}"
    );
    assert!(!digest.contains("follows you"));
    // It stops what comes at once, and the digest goes on.
    let stop = stop_in(&letters[0]);
    assert_eq!(house.stranger().post(&stop, &[]).await.status, 200);
    let letters = by_ada.get("/users/me/letters").await;
    assert_eq!(letters.status, 401, "the token has aged");
    let page = house.signed_in("ada").await.get("/settings/notices").await;
    let follow = page.between("name=\"letter-follow\"", "</select>");
    assert!(follow.contains("value=\"off\" selected"), "{follow}");
    assert!(page.body.contains("value=\"day\" checked"));
    house.close().await;
}

/// What the reader was told before they could see it no more stands in no letter; what they see does.
#[rocket::async_test]
async fn a_letter_tells_of_what_its_reader_sees_and_of_nothing_else() {
    let house = House::open().await;
    house.visitor("reader").await;
    house.confirm("reader").await;
    let cases = furnished(&house).await;
    let id = one(&house, ID, "reader").await;
    for (n, case) in cases.iter().enumerate() {
        let notice = "
            insert into notices (id, user_id, kind, post_id, comment_id, actor_id, at)
            values ($1, $2, 'post', $3, '', (select author_id from posts where id = $3), cast($4 as bigint))";
        let key = format!("post:{n}:{id}");
        sql(
            &house,
            notice,
            &[&key, &id, &case.post, &(n + 1).to_string()],
        )
        .await;
    }
    sql(
        &house,
        "insert into outboxes (user_id, waits) values ($1, 1) on conflict (user_id) do update set waits = 1",
        &[&id],
    )
    .await;
    pass(&house, Duration::ZERO).await;
    pass(&house, WEEK).await;
    let letters = news(&house).await;
    let letter = letters
        .iter()
        .find(|letter| letter.contains("To: reader@example.org"))
        .expect("they get one");
    for case in &cases {
        let told = letter.contains(&format!("/p/{}", case.post));
        assert_eq!(told, case.finds(), "{case:?}");
    }
    house.close().await;
}
