//! A program that speaks to the JSON API as the old application's clients do: no cookies, no `Origin`,
//! a token in a header.

use reqwest::{Method, RequestBuilder, multipart};
use serde_json::{Value, json};

use crate::house::{House, PASSWORD};
use crate::picture::png;

pub struct Client {
    pub url: String,
    pub http: reqwest::Client,
    pub token: Option<String>,
}

#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub headers: reqwest::header::HeaderMap,
    pub text: String,
}

impl Reply {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|e| panic!("{e} in {:?}", self.text))
    }

    pub fn detail(&self) -> Value {
        self.json()["detail"].clone()
    }

    /// `type` and last part of `loc` of each mistake, as "missing email".
    pub fn mistakes(&self) -> Vec<String> {
        let detail = self.detail();
        let list = detail.as_array().unwrap_or_else(|| panic!("{}", self.text));
        let text = |value: &Value| value.as_str().map_or(value.to_string(), str::to_owned);
        list.iter()
            .map(|one| {
                let place = one["loc"].as_array().unwrap().last().unwrap();
                format!("{} {}", text(&one["type"]), text(place))
            })
            .collect()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |v| v.to_str().unwrap())
    }
}

impl Client {
    pub fn new(house: &House) -> Client {
        Client {
            url: house.url.clone(),
            http: reqwest::Client::builder()
                .redirect(reqwest::redirect::Policy::none())
                .build()
                .unwrap(),
            token: None,
        }
    }

    /// A member with this name, logged in.
    pub async fn member(house: &House, name: &str) -> Client {
        let client = Client::new(house);
        let email = format!("{name}@example.org");
        let body = json!({ "email": email, "password": PASSWORD });
        let reply = client.post("/auth/register", body).await;
        assert_eq!(reply.status, 201, "{}", reply.text);
        client.logged_in(&email, PASSWORD).await
    }

    /// The administrator of an open house.
    pub async fn admin(house: &House) -> Client {
        Client::new(house)
            .logged_in("mo@example.org", PASSWORD)
            .await
    }

    pub async fn logged_in(mut self, email: &str, password: &str) -> Client {
        let reply = self.login(email, password).await;
        assert_eq!(reply.status, 200, "{}", reply.text);
        self.token = Some(reply.json()["access_token"].as_str().unwrap().to_owned());
        self
    }

    /// The same program with another token, or none.
    pub fn with_token(&self, token: Option<&str>) -> Client {
        Client {
            url: self.url.clone(),
            http: self.http.clone(),
            token: token.map(str::to_owned),
        }
    }

    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.url));
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    pub async fn send(&self, request: RequestBuilder) -> Reply {
        let answer = request.send().await.expect("the server answers");
        Reply {
            status: answer.status().as_u16(),
            headers: answer.headers().clone(),
            text: answer.text().await.unwrap(),
        }
    }

    pub async fn get(&self, path: &str) -> Reply {
        self.send(self.request(Method::GET, path)).await
    }

    pub async fn put(&self, path: &str) -> Reply {
        self.send(self.request(Method::PUT, path)).await
    }

    pub async fn delete(&self, path: &str) -> Reply {
        self.send(self.request(Method::DELETE, path)).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Reply {
        self.send(self.request(Method::POST, path).json(&body))
            .await
    }

    pub async fn patch(&self, path: &str, body: Value) -> Reply {
        self.send(self.request(Method::PATCH, path).json(&body))
            .await
    }

    /// A body as it stands, under a content type or none.
    pub async fn raw(&self, method: Method, path: &str, (kind, body): (&str, &str)) -> Reply {
        let mut request = self.request(method, path).body(body.to_owned());
        if !kind.is_empty() {
            request = request.header("content-type", kind);
        }
        self.send(request).await
    }

    pub async fn login(&self, email: &str, password: &str) -> Reply {
        let fields = [("username", email), ("password", password)];
        let encoded = fields.map(|(name, value)| {
            let value: String = value.bytes().map(|b| format!("%{b:02X}")).collect();
            format!("{name}={value}")
        });
        let kind = "application/x-www-form-urlencoded";
        self.raw(Method::POST, "/auth/jwt/login", (kind, &encoded.join("&")))
            .await
    }

    /// Sends one picture as the old front-end does.
    pub async fn upload(&self, caption: &str) -> Reply {
        self.upload_file(("sunset.png", &png(40, 30)), Some(caption))
            .await
    }

    pub async fn upload_file(&self, (name, bytes): (&str, &[u8]), caption: Option<&str>) -> Reply {
        let part = multipart::Part::bytes(bytes.to_vec()).file_name(name.to_owned());
        let mut form = multipart::Form::new().part("file", part);
        if let Some(caption) = caption {
            form = form.text("caption", caption.to_owned());
        }
        self.send(self.request(Method::POST, "/upload").multipart(form))
            .await
    }

    pub async fn id(&self) -> String {
        self.get("/users/me").await.json()["id"]
            .as_str()
            .unwrap()
            .to_owned()
    }
}
