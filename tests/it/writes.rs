//! The one way to a member's transaction, read from the code: whatever somebody who is signed in asks for goes
//! through `Db::write_as` or `Db::write_in_office`.

use std::path::PathBuf;

use quote::ToTokens;
use syn::visit::{self, Visit};

use super::map::Map;

/// Where a transaction is opened for nobody who is signed in: strangers at the door, letters, imports, jobs, sweeps.
const FOR_NOBODY: &[&str] = &[
    // The sweep of old drafts; the job that makes a deletion final.
    "post::drafts_end",
    "post::withdraw",
    // What is left of a member who is gone; once a second, the counts of all.
    "talk::erase",
    "profile::follow",
    "profile::apart",
    "live::tick",
    // The job that rings bells; the sweep, and what is left of a member who is gone.
    "notice::bells",
    "notice::erase",
    // Letters: put in when they are due, told, and stopped by whoever holds one.
    "notice::devices",
    "notice::digest",
    "notice::outbox",
    "notice::stop",
    // What is older than the search; what names a member who is gone.
    "post::mentions",
    "post::seen",
    "post::words",
    "talk::words",
    // The job that makes a video anew.
    "post::converting",
    "media::ready",
    // The job that takes an uploaded file in; the sweep. Guests who open a link, and links that ended long ago.
    "post::uploads",
    "post::guests",
    // Jobs that go through a group's posts, and its end; what is left of a member who is gone.
    "post::in_group",
    "group::closing",
    "group::leaving",
    // The job that asks as strangers do, and the sweep that wants it once a week.
    "admin::seen",
    // What follows a decision; who is out and has shown their password; what time does; what is left of a member who is gone.
    "moderation::tell",
    "moderation::standing_pages",
    "moderation::tidy",
    // The command line.
    "account::operate",
    "main",
    // What is two years old; what is left of a member who is gone.
    "audit",
    "account::invites",
    "account::access",
    "account::appoint",
    "account::leave",
    "account::letter",
    "account::signup",
    // Members from before there was a search.
    "account::words",
    "auth::credential",
    "auth::sessions",
    "door::reset",
    "door::session",
    "door::setup",
    "changes",
    "door::verify",
    "form",
    "import::run",
    "jobs::queue",
    "media::intake",
    "media::sweep",
];

/// Functions that know who asks and open a transaction that does not.
#[derive(Default)]
struct Writes {
    here: bool,
    round: Vec<String>,
}

impl Writes {
    fn look(&mut self, signature: &syn::Signature, block: &syn::Block) {
        let body = squeezed(block);
        let opens = body.contains("db.write()");
        let inputs = squeezed(&signature.inputs);
        let knows = ["Viewer", "Caller", "Sent"];
        self.here |= opens;
        let looks = body.contains("write_as(");
        if opens && !looks && knows.iter().any(|name| inputs.contains(name)) {
            self.round.push(signature.ident.to_string());
        }
    }
}

fn squeezed(tokens: &impl ToTokens) -> String {
    tokens.to_token_stream().to_string().replace(' ', "")
}

impl<'ast> Visit<'ast> for Writes {
    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        self.look(&item.sig, &item.block);
        visit::visit_item_fn(self, item);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.look(&item.sig, &item.block);
        visit::visit_impl_item_fn(self, item);
    }
}

#[test]
fn whatever_a_member_asks_for_looks_whether_they_still_may() {
    let source = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut wrong = Vec::new();
    let mut listed = FOR_NOBODY.to_vec();
    for (module, file) in Map::of(&source).0 {
        let name = module.join("::");
        let mut writes = Writes::default();
        writes.visit_file(&file.syntax);
        let round = writes.round.iter();
        wrong.extend(round.map(|verb| format!("{name}::{verb} goes round write_as")));
        listed.retain(|known| !(writes.here && *known == name));
        if writes.here && !FOR_NOBODY.contains(&name.as_str()) && name != "db" {
            wrong.push(format!(
                "{name} opens a transaction for nobody: say why in this list"
            ));
        }
    }
    wrong.extend(
        listed
            .iter()
            .map(|name| format!("{name} opens none any more")),
    );
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
