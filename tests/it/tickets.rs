//! Pictures of a place that shows strangers nothing: tickets in addresses, for programs that fetch pictures without a token.

use std::time::Duration;

use serde_json::json;

use crate::choir::{choir, people, program};
use crate::client::Client;
use crate::house::House;
use crate::picture::png;
use crate::table::one;
use crate::visitor::Visitor;

/// The path of an address, as the application before put transformations into it (`create_transformed_url`).
fn transformed(url: &str, steps: &str) -> String {
    let parts: Vec<&str> = url.split('/').collect();
    let steps = match steps.is_empty() {
        true => String::new(),
        false => format!("tr:{steps}/"),
    };
    format!("/{}/{steps}{}", parts[3], parts[4..].join("/"))
}

/// The addresses of all that a client is shown in its feed, by caption.
async fn address(client: &Client, caption: &str) -> String {
    let feed = client.get("/feeds").await.json();
    let posts = feed["posts"].as_array().unwrap();
    let post = posts.iter().find(|post| post["caption"] == caption);
    let post = post.unwrap_or_else(|| panic!("{caption} is not there: {feed}"));
    let url = post["url"].as_str().unwrap();
    assert_eq!(post["media"][0]["url"], url);
    url.to_owned()
}

async fn status(stranger: &Visitor, path: &str) -> u16 {
    stranger.get(path).await.status
}

#[rocket::async_test]
async fn a_ticket_shows_one_picture_to_whoever_it_names_for_a_day_or_two() {
    let house = House::open_with(&[("pictures", "ticket"), ("media_key", "private_test")]).await;
    let stranger = house.stranger();
    let ada = Client::member(&house, "ada").await;
    let ben = Client::member(&house, "ben").await;
    let uploaded = ada.upload("Pears").await.json();
    let other = ada.upload("Apples").await.json();
    // As programs of the application before did it: what is in the answer, with steps put in.
    for url in [
        uploaded["url"].as_str().unwrap().to_owned(),
        address(&ada, "Pears").await,
        address(&ben, "Pears").await,
    ] {
        for steps in ["", "w-100", "w-200,h-100,cm-pad_resize,bg-blurred"] {
            let path = transformed(&url, steps);
            let answer = stranger.get(&path).await;
            assert_eq!(answer.status, 200, "{path}");
            assert!(answer.header("content-type").starts_with("image/"));
        }
    }
    let url = address(&ben, "Pears").await;
    let (bare, ticket) = url.split_once("?pt=").unwrap();
    assert_eq!(url, address(&ben, "Pears").await, "the same for a day");
    let key = uploaded["file_name"].as_str().unwrap();
    let others = other["file_name"].as_str().unwrap();
    let altered: String = ticket.chars().rev().collect();
    for path in [
        transformed(bare, ""),
        transformed(bare, "w-100"),
        format!("/media/{key}?pt="),
        format!("/media/{key}?pt={altered}"),
        format!("/media/{key}?pt={}", &ticket[..ticket.len() - 1]),
        format!("/media/{key}?pt={ticket}x"),
        format!("/media/{others}?pt={ticket}"),
        format!("/media/tr:l-image,i-{others},l-end/{key}?pt={ticket}"),
        format!("/media/tr:orig-true/{key}?pt={ticket}"),
        format!("/media/{key}?explain=1&pt={ticket}"),
    ] {
        let found = status(&stranger, &path).await;
        assert!([303, 401, 403, 404].contains(&found), "{path}: {found}");
    }
    // Captions as well.
    let caption =
        "insert into captions (media_id, text) select id, 'WEBVTT' from media where key = $1";
    crate::table::sql(&house, caption, &[key]).await;
    let file = one(&house, "select id from media where key = $1", key).await;
    let track = format!("/captions/{file}/track.vtt");
    assert_eq!(status(&stranger, &track).await, 404);
    assert_eq!(ben.get(&track).await.status, 200);
    // Another file instead of one that is gone.
    let gone = ada.upload("Gone").await.json();
    let (id, away) = (gone["id"].as_str().unwrap(), gone["url"].as_str().unwrap());
    assert_eq!(ada.delete(&format!("/posts/{id}")).await.status, 200);
    let instead = transformed(away, &format!("di-{key}"));
    assert_eq!(status(&stranger, &instead).await, 404);
    // Who signs an address holds the operator's key.
    let signed = crate::asked::sign(&format!("tr:w-50/{key}"), None);
    assert_eq!(status(&stranger, &signed).await, 200);
    // Faces and whatever hangs in no post are for members as well.
    let cy = house.visitor("cy").await;
    let face = png(40, 40);
    let files = [("face", "me.png", &*face)];
    cy.upload("/settings/face", &[], &files).await;
    let face = one(&house, "select face from users where handle = $1", "cy").await;
    assert_eq!(status(&stranger, &format!("/media/{face}")).await, 404);
    assert_eq!(status(&cy, &format!("/media/{face}")).await, 200);

    // It ends with what its member may see, and with their sessions.
    let path = transformed(&url, "w-100");
    assert_eq!(ada.put("/members/ben/block").await.status, 204);
    assert_eq!(status(&stranger, &path).await, 404, "blocked");
    assert_eq!(ada.delete("/members/ben/block").await.status, 204);
    assert_eq!(status(&stranger, &path).await, 200);
    house.clock.advance(Duration::from_secs(86_000));
    assert_eq!(status(&stranger, &path).await, 200, "the next day");
    house.clock.advance(Duration::from_secs(86_400));
    assert_eq!(status(&stranger, &path).await, 404, "its end");
    let ben = program(&house, "ben").await;
    let path = transformed(&address(&ben, "Pears").await, "");
    assert_eq!(status(&stranger, &path).await, 200);
    let browser = house.signed_in("ben").await;
    let mut tx = house.app.db.write().await.unwrap();
    let id = ben.id().await.parse().unwrap();
    house.app.sessions.end_all(&mut tx, id).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(browser.get("/").await.status, 303);
    assert_eq!(status(&stranger, &path).await, 404, "signed out everywhere");
    house.close().await;
}

#[rocket::async_test]
async fn a_ticket_says_who_asks_and_the_group_decides() {
    for pictures in ["ticket", "address"] {
        let house = House::open_with(&[("pictures", pictures)]).await;
        let [ada, ..] = people(&house).await;
        let id = choir(&house, json!({})).await;
        ada.publish_in(&id, "Ours").await;
        ada.publish("For all").await;
        let stranger = house.stranger();
        let ben = program(&house, "ben").await;
        let url = address(&ben, "Ours").await;
        let path = transformed(&url, "w-50");
        let answer = stranger.get(&path).await;
        assert_eq!(answer.status, 200, "{pictures}");
        assert_eq!(answer.header("cache-control"), "private, no-cache");
        let bare = url.split_once('?').unwrap().0;
        assert_eq!(status(&stranger, &transformed(bare, "")).await, 404);
        // What is for everybody here needs one only where strangers see nothing.
        let plain = address(&ben, "For all").await;
        assert_eq!(plain.contains("?pt="), pictures == "ticket", "{plain}");
        let bare = transformed(plain.split('?').next().unwrap(), "");
        let open = status(&stranger, &bare).await;
        assert_eq!(open == 200, pictures == "address", "{open}");
        assert_eq!(ben.delete("/groups/choir/membership").await.status, 204);
        assert_eq!(status(&stranger, &path).await, 404, "out of the group");
        house.close().await;
    }
}

#[rocket::async_test]
async fn where_only_who_is_signed_in_sees_pictures_no_address_holds_a_ticket() {
    let house = House::open_with(&[("pictures", "strict")]).await;
    let ada = Client::member(&house, "ada").await;
    ada.upload("Pears").await;
    let url = address(&ada, "Pears").await;
    assert!(!url.contains('?'));
    let path = transformed(&url, "");
    assert_eq!(status(&house.stranger(), &path).await, 404);
    assert_eq!(ada.get(&path).await.status, 200);
    house.close().await;
}

#[rocket::async_test]
async fn the_first_page_shows_strangers_no_picture_unless_somebody_says_so() {
    for (chosen, opens) in [
        (Some("ticket"), false),
        (Some("address"), true),
        (None, true),
    ] {
        let house = House::empty().await;
        let fay = house.stranger();
        let page = fay.get("/setup").await;
        assert!(
            page.body
                .contains("May strangers see a picture whose address they have?")
        );
        let mut fields = vec![
            ("site_name", "The House"),
            ("email", "mo@example.org"),
            ("password", crate::house::PASSWORD),
            ("joining", "open"),
        ];
        fields.extend(chosen.map(|chosen| ("pictures", chosen)));
        assert_eq!(fay.post("/setup", &fields).await.status, 303);
        let post = fay.publish("Hello").await;
        let key = one(&house, "select key from media where post_id = $1", &post).await;
        let found = status(&house.stranger(), &format!("/media/{key}")).await;
        assert_eq!(found == 200, opens, "{chosen:?}: {found}");
        house.close().await;
    }
}
