//! What somebody may still do whose session, account or office ends while they are at it.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::json;

use crate::client::Client;
use crate::house::{House, PASSWORD, token_in};
use crate::picture::png;
use crate::visitor::Visitor;

/// A request of which one half has arrived: the head and all but the last bytes of the body.
struct Half {
    stream: TcpStream,
    rest: Vec<u8>,
}

impl Half {
    /// `head` holds the lines that say who asks and what the body is.
    fn of(house: &House, path: &str, head: &str, body: &[u8]) -> Half {
        let mut stream = TcpStream::connect(house.url.trim_start_matches("http://")).unwrap();
        let (first, rest) = body.split_at(body.len() - 5);
        let url = &house.url;
        let length = body.len();
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: {}\r\nOrigin: {url}\r\nAccept: text/html\r\n{head}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n",
            url.trim_start_matches("http://")
        );
        stream.write_all(head.as_bytes()).unwrap();
        stream.write_all(first).unwrap();
        // The guards have run when a part of the body was read.
        std::thread::sleep(std::time::Duration::from_millis(300));
        Half {
            stream,
            rest: rest.to_vec(),
        }
    }

    /// Sends the rest; the first line of the answer, and where it leads.
    fn end(mut self) -> String {
        let _ = self.stream.write_all(&self.rest);
        let mut answer = Vec::new();
        let _ = self.stream.read_to_end(&mut answer);
        let text = String::from_utf8_lossy(&answer).into_owned();
        let head = text.split("\r\n\r\n").next().unwrap_or_default();
        head.to_lowercase()
    }
}

const FORM: &str = "Content-Type: application/x-www-form-urlencoded";

fn halves(house: &House, who: &Visitor) -> Vec<(&'static str, Half)> {
    let cookie = format!("Cookie: {}", who.cookie());
    let form = |path: &'static str, body: &str| {
        let head = format!("{cookie}\r\n{FORM}");
        (path, Half::of(house, path, &head, body.as_bytes()))
    };
    let picture = png(8, 8);
    let files = |field: &str| {
        let mut body = format!(
            "--x\r\nContent-Disposition: form-data; name=\"{field}\"; filename=\"a.png\"\r\n\r\n"
        )
        .into_bytes();
        body.extend(&picture);
        body.extend(b"\r\n--x--\r\n");
        body
    };
    let upload = |path: &'static str, field: &str| {
        let head = format!("{cookie}\r\nContent-Type: multipart/form-data; boundary=x");
        (path, Half::of(house, path, &head, &files(field)))
    };
    vec![
        form("/settings/profile", "_method=put&name=Late&handle=late"),
        form("/settings/site", "_method=put&site_name=Late+House"),
        form(
            "/settings/tokens",
            "token_name=late+token&days=30&padding=xxxxxxx",
        ),
        upload("/compose/items", "media"),
        upload("/settings/face", "face"),
        upload("/p", "media"),
    ]
}

/// Waits until no file of a picture is left.
async fn nothing_on_the_disk(house: &House) {
    let media = house.app.settings.data.join("media/originals");
    let until = std::time::Instant::now() + std::time::Duration::from_secs(20);
    while crate::media::files_in(media.clone()) > 0 {
        assert!(
            std::time::Instant::now() < until,
            "its files are taken away"
        );
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
}

#[rocket::async_test]
async fn nothing_is_done_for_a_session_that_ended_while_the_body_came() {
    let house = House::open().await;
    let mo = house.signed_in("mo").await;
    let halves = halves(&house, &mo);
    mo.post("/logout", &[]).await;
    for (path, half) in halves {
        let answer = half.end();
        let refused = ["303", "401"]
            .iter()
            .any(|status| answer.starts_with(&format!("http/1.1 {status}")));
        assert!(refused, "{path}: {answer}");
        let kept = path != "/p" || answer.contains("%3fkept%3d");
        assert!(kept, "what was typed is there after signing in: {answer}");
        let led = answer.contains("location: /login") || answer.starts_with("http/1.1 401");
        assert!(led, "{path}: {answer}");
    }
    let mo = house.signed_in("mo").await;
    let page = mo.get("/settings").await.body;
    assert!(
        !page.contains("Late") && !page.contains("late token"),
        "{page}"
    );
    assert!(mo.get("/").await.posts().is_empty());
    nothing_on_the_disk(&house).await;
    house.close().await;
}

#[rocket::async_test]
async fn an_account_that_is_shut_out_or_erased_meanwhile_is_told_so() {
    let house = House::open().await;
    let mo = Client::admin(&house).await;
    for end in ["shut out", "erased"] {
        let name = end.replace(' ', "_");
        let ada = house.visitor(&name).await;
        let api = Client::new(&house);
        let api = api
            .logged_in(&format!("{name}@example.org"), PASSWORD)
            .await;
        let path = format!("/users/{}", api.id().await);
        let halves = halves(&house, &ada);
        let ended = match end {
            "erased" => mo.delete(&path).await,
            _ => mo.patch(&path, json!({ "is_active": false })).await,
        };
        assert!(ended.status < 300, "{}", ended.text);
        for (path, half) in halves {
            let answer = half.end();
            // The site's name is refused before its body: it was no administrator.
            let expected = ["http/1.1 303", "http/1.1 401", "http/1.1 403"];
            let refused = expected.iter().any(|status| answer.starts_with(status));
            assert!(refused, "{end}, {path}: {answer}");
        }
        assert!(
            house
                .signed_in("mo")
                .await
                .get("/")
                .await
                .posts()
                .is_empty()
        );
    }
    house.close().await;
}

#[rocket::async_test]
async fn an_office_asks_for_a_fresh_sign_in_and_leads_to_it() {
    let house = House::open().await;
    let mo = house.signed_in("mo").await;
    let name = [("site_name", "Another House")];
    assert!(mo.put("/settings/site", &name).await.status < 400);
    house.clock.advance(std::time::Duration::from_secs(3_700));
    let stale = mo
        .put("/settings/site", &[("site_name", "Stale House")])
        .await;
    assert_eq!(stale.status, 303, "{}", stale.body);
    assert!(
        stale.header("location").starts_with("/login?"),
        "{}",
        stale.header("location")
    );
    assert_eq!(
        mo.get("/").await.status,
        200,
        "whoever holds an office stays signed in"
    );
    assert!(!mo.get("/").await.body.contains("Stale House"));
    let fields = [("email", "mo@example.org"), ("password", PASSWORD)];
    assert_eq!(mo.post("/login", &fields).await.status, 303);
    assert!(mo.put("/settings/site", &name).await.status < 400);
    house.close().await;
}

#[rocket::async_test]
async fn an_erased_account_is_seen_no_more_from_that_moment() {
    let house = House::open().await;
    let (mo, ada) = (Client::admin(&house).await, house.visitor("ada").await);
    for n in 0..30 {
        ada.publish(&format!("Number {n}")).await;
    }
    let key = ada.keys(&ada.get("/").await.posts()[0]).await.remove(0);
    let ben = house.visitor("ben").await;
    assert_eq!(ben.get(&format!("/media/tr:w-4/{key}")).await.status, 200);
    let api = Client::new(&house)
        .logged_in("ada@example.org", PASSWORD)
        .await;
    let id = api.id().await;
    assert_eq!(mo.delete(&format!("/users/{id}")).await.status, 204);
    assert!(ben.get("/").await.posts().is_empty());
    assert_eq!(ben.get("/@ada").await.status, 404);
    assert_eq!(ben.get(&format!("/media/tr:w-4/{key}")).await.status, 404);
    assert_eq!(mo.get("/feed").await.json()["posts"], json!([]));
    assert_eq!(mo.get("/feed?author=ada").await.status, 404);
    let taken = [
        ("email", "ada@example.org"),
        ("password", PASSWORD),
        ("handle", "ada"),
    ];
    let again = house.stranger().post("/register", &taken).await;
    assert_eq!(
        again.status, 422,
        "a handle that became free is kept back for a while"
    );
    nothing_on_the_disk(&house).await;
    house.close().await;
}

#[rocket::async_test]
async fn whoever_took_over_an_account_by_its_address_is_put_out_again() {
    let house = House::open().await;
    let ada = Client::member(&house, "ada").await;
    house.confirm("ada").await;
    let moved = ada
        .patch("/users/me", json!({ "email": "thief@example.net" }))
        .await;
    assert_eq!(moved.status, 200, "{}", moved.text);
    assert_eq!(moved.json()["email"], "thief@example.net");
    let letter = house
        .letter_with("your address was changed", "To: ada@example.org")
        .await;
    let token = token_in(&letter);
    let owner = house.stranger();
    assert_eq!(owner.get(&format!("/back?token={token}")).await.status, 200);
    let back = owner.post("/back", &[("token", &token)]).await;
    assert!(back.status < 400, "{}", back.body);
    assert_eq!(
        ada.get("/users/me").await.status,
        401,
        "every session has ended"
    );
    assert_eq!(ada.login("thief@example.net", PASSWORD).await.status, 400);
    let again = house.stranger().post("/back", &[("token", &token)]).await;
    assert!(
        again.status >= 400 || again.body.contains("used"),
        "it works once: {} {}",
        again.status,
        again.body
    );
    house.close().await;
}

/// Whoever had the account first has the last word, in whichever order the letters are obeyed.
#[rocket::async_test]
async fn an_account_that_was_moved_twice_goes_back_to_who_had_it_first() {
    for thief_goes_first in [false, true] {
        let house = House::open().await;
        let ada = Client::member(&house, "ada").await;
        house.confirm("ada").await;
        for email in ["evil@example.org", "evil2@example.org"] {
            let moved = ada.patch("/users/me", json!({ "email": email })).await;
            assert_eq!(moved.status, 200, "{}", moved.text);
            if email == "evil@example.org" {
                house.confirm("evil").await;
            }
            house.clock.advance(Duration::from_secs(1));
        }
        let mut tokens = Vec::new();
        for name in ["ada", "evil"] {
            let to = format!("To: {name}@example.org");
            let letter = house.letter_with("your address was changed", &to).await;
            tokens.push(token_in(&letter));
        }
        let back = async |token: &str| house.stranger().post("/back", &[("token", token)]).await;
        if thief_goes_first {
            assert!(back(&tokens[1]).await.status < 400);
            house.clock.advance(Duration::from_secs(1));
        }
        let answer = back(&tokens[0]).await;
        assert!(answer.status < 400, "{}", answer.body);
        assert!(answer.header("location").starts_with("/reset?token="));
        house.clock.advance(Duration::from_secs(1));
        for token in tokens.iter().rev() {
            let again = back(token).await;
            assert_eq!(again.status, 422, "{}", again.body);
        }
        house.close().await;
    }
}

#[rocket::async_test]
async fn a_warning_comes_however_many_other_letters_came_before() {
    let house = House::open_with(&[("rate_limit", "on")]).await;
    let ada = Client::member(&house, "ada").await;
    house.confirm("ada").await;
    let mailbox = json!({ "email": "ada@example.org" });
    for n in 0..12 {
        ada.with_token(None)
            .post("/auth/forgot-password", mailbox.clone())
            .await;
        let confirm = [("email", "ada@example.org")];
        house.stranger().post("/verify/letter", &confirm).await;
        let other = house.stranger().with("user-agent", &format!("Program {n}"));
        other
            .post(
                "/login",
                &[("email", "ada@example.org"), ("password", PASSWORD)],
            )
            .await;
    }
    let moved = ada
        .patch("/users/me", json!({ "email": "thief@example.net" }))
        .await;
    assert_eq!(moved.status, 200, "{}", moved.text);
    house
        .letter_with("your address was changed", "To: ada@example.org")
        .await;
    house.close().await;
}

#[rocket::async_test]
async fn a_mailbox_that_nobody_confirmed_gets_little_and_nothing_of_a_strangers() {
    let house = House::open_with(&[("rate_limit", "on")]).await;
    let evil = "Buy at www.evil.example now";
    let thief = house.stranger().with("user-agent", evil);
    let fields = [
        ("email", "victim@example.org"),
        ("password", PASSWORD),
        ("name", evil),
    ];
    assert_eq!(thief.post("/register", &fields).await.status, 303);
    let api = Client::new(&house)
        .logged_in("victim@example.org", PASSWORD)
        .await;
    let email = json!({ "email": "victim@example.org" });
    for _ in 0..10 {
        api.post("/auth/forgot-password", email.clone()).await;
        api.post("/auth/request-verify-token", email.clone()).await;
        thief
            .post("/verify/letter", &[("email", "victim@example.org")])
            .await;
        thief.post("/settings/letter", &[]).await;
        house.stranger().post("/login", &fields[..2]).await;
    }
    let link = [
        ("email", "x@example.org"),
        ("password", PASSWORD),
        ("name", "https://evil.example"),
    ];
    assert_eq!(
        house.stranger().post("/register", &link).await.status,
        422,
        "no name is a link"
    );
    house.letter("choose a new password").await;
    tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    let letters = house.letters();
    assert!(letters.len() <= 10, "{} letters", letters.len());
    for letter in letters {
        assert!(!letter.contains("evil"), "{letter}");
        assert!(
            letter.contains("confirm your address") || letter.contains("choose a new"),
            "{letter}"
        );
    }
    house.close().await;
}
