//! Groups: who sees what is posted in one, whoever comes in and goes.

use serde_json::json;

use crate::choir::{choir, is_nowhere, people, program, put, worked};
use crate::house::House;
use crate::nowhere::KEY;
use crate::table::one;

#[rocket::async_test]
async fn what_is_posted_in_a_group_is_seen_by_those_in_it_and_nowhere_else() {
    let house = House::open().await;
    let [ada, ben, eve] = people(&house).await;
    let id = choir(&house, json!({})).await;
    eve.put("/@ada/follow", &[]).await;
    eve.put("/@ada/bell", &[]).await;
    let mut out = eve.listen(&eve.get("/").await.cursor()).await;
    let mut home = ben.listen(&ben.get("/").await.cursor()).await;
    let page = ben.get("/~choir").await;
    let mut inside = ben.listen(&format!("{}&f=g:{id}", page.cursor())).await;
    for socket in [&mut out, &mut home, &mut inside] {
        socket.missed().await;
    }
    let refused = eve
        .listen_from(&format!("{}&f=g:{id}", page.cursor()), "")
        .await;
    assert!(refused.is_err(), "nobody listens at the door");

    let post = ada
        .publish_in(&id, "A descant for @eve and @ben #quavers")
        .await;
    for socket in [&mut home, &mut inside] {
        let frame = socket.happens().await;
        assert_eq!(frame["id"], format!("p-{post}"), "{frame}");
        let html = frame["html"].as_str().unwrap();
        assert!(html.contains("/~choir") && html.contains("The choir"));
    }
    is_nowhere(&house, &eve, &post).await;
    let plain = ada.publish("For all").await;
    assert_eq!(out.happens().await["id"], format!("p-{plain}"));
    assert_eq!(home.happens().await["id"], format!("p-{plain}"));

    for path in ["/", "/~choir", "/search?q=descant", "/search?q=%23quavers"] {
        assert!(ben.get(path).await.body.contains(&post), "{path}");
    }
    assert!(!ben.get("/~choir").await.body.contains(&plain));
    assert!(ben.get("/notices").await.body.contains("named you"));
    let api = program(&house, "ben").await;
    let listed = api.get("/feeds?group=choir").await.json();
    let posts = listed["posts"].as_array().unwrap();
    assert_eq!(posts.len(), 1);
    assert_eq!(posts[0]["audience"], id.as_str());
    assert_eq!(posts[0]["group"]["slug"], "choir");
    let both = api.get("/feeds?group=choir&tag=quavers&author=ada").await;
    assert_eq!(both.json()["posts"].as_array().unwrap().len(), 1);
    let none = api.get("/feeds?group=choir&author=ben").await.json();
    assert_eq!(none["posts"], json!([]));
    let outside = program(&house, "eve").await;
    assert_eq!(outside.get("/feeds?group=choir").await.status, 404);
    assert_eq!(outside.get("/groups/choir/members").await.status, 403);

    // Nobody posts for a group that they are not in, and nothing that they typed is lost.
    let picture = crate::picture::png(8, 6);
    let fields = [("caption", "Let me in"), ("audience", &*id)];
    let files = [("media", "a.png", &*picture)];
    let wrong = eve.upload("/p", &fields, &files).await;
    assert_eq!(wrong.status, 422);
    assert!(wrong.body.contains("You are not in this group") && wrong.body.contains("Let me in"));
    assert!(eve.get("/compose").await.body.contains("Let me in"));
    let moved = json!({ "audience": id });
    let own = outside.upload("Mine").await.json()["id"].clone();
    let own = format!("/posts/{}", own.as_str().unwrap());
    assert_eq!(outside.patch(&own, moved).await.status, 422);

    // Whoever comes in later sees the past, at once.
    assert_eq!(eve.post("/~choir/membership", &[]).await.status, 303);
    while out.happens().await["reset"] != true {}
    assert!(eve.get("/~choir").await.body.contains(&post));
    assert_eq!(eve.get(&format!("/p/{post}")).await.status, 200);
    house.close().await;
}

#[rocket::async_test]
async fn leaving_closes_it_with_the_next_request_and_posts_stay_or_go_as_their_author_wants() {
    let house = House::open().await;
    let [ada, ben, _] = people(&house).await;
    let id = choir(&house, json!({})).await;
    let hers = ada.publish_in(&id, "Hers for @ben").await;
    let his = ben.publish_in(&id, "His").await;
    ben.put(&format!("/p/{hers}/like"), &[]).await;
    let key = one(&house, KEY, &hers).await;
    let picture = ben.get(&format!("/media/{key}")).await;
    let kept = picture.header("cache-control");
    assert!(
        kept.contains("no-cache") || kept.contains("no-store"),
        "{kept}"
    );
    let mut open = ben.listen(&ben.get("/").await.cursor()).await;
    let page = ben.get("/~choir").await.cursor();
    let mut inside = ben.listen(&format!("{page}&f=g:{id}")).await;
    for socket in [&mut open, &mut inside] {
        socket.missed().await;
    }
    let ask = ben.get("/~choir/leave").await;
    assert!(ask.body.contains("What you posted here: 1 post"));
    let leave = [("_method", "delete"), ("posts", "stay")];
    assert_eq!(ben.post("/~choir/membership", &leave).await.status, 303);
    for socket in [&mut open, &mut inside] {
        while socket.happens().await["reset"] != true {}
    }
    is_nowhere(&house, &ben, &hers).await;
    assert_eq!(ben.get("/~choir/members").await.status, 404);
    // Theirs stays for the others; they see it, without what is said of it.
    assert_eq!(ada.get(&format!("/p/{his}")).await.status, 200);
    assert_eq!(ben.get(&format!("/p/{his}")).await.status, 200);
    let say = [("text", "Still here?"), ("key", &*his)];
    let said = ben.post(&format!("/p/{his}/comments"), &say).await;
    assert_eq!(said.status, 422);
    assert!(said.body.contains("nobody can answer to it"));

    // They change nothing of it that those in the group would read.
    let left = program(&house, "ben").await;
    let words = json!({ "caption": "And another thing" });
    let refused = left.patch(&format!("/posts/{his}"), words).await;
    assert_eq!(refused.status, 422);
    assert!(
        refused.text.contains("not in the group any more"),
        "{}",
        refused.text
    );
    // They take it out afterwards, and bring it to others.
    let groups = left.get("/groups").await.json();
    assert_eq!(groups["left"][0]["posts"], 1, "{groups}");
    let page = ben.get("/~").await;
    assert!(page.body.contains("Where you left something"));
    let taken = ben.delete(&format!("/~/posts/{id}")).await;
    assert_eq!(taken.status, 303);
    worked(&house).await;
    assert_eq!(ada.get(&format!("/p/{his}")).await.status, 404);
    assert!(
        ben.get(&format!("/p/{his}"))
            .await
            .body
            .contains("you took it out")
    );
    let shown = left.get(&format!("/posts/{his}")).await.json();
    assert_eq!(shown["withheld"]["why"], "author");
    let public = json!({ "audience": "everyone" });
    assert_eq!(
        left.patch(&format!("/posts/{his}"), public).await.status,
        200
    );
    assert_eq!(ada.get(&format!("/p/{his}")).await.status, 200);

    // Taken along at once, and put back by whoever is in again.
    let put_in = put(&left, "/groups/choir/membership", json!({})).await;
    assert_eq!(put_in.json()["tie"], "member");
    let again = ben.publish_in(&id, "Again").await;
    let taken = left.delete("/groups/choir/membership?posts=take").await;
    assert_eq!(taken.status, 204);
    worked(&house).await;
    assert_eq!(ada.get(&format!("/p/{again}")).await.status, 404);
    put(&left, "/groups/choir/membership", json!({})).await;
    assert_eq!(ada.get(&format!("/p/{again}")).await.status, 404);
    assert!(
        ben.get("/~choir/settings")
            .await
            .body
            .contains("Put them back")
    );
    assert_eq!(left.put("/groups/choir/posts").await.status, 202);
    worked(&house).await;
    assert_eq!(ada.get(&format!("/p/{again}")).await.status, 200);
    assert_eq!(
        left.delete("/groups/choir/membership?posts=burn")
            .await
            .status,
        422
    );
    house.close().await;
}

#[rocket::async_test]
async fn a_group_is_heard_of_as_its_members_want() {
    let house = House::open().await;
    let [ada, ben, eve] = people(&house).await;
    let id = choir(&house, json!({})).await;
    eve.post("/~choir/membership", &[]).await;
    let api = program(&house, "ben").await;
    let wish = json!({ "level": "all", "home": false });
    assert_eq!(
        api.patch("/groups/choir/membership", wish).await.status,
        204
    );
    let wish = [("_method", "put"), ("level", "none"), ("home", "on")];
    assert_eq!(eve.post("/~choir/membership", &wish).await.status, 303);
    let page = ben.get("/~choir").await.cursor();
    let mut inside = ben.listen(&format!("{page}&f=g:{id}")).await;
    let mut home = ben.listen(&ben.get("/").await.cursor()).await;
    for socket in [&mut inside, &mut home] {
        socket.missed().await;
    }
    let post = ada.publish_in(&id, "Sing, @ben and @eve").await;
    worked(&house).await;
    let plain = ada.publish("For all").await;
    for (socket, id) in [(&mut inside, &post), (&mut home, &plain)] {
        let mut frame = socket.happens().await;
        while frame["op"].is_null() {
            frame = socket.happens().await;
        }
        assert_eq!(frame["id"], format!("p-{id}"));
    }
    assert!(!ben.get("/").await.body.contains(&post));
    assert!(ben.get("/~choir").await.body.contains(&post));
    assert!(ben.get("/search?q=sing").await.body.contains(&post));
    let told = ben.get("/notices").await.body;
    assert!(told.contains("posted a photo in The choir"), "{told}");
    assert!(eve.get("/").await.body.contains(&post));
    assert!(!eve.get("/notices").await.body.contains("named you"));
    for wrong in [json!({ "level": "some" }), json!({ "home": "perhaps" })] {
        assert_eq!(
            api.patch("/groups/choir/membership", wrong).await.status,
            422
        );
    }
    house.close().await;
}
