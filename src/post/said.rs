//! What a body of the JSON API says of a post's media.

use serde_json::Value;

use super::meant::Meant;
use crate::api::Fields;
use crate::id::{Id, Media};
use crate::media::Item;

/// All media that the post has from now on, if that is said.
pub fn order(fields: &mut Fields<'_>, most: usize) -> Option<Vec<Id<Media>>> {
    let given = match fields.get("media")? {
        Value::Null => return None,
        Value::Array(given) => given,
        _ => {
            fields.refuse("media", "Input should be a valid list", "a list");
            return None;
        }
    };
    let ids = given.iter().map(|id| id.as_str()?.parse().ok());
    let ids: Option<Vec<Id<Media>>> = ids.collect();
    let twice = |ids: &Vec<Id<Media>>| (1..ids.len()).any(|at| ids[..at].contains(&ids[at]));
    let ids = ids.filter(|ids| (1..=most).contains(&ids.len()) && !twice(ids));
    if ids.is_none() {
        let message = format!("Value error, from 1 to {most} ids of media, each once");
        fields.refuse("media", &message, "ids");
    }
    ids
}

/// What a field says of the post's items, by their ids.
pub fn of_items(
    fields: &mut Fields<'_>,
    name: &'static str,
    items: &[Item],
    check: impl Fn(&str) -> std::result::Result<String, String>,
) -> Vec<(Id<Media>, String)> {
    let mut found = Vec::new();
    let given = match fields.get(name) {
        None | Some(Value::Null) => return found,
        Some(Value::Object(given)) => given,
        Some(_) => {
            fields.refuse(name, "Input should be a valid dictionary", "an object");
            return found;
        }
    };
    for (id, text) in given {
        let item = items.iter().find(|item| item.id.to_string() == *id);
        match (item, text.as_str().map(&check)) {
            (Some(item), Some(Ok(text))) => found.push((item.id, text)),
            (None, _) => fields.refuse(name, "Value error, no medium of this post has this id", id),
            (_, Some(Err(message))) => fields.refuse(name, &message, id),
            (_, None) => fields.refuse(name, "Input should be a valid string", id),
        }
    }
    found
}

/// What is said of whom a post is for, where it is nothing that there is.
pub const WHOM: &str = "Input should be 'everyone', 'followers' or the id of a group";

/// Whom it is for, if that is said.
pub fn meant(fields: &mut Fields<'_>) -> Option<Meant> {
    let meant = Meant::named(fields.text_or_null("audience")?);
    if meant.is_none() {
        let message = WHOM;
        fields.refuse("audience", message, message);
    }
    meant
}
