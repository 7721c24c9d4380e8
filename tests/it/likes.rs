//! Likes: set and taken back, counted, told to open pages, and gone with whoever they belong to.

use std::time::Duration;

use serde_json::json;

use crate::client::Client;
use crate::house::{House, PASSWORD};
use crate::table::{ID, one, sql};
use crate::visitor::Visitor;

async fn stands(visitor: &Visitor, post: &str) -> (bool, String) {
    let page = visitor.get("/").await;
    let at = page.body.find(&format!("id=\"p-{post}-like\"")).unwrap();
    let button = &page.body[at..at + page.body[at..].find("</button>").unwrap()];
    let count = button.split("count\">").nth(1).unwrap();
    (
        button.contains("aria-pressed=\"true\""),
        count[..count.find('<').unwrap()].to_owned(),
    )
}

#[rocket::async_test]
async fn a_like_is_set_and_taken_back_by_form_and_by_program() {
    let house = House::open().await;
    let (ada, ben) = (house.visitor("ada").await, house.visitor("ben").await);
    let post = ada.publish("Apples").await;
    let path = format!("/p/{post}/like");
    let form = ben.with("referer", &format!("{}/@ada/posts?before=x", house.url));
    for _ in 0..2 {
        let answer = form.post(&path, &[("_method", "put")]).await;
        assert_eq!(answer.status, 303, "{}", answer.body);
        let back = format!("/@ada/posts?before=x#p-{post}");
        assert_eq!(answer.header("location"), back);
        assert_eq!(stands(&ben, &post).await, (true, "1".into()));
        assert_eq!(stands(&ada, &post).await, (false, "1".into()));
    }
    let elsewhere = ben.with("referer", "https://evil.example//other/place");
    let answer = elsewhere.post(&path, &[("_method", "put")]).await;
    assert_eq!(answer.header("location"), format!("/#p-{post}"));
    let api = Client::new(&house)
        .logged_in("ada@example.org", PASSWORD)
        .await;
    let path = format!("/posts/{post}/like");
    for _ in 0..2 {
        let said = api.put(&path).await;
        assert_eq!(said.json(), json!({ "liked": true, "likes": 2 }));
    }
    for posts in [
        api.get("/feeds").await.json()["posts"][0].clone(),
        api.get(&format!("/posts/{post}")).await.json(),
    ] {
        assert_eq!(posts["likes"], 2, "{posts}");
        assert_eq!(posts["liked"], true);
        assert_eq!(posts["comments"], 0);
    }
    let likers = api.get(&format!("/posts/{post}/likes")).await.json();
    let handles: Vec<_> = likers["members"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["handle"].clone())
        .collect();
    assert_eq!(handles, ["ada", "ben"]);
    assert!(likers["next"].is_null());
    let page = ben.get(&format!("/p/{post}")).await.body;
    assert!(
        page.contains("Liked by <bdi>ada</bdi> and one other"),
        "{page}"
    );
    assert!(
        ben.get(&format!("/p/{post}/likes"))
            .await
            .body
            .contains("2 likes")
    );
    for _ in 0..2 {
        assert_eq!(
            api.delete(&path).await.json(),
            json!({ "liked": false, "likes": 1 })
        );
    }
    for wrong in [
        "/posts/nothing/like",
        "/posts/01a21edd-43d8-7730-82e4-7cab358ab0e1/like",
    ] {
        assert_eq!(api.put(wrong).await.status, 404);
    }
    let stranger = house.stranger().with("accept", "application/json");
    assert_eq!(stranger.put(&path, &[]).await.status, 401);
    house.close().await;
}

#[rocket::async_test]
async fn open_pages_hear_of_counts_once_a_second_and_later_what_they_missed() {
    let house = House::open().await;
    let (ada, ben) = (house.visitor("ada").await, house.visitor("ben").await);
    let open = ada.publish("Apples").await;
    let closed = ada.publish("For some").await;
    let start = ben.get("/").await.cursor();
    let mut at_ben = ben.listen(&start).await;
    at_ben.missed().await;
    let [mut put_by, mut at_ada] =
        [house.signed_in("ada").await, house.visitor("cy").await].map(Some);
    let other = put_by.take().unwrap();
    let cy = at_ada.take().unwrap();
    for liker in [&other, &cy, &ben] {
        assert_eq!(liker.put(&format!("/p/{open}/like"), &[]).await.status, 303);
    }
    sql(
        &house,
        "update posts set audience = 'none' where id = $1",
        &[&closed],
    )
    .await;
    sql(
        &house,
        "insert into post_counts (post_id, likes, dirty) values ($1, 7, 1)",
        &[&closed],
    )
    .await;
    let mut last = json!(null);
    while last["of"] != json!([[open, 3, 0]]) {
        last = at_ben.act().await;
        assert_eq!(last["op"], "counts", "{last}");
        assert!(!last.to_string().contains(&closed), "not for Ben: {last}");
    }
    house.settled().await;
    let missed = ben.listen(&start).await.missed().await;
    assert_eq!(missed.len(), 1, "{missed:?}");
    assert_eq!(missed[0]["of"], json!([[open, 3, 0]]));
    let author = ada.listen(&start).await.missed().await;
    assert!(
        author[0]
            .to_string()
            .contains(&format!("[\"{closed}\",7,0]")),
        "{author:?}"
    );
    // A page that was away asks how its posts stand, and hears nothing of others.
    let marks = ben.get(&format!("/me/marks?p={open},{closed}")).await;
    let marks: serde_json::Value = serde_json::from_str(&marks.body).unwrap();
    assert_eq!(marks, json!([[open, 3, 0, true]]));
    house.close().await;
}

#[rocket::async_test]
async fn a_burst_is_written_together_and_a_session_that_ended_takes_nobody_with_it() {
    let house = House::open().await;
    let ada = house.visitor("ada").await;
    let posts = [ada.publish("One").await, ada.publish("Two").await];
    let mut members = Vec::new();
    for n in 0..30 {
        members.push(house.visitor(&format!("m{n}")).await);
    }
    sql(
        &house,
        "delete from sessions where user_id = (select id from users where handle = $1)",
        &["m7"],
    )
    .await;
    let press = |n: usize| {
        let (visitor, post) = (&members[n], &posts[n % 2]);
        async move { visitor.put(&format!("/p/{post}/like"), &[]).await }
    };
    let answers = futures::future::join_all((0..30).map(press)).await;
    let refused: Vec<usize> = (0..30)
        .filter(|n| !answers[*n].header("location").contains("#p-"))
        .collect();
    assert_eq!(refused, [7]);
    assert_eq!(stands(&ada, &posts[0]).await.1, "15");
    assert_eq!(stands(&ada, &posts[1]).await.1, "14");
    house.close().await;
}

#[rocket::async_test]
async fn likes_go_with_their_post_and_with_their_member() {
    let house = House::open().await;
    let mo = Client::admin(&house).await;
    let (ada, ben) = (house.visitor("ada").await, house.visitor("ben").await);
    let [gone, stays] = [ada.publish("Goes").await, ada.publish("Stays").await];
    for post in [&gone, &stays] {
        for liker in [&ada, &ben] {
            liker.put(&format!("/p/{post}/like"), &[]).await;
        }
    }
    let says = async |by: &Visitor, text: &str, parent: &str| -> String {
        let fields = [("text", text), ("key", text), ("parent", parent)];
        let said = by.post(&format!("/p/{stays}/comments"), &fields).await;
        assert_eq!(said.status, 303, "{}", said.body);
        let place = said.header("location").split("?c=").nth(1).unwrap();
        place.split('#').next().unwrap().to_owned()
    };
    let root = says(&ben, "answered later", "").await;
    let answer = says(&ada, "an answer of Ada", &root).await;
    says(&ben, "another by Ben", &answer).await;
    ben.put("/@ada/follow", &[]).await;
    ada.put("/@ben/follow", &[]).await;
    ben.put("/@mo/mute", &[]).await;
    assert_eq!(ada.delete(&format!("/p/{gone}")).await.status, 303);
    let left = async |query: &'static str, given: &str| -> i64 {
        let row: (i64,) = sqlx::query_as(query)
            .bind(given)
            .fetch_one(house.app.db.read())
            .await
            .unwrap();
        row.0
    };
    let none = async |query: &'static str, given: &str| {
        for _ in 0..1_000 {
            if left(query, given).await == 0 {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("{query} of {given} stays");
    };
    none(
        "select cast(count(*) as bigint) from posts where id = $1",
        &gone,
    )
    .await;
    none(
        "select cast(count(*) as bigint) from likes where post_id = $1",
        &gone,
    )
    .await;
    none(
        "select cast(count(*) as bigint) from post_counts where post_id = $1",
        &gone,
    )
    .await;
    let id = one(&house, ID, "ben").await;
    assert_eq!(mo.delete(&format!("/users/{id}")).await.status, 204);
    none(
        "select cast(count(*) as bigint) from users where id = $1",
        &id,
    )
    .await;
    assert_eq!(
        left(
            "select cast(count(*) as bigint) from likes where post_id = $1",
            &stays
        )
        .await,
        1
    );
    assert_eq!(stands(&ada, &stays).await, (true, "1".into()));
    // Of what was said the answer of somebody else stays, under an empty place.
    let thread = ada.get(&format!("/p/{stays}")).await.body;
    assert!(thread.contains("This comment was deleted.") && thread.contains("an answer of Ada"));
    assert!(!thread.contains("another by Ben") && thread.contains("aria-label=\"1 comment\""));
    assert!(
        ada.get("/@ada")
            .await
            .body
            .contains("<span class=\"count\">0</span> followers")
    );
    house.close().await;
}

#[rocket::async_test]
async fn likes_at_the_moment_of_deletion_count_nowhere_and_break_nothing() {
    let house = House::open().await;
    let ada = house.visitor("ada").await;
    let mut others = Vec::new();
    for name in ["ben", "cy", "dot", "eve"] {
        others.push(house.visitor(name).await);
    }
    for round in 0..8 {
        let post = ada.publish(&format!("Number {round}")).await;
        let path = format!("/p/{post}/like");
        let likes = others.iter().map(async |one| {
            let statuses = [
                one.put(&path, &[]).await.status,
                one.delete(&path).await.status,
                one.put(&path, &[]).await.status,
            ];
            for status in statuses {
                assert!([303, 404].contains(&status), "{status}");
            }
        });
        let doomed = format!("/p/{post}");
        let (deleted, _) = tokio::join!(
            async {
                tokio::time::sleep(std::time::Duration::from_millis(round * 3)).await;
                ada.delete(&doomed).await.status
            },
            futures::future::join_all(likes)
        );
        assert_eq!(deleted, 303);
        assert_eq!(
            others[0].put(&path, &[]).await.status,
            404,
            "after it nobody likes it"
        );
    }
    assert!(ada.get("/").await.posts().is_empty());
    // Taken away after the moment in which they could come back, they leave nothing.
    house.clock.advance(std::time::Duration::from_secs(4_000));
    porch::sweep(&house.app).await.unwrap();
    for table in ["likes", "post_counts", "posts"] {
        let query = format!("select cast(count(*) as bigint) from {table}");
        let (rows,): (i64,) = sqlx::query_as(sqlx::AssertSqlSafe(query))
            .fetch_one(house.app.db.read())
            .await
            .unwrap();
        assert_eq!(rows, 0, "{table}");
    }
    house.close().await;
}
