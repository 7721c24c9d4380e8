//! Bodies, read as the application that Porch replaces read them.

use rocket::data::{self, Data, FromData};
use rocket::http::ContentType;
use rocket::request::Request;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use super::mistakes::{invalid, little, missing, mistake};
use crate::error::{Error, Result};
use crate::form;

/// A refusal tells no more.
const MOST_MISTAKES: usize = 12;

/// True or false, or one of the texts and numbers that Pydantic takes for them.
#[derive(ToSchema)]
#[schema(value_type = Value)]
#[allow(dead_code)]
pub struct Flag(Value);

/// A body that could be read: JSON, or something else that is not.
pub enum Body {
    None,
    Json(Value),
    Other(String),
}

#[rocket::async_trait]
impl<'r> FromData<'r> for Body {
    type Error = Error;

    async fn from_data(request: &'r Request<'_>, data: Data<'r>) -> data::Outcome<'r, Self> {
        let body = match form::admit(request).await {
            Ok(()) => read(request.content_type(), data).await,
            Err(error) => Err(error),
        };
        form::outcome(request, body)
    }
}

async fn read(kind: Option<&ContentType>, data: Data<'_>) -> Result<Body> {
    let bytes = form::read_bytes(data).await?;
    if bytes.is_empty() {
        return Ok(Body::None);
    }
    let is_json = kind.is_none_or(|kind| {
        kind.top() == "application"
            && (kind.sub() == "json" || kind.sub().as_str().ends_with("+json"))
    });
    if !is_json {
        return Ok(Body::Other(String::from_utf8_lossy(&bytes).into_owned()));
    }
    serde_json::from_slice(&bytes)
        .map(Body::Json)
        .map_err(|error| {
            let lines = bytes.split_inclusive(|byte| *byte == b'\n');
            let before: usize = lines
                .take(error.line().saturating_sub(1))
                .map(<[u8]>::len)
                .sum();
            // A text that ends too early is wrong after its last character.
            let offset = (before + error.column()).saturating_sub(usize::from(!error.is_eof()));
            let text = error.to_string();
            let text = text.split(" at line ").next().unwrap_or_default();
            invalid(vec![json!({
                "type": "json_invalid",
                "loc": ["body", offset],
                "msg": "JSON decode error",
                "input": {},
                "ctx": { "error": text },
            })])
        })
}

/// A body's fields, read one after the other; what is wrong with them is collected in that order.
pub struct Fields<'a> {
    object: &'a Map<String, Value>,
    /// What Pydantic shows as the input of a field that is missing.
    whole: Value,
    mistakes: Vec<Value>,
}

static NOTHING: std::sync::LazyLock<Map<String, Value>> = std::sync::LazyLock::new(Map::new);

impl Body {
    /// The fields of a body that is one object of the API.
    pub fn object(&self) -> Result<Fields<'_>> {
        let no_object = |input: Value| {
            let message = "Input should be a valid dictionary or object to extract fields from";
            Err(invalid(vec![mistake(
                "model_attributes_type",
                &["body"],
                message,
                input,
            )]))
        };
        match self {
            Body::None => Err(invalid(vec![missing(&["body"], Value::Null)])),
            Body::Json(Value::Object(object)) => Ok(Fields {
                object,
                whole: self.echo(),
                mistakes: Vec::new(),
            }),
            Body::Json(other) => no_object(other.clone()),
            Body::Other(text) => no_object(text.as_str().into()),
        }
    }

    fn echo(&self) -> Value {
        match self {
            Body::Json(value) => little(value),
            Body::None | Body::Other(_) => Value::Null,
        }
    }

    /// The fields of a body that is a handful of values; none are there when it is no object.
    pub fn values(&self) -> Fields<'_> {
        let object = match self {
            Body::Json(Value::Object(object)) => object,
            _ => &NOTHING,
        };
        Fields {
            object,
            whole: Value::Null,
            mistakes: Vec::new(),
        }
    }
}

impl<'a> Fields<'a> {
    fn wrong(&mut self, name: &str, kind: &str, message: &str, input: Value) {
        self.mistakes
            .push(mistake(kind, &["body", name], message, input));
    }

    pub fn get(&self, name: &str) -> Option<&'a Value> {
        self.object.get(name)
    }

    /// A text that must be there; empty when it is not, and then `done` fails.
    pub fn text(&mut self, name: &str) -> &'a str {
        match self.object.get(name) {
            None => {
                self.mistakes
                    .push(missing(&["body", name], self.whole.clone()));
                ""
            }
            Some(_) => self.text_if_any(name).unwrap_or_default(),
        }
    }

    /// A text that may be left out.
    pub fn text_if_any(&mut self, name: &str) -> Option<&'a str> {
        match self.object.get(name)? {
            // PostgreSQL stores no NUL, and nobody types one.
            Value::String(text) if text.contains('\0') => {
                let message = "Value error, null characters are not allowed";
                self.wrong(name, "value_error", message, Value::Null);
                None
            }
            Value::String(text) => Some(text),
            other => {
                let message = "Input should be a valid string";
                self.wrong(name, "string_type", message, other.clone());
                None
            }
        }
    }

    /// A text that may be left out or null.
    pub fn text_or_null(&mut self, name: &str) -> Option<&'a str> {
        match self.object.get(name) {
            Some(Value::Null) => None,
            _ => self.text_if_any(name),
        }
    }

    /// A whole number that may be left out or null.
    pub fn number_or_null(&mut self, name: &str) -> Option<i64> {
        match self.object.get(name)? {
            Value::Null => None,
            Value::Number(number) if number.is_i64() => number.as_i64(),
            other => {
                let message = "Input should be a valid integer";
                self.wrong(name, "int_type", message, other.clone());
                None
            }
        }
    }

    /// A flag that may be left out or null; the texts and numbers that Pydantic takes for one count.
    pub fn flag(&mut self, name: &str) -> Option<bool> {
        let value = self.object.get(name)?;
        let number = |number: f64| match number {
            0.0 => Some(false),
            1.0 => Some(true),
            _ => None,
        };
        let (parsed, kind) = match value {
            Value::Null => return None,
            Value::Bool(flag) => return Some(*flag),
            Value::Number(n) => (n.as_f64().and_then(number), "bool_parsing"),
            Value::String(text) => (
                match text.to_ascii_lowercase().as_str() {
                    "1" | "t" | "true" | "y" | "yes" | "on" => Some(true),
                    "0" | "f" | "false" | "n" | "no" | "off" => Some(false),
                    _ => None,
                },
                "bool_parsing",
            ),
            _ => (None, "bool_type"),
        };
        if parsed.is_none() {
            let message = match kind {
                "bool_type" => "Input should be a valid boolean",
                _ => "Input should be a valid boolean, unable to interpret input",
            };
            self.wrong(name, kind, message, value.clone());
        }
        parsed
    }

    /// A value that was read but does not do, with a reason in words.
    pub fn refuse(&mut self, name: &str, message: &str, reason: &str) {
        let input = self.object.get(name).cloned().unwrap_or_default();
        let mut mistake = mistake("value_error", &["body", name], message, input);
        mistake["ctx"] = json!({ "reason": little(&reason.into()) });
        self.mistakes.push(mistake);
    }

    /// Fails with what was wrong; of very many mistakes the first.
    pub fn done(mut self) -> Result<()> {
        self.mistakes.truncate(MOST_MISTAKES);
        match self.mistakes.is_empty() {
            true => Ok(()),
            false => Err(invalid(self.mistakes)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_are_what_pydantic_takes_for_them() {
        let flags = json!({ "a": 1, "b": 1.0, "c": "Yes", "d": "OFF", "e": null, "f": false, "g": 2, "h": "ja", "i": [] });
        let body = Body::Json(flags);
        let mut fields = body.object().unwrap();
        let read: Vec<_> = ["a", "b", "c", "d", "e", "f"]
            .map(|name| fields.flag(name))
            .into();
        let (yes, no) = (Some(true), Some(false));
        assert_eq!(read, [yes, yes, yes, no, None, no]);
        for wrong in ["g", "h", "i"] {
            assert_eq!(fields.flag(wrong), None);
        }
        let Err(Error::Detail(_, Value::Array(mistakes))) = fields.done() else {
            panic!("three flags are wrong");
        };
        assert_eq!(mistakes.len(), 3);
    }
}
