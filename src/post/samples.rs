//! Posts by which it is tried who gets to see what: the newest of each audience, with whatever of it should reach nobody else.

use crate::db::Db;
use crate::error::Result;
use crate::id::{Comments, Id, Media, Posts, Users};
use crate::media;

/// A post, and what a stranger should not get of it.
#[derive(Clone, sqlx::FromRow)]
pub struct Sample {
    pub id: Id<Posts>,
    pub author: Id<Users>,
    pub epoch: i64,
    pub caption: String,
    pub handle: String,
    pub name: String,
    pub email: String,
    pub face: Option<String>,
    is_for_all: i64,
    /// The newest comment, where there is one.
    pub comment: Option<Id<Comments>>,
    pub said: Option<String>,
    /// The group that it is for, where it is for one.
    pub slug: Option<String>,
    pub group: Option<String>,
    #[sqlx(skip)]
    pub files: Vec<File>,
}

/// A picture or a video of one.
#[derive(Clone)]
pub struct File {
    pub id: Id<Media>,
    pub key: String,
    pub is_video: bool,
}

impl Sample {
    /// Everybody here sees it.
    pub fn is_for_all(&self) -> bool {
        self.is_for_all == 1
    }
}

/// SQL: the newest of some posts.
macro_rules! newest {
    ($condition:literal) => {
        concat!(
            "select p.id, p.author_id as author, u.session_epoch as epoch, p.caption, u.handle, u.name, u.email, u.face,
           cast(case when p.audience = '' and u.hidden_at is null then 1 else 0 end as bigint) as is_for_all,
           c.id as comment, c.body as said, g.slug, g.name as \"group\"
      from posts p
      join users u on u.id = p.author_id
      left join groups g on g.id = p.meant
      left join comments c on c.id = (select x.id from comments x where x.post_id = p.id and x.author_id is not null
                                       order by x.created_at desc limit 1)
     where ",
            $condition,
            " and u.gone_at is null
     order by p.created_at desc limit 1"
        )
    };
}

const NEWEST: [&str; 4] = [
    newest!("p.audience = ''"),
    newest!("p.audience = 'followers'"),
    newest!("p.audience = 'none'"),
    newest!(
        "p.audience = (select x.id from groups x
                           where x.closed_at is null and exists (select 1 from posts y where y.audience = x.id)
                           order by x.created_at desc limit 1)"
    ),
];

/// The newest post of each audience, as far as there is one.
pub async fn samples(db: &Db) -> Result<Vec<Sample>> {
    let mut connection = db.read().acquire().await?;
    let mut samples = Vec::new();
    for newest in NEWEST {
        let found: Option<Sample> = sqlx::query_as(newest)
            .fetch_optional(&mut *connection)
            .await?;
        let Some(mut sample) = found else {
            continue;
        };
        let items = media::of_post(&mut connection, sample.id).await?;
        sample.files = items
            .into_iter()
            .map(|item| File {
                id: item.id,
                is_video: item.is_video(),
                key: item.key,
            })
            .collect();
        samples.push(sample);
    }
    Ok(samples)
}
