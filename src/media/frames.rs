//! Moments of videos, as pictures.

use super::item::Item;
use super::media::Media;
use super::served::{Served, find, master, name, once, original};
use super::storage::Rendition;
use super::video;
use super::wanted::{By, pay};
use crate::error::{Error, Result};
use transform::Format;

/// The pixels of so many frames are paid for: as many as lie between two keyframes.
const FRAMES: u64 = 30;

/// The picture of a video at that moment, which is made once; where there is none, its poster.
pub async fn frame(media: &Media, item: &Item, (by, moment): (By, f64)) -> Result<Served> {
    let Some(films) = media.films.clone() else {
        return master(media, item).await;
    };
    let rendition = Rendition::new(&item.key, &name(&format!("frame 1 {moment:.2}")));
    if let Some(served) = find(media, [&rendition]).await? {
        return Ok(served);
    }
    let film = original(media, item).await?;
    let (input, shelf) = (film.path()?, rendition.clone());
    let size = u64::from(item.width as u32) * u64::from(item.height as u32);
    let making = async {
        pay(media, by, size * FRAMES).await?;
        let work = move |_| -> Result<u64> {
            let made = films.storage.in_folder(|folder| {
                video::frame_of(films.work(&input, folder), Format::Mp4, moment)
            })?;
            let bytes = made.ok_or(Error::NotFound)?;
            films.storage.renditions.put(&shelf, &bytes)?;
            Ok(bytes.len() as u64)
        };
        media.make_rendition((by.lane(), size), work).await
    };
    // Within the turn of whoever asks: a stranger, who has one place, would wait here for themselves.
    let keys = vec![item.key.clone()];
    match once(media, (By::House, keys), &rendition, making).await {
        Err(Error::NotFound) if item.master.is_some() => master(media, item).await,
        made => made,
    }
}
