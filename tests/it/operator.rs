//! What whoever has the server's command line does with accounts.

use crate::house::PASSWORD;
use crate::process::{Program, command, founder, free_port};
use crate::visitor::Visitor;

#[rocket::async_test]
async fn at_the_command_line_members_are_looked_after_and_invited() {
    let folder = tempfile::tempdir().unwrap();
    let port = free_port();
    let run = |arguments: &[&str]| {
        let output = command(folder.path(), port)
            .args(arguments)
            .output()
            .unwrap();
        let said = [output.stdout, output.stderr].concat();
        (output.status.success(), String::from_utf8(said).unwrap())
    };
    let (done, said) = run(&["invite"]);
    assert!(!done && said.contains("no administrator yet"), "{said}");
    let program = Program::start(command(folder.path(), port));
    let ada = founder(&program.url).await;
    for (wrong, says) in [
        ("0", "1 to 500"),
        ("501", "1 to 500"),
        ("five", "no number"),
    ] {
        let (done, said) = run(&["invite", wrong]);
        assert!(!done && said.contains(says), "{said}");
    }
    let by_invitation = [("value", "invitation")];
    let set = ada.put("/admin/place/joining", &by_invitation).await;
    assert_eq!(set.status, 303, "{}", set.body);
    let (done, link) = run(&["invite", "2"]);
    assert!(done, "{link}");
    let code = link.trim().rsplit('/').next().unwrap();
    let mut email = String::new();
    for name in ["ben", "cleo"] {
        email = format!("{name}@example.org");
        let fields = [
            ("email", &*email),
            ("password", PASSWORD),
            ("name", name),
            ("invite", code),
        ];
        let joined = Visitor::new(&program.url).post("/register", &fields).await;
        assert_eq!(joined.status, 303, "{}", joined.body);
    }
    let cleo = Visitor::new(&program.url);
    let sign_in = [("email", &*email), ("password", PASSWORD)];
    assert_eq!(cleo.post("/login", &sign_in).await.header("location"), "/");
    let (_, said) = run(&["member", &email]);
    assert!(
        said.contains("@cleo cleo <cleo@example.org>: member, address not confirmed; sessions: 2"),
        "{said}"
    );
    let (done, said) = run(&["member", &email, "close"]);
    assert!(
        done && said.contains("member, closed") && said.contains("sessions: 0"),
        "{said}"
    );
    tokio::time::sleep(std::time::Duration::from_millis(1_200)).await;
    assert_eq!(cleo.get("/").await.status, 303);
    assert!(!run(&["member", &email, "moderator"]).0);
    assert!(run(&["member", &email, "open"]).0);
    let (done, said) = run(&["member", &email, "moderator"]);
    assert!(done && said.contains(": moderator"), "{said}");
    assert!(run(&["member", &email, "nothing"]).1.contains(": member"));
    let (_, said) = run(&["member", &email, "password"]);
    let token = said.split("token=").nth(1).unwrap().trim();
    let chosen = [("token", token), ("password", "another long sentence")];
    assert_eq!(cleo.post("/reset", &chosen).await.status, 303);
    // Somebody always stays, and who is nobody is said to be so.
    let (done, said) = run(&["member", "ada@example.org", "close"]);
    assert!(!done && said.contains("only administrator"), "{said}");
    assert!(
        run(&["member", "nobody@example.org"])
            .1
            .contains("nobody here has that address")
    );
    assert!(
        run(&["member", &email, "erase"])
            .1
            .contains("cannot be done")
    );
    let log = ada.get("/admin/log").await.body;
    for line in [
        "closed the account of",
        "opened the account of",
        "gave an office to",
        "made an invitation",
    ] {
        assert!(log.contains(line), "{line}");
    }
    program.kill();
}
