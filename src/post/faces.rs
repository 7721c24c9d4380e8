//! Members in lists: as rows, as pages show them, and as programs get them.

use serde::Serialize;
use utoipa::ToSchema;

use crate::cursor::Page;
use crate::id::{Id, Users};
use crate::view::Face;

/// What a list reads of a member.
#[derive(sqlx::FromRow)]
pub struct FaceRow {
    pub id: Id<Users>,
    pub handle: String,
    name: String,
    face: Option<String>,
}

impl From<FaceRow> for Face {
    fn from(row: FaceRow) -> Face {
        Face::new(row.id, row.handle, row.name, row.face)
    }
}

/// Members on a page.
pub const PAGE: usize = 50;

/// A page of members, and where the next one begins.
pub struct Faces {
    pub members: Vec<Face>,
    pub next: Option<String>,
}

impl Faces {
    /// From a query that asked for one row more than a page holds; `place` is where a page that follows a row begins.
    pub fn of(rows: Vec<FaceRow>, place: impl Fn(&FaceRow) -> String) -> Faces {
        let page = Page::of(rows, PAGE);
        let last = page.rows.last().filter(|_| page.more);
        Faces {
            next: last.map(place),
            members: page.rows.into_iter().map(Face::from).collect(),
        }
    }
}

/// A member as others see them
#[derive(Serialize, ToSchema)]
pub struct Person {
    #[schema(format = Uuid)]
    id: String,
    #[schema(example = "ada")]
    handle: String,
    #[schema(example = "Ada")]
    name: String,
}

impl From<Face> for Person {
    fn from(face: Face) -> Person {
        Person {
            id: face.id.to_string(),
            handle: face.handle,
            name: face.name,
        }
    }
}

/// Some members
#[derive(Serialize, ToSchema)]
pub struct People {
    members: Vec<Person>,
    /// Given as `cursor`, it brings those who follow; null when there are none.
    next: Option<String>,
}

impl From<Faces> for People {
    fn from(faces: Faces) -> People {
        People {
            members: faces.members.into_iter().map(Person::from).collect(),
            next: faces.next,
        }
    }
}
