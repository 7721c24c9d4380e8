//! Members who are named, and tags: links where they are typed, kept right whatever happens later.

use crate::client::Client;
use crate::house::{House, PASSWORD};
use crate::table::one;
use crate::visitor::Visitor;

async fn told(house: &House, name: &str) -> Vec<String> {
    let email = format!("{name}@example.org");
    let by = Client::new(house).logged_in(&email, PASSWORD).await;
    let list = by.get("/users/me/notices").await.json();
    let notices = list["notices"].as_array().unwrap().iter();
    notices
        .map(|one| {
            format!(
                "{} {}",
                one["kind"].as_str().unwrap(),
                one["href"].as_str().unwrap()
            )
        })
        .collect()
}

async fn say(by: &Visitor, post: &str, text: &str, key: &str) {
    let fields = [("text", text), ("key", key)];
    assert_eq!(
        by.post(&format!("/p/{post}/comments"), &fields)
            .await
            .status,
        303
    );
}

#[rocket::async_test]
async fn who_is_named_is_linked_and_told_once_and_found_under_another_handle() {
    let house = House::open().await;
    let (ada, ben) = (house.visitor("ada").await, house.visitor("ben").await);
    house.visitor("cy").await;
    let post = ada.publish("With @Ben and @nobody, see a@ben.org").await;
    let page = ben.get("/").await.body;
    assert!(
        page.contains("With <a href=\"/@ben\">@Ben</a> and @nobody, see a@ben.org"),
        "{page}"
    );
    assert_eq!(told(&house, "ben").await, [format!("mention /p/{post}")]);
    say(&ben, &post, "@ada @cy @ben yes", "the first of all").await;
    let page = ada.get(&format!("/p/{post}")).await.body;
    assert!(
        page.contains("<a href=\"/@ada\">@ada</a> <a href=\"/@cy\">@cy</a>"),
        "{page}"
    );
    let cy = told(&house, "cy").await;
    assert!(
        cy.len() == 1 && cy[0].starts_with(&format!("mention /p/{post}?c=")),
        "{cy:?}"
    );
    // Herself she hears of the comment and of her name.
    assert_eq!(told(&house, "ada").await.len(), 2);
    // Another caption tells whom it names anew, and nobody twice.
    let fields = [("caption", "With @ben and @cy")];
    assert_eq!(ada.put(&format!("/p/{post}"), &fields).await.status, 303);
    assert_eq!(told(&house, "ben").await.len(), 1);
    assert_eq!(told(&house, "cy").await.len(), 2);
    // Called otherwise, he is still who was named; whoever has the handle then is not.
    ben.put(
        "/settings/profile",
        &[("name", "Ben"), ("handle", "benedict")],
    )
    .await;
    let fields = [("caption", "With @ben and @cy!")];
    ada.put(&format!("/p/{post}"), &fields).await;
    let page = ada.get(&format!("/p/{post}")).await.body;
    assert!(page.contains("<a href=\"/@benedict\">@ben</a>"), "{page}");
    // And an address that was his leads to him.
    let old = ada.get("/@ben").await;
    assert_eq!((old.status, old.header("location")), (303, "/@benedict"));
    ada.delete(&format!("/p/{post}")).await;
    house.close().await;
}

#[rocket::async_test]
async fn nobody_hears_of_their_name_in_what_they_may_not_see() {
    let house = House::open().await;
    let (ada, ben) = (house.visitor("ada").await, house.visitor("ben").await);
    let cy = house.visitor("cy").await;
    let png = crate::picture::png(8, 6);
    let fields = [
        ("caption", "For some, not for @ben"),
        ("audience", "followers"),
    ];
    ada.upload("/p", &fields, &[("media", "a.png", &png)]).await;
    assert_eq!(told(&house, "ben").await, Vec::<String>::new());
    cy.put("/@ben/block", &[]).await;
    cy.publish("@ben").await;
    assert_eq!(told(&house, "ben").await, Vec::<String>::new());
    drop(ben);
    house.close().await;
}

#[rocket::async_test]
async fn a_tag_is_a_feed_of_its_own() {
    let house = House::open().await;
    let (ada, ben) = (house.visitor("ada").await, house.visitor("ben").await);
    let first = ada.publish("A #Walk by the sea").await;
    let second = ben.publish("Another #walk, #Über_2").await;
    ben.publish("walk without a tag").await;
    let page = ben.get("/").await.body;
    assert!(page.contains("<a href=\"/tags/walk\">#Walk</a>"), "{page}");
    let led = ben.get("/tags/WALK").await;
    assert_eq!(led.header("location"), "/?of=everyone&tag=walk");
    let feed = ben.get("/?of=everyone&tag=walk").await;
    assert_eq!(feed.posts(), [second.clone(), first.clone()]);
    assert!(
        feed.body.contains("data-tag=\"/tags/walk\"")
            && feed.body.contains("<h1 class=\"column\">#walk</h1>")
    );
    assert_eq!(
        ben.get("/?of=everyone&tag=%23WALK&by=ada").await.posts(),
        std::slice::from_ref(&first)
    );
    assert_eq!(
        ben.get("/?of=following&tag=walk").await.posts(),
        std::slice::from_ref(&second)
    );
    assert_eq!(
        ben.get("/?of=everyone&tag=uber_2").await.posts(),
        std::slice::from_ref(&second)
    );
    assert_eq!(ben.get("/?of=everyone&tag=a-b").await.status, 404);
    // An edit takes it away, another brings it.
    ada.put(&format!("/p/{first}"), &[("caption", "A #swim")])
        .await;
    assert_eq!(
        ben.get("/?of=everyone&tag=walk").await.posts(),
        std::slice::from_ref(&second)
    );
    assert_eq!(
        ben.get("/?of=everyone&tag=swim").await.posts(),
        std::slice::from_ref(&first)
    );
    // What is older than the search is filled in.
    let mut tx = house.app.db.write().await.unwrap();
    for query in ["delete from post_terms", "update posts set has_terms = 0"] {
        sqlx::query(query).execute(&mut *tx).await.unwrap();
    }
    tx.commit().await.unwrap();
    assert_eq!(
        ben.get("/?of=everyone&tag=swim").await.posts(),
        Vec::<String>::new()
    );
    porch::sweep(&house.app).await.unwrap();
    assert_eq!(
        ben.get("/?of=everyone&tag=swim").await.posts(),
        std::slice::from_ref(&first)
    );
    // Gone for good, nothing of it is left.
    ada.delete(&format!("/p/{first}")).await;
    let count = "select cast(count(*) as text) from post_terms where term = $1";
    for _ in 0..200 {
        if one(&house, count, "#swim").await == "0" {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    assert_eq!(one(&house, count, "#swim").await, "0");
    house.close().await;
}
