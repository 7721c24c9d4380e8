//! Posts of newcomers, which somebody looks at before others see them.

use std::collections::HashSet;

use serde_json::{Value, json};

use crate::client::{Client, Reply};
use crate::house::{House, PASSWORD};
use crate::nowhere::{self, KEY};
use crate::table::one;
use crate::visitor::Visitor;

const WAITS: &str = "it waits until somebody who looks after this place has looked at it";

async fn judge(officer: &Client, post: &str, body: Value) -> Reply {
    let kind = ("application/json", &*body.to_string());
    let path = format!("/house/posts/{post}");
    officer.raw(reqwest::Method::PUT, &path, kind).await
}

async fn waiting(officer: &Client) -> Vec<String> {
    let posts = officer.get("/house/posts").await.json()["posts"].clone();
    let posts = posts.as_array().unwrap().iter();
    posts
        .map(|post| post["id"].as_str().unwrap().to_owned())
        .collect()
}

/// Nobody but its author gets anything of a post of Ben's of the pears.
async fn is_nowhere(house: &House, reader: &Visitor, post: &str) {
    let pages = ["/", "/@ben", "/@ben/posts", "/search?q=pears", "/notices"];
    nowhere::is_nowhere(house, reader, post, &pages).await;
}

#[rocket::async_test]
async fn what_a_newcomer_posts_is_theirs_alone_until_somebody_shows_it() {
    let house = House::open_with(&[("newcomers", "3")]).await;
    let mo = Client::admin(&house).await;
    let desk = house.signed_in("mo").await;
    let cy = house.visitor("cy").await;
    let ben = house.visitor("ben").await;
    cy.put("/@ben/follow", &[]).await;
    cy.put("/@ben/bell", &[]).await;
    let mut open = cy.listen(&cy.get("/").await.cursor()).await;
    open.missed().await;
    let before = mo.upload("Before").await.json()["id"].clone();
    assert_eq!(
        open.happens().await["id"],
        format!("p-{}", before.as_str().unwrap())
    );

    let post = ben.publish("Three pears for @cy #fruit").await;
    let own = ben.get("/").await;
    assert!(own.body.contains(WAITS) && own.body.contains("Three pears"));
    let api = Client::new(&house)
        .logged_in("ben@example.org", PASSWORD)
        .await;
    let told = api.get(&format!("/posts/{post}")).await.json();
    assert_eq!(told["withheld"], json!({ "why": "review", "words": "" }));
    is_nowhere(&house, &cy, &post).await;
    // Nor by whoever holds an office, but where they look at it: the page, its pictures, and no other.
    assert_eq!(desk.get(&format!("/p/{post}")).await.status, 404);
    let key = one(&house, KEY, &post).await;
    let page = desk.get("/admin/posts").await;
    assert!(page.body.contains("Three pears") && page.body.contains(&key));
    assert!(desk.get("/admin").await.body.contains("One post waits"));
    let told = "has posted what you look at first";
    let notices = desk.get("/notices").await;
    assert!(notices.body.contains(told) && notices.body.contains("href=\"/admin/posts\""));
    assert!(
        !cy.get("/notices").await.body.contains(told),
        "no member is told"
    );
    assert_eq!(
        desk.get(&format!("/media/tr:w-640/{key}")).await.status,
        200
    );
    let token = mo
        .post("/users/me/tokens", json!({ "name": "Desk" }))
        .await
        .json();
    let token = mo.with_token(token["token"].as_str());
    assert_eq!(
        token.get(&format!("/media/{key}")).await.status,
        404,
        "a token holds no office"
    );
    assert_eq!(token.get("/house/posts").await.status, 403);
    assert_eq!(cy.get("/admin/posts").await.status, 403);

    let later = mo.upload("Later").await.json()["id"].clone();
    assert_eq!(
        open.happens().await["id"],
        format!("p-{}", later.as_str().unwrap()),
        "and not Ben's"
    );
    assert_eq!(waiting(&mo).await, std::slice::from_ref(&post));
    let looked = "have looked at your photo";
    assert!(!ben.get("/notices").await.body.contains(looked));
    assert_eq!(
        judge(&mo, &post, json!({ "outcome": "show" })).await.status,
        204
    );
    assert!(ben.get("/notices").await.body.contains(looked));
    let frame = open.happens().await;
    assert_eq!(
        (&frame["op"], &frame["id"]),
        (&json!("put"), &json!(format!("p-{post}")))
    );
    assert!(!frame["html"].as_str().unwrap().contains(WAITS));
    let newest = cy.get("/").await.posts();
    assert_eq!(newest[0], post, "it is of the moment in which it came out");
    assert!(cy.get("/search?q=pears").await.body.contains(&post));
    assert!(cy.get("/?tag=fruit").await.body.contains(&post));
    assert!(
        !desk.get("/notices").await.body.contains(told),
        "nothing waits"
    );
    let notices = cy.get("/notices").await.body;
    assert!(notices.contains(&format!("/p/{post}")) && notices.contains("named you"));
    assert!(!ben.get("/").await.body.contains(WAITS));
    assert!(api.get(&format!("/posts/{post}")).await.json()["withheld"].is_null());
    assert_eq!(
        judge(&mo, &post, json!({ "outcome": "keep" })).await.status,
        409
    );
    let log = mo.get("/house/audit?act=post-shown").await.json();
    assert_eq!(log["lines"][0]["subject"], json!(post));
    assert_eq!(log["lines"].as_array().unwrap().len(), 1);
    house.close().await;
}

#[rocket::async_test]
async fn what_is_kept_back_says_why_and_a_change_has_it_looked_at_again() {
    let house = House::open_with(&[("newcomers", "1")]).await;
    let mo = Client::admin(&house).await;
    let desk = house.signed_in("mo").await;
    let cy = house.visitor("cy").await;
    let ben = house.visitor("ben").await;
    let post = ben.publish("Pears, and an <odd> word").await;
    let fields = [("outcome", "keep"), ("words", "Please ask Ada & Cy first.")];
    let kept = desk.put(&format!("/admin/posts/{post}"), &fields).await;
    assert_eq!(
        (kept.status, kept.header("location")),
        (303, "/admin/posts")
    );
    assert!(
        desk.get("/admin/posts")
            .await
            .body
            .contains("Nothing waits.")
    );
    let own = ben.get("/").await.body;
    assert!(
        own.contains("Please ask Ada &amp; Cy first.") && !own.contains(WAITS),
        "{own}"
    );
    is_nowhere(&house, &cy, &post).await;
    let key = one(&house, KEY, &post).await;
    assert_eq!(
        desk.get(&format!("/media/{key}")).await.status,
        404,
        "it is on nobody's desk"
    );
    // One more has to be looked at for it.
    let api = Client::new(&house)
        .logged_in("ben@example.org", PASSWORD)
        .await;
    let changed = api
        .patch(
            &format!("/posts/{post}"),
            json!({ "caption": "Pears for @cy" }),
        )
        .await;
    assert_eq!(changed.status, 200, "{}", changed.text);
    assert!(ben.get("/").await.body.contains(WAITS));
    is_nowhere(&house, &cy, &post).await;
    assert_eq!(
        judge(&mo, &post, json!({ "outcome": "show" })).await.status,
        204
    );
    assert!(cy.get("/").await.body.contains("Pears for"));
    let second = ben.publish("Second").await;
    assert_eq!(waiting(&mo).await, std::slice::from_ref(&second));
    assert_eq!(
        judge(&mo, &second, json!({ "outcome": "show" }))
            .await
            .status,
        204
    );
    let third = ben.publish("Third").await;
    assert!(
        cy.get("/").await.posts().contains(&third),
        "they are known now"
    );
    // Wrong words, and too many of them.
    for body in [
        json!({ "outcome": "burn" }),
        json!({}),
        json!({ "outcome": "keep", "words": "x".repeat(1_001) }),
    ] {
        assert_eq!(judge(&mo, &third, body).await.status, 422);
    }
    // Deleted while it waited, or its author gone: there is nothing to look at.
    assert_eq!(
        judge(&mo, &third, json!({ "outcome": "show" }))
            .await
            .status,
        409
    );
    house.close().await;
}

#[rocket::async_test]
async fn newcomers_are_who_came_by_themselves_and_twenty_posts_wait_at_most() {
    let house = House::open_with(&[("newcomers", "10")]).await;
    let mo = Client::admin(&house).await;
    let invitation = mo.post("/users/me/invitations", json!({})).await.json();
    let code = invitation["link"]
        .as_str()
        .unwrap()
        .rsplit('/')
        .next()
        .unwrap()
        .to_owned();
    let body = json!({ "email": "dot@example.org", "password": PASSWORD, "invite": code });
    assert_eq!(
        Client::new(&house)
            .post("/auth/register", body)
            .await
            .status,
        201
    );
    let dot = Client::new(&house)
        .logged_in("dot@example.org", PASSWORD)
        .await;
    let shown = dot.upload("Invited").await.json();
    assert!(shown["withheld"].is_null(), "{shown}");
    assert!(mo.upload("Office").await.json()["withheld"].is_null());
    let ben = house.visitor("ben").await;
    let mut all = HashSet::new();
    for n in 0..20 {
        all.insert(ben.publish(&format!("Number {n}")).await);
    }
    let api = Client::new(&house)
        .logged_in("ben@example.org", PASSWORD)
        .await;
    let over = api.upload("One more").await;
    assert_eq!(over.status, 409, "{}", over.text);
    assert!(over.text.contains("20 of your posts wait"));
    let listed = waiting(&mo).await;
    assert_eq!(listed.iter().cloned().collect::<HashSet<_>>(), all);
    // Two decide at once: one of them hears that it is done.
    let (one, other) = futures::future::join(
        judge(&mo, &listed[0], json!({ "outcome": "show" })),
        judge(&mo, &listed[0], json!({ "outcome": "keep" })),
    )
    .await;
    assert_eq!(
        HashSet::from([one.status, other.status]),
        HashSet::from([204, 409])
    );
    // A post that is deleted waits no more, nor what somebody had who is gone.
    assert_eq!(
        api.delete(&format!("/posts/{}", listed[1])).await.status,
        200
    );
    assert_eq!(
        judge(&mo, &listed[1], json!({ "outcome": "show" }))
            .await
            .status,
        409
    );
    assert_eq!(waiting(&mo).await.len(), 18);
    let desk = house.signed_in("mo").await;
    assert!(desk.get("/admin").await.body.contains("18 posts wait"));
    let id = api.id().await;
    assert_eq!(mo.delete(&format!("/users/{id}")).await.status, 204);
    assert_eq!(waiting(&mo).await.len(), 0);
    assert!(!desk.get("/admin").await.body.contains("to be looked at"));
    assert!(!desk.get("/notices").await.body.contains("look at first"));
    // The last one that waits is taken back by its author.
    let eve = house.visitor("eve").await;
    let post = eve.publish("Alone").await;
    assert!(desk.get("/notices").await.body.contains("look at first"));
    eve.delete(&format!("/p/{post}")).await;
    assert!(!desk.get("/notices").await.body.contains("look at first"));
    assert!(!desk.get("/admin").await.body.contains("to be looked at"));
    assert_eq!(
        judge(&mo, &listed[2], json!({ "outcome": "show" }))
            .await
            .status,
        409
    );
    house.close().await;
}

#[rocket::async_test]
async fn a_place_that_is_open_from_the_first_page_on_looks_at_three() {
    let house = House::empty().await;
    let fay = house.stranger();
    fay.get("/setup").await;
    let fields = [
        ("site_name", "The House"),
        ("email", "mo@example.org"),
        ("password", PASSWORD),
        ("joining", "open"),
    ];
    assert_eq!(fay.post("/setup", &fields).await.status, 303);
    let page = fay.get("/admin/posts").await.body;
    assert!(page.contains("The first 3 posts of a newcomer"), "{page}");
    assert!(
        fay.get("/admin/place")
            .await
            .body
            .contains("The first three posts")
    );
    let ben = house.visitor("ben").await;
    ben.publish("Hello").await;
    assert!(ben.get("/").await.body.contains(WAITS));
    house.close().await;
}
