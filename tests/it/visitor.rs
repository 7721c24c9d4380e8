//! Somebody with a browser: requests, forms, files, sockets.

use reqwest::header::{CONNECTION, HeaderMap, HeaderValue};
use reqwest::{Method, StatusCode, multipart};
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

use crate::picture::png;
use crate::socket::Socket;

pub struct Visitor {
    pub url: String,
    http: reqwest::Client,
    headers: HeaderMap,
    cookie: std::sync::Mutex<Option<String>>,
}

pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: String,
    pub bytes: Vec<u8>,
}

impl Answer {
    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    /// The first text between `before` and `after` in the body.
    pub fn between(&self, before: &str, after: &str) -> &str {
        let at = self
            .body
            .find(before)
            .unwrap_or_else(|| panic!("no {before:?} in {}", self.body));
        let rest = &self.body[at + before.len()..];
        &rest[..rest.find(after).unwrap()]
    }

    pub fn cursor(&self) -> String {
        self.between("data-cursor=\"", "\"").to_owned()
    }

    /// What the posts on this page say, in their order.
    pub fn captions(&self) -> Vec<String> {
        let captions = self
            .body
            .split("<div class=\"caption\" dir=\"auto\">")
            .skip(1);
        captions
            .map(|rest| rest.split('<').next().unwrap().to_owned())
            .collect()
    }

    /// The id of the post with this caption.
    pub fn post_saying(&self, caption: &str) -> Option<String> {
        let at = self.captions().iter().position(|known| known == caption)?;
        Some(self.posts()[at].clone())
    }

    /// The address of the next page.
    pub fn older(&self) -> Option<String> {
        let link = self
            .body
            .split("id=\"older\"><a class=\"button is-quiet\" href=\"")
            .nth(1)?;
        Some(link.split('"').next().unwrap().replace("&amp;", "&"))
    }

    /// The ids of the posts on this page, in their order.
    pub fn posts(&self) -> Vec<String> {
        let cards = self.body.split("<article class=\"post\" id=\"p-").skip(1);
        cards
            .map(|card| card.split('"').next().unwrap().to_owned())
            .collect()
    }
}

impl Visitor {
    pub fn new(url: &str) -> Visitor {
        let http = reqwest::Client::builder()
            .cookie_store(true)
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .unwrap();
        // As every browser does that talks to the server itself.
        let headers = HeaderMap::from_iter([(CONNECTION, HeaderValue::from_static("keep-alive"))]);
        Visitor {
            url: url.into(),
            http,
            headers,
            cookie: None.into(),
        }
    }

    /// The same browser, sending one header more.
    pub fn with(&self, name: &'static str, value: &str) -> Visitor {
        let mut headers = self.headers.clone();
        headers.insert(name, value.parse().unwrap());
        let cookie = self.cookie.lock().unwrap().clone().into();
        Visitor {
            url: self.url.clone(),
            http: self.http.clone(),
            headers,
            cookie,
        }
    }

    /// `porch=…`, as this browser sends it.
    pub fn cookie(&self) -> String {
        self.cookie.lock().unwrap().clone().unwrap_or_default()
    }

    pub fn htmx(&self) -> Visitor {
        self.with("hx-request", "true")
    }

    fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        let mut request = self
            .http
            .request(method.clone(), format!("{}{path}", self.url));
        if !self.headers.contains_key("accept") {
            request = request.header("accept", "text/html");
        }
        if method != Method::GET && !self.headers.contains_key("origin") {
            request = request.header("origin", &self.url);
        }
        request.headers(self.headers.clone())
    }

    pub async fn send(&self, request: reqwest::RequestBuilder) -> Answer {
        self.try_send(request).await.expect("the server answers")
    }

    async fn try_send(&self, request: reqwest::RequestBuilder) -> Option<Answer> {
        let answer = request.send().await.ok()?;
        for cookie in answer.headers().get_all("set-cookie") {
            let cookie = cookie.to_str().unwrap();
            if cookie.starts_with("porch=") {
                let pair = cookie.split(';').next().unwrap().to_owned();
                *self.cookie.lock().unwrap() = Some(pair);
            }
        }
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        let bytes = answer.bytes().await.ok()?.to_vec();
        let body = String::from_utf8_lossy(&bytes).into_owned();
        Some(Answer {
            status,
            headers,
            body,
            bytes,
        })
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(self.request(Method::GET, path)).await
    }

    pub async fn head(&self, path: &str) -> Answer {
        self.send(self.request(Method::HEAD, path)).await
    }

    pub async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.form(Method::POST, path, fields).await
    }

    pub async fn put(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.form(Method::PUT, path, fields).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.send(self.request(Method::DELETE, path)).await
    }

    async fn form(&self, method: Method, path: &str, fields: &[(&str, &str)]) -> Answer {
        let body: Vec<String> = fields
            .iter()
            .map(|(name, value)| format!("{name}={}", encoded(value)))
            .collect();
        let request = self
            .request(method, path)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(body.join("&"));
        self.send(request).await
    }

    /// A form with files: `(field, file name, bytes)`.
    pub async fn upload(
        &self,
        path: &str,
        fields: &[(&str, &str)],
        files: &[(&str, &str, &[u8])],
    ) -> Answer {
        self.send(
            self.request(Method::POST, path)
                .multipart(form(fields, files)),
        )
        .await
    }

    /// A page, unless the server is gone.
    pub async fn try_get(&self, path: &str) -> Option<Answer> {
        self.try_send(self.request(Method::GET, path)).await
    }

    pub async fn try_delete(&self, path: &str) -> Option<u16> {
        Some(
            self.try_send(self.request(Method::DELETE, path))
                .await?
                .status,
        )
    }

    /// Posts one picture, unless the server is gone.
    pub async fn try_upload(&self, fields: &[(&str, &str)], picture: &[u8]) -> Option<u16> {
        let files = [("media", "a.png", picture)];
        let request = self
            .request(Method::POST, "/p")
            .multipart(form(fields, &files));
        Some(self.try_send(request).await?.status)
    }

    /// Posts a small picture for the group of that id; gives the post's id.
    pub async fn publish_in(&self, group: &str, caption: &str) -> String {
        let picture = png(8, 6);
        let fields = [("caption", caption), ("audience", group)];
        let files = [("media", "a.png", &*picture)];
        let answer = self.upload("/p", &fields, &files).await;
        assert_eq!(answer.status, 303, "{}", answer.body);
        let there = answer.header("location");
        there.rsplit("p-").next().unwrap().to_owned()
    }

    /// Posts a small picture; gives the post's id.
    pub async fn publish(&self, caption: &str) -> String {
        let picture = png(8, 6);
        let answer = self
            .upload(
                "/p",
                &[("caption", caption)],
                &[("media", "a.png", &picture)],
            )
            .await;
        assert_eq!(
            answer.status,
            StatusCode::SEE_OTHER.as_u16(),
            "{}",
            answer.body
        );
        self.get("/")
            .await
            .posts()
            .first()
            .expect("the new post is on the page")
            .clone()
    }

    /// The media keys in a post's page, in their order.
    pub async fn keys(&self, post: &str) -> Vec<String> {
        let page = self.get(&format!("/p/{post}")).await;
        let mut keys: Vec<String> = Vec::new();
        for part in page.body.split("\"/media/").skip(1) {
            let address = part.split(['"', ' ']).next().unwrap();
            let key = address.rsplit('/').next().unwrap().to_owned();
            if !keys.contains(&key) {
                keys.push(key);
            }
        }
        keys
    }

    /// Opens a socket as a page with this cursor would.
    pub async fn listen(&self, cursor: &str) -> Socket {
        self.listen_from(cursor, &self.url)
            .await
            .expect("the handshake is accepted")
    }

    /// The same, from a page of the site `origin`; an error holds the status.
    pub async fn listen_from(&self, cursor: &str, origin: &str) -> Result<Socket, u16> {
        let url = format!("{}/live?c={cursor}", self.url.replacen("http", "ws", 1));
        let mut request = url.into_client_request().unwrap();
        if !origin.is_empty() {
            request
                .headers_mut()
                .insert("origin", origin.parse().unwrap());
        }
        if let Some(cookie) = &*self.cookie.lock().unwrap() {
            request
                .headers_mut()
                .insert("cookie", cookie.parse().unwrap());
        }
        match tokio_tungstenite::connect_async(request).await {
            Ok((stream, _)) => Ok(Socket(stream)),
            Err(tokio_tungstenite::tungstenite::Error::Http(response)) => {
                Err(response.status().as_u16())
            }
            Err(other) => panic!("{other}"),
        }
    }
}

fn form(fields: &[(&str, &str)], files: &[(&str, &str, &[u8])]) -> multipart::Form {
    let mut form = multipart::Form::new();
    for (name, value) in fields {
        form = form.text(name.to_string(), value.to_string());
    }
    for (field, name, bytes) in files {
        let part = multipart::Part::bytes(bytes.to_vec()).file_name(name.to_string());
        form = form.part(field.to_string(), part);
    }
    form
}

fn encoded(value: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric();
    value
        .bytes()
        .map(|b| {
            if plain(b) {
                (b as char).to_string()
            } else {
                format!("%{b:02X}")
            }
        })
        .collect()
}
