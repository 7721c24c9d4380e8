//! Why something is reported: nine reasons, which a person can choose from on a phone.

use crate::api::Fields;

/// A reason.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Why {
    ShowsMe,
    Danger,
    Child,
    Unkind,
    Naked,
    Cruel,
    NotTheirs,
    Fraud,
    NotHere,
}

impl Why {
    pub const ALL: [Why; 9] = [
        Why::ShowsMe,
        Why::Danger,
        Why::Child,
        Why::Unkind,
        Why::Naked,
        Why::Cruel,
        Why::NotTheirs,
        Why::Fraud,
        Why::NotHere,
    ];

    /// Stands in the database and in programs: it never changes.
    pub fn name(self) -> &'static str {
        match self {
            Why::ShowsMe => "shows-me",
            Why::Danger => "danger",
            Why::Child => "child",
            Why::Unkind => "unkind",
            Why::Naked => "naked",
            Why::Cruel => "cruel",
            Why::NotTheirs => "not-theirs",
            Why::Fraud => "fraud",
            Why::NotHere => "not-here",
        }
    }

    pub fn named(name: &str) -> Option<Why> {
        Why::ALL.into_iter().find(|why| why.name() == name)
    }

    /// Out of a body of the JSON API, which is refused where it names none.
    pub fn of(fields: &mut Fields<'_>) -> Option<Why> {
        let why = Why::named(fields.text("why"));
        if why.is_none() {
            let names = Why::ALL.map(Why::name).join(", ");
            fields.refuse("why", &format!("Value error, one of {names}"), &names);
        }
        why
    }

    /// As whoever reports it reads it.
    pub fn asks(self) -> &'static str {
        match self {
            Why::ShowsMe => "It shows me, or somebody who did not agree",
            Why::Danger => "Somebody may be in danger, or may hurt themselves",
            Why::Child => "A child is not safe",
            Why::Unkind => "It is unkind, threatening or hateful",
            Why::Naked => "It is naked or sexual",
            Why::Cruel => "It is cruel or bloody",
            Why::NotTheirs => "It is not theirs to show",
            Why::Fraud => "It is advertising or fraud, or somebody uses a false name",
            Why::NotHere => "It does not belong here",
        }
    }

    /// As its author is told, after "because".
    pub fn because(self) -> &'static str {
        match self {
            Why::ShowsMe => "it shows somebody who did not agree",
            Why::Danger => "somebody may be in danger",
            Why::Child => "a child has to be safe here",
            Why::Unkind => "it is unkind, threatening or hateful",
            Why::Naked => "it is naked or sexual",
            Why::Cruel => "it is cruel or bloody",
            Why::NotTheirs => "it is not yours to show",
            Why::Fraud => "it is advertising or fraud, or under a false name",
            Why::NotHere => "it does not belong here",
        }
    }

    /// Looked at before all others.
    pub fn is_urgent(self) -> bool {
        matches!(self, Why::Danger | Why::Child)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_is_found_by_its_name() {
        for why in Why::ALL {
            assert_eq!(Why::named(why.name()), Some(why));
        }
        assert_eq!(
            Why::ALL.into_iter().filter(|why| why.is_urgent()).count(),
            2
        );
    }
}
