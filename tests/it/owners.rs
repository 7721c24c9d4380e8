//! Groups: who comes in, and who looks after one.

use serde_json::json;

use crate::choir::{ID, KEY, choir, is_nowhere, people, program, put, worked};
use crate::client::Client;
use crate::house::House;
use crate::table::one;

#[rocket::async_test]
async fn who_wants_to_come_in_asks_and_the_owners_answer() {
    let house = House::open().await;
    let [ada, ben, eve] = people(&house).await;
    choir(&house, json!({ "joining": "request" })).await;
    let door = eve.get("/~choir").await;
    assert!(
        door.body.contains("Ask to come in") && door.body.contains("@ada"),
        "{}",
        door.body
    );
    let long = "x".repeat(501);
    let wrong = eve.post("/~choir/membership", &[("words", &long)]).await;
    assert_eq!(wrong.status, 422);
    assert!(wrong.body.contains("1 characters too long") && wrong.body.contains(&long));
    let words = [("words", "I sing alto.")];
    assert_eq!(eve.post("/~choir/membership", &words).await.status, 303);
    assert!(
        eve.get("/~choir")
            .await
            .body
            .contains("You have asked to come in")
    );
    let told = "asks to come into The choir";
    assert!(ada.get("/notices").await.body.contains(told));
    assert!(!ben.get("/notices").await.body.contains(told));
    assert!(
        !ben.get("/~choir/members")
            .await
            .body
            .contains("I sing alto.")
    );
    assert!(
        ada.get("/~choir/members")
            .await
            .body
            .contains("I sing alto.")
    );
    let eve_id = program(&house, "eve").await.id().await;
    let forbidden = ben.put(&format!("/~choir/members/{eve_id}"), &[]).await;
    assert_eq!(forbidden.status, 403);

    // Taken back, it waits no more; nor when it is refused, of which nobody is told.
    let back = [("_method", "delete")];
    eve.post("/~choir/membership", &back).await;
    assert!(!ada.get("/notices").await.body.contains(told));
    eve.post("/~choir/membership", &words).await;
    assert!(ada.get("/notices").await.body.contains(told));
    ada.delete(&format!("/~choir/members/{eve_id}")).await;
    assert!(!ada.get("/notices").await.body.contains(told));
    assert!(eve.get("/~choir").await.body.contains("Ask to come in"));
    assert!(!eve.get("/notices").await.body.contains("The choir"));

    // Let in, she is told; taken out, she sees nothing any more.
    eve.post("/~choir/membership", &words).await;
    let let_in = ada.put(&format!("/~choir/members/{eve_id}"), &[]).await;
    assert_eq!(let_in.status, 303);
    assert!(
        eve.get("/notices")
            .await
            .body
            .contains("let you into The choir")
    );
    assert!(eve.get("/~choir/members").await.body.contains("3 people"));
    ada.delete(&format!("/~choir/members/{eve_id}")).await;
    assert!(!eve.get("/notices").await.body.contains("The choir"));
    assert!(eve.get("/~choir").await.body.contains("2 people"));

    // Where an owner has to invite, asking is of no use.
    let api = program(&house, "ada").await;
    let closed = json!({ "joining": "invitation" });
    assert_eq!(api.patch("/groups/choir", closed).await.status, 200);
    assert_eq!(eve.post("/~choir/membership", &words).await.status, 403);
    for nobody in ["nobody", "", "eve eve"] {
        let wrong = ada.post("/~choir/members", &[("who", nobody)]).await;
        assert_eq!(wrong.status, 422, "{nobody}");
        assert!(wrong.body.contains("Nobody here is called so"));
    }
    let invited = ada.post("/~choir/members", &[("who", "@Eve")]).await;
    assert_eq!(invited.status, 303, "{}", invited.body);
    assert!(
        eve.get("/notices")
            .await
            .body
            .contains("invites you into The choir")
    );
    assert!(eve.get("/~").await.body.contains("You are invited"));
    let declined = eve.post("/~choir/membership", &back).await;
    assert_eq!(declined.status, 303);
    assert!(!eve.get("/~").await.body.contains("You are invited"));
    assert!(!eve.get("/notices").await.body.contains("invites you"));
    ada.post("/~choir/members", &[("who", "eve")]).await;
    assert_eq!(eve.post("/~choir/membership", &[]).await.status, 303);
    assert!(eve.get("/~choir/members").await.body.contains("3 people"));
    house.close().await;
}

#[rocket::async_test]
async fn a_group_that_others_do_not_know_of_is_named_nowhere() {
    let house = House::open().await;
    let mo = Client::admin(&house).await;
    let [ada, ben, eve] = people(&house).await;
    let id = choir(
        &house,
        json!({ "listed": false, "name": "Surprise for Eve" }),
    )
    .await;
    ada.publish_in(&id, "Shh").await;
    for path in [
        "/~",
        "/",
        "/@ada",
        "/search?q=surprise",
        "/notices",
        "/members",
    ] {
        let page = eve.get(path).await;
        assert!(!page.body.contains("Surprise"), "{path}");
    }
    for path in [
        "/~choir",
        "/~choir/members",
        "/~choir/settings",
        "/~choir/leave",
        "/~choir/waiting",
    ] {
        assert_eq!(eve.get(path).await.status, 404, "{path}");
    }
    assert_eq!(eve.post("/~choir/membership", &[]).await.status, 404);
    let outside = program(&house, "eve").await;
    for path in ["", "/members", "/owners", "/requests", "/waiting"] {
        for who in [&outside, &mo] {
            let answer = who.get(&format!("/groups/choir{path}")).await;
            assert_eq!(answer.status, 404, "{path}");
        }
    }
    for path in ["/membership", "/closing", "/posts"] {
        let answer = put(&outside, &format!("/groups/choir{path}"), json!({})).await;
        assert_eq!(answer.status, 404, "{path}");
    }
    let listed = outside.get("/groups").await.json();
    assert_eq!(listed["others"], json!([]));
    // An address that is taken is refused in the words of one that nobody is given.
    let mut says = Vec::new();
    for slug in ["choir", "new"] {
        let taken = outside
            .post("/groups", json!({ "name": "Mine", "slug": slug }))
            .await;
        assert_eq!(taken.status, 422);
        says.push(taken.mistakes());
    }
    assert_eq!(says[0], says[1]);
    // Those in it see it among theirs, and whoever is invited as well.
    assert!(ben.get("/~").await.body.contains("Surprise"));
    ada.post("/~choir/members", &[("who", "eve")]).await;
    assert!(eve.get("/~choir").await.body.contains("Surprise"));
    house.close().await;
}

#[rocket::async_test]
async fn where_owners_look_first_nobody_sees_it_before() {
    let house = House::open().await;
    let mo = Client::admin(&house).await;
    let [ada, ben, eve] = people(&house).await;
    let id = choir(&house, json!({ "posting": "review" })).await;
    eve.post("/~choir/membership", &[]).await;
    let mut open = eve.listen(&eve.get("/").await.cursor()).await;
    open.missed().await;
    let post = ben.publish_in(&id, "A descant #quavers").await;
    assert!(
        ben.get("/")
            .await
            .body
            .contains("Only you see this: it waits until an owner")
    );
    is_nowhere(&house, &eve, &post).await;
    let key = one(&house, KEY, &post).await;
    let picture = format!("/media/{key}");
    let told = "posted in The choir what you look at first";
    assert!(ada.get("/notices").await.body.contains(told));
    let desk = ada.get("/~choir/waiting").await;
    assert!(desk.body.contains(&key) && desk.body.contains("A descant"));
    assert_eq!(ada.get(&picture).await.status, 200);
    assert_eq!(ada.get(&format!("/p/{post}")).await.status, 404);
    // Those who look after the place are not asked about it.
    assert_eq!(mo.get(&picture).await.status, 404);
    assert_eq!(mo.get("/house/posts").await.json()["posts"], json!([]));
    for (who, status) in [(&ben, 403), (&eve, 403)] {
        let path = format!("/~choir/waiting/{post}");
        assert_eq!(who.put(&path, &[("outcome", "show")]).await.status, status);
    }
    let keep = [("outcome", "keep"), ("words", "Louder, please.")];
    let kept = ada.put(&format!("/~choir/waiting/{post}"), &keep).await;
    assert_eq!(kept.status, 303, "{}", kept.body);
    assert!(!ada.get("/notices").await.body.contains(told));
    let own = ben.get(&format!("/p/{post}")).await.body;
    assert!(own.contains("the owners of the group keep it back") && own.contains("Louder"));
    let api = program(&house, "ben").await;
    let shown = api.get(&format!("/posts/{post}")).await.json();
    assert_eq!(
        shown["withheld"],
        json!({ "why": "owners", "words": "Louder, please." })
    );
    // Changed, it waits again; shown, it is of that moment.
    let louder = json!({ "caption": "A DESCANT" });
    assert_eq!(
        api.patch(&format!("/posts/{post}"), louder).await.status,
        200
    );
    assert!(ada.get("/notices").await.body.contains(told));
    let desk = program(&house, "ada").await;
    let waiting = desk.get("/groups/choir/waiting").await.json();
    assert_eq!(waiting["posts"][0]["id"], post.as_str());
    let path = format!("/groups/choir/waiting/{post}");
    let shown = put(&desk, &path, json!({ "outcome": "show" })).await;
    assert_eq!(shown.status, 204, "{}", shown.text);
    assert_eq!(
        put(&desk, &path, json!({ "outcome": "show" })).await.status,
        409
    );
    assert_eq!(open.happens().await["id"], format!("p-{post}"));
    assert!(eve.get("/search?q=descant").await.body.contains(&post));

    // What an owner posts goes out; what is moved elsewhere waits for nobody there, and goes out then.
    let hers = ada.publish_in(&id, "Hers").await;
    assert_eq!(open.happens().await["id"], format!("p-{hers}"));
    let his = ben.publish_in(&id, "His").await;
    assert_eq!(eve.get(&format!("/p/{his}")).await.status, 404);
    let public = json!({ "audience": "everyone" });
    assert_eq!(
        api.patch(&format!("/posts/{his}"), public).await.status,
        200
    );
    assert_eq!(open.happens().await["id"], format!("p-{his}"));
    assert!(!ada.get("/notices").await.body.contains(told));
    // And back into the group it waits.
    let back = json!({ "audience": id });
    assert_eq!(api.patch(&format!("/posts/{his}"), back).await.status, 200);
    assert_eq!(eve.get(&format!("/p/{his}")).await.status, 404);
    assert!(ada.get("/notices").await.body.contains(told));
    assert_eq!(ben.delete(&format!("/p/{his}")).await.status, 303);
    assert!(!ada.get("/notices").await.body.contains(told));
    house.close().await;
}

#[rocket::async_test]
async fn a_newcomers_post_in_such_a_group_waits_for_both() {
    let house = House::open_with(&[("newcomers", "3")]).await;
    let mo = Client::admin(&house).await;
    let [ada, ben, _] = people(&house).await;
    let id = choir(&house, json!({ "posting": "review" })).await;
    let post = ben.publish_in(&id, "Pears").await;
    let path = format!("/house/posts/{post}");
    let shown = put(&mo, &path, json!({ "outcome": "show" })).await;
    assert_eq!(shown.status, 204, "{}", shown.text);
    assert_eq!(ada.get(&format!("/p/{post}")).await.status, 404);
    let own = ben.get(&format!("/p/{post}")).await.body;
    assert!(
        own.contains("until an owner of the group"),
        "the other reason"
    );
    let path = format!("/~choir/waiting/{post}");
    ada.put(&path, &[("outcome", "show")]).await;
    assert_eq!(ada.get(&format!("/p/{post}")).await.status, 200);
    house.close().await;
}

#[rocket::async_test]
async fn somebody_always_looks_after_a_group() {
    let house = House::open().await;
    let mo = Client::admin(&house).await;
    let [ada, ben, eve] = people(&house).await;
    choir(&house, json!({ "posting": "owners" })).await;
    eve.post("/~choir/membership", &[]).await;
    let ids = [
        program(&house, "ada").await.id().await,
        program(&house, "ben").await.id().await,
    ];
    let owners = |n: usize| format!("/~choir/owners/{}", ids[n]);
    let last = ada.put(&owners(0), &[]).await;
    assert_eq!(last.status, 409);
    assert!(last.body.contains("Somebody has to look after the group"));
    assert_eq!(ben.put(&owners(1), &[("owner", "1")]).await.status, 403);
    // Only they post.
    let group = one(&house, ID, "choir").await;
    let picture = crate::picture::png(8, 6);
    let files = [("media", "a.png", &*picture)];
    let refused = ben.upload("/p", &[("audience", &group)], &files).await;
    assert_eq!(refused.status, 422);
    assert!(refused.body.contains("Only the owners of this group post"));
    assert!(!ben.get("/compose?new=1").await.body.contains(&group));
    assert!(ada.get("/compose?new=1").await.body.contains(&group));
    ada.put(&owners(1), &[("owner", "1")]).await;
    assert!(ben.get("/notices").await.body.contains("made you an owner"));
    assert!(ben.get("/compose?new=1").await.body.contains(&group));
    // Of two owners neither takes the other out; an administrator does, and it stands in the log.
    let out = ben.delete(&format!("/~choir/members/{}", ids[0])).await;
    assert_eq!(out.status, 403);
    let path = "/groups/choir/owners/ben";
    assert_eq!(put(&mo, path, json!({ "owner": false })).await.status, 204);
    let log = mo.get("/house/audit?act=group-changed").await.json();
    assert_eq!(log["lines"][0]["subject"], group.as_str(), "{log}");
    assert!(
        !mo.get("/groups/choir")
            .await
            .text
            .contains("\"tie\":\"owner\"")
    );
    // Who has been there longest looks after it when nobody else does.
    let leave = [("_method", "delete")];
    assert_eq!(ada.post("/~choir/membership", &leave).await.status, 303);
    let owners = mo.get("/groups/choir/owners").await.json();
    assert_eq!(owners["owners"][0]["handle"], "ben");
    // And when somebody is gone for good.
    let ben_id = &ids[1];
    assert_eq!(mo.delete(&format!("/users/{ben_id}")).await.status, 204);
    worked(&house).await;
    let owners = mo.get("/groups/choir/owners").await.json();
    assert_eq!(owners["owners"][0]["handle"], "eve");
    assert_eq!(mo.get("/groups/choir").await.json()["members"], 1);
    // One that nobody is left in has ended.
    assert_eq!(eve.post("/~choir/membership", &leave).await.status, 303);
    worked(&house).await;
    assert_eq!(mo.get("/groups/choir").await.status, 404);
    house.close().await;
}
