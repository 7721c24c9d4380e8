//! `/upload`, `/feeds`, `/posts/…`, row by row of the contract (docs/api.md).

use std::collections::HashSet;

use reqwest::{Method, multipart};
use serde_json::{Value, json};

use crate::client::Client;
use crate::house::House;
use crate::picture::png;

fn is_time_stamp(value: &Value) -> bool {
    let text = value.as_str().unwrap();
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "000000"));
    whole.len() == 19 && whole.as_bytes()[10] == b'T' && fraction.len() == 6
}

#[rocket::async_test]
async fn an_upload_is_a_post_in_the_contracts_shape() {
    let house = House::open().await;
    let ada = Client::member(&house, "ada").await;
    let reply = ada.upload("First light").await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    let post = reply.json();
    assert_eq!(
        (&post["caption"], &post["file_type"]),
        (&json!("First light"), &json!("image"))
    );
    assert_eq!(post["user_id"], ada.id().await);
    assert!(is_time_stamp(&post["created_at"]) && post["updated_at"] == post["created_at"]);
    assert_ne!(
        post["file_name"], "sunset.png",
        "the stored name, not the uploaded one"
    );
    let url = post["url"].as_str().unwrap();
    assert_eq!(
        url,
        format!(
            "{}/media/{}",
            house.url,
            post["file_name"].as_str().unwrap()
        )
    );
    assert_eq!(post["media"][0]["url"], url);
    assert_eq!(
        (&post["media"][0]["width"], &post["media"][0]["height"]),
        (&json!(40), &json!(30))
    );
    let listed = ada.get("/feeds").await.json()["posts"][0].clone();
    for (name, value) in post.as_object().unwrap() {
        assert_eq!(&listed[name], value, "{name}");
    }
    assert_eq!(
        ada.upload("").await.status,
        200,
        "an empty caption is a caption"
    );
    house.close().await;
}

#[rocket::async_test]
async fn the_old_front_ends_addresses_give_a_picture() {
    let house = House::open().await;
    let ada = Client::member(&house, "ada").await;
    let url = ada.upload("???").await.json()["url"]
        .as_str()
        .unwrap()
        .to_owned();
    // As the front-end builds them: a segment after the first one of the path.
    let mut parts: Vec<&str> = url.split('/').collect();
    for steps in [
        "tr:l-text,ie-Pz8/,ly-N20,lx-20,fs-100,co-white,bg-000000A0,l-end",
        "tr:w-400,h-200,cm-pad_resize,bg-blurred",
        "tr:w-320",
    ] {
        parts.insert(4, steps);
        let answer = reqwest::get(parts.join("/")).await.unwrap();
        assert_eq!(answer.status(), 200, "{steps}");
        let kind = answer.headers()["content-type"]
            .to_str()
            .unwrap()
            .to_owned();
        assert!(kind.starts_with("image/"), "{steps}: {kind}");
        parts.remove(4);
    }
    house.close().await;
}

#[rocket::async_test]
async fn an_upload_without_its_parts_is_named_by_them() {
    let house = House::open().await;
    let ada = Client::member(&house, "ada").await;
    let picture = png(4, 4);
    let send = async |form: multipart::Form| {
        ada.send(ada.request(Method::POST, "/upload").multipart(form))
            .await
    };
    let file = || multipart::Part::bytes(picture.clone()).file_name("a.png");
    let empty = multipart::Form::new().text("x", "y");
    assert_eq!(
        send(empty).await.mistakes(),
        ["missing file", "missing caption"]
    );
    let no_caption = multipart::Form::new().part("file", file());
    assert_eq!(send(no_caption).await.mistakes(), ["missing caption"]);
    let as_text = multipart::Form::new()
        .text("file", "words")
        .text("caption", "");
    let reply = send(as_text).await;
    assert_eq!(reply.mistakes(), ["value_error file"]);
    assert_eq!(
        reply.detail()[0]["msg"],
        "Value error, Expected UploadFile, received: <class 'str'>"
    );
    let elsewhere = multipart::Form::new()
        .part("media", file())
        .text("caption", "");
    assert_eq!(send(elsewhere).await.mistakes(), ["missing file"]);
    for (kind, body, status, detail) in [
        (
            "multipart/form-data",
            "x",
            400,
            json!("Missing boundary in multipart."),
        ),
        (
            "multipart/form-data; boundary=x",
            "y",
            400,
            json!("There was an error parsing the body"),
        ),
    ] {
        let reply = ada.raw(Method::POST, "/upload", (kind, body)).await;
        assert_eq!((reply.status, reply.detail()), (status, detail), "{kind}");
    }
    let reply = ada
        .raw(Method::POST, "/upload", ("application/json", "{}"))
        .await;
    assert_eq!(reply.mistakes(), ["missing file", "missing caption"]);
    assert_eq!(ada.with_token(None).upload("x").await.status, 401);
    assert_eq!(ada.get("/feeds").await.json()["posts"], json!([]));
    house.close().await;
}

#[rocket::async_test]
async fn a_file_that_is_refused_is_named_with_what_to_do() {
    let house = House::open_with(&[("photo_max", "2KB")]).await;
    let ada = Client::member(&house, "ada").await;
    let whole = png(40, 30);
    let large: Vec<u8> = whole
        .iter()
        .copied()
        .chain(std::iter::repeat_n(0, 3_000))
        .collect();
    for (name, bytes, status) in [
        ("words.jpg", b"these are words".to_vec(), 415),
        ("large.png", large, 413),
        ("cut.png", whole[..60].to_vec(), 422),
    ] {
        let reply = ada.upload_file((name, &bytes), Some("")).await;
        assert_eq!(reply.status, status, "{name}: {}", reply.text);
        let said = reply.detail().as_str().unwrap().to_owned();
        assert!(said.starts_with(&format!("{name}: ")), "{said}");
    }
    assert_eq!(ada.get("/feeds").await.json()["posts"], json!([]));
    house.close().await;
}

#[rocket::async_test]
async fn several_files_make_one_post_with_all_of_them() {
    let house = House::open().await;
    let ada = Client::member(&house, "ada").await;
    let file = |width| multipart::Part::bytes(png(width, 10)).file_name("a.png");
    let form = multipart::Form::new()
        .part("file", file(10))
        .part("file", file(20))
        .text("caption", "Two")
        .text("alt", "narrow")
        .text("alt", "wide");
    let post = ada
        .send(ada.request(Method::POST, "/upload").multipart(form))
        .await
        .json();
    assert_eq!(post["url"], post["media"][0]["url"]);
    assert_eq!(
        (&post["media"][0]["width"], &post["media"][1]["width"]),
        (&json!(10), &json!(20))
    );
    assert_eq!(post["media"][1]["description"], "wide");
    house.close().await;
}

#[rocket::async_test]
async fn the_feed_shows_everybody_under_the_right_name() {
    let house = House::open().await;
    let (mo, ada, ben) = (
        Client::admin(&house).await,
        Client::member(&house, "ada").await,
        Client::member(&house, "ben").await,
    );
    ada.upload("Ada's").await;
    ben.upload("Ben's").await;
    for path in ["/feeds", "/feed", "/feeds/"] {
        let feed = ada.get(path).await.json();
        let posts: Vec<_> = feed["posts"]
            .as_array()
            .unwrap()
            .iter()
            .map(|post| {
                (
                    post["caption"].as_str().unwrap(),
                    post["is_owner"].as_bool().unwrap(),
                    post["email"].as_str().unwrap(),
                )
            })
            .collect();
        assert_eq!(
            posts,
            [("Ben's", false, "ben"), ("Ada's", true, "ada@example.org")],
            "{path}"
        );
        assert_eq!(feed["next"], Value::Null);
    }
    let seen: Vec<_> = mo.get("/feeds").await.json()["posts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|post| post["email"].clone())
        .collect();
    assert_eq!(
        seen,
        [json!("ben@example.org"), json!("ada@example.org")],
        "administrators see addresses"
    );
    let one = ada.get("/feeds?author=ben").await.json();
    assert_eq!(one["posts"].as_array().unwrap().len(), 1);
    assert_eq!(one["posts"][0]["media"].as_array().unwrap().len(), 1);
    assert_eq!(ada.get("/feeds?author=nobody").await.status, 404);
    assert_eq!(
        ada.with_token(None).get("/feeds").await.detail(),
        "Unauthorized"
    );
    house.close().await;
}

#[rocket::async_test]
async fn pages_of_the_feed_show_each_post_once() {
    let house = House::open_with(&[("feed_max", "7")]).await;
    let ada = Client::member(&house, "ada").await;
    for n in 0..17 {
        ada.upload(&format!("{n}")).await;
    }
    let (mut path, mut seen, mut pages) = ("/feeds".to_owned(), Vec::new(), 0);
    loop {
        let page = ada.get(&path).await.json();
        let posts = page["posts"].as_array().unwrap();
        assert!(posts.len() <= 7);
        seen.extend(
            posts
                .iter()
                .map(|post| post["id"].as_str().unwrap().to_owned()),
        );
        pages += 1;
        // Somebody posts and deletes while we read.
        let extra = ada.upload("meanwhile").await.json();
        ada.delete(&format!("/posts/{}", extra["id"].as_str().unwrap()))
            .await;
        match page["next"].as_str() {
            Some(next) => path = format!("/feeds?cursor={next}"),
            None => break,
        }
    }
    assert_eq!(
        (pages, seen.len(), seen.iter().collect::<HashSet<_>>().len()),
        (3, 17, 17)
    );
    assert_eq!(
        ada.get("/feeds?limit=2").await.json()["posts"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
    for (query, mistake) in [
        ("limit=0", "less_than_equal limit"),
        ("limit=8", "less_than_equal limit"),
        ("limit=x", "int_parsing limit"),
        ("cursor=nonsense", "value_error cursor"),
    ] {
        let reply = ada.get(&format!("/feeds?{query}")).await;
        assert_eq!(
            (reply.status, reply.mistakes()),
            (422, vec![mistake.to_owned()]),
            "{query}"
        );
    }
    house.close().await;
}

#[rocket::async_test]
async fn only_its_author_changes_and_deletes_a_post() {
    let house = House::open().await;
    let (ada, ben) = (
        Client::member(&house, "ada").await,
        Client::member(&house, "ben").await,
    );
    let post = ada.upload("First lihgt").await.json();
    let id = post["id"].as_str().unwrap();
    let (path, medium) = (
        format!("/posts/{id}"),
        post["media"][0]["id"].as_str().unwrap(),
    );
    assert_eq!(ben.get(&path).await.json()["caption"], "First lihgt");
    let changes = json!({
        "caption": "First light",
        "descriptions": { medium: "a hill" },
        "focus": { medium: "top_left" },
    });
    assert_eq!(ben.patch(&path, changes.clone()).await.status, 403);
    let reply = ada.patch(&path, changes).await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    let changed = reply.json();
    let shown = &changed["media"][0];
    assert_eq!(
        (&changed["caption"], &shown["description"], &shown["focus"]),
        (&json!("First light"), &json!("a hill"), &json!("top_left"))
    );
    assert!(changed["updated_at"].as_str() > changed["created_at"].as_str());
    for (body, mistakes) in [
        (json!({ "caption": 7 }), vec!["string_type caption"]),
        (
            json!({ "caption": "x".repeat(2_201) }),
            vec!["value_error caption"],
        ),
        (
            json!({ "descriptions": { "x": "y" } }),
            vec!["value_error descriptions"],
        ),
        (
            json!({ "descriptions": [] }),
            vec!["value_error descriptions"],
        ),
        (
            json!({ "focus": { medium: "middle" } }),
            vec!["value_error focus"],
        ),
    ] {
        assert_eq!(
            ada.patch(&path, body.clone()).await.mistakes(),
            mistakes,
            "{body}"
        );
    }
    let refused = ben.delete(&path).await;
    assert_eq!(
        (refused.status, refused.detail()),
        (403, json!("Not authorized to delete this post"))
    );
    let spelled = format!("/posts/{}", id.replace('-', "").to_uppercase());
    let deleted = ada.delete(&spelled).await;
    assert_eq!(deleted.status, 200);
    assert_eq!(
        deleted.json(),
        json!({ "success": true, "message": "Post deleted", "post_id": id })
    );
    for path in [
        path.as_str(),
        "/posts/nonsense",
        "/posts/019aa5f0-7c1e-7b3a-9d52-0f5a3a1f9c10",
    ] {
        for method in [Method::GET, Method::DELETE] {
            let reply = ada.send(ada.request(method.clone(), path)).await;
            assert_eq!(
                (reply.status, reply.detail()),
                (404, json!("Post not found")),
                "{method} {path}"
            );
        }
    }
    assert_eq!(ada.with_token(None).delete(&path).await.status, 401);
    house.close().await;
}
