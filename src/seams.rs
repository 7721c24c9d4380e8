//! Where rooms meet that do not know each other: what each does when another has done something. Nobody but the map
//! reads it.

use crate::app::{App, Farewell, Herald, Leaving};
use crate::jobs::Kind;
use crate::live::{self, Drawer};
use crate::{account, admin, door, group, media, moderation, notice, post, profile, talk};

/// Every sort of work, each beside the verb that asks for it.
pub(crate) fn kinds() -> Vec<&'static Kind<App>> {
    let of_rooms: [&[_]; 7] = [
        &account::JOBS,
        &door::JOBS,
        &admin::JOBS,
        &post::JOBS,
        &notice::JOBS,
        &group::JOBS,
        &moderation::JOBS,
    ];
    of_rooms.concat()
}

/// How what changes is shown on open pages.
pub(crate) static DRAWERS: [&Drawer<App>; 6] = [
    &post::CARDS,
    &post::TEXTS,
    &post::LEAVES,
    &account::MEMBERS,
    &talk::TALKS,
    &talk::CLOSED,
];

/// What open pages ask the other rooms.
pub(crate) static PAGES_ASK: live::Asks = live::Asks {
    counts: |db, range| {
        Box::pin(async move {
            let of_members = profile::counts(&db, range).await?;
            Ok([talk::counts(&db, range).await?, of_members].concat())
        })
    },
    unread: |db, member| Box::pin(async move { notice::unread(&db, member).await }),
    see: |db, member, post| {
        Box::pin(async move {
            let mut connection = db.read().acquire().await?;
            post::see(&mut connection, member, post).await
        })
    },
};

/// What tells of what is posted.
pub(crate) static HERALD: Herald = Herald {
    looks_first: |tx, author| Box::pin(account::is_newcomer(tx, author)),
    waits: |app, tx, what| Box::pin(notice::waits(app, tx, what)),
    waits_less: |app, tx, group| Box::pin(notice::waits_less(app, tx, group)),
    by_hand: |tx, member, now| (moderation::BY_HAND)(tx, member, now),
    back: |app, member| Box::pin(moderation::end_if_due(app, member)),
    posted: |app, tx, post| Box::pin(notice::posted(app, tx, post)),
    mentioned: |app, tx, who| Box::pin(notice::mentioned(app, tx, who)),
};

/// What hangs in a post that goes.
pub(crate) static LEAVINGS: [Leaving; 2] = [
    Leaving {
        take: |tx, post, count| Box::pin(notice::take_from(tx, post, count)),
    },
    Leaving {
        take: |tx, post, count| Box::pin(talk::take_from(tx, post, count)),
    },
];

/// What each room takes away of a member who goes, posts before the files that hang in none.
pub(crate) static FAREWELLS: [Farewell; 11] = [
    Farewell {
        take: |app, user, _| Box::pin(account::take_invitations(app, user)),
    },
    Farewell {
        take: |app, user, count| Box::pin(moderation::take_away(app, user, count)),
    },
    Farewell {
        take: |app, user, count| Box::pin(group::take_away(app, user, count)),
    },
    Farewell {
        take: |app, user, count| Box::pin(notice::take_away(app, user, count)),
    },
    Farewell {
        take: |app, user, count| Box::pin(profile::unfollow(app, user, count)),
    },
    Farewell {
        take: |app, user, count| Box::pin(profile::untie(app, user, count)),
    },
    Farewell {
        take: |app, user, _| Box::pin(post::forget_marks(app, user)),
    },
    Farewell {
        take: |app, user, count| Box::pin(post::unmention(app, user, count)),
    },
    Farewell {
        take: |app, user, count| Box::pin(talk::take_away(app, user, count)),
    },
    Farewell {
        take: |app, user, count| Box::pin(post::take_away(app, user, count)),
    },
    Farewell {
        take: |app, user, count| Box::pin(media::take_away(&app.media, user, count)),
    },
];

/// Who gets the pictures of a post.
pub static SEE: media::See = |db, asks, post| {
    Box::pin(async move {
        let mut connection = db.read().acquire().await?;
        post::shows_pictures(&mut connection, asks, post).await
    })
};
