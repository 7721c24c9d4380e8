//! The open line of somebody's page.

use std::time::Duration;

use futures::{SinkExt, StreamExt};
use serde_json::Value;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;

pub type Stream =
    tokio_tungstenite::WebSocketStream<tokio_tungstenite::MaybeTlsStream<tokio::net::TcpStream>>;

pub struct Socket(pub Stream);

/// Longer than any answer takes, shorter than anybody's patience with a test that hangs.
const PATIENCE: Duration = Duration::from_secs(20);

impl Socket {
    async fn next(&mut self) -> Option<Message> {
        let next = tokio::time::timeout(PATIENCE, self.0.next());
        next.await.expect("something arrives in time")?.ok()
    }

    async fn text(&mut self) -> Value {
        loop {
            match self.next().await.expect("the socket is open") {
                Message::Text(text) => return serde_json::from_str(&text).unwrap(),
                Message::Close(frame) => panic!("closed: {frame:?}"),
                _ => {}
            }
        }
    }

    /// The next frame with a number, heartbeats included.
    pub async fn frame(&mut self) -> Value {
        loop {
            let frame = self.text().await;
            if frame["op"] != "badge" {
                return frame;
            }
        }
    }

    /// How many notices are new, as soon as that is said.
    pub async fn badge(&mut self) -> i64 {
        loop {
            let frame = self.text().await;
            if frame["op"] == "badge" {
                return frame["unread"].as_i64().unwrap();
            }
        }
    }

    /// The next frame that does something.
    pub async fn act(&mut self) -> Value {
        loop {
            let frame = self.frame().await;
            if frame.get("op").is_some() || frame.get("reset").is_some() {
                return frame;
            }
        }
    }

    /// The next frame that does something, but for what is counted, which comes when its second is over.
    pub async fn happens(&mut self) -> Value {
        loop {
            let frame = self.act().await;
            if frame["op"] != "counts" {
                return frame;
            }
        }
    }

    /// All acts up to the first heartbeat: what was missed.
    pub async fn missed(&mut self) -> Vec<Value> {
        let mut acts = Vec::new();
        loop {
            let frame = self.frame().await;
            if frame.get("op").is_none() && frame.get("reset").is_none() {
                return acts;
            }
            acts.push(frame);
        }
    }

    /// Reads on until the server closes; the code, if it gave one.
    pub async fn closed(mut self) -> Option<u16> {
        loop {
            match self.next().await {
                Some(Message::Close(Some(CloseFrame { code, .. }))) => return Some(code.into()),
                Some(Message::Close(None)) | None => return None,
                Some(_) => {}
            }
        }
    }

    pub async fn ping(&mut self) {
        let ping = Message::Ping(Default::default());
        // The line may have been closed meanwhile.
        let _ = self.0.send(ping).await;
    }

    pub async fn say(&mut self, text: &str) {
        self.0.send(Message::Text(text.into())).await.unwrap();
    }
}
