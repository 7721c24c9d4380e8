//! The feed in JSON, as it is kept.

use serde_json::{Value, json};

use crate::client::Client;
use crate::house::House;

/// The first page is kept for all; what differs from reader to reader does so, and what changes is there at once.
#[rocket::async_test]
async fn a_kept_page_of_the_feed_is_each_readers_own() {
    let house = House::open().await;
    let (mo, ada, ben) = (
        Client::admin(&house).await,
        Client::member(&house, "ada").await,
        Client::member(&house, "ben").await,
    );
    ada.upload("Says \"is_owner\":false}").await;
    ben.upload("Of ben").await;
    let posts = async |client: &Client| client.get("/feed").await.json()["posts"].clone();
    let told = async |client: &Client| {
        let posts = posts(client).await;
        let told = |post: &Value| (post["email"].clone(), post["is_owner"].clone());
        posts
            .as_array()
            .unwrap()
            .iter()
            .map(told)
            .collect::<Vec<_>>()
    };
    for _ in 0..2 {
        let (yes, no) = (json!(true), json!(false));
        let (of_ada, of_ben) = (json!("ada@example.org"), json!("ben@example.org"));
        let expected = [(json!("ben"), no.clone()), (of_ada.clone(), yes.clone())];
        assert_eq!(told(&ada).await, expected);
        let expected = [(of_ben.clone(), yes.clone()), (json!("ada"), no.clone())];
        assert_eq!(told(&ben).await, expected);
        assert_eq!(told(&mo).await, [(of_ben, no.clone()), (of_ada, no)]);
    }
    let moved = ada
        .patch("/users/me", json!({ "email": "ada@example.com" }))
        .await;
    assert_eq!(moved.status, 200);
    assert_eq!(told(&ada).await[1].0, "ada@example.com");
    let (mut one, mut other) = (posts(&ada).await, posts(&mo).await);
    for post in [&mut one, &mut other]
        .into_iter()
        .flat_map(|posts| posts.as_array_mut().unwrap())
    {
        for personal in ["email", "is_owner"] {
            post.as_object_mut().unwrap().remove(personal);
        }
    }
    assert_eq!(one, other, "kept or not, a post is the same");
    ben.upload("Newer").await;
    assert_eq!(posts(&ada).await[0]["caption"], "Newer");
    house.close().await;
}
