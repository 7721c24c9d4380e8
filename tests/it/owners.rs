//! Groups: who comes in, and who looks after one.

use serde_json::json;

use crate::choir::{ID, choir, people, program, put, worked};
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
async fn who_is_shut_out_for_now_counts_for_nobody_and_is_forgotten_by_none() {
    let house = House::open().await;
    let mo = Client::admin(&house).await;
    let [ada, _, eve] = people(&house).await;
    let id = choir(&house, json!({})).await;
    let post = ada.publish_in(&id, "Ours").await;
    let ben_id = program(&house, "ben").await.id().await;
    let stands = async |is_active: bool| {
        let body = json!({ "is_active": is_active });
        assert_eq!(
            mo.patch(&format!("/users/{ben_id}"), body).await.status,
            200
        );
    };
    // An owner who is shut out looks after nothing: the other one stays.
    let api = program(&house, "ada").await;
    assert_eq!(
        put(&api, "/groups/choir/owners/ben", json!({ "owner": true }))
            .await
            .status,
        204
    );
    stands(false).await;
    let back = put(&api, "/groups/choir/owners/ada", json!({ "owner": false })).await;
    assert_eq!(back.status, 409, "{}", back.text);
    eve.post("/~choir/membership", &[]).await;
    assert_eq!(
        ada.post("/~choir/membership", &[("_method", "delete")])
            .await
            .status,
        303
    );
    let owners = mo.get("/groups/choir/owners").await.json();
    let names: Vec<_> = owners["owners"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["handle"].clone())
        .collect();
    assert!(names.contains(&json!("eve")), "{owners}");
    // With one who is shut out in it a group has not ended, and nobody sees it who is not in it.
    assert_eq!(
        eve.post("/~choir/membership", &[("_method", "delete")])
            .await
            .status,
        303
    );
    stands(true).await;
    let ben = house.signed_in("ben").await;
    assert_eq!(ben.get("/~choir").await.status, 200);
    assert_eq!(ben.get(&format!("/p/{post}")).await.status, 200);
    assert_eq!(
        ben.post("/~choir/membership", &[("_method", "delete")])
            .await
            .status,
        303
    );
    assert_eq!(ben.get(&format!("/p/{post}")).await.status, 404);
    let gone = "select cast(count(*) as text) from group_members where group_id = $1";
    assert_eq!(one(&house, gone, &id).await, "0");
    house.close().await;
}

#[rocket::async_test]
async fn nobody_is_asked_in_who_is_not_there_or_has_blocked_the_owner() {
    let house = House::open().await;
    let [ada, _, eve] = people(&house).await;
    choir(&house, json!({})).await;
    let eve_id = program(&house, "eve").await.id().await;
    eve.put("/@ada/block", &[]).await;
    let nobody = porch::id::Id::<porch::id::Users>::new().to_string();
    for id in [&eve_id, &nobody] {
        let answer = ada.put(&format!("/~choir/members/{id}"), &[]).await;
        assert_eq!(answer.status, 404, "{id}");
    }
    assert!(!eve.get("/~").await.body.contains("You are invited"));
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
    assert!(
        eve.get("/notices")
            .await
            .body
            .contains("looks after The choir now")
    );
    assert_eq!(mo.get("/groups/choir").await.json()["members"], 1);
    // One that nobody is left in has ended.
    assert_eq!(eve.post("/~choir/membership", &leave).await.status, 303);
    worked(&house).await;
    assert_eq!(mo.get("/groups/choir").await.status, 404);
    house.close().await;
}

#[rocket::async_test]
async fn what_was_for_a_group_never_goes_to_more_people_unasked() {
    let house = House::open().await;
    let [ada, ben, _] = people(&house).await;
    let id = choir(&house, json!({})).await;
    let keep = [
        ("key", "a-draft-for-the-choir"),
        ("caption", "Between us"),
        ("audience", &*id),
    ];
    assert_eq!(ben.put("/compose/draft", &keep).await.status, 204);
    let page = ben.get("/compose").await.body;
    assert!(page.contains(&format!("value=\"{id}\" checked")), "{page}");
    let ben_id = program(&house, "ben").await.id().await;
    ada.delete(&format!("/~choir/members/{ben_id}")).await;
    // The form still says whom it was for, and is refused.
    let page = ben.get("/compose").await.body;
    assert!(page.contains(&format!("value=\"{id}\" checked")));
    assert!(page.contains("A group in which you cannot post now"));
    let picture = crate::picture::png(8, 6);
    let files = [("media", "a.png", &*picture)];
    let refused = ben.upload("/p", &keep, &files).await;
    assert_eq!(refused.status, 422);
    assert!(refused.body.contains(&format!("value=\"{id}\" checked")));
    assert!(!ada.get("/").await.body.contains("Between us"));
    house.close().await;
}
