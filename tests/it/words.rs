//! Words, names and ways in, as people type them.

use crate::house::{House, PASSWORD};

#[rocket::async_test]
async fn an_address_and_a_password_open_however_they_are_spelled() {
    let house = House::open_with(&[("rate_limit", "off")]).await;
    let zoe = house.stranger();
    let (email, password) = (
        "zo\u{eb}@b\u{fc}cher.example",
        "ein gro\u{df}es St\u{fc}ck Torte",
    );
    let fields = [("email", email), ("password", password), ("name", "Zoë")];
    assert_eq!(zoe.post("/register", &fields).await.status, 303);
    for typed in [
        email,
        "  zo\u{eb}@b\u{fc}cher.example ",
        "zoe\u{308}@bu\u{308}cher.example",
        "ZO\u{cb}@B\u{dc}CHER.example",
        "zo\u{eb}@xn--bcher-kva.example",
        "Zo\u{eb} <zo\u{eb}@b\u{fc}cher.example>",
    ] {
        for word in [password, "ein gro\u{df}es Stu\u{308}ck Torte"] {
            let again = house.stranger();
            let fields = [("email", typed), ("password", word)];
            assert_eq!(
                again.post("/login", &fields).await.status,
                303,
                "{typed} {word}"
            );
        }
    }
    let other = [
        ("email", "zoe\u{308}@XN--BCHER-KVA.example"),
        ("password", PASSWORD),
    ];
    let taken = house.stranger().post("/register", &other).await;
    assert_eq!(taken.status, 422, "one address has one account");
    house.close().await;
}

#[rocket::async_test]
async fn a_name_is_seen_and_turns_nothing_around_it() {
    let house = House::open().await;
    let ada = house.visitor("ada").await;
    for unseen in [
        "\u{200b}",
        "\u{3164}\u{3164}",
        "\u{2800}",
        "\u{202e}\u{202c}",
        "\u{200d}\u{fe0f}",
        "\u{115f}\u{ad}",
        "\u{301}",
        "\u{e0041}",
        "\u{ffa0}",
    ] {
        let fields = [("name", unseen), ("handle", "ada")];
        let refused = ada.put("/settings/profile", &fields).await;
        assert_eq!(refused.status, 422, "{}", unseen.escape_unicode());
    }
    for (name, shown) in [
        (
            "Ada \u{202e}drawkcab",
            "\u{2068}Ada \u{202e}drawkcab\u{2069} · ",
        ),
        ("שרה", "\u{2068}שרה\u{2069} · "),
        ("Ada Lovelace", "<title>Ada Lovelace · "),
    ] {
        let fields = [("name", name), ("handle", "ada")];
        assert_eq!(
            ada.put("/settings/profile", &fields).await.status,
            303,
            "{name}"
        );
        assert!(ada.get("/@ada").await.body.contains(shown), "{name}");
    }
    house.close().await;
}

#[rocket::async_test]
async fn what_is_missing_is_named_and_a_stale_link_leads_on() {
    let house = House::open().await;
    let ada = house.visitor("ada").await;
    for (path, said) in [
        ("/@nobody", "Nobody here has this name"),
        (
            "/p/019aa5f0-7c1e-7b3a-9d52-0f5a3a1f9c10",
            "This post is gone",
        ),
        (
            "/media/abcdefghijklmnopqrstuvwxyz.jpg",
            "This picture is gone",
        ),
        ("/no/such/page", "There is no such page"),
    ] {
        let answer = ada.get(path).await;
        assert_eq!(answer.status, 404, "{path}");
        assert!(answer.body.contains(said), "{path}: {}", answer.body);
    }
    for path in ["/reset", "/reset?token=stale"] {
        let answer = house.stranger().get(path).await;
        assert_eq!(answer.status, 422, "{path}");
        assert!(
            answer.body.contains("href=\"/forgot\""),
            "{path}: {}",
            answer.body
        );
    }
    house.close().await;
}

#[rocket::async_test]
async fn lines_of_a_description_stay_and_one_character_is_one() {
    let house = House::open_with(&[("caption_max", "10")]).await;
    let ada = house.visitor("ada").await;
    let picture = crate::picture::png(40, 30);
    let fields = [
        ("caption", "short"),
        ("alt", "  A dog.\r\n\r\n On   a beach. "),
    ];
    let posted = ada
        .upload("/p", &fields, &[("media", "a.png", &picture)])
        .await;
    assert_eq!(posted.status, 303, "{}", posted.body);
    let page = ada.get("/").await.body;
    assert!(page.contains("alt=\"A dog.\n\nOn a beach.\""), "{page}");
    for (caption, said) in [
        ("12345678901", "1 character too long"),
        ("123456789012", "2 characters too long"),
    ] {
        let refused = ada
            .upload(
                "/p",
                &[("caption", caption)],
                &[("media", "a.png", &picture)],
            )
            .await;
        assert!(refused.body.contains(said), "{caption}");
    }
    house.close().await;
}

#[rocket::async_test]
async fn a_picture_comes_in_a_form_that_was_named_and_may_be_drawn_where_that_is_allowed() {
    let origin = "https://app.example.org";
    let house = House::open_with(&[("cors_origins", origin)]).await;
    let ada = house.visitor("ada").await;
    let wide = crate::picture::noise(600, 300);
    ada.upload("/p", &[("caption", "Wide")], &[("media", "a.png", &wide)])
        .await;
    let post = ada.get("/").await.posts()[0].clone();
    let key = ada.keys(&post).await.remove(0);
    let made = ada.get(&format!("/media/tr:f-webp/{key}")).await.bytes;
    ada.upload("/p", &[("caption", "Made")], &[("media", "a.webp", &made)])
        .await;
    let post = ada.get("/").await.posts()[0].clone();
    let key = ada.keys(&post).await.remove(0);
    assert!(key.ends_with(".webp"));
    let path = format!("/media/{key}");
    for (accept, expected) in [
        ("image/avif,image/webp,*/*", "image/webp"),
        ("*/*", "image/jpeg"),
        ("image/webp;q=0,*/*", "image/jpeg"),
        ("image/png", "image/jpeg"),
    ] {
        let answer = ada.with("accept", accept).get(&path).await;
        let kind = answer.header("content-type");
        assert_eq!(kind, expected, "{accept}");
    }
    let saved = ada
        .with("accept", "*/*")
        .get(&format!("/media/tr:f-jpg/{key}?ik-attachment=true"))
        .await;
    assert!(
        saved.header("content-disposition").ends_with(".jpg\""),
        "{}",
        saved.header("content-disposition")
    );
    let allowed = ada.with("origin", origin).get(&path).await;
    assert_eq!(allowed.header("access-control-allow-origin"), origin);
    let other = ada.with("origin", "https://evil.example").get(&path).await;
    assert_eq!(other.header("access-control-allow-origin"), "");
    let asked = reqwest::Client::new()
        .request(reqwest::Method::OPTIONS, format!("{}{path}", house.url))
        .header("origin", origin)
        .header("access-control-request-method", "GET")
        .send()
        .await
        .unwrap();
    assert_eq!(asked.status(), 204);
    let head = reqwest::Client::new()
        .head(format!("{}{path}", house.url))
        .header("range", "bytes=0-9")
        .send()
        .await
        .unwrap();
    assert_eq!(head.status(), 200);
    house.close().await;
}

#[rocket::async_test]
async fn a_line_that_cannot_become_a_socket_is_told_so() {
    let house = House::open().await;
    let ada = house.visitor("ada").await;
    let plain = ada.with("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==");
    let answer = plain.with("origin", &house.url).get("/live").await;
    assert_eq!(answer.status, 426, "{}", answer.body);
    assert_eq!(answer.header("upgrade"), "websocket");
    house.close().await;
}

#[rocket::async_test]
async fn the_keeper_of_an_empty_place_is_told_what_to_know_and_members_are_not() {
    let house = House::open().await;
    let (mo, ada) = (house.signed_in("mo").await, house.visitor("ada").await);
    let page = mo.get("/").await.body;
    for told in [
        "Before you tell the others",
        "Whoever has the address may register, and is in at once.",
        "No letters go out yet",
        "PORCH_PUBLIC_URL",
    ] {
        assert!(page.contains(told), "{told}");
    }
    assert!(!ada.get("/").await.body.contains("Before you tell"));
    ada.publish("First").await;
    assert!(!mo.get("/").await.body.contains("Before you tell"));
    house.close().await;
}

#[rocket::async_test]
async fn who_gave_no_name_is_asked_for_one() {
    let house = House::open().await;
    let ada = house.visitor("ada").await;
    let named = [("name", "Ada"), ("handle", "ada")];
    ada.put("/settings/profile", &named).await;
    assert!(!ada.get("/").await.body.contains("Give them your name"));
    let unnamed = [("name", "ada"), ("handle", "ada")];
    ada.put("/settings/profile", &unnamed).await;
    assert!(ada.get("/").await.body.contains("Give them your name"));
    house.close().await;
}
