//! `GET /live?c=<epoch>.<seq>`: one open feed.
//!
//! The reader sends nothing but control frames. What was missed comes first, then what happens.

use std::sync::Once;
use std::time::Duration;

use futures::{SinkExt, StreamExt};
use rocket::http::Status;
use rocket::request::{FromRequest, Outcome, Request};
use rocket::{Shutdown, State, get};
use rocket_ws::frame::{CloseCode, CloseFrame};
use rocket_ws::stream::DuplexStream;
use rocket_ws::{Channel, Config, Message, WebSocket};
use tokio::sync::watch;
use tokio::time::{Instant, MissedTickBehavior, interval_at, timeout};

use super::frame::{Frame, Topic};
use super::hub::{Close, Hub, Seat};
use super::replay;
use crate::auth::{Anyone, Sessions, Viewer, origin, refused};
use crate::changes;
use crate::error::{Error, Result};
use crate::id::{Id, Posts};
use crate::limit::{Act, Address, Key, Limiter};

/// Nobody has to send us more than a control frame.
const INBOUND_BYTES: usize = 4 << 10;
/// Nor many of them: of its own accord a browser sends none, and answers one each heartbeat.
const CONTROL_FRAMES_A_SECOND: u32 = 50;
/// A write that makes no progress for this long belongs to a dead or hopelessly slow reader.
const STALLED: Duration = Duration::from_secs(20);

/// The handshake comes from a page of ours.
pub struct OurPage;

#[rocket::async_trait]
impl<'r> FromRequest<'r> for OurPage {
    type Error = Error;

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, Error> {
        match origin::check_socket(request) {
            Ok(()) => Outcome::Success(OurPage),
            Err(error) => refused(request, error),
        }
    }
}

/// The handshake of a socket; nothing where a request is none, or is none any more.
pub struct Handshake(Option<WebSocket>);

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Handshake {
    type Error = std::convert::Infallible;

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, Self::Error> {
        let socket = request.guard::<WebSocket>().await.succeeded();
        // A proxy passes what the browser says of the socket, and keeps the wish for one to itself.
        if socket.is_none() && request.headers().contains("Sec-WebSocket-Key") {
            static SAID: Once = Once::new();
            SAID.call_once(|| {
                tracing::warn!(
                    "a proxy in front does not pass \"Upgrade\": open feeds get nothing live. For nginx add: \
                     proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; \
                     proxy_set_header Connection \"upgrade\";"
                );
            });
        }
        Outcome::Success(Handshake(socket))
    }
}

fn no_socket() -> Error {
    let said =
        "This address is for WebSockets. A proxy in front of the site has to pass \"Upgrade\".";
    Error::Detail(Status::UpgradeRequired, said.into())
}

#[get("/live?<c>&<f>")]
pub async fn live(
    c: Option<&str>,
    f: Option<&str>,
    _page: OurPage,
    address: Address,
    visitor: Anyone,
    handshake: Handshake,
    hub: &State<Hub>,
    sessions: &State<Sessions>,
    limiter: &State<std::sync::Arc<Limiter>>,
    shutdown: Shutdown,
    config: &rocket::Config,
) -> Result<Channel<'static>> {
    limiter
        .spend(Act::Handshake, Key::Address(address), 1)
        .await?;
    let ws = handshake.0.ok_or_else(no_socket)?;
    let ws = ws.config(Config {
        max_message_size: Some(INBOUND_BYTES),
        max_frame_size: Some(INBOUND_BYTES),
        max_write_buffer_size: 1 << 20,
        ..Config::default()
    });
    let Some(viewer) = visitor.0 else {
        // A browser cannot tell a refused handshake from a dead network; a close code it can.
        return Ok(ws.channel(move |stream| Box::pin(refuse(stream))));
    };
    let seat = hub
        .join(&viewer, (address, topic(hub, &viewer, f).await?))
        .await?;
    let reader = Reader {
        hub: hub.inner().clone(),
        sessions: sessions.inner().clone(),
        viewer,
        seat,
        cursor: c.unwrap_or_default().to_owned(),
        shutdown,
        grace: Duration::from_secs(u64::from(config.shutdown.grace)),
    };
    Ok(ws.channel(move |stream| Box::pin(reader.read_on(stream))))
}

async fn refuse(mut stream: DuplexStream) -> rocket_ws::result::Result<()> {
    close(&mut stream, Close::SignedOut).await;
    Ok(())
}

/// What the open page is about: a post that the viewer may see (`p:<id>`), a group that they are in (`g:<id>`), or those
/// whom they follow.
async fn topic(hub: &Hub, viewer: &Viewer, f: Option<&str>) -> Result<Topic> {
    match f {
        None => Ok(Topic::All),
        Some("following") => Ok(Topic::Followed),
        Some(group) if group.starts_with("g:") => {
            let id = group[2..].parse().map_err(|_| Error::NotFound)?;
            match hub.is_in(viewer, id).await? {
                true => Ok(Topic::Group(id)),
                false => Err(Error::NotFound),
            }
        }
        Some(post) => {
            let id = post.strip_prefix("p:").and_then(|id| id.parse().ok());
            let id: Id<Posts> = id.ok_or(Error::NotFound)?;
            match hub.sees(viewer.id, id).await? {
                true => Ok(Topic::Post(id)),
                false => Err(Error::NotFound),
            }
        }
    }
}

struct Reader {
    hub: Hub,
    sessions: Sessions,
    viewer: Viewer,
    seat: Seat,
    cursor: String,
    shutdown: Shutdown,
    /// How long a shutdown waits for us.
    grace: Duration,
}

impl Reader {
    async fn read_on(mut self, mut stream: DuplexStream) -> rocket_ws::result::Result<()> {
        let end = match self.catch_up(&mut stream).await {
            Ok(()) => self.follow(&mut stream).await,
            Err(end) => end,
        };
        if let Some(code) = end {
            close(&mut stream, code).await;
        }
        Ok(())
    }

    /// Sends what happened between the reader's cursor and the beginning of its queue.
    async fn catch_up(&mut self, stream: &mut DuplexStream) -> Result<(), Option<Close>> {
        let since = self.seat.since;
        let frames = self.missed(since).await.map_err(|error| {
            tracing::error!(%error, "a reader could not be caught up");
            Some(Close::TooSlow)
        })?;
        for frame in frames {
            self.send(stream, frame).await?;
        }
        // Also says that the line stands and that nothing is missing up to here.
        self.send(stream, Frame::heartbeat(since)).await?;
        self.tell_badge(stream).await
    }

    /// Says how many notices the reader has not looked at.
    async fn tell_badge(&mut self, stream: &mut DuplexStream) -> Result<(), Option<Close>> {
        match self.hub.badge(self.viewer.id).await {
            Ok(badge) => self.send(stream, badge).await,
            Err(error) => {
                tracing::warn!(%error, "a reader does not hear of notices");
                Ok(())
            }
        }
    }

    async fn missed(&self, since: i64) -> Result<Vec<Frame>> {
        let epoch = &self.hub.inner().epoch;
        let reset = || Ok(vec![Frame::reset(epoch, since)]);
        let cursor = self
            .cursor
            .rsplit_once('.')
            .filter(|(known, _)| known == epoch);
        let Some(from) = cursor.and_then(|(_, seq)| seq.parse::<i64>().ok()) else {
            return reset();
        };
        if from == since {
            return Ok(Vec::new());
        }
        let counter = changes::counter(&self.hub.inner().db).await?;
        if from < counter.forgotten || from > counter.seq {
            return reset();
        }
        // A page drawn between a commit and its emission is ahead of the queue, and misses nothing.
        if from > since {
            return Ok(Vec::new());
        }
        match replay::replay(&self.hub, (from, since), &self.seat).await? {
            Some(frames) => Ok(frames),
            None => reset(),
        }
    }

    /// Until the socket ends; says with which code, when it is we who end it.
    async fn follow(&mut self, stream: &mut DuplexStream) -> Option<Close> {
        let intervals = self.hub.inner().intervals.clone();
        let every = |period: Duration| {
            let mut ticks = interval_at(Instant::now() + period, period);
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            ticks
        };
        let (mut heartbeat, mut recheck) =
            (every(intervals.heartbeat), every(intervals.session_check));
        let mut heard = Instant::now();
        let (mut second, mut in_it) = (heard, 0);
        let mut closed = self.seat.close.clone();
        loop {
            let sent = tokio::select! {
                code = shown_out(&mut closed) => return code,
                _ = &mut self.shutdown => {
                    let spread = self.hub.shutdown_spread(self.grace);
                    tokio::time::sleep(spread.mul_f64(chance())).await;
                    return Some(Close::ShuttingDown);
                }
                frame = self.seat.next() => match frame {
                    Some(frame) => self.send(stream, frame).await,
                    None => return Some(Close::TooSlow),
                },
                message = stream.next() => match message {
                    Some(Ok(Message::Ping(_) | Message::Pong(_))) => {
                        heard = Instant::now();
                        if heard - second >= Duration::from_secs(1) {
                            (second, in_it) = (heard, 0);
                        }
                        in_it += 1;
                        if in_it > CONTROL_FRAMES_A_SECOND {
                            return Some(Close::SpokeUp);
                        }
                        Ok(())
                    }
                    Some(Ok(Message::Text(_) | Message::Binary(_))) => return Some(Close::SpokeUp),
                    _ => return None,
                },
                _ = heartbeat.tick() => {
                    if heard.elapsed() > intervals.idle_drop {
                        return None;
                    }
                    self.beat(stream).await
                }
                _ = recheck.tick() => match self.sessions.goes_on(&self.viewer).await {
                    Ok(false) => return Some(Close::SignedOut),
                    // Another node may have rung.
                    Ok(true) => self.tell_badge(stream).await,
                    Err(_) => Ok(()),
                },
            };
            if let Err(end) = sent {
                return end;
            }
        }
    }

    async fn beat(&mut self, stream: &mut DuplexStream) -> Result<(), Option<Close>> {
        let Some((frames, seq)) = self.seat.drain() else {
            return Err(Some(Close::TooSlow));
        };
        for frame in frames {
            self.send(stream, frame).await?;
        }
        self.send(stream, Frame::heartbeat(seq)).await?;
        self.write(stream, Message::Ping(Vec::new())).await
    }

    async fn send(&mut self, stream: &mut DuplexStream, frame: Frame) -> Result<(), Option<Close>> {
        self.write(stream, Message::Text(frame.text.to_string()))
            .await
    }

    /// Writes, unless the reader makes no progress or is to be shown out meanwhile.
    async fn write(
        &mut self,
        stream: &mut DuplexStream,
        message: Message,
    ) -> Result<(), Option<Close>> {
        let mut closed = self.seat.close.clone();
        tokio::select! {
            sent = timeout(STALLED, stream.send(message)) => match sent {
                Ok(Ok(())) => Ok(()),
                Ok(Err(_)) => Err(None),
                Err(_) => Err(Some(Close::TooSlow)),
            },
            code = shown_out(&mut closed) => Err(code),
        }
    }
}

/// Waits until the hub wants this socket closed; the code to close it with.
async fn shown_out(close: &mut watch::Receiver<Option<Close>>) -> Option<Close> {
    close
        .wait_for(Option::is_some)
        .await
        .ok()
        .and_then(|code| *code)
}

/// Says goodbye, if the line still takes it, and waits a moment for the answer.
async fn close(stream: &mut DuplexStream, code: Close) {
    let code = CloseCode::from(code as u16);
    let frame = CloseFrame {
        code,
        reason: "".into(),
    };
    let goodbye = async {
        stream.close(Some(frame)).await?;
        while let Some(Ok(_)) = stream.next().await {}
        Ok::<_, rocket_ws::result::Error>(())
    };
    let _ = timeout(Duration::from_secs(1), goodbye).await;
}

/// Evenly between 0 and 1.
fn chance() -> f64 {
    let mut byte = [0; 2];
    aws_lc_rs::rand::fill(&mut byte).expect("the system gives random bytes");
    f64::from(u16::from_be_bytes(byte)) / f64::from(u16::MAX)
}
