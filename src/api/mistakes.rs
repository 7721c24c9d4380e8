//! What is wrong with a request, in the words of FastAPI and Pydantic.

use rocket::http::Status;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use crate::error::Error;

/// What every refusal but 422 says: a sentence, or a code of the contract.
#[derive(ToSchema)]
#[allow(dead_code)]
pub struct Detail {
    #[schema(example = "Unauthorized")]
    detail: Value,
}

/// What 422 says: one entry for each mistake.
#[derive(ToSchema)]
#[allow(dead_code)]
pub struct Mistakes {
    #[schema(value_type = Vec<Mistake>)]
    detail: Vec<Mistake>,
}

#[derive(ToSchema)]
#[allow(dead_code)]
pub struct Mistake {
    #[schema(example = "missing")]
    r#type: String,
    #[schema(value_type = Vec<Value>, example = json!(["body", "email"]))]
    loc: Vec<Value>,
    #[schema(example = "Field required")]
    msg: String,
    input: Value,
    ctx: Option<Value>,
}

/// One thing that is wrong with a request, as Pydantic says it; of the input no more than a little.
pub fn mistake(kind: &str, place: &[&str], message: &str, input: Value) -> Value {
    json!({ "type": kind, "loc": place, "msg": message, "input": little(&input) })
}

/// So many bytes of an input are said back.
const ECHOED: usize = 500;

/// A value, cut off with "…" behind so many bytes.
pub(super) fn little(value: &Value) -> Value {
    cut(value, &mut ECHOED.clone())
}

fn cut(value: &Value, left: &mut usize) -> Value {
    let mut spend = |bytes: usize| {
        let fits = bytes <= *left;
        *left = left.saturating_sub(bytes);
        fits
    };
    match value {
        Value::String(text) if !spend(text.len()) => {
            let end = text.floor_char_boundary(ECHOED.min(100));
            format!("{}…", &text[..end]).into()
        }
        Value::Array(values) => {
            let mut some = Vec::new();
            for value in values {
                if *left < 4 {
                    some.push("…".into());
                    break;
                }
                *left -= 4;
                some.push(cut(value, left));
            }
            some.into()
        }
        Value::Object(fields) => {
            let mut some = Map::new();
            for (name, value) in fields {
                if *left < name.len() + 4 {
                    some.insert("…".into(), "…".into());
                    break;
                }
                *left -= name.len() + 4;
                some.insert(name.clone(), cut(value, left));
            }
            some.into()
        }
        other => other.clone(),
    }
}

/// 422 with what is wrong.
pub fn invalid(mistakes: Vec<Value>) -> Error {
    Error::Detail(Status::UnprocessableEntity, Value::Array(mistakes))
}

/// The refusal of a body in the contract's words, where a verb says in a sentence what is wrong with it.
pub fn of_body(error: Error) -> Error {
    match error {
        Error::Unprocessable(said) => {
            let message = format!("Value error, {said}");
            invalid(vec![mistake(
                "value_error",
                &["body"],
                &message,
                Value::Null,
            )])
        }
        other => other,
    }
}

/// 400 with one of the contract's codes.
pub fn refused(code: &str) -> Error {
    Error::Detail(Status::BadRequest, code.into())
}

/// 400 with one of the contract's codes and the reason, for a password that is not accepted.
pub fn refused_password(code: &str, reason: &str) -> Error {
    let detail = json!({ "code": code, "reason": reason });
    Error::Detail(Status::BadRequest, detail)
}

pub fn missing(place: &[&str], input: Value) -> Value {
    mistake("missing", place, "Field required", input)
}

/// The refusal of a `cursor` that no answer has given.
pub fn wrong_cursor(text: &str) -> Error {
    wrong_query(
        "cursor",
        text,
        "not a cursor of this server: take `next` of the answer before",
    )
}

/// The refusal of a value in the query, by what is wrong with it.
pub fn wrong_query(name: &str, text: &str, wrong: &str) -> Error {
    let message = format!("Value error, {wrong}");
    let place = ["query", name];
    invalid(vec![mistake("value_error", &place, &message, text.into())])
}
