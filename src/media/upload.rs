//! A multipart form, read as it arrives: text into memory under a limit, files to the disk.
//!
//! A file that is refused is read to its end and forgotten, so that the files and texts after it
//! still count.

use multer::Multipart;
use std::time::Duration;

use rocket::data::{self, Data, FromData, ToByteUnit};
use rocket::http::ContentType;
use rocket::request::Request;
use tokio::io::AsyncWriteExt;
use tokio::time::timeout;

use super::media::Media;
use super::storage::Temporary;
use super::unparsed::{SILENCE, Unparsed};
use crate::auth::{self, Sessions, Viewer};
use crate::error::{Error, Result};
use crate::form::{self, Fields};
use crate::id::{Id, Users};
use crate::limit::{Act, Key};
use transform::{Film, Format, Refusal};

/// A file that arrived whole, recognised by its first bytes.
pub struct Upload {
    /// What its owner calls it.
    pub name: String,
    pub format: Format,
    pub bytes: u64,
    pub temporary: Temporary,
}

/// A file that is not taken, and why, in words for the person who chose it.
#[derive(Clone, Debug)]
pub struct Refused {
    pub name: String,
    pub sentence: String,
    error: Error,
}

impl Refused {
    pub fn new(name: &str, refusal: Refusal) -> Self {
        let sentence = refusal.to_string();
        let whole = format!("{name}: {sentence}");
        let error = match refusal {
            Refusal::Unsupported { .. } => Error::Unsupported(whole),
            Refusal::TooLarge { .. } => Error::TooLarge(whole),
            Refusal::Damaged { .. } => Error::Unprocessable(whole),
        };
        Refused {
            name: name.to_owned(),
            sentence,
            error,
        }
    }

    /// One that is too much.
    pub fn over(name: &str, sentence: String) -> Self {
        Refused {
            error: Error::TooLarge(format!("{name}: {sentence}")),
            name: name.to_owned(),
            sentence,
        }
    }

    /// One that is here already.
    pub fn twin(name: &str) -> Self {
        let sentence = "This file is in here already. Remove the other one first if you mean it.";
        Refused {
            error: Error::Conflict(format!("{name}: {sentence}")),
            name: name.to_owned(),
            sentence: sentence.into(),
        }
    }

    pub fn error(&self) -> &Error {
        &self.error
    }
}

/// A multipart form sent by a member.
pub struct SentFiles {
    pub viewer: Viewer,
    pub fields: Fields,
    pub files: Vec<Result<Upload, Refused>>,
    /// The name of the field that each file came in.
    pub names: Vec<String>,
}

const TEXT_BYTES: usize = 64 << 10;
/// All texts of a form.
const TEXTS_BYTES: usize = 256 << 10;
/// For so long files are read past whose sender's session has ended.
const READ_PAST: Duration = Duration::from_secs(300);
/// Boundaries, headers and texts around the files.
const AROUND_BYTES: u64 = 1 << 20;
/// The disk is looked at again after so much of a file.
const SPACE_STEP: u64 = 8 << 20;
/// So much of a file is enough to recognise it.
const HEAD_BYTES: usize = 4 << 10;

#[rocket::async_trait]
impl<'r> FromData<'r> for SentFiles {
    type Error = Error;

    async fn from_data(request: &'r Request<'_>, data: Data<'r>) -> data::Outcome<'r, Self> {
        let viewer = auth::require(request).await;
        if let Err(error @ Error::Forbidden(_)) = viewer {
            return form::outcome(request, Err(error));
        }
        let state = request.rocket();
        let sessions = state.state::<Sessions>().expect("sessions are managed");
        let owner = viewer.as_ref().ok().map(|viewer| viewer.id);
        let sender = owner.or_else(|| sessions.signed_for(request.cookies()));
        let Some(sender) = sender else {
            // A stranger's form is not read: there is nobody to give it back to.
            return form::outcome(request, Err(viewer.err().unwrap_or(Error::Unauthenticated)));
        };
        if let Err(error) = form::admit(request).await {
            return form::outcome(request, Err(error));
        }
        let media = state.state::<Media>().expect("media are managed");
        let fits = match fits_at_all(media, request) {
            Ok(announced) => {
                media
                    .require_quota(sender, announced.saturating_sub(AROUND_BYTES))
                    .await
            }
            Err(error) => Err(error),
        };
        if let Err(error) = fits {
            // Taken off the line all the same, or the browser shows a broken connection instead.
            let most = media.limits.post * 2;
            let _ = timeout(
                SILENCE,
                data.open(most.bytes()).stream_to(tokio::io::sink()),
            )
            .await;
            return form::outcome(request, Err(error));
        }
        let Some(_open) = media.forms.open(sender) else {
            return form::outcome(
                request,
                Err(Error::TooMany {
                    retry_after: SILENCE,
                }),
            );
        };
        let reading = Reading { media, owner }.form(request.content_type(), data);
        let deadline = match owner {
            Some(_) => media.intervals.upload_deadline,
            None => media.intervals.upload_deadline.min(READ_PAST),
        };
        let parts = match timeout(deadline, reading).await {
            Ok(parts) => parts,
            Err(_) => Err(Error::BadRequest(
                "The upload took too long. Send fewer files.".into(),
            )),
        };
        match (viewer, parts) {
            (Ok(viewer), Ok(parts)) => {
                form::note(request, &parts.fields);
                data::Outcome::Success(SentFiles {
                    viewer,
                    fields: parts.fields,
                    files: parts.files,
                    names: parts.names,
                })
            }
            (Err(error), Ok(parts)) => {
                form::keep(request, &parts.fields).await;
                form::outcome(request, Err(error))
            }
            (Err(error), Err(_)) | (Ok(_), Err(error)) => form::outcome(request, Err(error)),
        }
    }
}

/// Refuses by its announced length what no limit allows, or what the disk has no room for. The length, where it is known.
fn fits_at_all(media: &Media, request: &Request<'_>) -> Result<u64> {
    let announced = request
        .headers()
        .get_one("Content-Length")
        .and_then(|text| text.parse().ok());
    let announced: u64 = announced.unwrap_or(0);
    let most = media.limits.post;
    if announced <= most + AROUND_BYTES {
        return media
            .storage
            .require_space(media.limits.min_free_space + announced)
            .map(|()| announced);
    }
    Err(Error::TooLarge(format!(
        "All files together are over the limit of {} MB. Send fewer at once.",
        most >> 20
    )))
}

/// What a form holds; `names` are those of the files' fields.
#[derive(Default)]
struct Parts {
    fields: Fields,
    files: Vec<Result<Upload, Refused>>,
    names: Vec<String>,
}

/// One form on its way in. Files are kept for their owner; without one they are only read past.
struct Reading<'a> {
    media: &'a Media,
    owner: Option<Id<Users>>,
}

impl Reading<'_> {
    async fn form(self, kind: Option<&ContentType>, data: Data<'_>) -> Result<Parts> {
        let limits = &self.media.limits;
        let mut parts = Parts::default();
        let Some(kind) = kind.filter(|kind| kind.is_form_data()) else {
            // No form with files in it: nothing was chosen.
            let sink = data.open(AROUND_BYTES.bytes()).stream_to(tokio::io::sink());
            let _ = timeout(SILENCE, sink).await;
            return Ok(parts);
        };
        let boundary = kind
            .param("boundary")
            .ok_or_else(|| Error::BadRequest("Missing boundary in multipart.".into()))?;
        let most = limits.post + AROUND_BYTES;
        let unparsed = Unparsed::default();
        let mut form = Multipart::with_reader(unparsed.count(data.open(most.bytes())), boundary);
        let (mut count, mut texts) = (0, 0);
        while let Some(mut part) = unparsed.next(form.next_field()).await? {
            count += 1;
            if count > limits.form_parts {
                let most = limits.form_parts;
                return Err(Error::TooLarge(format!(
                    "The form has more than {most} parts."
                )));
            }
            match part.file_name().map(shown_name) {
                None => {
                    let name = part.name().unwrap_or_default().to_owned();
                    let text = text(&mut part, &unparsed).await?;
                    texts += name.len() + text.len();
                    if texts > TEXTS_BYTES {
                        let most = TEXTS_BYTES >> 10;
                        return Err(Error::TooLarge(format!(
                            "All texts together are longer than {most} KB. Shorten them."
                        )));
                    }
                    parts.fields.push(name, text)?;
                }
                // A file field in which nothing was chosen.
                Some(name) if name.is_empty() => {
                    while unparsed.next(part.chunk()).await?.is_some() {}
                }
                Some(name) => {
                    let received = self.file((&mut part, &name), &unparsed).await?;
                    let received = received.map_err(|refusal| Refused::new(&name, refusal));
                    parts.files.push(received);
                    parts.names.push(part.name().unwrap_or_default().to_owned());
                }
            }
        }
        Ok(parts)
    }

    /// One file, to its end. The inner error says why it is not taken.
    async fn file(
        &self,
        (part, name): (&mut multer::Field<'_>, &str),
        unparsed: &Unparsed,
    ) -> Result<Result<Upload, Refusal>> {
        let temporary = self.media.storage.temporary();
        let mut file = match self.owner {
            Some(owner) => {
                self.media
                    .limiter
                    .spend(Act::Upload, Key::Account(owner), 1)
                    .await?;
                Some(tokio::fs::File::create_new(temporary.path()).await?)
            }
            None => None,
        };
        let (mut head, mut bytes) = (Vec::with_capacity(HEAD_BYTES), 0);
        let mut verdict: Option<Result<Format, Refusal>> = None;
        while let Some(chunk) = unparsed.next(part.chunk()).await? {
            bytes += chunk.len() as u64;
            if head.len() < HEAD_BYTES {
                head.extend(chunk.iter().take(HEAD_BYTES - head.len()));
                if head.len() == HEAD_BYTES {
                    verdict = Some(known(self.media, &head));
                }
            }
            if let Some(Ok(format)) = &verdict
                && let Err(refusal) = fits(self.media, *format, bytes)
            {
                verdict = Some(Err(refusal));
            }
            if matches!(verdict, Some(Err(_))) {
                file = None;
            }
            if let Some(file) = &mut file {
                file.write_all(&chunk).await?;
                // Several at once may fill what was free when each of them began.
                if bytes / SPACE_STEP > (bytes - chunk.len() as u64) / SPACE_STEP {
                    self.media
                        .storage
                        .require_space(self.media.limits.min_free_space)?;
                }
            }
        }
        if let Some(file) = &mut file {
            file.flush().await?;
        }
        let verdict = verdict.unwrap_or_else(|| known(self.media, &head));
        Ok(verdict.and_then(|format| {
            fits(self.media, format, bytes)?;
            Ok(Upload {
                name: name.to_owned(),
                format,
                bytes,
                temporary,
            })
        }))
    }
}

/// The text of one part.
async fn text(part: &mut multer::Field<'_>, unparsed: &Unparsed) -> Result<String> {
    let mut text = Vec::new();
    while let Some(chunk) = unparsed.next(part.chunk()).await? {
        text.extend_from_slice(&chunk);
        if text.len() > TEXT_BYTES {
            return Err(Error::TooLarge(
                "A text is longer than 64 KB. Shorten it.".into(),
            ));
        }
    }
    String::from_utf8(text).map_err(|_| Error::BadRequest("The form is not valid text.".into()))
}

/// The format, if it is one that this machine opens.
pub(super) fn known(media: &Media, head: &[u8]) -> Result<Format, Refusal> {
    let format = transform::sniff(head)?;
    match format {
        Format::Heic | Format::Avif if media.programs.opens(format).is_none() => {
            Err(transform::foreign(format))
        }
        // A MOV with what browsers play becomes an MP4 without any program.
        Format::Film(film) if !media.converts() && film != Film::Mov => {
            Err(transform::foreign(format))
        }
        _ => Ok(format),
    }
}

pub(super) fn fits(media: &Media, format: Format, bytes: u64) -> Result<(), Refusal> {
    let (what, most, advice) = match format.is_video() {
        true => (
            "video",
            media.largest_video(),
            "Shorten it or save it in a smaller size.",
        ),
        false => (
            "photo",
            media.limits.photo,
            "Save it in a smaller size and choose it again.",
        ),
    };
    if bytes <= most {
        return Ok(());
    }
    let reason = format!("This {what} is over the limit of {} MB.", most >> 20);
    Err(Refusal::TooLarge {
        reason,
        advice: advice.into(),
    })
}

/// A client's file name as text to show: no folders, nothing invisible, not endless.
pub fn shown_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let visible = last.chars().filter(|c| !c.is_control());
    visible.take(120).collect::<String>().trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::shown_name;

    #[test]
    fn a_file_name_is_text_and_nothing_else() {
        assert_eq!(shown_name("../../etc/passwd"), "passwd");
        assert_eq!(shown_name("C:\\Photos\\IMG 1.jpg"), "IMG 1.jpg");
        assert_eq!(shown_name("a\u{0}b\n.png"), "ab.png");
    }
}
