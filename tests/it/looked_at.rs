//! Posts in groups whose owners look first.

use serde_json::json;

use crate::choir::{choir, is_nowhere, people, program, put};
use crate::client::Client;
use crate::house::House;
use crate::nowhere::KEY;
use crate::table::one;

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
    let looked = "has looked at your photo for The choir";
    assert!(ben.get("/notices").await.body.contains(looked));
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

    // A page that is older than another owner's decision hides nothing.
    let late = put(&desk, &path, json!({ "outcome": "keep" })).await;
    assert_eq!(late.status, 409, "{}", late.text);
    // An owner hides what was shown; changed, they look again, and it stays where it was.
    let shown_at = api.get(&format!("/posts/{post}")).await.json()["created_at"].clone();
    let page = ada.get(&format!("/p/{post}")).await.body;
    assert!(
        page.contains("Hide it from the group")
            && !eve
                .get(&format!("/p/{post}"))
                .await
                .body
                .contains("Hide it from")
    );
    let hidden = put(
        &desk,
        &path,
        json!({ "outcome": "hide", "words": "Softer." }),
    )
    .await;
    assert_eq!(hidden.status, 204, "{}", hidden.text);
    assert_eq!(open.happens().await["op"], "gone");
    assert_eq!(eve.get(&format!("/p/{post}")).await.status, 404);
    assert!(
        ben.get(&format!("/p/{post}"))
            .await
            .body
            .contains("Softer.")
    );
    let softer = json!({ "caption": "A descant, softly" });
    assert_eq!(
        api.patch(&format!("/posts/{post}"), softer).await.status,
        200
    );
    assert_eq!(
        put(&desk, &path, json!({ "outcome": "show" })).await.status,
        204
    );
    assert_eq!(open.happens().await["id"], format!("p-{post}"));
    let again = api.get(&format!("/posts/{post}")).await.json();
    assert_eq!(again["created_at"], shown_at, "it is not new");

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
    // Neither desk reads what the other says, nor the house which group it is for.
    let told = mo.get("/house/posts").await.text;
    assert!(told.contains(&post) && !told.contains("choir"), "{told}");
    let keep = [("outcome", "keep"), ("words", "For the author alone")];
    ada.put(&format!("/~choir/waiting/{post}"), &keep).await;
    for told in [
        mo.get("/house/posts").await.text,
        house.signed_in("mo").await.get("/admin/posts").await.body,
    ] {
        assert!(told.contains(&post), "{told}");
        assert!(!told.contains("For the author alone") && !told.contains("The choir"));
    }
    let api = program(&house, "ben").await;
    let again = json!({ "caption": "Pears again" });
    assert_eq!(
        api.patch(&format!("/posts/{post}"), again).await.status,
        200
    );
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
