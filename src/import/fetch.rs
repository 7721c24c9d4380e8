//! Fetches a file from wherever the old application kept it, but from no private address: the database
//! may come from anybody, and must not make this machine ask others in its network.

use std::time::Duration;

use futures::StreamExt;
use reqwest::redirect::{Attempt, Policy};
use reqwest::{Client, Url};
use tokio::io::AsyncWriteExt;

use crate::media::Temporary;
use crate::outside::{self, refused};

pub struct Fetcher {
    http: Client,
    may_be_private: bool,
}

const MOST_REDIRECTS: usize = 5;

impl Fetcher {
    pub fn new() -> Fetcher {
        Fetcher::which(false)
    }

    fn which(may_be_private: bool) -> Fetcher {
        let redirects = move |attempt: Attempt<'_>| {
            if attempt.previous().len() > MOST_REDIRECTS {
                return attempt.error("too many redirects");
            }
            match refused(attempt.url(), may_be_private) {
                Some(reason) => attempt.error(reason),
                None => attempt.follow(),
            }
        };
        let http = outside::client(may_be_private)
            .redirect(Policy::custom(redirects))
            .read_timeout(Duration::from_secs(60))
            .build()
            .expect("the client is configured soundly");
        Fetcher {
            http,
            may_be_private,
        }
    }

    /// Fetches `url` into `temporary`; how many bytes there were. The error is a sentence.
    pub async fn fetch(&self, url: &str, temporary: &Temporary, most: u64) -> Result<u64, String> {
        let url = Url::parse(url).map_err(|_| format!("\"{url}\" is no address"))?;
        if let Some(reason) = refused(&url, self.may_be_private) {
            return Err(reason.into());
        }
        let broken = |error: reqwest::Error| format!("it cannot be fetched: {}", causes(&error));
        let answer = self.http.get(url).send().await.map_err(broken)?;
        if !answer.status().is_success() {
            return Err(format!("its address answers {}", answer.status()));
        }
        let mut file = tokio::fs::File::create(temporary.path())
            .await
            .map_err(|e| e.to_string())?;
        let mut bytes = 0;
        let mut body = answer.bytes_stream();
        while let Some(chunk) = body.next().await {
            let chunk = chunk.map_err(broken)?;
            bytes += chunk.len() as u64;
            if bytes > most {
                return Err(format!("it is over the limit of {} MB", most >> 20));
            }
            file.write_all(&chunk).await.map_err(|e| e.to_string())?;
        }
        file.flush().await.map_err(|e| e.to_string())?;
        Ok(bytes)
    }
}

fn causes(error: &dyn std::error::Error) -> String {
    let mut deepest = error;
    while let Some(cause) = deepest.source() {
        deepest = cause;
    }
    deepest.to_string()
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;
    use crate::media::Storage;

    /// Answers every request with this head and body.
    async fn serve(answer: String) -> u16 {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut head = [0; 2_048];
                let _ = stream.read(&mut head).await;
                let _ = stream.write_all(answer.as_bytes()).await;
            }
        });
        port
    }

    #[rocket::async_test]
    async fn a_file_is_fetched_within_its_limit() {
        let folder = tempfile::tempdir().unwrap();
        let storage = Storage::open(folder.path()).unwrap();
        let port =
            serve("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello".into())
                .await;
        let url = format!("http://127.0.0.1:{port}/a.jpg");
        let temporary = storage.temporary();
        let here = Fetcher::which(true);
        assert_eq!(here.fetch(&url, &temporary, 100).await, Ok(5));
        assert_eq!(std::fs::read(temporary.path()).unwrap(), b"hello");
        assert!(
            here.fetch(&url, &temporary, 4)
                .await
                .unwrap_err()
                .contains("limit")
        );
        let public = Fetcher::new();
        for private in [
            url.clone(),
            url.replace("127.0.0.1", "localhost"),
            format!("http://[::1]:{port}/"),
        ] {
            let error = public.fetch(&private, &temporary, 100).await.unwrap_err();
            assert!(error.contains("private"), "{private}: {error}");
        }
        for bad in ["file:///etc/passwd", "nonsense", "ftp://example.org/a"] {
            assert!(public.fetch(bad, &temporary, 100).await.is_err(), "{bad}");
        }
    }

    #[rocket::async_test]
    async fn a_redirect_leads_to_no_other_kind_of_address() {
        let folder = tempfile::tempdir().unwrap();
        let storage = Storage::open(folder.path()).unwrap();
        let answer = "HTTP/1.1 302 Found\r\nLocation: file:///etc/passwd\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
        let port = serve(answer.into()).await;
        let url = format!("http://127.0.0.1:{port}/a.jpg");
        let error = Fetcher::which(true)
            .fetch(&url, &storage.temporary(), 100)
            .await
            .unwrap_err();
        assert!(error.contains("302"), "it is not followed: {error}");
    }
}
