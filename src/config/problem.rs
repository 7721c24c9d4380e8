//! What is wrong with a setting.

/// One sentence for the person who starts the server: which setting, its value, what is accepted.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Problem(pub String);

impl Problem {
    pub(super) fn bad(name: &str, value: &str, accepted: &str) -> Self {
        Problem(format!(
            "PORCH_{name} is \"{value}\"; accepted is {accepted}."
        ))
    }
}

/// A database address whose password may be shown to nobody.
pub fn masked(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        return url.to_owned();
    };
    let Some((login, place)) = rest.rsplit_once('@') else {
        return url.to_owned();
    };
    let user = login.split(':').next().unwrap_or_default();
    format!("{scheme}://{user}:***@{place}")
}

#[cfg(test)]
mod tests {
    use super::masked;

    #[test]
    fn a_password_in_an_address_is_masked() {
        assert_eq!(
            masked("postgres://ada:geheim@db/porch"),
            "postgres://ada:***@db/porch"
        );
    }
}
