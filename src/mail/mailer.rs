//! One letter to one address, as text and as HTML (RFC 2046, multipart/alternative).

use std::path::{Path, PathBuf};
use std::time::Duration;

use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};
use lettre::transport::smtp::AsyncSmtpTransportBuilder;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use lettre::{Address, AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};

use tokio::time::timeout;

use crate::config::{MailSettings, Smtp, Tls as Wanted};
use crate::id::random_text;

/// What is to be sent. Nothing in it can become a header: the address is parsed, the subject encoded.
pub struct Letter {
    pub to: String,
    pub subject: String,
    pub text: String,
    pub html: String,
    /// Where its reader gets no more such letters, with one press (RFC 8058).
    pub stop: Option<String>,
}

/// Why a letter did not go, and whether it may later.
#[derive(Debug)]
pub struct Failure {
    pub error: String,
    pub again: bool,
}

#[derive(Clone)]
pub struct Mailer {
    from: Address,
    road: Road,
}

#[derive(Clone)]
enum Road {
    Folder(PathBuf),
    /// With how long one letter may take.
    Smtp(Box<AsyncSmtpTransport<Tokio1Executor>>, Duration),
}

impl Mailer {
    /// The error is a sentence for the person who starts the server.
    pub fn new(settings: &MailSettings, folder: &Path) -> Result<Mailer, String> {
        let from: Address = settings.from.parse().map_err(|_| {
            format!(
                "PORCH_MAIL_FROM is \"{}\"; accepted is an e-mail address.",
                settings.from
            )
        })?;
        let road = match &settings.smtp {
            None => Road::Folder(folder.to_owned()),
            Some(smtp) => Road::Smtp(Box::new(transport(smtp, &from)?), smtp.timeout),
        };
        Ok(Mailer { from, road })
    }

    /// The folder that letters are kept in when no server is configured, so that nobody gets them.
    pub fn folder(&self) -> Option<&Path> {
        match &self.road {
            Road::Folder(folder) => Some(folder),
            Road::Smtp(..) => None,
        }
    }

    /// Sends a letter in the name of `sender`, the site.
    pub async fn send(&self, sender: &str, letter: &Letter) -> Result<(), Failure> {
        let message = self.message(sender, letter)?;
        match &self.road {
            Road::Folder(folder) => {
                let (place, bytes) = (folder.clone(), message.formatted());
                let kept = tokio::task::spawn_blocking(move || keep(&place, &bytes));
                let kept = kept.await.map_err(std::io::Error::other).flatten();
                kept.map_err(|error| Failure {
                    error: format!("the letter cannot be kept in {}: {error}", folder.display()),
                    again: true,
                })
            }
            Road::Smtp(transport, patience) => {
                // lettre's own limit ends with the connection being there.
                match timeout(*patience, transport.send(message)).await {
                    Ok(Ok(_)) => Ok(()),
                    Ok(Err(error)) => Err(Failure {
                        again: !error.is_permanent(),
                        error: causes(&error),
                    }),
                    Err(_) => Err(Failure {
                        error: format!("the mail server did not answer within {patience:?}"),
                        again: true,
                    }),
                }
            }
        }
    }

    fn message(&self, sender: &str, letter: &Letter) -> Result<Message, Failure> {
        let never = |error: String| Failure {
            error,
            again: false,
        };
        let to = address(&letter.to)
            .ok_or_else(|| never("no letter can be sent to this address".into()))?;
        let id = format!("<{}@{}>", random_text(26), self.from.domain());
        let mut message = Message::builder()
            .from(Mailbox::new(Some(one_line(sender)), self.from.clone()))
            .to(Mailbox::new(None, to))
            .subject(one_line(&letter.subject))
            .message_id(Some(id))
            .date_now()
            // RFC 3834: an absence notice must not answer it.
            .raw_header(HeaderValue::new(
                HeaderName::new_from_ascii_str("Auto-Submitted"),
                "auto-generated".into(),
            ));
        if let Some(stop) = &letter.stop {
            let header = |name, text| HeaderValue::new(HeaderName::new_from_ascii_str(name), text);
            message = message
                .raw_header(header("List-Unsubscribe", format!("<{}>", one_line(stop))))
                .raw_header(header(
                    "List-Unsubscribe-Post",
                    "List-Unsubscribe=One-Click".into(),
                ));
        }
        message
            .multipart(MultiPart::alternative_plain_html(
                letter.text.clone(),
                letter.html.clone(),
            ))
            .map_err(|error| never(error.to_string()))
    }
}

/// What stands in a header.
fn one_line(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).collect()
}

/// As mail servers take it: an international domain in its ASCII form.
fn address(text: &str) -> Option<Address> {
    let (local, domain) = text.rsplit_once('@')?;
    let domain = idna::domain_to_ascii(domain).ok()?;
    Address::new(local, domain).ok()
}

fn transport(smtp: &Smtp, from: &Address) -> Result<AsyncSmtpTransport<Tokio1Executor>, String> {
    let unusable = |error: lettre::transport::smtp::Error| {
        format!("PORCH_SMTP_URL cannot be used: {}.", causes(&error))
    };
    let builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&smtp.host);
    let parameters = || -> Result<TlsParameters, String> {
        let mut parameters = TlsParameters::builder(smtp.host.clone());
        if let Some(path) = &smtp.ca_file {
            let unreadable = |error: String| {
                format!(
                    "PORCH_SMTP_CA_FILE {} cannot be used: {error}.",
                    path.display()
                )
            };
            let pem = std::fs::read(path).map_err(|e| unreadable(e.to_string()))?;
            let certificate = Certificate::from_pem(&pem).map_err(|e| unreadable(causes(&e)))?;
            parameters = parameters.add_root_certificate(certificate);
        }
        parameters.build().map_err(unusable)
    };
    let tls = match smtp.tls {
        Wanted::None => Tls::None,
        Wanted::StartTls => Tls::Required(parameters()?),
        Wanted::FromTheStart => Tls::Wrapper(parameters()?),
    };
    let builder: AsyncSmtpTransportBuilder = builder
        .port(smtp.port)
        .hello_name(ClientId::Domain(from.domain().to_owned()))
        .tls(tls)
        .timeout(Some(smtp.timeout));
    Ok(match &smtp.login {
        Some((user, password)) => {
            builder.credentials(Credentials::new(user.clone(), password.clone()))
        }
        None => builder,
    }
    .build())
}

/// The error with what caused it: "Connection error: Connection refused".
fn causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        let inner_text = inner.to_string();
        if !text.contains(&inner_text) {
            text = format!("{text}: {inner_text}");
        }
        cause = inner.source();
    }
    text
}

/// Blocking. A letter may hold a link that opens an account: nobody else may read the file.
fn keep(folder: &Path, message: &[u8]) -> std::io::Result<()> {
    use std::io::Write;
    let mut directory = std::fs::DirBuilder::new();
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        std::os::unix::fs::DirBuilderExt::mode(&mut directory, 0o700);
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    }
    directory.recursive(true).create(folder)?;
    // A UUIDv7 sorts by time.
    let name = uuid::Uuid::now_v7();
    let unfinished = folder.join(format!(".{name}"));
    let mut file = options.open(&unfinished)?;
    file.write_all(message)?;
    file.sync_all()?;
    std::fs::rename(unfinished, folder.join(format!("{name}.eml")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(letter: Letter) -> Result<String, Failure> {
        let from = "porch@example.org".parse().unwrap();
        let road = Road::Folder(PathBuf::new());
        let message = Mailer { from, road }.message("The \"House\"\r\nBcc: x@y.org", &letter)?;
        Ok(String::from_utf8(message.formatted()).unwrap())
    }

    fn letter(to: &str, subject: &str) -> Letter {
        Letter {
            to: to.into(),
            subject: subject.into(),
            text: "Hello".into(),
            html: "<p>Hello</p>".into(),
            stop: None,
        }
    }

    #[test]
    fn nothing_that_is_put_in_becomes_a_header() {
        let text = sent(letter("ada@example.org", "Hi\r\nBcc: eve@example.org")).unwrap();
        let head = text.split("\r\n\r\n").next().unwrap();
        for line in head.lines() {
            assert!(!line.to_ascii_lowercase().starts_with("bcc:"), "{head}");
        }
        for bad in [
            "ada@example.org\r\nBcc: eve@example.org",
            "",
            "ada",
            "a@b>, c@d",
        ] {
            assert!(sent(letter(bad, "Hi")).is_err(), "{bad}");
        }
    }

    #[test]
    fn an_international_domain_is_sent_in_ascii() {
        let text = sent(letter("x@exämple.com", "Hi")).unwrap();
        assert!(text.contains("To: x@xn--exmple-cua.com"), "{text}");
    }

    #[test]
    fn a_letter_has_a_text_and_a_page() {
        let text = sent(letter("ada@example.org", "Grüße")).unwrap();
        assert!(text.contains("multipart/alternative"));
        assert!(text.contains("text/plain") && text.contains("text/html"));
        assert!(text.contains("Auto-Submitted: auto-generated"));
    }
}
