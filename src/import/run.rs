//! The journey: accounts first, then posts from the oldest on, each with its file.

use std::collections::HashMap;
use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};

use super::fetch::Fetcher;
use super::old::{Old, OldPost, OldUser};
use super::once;
use crate::account::{self, Adopted};
use crate::clock::Clock;
use crate::config::Settings;
use crate::db::Db;
use crate::error::Result;
use crate::id::{Id, Posts, Users};
use crate::media::{Media, Upload};
use crate::post;

/// What has come of it.
#[derive(Debug, Default)]
pub struct Outcome {
    pub accounts: usize,
    pub accounts_here: usize,
    pub posts: usize,
    pub posts_here: usize,
    /// A line for each account whose posts went to another that is here.
    pub merged: Vec<String>,
    /// A line for everything that was not taken, with the reason.
    pub failures: Vec<String>,
}

/// Where things come to.
#[derive(Clone, Copy)]
pub struct Here<'a> {
    pub db: &'a Db,
    pub media: &'a Media,
    pub clock: &'a Clock,
}

struct Journey<'a> {
    here: Here<'a>,
    settings: &'a Settings,
    fetcher: Fetcher,
    /// Files that were brought along, by name.
    brought: HashMap<String, PathBuf>,
    /// The accounts here, by the ids they had there.
    people: HashMap<Id<Users>, Id<Users>>,
    outcome: Outcome,
}

/// Takes in what is not here yet. Files are looked for in `folder` first. The outer error is a sentence.
pub async fn import(
    here: Here<'_>,
    settings: &Settings,
    (database, folder): (&Path, Option<&Path>),
) -> Result<Outcome, String> {
    let old = Old::open(database).await?;
    let (users, posts) = (old.users().await?, old.posts().await?);
    let mut brought = HashMap::new();
    if let Some(folder) = folder {
        walk(folder, &mut brought)
            .map_err(|e| format!("The folder {} cannot be read: {e}.", folder.display()))?;
    }
    let mut journey = Journey {
        here,
        settings,
        fetcher: Fetcher::new(),
        brought,
        people: HashMap::new(),
        outcome: Outcome::default(),
    };
    for user in &users {
        if let Err(reason) = journey.user(user).await {
            let line = format!("account {}: {reason}", user.email);
            journey.outcome.failures.push(line);
        }
    }
    for (n, post) in posts.iter().enumerate() {
        show_progress(n, posts.len(), &post.file_name);
        if let Err(reason) = journey.post(post).await {
            let line = format!("post {} ({}): {reason}", post.id, post.file_name);
            journey.outcome.failures.push(line);
        }
    }
    show_progress(posts.len(), posts.len(), "");
    Ok(journey.outcome)
}

fn walk(folder: &Path, found: &mut HashMap<String, PathBuf>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let kind = entry.file_type()?;
        if kind.is_dir() {
            walk(&entry.path(), found)?;
        } else if kind.is_file() {
            found.insert(
                entry.file_name().to_string_lossy().into_owned(),
                entry.path(),
            );
        }
    }
    Ok(())
}

/// A bar on a terminal; elsewhere a line for every tenth.
fn show_progress(done: usize, all: usize, name: &str) {
    const WIDTH: usize = 30;
    if all == 0 {
        return;
    }
    let mut err = std::io::stderr();
    if err.is_terminal() {
        let full = WIDTH * done / all;
        let bar = format!("{}{}", "#".repeat(full), "-".repeat(WIDTH - full));
        let name: String = name.chars().filter(|c| !c.is_control()).take(30).collect();
        let end = if done == all { "\n" } else { "" };
        let _ = write!(err, "\r[{bar}] {done} of {all} {name:<30}{end}");
    } else if done * 10 / all != done.saturating_sub(1) * 10 / all || done == all {
        let _ = writeln!(err, "{done} of {all} posts");
    }
    let _ = err.flush();
}

type Taken = Result<(), String>;

fn sentence(error: crate::error::Error) -> String {
    error.message().unwrap_or_else(|| error.to_string())
}

impl Journey<'_> {
    async fn user(&mut self, old: &OldUser) -> Taken {
        let id = Id::from_any_spelling(&old.id).ok_or("its id is no UUID")?;
        let Some(adopted) = self.adopted(id, old).await.map_err(sentence)?? else {
            self.outcome.accounts_here += 1;
            return Ok(());
        };
        match adopted {
            Adopted::New(here) => {
                self.outcome.accounts += 1;
                self.people.insert(id, here);
            }
            Adopted::Here(here) => {
                self.outcome.accounts_here += 1;
                self.people.insert(id, here);
            }
            Adopted::Other {
                id: here,
                email,
                confirmed,
            } => {
                let from_there = self.people.contains_key(&here);
                let whose = if from_there {
                    "of the old application, which differs in upper and lower case only"
                } else {
                    "that was here"
                };
                if !confirmed {
                    return Err(format!(
                        "{email} is an account {whose}, and has not confirmed the address, so the two may be two people. Have it confirmed here, or delete it, and run this again"
                    ));
                }
                let line = format!("{} to {email}, an account {whose}", old.email);
                self.outcome.merged.push(line);
                self.people.insert(id, here);
            }
        }
        Ok(())
    }

    /// Nothing for an account that came before and has been deleted since.
    async fn adopted(
        &self,
        id: Id<Users>,
        old: &OldUser,
    ) -> Result<Result<Option<Adopted>, String>> {
        let known = once::is_known(self.here.db, id).await?;
        let mut tx = self.here.db.write().await?;
        let adopted = account::adopt(&mut tx, self.here.clock, old_account(id, old)).await?;
        if known && !matches!(adopted, Ok(Adopted::Here(_))) {
            return Ok(Ok(None));
        }
        if let Ok(Adopted::New(id)) = &adopted {
            once::note(&mut tx, *id, self.here.clock.now()).await?;
            tx.commit().await?;
        }
        Ok(adopted.map(Some))
    }

    async fn post(&mut self, old: &OldPost) -> Taken {
        let id: Id<Posts> = Id::from_any_spelling(&old.id).ok_or("its id is no UUID")?;
        if self.has(id).await.map_err(sentence)? {
            self.outcome.posts_here += 1;
            return Ok(());
        }
        let author = Id::from_any_spelling(&old.user_id).ok_or("its author's id is no UUID")?;
        let author = *self
            .people
            .get(&author)
            .ok_or("its author's account is not there any more")?;
        let at = old.at().ok_or("its date cannot be read")?;
        let caption = post::Caption::of_old(&old.caption);
        let upload = self.file(old).await?;
        let item = self
            .here
            .media
            .bring_in(author, upload)
            .await
            .map_err(sentence)?
            .map_err(|refused| refused.sentence)?;
        let new = post::OldPost {
            id,
            author,
            at,
            caption,
            item: item.id,
        };
        self.adopt(new).await.map_err(sentence)?;
        self.outcome.posts += 1;
        Ok(())
    }

    async fn has(&self, id: Id<Posts>) -> Result<bool> {
        Ok(once::is_known(self.here.db, id).await? || post::is_here(self.here.db, id).await?)
    }

    async fn adopt(&self, new: post::OldPost) -> Result<()> {
        let (id, now) = (new.id, self.here.clock.now());
        let mut tx = self.here.db.write().await?;
        post::adopt(&mut tx, new, now).await?;
        once::note(&mut tx, id, now).await?;
        tx.commit().await
    }

    /// The post's file: brought along, or fetched from where it was.
    async fn file(&self, old: &OldPost) -> Result<Upload, String> {
        let temporary = self.here.media.storage.temporary();
        let limits = &self.settings.limits;
        let brought = [old.file_name.as_str(), old.name_in_url()];
        let brought = brought.iter().find_map(|name| self.brought.get(*name));
        let bytes = match brought {
            Some(path) => std::fs::copy(path, temporary.path()).map_err(|e| e.to_string())?,
            None => {
                let most = self.here.media.largest_video().max(limits.photo);
                self.fetcher.fetch(&old.url, &temporary, most).await?
            }
        };
        let format = head(temporary.path()).map_err(|e| e.to_string())?;
        let format = transform::sniff(&format).map_err(|refusal| refusal.to_string())?;
        let most = if format.is_video() {
            self.here.media.largest_video()
        } else {
            limits.photo
        };
        if bytes > most {
            return Err(format!("it is over the limit of {} MB", most >> 20));
        }
        Ok(Upload {
            name: old.file_name.clone(),
            format,
            bytes,
            temporary,
        })
    }
}

fn old_account(id: Id<Users>, old: &OldUser) -> account::Old<'_> {
    account::Old {
        id,
        email: &old.email,
        hash: &old.hashed_password,
        active: old.is_active != 0,
        admin: old.is_superuser != 0,
        verified: old.is_verified != 0,
    }
}

/// So much of a file as is needed to recognise it.
fn head(path: &Path) -> std::io::Result<Vec<u8>> {
    use std::io::Read;
    let mut head = Vec::new();
    std::fs::File::open(path)?
        .take(4 << 10)
        .read_to_end(&mut head)?;
    Ok(head)
}
