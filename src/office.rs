//! Who looks after the place, and how much of it.

/// What somebody may do for all. A higher one holds whatever a lower one does.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Office {
    Member,
    /// Looks after what is said and shown, and who comes in.
    Moderator,
    /// Looks after everything.
    Administrator,
}

impl Office {
    pub const ALL: [Office; 3] = [Office::Member, Office::Moderator, Office::Administrator];

    /// As forms and programs name it.
    pub fn name(self) -> &'static str {
        match self {
            Office::Member => "member",
            Office::Moderator => "moderator",
            Office::Administrator => "administrator",
        }
    }

    pub fn named(name: &str) -> Option<Office> {
        Office::ALL.into_iter().find(|office| office.name() == name)
    }

    /// Of a row's two flags.
    pub fn of(is_admin: bool, is_moderator: bool) -> Office {
        match (is_admin, is_moderator) {
            (true, _) => Office::Administrator,
            (false, true) => Office::Moderator,
            (false, false) => Office::Member,
        }
    }

    /// Why somebody of a lower one may not.
    pub fn refusal(self) -> &'static str {
        match self {
            Office::Member => "Only a member may do that.",
            Office::Moderator => "Only those who look after this place may do that.",
            Office::Administrator => "Only an administrator may do that.",
        }
    }
}
