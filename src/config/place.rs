//! Settings that administrators change in the browser while the server runs. Whoever gives one in the environment decides
//! it, and the browser then only shows it.

use std::collections::BTreeMap;

use super::given::Given;
use super::problem::Problem;

/// One of them.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Setting {
    Joining,
    Inviting,
    Domains,
    Newcomers,
    Groups,
    Pictures,
    Guests,
    Contact,
}

/// What a setting takes.
pub enum Takes {
    /// One of these: its name, and what it means.
    Choice(&'static [(&'static str, &'static str)]),
    /// Names of domains, one beside the other.
    Domains,
    /// A text of so many characters at most.
    Text(usize),
}

const WHO_COMES_IN: &[(&str, &str)] = &[
    ("invitation", "Whoever was invited"),
    ("request", "Whoever asks and is let in"),
    ("open", "Whoever finds the page"),
    ("closed", "Nobody new at present"),
];

const WHAT_IS_LOOKED_AT: &[(&str, &str)] = &[
    ("0", "Nothing: everybody posts at once"),
    ("1", "The first post of a newcomer"),
    ("3", "The first three posts of a newcomer"),
    ("10", "The first ten posts of a newcomer"),
];

const WHO_FOUNDS: &[(&str, &str)] = &[
    ("members", "Every member"),
    ("officers", "Only those who look after this place"),
];

const WHO_GETS_PICTURES: &[(&str, &str)] = &[
    (
        "address",
        "Whoever has the address of one that is for everybody here",
    ),
    ("ticket", "Members, and their programs for a day or two"),
    ("strict", "Members who are signed in"),
];

const WHO_HAS_GUESTS: &[(&str, &str)] = &[
    ("members", "Every member, what they post themselves"),
    ("nobody", "Nobody"),
];

const WHO_INVITES: &[(&str, &str)] = &[
    ("members", "Every member, five people at a time"),
    ("officers", "Only those who look after this place"),
];

impl Setting {
    pub const ALL: [Setting; 8] = [
        Setting::Joining,
        Setting::Inviting,
        Setting::Domains,
        Setting::Newcomers,
        Setting::Groups,
        Setting::Pictures,
        Setting::Guests,
        Setting::Contact,
    ];

    /// In the database, in forms and in programs; in capitals behind `PORCH_`.
    pub fn name(self) -> &'static str {
        match self {
            Setting::Joining => "joining",
            Setting::Inviting => "inviting",
            Setting::Domains => "domains",
            Setting::Newcomers => "newcomers",
            Setting::Groups => "groups",
            Setting::Pictures => "pictures",
            Setting::Guests => "guests",
            Setting::Contact => "contact",
        }
    }

    pub fn named(name: &str) -> Option<Setting> {
        Setting::ALL
            .into_iter()
            .find(|setting| setting.name() == name)
    }

    /// Without `PORCH_`.
    pub fn variable(self) -> &'static str {
        match self {
            Setting::Joining => "JOINING",
            Setting::Inviting => "INVITING",
            Setting::Domains => "DOMAINS",
            Setting::Newcomers => "NEWCOMERS",
            Setting::Groups => "GROUPS",
            Setting::Pictures => "PICTURES",
            Setting::Guests => "GUESTS",
            Setting::Contact => "CONTACT",
        }
    }

    pub fn label(self) -> &'static str {
        match self {
            Setting::Joining => "Who may come in",
            Setting::Inviting => "Who may invite others",
            Setting::Domains => "Addresses that are always let in",
            Setting::Newcomers => "What you look at before others see it",
            Setting::Groups => "Who may found groups",
            Setting::Pictures => "Who gets a picture by its address",
            Setting::Guests => "Who may show a post to a guest",
            Setting::Contact => "Whom strangers may ask",
        }
    }

    pub fn help(self) -> &'static str {
        match self {
            Setting::Joining => "Members stay members, whatever you choose.",
            Setting::Inviting => "An invitation is a link for one person, or for several.",
            Setting::Domains => {
                "Domains such as example.org or *.example.org. Whoever has an address there comes in once it is confirmed."
            }
            Setting::Newcomers => {
                "Of those who came without an invitation and whom nobody let in. Who came before stays as they are."
            }
            Setting::Groups => {
                "What is posted for a group is seen by those in it and by nobody else, nor by you."
            }
            Setting::Pictures => {
                "What is for a group or for followers nobody else gets in any case. Programs that show pictures without signing in need the first or the second."
            }
            Setting::Guests => {
                "A guest has no account: by a link of the author they see one post, for some days. What is for a group is shown to none."
            }
            Setting::Contact => {
                "Stands on the page for those who have no invitation: a name, a telephone number, an address."
            }
        }
    }

    pub fn takes(self) -> Takes {
        match self {
            Setting::Joining => Takes::Choice(WHO_COMES_IN),
            Setting::Inviting => Takes::Choice(WHO_INVITES),
            Setting::Domains => Takes::Domains,
            Setting::Newcomers => Takes::Choice(WHAT_IS_LOOKED_AT),
            Setting::Groups => Takes::Choice(WHO_FOUNDS),
            Setting::Pictures => Takes::Choice(WHO_GETS_PICTURES),
            Setting::Guests => Takes::Choice(WHO_HAS_GUESTS),
            Setting::Contact => Takes::Text(200),
        }
    }

    /// As it is where nobody has decided. Registration and pictures are open then, as in the application that Porch replaces.
    pub fn default(self) -> &'static str {
        match self {
            Setting::Joining => "open",
            Setting::Inviting | Setting::Groups | Setting::Guests => "members",
            Setting::Newcomers => "0",
            Setting::Pictures => "address",
            Setting::Domains | Setting::Contact => "",
        }
    }

    /// A value as it is kept; the error says what is accepted.
    pub fn check(self, text: &str) -> Result<String, String> {
        let text = text.trim();
        match self.takes() {
            Takes::Choice(choices) => {
                let names: Vec<&str> = choices.iter().map(|(name, _)| *name).collect();
                match names.contains(&text) {
                    true => Ok(text.to_owned()),
                    false => Err(format!("one of {}", names.join(", "))),
                }
            }
            Takes::Domains => {
                let domains: Vec<String> = text
                    .split(|c: char| c.is_whitespace() || c == ',')
                    .filter(|domain| !domain.is_empty())
                    .map(str::to_lowercase)
                    .collect();
                match domains.iter().all(|domain| is_domain(domain)) && domains.len() <= 50 {
                    true => Ok(domains.join(" ")),
                    false => Err("domains such as example.org or *.example.org, 50 at most".into()),
                }
            }
            Takes::Text(most) => {
                let text: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
                match text.chars().count() <= most && !text.chars().any(char::is_control) {
                    true => Ok(text),
                    false => Err(format!("at most {most} characters")),
                }
            }
        }
    }
}

/// A domain of two labels at least, with or without `*.` before it.
fn is_domain(text: &str) -> bool {
    let name = text.strip_prefix("*.").unwrap_or(text);
    let is_label = |label: &str| {
        let plain = label
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'-');
        (1..=63).contains(&label.len()) && plain && !label.starts_with('-') && !label.ends_with('-')
    };
    name.len() <= 253 && name.contains('.') && name.split('.').all(is_label)
}

impl Given {
    /// Those that are given in the environment or the file, and so are fixed.
    pub fn place(&self) -> Result<BTreeMap<Setting, String>, Problem> {
        let mut fixed = BTreeMap::new();
        for setting in Setting::ALL {
            let variable = setting.variable();
            if let Some(text) = self.text(variable) {
                let value = setting.check(text);
                let value = value.map_err(|takes| Problem::bad(variable, text, &takes))?;
                fixed.insert(setting, value);
            }
        }
        Ok(fixed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_taken_as_they_are_kept_or_refused_in_words() {
        for setting in Setting::ALL {
            assert_eq!(
                setting.check(setting.default()).as_deref(),
                Ok(setting.default())
            );
            assert_eq!(Setting::named(setting.name()), Some(setting));
            assert_eq!(setting.name().to_uppercase(), setting.variable());
        }
        assert!(Setting::Joining.check("everybody").is_err());
        let domains = Setting::Domains.check(" Example.org,\n*.club.example.org ");
        assert_eq!(domains.as_deref(), Ok("example.org *.club.example.org"));
        for wrong in [
            "example",
            "a_b.org",
            "-a.org",
            "a..org",
            "*.*.org",
            "me@example.org",
            "*",
        ] {
            assert!(Setting::Domains.check(wrong).is_err(), "{wrong}");
        }
        assert_eq!(
            Setting::Contact.check(" Fay,\n 0123 ").as_deref(),
            Ok("Fay, 0123")
        );
        assert!(Setting::Contact.check(&"x".repeat(201)).is_err());
    }
}
