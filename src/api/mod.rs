//! The JSON door: bodies read as the application that Porch replaces read them, and what is wrong with
//! them said in its words (those of FastAPI and Pydantic), because its clients know no others.

mod answer;
mod body;
mod mistakes;

pub use answer::{Json, Written, time_stamp};
pub use body::{Body, Fields, Flag};
pub use mistakes::{
    Detail, Mistake, Mistakes, invalid, missing, mistake, of_body, refused, refused_password,
    wrong_cursor, wrong_query,
};
