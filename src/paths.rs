//! Paths of this site: which are the JSON API's, which a route takes, and which lead nowhere else.

use rocket::Route;
use rocket::http::uri::Origin;

/// The paths of the JSON API, as its routes say.
pub struct ApiPaths(Vec<String>);

impl ApiPaths {
    pub fn of<'a>(routes: impl IntoIterator<Item = &'a Route>) -> ApiPaths {
        let patterns = routes.into_iter().map(|route| route.uri.path().to_owned());
        let mut patterns: Vec<String> = patterns.collect();
        patterns.sort();
        patterns.dedup();
        ApiPaths(patterns)
    }

    pub fn contain(&self, path: &str) -> bool {
        self.0.iter().any(|pattern| fits(pattern, path))
    }
}

/// The pages that show a form, as the rooms say: the pattern that the form is sent to, and the page's path, in
/// which `<id>` stands for what stands there.
pub struct FormPages(Vec<FormPage>);

pub struct FormPage {
    pub sent_to: &'static str,
    pub page: &'static str,
}

impl FormPages {
    pub fn of(pages: impl IntoIterator<Item = FormPage>) -> FormPages {
        FormPages(pages.into_iter().collect())
    }

    /// The page that shows the form which is sent to `path`; without one, home.
    pub fn find(&self, path: &str) -> String {
        let known = self.0.iter().find(|form| fits(form.sent_to, path));
        let Some(FormPage { sent_to, page }) = known else {
            return "/".into();
        };
        let id = sent_to.split('/').position(|part| part == "<id>");
        let id = id
            .and_then(|at| path.split('/').nth(at))
            .unwrap_or_default();
        page.replace("<id>", id)
    }
}

/// Whether a path fits a route's pattern.
pub fn fits(pattern: &str, path: &str) -> bool {
    let mut segments = path.split('/');
    for expected in pattern.split('/') {
        if expected.ends_with("..>") {
            return true;
        }
        match segments.next() {
            // Routes that begin with a parameter are a member's pages, `/@handle`, and a group's, `/~slug`.
            Some(segment) if expected == "<_>" && !segment.starts_with(['@', '~']) => {
                return false;
            }
            Some(segment) if expected.starts_with('<') && !segment.is_empty() => {}
            Some(segment) if segment == expected => {}
            _ => return false,
        }
    }
    segments.next().is_none()
}

/// Only a path of ours: one slash, then anything but another or a backslash, nothing invisible. Otherwise the
/// home page's.
pub fn inside(next: &str) -> &str {
    let second = next.as_bytes().get(1);
    let plain = next.bytes().all(|b| b.is_ascii_graphic());
    let ours = next.starts_with('/') && !matches!(second, Some(b'/' | b'\\')) && plain;
    if ours && Origin::parse(next).is_ok() {
        next
    } else {
        "/"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_fits_its_own_route_only() {
        assert!(fits("/p/<id>", "/p/1"));
        assert!(!fits("/p/<id>", "/p/1/edit") && !fits("/p/<id>", "/p/"));
        assert!(fits("/<_>", "/@ada") && !fits("/<_>", "/nothing"));
        assert!(fits("/media/<_..>", "/media/tr:w-1/x.jpg"));
    }

    #[test]
    fn a_form_has_its_page() {
        let pages = FormPages::of([
            FormPage {
                sent_to: "/p",
                page: "/compose",
            },
            FormPage {
                sent_to: "/p/<id>",
                page: "/p/<id>/edit",
            },
            FormPage {
                sent_to: "/settings/<_..>",
                page: "/settings",
            },
        ]);
        for (path, page) in [
            ("/p", "/compose"),
            ("/p/7", "/p/7/edit"),
            ("/settings/profile", "/settings"),
            ("/logout", "/"),
        ] {
            assert_eq!(pages.find(path), page);
        }
    }

    #[test]
    fn next_leads_only_inside() {
        for fine in ["/", "/p/1?kept=2", "/@ada"] {
            assert_eq!(inside(fine), fine);
        }
        for outside in [
            "",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "javascript:alert(1)",
            "/a b",
            "/\t/evil.example",
            "evil",
            "/\n/evil.example",
        ] {
            assert_eq!(inside(outside), "/", "{outside:?}");
        }
    }
}
