//! `?explain=1`: how a picture is made, step by step and in milliseconds. Nothing of it is kept.

use serde_json::{Value, json};

use super::media::Media;
use super::rendition;
use super::wanted::Wanted;
use crate::error::Result;
use transform::Made;

pub async fn explain(media: &Media, wanted: Wanted<'_>) -> Result<Value> {
    if wanted.chain.is_plain() || wanted.chain.output.original {
        return Ok(json!({ "steps": "", "stored": true, "stages": [] }));
    }
    let item = wanted.item;
    let input = json!({
        "format": item.format,
        "width": item.width,
        "height": item.height,
        "frames": item.frames,
    });
    let (steps, ignored) = (wanted.chain.to_string(), wanted.chain.ignored.clone());
    let describe = move |made: Made| {
        let stages: Vec<Value> = made
            .stages
            .iter()
            .map(|stage| {
                let (width, height) = stage.size;
                json!({
                    "stage": stage.what,
                    "width": width,
                    "height": height,
                    "milliseconds": (stage.milliseconds * 100.0).round() / 100.0,
                })
            })
            .collect();
        let (width, height) = made.stages.last().map_or((0, 0), |stage| stage.size);
        Ok(json!({
            "steps": steps,
            "ignored": ignored,
            "input": input,
            "output": {
                "format": made.format.extension(),
                "width": width,
                "height": height,
                "bytes": made.bytes.len(),
            },
            "stages": stages,
        }))
    };
    rendition::make(media, wanted, describe).await
}
