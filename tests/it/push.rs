//! Devices that are told while no page is open, by a push service of our own that reads what is sent.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use web_push_native::p256::SecretKey;
use web_push_native::{Auth, decrypt};

use crate::client::Client;
use crate::house::{House, PASSWORD};

/// The browser of RFC 8291, appendix A.
const PRIVATE: &str = "q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94";
const P256DH: &str =
    "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4";
const AUTH: &str = "BTBZMqHH6r4Tts7J_aSIgg";
/// What it was sent there, and what that says.
const SENT: &str = "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN";
const SAYS: &[u8] = b"When I grow up, I want to be a watermelon";

fn bytes(text: &str) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(text).unwrap()
}

/// As that browser reads what it gets.
fn read(body: Vec<u8>) -> Vec<u8> {
    let auth: [u8; 16] = bytes(AUTH).try_into().unwrap();
    let key = SecretKey::from_slice(&bytes(PRIVATE)).unwrap();
    decrypt(body, &key, &Auth::from(auth)).unwrap()
}

#[test]
fn our_push_service_reads_the_vector_of_the_rfc() {
    assert_eq!(read(bytes(SENT)), SAYS);
}

/// Heads and bodies of what came.
type Came = Arc<Mutex<Vec<(String, Vec<u8>)>>>;

/// A push service.
struct Service {
    url: String,
    came: Came,
    status: Arc<Mutex<u16>>,
}

impl Service {
    async fn open() -> Service {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let came = Came::default();
        let status = Arc::new(Mutex::new(201));
        let (kept, answers) = (came.clone(), status.clone());
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut all = Vec::new();
                let (head, length) = loop {
                    let mut piece = [0; 4_096];
                    let count = stream.read(&mut piece).await.unwrap_or(0);
                    all.extend(&piece[..count]);
                    let text = String::from_utf8_lossy(&all).into_owned();
                    if let Some(end) = text.find("\r\n\r\n") {
                        let head = text[..end].to_lowercase();
                        let length = head.split("content-length: ").nth(1).unwrap();
                        let length: usize = length.split("\r\n").next().unwrap().parse().unwrap();
                        break (text[..end].to_owned(), end + 4 + length);
                    }
                };
                while all.len() < length {
                    let mut piece = [0; 4_096];
                    let count = stream.read(&mut piece).await.unwrap_or(0);
                    all.extend(&piece[..count]);
                }
                let body = all[head.len() + 4..].to_vec();
                kept.lock().unwrap().push((head, body));
                let status = *answers.lock().unwrap();
                let answer = format!(
                    "HTTP/1.1 {status} Said\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
                );
                let _ = stream.write_all(answer.as_bytes()).await;
            }
        });
        Service { url, came, status }
    }

    /// Waits for so many messages; the last of them, read.
    async fn message(&self, count: usize) -> (String, Value) {
        for _ in 0..400 {
            if self.came.lock().unwrap().len() >= count {
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let came = self.came.lock().unwrap();
        assert_eq!(came.len(), count, "messages");
        let (head, body) = came.last().unwrap().clone();
        (head, serde_json::from_slice(&read(body)).unwrap())
    }
}

async fn pass(house: &House) {
    house.clock.advance(Duration::from_secs(6));
    porch::notice::post_due(&house.app).await.unwrap();
}

fn header<'a>(head: &'a str, name: &str) -> &'a str {
    head.lines()
        .filter_map(|line| line.split_once(": "))
        .find(|(found, _)| found.eq_ignore_ascii_case(name))
        .map_or("", |(_, value)| value)
}

#[rocket::async_test]
async fn a_device_is_told_once_for_a_burst_until_its_session_ends() {
    let service = Service::open().await;
    let house = House::open_with(&[("PUSH_PRIVATE", "on")]).await;
    let ada = house.visitor("ada").await;
    let key = ada.get("/settings/notices").await;
    let key = key.between("data-push=\"", "\"").to_owned();
    let endpoint = format!("{}/one", service.url);
    let fields = [
        ("endpoint", endpoint.as_str()),
        ("p256dh", P256DH),
        ("auth", AUTH),
    ];
    let told = ada.with("user-agent", "Mozilla/5.0 (Android) Chrome/1");
    assert_eq!(told.post("/settings/told", &fields).await.status, 303);
    // A second time it is the same device.
    told.post("/settings/told", &fields).await;
    let page = ada.get("/settings/notices").await.body;
    assert_eq!(
        page.matches("Tell Chrome on Android no more").count(),
        1,
        "{page}"
    );
    for name in ["ben", "cy", "dot"] {
        house.visitor(name).await.put("/@ada/follow", &[]).await;
    }
    pass(&house).await;
    let (head, message) = service.message(1).await;
    assert_eq!(
        message["body"],
        "dot follows you, and 2 other things are new"
    );
    assert_eq!(
        (&message["url"], &message["unread"]),
        (&json!("/notices"), &json!(3))
    );
    assert_eq!(header(&head, "content-encoding"), "aes128gcm");
    assert_eq!(
        (header(&head, "ttl"), header(&head, "topic")),
        ("86400", "porch")
    );
    // Signed by the key that the page gives, for this service.
    let authorization = header(&head, "authorization");
    let token = authorization.strip_prefix("vapid t=").unwrap();
    let (token, signed_by) = token.split_once(", k=").unwrap();
    assert_eq!(signed_by, key);
    let point = bytes(&key);
    let (x, y) = (&point[1..33], &point[33..]);
    let coordinates = [x, y].map(|part| URL_SAFE_NO_PAD.encode(part));
    let decoding = DecodingKey::from_ec_components(&coordinates[0], &coordinates[1]).unwrap();
    let mut validation = Validation::new(Algorithm::ES256);
    validation.set_audience(&[&service.url]);
    validation.validate_exp = false;
    let claims = decode::<Value>(token, &decoding, &validation)
        .unwrap()
        .claims;
    assert!(claims["sub"].as_str().unwrap().starts_with("mailto:"));
    let left = claims["exp"].as_i64().unwrap() - house.clock.seconds();
    assert!((1..=86_400).contains(&left), "{left}");
    // Looked at, nothing is new; then one thing is, and leads there.
    ada.post("/notices/read", &[]).await;
    house.visitor("eve").await.put("/@ada/follow", &[]).await;
    pass(&house).await;
    let (_, message) = service.message(2).await;
    assert_eq!(
        (&message["body"], &message["url"]),
        (&json!("eve follows you"), &json!("/@eve"))
    );
    // Signed out, it is told nothing more.
    ada.post("/logout", &[]).await;
    house.visitor("fay").await.put("/@ada/follow", &[]).await;
    pass(&house).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(service.came.lock().unwrap().len(), 2);
    house.close().await;
}

#[rocket::async_test]
async fn words_for_some_are_kept_back_and_a_device_that_is_gone_is_forgotten() {
    let service = Service::open().await;
    let house = House::open_with(&[("PUSH_PRIVATE", "on")]).await;
    let (ada, ben) = (house.visitor("ada").await, house.visitor("ben").await);
    ben.put("/@ada/follow", &[]).await;
    ada.post("/notices/read", &[]).await;
    let by_ada = Client::new(&house)
        .logged_in("ada@example.org", PASSWORD)
        .await;
    let device = |name: &str, says_all: bool| json!({ "endpoint": format!("{}/{name}", service.url), "p256dh": P256DH, "auth": AUTH, "says_all": says_all });
    assert_eq!(
        by_ada
            .post("/users/me/push", device("quiet", false))
            .await
            .status,
        204
    );
    let png = crate::picture::png(8, 6);
    let fields = [("caption", "For some"), ("audience", "followers")];
    ada.upload("/p", &fields, &[("media", "a.png", &png)]).await;
    let post = ada
        .get("/?of=everyone")
        .await
        .post_saying("For some")
        .unwrap();
    let said = [("text", "A secret"), ("key", "a key of its own")];
    ben.post(&format!("/p/{post}/comments"), &said).await;
    pass(&house).await;
    let (_, message) = service.message(1).await;
    assert_eq!(message["body"], "ben commented on your photo");
    by_ada.post("/users/me/push", device("quiet", true)).await;
    let said = [("text", "Another"), ("key", "another of its own")];
    ben.post(&format!("/p/{post}/comments"), &said).await;
    pass(&house).await;
    let (_, message) = service.message(2).await;
    assert_eq!(message["body"], "ben commented on your photo: “Another”");
    // It takes no more: it is no device any more.
    *service.status.lock().unwrap() = 410;
    let said = [("text", "Once more"), ("key", "a third of its own")];
    ben.post(&format!("/p/{post}/comments"), &said).await;
    pass(&house).await;
    service.message(3).await;
    for _ in 0..100 {
        let list = by_ada.get("/users/me/push").await.json();
        if list["devices"].as_array().unwrap().is_empty() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let list = by_ada.get("/users/me/push").await.json();
    assert_eq!(list["devices"], json!([]));
    assert_eq!(list["public_key"].as_str().unwrap().len(), 87);
    // Twenty at most, the oldest gives way; each ends by itself.
    for n in 0..22 {
        let name = format!("many{n}");
        by_ada.post("/users/me/push", device(&name, false)).await;
    }
    let list = by_ada.get("/users/me/push").await.json();
    let devices = list["devices"].as_array().unwrap();
    assert_eq!(devices.len(), 20);
    let id = devices[0]["id"].as_str().unwrap();
    assert_eq!(
        by_ada.delete(&format!("/users/me/push/{id}")).await.status,
        204
    );
    assert_eq!(
        by_ada.delete(&format!("/users/me/push/{id}")).await.status,
        404
    );
    let by_ben = Client::new(&house)
        .logged_in("ben@example.org", PASSWORD)
        .await;
    let id = devices[1]["id"].as_str().unwrap();
    assert_eq!(
        by_ben.delete(&format!("/users/me/push/{id}")).await.status,
        404
    );
    house.close().await;
}

#[rocket::async_test]
async fn no_private_address_is_asked() {
    let house = House::open().await;
    house.visitor("ada").await;
    let by_ada = Client::new(&house)
        .logged_in("ada@example.org", PASSWORD)
        .await;
    for endpoint in [
        "http://push.example.org/x",
        "https://127.0.0.1/x",
        "https://192.168.1.1/x",
    ] {
        let device = json!({ "endpoint": endpoint, "p256dh": P256DH, "auth": AUTH });
        let answer = by_ada.post("/users/me/push", device).await;
        assert_eq!(answer.status, 422, "{endpoint}");
    }
    house.close().await;
}
