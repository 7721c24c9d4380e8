//! How letters go out.

use std::path::PathBuf;
use std::time::Duration;

use super::given::Given;
use super::problem::Problem;

#[derive(Clone)]
pub struct MailSettings {
    /// The sender's address.
    pub from: String,
    /// Without a server letters are kept as files.
    pub smtp: Option<Smtp>,
}

#[derive(Clone)]
pub struct Smtp {
    pub host: String,
    pub port: u16,
    pub tls: Tls,
    pub login: Option<(String, String)>,
    /// Certificates (PEM) trusted besides the usual ones.
    pub ca_file: Option<PathBuf>,
    /// Sending one letter takes no longer.
    pub timeout: Duration,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tls {
    /// To this machine only: nothing leaves it.
    None,
    StartTls,
    FromTheStart,
}

const ACCEPTED: &str = "smtp://host:587 (STARTTLS; plain to this machine) or smtps://host:465 (TLS from the start), user and password apart as PORCH_SMTP_USER and PORCH_SMTP_PASSWORD";

impl Given {
    pub fn mail(&self, public_url: Option<&str>) -> Result<MailSettings, Problem> {
        let smtp = self.smtp()?;
        let elsewhere = smtp.as_ref().is_some_and(|smtp| smtp.tls != Tls::None);
        if elsewhere && public_url.is_none() {
            return Err(Problem(
                "PORCH_PUBLIC_URL is not set; with PORCH_SMTP_URL it has to be the address under which the site is reached, because letters hold links to it.".into(),
            ));
        }
        let host = public_url
            .and_then(|url| url.split("://").nth(1))
            .and_then(|host| host.split(':').next())
            .filter(|host| host.contains('.') && host.parse::<std::net::IpAddr>().is_err());
        let from = match (self.text("MAIL_FROM"), host) {
            (Some(from), _) => from.to_owned(),
            (None, Some(host)) => format!("porch@{host}"),
            (None, None) if smtp.is_none() => "porch@localhost".into(),
            (None, None) => {
                return Err(Problem(
                    "PORCH_MAIL_FROM is not set; with PORCH_SMTP_URL it has to be the address that letters come from.".into(),
                ));
            }
        };
        Ok(MailSettings { from, smtp })
    }

    /// Shorter than the lease of a letter's job.
    fn smtp_timeout(&self) -> Result<Duration, Problem> {
        let timeout = self.duration("SMTP_TIMEOUT", "60s")?;
        if timeout <= Duration::from_secs(100) {
            return Ok(timeout);
        }
        let text = self.text("SMTP_TIMEOUT").unwrap_or_default();
        Err(Problem::bad("SMTP_TIMEOUT", text, "a time up to 100s"))
    }

    fn smtp(&self) -> Result<Option<Smtp>, Problem> {
        // Read whether or not there is a server, because reading declares them.
        let ca_file = self.text("SMTP_CA_FILE").map(PathBuf::from);
        let (user, password) = (
            self.text("SMTP_USER"),
            self.text_or_file("SMTP_PASSWORD", "SMTP_PASSWORD_FILE")?,
        );
        let timeout = self.smtp_timeout()?;
        let Some(text) = self.text("SMTP_URL").map(str::trim) else {
            return Ok(None);
        };
        // It may hold a password that belongs elsewhere.
        let shown = if text.contains('@') { "***" } else { text };
        let bad = || Problem::bad("SMTP_URL", shown, ACCEPTED);
        let (scheme, place) = text
            .trim_end_matches('/')
            .split_once("://")
            .ok_or_else(bad)?;
        let (host, port) = match place.rsplit_once(':') {
            Some((host, port)) if !host.is_empty() && !port.contains(']') => {
                (host, Some(port.parse().map_err(|_| bad())?))
            }
            _ => (place, None),
        };
        let plain = host.trim_start_matches('[').trim_end_matches(']');
        let fits = |c: char| c.is_ascii_alphanumeric() || ".-:".contains(c);
        if plain.is_empty() || !plain.chars().all(fits) {
            return Err(bad());
        }
        let here = plain == "localhost"
            || plain
                .parse::<std::net::IpAddr>()
                .is_ok_and(|ip| ip.is_loopback());
        let (tls, usual) = match scheme {
            // A certificate to trust says that even this machine's server is asked for one.
            "smtp" if here && ca_file.is_none() => (Tls::None, 25),
            "smtp" => (Tls::StartTls, 587),
            "smtps" => (Tls::FromTheStart, 465),
            _ => return Err(bad()),
        };
        let login = match (user, password) {
            (None, None) => None,
            (Some(user), Some(password)) => Some((user.to_owned(), password)),
            _ => {
                return Err(Problem(
                    "PORCH_SMTP_USER and PORCH_SMTP_PASSWORD belong together: set both or neither."
                        .into(),
                ));
            }
        };
        Ok(Some(Smtp {
            host: plain.to_owned(),
            port: port.unwrap_or(usual),
            tls,
            login,
            ca_file,
            timeout,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn smtp(url: &str) -> Result<Option<Smtp>, Problem> {
        let pairs = [("SMTP_URL", url), ("MAIL_FROM", "porch@example.org")];
        let given = pairs.map(|(name, value)| (name.to_owned(), value.to_owned()));
        Given::of(given.into())
            .mail(Some("https://porch.example.org"))
            .map(|mail| mail.smtp)
    }

    #[test]
    fn a_password_never_travels_in_the_clear_beyond_this_machine() {
        let tls = |url| smtp(url).unwrap().map(|smtp| (smtp.tls, smtp.port));
        assert_eq!(tls("smtp://mail.example.org"), Some((Tls::StartTls, 587)));
        assert_eq!(
            tls("smtps://mail.example.org"),
            Some((Tls::FromTheStart, 465))
        );
        assert_eq!(tls("smtp://127.0.0.1:1025"), Some((Tls::None, 1025)));
        assert_eq!(tls("smtp://[::1]"), Some((Tls::None, 25)));
        assert_eq!(tls("smtp://10.0.0.5:25"), Some((Tls::StartTls, 25)));
    }

    #[test]
    fn a_bad_address_is_named_and_its_password_is_not() {
        for bad in [
            "mail.example.org",
            "http://a.b",
            "smtp://",
            "smtp://a:x",
            "smtp://a b",
        ] {
            assert!(smtp(bad).is_err(), "{bad}");
        }
        let error = smtp("smtp://ada:geheim@mail.example.org").err().unwrap();
        assert!(!error.to_string().contains("geheim"), "{error}");
    }

    #[test]
    fn a_server_needs_a_sender() {
        let given = Given::of([("SMTP_URL".to_owned(), "smtp://localhost".to_owned())].into());
        let error = given.mail(None).err().unwrap();
        assert!(error.to_string().contains("PORCH_MAIL_FROM"));
        let from = given.mail(Some("https://porch.example.org")).unwrap().from;
        assert_eq!(from, "porch@porch.example.org");
    }
}
